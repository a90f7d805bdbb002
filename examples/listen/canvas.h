/* canvas.h - what a figure is drawn on: rectangles, small pictures and short texts, as SVG or as the pixels of a PNG. */
#ifndef LISTEN_CANVAS_H
#define LISTEN_CANVAS_H

#include "common/files.h"

struct canvas {
    bool svg;
    int64_t width, height;
    struct text out; /* of an SVG what is drawn by now */
    uint8_t *pixels; /* of a PNG: [height, width, 3] */
};

/* 0xRRGGBB */
typedef uint32_t colour;

/* From `from` at 0 to `to` at 1. */
colour blend(colour from, colour to, double share);

/* Begin white; `title` says what a picture is where it cannot be seen. */
struct canvas canvas_create(bool svg, int64_t width, int64_t height, const char *title);

/* The file, and nothing more can be drawn. */
struct text canvas_finish(struct canvas *canvas);

void canvas_rectangle(struct canvas *canvas, int64_t x, int64_t y, int64_t width, int64_t height,
                      colour fill);

/* A text whose left edge, or where `centred` middle, is at x, and whose letters are as high as 14 pixels of type, their middles at y. A PNG
 * knows small letters, digits, blanks and full stops. */
void canvas_text(struct canvas *canvas, int64_t x, int64_t y, bool centred, const char *text, colour ink);

/* pixels[rows, columns, 3], each `across` x `down` pixels large. */
void canvas_picture(struct canvas *canvas, int64_t x, int64_t y, int64_t columns, int64_t rows,
                    int64_t across, int64_t down, const uint8_t *pixels);

#endif
