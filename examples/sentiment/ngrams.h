/* ngrams.h - the classifier's other channel: which runs of words the training reviews hold, counted and trained. */
#ifndef SENTIMENT_NGRAMS_H
#define SENTIMENT_NGRAMS_H

#include "training.h"

/* Count the n-grams of reviews[count]. */
attn_ngrams_builder *ngrams_count(attn_context *context, const struct corpus *corpus, const int64_t *reviews,
                                  int64_t count, int64_t classes);

/* Beside an encoder: train them by themselves, before it. Their ratios have seen the labels of every review that they are trained
 * on, so that in one sum the encoder would find little left to learn; only how both are weighed is fitted together, on held-out
 * reviews. */
void ngrams_train(struct training *training);

/* And then leave them as they are. */
void ngrams_freeze(const struct training *training);

#endif
