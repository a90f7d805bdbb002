/** pooling.h - many steps to one vector without weights that are learned: what attention is held against.
 *
 *     ATTN_POOLING_MEAN   y[b] = 1 / len_b sum_t x[b, t]          every step gets the same weight
 *     ATTN_POOLING_MAX    y[b, d] = max_t x[b, t, d]              (Collobert et al. 2011, 1103.0398); of equal ones the first
 *
 * over the steps t < len_b; y is 0 where len_b is 0. */
#ifndef ATTN_POOLING_H
#define ATTN_POOLING_H

#include "tape.h"

ATTN_BEGIN_DECLS

#define ATTN_POOLING_MEAN 1 /**< of the row's vectors */
#define ATTN_POOLING_MAX 2  /**< in each dimension the largest number */

/** y[batch, dim] from x[batch, time, dim].
 *     lengths [batch], 0 <= lengths[b] <= time; NULL: all full. What lies beyond them is never read
 *     pooling ATTN_POOLING_...
 * With a NULL tape nothing is kept for backward. y overlaps nothing. Errors: ARGUMENT (also numbers that are not finite, and a
 * tape of another context), MEMORY, INTERRUPTED; on failure the tape is as before. Thread-safety: as the tape's. */
ATTN_API ATTN_CHECKED attn_status attn_pooling_forward(attn_context *context, attn_tape *tape, int64_t batch,
                                                       int64_t time, int64_t dim, const float *x,
                                                       const int32_t *lengths, int32_t pooling, float *y);

/** dx[batch, time, dim] from dy[batch, dim], written, 0 beyond the lengths: dy / len_b to each step, or dy to the step that had
 * the largest number. dx overlaps nothing. Errors: ARGUMENT (other sizes than forward's), STATE, INTERRUPTED (begin the tape
 * anew). */
ATTN_API ATTN_CHECKED attn_status attn_pooling_backward(attn_context *context, attn_tape *tape, int64_t batch,
                                                        int64_t time, int64_t dim, const float *dy,
                                                        float *dx);

ATTN_END_DECLS
#endif
