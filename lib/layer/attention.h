/* attention.h (internal) - the soft attention layer's tensors, and what forward keeps for backward. */
#ifndef ATTN_LAYER_ATTENTION_H
#define ATTN_LAYER_ATTENTION_H

#include "attn/attention.h"
#include "core/params.h"
#include "core/tape.h"
#include "layer/sequence.h"

struct attn_attention {
    uint64_t id; /* on the tape */
    attn_params *params;
    attn_context *context;
    int64_t memory_dim, attention_dim;
    int32_t padding, outer_tanh;
    int64_t weight, bias, score_weight, score_bias; /* tensor indices */
};

/* "Tokens" are the items within the lengths; row b's are [begins[b], begins[b + 1]). */
typedef struct attni_attention_record {
    int64_t batch, items;
    const float *memory; /* the caller's */
    int64_t *begins;     /* [batch + 1] */
    float *
        hidden; /* [tokens, A], in training: u = tanh(W h + b); backward overwrites it with the gradient of W h + b */
    float *scores;  /* [batch, items]: e, padding's too where it is kept */
    float *weights; /* [batch, items] */
} attni_attention_record;

/* Items of a row that are worked on at once, while what belongs to them is in the first-level cache. */
#define ATTNI_ITEMS 48

/* u = tanh(b) and the score e of a state of zeros, which is what kept padding is; u may be NULL. */
float attni_attention_padding_score(const attn_attention *attention, float *hidden);

#endif
