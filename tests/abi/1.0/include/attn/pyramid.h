/** pyramid.h - neighbouring steps put side by side: a sequence of fewer, wider steps (the pyramid of Listen, Attend and Spell,
 * Chan et al. 2015, 1508.01211; speech recognisers call it stacked frames).
 *
 *     y[b,t] = [x[b, n t]; x[b, n t + 1]; ...; x[b, n t + n - 1]]      n = join
 *     joined_time = ceil(time / n);   joined_lengths[b] = ceil(lengths[b] / n)
 *
 * What the last step of a row lacks, and all beyond its length, is 0. Nothing is computed or lost: between two recurrent layers
 * it makes the upper one n times as short, and what attends to it has n times fewer items to choose from. */
#ifndef ATTN_PYRAMID_H
#define ATTN_PYRAMID_H

#include "tape.h"

ATTN_BEGIN_DECLS

/** Join every `join` steps.
 *     x              [batch, time, dim]; beyond lengths[b] never read
 *     lengths        [batch], 0 <= lengths[b] <= time; NULL means all full
 *     y              [batch, joined_time, join * dim], written; must not overlap x
 *     joined_lengths [batch], written; may be NULL, and may be `lengths`
 * With a NULL tape nothing is remembered. dim and join are 1 or more, join * dim at most 65536; join 1 copies. Numbers that are
 * not finite are passed on. Errors: ARGUMENT (also a tape of another context), MEMORY. Thread-safety: as the tape's; without one,
 * any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_pyramid_forward(attn_context *context, attn_tape *tape, int64_t batch,
                                                       int64_t time, int64_t dim, int64_t join, const float *x,
                                                       const int32_t *lengths, float *y, int32_t *joined_lengths);

/** Back, for the forward on top of the tape, whose sizes are given again.
 *     dy [batch, joined_time, join * dim]; what stands for no step of x is never read
 *     dx [batch, time, dim], written; 0 beyond the lengths; must not overlap dy
 * Errors: ARGUMENT (other sizes than forward's; nothing is written), STATE. */
ATTN_API ATTN_CHECKED attn_status attn_pyramid_backward(attn_context *context, attn_tape *tape, int64_t batch,
                                                        int64_t time, int64_t dim, int64_t join, const float *dy,
                                                        float *dx);

ATTN_END_DECLS
#endif
