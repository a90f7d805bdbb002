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

static float word_at(const unsigned char *words, int64_t i)
{
    uint32_t bits;
    memcpy(&bits, words + 4 * i, sizeof bits);
    return of_bits(attni_little_32(bits));
}

/* Number i of a tensor, aligned or not. */
static float number_at(const attn_file *file, const attni_stored *stored, int64_t i)
{
    const unsigned char *numbers = file->data + stored->begin;
    uint16_t half;
    if (stored->dtype == ATTN_DTYPE_FLOAT32)
        return word_at(numbers, i);
    if (stored->dtype == ATTN_DTYPE_INT8)
        return word_at(file->data + stored->scales->begin, i / stored->shape[1]) * (float)(int8_t)numbers[i];
    memcpy(&half, numbers + 2 * i, sizeof half);
    half = attni_little_16(half);
    return stored->dtype == ATTN_DTYPE_FLOAT16 ? widen_half(half) : of_bits((uint32_t)half << 16);
}

void attni_widen(const attn_file *file, const attni_stored *stored, float *out)
{
    if (ATTNI_IS_LITTLE && stored->dtype == ATTN_DTYPE_FLOAT32) {
        if (stored->size > 0)
            memcpy(out, file->data + stored->begin, (size_t)stored->size * sizeof *out);
        return;
    }
    for (int64_t i = 0; i < stored->size; i++)
        out[i] = number_at(file, stored, i);
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
    if (ATTNI_IS_LITTLE)
        return write(user, words, (size_t)size * sizeof(uint32_t));
    uint32_t block[BLOCK];
    for (int64_t i = 0; i < size; i += BLOCK) {
        const int64_t count = size - i < BLOCK ? size - i : BLOCK;
        memcpy(block, (const unsigned char *)words + i * 4, (size_t)count * sizeof *block);
        for (int64_t k = 0; k < count; k++)
            block[k] = attni_little_32(block[k]);
        ATTNI_TRY(write(user, block, (size_t)count * sizeof *block));
    }
    return ATTN_OK;
}

int64_t attni_first_bad(const attn_file *file, const attni_stored *stored, float lowest)
{
    for (int64_t i = 0; i < stored->size; i++) {
        if (i % ATTNI_STRIDE == 0 && attni_interrupted())
            return -1;
        float number = number_at(file, stored, i);
        if (!(number >= lowest && number <= FLT_MAX)) /* false for NaN */
            return i;
    }
    return -1;
}
