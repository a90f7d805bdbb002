/* network.h - the model: reviews in, decisions and attention out.
 *
 *     ids --embedding, dropped--> GRU --> states --attention--> context --> dropout --dense--> logits
 *
 * With an attention GRU the weights open its steps over the same states, and its last state stands in the context's place. Without
 * attention the last states of the GRU's top layer do.
 *
 * With --faithful diversity the states' conicity is added to the loss that is trained on; with orthogonal the encoder's states are
 * orthogonal to the sums of those before them. */
#ifndef SENTIMENT_NETWORK_H
#define SENTIMENT_NETWORK_H

#include "batch.h"
#include "config.h"
#include "labels.h"

/* Buffers, grown to the largest batch: B rows, T tokens, states of D numbers, C classes. */
struct workspace {
    struct floats states, dstates;   /* [B, T, D] */
    struct floats dread;             /* [B, T, D]: the attention GRU's part of dstates */
    struct floats last, dlast;       /* [layers * directions, B, hidden]; without attention */
    struct floats weights, dweights; /* [B, T]; with attention */
    struct floats context, dcontext; /* [B, D] */
    struct floats logits;            /* [B, C] */
    struct floats probabilities;     /* [B, C] */
};

struct network {
    struct config config;
    int64_t classes;
    attn_context *context; /* the caller's */
    attn_params *params;
    attn_embedding *embedding;
    attn_gru *encoder;
    int64_t width, states;     /* of the encoder: how wide its outputs are, and how many last states it has */
    attn_gru_packed *packed;   /* the encoder for network_predict; NULL: it predicts itself */
    attn_attention *attention; /* NULL: without */
    attn_attngru *reader;      /* NULL: attention's context decides */
    attn_dense *decision;
    struct workspace workspace;
};

/* What became of a batch; the arrays are the network's, and hold until its next use. */
struct outcome {
    double loss;                /* mean over the rows, of the decisions alone */
    int64_t correct;            /* rows decided as labelled */
    const float *probabilities; /* [rows, classes] */
    const float *logits;        /* [rows, classes]; not after network_gradients */
    const float *weights;       /* [rows, time]; NULL without attention */
};

struct network network_create(attn_context *context, const struct config *config, int64_t classes,
                              int64_t vocab_size);
void network_destroy(struct network *network);

/* Pack the trained encoder, so that network_predict is faster; its precision is ATTN_PRECISION_... */
void network_pack(struct network *network, int32_t precision);

/* The class of most probability; of equal ones the first. */
int32_t network_decision(const struct network *network, const float *probabilities);

/* The log-odds of a class against the rest, ln p / (1 - p). */
float network_log_odds(const struct network *network, const float *logits, int32_t class);

/* To what length batches for this network are padded; 0: to the longest row. */
int64_t network_time(const struct network *network);

/* Decide, as the model will be used. */
struct outcome network_predict(struct network *network, const struct batch *batch);

/* Forward and backward: decide with dropout, and set the params' gradients to those of the mean loss. */
struct outcome network_gradients(struct network *network, attn_tape *tape, const struct batch *batch,
                                 int64_t step);

/* For a batch that has scales: outputs[rows], the log-odds of each row's label, and dscales[rows, time], their gradient. The tape
 * drops nothing (ATTN_TAPE_GRADIENT). Tensors that are not frozen receive gradients too. */
void network_scale_gradients(struct network *network, attn_tape *tape, const struct batch *batch,
                             float *outputs, float *dscales);

/* A model file that was trained, ready to use. */
struct trained {
    struct network network;
    attn_vocab *vocab;
    struct labels labels;
};
struct trained trained_open(attn_context *context, const char *path);
void trained_close(struct trained *trained);

#endif
