/* trace.c - decaying sums of the weights, column by column from left to right. */
#include "trace.h"

#include <stddef.h>
#include <string.h>

void trace(int64_t rows, int64_t down, int64_t across, int64_t dim, const float *weights,
           const float *covered, float *memory)
{
    static const float rates[TRACES] = {0.0f, 0.5f, 0.8f, 0.93f, 1.0f};
    const int64_t regions = down * across;
    for (int64_t b = 0; b < rows; b++) {
        float traces[TRACES] = {0};
        for (int64_t i = 0; i < TRACES && weights == NULL; i++)
            traces[i] = 1.0f; /* all of it lay on a column before the first */
        for (int64_t c = 0; c < across; c++) {
            float looked = 0;
            for (int64_t r = 0; r < down && weights; r++)
                looked += weights[b * regions + r * across + c];
            for (int64_t i = 0; i < TRACES; i++)
                traces[i] = rates[i] * traces[i] + looked;
            for (int64_t r = 0; r < down; r++) {
                const int64_t j = b * regions + r * across + c;
                float *place = memory + j * (dim + TRACE_DIM) + dim;
                memcpy(place, traces, sizeof traces);
                place[TRACES] = weights ? covered[j] : 0.0f;
            }
        }
    }
}
