/* distinct.h - the distinct ids of a batch. Reviews repeat words: 256 of them hold 52,750 tokens and 6,862 ids. */
#ifndef ATTN_LAYER_DISTINCT_H
#define ATTN_LAYER_DISTINCT_H

#include "core/context.h"

typedef struct attni_distinct {
    int64_t count;
    int32_t *ids;   /* [count], in the order in which they first occur */
    int32_t *slots; /* [batch, time]: where in `ids` a token's id stands; not set beyond the lengths */
} attni_distinct;

/* Check that the ids within the lengths, which are checked already, are below `rows`. */
attn_status attni_check_ids(const char *function, int64_t rows, int64_t batch, int64_t time,
                            const int32_t *ids, const int32_t *lengths);

/* Find the distinct ids, in memory from the arena. */
attn_status attni_distinct_make(attni_distinct *distinct, attni_arena *arena, const char *function,
                                int64_t rows, int64_t batch, int64_t time, const int32_t *ids,
                                const int32_t *lengths);

/* The tokens sorted by id, each id's in their order, so that what is summed by id is one task's: places[begins[i] .. begins[i + 1])
 * of [batch, time] hold distinct id i. */
typedef struct attni_places {
    int32_t *begins; /* [count + 1] */
    int32_t *places; /* [tokens] */
} attni_places;

/* Find them for ids that are found, in memory from the arena; lengths NULL: all full. */
attn_status attni_distinct_places(const attni_distinct *distinct, attni_arena *arena, const char *function,
                                  int64_t batch, int64_t time, const int32_t *lengths, attni_places *places);

#endif
