/* score.h - how good a model is on reviews. */
#ifndef SENTIMENT_SCORE_H
#define SENTIMENT_SCORE_H

#include "model.h"

struct score {
    double loss, accuracy;
    bool stopped; /* by a signal, before the end: the numbers mean nothing */
};

/* `label` names the progress bar; NULL: none. confusion[classes, classes], if not NULL, is added to: of the reviews of each class, how
 * many were decided as each. */
struct score score_reviews(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                           int64_t count, const char *label, int64_t *confusion);

#endif
