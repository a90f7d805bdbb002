/* reader.h - translating texts: one from the command line, or the lines of standard input. */
#ifndef TRANSLATE_READER_H
#define TRANSLATE_READER_H

#include "decode.h"

/* A text with its translation; everything holds until the call returns. */
struct reading {
    const char *text;
    const char *translation;    /* as a person writes it */
    const struct words *source; /* the text's tokens as they stand in it */
    const struct words *target; /* the translation's tokens */
    const float *weights;       /* [target, source] */
};

typedef void use_reading(const struct reading *reading, void *user);

/* Translate `text`, or where it is NULL each line of standard input, and hand each to `use` in order. */
void read_texts(struct trained *trained, attn_context *context, int64_t beam, bool copies, const char *text,
                use_reading *use, void *user);

#endif
