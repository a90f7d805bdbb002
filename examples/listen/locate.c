/* locate.c - decaying sums of the weights, from left to right. */
#include "locate.h"

#include <stddef.h>
#include <string.h>

void locate(int64_t rows, int64_t items, const float *weights, const float *covered, float *places)
{
    static const float rates[TRACES] = {0.0f, 0.5f, 0.8f, 0.93f, 1.0f};
    for (int64_t b = 0; b < rows; b++) {
        float traces[TRACES] = {0};
        for (int64_t i = 0; i < TRACES && weights == NULL; i++)
            traces[i] = 1.0f; /* all of it lay on an item before the first */
        for (int64_t j = 0; j < items; j++) {
            float *place = places + (b * items + j) * PLACE_DIM;
            for (int64_t i = 0; i < TRACES; i++)
                traces[i] = rates[i] * traces[i] + (weights ? weights[b * items + j] : 0.0f);
            memcpy(place, traces, sizeof traces);
            place[TRACES] = weights ? covered[b * items + j] : 0.0f;
        }
    }
}
