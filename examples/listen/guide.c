/* guide.c - loudness of items, and the costs of weights that follow from it. */
#include "guide.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH 0.12      /* w */
#define BACKGROUND 0.02 /* loudness that even silence has, so that it goes by */

/* The mean of an item's features, of a row of so many frames. */
static double loudness(const struct batch *batch, int64_t row, int64_t item, int64_t span)
{
    const int64_t begin = item * span,
                  end = begin + span < batch->frames[row] ? begin + span : batch->frames[row];
    const float *features = batch->features + (row * batch->time + begin) * batch->bands;
    double sum = 0;
    for (int64_t i = 0; i < (end - begin) * batch->bands; i++)
        sum += (double)features[i];
    return sum / (double)((end - begin) * batch->bands);
}

/* The costs of one row's items: where they are on the way, 0 to 1, and how quiet. */
static void measure(const struct batch *batch, int64_t row, int64_t items, int64_t span, double *place,
                    double *quiet)
{
    double gone = 0;
    for (int64_t j = 0; j < items; j++) {
        const double mean = loudness(batch, row, j, span), loud = fmax(0.0, mean) + BACKGROUND;
        quiet[j] = fmin(1.0, fmax(0.0, -mean));
        place[j] = gone + loud / 2;
        gone += loud;
    }
    for (int64_t j = 0; j < items; j++)
        place[j] /= gone;
}

void guide(const struct batch *batch, int64_t items, const int32_t *lengths, int64_t span, float diagonal,
           float silence, float *dweights)
{
    double *place = allocate(items, sizeof *place), *quiet = allocate(items, sizeof *quiet);
    const int32_t *labels = batch->labels;
    for (int64_t b = 0; b < batch->rows; b++) {
        const int64_t steps = batch->steps_of[b];
        measure(batch, b, lengths[b], span, place, quiet);
        for (int64_t t = 0; t < steps; t++) {
            const double letter = labels[t] == BLANK_ID || labels[t] == BOUNDARY_ID ? 0.0 : (double)silence;
            float *row = dweights + (b * batch->steps + t) * items;
            for (int64_t j = 0; j < lengths[b]; j++) {
                const double d = ((double)t + 0.5) / (double)steps - place[j];
                const double cost =
                    (double)diagonal * (1.0 - exp(-d * d / (2 * WIDTH * WIDTH))) + letter * quiet[j];
                row[j] = (float)(cost / (double)batch->tokens);
            }
        }
        labels += steps;
    }
    free(place);
    free(quiet);
}
