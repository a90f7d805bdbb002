/* split.h - which reviews are trained on, and which are held out. */
#ifndef SENTIMENT_SPLIT_H
#define SENTIMENT_SPLIT_H

#include "data.h"

struct split {
    int64_t *train,
        *valid; /* numbers of reviews; train in the dataset's order, valid as the seed shuffles them */
    int64_t train_count, valid_count;
    int64_t valid_films; /* 0 when films were not looked at */
};

/* Hold out `fraction` of the reviews: whole films, as near to the fraction as they allow, so that no film is
 * on both sides; or single reviews, the fraction of each class. A function of the seed and the dataset's order. */
struct split split_make(const struct dataset *dataset, double fraction, bool by_film, uint64_t seed);
void split_free(struct split *split);

#endif
