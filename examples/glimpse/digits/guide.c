/* guide.c - the ink of regions and columns, and the costs of weights that follow from it. */
#include "guide.h"

#include <math.h>

#define WIDTH 0.12     /* w */
#define INK 96         /* of 255: less is noise */
#define FULL 128       /* of 255, in the mean: a region full of ink */
#define MOST_ACROSS 64 /* columns of regions, more than there are */

/* How little of a region is written on, from 0 to 1. */
static double find_emptiness(const uint8_t *pixels, int64_t side, int64_t row, int64_t column)
{
    double ink = 0;
    for (int64_t i = 0; i < side * side; i++)
        ink += pixels[(row * side + i / side) * CANVAS_WIDTH + column * side + i % side];
    return fmax(0, 1 - ink / (double)(FULL * side * side));
}

/* How much of the canvas's ink has gone by in the middle of each column of regions, from 0 to 1. */
static void find_pace(const uint8_t *pixels, int64_t side, double *pace)
{
    double gone = 0;
    for (int64_t column = 0; column < CANVAS_WIDTH / side; column++) {
        double ink = 1; /* also where there is none some goes by */
        for (int64_t i = 0; i < CANVAS_HEIGHT * side; i++) {
            uint8_t pixel = pixels[i / side * CANVAS_WIDTH + column * side + i % side];
            ink += pixel >= INK ? pixel : 0;
        }
        pace[column] = gone + ink / 2;
        gone += ink;
    }
    for (int64_t column = 0; column < CANVAS_WIDTH / side; column++)
        pace[column] /= gone;
}

void guide(const struct page *page, int64_t side, float diagonal, float empty, float *dweights)
{
    const int64_t down = CANVAS_HEIGHT / side, across = CANVAS_WIDTH / side;
    double pace[MOST_ACROSS], said = 0;
    for (int64_t b = 0; b < page->rows; b++)
        said += page->lengths[b];
    for (int64_t b = 0; b < page->rows; b++) {
        const uint8_t *pixels = page->canvases[b].pixels;
        const int64_t digits = page->lengths[b] - 1;
        find_pace(pixels, side, pace);
        for (int64_t j = 0; j < down * across; j++) {
            const double nothing = (double)empty * find_emptiness(pixels, side, j / across, j % across);
            for (int64_t t = 0; t < page->steps; t++) {
                /* find_pace has set as many as there are across: NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
                const double d = ((double)t + 0.5) / (double)digits - pace[j % across];
                const double cost = (double)diagonal * (1 - exp(-d * d / (2 * WIDTH * WIDTH))) + nothing;
                dweights[(b * page->steps + t) * down * across + j] = t < digits ? (float)(cost / said) : 0;
            }
        }
    }
}
