/* random.h - counter-based random numbers: a pure function of (seed, stream, position), so that a result does not
 * depend on the order or the thread in which it is computed. Philox4x32-10 (Salmon et al., SC 2011). */
#ifndef ATTN_CORE_RANDOM_H
#define ATTN_CORE_RANDOM_H

#include <stdint.h>

/* Four random words for one position. */
void attni_philox(uint64_t seed, uint64_t stream, uint64_t position, uint32_t out[4]);

/* One uniform number in [0, 1), 24 bits; and one standard normal one (Box-Muller). */
float attni_uniform(uint64_t seed, uint64_t stream, uint64_t position);
float attni_normal(uint64_t seed, uint64_t stream, uint64_t position);

/* A stream's number from a name: FNV-1a, 64 bits. */
uint64_t attni_stream(const char *name);

#endif
