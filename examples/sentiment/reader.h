/* reader.h - deciding on texts: one from the command line, the lines of standard input, or labelled reviews. */
#ifndef SENTIMENT_READER_H
#define SENTIMENT_READER_H

#include "attribution.h"

/* Where texts come from: labelled ones need labels that the model knows. */
struct texts {
    const char *text; /* this one; NULL: */
    struct source
        source;    /* the reviews there (see dataset_read); its path NULL: each line of standard input */
    int64_t limit; /* of the reviews; 0: all */
};

/* A text with its decision; everything holds until the call returns. */
struct reading {
    const char *text;
    size_t size;
    const char *name;  /* a review's; NULL */
    const char *truth; /* the name of a review's label; NULL where there is none */
    const attn_tokens *tokens;
    int64_t length;       /* tokens that the model read; there may be more */
    int32_t label;        /* the decision */
    const char *decision; /* its name */
    double probability;   /* of that label */
    /* Numbers above 0 speak for the decision. In colours: of two classes blue speaks for the second and orange for the first, which
     * are positive and negative; of more, blue for the decision and orange against it. */
    bool decision_is_blue;
    const char *blue, *orange; /* what they speak for: "positive", "negative"; "sport", "another class" */
    enum method by;
    const float *values; /* [length]: what each token gave to the decision; NULL for BY_NOTHING */
    double padding;      /* what padding took of the attention, where it is kept */
    double gap;          /* what integrated gradients' completeness lacks */
};

/* Decide on each text and hand it to `use`, in order. BY_ATTENTION is for networks that have it. */
void read_texts(struct trained *trained, attn_context *context, const struct texts *texts, enum method by,
                void (*use)(const struct reading *reading, void *user), void *user);

#endif
