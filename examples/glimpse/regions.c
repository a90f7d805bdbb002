/* regions.c - the windows of a picture. */
#include "regions.h"

#include <math.h>
#include <string.h>

#define WIDE (SCENE_SIZE + 2 * MARGIN)
#define SCALE 64 /* brings the differences between colours to about 1 */

/* The picture's mean colour: nearly its background's. */
static void mean_colour(const uint8_t *pixels, float *mean)
{
    int64_t sums[3] = {0};
    for (int64_t i = 0; i < SCENE_BYTES; i++)
        sums[i % 3] += pixels[i];
    for (int64_t channel = 0; channel < 3; channel++)
        mean[channel] = (float)sums[channel] / (SCENE_SIZE * SCENE_SIZE);
}

/* pixel[CHANNELS] */
static void compare(const uint8_t *colour, const float *mean, float *pixel)
{
    float squares = 0;
    for (int64_t channel = 0; channel < 3; channel++) {
        pixel[channel] = ((float)colour[channel] - mean[channel]) / SCALE;
        squares += pixel[channel] * pixel[channel];
    }
    pixel[3] = sqrtf(squares);
}

static int64_t within(int64_t i)
{
    return i < 0 ? 0 : i >= SCENE_SIZE ? SCENE_SIZE - 1 : i;
}

void regions_cut(const uint8_t *pixels, float *regions)
{
    float wide[WIDE * WIDE * CHANNELS], mean[3];
    mean_colour(pixels, mean);
    for (int64_t i = 0; i < WIDE * WIDE; i++)
        compare(pixels + (within(i / WIDE - MARGIN) * SCENE_SIZE + within(i % WIDE - MARGIN)) * 3, mean,
                wide + i * CHANNELS);
    for (int64_t j = 0; j < REGIONS; j++) {
        int64_t top = j / REGIONS_ACROSS * REGION, left = j % REGIONS_ACROSS * REGION;
        for (int64_t line = 0; line < WINDOW; line++)
            memcpy(regions + j * REGION_DIM + line * WINDOW * CHANNELS,
                   wide + ((top + line) * WIDE + left) * CHANNELS, WINDOW * CHANNELS * sizeof *regions);
    }
}

void region_place(int64_t region, float *place)
{
    memset(place, 0, PLACE_DIM * sizeof *place);
    place[region % REGIONS_ACROSS] = place[REGIONS_ACROSS + region / REGIONS_ACROSS] = 1;
}
