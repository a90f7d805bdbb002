/* choose.h - what one row of a search makes of its next logits: which hypotheses go on, with what token, and which end. */
#ifndef ATTN_DECODE_CHOOSE_H
#define ATTN_DECODE_CHOOSE_H

#include "attn/search.h"

/* Hypothesis `hypothesis` of the row, continued by `token`; score = log p of all of it. */
typedef struct attni_candidate {
    double score;
    int32_t hypothesis, token;
} attni_candidate;

#define ATTNI_LOGITS_FINE 0
#define ATTNI_LOGITS_NOT_NUMBERS 1 /* NaN or +INFINITY */
#define ATTNI_LOGITS_ALL_OUT 2     /* -INFINITY for every token */

/* How many candidates a row keeps, at most, and how many its memory must hold. */
int64_t attni_choice_width(const attn_search_options *options);
int64_t attni_choice_capacity(const attn_search_options *options, int64_t classes);

typedef struct attni_choice {
    int32_t kept; /* candidates that go on: candidates[0 .. kept), the likeliest first */
    attni_candidate *candidates;
    int32_t ended; /* how many ended; the likeliest is `end` */
    attni_candidate end;
    int32_t fault;            /* ATTNI_LOGITS_...; the rest is then undefined */
    attni_candidate fault_at; /* the hypothesis, and of NOT_NUMBERS the token */
} attni_choice;

/* Choose for row `row`, `place` tokens after its begin: logits[count, classes] and log p of its `count` hypotheses, the
 * likeliest first. `options` hold no 0 that stands for a default. */
void attni_choose(const attn_search_options *options, int64_t classes, int32_t row, int64_t place,
                  int64_t count, const float *logits, const double *scores, attni_choice *choice);

#endif
