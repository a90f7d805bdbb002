/* finite.h - what is said when a forward comes to numbers that are none: whose they are.
 *
 * A forward checks numbers where they pass through the cache anyway. When it has met one that is NaN or infinite it looks for its
 * source, in what it was given and in its layer's tensors, in that order; so the error does not depend on the threads. */
#ifndef ATTN_CORE_FINITE_H
#define ATTN_CORE_FINITE_H

#include "core/layer.h"

/* An array that a call was given: values[batch, time, width], of which row b has lengths[b] (NULL: all `time`); values may be
 * NULL. */
typedef struct attni_given {
    const char *name;
    const float *values;
    int64_t batch, time, width;
    const int32_t *lengths;
} attni_given;

/* ARGUMENT, which names the first number of an array that is not finite; OK where all are. */
attn_status attni_check_finite(const char *function, const attni_given *given);

/* STATE, which names the first number of the layer's tensors that is not finite; OK where all are. */
attn_status attni_check_tensors(const char *function, const attni_layer *layer);

/* After a forward has met a number that is not finite: either of these, or, where all that it began with is finite, ARGUMENT, which
 * says that `made` is beyond the floats. The layers, given by a list that ends with NULL, may be none. */
attn_status attni_not_finite(const char *function, const attni_given *given, int32_t count,
                             const attni_layer *const *layers, const char *made);

#endif
