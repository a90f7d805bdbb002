/* init.h - the first values of a tensor. */
#ifndef ATTN_CORE_INIT_H
#define ATTN_CORE_INIT_H

#include "attn/params.h"
#include "core/random.h"

/* Fill values[shape[0], ..., shape[rank - 1]] by ATTN_INIT_...; a function of seed, stream and position alone.
 * Some are left out where the call is to end (core/call.h), here and below. */
void attni_init_values(float *values, int32_t rank, const int64_t *shape, int32_t init, uint64_t seed,
                       uint64_t stream);

/* values[size] uniform in +-bound. */
void attni_init_uniform(float *values, int64_t size, float bound, uint64_t seed, uint64_t stream);

#endif
