/* score.h - how many captions are right, and whether each noun looked at its object. */
#ifndef GLIMPSE_SCORE_H
#define GLIMPSE_SCORE_H

#include "network.h"

struct score {
    double exact; /* the share of the captions that are right, every word */
    double
        pointing; /* the share of the examples' places whose noun was said, and whose largest weight then lay on a region
                        the middle of which lies in the place */
};

/* Caption the examples, each word after the model's own words, and compare. */
struct score score_examples(attn_context *context, struct trained *trained, const struct examples *examples,
                            int64_t beam);

#endif
