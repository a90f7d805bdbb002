/* bench_attention.h - what bench_model times beside the sentiment model: the attention GRU alone, and a decoder with a query a
 * step. Forward and backward, of numbers that stay as they are, without embedding and optimiser. */
#ifndef BENCH_ATTENTION_H
#define BENCH_ATTENTION_H

#include "bench_data.h"

/* vectors --attention GRU, opened by a weight a step--> states. As bench_network.h's network_train_gru, and the gradient of the
 * weights beside. */
struct opened {
    int64_t batch, time; /* B, T */
    attn_params *params;
    attn_tape *tape;
    attn_attngru *cell;
    float *vectors, *dvectors; /* [B, T, E] */
    float *weights, *dweights; /* [B, T] */
    float *dstates;            /* [B, T, H] */
};

/* `form` is ATTN_ATTNGRU_... */
struct opened opened_create(attn_context *context, int64_t emb, int64_t hidden, int64_t batch, int64_t time,
                            int32_t form);
void opened_destroy(struct opened *opened);
void opened_train(struct opened *opened);

/* A decoder that is taught with the right answers, so that all its steps are known before:
 *
 *     target vectors --GRU--> states --additive attention over a memory, a query for each state--> contexts
 *
 * Queries, memory and attention are as wide as the states. */
struct decoder {
    int64_t batch, time, items; /* B, T, J */
    attn_params *params;
    attn_tape *tape;
    attn_gru *cell;
    attn_attention *attention;
    float *vectors, *dvectors; /* [B, T, E] */
    float *states, *dstates;   /* [B, T, H] */
    float *memory, *dmemory;   /* [B, J, H] */
    float *context, *dcontext; /* [B, T, H] */
};

struct decoder decoder_create(attn_context *context, int64_t emb, int64_t hidden, int64_t batch, int64_t time,
                              int64_t items);
void decoder_destroy(struct decoder *decoder);
void decoder_train(struct decoder *decoder);

#endif
