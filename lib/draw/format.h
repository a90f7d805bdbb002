/* format.h - what a format draws, and what it draws on. A new format is one file with four functions and one line in page.c. */
#ifndef ATTN_DRAW_FORMAT_H
#define ATTN_DRAW_FORMAT_H

#include "attn/draw.h"
#include "draw/scan.h"
#include "draw/sink.h"

/* A matrix to draw, checked. */
typedef struct attni_matrix {
    int64_t rows, columns;
    const float *weights;                               /* [rows, columns] */
    const char *const *row_names, *const *column_names; /* or NULL */
    const char *title, *note;                           /* or NULL */
    bool has_signs;                                     /* a weight is below 0 */
    bool logarithmic, swap_hues;
    double largest; /* what is shaded in full */
} attni_matrix;

/* From 0, not at all, to 1 in blue, to -1 in orange. */
double attni_shade_of(double number, double largest, bool logarithmic, bool swap_hues);

/* That of a cell. */
double attni_matrix_shade(const attni_matrix *matrix, int64_t row, int64_t column);

/* The name of a row or column; "" where there is none. */
const char *attni_name(const char *const *names, int64_t i);

/* Columns of the widest name; 0 where there is none. */
int64_t attni_widest(const char *const *names, int64_t count);

typedef struct attni_canvas {
    attni_sink sink;
    attn_draw_options options; /* of these format, width, no_colours, fragment count */
    const char *heading;       /* a page's title; NULL: none, or a picture by itself */
    const char *document;      /* what the document is called; NULL: nothing */
    double width, height;      /* svg: how far it is drawn on, in pixels */
} attni_canvas;

typedef struct attni_format {
    void (*begin)(attni_canvas *canvas); /* what stands before the pictures */
    void (*text)(attni_canvas *canvas, const attni_shaded *text);
    void (*matrix)(attni_canvas *canvas, const attni_matrix *matrix);
    void (*end)(attni_canvas *canvas); /* and behind them */
    bool is_sized; /* the beginning tells the size of all: pictures are kept until the end */
} attni_format;

extern const attni_format attni_format_ansi, attni_format_html, attni_format_svg, attni_format_latex;

/* The places with which a number is told: "0.123", and more where it is small. */
int attni_places(double number);

#endif
