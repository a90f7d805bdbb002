/* table.c - n-grams by their ids. */
#include "layer/ngrams/table.h"

#include <string.h>

void attni_gram_table_init(attni_gram_table *table, attn_context *context, int32_t longest)
{
    *table = (attni_gram_table){.context = context, .longest = longest};
    attni_hash_draw_key(table->key);
    for (int32_t n = 1; n <= longest; n++)
        table->of[n - 1].length = n;
}

void attni_gram_table_clear(attni_gram_table *table)
{
    for (int32_t n = 1; n <= table->longest; n++) {
        attni_buffer_clear(&table->of[n - 1].ids, table->context);
        attni_free(table->context, table->of[n - 1].slots);
    }
    table->longest = 0;
}

/* The slot of the n-gram, or the empty one where it belongs: a quarter of them are empty. */
static size_t find_slot(const attni_grams *grams, const int32_t *ids, uint32_t hash)
{
    size_t mask = grams->slot_count - 1, at = hash & mask;
    for (;; at = (at + 1) & mask) {
        struct attni_gram_slot slot = grams->slots[at];
        if (slot.number < 0 || (slot.hash == hash && memcmp(attni_grams_ids(grams, slot.number), ids,
                                                            (size_t)grams->length * sizeof *ids) == 0))
            return at;
    }
}

int32_t attni_grams_find(const attni_grams *grams, const int32_t *ids, uint32_t hash)
{
    return grams->count ? grams->slots[find_slot(grams, ids, hash)].number : -1;
}

int32_t attni_grams_add(attni_grams *grams, const int32_t *ids, uint32_t hash)
{
    struct attni_gram_slot *slot = &grams->slots[find_slot(grams, ids, hash)];
    if (slot->number < 0) {
        *slot = (struct attni_gram_slot){hash, grams->count++};
        memcpy(attni_grams_ids(grams, slot->number), ids, (size_t)grams->length * sizeof *ids);
        grams->ids.size += (size_t)grams->length * sizeof *ids;
    }
    return slot->number;
}

static void put_slot(attni_grams *grams, struct attni_gram_slot slot)
{
    size_t mask = grams->slot_count - 1, at = slot.hash & mask;
    while (grams->slots[at].number >= 0)
        at = (at + 1) & mask;
    grams->slots[at] = slot;
}

static void empty_slots(struct attni_gram_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        slots[i].number = -1;
}

attn_status attni_grams_reserve(const attni_gram_table *table, attni_grams *grams, const char *function,
                                int64_t more)
{
    const size_t width = (size_t)grams->length * sizeof(int32_t), needed = (size_t)(grams->count + more);
    size_t slot_count = grams->slot_count ? grams->slot_count : 64;
    if (more > INT32_MAX - grams->count)
        return attni_no_memory(function, (size_t)more * width); /* their numbers are 32 bits wide */
    ATTNI_TRY(attni_buffer_reserve(&grams->ids, table->context, function, (size_t)more * width));
    while (slot_count / 4 * 3 < needed)
        slot_count *= 2;
    if (slot_count == grams->slot_count)
        return ATTN_OK;
    struct attni_gram_slot *slots = attni_alloc(table->context, slot_count * sizeof *slots),
                           *before = grams->slots;
    if (slots == NULL)
        return attni_no_memory(function, slot_count * sizeof *slots);
    size_t count_before = grams->slot_count;
    empty_slots(slots, slot_count);
    grams->slots = slots;
    grams->slot_count = slot_count;
    for (size_t i = 0; i < count_before; i++) {
        if (before[i].number >= 0)
            put_slot(grams, before[i]);
    }
    attni_free(table->context, before);
    return ATTN_OK;
}

void attni_grams_renew(const attni_gram_table *table, attni_grams *grams, int32_t count)
{
    empty_slots(grams->slots, grams->slot_count);
    grams->count = count;
    grams->ids.size = (size_t)count * (size_t)grams->length * sizeof(int32_t);
    for (int32_t number = 0; number < count; number++) {
        const int32_t *ids = attni_grams_ids(grams, number);
        attni_hash before = attni_gram_begin(table);
        uint32_t hash = 0;
        for (int32_t n = 1; n <= grams->length; n++)
            hash = attni_gram_hash(&before, n, ids[n - 1]);
        put_slot(grams, (struct attni_gram_slot){hash, number});
    }
}
