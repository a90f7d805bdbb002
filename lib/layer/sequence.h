/* sequence.h - the order in which a recurrent layer works through a batch of unequal rows.
 *
 * Rows are sorted by length, longest first, and cut into blocks; a worker takes a block for the whole sequence.
 * Within a block, step s holds the rows that are longer than s: always the first ones. What belongs to a step lies
 * together ("packed"), step after step, block after block, so that no number is kept or computed for padding:
 *
 *     block 0: | step 0: rows 0 1 2 3 | step 1: rows 0 1 2 3 | step 2: rows 0 1 | ...   block 1: | ...
 *
 * The backward direction reads each row from its own end: its step s is time length - 1 - s. */
#ifndef ATTN_LAYER_SEQUENCE_H
#define ATTN_LAYER_SEQUENCE_H

#include "core/context.h"
#include "core/lengths.h"

/* Rows of a block, at most. More of them use a recurrent weight that was read more often; fewer make more blocks, of which
 * each thread should get as much as the others. How many depends on the batch alone. */
#define ATTNI_BLOCK_ROWS 24

/* What runs over the tokens of several steps at once (projections, weight gradients) takes a window of whole steps of a block,
 * of at most about this many tokens, so that they are still in the cache. */
#define ATTNI_WINDOW 128

typedef struct attni_block {
    int64_t first; /* its first row, in the sorted order */
    int64_t rows;  /* how many */
    int64_t steps; /* the longest one's length */
    const int64_t
        *starts; /* [steps + 1]: the packed place at which each step begins, and where the last one ends */
} attni_block;

typedef struct attni_sequence {
    int64_t batch, time;
    int64_t tokens;   /* the sum of the lengths */
    int32_t *order;   /* [batch]: the caller's row at each sorted place */
    int32_t *lengths; /* [batch], sorted, falling */
    attni_block *blocks;
    int64_t block_count;
} attni_sequence;

/* Check `lengths` (NULL: all full) and lay the sequence out, in memory from the arena. */
attn_status attni_sequence_make(attni_sequence *sequence, attni_arena *arena, const char *function,
                                int64_t batch, int64_t time, const int32_t *lengths);

/* The caller's place b * time + t for sorted row `place` at `step`. */
static inline int64_t attni_sequence_at(const attni_sequence *sequence, int64_t place, int64_t step,
                                        int32_t reverse)
{
    int64_t t = reverse ? sequence->lengths[place] - 1 - step : step;
    return sequence->order[place] * sequence->time + t;
}

/* The last step (exclusive) of the window that begins at step `first`, and the first one of that which ends before `last`. */
int64_t attni_block_window_end(const attni_block *block, int64_t first);
int64_t attni_block_window_begin(const attni_block *block, int64_t last);

/* Packed rows of steps [first, last) of one block from the caller's padded ones, and back: padded = packed, or += with
 * accumulate. `packed` points to step `first`. */
void attni_sequence_pack(const attni_sequence *sequence, const attni_block *block, int64_t first,
                         int64_t last, int32_t reverse, int64_t width, const float *padded, float *packed);
void attni_sequence_unpack(const attni_sequence *sequence, const attni_block *block, int64_t first,
                           int64_t last, int32_t reverse, int64_t width, const float *packed,
                           int32_t accumulate, float *padded);

/* Set padded[batch, time, width] to 0 beyond the lengths. */
void attni_sequence_clear_padding(const attni_sequence *sequence, int64_t width, float *padded);

#endif
