/* episode.h - DMN+'s episodic memory (Xiong et al. 2016, 1603.01417), composed of the library's handles. In pass t, from the memory
 * m so far (at first the question q) and the facts F_j:
 *
 *     z_j = [F_j * q, F_j * m, |F_j - q|, |F_j - m|]        4H numbers
 *     g   = softmax over j of  v . tanh(W z_j + b) + c      soft attention's weights; the same scorer in every pass
 *     c   = the last state of an attention GRU over the facts, opened by g
 *     m   = relu(W_t [m, c, q] + b_t)                       a layer of its own for each pass */
#ifndef BABI_EPISODE_H
#define BABI_EPISODE_H

#include "common/saved.h"

#define MOST_PASSES 16

struct episode {
    int64_t hidden, passes;
    attn_attention *scorer;
    attn_attngru *reader;
    attn_dense *updates[MOST_PASSES];
    /* Of the last forward, of B questions with J facts: */
    float *weights[MOST_PASSES];            /* [B, J] */
    const float *memories[MOST_PASSES + 1]; /* [B, H]: m before each pass, and after the last */
};

struct episode episode_create(attn_params *params, int64_t hidden, int64_t passes);

/* The one that a model file describes, for facts of `hidden` numbers; `path` names the file in error lines. */
struct episode episode_open(attn_params *params, const attn_file *file, const char *path, int64_t hidden);
void episode_destroy(struct episode *episode);

/* From question[B, H] and facts[B, J, H], with counts[B] facts each, to the last memory, which it returns: [B, H]. The facts and
 * the question must not change before backward, and nothing of the scratch may be let go. */
const float *episode_forward(struct episode *episode, struct scratch *scratch, attn_tape *tape, int64_t batch,
                             int64_t facts, const float *question, const float *fact, const int32_t *counts);

/* Adds to dquestion[B, H] and dfacts[B, J, H] from the gradient of the last memory. */
void episode_backward(struct episode *episode, struct scratch *scratch, attn_tape *tape, int64_t batch,
                      int64_t facts, const float *question, const float *fact, const int32_t *counts,
                      const float *dlast, float *dquestion, float *dfact);

#endif
