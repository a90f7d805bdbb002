/* reader.h - deciding on texts: one from the command line, or the lines of standard input. */
#ifndef SENTIMENT_READER_H
#define SENTIMENT_READER_H

#include "network.h"

/* A text with its decision; everything holds until the call returns. */
struct reading {
    const char *text;
    size_t size;
    const attn_tokens *tokens;
    int64_t length;       /* tokens that the model read; there may be more */
    int32_t label;        /* the decision */
    double probability;   /* of that label */
    const float *weights; /* [length]; NULL without attention */
    double padding;       /* what padding took of the attention, where it is kept */
};

/* Decide on `text`, or where it is NULL on each line of standard input, and hand each to `use` in order. */
void read_texts(struct trained *trained, attn_context *context, const char *text,
                void (*use)(const struct reading *reading, void *user), void *user);

#endif
