/* reader.h - the model: a canvas in, digits out, each with the weights of the regions that it rests on.
 *
 *     windows of 6 x 6 pixels, 2 apart   --dense, relu--> strokes
 *     windows of 6 x 6 of these, 2 apart --dense, relu--> parts, one for each region of 4 x 4 pixels
 *     windows of 3 x 3 of these          --dense, tanh--> what the 24 x 24 pixels around a region show: H
 *     what was said --embedding--> GRU "asker" --> a query each
 *     [H; where it looked before] --additive attention--> weights and a context each
 *     H's part of the context --dense, relu--> --dropout--> --dense--> the next digit, or the end
 *
 * What is said rests on the context alone: to say a digit it has to look at it. Where it looked before is taken as given: nothing is
 * learned by having looked elsewhere. */
#ifndef GLIMPSE_READER_H
#define GLIMPSE_READER_H

#include "page.h"
#include "trace.h"
#include "windows.h"

#define REGION_SIDE 4 /* pixels */
#define ACROSS (CANVAS_WIDTH / REGION_SIDE)
#define DOWN (CANVAS_HEIGHT / REGION_SIDE)
#define PLACES (DOWN * ACROSS)

struct reader_config {
    int64_t hidden;     /* width of H, of the asker, and of what is decided from */
    int64_t weighting;  /* ATTN_WEIGHTING_... */
    double temperature; /* of the weights */
    double dropout;
    int64_t seed;
};

struct reader {
    int64_t hidden, keys_dim; /* the second: of a region's key, what attention makes of it */
    float dropout;            /* in training */
    float diagonal,
        empty; /* in training: what looking off an even pace costs, and where nothing is written: guide.h */
    attn_context *context;
    attn_params *params;
    struct windows windows[3]; /* of the three layers */
    attn_dense *strokes, *parts, *shapes;
    attn_embedding *embedding;
    attn_gru *asker;
    attn_attention *attention;
    attn_dense *chooser, *decision;
    struct scratch scratch;
    struct scratch
        step[2]; /* of reading: of a step, and of the one before, from which its states are taken */
};

/* A new one; and the one that a model file describes, which `path` names in error lines. */
struct reader reader_create(attn_context *context, const struct reader_config *config);
struct reader reader_open(attn_context *context, const attn_file *file, const char *path);
void reader_destroy(struct reader *reader);

/* H [rows, PLACES, hidden] of pixels [rows, CANVAS_BYTES]; the reader's, and holds until its next use. */
const float *reader_see(struct reader *reader, attn_tape *tape, int64_t rows, const float *pixels);

/* The mean loss of what a page says, each after what is right before it. */
double reader_loss(struct reader *reader, const struct page *page);

/* The same, in training; adds to the params' gradients. */
double reader_gradients(struct reader *reader, attn_tape *tape, const struct page *page);

/* The weights [rows, steps, PLACES] of what a page says; the reader's, and hold until its next use. */
const float *reader_weights(struct reader *reader, const struct page *page);

#endif
