/* show.h - a picture once for each word of its caption, lit where the word looked. */
#ifndef GLIMPSE_SHOW_H
#define GLIMPSE_SHOW_H

#include "regions.h"

struct shown {
    const uint8_t *pixels; /* a scene's */
    int64_t count;         /* of words */
    const char **words;
    const float *weights; /* [count, REGIONS] */
    const char *right;    /* the right caption; NULL where it is not known */
};

/* What is lit is the weight as a share of the word's largest one, and that one stands beside the word. */
void show_svg(const struct shown *shown, struct text *out);

/* For a terminal of so many columns: half blocks in colour, or a grid of digits, tenths of the largest weight. */
void show_blocks(const struct shown *shown, int64_t columns, struct text *out);
void show_digits(const struct shown *shown, int64_t columns, struct text *out);

/* The largest of weights[REGIONS]. */
float largest_weight(const float *weights);

#endif
