/* network.h - the model: a sound in, letters out, each with the weights of the stretches of sound that it rests on.
 *
 *     features --join--> GRU both ways "lower" --join--> GRU both ways "upper" --join--> --dense tanh--> memory H    "listen"
 *     letters so far --embedding--> GRU "speller" --> s_t
 *     s_t, [H; where it listened before] --additive attention--> weights a_t, context c_t                           "attend"
 *     [s_t; c_t] --dense tanh--> --dropout--> --dense--> logits of the next letter                                  "and spell"
 *
 * as Chan et al. (1508.01211), with GRUs in place of LSTMs. The state asks before it is told what it attended to (Luong et al.
 * 1508.04025), so that in training the speller needs one call for a whole text; how far the last letter had come, which Chan's
 * speller has to find out from its last context, stands beside each item instead (locate.h). */
#ifndef LISTEN_NETWORK_H
#define LISTEN_NETWORK_H

#include "batch.h"
#include "config.h"
#include "locate.h"

struct network {
    /* Widths: a frame; both directions of a GRU of the encoder; H; what attention makes of an item of H; s_t; the last layer's
     * input; letters. c_t is memory + PLACE_DIM wide. */
    int64_t bands, encoder, memory, keys, state, output, classes;
    int64_t join[LEVELS];
    float dropout;   /* before the last layer, in training */
    float smoothing; /* of the labels, in training */
    float diagonal,
        silence; /* in training: what attention costs that leaves the diagonal, or lies where it is quiet: guide.h */
    attn_context *context;
    attn_params *params;
    attn_gru *lower, *upper, *speller;
    attn_embedding *letters;
    attn_attention *attention;
    attn_dense *narrow, *combine, *decision;
    struct scratch scratch;
};

/* A new one; and the one that a model file describes, which `path` names in error lines. */
struct network network_create(attn_context *context, const struct config *config, int64_t bands,
                              int64_t letters);
struct network network_open(attn_context *context, const attn_file *file, const int64_t *join,
                            const char *path);
void network_destroy(struct network *network);

/* How many frames an item of the memory is made of. */
int64_t network_span(const struct network *network);

/* What was heard; its arrays are the network's, until its next use. */
struct heard {
    int64_t items;
    int32_t *lengths; /* [rows] */
    float *memory;    /* [rows, items, memory] */
};
struct heard network_hear(struct network *network, attn_tape *tape, const struct batch *batch);

/* The mean loss of a batch's letters, each after the right ones before it. */
double network_loss(struct network *network, const struct batch *batch);

/* The weights [rows, steps, items] of a batch's letters; the network's, until its next use. */
const float *network_weights(struct network *network, const struct batch *batch, int64_t *items);

/* The mean loss in training; adds to the params' gradients. */
double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch);

#endif
