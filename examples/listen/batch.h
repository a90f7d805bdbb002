/* batch.h - sounds side by side as features, and the letters that a decoder with teacher forcing reads and is to say. */
#ifndef LISTEN_BATCH_H
#define LISTEN_BATCH_H

#include "mel.h"
#include "spoken.h"

#define BOUNDARY "<s>" /* begin and end of the letters */
#define BOUNDARY_ID (ATTN_UNK_ID + 1)
#define BLANK "\xE2\x90\xA3" /* U+2423, between words */
#define BLANK_ID (BOUNDARY_ID + 1)

struct batch {
    int64_t rows, time, bands; /* the longest sound, in frames */
    float *features;           /* [rows, time, bands]; 0 beyond the lengths */
    int32_t *frames;           /* [rows] */
    int64_t steps, tokens;     /* the longest text, with its end; the sum of all */
    int32_t *before, *labels,
        *steps_of; /* [rows, steps]: boundary, letters; [tokens]: letters, boundary, without padding; [rows] */
    int64_t features_capacity, frames_capacity, before_capacity, labels_capacity, steps_capacity;
};

/* The letters of the digits' names, the blank and the boundary. */
attn_vocab *letters_create(attn_context *context);

/* Lay out sounds; their texts are then empty. The batch starts as {0} and grows. */
void batch_set_sounds(struct batch *batch, struct features *features, const struct feature_settings *settings,
                      int64_t rows, const struct sound *sounds);

/* Give it texts: row b is ids[b * length .. + lengths[b]). */
void batch_set_texts(struct batch *batch, int64_t length, const int32_t *ids, const int32_t *lengths);

void batch_free(struct batch *batch);

#endif
