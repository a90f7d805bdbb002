/* unit_data.h - made-up numbers, and comparisons of arrays to the bit. */
#ifndef UNIT_DATA_H
#define UNIT_DATA_H

#include "unit.h"

/* A condition, and the line that says how it does not hold. */
#define MUST(condition, ...)                                                                                 \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            ck_abort_msg(__VA_ARGS__);                                                                       \
    } while (0)

/* One of a sequence of numbers that every machine draws alike: [0, 2^24). */
static inline uint32_t unit_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 40);
}

static inline void unit_fill(float *values, int64_t count, uint64_t seed)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)unit_random(&seed) * 0x1p-23f - 1.0f;
}

/* `count` numbers in [-1, 1), to be freed. */
static inline float *unit_floats(int64_t count, uint64_t seed)
{
    float *values = malloc((size_t)(count + 1) * sizeof *values);
    unit_fill(values, count, seed);
    return values;
}

/* The same with `count` zeros. */
static inline float *unit_zeros(int64_t count)
{
    return calloc((size_t)(count + 1), sizeof(float));
}

static inline void unit_assert_same_bits(const float *a, const float *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        MUST(memcmp(a + i, b + i, sizeof *a) == 0, "number %lld of %lld is %.9g, and %.9g in the other array",
             (long long)i, (long long)count, (double)a[i], (double)b[i]);
}

static inline void unit_assert_all(const float *values, int64_t count, float expected)
{
    for (int64_t i = 0; i < count; i++)
        MUST(values[i] == expected, "number %lld of %lld is %.9g; expected %.9g", (long long)i,
             (long long)count, (double)values[i], (double)expected);
}

static inline int unit_any_differs(const float *a, const float *b, int64_t count)
{
    return count > 0 && memcmp(a, b, (size_t)count * sizeof *a) != 0;
}

#endif
