/* kernel_test.h - what the kernel tests and their benchmark share: the variants, and random arrays between guards. */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../checks.h"
#include "attn/context.h"
#include "kernel/kernel.h"

/* The variants that this machine can run, the reference first; NULL beyond them. */
const attni_kernels *kernel_variant(int index);
int kernel_variants(void);

/* Add the tests of check_product.c and check_functions.c; print what bench.c measures. */
void kernel_product_tests(TCase *group);
void kernel_function_tests(TCase *group);
int kernel_bench(void);

#define EPSILON 0x1p-23
#define GUARD 12345.678f

/* A condition, and the line that says how it does not hold. */
#define MUST(condition, ...)                                                                                 \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            ck_abort_msg(__VA_ARGS__);                                                                       \
    } while (0)

static uint64_t random_state = 1;

static inline uint32_t random_bits(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 32);
}

static inline int64_t random_below(int64_t limit)
{
    return (int64_t)(random_bits() % (uint64_t)limit);
}

/* `count` numbers in [-scale, scale), in a block of just this size, so that a sanitizer sees the byte beyond it. */
static inline float *numbers(int64_t count, float scale)
{
    float *values = malloc((size_t)count * sizeof *values + (count == 0));
    for (int64_t i = 0; i < count; i++)
        values[i] = scale * ((float)(random_bits() >> 8) * 0x1p-23f - 1.0f);
    return values;
}

static inline float *copy_of(const float *values, int64_t count)
{
    float *copy = malloc((size_t)count * sizeof *copy + (count == 0));
    if (count)
        memcpy(copy, values, (size_t)count * sizeof *copy);
    return copy;
}

/* Put `value` into the columns [width, ld) of a[rows, ld]: guards around what is written, poison around what is read. */
static inline void fill_gaps(float *a, int64_t rows, int64_t width, int64_t ld, float value)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = width; j < ld; j++)
            a[i * ld + j] = value;
    }
}

static inline void assert_gaps(const float *a, int64_t rows, int64_t width, int64_t ld)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = width; j < ld; j++)
            MUST(a[i * ld + j] == GUARD, "written out of bounds in row %lld, column %lld of %lld",
                 (long long)i, (long long)j, (long long)width);
    }
}

static inline void assert_near(const float *actual, const float *expected, int64_t count, double tolerance,
                               const char *what)
{
    for (int64_t i = 0; i < count; i++)
        MUST(fabs((double)actual[i] - (double)expected[i]) <= tolerance * (1.0 + fabs((double)expected[i])),
             "%s %lld of %lld is %.9g; expected %.9g", what, (long long)i, (long long)count,
             (double)actual[i], (double)expected[i]);
}

static inline void free_all(int count, float **arrays)
{
    for (int i = 0; i < count; i++)
        free(arrays[i]);
}

#define FREE(...)                                                                                            \
    free_all((int)(sizeof((float *[]){__VA_ARGS__}) / sizeof(float *)), (float *[]){__VA_ARGS__})

/* sum a[p] b[p], and the sum of the sizes, which the tolerance is in, added to `size`. */
static inline double entry(const float *a, const float *b, int64_t ldb, int64_t k, double *size)
{
    double sum = 0.0;
    for (int64_t p = 0; p < k; p++) {
        sum += (double)a[p] * (double)b[p * ldb];
        *size += fabs((double)a[p] * (double)b[p * ldb]);
    }
    return sum;
}

#endif
