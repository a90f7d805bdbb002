/* batch.h - reviews of like length, side by side. */
#ifndef SENTIMENT_BATCH_H
#define SENTIMENT_BATCH_H

#include <stdint.h>

#include "corpus.h"

struct batch {
    int64_t rows, time;  /* time: the longest row, or what was asked for */
    int32_t *ids;        /* [rows, time], ATTN_PAD_ID beyond the lengths */
    const float *scales; /* [rows, time]: how much of its vector each token is; NULL: all */
    int32_t *lengths;    /* [rows] */
    int32_t *labels;     /* [rows] */
    int64_t ids_capacity, lengths_capacity, labels_capacity;
};

/* Room for rows of `time` ids in a batch, which starts as {0} and grows; what stands there is not set. */
void batch_reserve(struct batch *batch, int64_t rows, int64_t time);

/* Fill a batch, which starts as {0} and grows, with reviews[rows], padded to `time`, 0: the longest. */
void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                int64_t time);

/* Leave out this share of the words, so that a decision does not learn to rest on single ones; which ones is a function of
 * seed and step. */
void batch_drop_words(struct batch *batch, double rate, uint64_t seed, int64_t step);

/* Copies of a batch's rows[count], with its time, and without the words where keep[count, time] is 0; keep NULL: whole. */
void batch_copy_rows(struct batch *copies, const struct batch *batch, int64_t count, const int32_t *rows,
                     const uint8_t *keep);

void batch_free(struct batch *batch);

#endif
