/* score.h - how many captions are right, and whether each noun looked at its object. */
#ifndef GLIMPSE_SCORE_H
#define GLIMPSE_SCORE_H

#include "common/speed.h"
#include "trained.h"

struct score {
    double loss;  /* the mean of the captions' words, each after the right ones before it */
    double exact; /* the share of the captions that are right, every word */
    double
        pointing; /* the share of the examples' places whose noun was said, and whose largest weight then lay on a region
                        the middle of which lies in the place */
    struct speed speed; /* of telling captions of pictures that stand ready */
};

/* Caption examples[indices[0 .. count)], each word after the model's own words, and compare. `beam` 0 tells no captions, and measures
 * the loss alone. */
struct score score_examples(attn_context *context, struct trained *trained, const struct examples *examples,
                            const int64_t *indices, int64_t count, int64_t beam);

#endif
