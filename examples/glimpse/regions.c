/* regions.c - the windows of a picture that is widened on every side. */
#include "regions.h"

#include <string.h>

#define MARGIN ((WINDOW - REGION) / 2)
#define WIDE (SCENE_SIZE + 2 * MARGIN)

static int64_t within(int64_t i)
{
    return i < 0 ? 0 : i >= SCENE_SIZE ? SCENE_SIZE - 1 : i;
}

/* The picture's mean colour: nearly its background's. */
static void mean_colour(const uint8_t *pixels, float *mean)
{
    int64_t sums[3] = {0};
    for (int64_t i = 0; i < SCENE_BYTES; i++)
        sums[i % 3] += pixels[i];
    for (int64_t channel = 0; channel < 3; channel++)
        mean[channel] = (float)sums[channel] / (SCENE_SIZE * SCENE_SIZE);
}

void regions_cut(const uint8_t *pixels, float *regions)
{
    float wide[WIDE * WIDE * 3], mean[3];
    mean_colour(pixels, mean);
    for (int64_t i = 0; i < WIDE * WIDE; i++) {
        int64_t row = within(i / WIDE - MARGIN), column = within(i % WIDE - MARGIN);
        for (int64_t channel = 0; channel < 3; channel++)
            wide[i * 3 + channel] =
                ((float)pixels[(row * SCENE_SIZE + column) * 3 + channel] - mean[channel]) / 64;
    }
    for (int64_t j = 0; j < REGIONS; j++) {
        int64_t row = j / REGIONS_ACROSS, column = j % REGIONS_ACROSS;
        float *region = regions + j * REGION_DIM, *place = region + WINDOW * WINDOW * 3;
        for (int64_t line = 0; line < WINDOW; line++)
            memcpy(region + line * WINDOW * 3, wide + ((row * REGION + line) * WIDE + column * REGION) * 3,
                   WINDOW * 3 * sizeof *region);
        memset(place, 0, 2 * REGIONS_ACROSS * sizeof *place);
        place[column] = place[REGIONS_ACROSS + row] = 1;
    }
}
