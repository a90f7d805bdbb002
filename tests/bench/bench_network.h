/* bench_network.h - the sentiment model that bench_model times, and each way in which it is used.
 *
 *     ids --embedding, frozen unless said otherwise--> vectors --GRU--> states --attention--> context --dense--> logits of 2 classes */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stdbool.h>

#include "bench_data.h"

#define CLASSES 2

struct network {
    int64_t emb, hidden; /* E, H */
    attn_context *threads;
    attn_params *params;
    attn_tape *tape;
    attn_embedding *embedding;
    attn_gru *encoder;
    attn_gru_packed *packed; /* NULL until network_pack */
    attn_attention *attention;
    attn_dense *decision;
    attn_adam *adam;
    int64_t step;
    /* Buffers, as large as the largest batch of B rows and T tokens asks for. */
    float *vectors;  /* [B, T, E]; NULL until network_fill */
    float *states;   /* [B, T, H]; then their gradient */
    float *weights;  /* [B, T] */
    float *context;  /* [B, H]; then its gradient */
    float *logits;   /* [B, CLASSES]; then their gradient, or the probabilities */
    float *dvectors; /* [B, T, E]; NULL until network_fill */
    float *state;    /* [1, H]; network_step's */
};

struct sizes {
    int64_t vocab, emb, hidden;
    bool train_embedding;
};

struct network network_create(attn_context *context, const struct sizes *sizes, const struct data *data);
void network_destroy(struct network *network);

/* One step of training: gradients to zero, forward, backward, Adam. Returns the loss. */
float network_train(struct network *network, const struct batch *batch);

/* Pack the encoder for network_infer and network_step, with its weights in ATTN_PRECISION_... */
void network_pack(struct network *network, int32_t precision);

/* Decide; the probabilities are left in `logits`. */
void network_infer(struct network *network, const struct batch *batch);

/* One more token of a stream through the encoder. */
void network_step(struct network *network, int32_t id);

/* The encoder alone, forward and backward, the gradient of its input included. network_fill first gives it vectors and
 * a gradient of its states that stay as they are. */
void network_fill(struct network *network, const struct batch *batch);
void network_train_gru(struct network *network, const struct batch *batch);

#endif
