/* words.c - a hash table with open addressing. Slots hold the whole hash, so that a look-up reads the text of
 * hardly any word but its own. No result depends on the hash's key: a word's number is its place in the order in which words came. */
#include "text/words.h"

#include <string.h>

#include "core/hash.h"

static uint32_t hash_text(const attni_words *words, const char *text, size_t size)
{
    attni_hash hash = attni_hash_begin(words->key);
    uint64_t last = (uint64_t)size << 56, eight = 0;
    for (; size >= 8; text += 8, size -= 8) {
        memcpy(&eight, text, 8);
        attni_hash_take(&hash, eight);
    }
    eight = 0;
    memcpy(&eight, text, size);
    return attni_hash_end(hash, last | eight);
}

/* The slot of the word, or the empty one where it belongs. There is always one: half the slots are empty. */
static size_t find_slot(const attni_words *words, const char *text, size_t size, uint32_t hash)
{
    size_t mask = words->slot_count - 1, at = hash & mask;
    for (;; at = (at + 1) & mask) {
        struct attni_slot slot = words->slots[at];
        if (slot.number < 0)
            return at;
        if (slot.hash == hash && attni_words_entry(words, slot.number)->length == size &&
            memcmp(attni_words_text(words, slot.number), text, size) == 0)
            return at;
    }
}

int32_t attni_words_find(const attni_words *words, const char *text, size_t size)
{
    if (words->slot_count == 0)
        return -1;
    return words->slots[find_slot(words, text, size, hash_text(words, text, size))].number;
}

/* Twice as many slots. */
static attn_status grow_slots(attni_words *words, const char *function)
{
    size_t slot_count = words->slot_count ? 2 * words->slot_count : 1024,
           bytes = slot_count * sizeof *words->slots;
    struct attni_slot *slots = attni_alloc(words->context, bytes);
    if (slots == NULL)
        return attni_no_memory(function, bytes);
    if (words->slot_count == 0)
        attni_hash_draw_key(words->key);
    for (size_t i = 0; i < slot_count; i++)
        slots[i].number = -1;
    for (int32_t number = 0; number < words->count; number++) {
        attn_status status = number % ATTNI_STRIDE ? ATTN_OK : attni_go_on();
        if (status != ATTN_OK) {
            attni_free(words->context, slots);
            return status;
        }
        uint32_t hash = attni_words_entry(words, number)->hash;
        size_t at = hash & (slot_count - 1);
        while (slots[at].number >= 0)
            at = (at + 1) & (slot_count - 1);
        slots[at] = (struct attni_slot){hash, number};
    }
    attni_free(words->context, words->slots);
    words->slots = slots;
    words->slot_count = slot_count;
    return ATTN_OK;
}

attn_status attni_words_add(attni_words *words, const char *function, const char *text, size_t size,
                            int32_t *number)
{
    if (words->slot_count < 2 * ((size_t)words->count + 1))
        ATTNI_TRY(grow_slots(words, function));
    uint32_t hash = hash_text(words, text, size);
    struct attni_slot *slot = &words->slots[find_slot(words, text, size, hash)];
    if (slot->number >= 0) {
        *number = slot->number;
        return ATTN_OK;
    }
    if (size >= UINT32_MAX || words->count == INT32_MAX)
        return attni_no_memory(function, size); /* ids are 32 bits wide */
    ATTNI_TRY(attni_buffer_reserve(&words->text, words->context, function, size + 1));
    ATTNI_TRY(attni_buffer_reserve(&words->entries, words->context, function, sizeof(attni_word)));
    *number = words->count++;
    *slot = (struct attni_slot){hash, *number};
    words->entries.size += sizeof(attni_word);
    *attni_words_entry(words, *number) = (attni_word){words->text.size, (uint32_t)size, hash, 0};
    char *copy = (char *)words->text.data + words->text.size;
    memcpy(copy, text, size);
    copy[size] = '\0';
    words->text.size += size + 1;
    return ATTN_OK;
}

void attni_words_clear(attni_words *words)
{
    attni_buffer_clear(&words->text, words->context);
    attni_buffer_clear(&words->entries, words->context);
    attni_free(words->context, words->slots);
    words->slots = NULL;
    words->slot_count = 0;
    words->count = 0;
}
