/* partial.h - sums over a batch that do not depend on the threads.
 *
 * The work is cut into parts, how many depending on its size alone. Each part is a task with sums of its own, and the parts'
 * sums are added to the gradient in their order. */
#ifndef ATTN_LAYER_PARTIAL_H
#define ATTN_LAYER_PARTIAL_H

#include "core/context.h"

typedef struct attni_partial {
    int64_t parts;
    int64_t size;  /* numbers that a part sums; a multiple of 16 */
    float *values; /* [parts, size] */
} attni_partial;

/* Make room for the sums of at most `most` parts of `size` numbers. */
attn_status attni_partial_make(attni_partial *partial, attni_arena *arena, const char *function, int64_t most,
                               int64_t size);

/* The sums of one part, set to 0: to be called by its task. */
float *attni_partial_begin(const attni_partial *partial, int64_t part);

/* gradient[count] += the sums of all parts from place `from` on, on the context's threads. */
ATTN_CHECKED attn_status attni_partial_add(const attni_partial *partial, attn_context *context, int64_t from,
                                           int64_t count, float *gradient);

#endif
