/* score.h - how good a model is on reviews, and how far its probabilities can be believed. */
#ifndef SENTIMENT_SCORE_H
#define SENTIMENT_SCORE_H

#include "model.h"

struct score {
    double loss, accuracy;
    double calibration_error; /* attn/loss.h, of 15 bins */
    bool stopped;             /* by a signal, before the end: the numbers mean nothing */
};

/* `label` names the progress bar; NULL: none. confusion[classes, classes], if not NULL, is added to: of the reviews of each class, how
 * many were decided as each. */
struct score score_reviews(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                           int64_t count, const char *label, int64_t *confusion);

/* The same, with the model's scales fitted to these reviews first. */
struct score score_calibrated(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                              int64_t count, const char *label);

#endif
