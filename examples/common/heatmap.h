/* heatmap.h - a matrix of attention weights as a picture: what was attended to across, what attended down. */
#ifndef COMMON_HEATMAP_H
#define COMMON_HEATMAP_H

#include "common/files.h"

struct heatmap {
    int64_t rows, columns;
    const char *const *row_names,
        *const *column_names; /* UTF-8; what is malformed, or a control character, is U+FFFD */
    const float *weights;     /* [rows, columns], from 0 to 1 */
    const char *title;        /* NULL: none */
};

/* Append a whole SVG file, which needs nothing beside it. Each cell is a <rect> whose fill-opacity is its weight. */
void heatmap_svg(const struct heatmap *map, struct text *out);

/* Print it: each cell in hundredths, shaded where colours may be used. A map wider than the terminal is printed in parts. */
void heatmap_print(const struct heatmap *map, bool colours);

#endif
