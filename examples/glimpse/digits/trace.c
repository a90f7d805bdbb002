/* trace.c - the numbers of a column are the same in all of its rows, but for what was covered. */
#include "trace.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The mean column of weights[down, across], which sum to 1. */
static float mean_column(int64_t down, int64_t across, const float *weights)
{
    float mean = 0;
    for (int64_t j = 0; j < down * across; j++)
        mean += weights[j] * (float)(j % across);
    return mean;
}

void trace(int64_t rows, int64_t down, int64_t across, const float *weights, const float *covered,
           float *places)
{
    const int64_t regions = down * across;
    for (int64_t b = 0; b < rows; b++) {
        const float mean = weights ? mean_column(down, across, weights + b * regions) : -1;
        for (int64_t c = 0; c < across; c++) {
            const float d = (float)c - mean;
            const float column[TRACE_DIM - 1] = {fmaxf(d, 0) / 4, fmaxf(-d, 0) / 4, 2 * expf(-d * d / 4.5f),
                                                 2 * expf(-(d - 4) * (d - 4) / 8),
                                                 d < 0 ? 0 : 4 * powf(0.8f, d)};
            for (int64_t r = 0; r < down; r++) {
                const int64_t j = b * regions + r * across + c;
                float *place = places + j * TRACE_DIM;
                memcpy(place, column, sizeof column);
                place[TRACE_DIM - 1] = weights ? 2 * covered[j] : 0;
            }
        }
    }
}
