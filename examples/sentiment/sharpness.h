/* sharpness.h - on how few words attention lies. */
#ifndef SENTIMENT_SHARPNESS_H
#define SENTIMENT_SHARPNESS_H

#include "model.h"

/* Means over the reviews that are not empty. */
struct sharpness {
    double
        effective; /* exp(entropy of the weights) / length: the share of its words that as even a weight would lie on */
    double heaviest; /* the weight of the heaviest tenth of a review's words, rounded up */
};

/* Of all reviews of the corpus, by a model with attention; what padding gets is not counted. */
struct sharpness sharpness_of(struct model *model, const struct corpus *corpus);

#endif
