/* scan.h - a text with its spans in clusters, lines and pieces. Nothing is kept of it but where one is. */
#ifndef ATTN_DRAW_SCAN_H
#define ATTN_DRAW_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* A text to draw, checked. */
typedef struct attni_shaded {
    const unsigned char *text; /* [size] */
    int64_t size, count;
    const int64_t *begins, *ends; /* [count] */
    const float *numbers;         /* [count] */
    const float *shades;          /* [count]: from 0, not at all, to 1 in blue, to -1 in orange */
    const int32_t *ranks;         /* [count]: 1 is the number furthest from 0, of equal ones the first */
    bool has_signs;               /* a number is below 0 */
    const char *const *names;     /* [count] or NULL */
    const char *title, *note;     /* or NULL */
    bool logarithmic, swap_hues;
} attni_shaded;

/* Where one is. */
typedef struct attni_scan {
    int64_t at;   /* byte */
    int64_t span; /* the first that does not end before it */
} attni_scan;

#define ATTNI_LETTERS 0
#define ATTNI_SPACE 1 /* a space or a tab, behind which a line may end */
#define ATTNI_BREAK 2 /* the text's own line break */

#define ATTNI_TAB 4 /* columns */

/* text[begin .. end): a cluster of code points, or clusters of one span and line. */
typedef struct attni_stretch {
    int64_t begin, end;
    int64_t span; /* -1: between spans */
    int64_t columns;
    int32_t kind;
} attni_stretch;

/* The next cluster; false at the text's end. */
bool attni_next_cluster(const attni_shaded *text, attni_scan *scan, attni_stretch *cluster);

/* The next piece before the byte `end`: clusters of one span, `most` columns at most where there is more than one. A line break
 * is a piece by itself. False at `end`. */
bool attni_next_stretch(const attni_shaded *text, attni_scan *scan, int64_t end, int64_t most,
                        attni_stretch *piece);

/* The byte where the line of `columns` that begins at `scan` ends: behind a line break or a space, or, of a word longer than the
 * line, behind the last cluster that fits. */
int64_t attni_stretch_line(const attni_shaded *text, attni_scan scan, int64_t columns);

/* How many columns a string takes as one line. */
int64_t attni_columns_of(const char *string);

#endif
