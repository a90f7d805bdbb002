/* choose.c - which kernels this processor can run. */
#include "attn/context.h"
#include "kernel/kernel.h"

#ifdef ATTNI_X86
static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static int has_avx512vnni(void)
{
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

static int has_avx512bf16(void)
{
    return has_avx512vnni() && __builtin_cpu_supports("avx512bf16");
}
#endif

const attni_kernels *attni_kernels_for(int32_t isa)
{
    switch (isa) {
    case ATTN_ISA_REFERENCE:
        return &attni_kernels_reference;
    case ATTN_ISA_BASELINE:
        return &attni_kernels_baseline;
#ifdef ATTNI_X86
    case ATTN_ISA_AVX2:
        return has_avx2() ? &attni_kernels_avx2 : NULL;
    case ATTN_ISA_AVX512:
        return has_avx512() ? &attni_kernels_avx512 : NULL;
    case ATTN_ISA_AVX512VNNI:
        return has_avx512vnni() ? &attni_kernels_avx512vnni : NULL;
    case ATTN_ISA_AVX512BF16:
        return has_avx512bf16() ? &attni_kernels_avx512bf16 : NULL;
    case ATTN_ISA_BEST:
        return has_avx512bf16()   ? &attni_kernels_avx512bf16
               : has_avx512vnni() ? &attni_kernels_avx512vnni
               : has_avx512()     ? &attni_kernels_avx512
               : has_avx2()       ? &attni_kernels_avx2
                                  : &attni_kernels_baseline;
#else
    case ATTN_ISA_BEST:
        return &attni_kernels_baseline;
#endif
    default:
        return NULL;
    }
}

double attni_sum_squares(const attni_kernels *kernels, int64_t n, const float *x)
{
    float fast = kernels->dot(n, x, x);
    if (fast > 1e-24f && fast < 1e36f) /* what underflows is too small to count, and nothing overflows */
        return (double)fast;
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

attni_kernels attni_kernels_rounding(const attni_kernels *kernels)
{
    attni_kernels rounding = *kernels;
    rounding.rounds = 1;
    rounding.pack = kernels->rounded.pack;
    rounding.pack_transposed = kernels->rounded.pack_transposed;
    rounding.product = kernels->rounded.product;
    rounding.product_over = kernels->rounded.product_over;
    return rounding;
}

int64_t attni_packed_size(const attni_kernels *kernels, int64_t k, int64_t n)
{
    int64_t panels = (n + kernels->panel - 1) / kernels->panel;
    return panels * kernels->panel * (kernels->rounds && kernels->rounded.pairs ? (k + 1) / 2 : k);
}

/* A column has a scale and its bytes, by fours, for each piece. */
int64_t attni_packed_int8_size(const attni_kernels *kernels, int64_t k, int64_t n)
{
    int64_t panels = (n + kernels->panel - 1) / kernels->panel;
    int64_t pieces = (k + ATTNI_INT8_PIECE - 1) / ATTNI_INT8_PIECE;
    return panels * kernels->panel * (pieces * (int64_t)sizeof(float) + (k + 3) / 4 * 4);
}
