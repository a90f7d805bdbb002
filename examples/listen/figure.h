/* figure.h - the paper's figure: a sound as its spectrogram, and under it a row a letter, dark where the letter listened. */
#ifndef LISTEN_FIGURE_H
#define LISTEN_FIGURE_H

#include "trained.h"

struct figure {
    const struct trained *trained;
    const char *title; /* what was spelt */
    int64_t frames;
    double begin;               /* seconds into the sound at which it begins to count */
    const float *spectrum;      /* [frames, bands]: logarithms of energy */
    int64_t count, items;       /* letters; items of the memory */
    const int32_t *letters;     /* [count] */
    const float *weights;       /* [count, items] */
    const struct string *truth; /* what was said where; NULL where that is not known */
};

/* As SVG or PNG; the file's bytes. */
struct text figure_draw(const struct figure *figure, bool svg);

/* For a terminal: a row a letter, the weights summed over stretches of a tenth of a second. */
void figure_print(const struct figure *figure, attn_context *context, const attn_draw_options *options,
                  attn_write_fn write, void *user);

#endif
