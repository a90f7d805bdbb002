/* numbers.c - bfloat16 (8 bits of exponent, 7 of fraction: the upper half of a float32) and float16 (IEEE 754: 5 and 10)
 * from and to float32. Bits are moved as integers, so that NaN, infinities and subnormal numbers come out as they are,
 * whatever the processor is told to do with them. */
#include <float.h>
#include <string.h>

#include "file/file.h"

#define BLOCK 8192 /* numbers turned at a time, on the stack */

static float of_bits(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static float widen_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = (half >> 10) & 31u, fraction = half & 0x3FFu;
    if (exponent == 31)
        return of_bits(sign | 0x7F800000u | fraction << 13);
    if (exponent > 0)
        return of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    if (fraction == 0)
        return of_bits(sign);
    uint32_t shift =
        (uint32_t)__builtin_clz(fraction) - 21; /* a subnormal number, fraction * 2^-24, is a normal float */
    return of_bits(sign | (113 - shift) << 23 | ((fraction << shift) & 0x3FFu) << 13);
}

static float widen_one(int32_t dtype, const unsigned char *numbers, int64_t i)
{
    uint32_t bits;
    uint16_t half;
    if (dtype == ATTN_DTYPE_FLOAT32) {
        memcpy(&bits, numbers + 4 * i, sizeof bits);
        return of_bits(attni_little_32(bits));
    }
    memcpy(&half, numbers + 2 * i, sizeof half);
    half = attni_little_16(half);
    return dtype == ATTN_DTYPE_FLOAT16 ? widen_half(half) : of_bits((uint32_t)half << 16);
}

int64_t attni_dtype_size(int32_t dtype)
{
    return dtype == ATTN_DTYPE_FLOAT32 ? 4 : 2;
}

void attni_widen(int32_t dtype, const void *numbers, int64_t size, float *out)
{
    if (ATTNI_IS_LITTLE && dtype == ATTN_DTYPE_FLOAT32) {
        if (size > 0)
            memcpy(out, numbers, (size_t)size * sizeof *out);
        return;
    }
    for (int64_t i = 0; i < size; i++)
        out[i] = widen_one(dtype, numbers, i);
}

void attni_narrow(const float *numbers, int64_t size, uint16_t *out)
{
    for (int64_t i = 0; i < size; i++) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        out[i] = attni_little_16((uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1u)) >>
                                            16)); /* of finite numbers: NaN is never saved */
    }
}

/* Where they lie as the file has them, all at once; else block by block, of no memory that might be refused after a header. */
attn_status attni_write_words(const void *words, int64_t size, attn_write_fn write, void *user)
{
    ATTNI_TRY(attni_go_on_now());
    if (ATTNI_IS_LITTLE)
        return write(user, words, (size_t)size * sizeof(uint32_t));
    uint32_t block[BLOCK];
    for (int64_t i = 0; i < size; i += BLOCK) {
        const int64_t count = size - i < BLOCK ? size - i : BLOCK;
        memcpy(block, (const unsigned char *)words + i * 4, (size_t)count * sizeof *block);
        for (int64_t k = 0; k < count; k++)
            block[k] = attni_little_32(block[k]);
        ATTNI_TRY(attni_go_on_now());
        ATTNI_TRY(write(user, block, (size_t)count * sizeof *block));
    }
    return ATTN_OK;
}

int64_t attni_first_bad(int32_t dtype, const void *numbers, int64_t size, float lowest)
{
    for (int64_t i = 0; i < size; i++) {
        if (i % ATTNI_STRIDE == 0 && attni_interrupted())
            return -1;
        float number = widen_one(dtype, numbers, i);
        if (!(number >= lowest && number <= FLT_MAX)) /* false for NaN */
            return i;
    }
    return -1;
}
