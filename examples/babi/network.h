/* network.h - DMN+: a story and a question in, an answer and the facts that it rests on out.
 *
 *     fact's words --embedding, position--> dropped --bidirectional GRU, summed--> F_j --+
 *     question's words --embedding, GRU--> q -----------------------------------------> episode --> m
 *     [m, q] --dropout, dense--> logits over the vocabulary
 *     or, answering by pointing, the weights of an attention over the story's words (pointer.h) */
#ifndef BABI_NETWORK_H
#define BABI_NETWORK_H

#include "batch.h"
#include "config.h"
#include "episode.h"
#include "pointer.h"

struct network {
    int64_t hidden, classes; /* width of everything; words of the vocabulary */
    float dropout, l2;       /* in training; l2: of the loss, l2 * the sum of the squares of all weights */
    attn_context *context;
    attn_params *params;
    attn_embedding *embedding;
    attn_gru *fusion, *reader; /* of facts; of the question */
    struct episode episode;
    attn_dense *decision; /* NULL: the answer is pointed at, by */
    struct pointer pointer;
    struct scratch scratch;
    /* What backward asks of forward. */
    const float *facts, *question; /* [B, J, H], [B, H] */
    float *logits;                 /* [B, classes], and then their gradient */
};

struct outcome {
    double loss;                /* mean over the rows, without the squares of the weights */
    int64_t wrong;              /* rows answered otherwise than they should be */
    const float *probabilities; /* [B, classes] */
};

/* A new one; and the one that a model file describes, which `path` names in error lines. */
struct network network_create(attn_context *context, const struct config *config, int64_t classes);
struct network network_open(attn_context *context, const attn_file *file, const char *path);
void network_destroy(struct network *network);

/* Answer, as the model will be used; episode.weights[t] then are the weights of pass t. */
struct outcome network_answer(struct network *network, const struct batch *batch);

/* Forward with dropout and backward: adds to the params' gradients those of the mean loss and of the squares of the weights. */
struct outcome network_gradients(struct network *network, attn_tape *tape, const struct batch *batch);

/* The likeliest answer to row b. */
int32_t likeliest(const struct network *network, const struct outcome *outcome, int64_t b);

#endif
