/* position.c - facts from words, by position. */
#include "position.h"

#include <string.h>

/* l_md = from + slope d, d from 1 on. */
static void weights_of(int64_t m, int64_t count, int64_t dim, float *from, float *slope)
{
    float place = (float)(m + 1) / (float)count;
    *from = 1.0f - place;
    *slope = -(1.0f - 2.0f * place) / (float)dim;
}

void position_encode(int64_t rows, int64_t most, int64_t dim, const float *words, const int32_t *counts,
                     float *facts)
{
    memset(facts, 0, (size_t)(rows * dim) * sizeof *facts);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t m = 0; m < counts[i]; m++) {
            float from, slope;
            weights_of(m, counts[i], dim, &from, &slope);
            for (int64_t d = 0; d < dim; d++)
                facts[i * dim + d] += (from + slope * (float)(d + 1)) * words[(i * most + m) * dim + d];
        }
    }
}

void position_encode_backward(int64_t rows, int64_t most, int64_t dim, const float *dfacts,
                              const int32_t *counts, float *dwords)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t m = 0; m < counts[i]; m++) {
            float from, slope;
            weights_of(m, counts[i], dim, &from, &slope);
            for (int64_t d = 0; d < dim; d++)
                dwords[(i * most + m) * dim + d] = (from + slope * (float)(d + 1)) * dfacts[i * dim + d];
        }
    }
}
