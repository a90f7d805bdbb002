/* scene.h - what is to be seen: one to three coloured shapes on a grid, and the one right caption.
 *
 *     a large red circle above a small blue square .
 *
 * Objects are named in the order of the rainbow; no two of a scene have the same colour. Between two that follow each other
 * stands where the first lies as seen from the second, by the larger of the two distances in cells, which are never equal:
 * above, below, left of, right of. So exactly one caption is right. */
#ifndef GLIMPSE_SCENE_H
#define GLIMPSE_SCENE_H

#include "common/files.h"

#define SCENE_SIZE 64 /* pixels, both ways */
#define GRID 4        /* cells, both ways */
#define CELL (SCENE_SIZE / GRID)
#define MAX_OBJECTS 3
#define SCENE_BYTES (SCENE_SIZE * SCENE_SIZE * 3)

#define COLOURS 6
#define SHAPES 5
#define RELATIONS 4

enum shape { CIRCLE, CROSS, DIAMOND, SQUARE, TRIANGLE };

struct object {
    int64_t shape, colour, large;
    int64_t row, column; /* its cell */
    double x, y, radius; /* in pixels; the whole object lies within its cell */
    double cosine, sine; /* of its turn */
    double shade[3];     /* a factor for each channel */
};

struct scene {
    int64_t count;
    struct object objects[MAX_OBJECTS]; /* in the order in which they are named */
    uint64_t seed, stream;              /* of its background and noise */
};

/* Scenes are a function of (seed, part, index): no scene of one part is one of another. */
enum part { PART_TRAIN, PART_VALID, PART_EVAL, PART_UNSEEN, PART_DRAW };

/* A scene of a part. Every twelfth triple (colour and shape of an object, relation to the next) is held out: only scenes
 * of PART_UNSEEN show any, and each of them shows at least one. */
struct scene scene_make(uint64_t seed, enum part part, int64_t index);

/* Append the caption, and the objects' places: `circle=16,0,16,16` is a noun of the caption and the cell of its object,
 * left, top, width and height in pixels; in the order of the caption, separated by blanks. */
void scene_caption(const struct scene *scene, struct text *caption);
void scene_places(const struct scene *scene, struct text *places);

/* Draw it: pixels[SCENE_SIZE, SCENE_SIZE, 3], red, green, blue. */
void scene_draw(const struct scene *scene, uint8_t *pixels);

#endif
