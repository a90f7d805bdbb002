/* reader.h - deciding on texts: one from the command line, the lines of standard input, or labelled reviews. */
#ifndef SENTIMENT_READER_H
#define SENTIMENT_READER_H

#include "attribution.h"

/* Where texts come from. */
struct texts {
    const char *text; /* this one; NULL: */
    const char *data; /* the reviews there (see dataset_read); NULL: each line of standard input */
    int64_t limit;    /* of the reviews; 0: all */
};

/* A text with its decision; everything holds until the call returns. */
struct reading {
    const char *text;
    size_t size;
    const char *name; /* a review's; NULL */
    int32_t truth;    /* a review's label; -1 where there is none */
    const attn_tokens *tokens;
    int64_t length;     /* tokens that the model read; there may be more */
    int32_t label;      /* the decision */
    double probability; /* of that label */
    enum method by;
    const float *values; /* [length]: what each token gave to the decision; NULL for BY_NOTHING */
    double padding;      /* what padding took of the attention, where it is kept */
    double gap;          /* what integrated gradients' completeness lacks */
};

/* Decide on each text and hand it to `use`, in order. BY_ATTENTION is for networks that have it. */
void read_texts(struct trained *trained, attn_context *context, const struct texts *texts, enum method by,
                void (*use)(const struct reading *reading, void *user), void *user);

#endif
