/* network.h - the model: texts in, the likelihood of their translations and the alignment out.
 *
 *     source ids --embedding--> GRU both ways --> states H       last states --dense tanh--> s_0
 *     target ids so far --embedding--> GRU from s_0 --> s_t
 *     s_t, H --additive attention--> weights a_t, context c_t
 *     [s_t; c_t] --dense tanh--> --dropout--> --dense--> logits of the next token
 *
 * as Bahdanau et al. (1409.0473), but the state asks before it is told what it attended to (Luong et al. 1508.04025), so that
 * training needs one call for all of a sentence's queries. */
#ifndef TRANSLATE_NETWORK_H
#define TRANSLATE_NETWORK_H

#include "batch.h"
#include "config.h"

struct network {
    int64_t memory, state, output,
        classes; /* D: the encoder's states; S: the decoder's; W: what the last layer gets, and gives */
    float dropout, smoothing; /* in training: before the last layer; of the labels */
    attn_context *context;
    attn_params *params;
    attn_embedding *source, *target;
    attn_gru *encoder, *decoder;
    attn_attention *attention;
    attn_dense *bridge, *combine, *decision;
    struct scratch scratch;
};

/* A new one, for vocabularies of these sizes; and the one that a model file describes, which `path` names in error lines. */
struct network network_create(attn_context *context, const struct config *config, int64_t sources,
                              int64_t targets);
struct network network_open(attn_context *context, const attn_file *file, const char *path);
void network_destroy(struct network *network);

/* The mean loss of a batch's target tokens, as the model will be used. `weights` [B, T, J], if not NULL, gets each step's
 * attention: of step t that with which target token t was said, of the last one its end. */
double network_loss(struct network *network, const struct batch *batch, float *weights);

/* The same in training; adds to the params' gradients. */
double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch);

/* The memory H [B, J, D] and the first state [B, S] of a batch's sources; both are the network's, until its next use. */
void network_encode(struct network *network, attn_tape *tape, const struct batch *batch, float **states,
                    float **first);

#endif
