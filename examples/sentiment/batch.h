/* batch.h - reviews of like length, side by side. */
#ifndef SENTIMENT_BATCH_H
#define SENTIMENT_BATCH_H

#include <stdint.h>

#include "common/ranks.h"
#include "corpus.h"

struct batch {
    int64_t rows, time; /* time: the longest row, or what was asked for */
    int64_t first;      /* of its rows among those of the whole batch, where it is a share */
    int32_t *ids;       /* [rows, time], ATTN_PAD_ID beyond the lengths */
    int32_t *lengths;   /* [rows] */
    int32_t *labels;    /* [rows] */
    float *targets;     /* [rows, classes]; NULL where the corpus has none */
    int64_t read;       /* rows of prepared reviews since their memory was let go */
    int64_t ids_capacity, lengths_capacity, labels_capacity, targets_capacity;
};

/* Fill a batch, which starts as {0} and grows, with reviews[rows], padded to `time`, 0: the longest. */
void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                int64_t time);

/* The same of a share of those rows; the time is that of all. */
void batch_fill_share(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                      struct share share, int64_t time);

/* Leave out this share of the words, so that a decision does not learn to rest on single ones; which ones is a function of
 * seed, step, and the place in the whole batch. */
void batch_drop_words(struct batch *batch, double rate, uint64_t seed, int64_t step);

void batch_free(struct batch *batch);

#endif
