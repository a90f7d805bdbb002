/* show.h - a picture once for each word that was said of it, lit where the word looked. */
#ifndef GLIMPSE_SHOW_H
#define GLIMPSE_SHOW_H

#include "common/files.h"

#define FORMATS "ansi|html|svg"

struct shown {
    int64_t width, height; /* pixels of the picture */
    int64_t down, across;  /* its regions */
    int64_t panel,
        blocks; /* how wide a panel is on a page and, at most, in a terminal; as high as the picture's form asks */
    const uint8_t *pixels; /* [height, width, 3] */
    int64_t count;         /* of words */
    const char **words;
    const float *weights; /* [count, down, across] */
    const char *right;    /* what is right; NULL or "" where it is not known */
};

/* What is lit is the weight as a share of the word's largest one, and that one stands beside the word. */
void show_svg(const struct shown *shown, struct text *out);

/* For a terminal of so many columns: half blocks in colour, or a grid of digits, tenths of the largest weight. */
void show_blocks(const struct shown *shown, int64_t columns, struct text *out);
void show_digits(const struct shown *shown, int64_t columns, struct text *out);

/* One of these, or the SVG on a page, by `format` of FORMATS, to the file `out` or, where that is NULL, to standard output; what was said and what is
 * right stand below what a terminal shows. */
void show(attn_context *context, const struct shown *shown, const char *format, const char *out);

/* The words one after another, a string. */
struct text shown_words(const struct shown *shown);

/* The largest of a word's weights. */
float largest_weight(const struct shown *shown, int64_t word);

#endif
