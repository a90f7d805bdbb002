/* words.h - a set of words, each with a number (0, 1, ... as they come) and a count. */
#ifndef ATTN_TEXT_WORDS_H
#define ATTN_TEXT_WORDS_H

#include "text/buffer.h"

typedef struct attni_word {
    size_t offset; /* in `text` */
    uint32_t length;
    uint32_t hash;
    int64_t count;
} attni_word;

/* Starts zeroed but for `context`, which the owner keeps alive; ends with attni_words_clear. */
typedef struct attni_words {
    attn_context *context;
    attni_buffer text;    /* the words, each NUL-terminated */
    attni_buffer entries; /* attni_word, by number */
    struct attni_slot {
        uint32_t hash;
        int32_t number; /* -1: empty */
    } * slots;
    size_t slot_count; /* a power of two, at least twice the words */
    uint64_t key[2];   /* of the hash; drawn with the first slots */
    int32_t count;
} attni_words;

/* The number of the word text[size]; -1 when it is not in the set. */
int32_t attni_words_find(const attni_words *words, const char *text, size_t size);

/* The same, but a word that is not in the set is added with count 0. `text` must not lie in the set itself.
 * Errors begin with `function`: MEMORY, and the set is as before. */
attn_status attni_words_add(attni_words *words, const char *function, const char *text, size_t size,
                            int32_t *number);

void attni_words_clear(attni_words *words);

/* The entry of a number below `count`, and its text. */
static inline attni_word *attni_words_entry(const attni_words *words, int32_t number)
{
    return (attni_word *)words->entries.data + number;
}

static inline const char *attni_words_text(const attni_words *words, int32_t number)
{
    return (const char *)words->text.data + attni_words_entry(words, number)->offset;
}

#endif
