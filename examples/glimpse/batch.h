/* batch.h - some examples laid out for the network. */
#ifndef GLIMPSE_BATCH_H
#define GLIMPSE_BATCH_H

#include "examples.h"
#include "regions.h"

#define BEGIN "<begin>" /* what a caption starts from; it ends with END, which is a word of it */
#define END "."

struct batch {
    int64_t rows, time;       /* words of the longest caption, the end included */
    float *regions;           /* [rows, REGIONS, REGION_DIM] */
    int32_t *before, *words;  /* [rows, time]: the word before each, and it */
    int32_t *lengths;         /* [rows] */
    struct example *examples; /* [rows] */
    int64_t capacity;         /* rows */
};

/* The words of captions; begin and end are among them. */
attn_vocab *words_of(attn_context *context, const struct examples *examples);

/* Lay out examples[indices[0 .. rows)]. */
void batch_fill(struct batch *batch, const attn_vocab *vocab, const struct examples *examples,
                const int64_t *indices, int64_t rows);

/* Put captions into the place of those of the examples: tokens[rows, MAX_WORDS], without their ends. */
void batch_say(struct batch *batch, const attn_vocab *vocab, const int32_t *tokens, const int32_t *lengths);

void batch_free(struct batch *batch);

#endif
