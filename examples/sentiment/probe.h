/* probe.h - a trained network with attention as attn_explain_* asks it: reviews with words left out or with other weights.
 *
 * Two ways to mask a word, each as the measure's paper has it:
 *     left out   the word is taken from the text, and the network reads what stays             1911.03429, 1902.10186
 *     erased     its attention is set to 0 and the rest sums to 1 again; the states stay       1906.03731, 2004.14243
 * Where all the words that have attention are erased (sparsemax and entmax give most none), there is nothing to decide by: that
 * does not turn the decision, which stays as it was. With an attention GRU its steps are opened by what is left.
 *
 * The gradient of a word is |x . dp/dx|, x its vector and p the probability of the class decided for, with attention held as it is
 * (1902.10186): how the decision moves with what was attended to. */
#ifndef SENTIMENT_PROBE_H
#define SENTIMENT_PROBE_H

#include "network.h"

struct probe {
    struct network *network;
    attn_tape *tape;
    const struct batch *batch; /* the reviews that are asked about: B rows, T tokens, C classes */
    /* Of these as they are: */
    struct floats states;        /* [B, T, D] */
    struct floats weights;       /* [B, T] */
    struct floats probabilities; /* [B, C] */
    /* A decision is linear in the context, W sum_t a_t h_t + b, so that without an attention GRU other weights need no states: */
    struct floats parts; /* [B, T, C]: W h_t */
    struct floats bias;  /* [C]: b */
    /* Scratch memory of the questions: */
    struct batch copies;
    struct floats erased, logits, contexts, read, x, dx, dstates;
};

struct probe probe_create(struct network *network);
void probe_destroy(struct probe *probe);

/* Go over to these reviews, which must hold as long as they are asked about. */
void probe_read(struct probe *probe, const struct batch *batch);

/* Callbacks of attn_explain_model, whose user is the probe; outputs are probabilities. */
attn_status probe_leave_out(void *probe, int64_t count, const int32_t *rows, const uint8_t *keep,
                            float *outputs);
attn_status probe_erase(void *probe, int64_t count, const int32_t *rows, const uint8_t *keep, float *outputs);
attn_status probe_reweigh(void *probe, int64_t count, const int32_t *rows, const float *weights,
                          float *outputs);

/* gradients[B, T] of the words. */
void probe_gradient(struct probe *probe, float *gradients);

#endif
