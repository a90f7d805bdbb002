/** dropout.h - y = x * m / (1 - p), m[i] = 0 with probability p, else 1 (Srivastava et al. 2014).
 *
 * The mask is a function of the tape's seed, the step, the place on the tape and i: it is never stored. p is drawn in steps of
 * 2^-32, and the scale is that of what is drawn, so that the mean stays at rates near 1. */
#ifndef ATTN_DROPOUT_H
#define ATTN_DROPOUT_H

#include "tape.h"

ATTN_BEGIN_DECLS

/** y[size] from x[size]; y may be x. With a NULL tape, a tape of another mode than ATTN_TAPE_TRAIN, or
 * probability 0, y = x. 0 <= probability < 1. Errors: ARGUMENT (also, where it drops, numbers that are not finite, dropped ones
 * too; and a tape of another context), MEMORY, INTERRUPTED; on failure the tape is as before. Thread-safety: as the tape's;
 * without one, any thread. */
ATTN_API ATTN_CHECKED attn_status attn_dropout_forward(attn_context *context, attn_tape *tape, int64_t size,
                                                       const float *x, float probability, float *y);

/** dx[size] = dy * m / (1 - p); dx may be dy. Errors: ARGUMENT (another size than forward's), STATE, INTERRUPTED (begin the
 * tape anew). */
ATTN_API ATTN_CHECKED attn_status attn_dropout_backward(attn_context *context, attn_tape *tape, int64_t size,
                                                        const float *dy, float *dx);

ATTN_END_DECLS
#endif
