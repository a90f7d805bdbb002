/* attention.h (internal) - the soft attention layer's tensors, and what its forwards keep for backward. */
#ifndef ATTN_LAYER_ATTENTION_ATTENTION_H
#define ATTN_LAYER_ATTENTION_ATTENTION_H

#include "attn/attention.h"
#include "core/params.h"
#include "core/tape.h"
#include "layer/sequence.h"

struct attn_attention {
    uint64_t id; /* on the tape */
    attn_params *params;
    attn_context *context;
    int64_t memory_dim;
    int64_t query_dim; /* 0: FEEDFORWARD */
    int64_t
        attention_dim; /* A; CONCAT is ADDITIVE's sum of projections with A = 1; 0 for the scores that multiply */
    int32_t score, padding, outer_tanh, weighting;
    float temperature;
    int64_t weight, query_weight, bias, score_weight, score_bias; /* tensor indices; -1: the score has none */
};

/* Items of a row that are worked on at once, while what belongs to them is in the first-level cache. */
#define ATTNI_ITEMS 48

/* "Tokens" are the items within the lengths; row b's are [begins[b], begins[b + 1]). */

/* ---- without queries ------------------------------------------------------------------------------------- */

typedef struct attni_feedforward_record {
    int64_t batch, items;
    const float *memory; /* the caller's */
    int64_t *begins;     /* [batch + 1] */
    float *hidden;       /* [tokens, A], in training: u = tanh(W h + b); then its gradient */
    float *scores;       /* [batch, items]: e, padding's too where it is kept */
    float *weights;      /* [batch, items] */
} attni_feedforward_record;

/* u = tanh(b) and the score e of a state of zeros, which is what kept padding is; u may be NULL. */
float attni_feedforward_padding_score(const attn_attention *attention, float *hidden);

attn_status attni_feedforward_backward(const attn_attention *attention, attn_tape *tape, const char *function,
                                       const attni_feedforward_record *record, const float *dweights,
                                       const float *dcontext, float *dmemory);

/* ---- with queries ---------------------------------------------------------------------------------------- */

typedef struct attni_queries_record {
    int64_t batch, items, queries;
    const float *memory;   /* the caller's */
    int64_t *begins;       /* [batch + 1] */
    int64_t *query_begins; /* [batch + 1]: "query tokens" are the queries within their lengths */
    const float *query;    /* [query tokens, Q]: the caller's where all rows are full */
    const float *asked;    /* [query tokens, ...]: what the score makes of them; may be `query` */
    float *hidden;         /* [tokens, A], in training: W h; backward overwrites it with its gradient */
    float *weights;        /* [batch, queries, items]; in inference the caller's, or NULL */
} attni_queries_record;

attn_status attni_queries_backward(const attn_attention *attention, attn_tape *tape, const char *function,
                                   const attni_queries_record *record, const float *dweights,
                                   const float *dcontext, float *dmemory, float *dquery);

/* begins[batch + 1] of lengths (NULL: all `full`). */
attn_status attni_attention_begins(attni_arena *arena, const char *function, int64_t batch, int64_t full,
                                   const int32_t *lengths, int64_t **begins);

#endif
