/* table.h - n-grams, each with a number: 0, 1, ... as they come, for every length by itself. A hash table a length, with open
 * addressing; slots hold the whole hash, so that a look-up reads hardly any ids but its own. */
#ifndef ATTN_LAYER_NGRAMS_TABLE_H
#define ATTN_LAYER_NGRAMS_TABLE_H

#include "attn/ngrams.h"
#include "core/hash.h"
#include "text/buffer.h"

/* Those of one length. */
typedef struct attni_grams {
    attni_buffer ids; /* [count, length] */
    struct attni_gram_slot {
        uint32_t hash;
        int32_t number; /* -1: empty */
    } * slots;
    size_t slot_count; /* a power of two, of which a quarter at least is empty; 0 at first */
    int32_t length, count;
} attni_grams;

/* Starts with attni_gram_table_init, which cannot fail. */
typedef struct attni_gram_table {
    attn_context *context;
    uint64_t key[2]; /* of the hash */
    int32_t longest;
    attni_grams of[ATTN_NGRAMS_MAX_LENGTH]; /* [longest]: of length n at n - 1 */
} attni_gram_table;

void attni_gram_table_init(attni_gram_table *table, attn_context *context, int32_t longest);
void attni_gram_table_clear(attni_gram_table *table);

/* The n-grams that begin at one word: hash a word, then look up or add the n-gram that ends with it.
 *
 *     attni_hash before = attni_gram_begin(table);
 *     for (n = 1; ...; n++) hash = attni_gram_hash(&before, n, ids[n - 1]); */
static inline attni_hash attni_gram_begin(const attni_gram_table *table)
{
    return attni_hash_begin(table->key);
}

static inline uint32_t attni_gram_hash(attni_hash *before, int32_t n, int32_t id)
{
    uint32_t hash = attni_hash_end(*before, (uint64_t)n << 56 | (uint32_t)id);
    attni_hash_take(before, (uint32_t)id);
    return hash;
}

/* The number of ids[grams->length], which have this hash; -1 where it is not there. */
int32_t attni_grams_find(const attni_grams *grams, const int32_t *ids, uint32_t hash);

/* Room for so many more, so that attni_grams_add cannot fail: it gives the number, a new one where it was not there. */
attn_status attni_grams_reserve(const attni_gram_table *table, attni_grams *grams, const char *function,
                                int64_t more);
int32_t attni_grams_add(attni_grams *grams, const int32_t *ids, uint32_t hash);

/* The ids were changed: hash them all again, of which there are `count` now, no more than there were. They must differ. */
void attni_grams_renew(const attni_gram_table *table, attni_grams *grams, int32_t count);

static inline int32_t *attni_grams_ids(const attni_grams *grams, int32_t number)
{
    return (int32_t *)grams->ids.data + (int64_t)number * grams->length;
}

#endif
