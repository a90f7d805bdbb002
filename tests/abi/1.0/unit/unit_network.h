/* unit_network.h - a whole classifier to test with: ids -> embedding -> GRU -> attention -> dense -> loss, and Adam. */
#ifndef UNIT_NETWORK_H
#define UNIT_NETWORK_H

#include "unit_data.h"

typedef struct unit_network {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_embedding *embedding;
    attn_gru *encoder;
    attn_attention *attention;
    attn_dense *decision;
    attn_adam *adam;
    int64_t embedding_dim, width, classes;
} unit_network;

/* A batch, and the arrays that pass between the layers. */
typedef struct unit_batch {
    int64_t batch, time;
    const int32_t *ids, *lengths, *labels;
    float *vectors, *states, *weights, *context, *logits, *probabilities;
    float *dlogits, *dcontext, *dstates, *dvectors;
} unit_batch;

static inline void unit_network_destroy(unit_network *network)
{
    attn_adam_destroy(&network->adam);
    attn_dense_destroy(&network->decision);
    attn_attention_destroy(&network->attention);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->embedding);
    attn_tape_destroy(&network->tape);
    attn_params_destroy(&network->params);
}

/* After a failure the network holds nothing. */
static inline attn_status unit_network_create(attn_context *context, int64_t rows, int64_t embedding_dim,
                                              int64_t hidden_dim, const attn_gru_options *gru,
                                              const attn_adam_options *adam, unit_network *network)
{
    *network = (unit_network){.context = context, .embedding_dim = embedding_dim, .classes = 2};
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attn_status status = attn_params_create(context, UNIT_SEED(11), &network->params);
    if (status == ATTN_OK)
        status = attn_tape_create(context, NULL, &network->tape);
    if (status == ATTN_OK)
        status = attn_embedding_create(network->params, "embedding", rows, embedding_dim, NULL,
                                       &network->embedding);
    if (status == ATTN_OK)
        status =
            attn_gru_create(network->params, "encoder", embedding_dim, hidden_dim, gru, &network->encoder);
    network->width = status == ATTN_OK ? unit_gru_info(network->encoder).output_dim : 0;
    if (status == ATTN_OK)
        status = attn_attention_create(network->params, "attention", network->width, &attention,
                                       &network->attention);
    if (status == ATTN_OK)
        status = attn_dense_create(network->params, "decision", network->width, 2, NULL, &network->decision);
    if (status == ATTN_OK)
        status = attn_adam_create(network->params, adam, &network->adam);
    if (status != ATTN_OK)
        unit_network_destroy(network);
    return status;
}

static inline void unit_batch_make(const unit_network *network, int64_t batch, int64_t time,
                                   const int32_t *ids, const int32_t *lengths, const int32_t *labels,
                                   unit_batch *out)
{
    int64_t tokens = batch * time, e = network->embedding_dim, w = network->width, c = network->classes;
    *out = (unit_batch){.batch = batch, .time = time, .ids = ids, .lengths = lengths, .labels = labels};
    out->vectors = unit_zeros(tokens * e);
    out->states = unit_zeros(tokens * w);
    out->weights = unit_zeros(tokens);
    out->context = unit_zeros(batch * w);
    out->logits = unit_zeros(batch * c);
    out->probabilities = unit_zeros(batch * c);
    out->dlogits = unit_zeros(batch * c);
    out->dcontext = unit_zeros(batch * w);
    out->dstates = unit_zeros(tokens * w);
    out->dvectors = unit_zeros(tokens * e);
}

static inline void unit_batch_free(unit_batch *b)
{
    float *arrays[] = {b->vectors,       b->states,  b->weights,  b->context, b->logits,
                       b->probabilities, b->dlogits, b->dcontext, b->dstates, b->dvectors};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

/* Forward as far as the loss; `tape` NULL is inference. */
static inline attn_status unit_network_forward(const unit_network *network, attn_tape *tape, unit_batch *b,
                                               float *loss)
{
    attn_status status =
        attn_embedding_forward(network->embedding, tape, b->batch, b->time, b->ids, b->lengths, b->vectors);
    if (status == ATTN_OK)
        status = attn_gru_forward(
            network->encoder, tape,
            SEQUENCE(.batch = b->batch, .time = b->time, .lengths = b->lengths, .x = b->vectors), NULL,
            b->states, NULL);
    if (status == ATTN_OK)
        status = attn_attention_forward(network->attention, tape, b->batch, b->time, b->states, b->lengths,
                                        b->weights, b->context);
    if (status == ATTN_OK)
        status = attn_dense_forward(network->decision, tape, b->batch, b->context, b->logits);
    if (status == ATTN_OK)
        status = attn_cross_entropy(network->context, b->batch, network->classes, b->logits, b->labels, NULL,
                                    loss, NULL, b->probabilities, b->dlogits);
    return status;
}

/* The backward of all layers, for the forward that is on the network's tape. */
static inline attn_status unit_network_backward(const unit_network *network, unit_batch *b)
{
    attn_status status =
        attn_dense_backward(network->decision, network->tape, b->batch, b->dlogits, b->dcontext);
    if (status == ATTN_OK)
        status = attn_attention_backward(network->attention, network->tape, b->batch, b->time, 1, NULL,
                                         b->dcontext, b->dstates, NULL);
    if (status == ATTN_OK)
        status = attn_gru_backward(network->encoder, network->tape, b->dstates, NULL,
                                   GRADIENTS(.batch = b->batch, .time = b->time, .dx = b->dvectors), NULL);
    if (status == ATTN_OK)
        status = attn_embedding_backward(network->embedding, network->tape, b->batch, b->time, b->dvectors);
    return status;
}

/* One step of training. */
static inline attn_status unit_network_train(const unit_network *network, int64_t step, unit_batch *b,
                                             float *loss)
{
    attn_status status = attn_params_zero_grad(network->params);
    if (status == ATTN_OK)
        status = attn_tape_begin(network->tape, step);
    if (status == ATTN_OK)
        status = unit_network_forward(network, network->tape, b, loss);
    if (status == ATTN_OK)
        status = unit_network_backward(network, b);
    if (status == ATTN_OK)
        status = attn_adam_step(network->adam, NULL);
    return status;
}

#endif
