/* canvas.h - what is to be read: one to five written digits of different size and height, from left to right, none over another. */
#ifndef GLIMPSE_CANVAS_H
#define GLIMPSE_CANVAS_H

#include "digits.h"

#define CANVAS_WIDTH 112
#define CANVAS_HEIGHT 36
#define CANVAS_BYTES (CANVAS_WIDTH * CANVAS_HEIGHT)
#define MOST_DIGITS 5

struct box {
    int64_t left, top, width, height; /* pixels */
};

struct canvas {
    uint8_t pixels[CANVAS_BYTES]; /* ink is 255 */
    int64_t count;                /* digits; 0: not known */
    int32_t labels[MOST_DIGITS];
    struct box boxes[MOST_DIGITS]; /* just around each one's ink */
};

/* Canvases are a function of seed, part and index; no part has the random numbers of another. Digits are as people wrote them, in a
 * size of its own each; those to train on are bent, turned and slanted a little besides. */
enum canvas_part { CANVAS_TRAIN, CANVAS_VALID, CANVAS_EVAL, CANVAS_DRAW };

/* A canvas of `count` digits; 0: one to five. */
void canvas_draw(const struct pool *pool, uint64_t seed, enum canvas_part part, int64_t index, int64_t count,
                 struct canvas *canvas);

/* As red, green and blue, dark on light: pixels[CANVAS_HEIGHT, CANVAS_WIDTH, 3]. */
void canvas_colour(const struct canvas *canvas, uint8_t *pixels);

#endif
