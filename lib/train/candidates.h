/* candidates.h (internal) - what words are drawn from. */
#ifndef ATTN_TRAIN_CANDIDATES_H
#define ATTN_TRAIN_CANDIDATES_H

#include "attn/sampled.h"

struct attn_candidates {
    attn_context *context;
    attn_candidates_info info;
    int64_t pieces;   /* of length 1, in each of which a place is drawn: count - certain */
    int64_t rest;     /* words that are not certain, and may be drawn */
    int32_t *ids;     /* [certain + rest], each of the two by rising id */
    double *expected; /* [rest]: e_k */
    double *ends;     /* [rest]: where each ends, side by side; the last at `pieces` */
};

#endif
