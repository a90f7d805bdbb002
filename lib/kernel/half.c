/* half.c - IEEE half precision, for weights that are read far more often than written. */
#include <math.h>
#include <string.h>

#include "kernel/kernel.h"

void attni_halve(int64_t n, const float *x, uint16_t *y)
{
    for (int64_t i = 0; i < n; i++) {
        float size = fabsf(x[i]);
        size = size < 65504.0f ? size : 65504.0f;
        /* In a float of this size the last place is the half's last place (2^-24 at least): adding it rounds to even. */
        int exponent;
        frexpf(size, &exponent);
        float magic = ldexpf(1.5f, (exponent < -13 ? -13 : exponent) + 12);
        float rounded = (size + magic - magic) * 0x1p-112f;
        uint32_t bits, sign;
        memcpy(&bits, &rounded, sizeof bits);
        memcpy(&sign, &x[i], sizeof sign);
        y[i] = (uint16_t)(bits >> 13 | (sign >> 16 & 0x8000));
    }
}

float attni_half_to_float(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7FFF) << 13;
    float size;
    memcpy(&size, &bits, sizeof size);
    size *= 0x1p112f;
    return half & 0x8000 ? -size : size;
}
