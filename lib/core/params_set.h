/* params_set.h - what an attn_params is, for its two sources: params.c, which adds tensors, and params_tensors.c, which looks at them. */
#ifndef ATTN_CORE_PARAMS_SET_H
#define ATTN_CORE_PARAMS_SET_H

#include <stdatomic.h>

#include "core/layer.h"

struct attn_params {
    atomic_int references;
    attn_context *context;
    uint64_t seed;
    attni_tensor *tensors;
    int64_t count, tensor_capacity;
    float *values, *gradients; /* [capacity]; gradients are NULL until they are needed */
    int64_t size, capacity;
    const attni_source *source; /* of new tensors' values, or NULL */
    attni_layer_list layers;
    int32_t sealed;
};

/* The tensor's index, or -1. */
int64_t attni_params_find(const attn_params *params, const char *name);

/* Move `*array` of `count` numbers to a block of `capacity`, with zeros behind. */
attn_status attni_params_grow(attn_params *params, const char *function, float **array, int64_t count,
                              int64_t capacity);

#endif
