/* probe.h - a probe, for the files that answer its questions. */
#ifndef ATTN_CLASSIFY_PROBE_H
#define ATTN_CLASSIFY_PROBE_H

#include "classify/classifier.h"

struct attn_probe {
    attn_classifier *classifier;
    attn_tape *tape;     /* for gradients */
    attn_tape *memory;   /* of all arrays here */
    attn_tape *question; /* of one question's arrays */
    attn_sequence in;
    int32_t *lengths;     /* [B] */
    float *states;        /* [B, T, D] */
    float *weights;       /* [B, T] */
    float *logits;        /* [B, classes] */
    float *probabilities; /* [B, classes] */
    float *nothing;       /* [B, classes]: of words of zeros; NaN until they are asked for */
    float *parts;         /* [B, T, classes]: W h_t; without a reader */
    float *bias;          /* [classes]: b */
    float *channels;      /* [channels, B, classes] */
    float *shares;        /* [columns, B, T], of n-grams: ngrams.c */
    attni_omission omission;
};

/* Memory of one of the probe's tapes, as attni_classifier_room has it. */
attn_status attni_probe_room(const attn_probe *probe, attn_tape *tape, int64_t count, size_t size,
                             void *array);

/* probabilities[rows, classes] of the logits, which may be in their place. */
attn_status attni_probe_softmax(const attn_probe *probe, int64_t rows, const float *logits,
                                float *probabilities);

/* logits[count, classes] of the encoder, scaled, with those that the n-grams of the rows have as they are. */
void attni_probe_add_ngrams(const attn_probe *probe, int64_t count, const int32_t *rows, float *logits);

/* An attn_explain_dropped_fn of a probe. */
attn_status attni_probe_drop(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                             float *outputs);

#endif
