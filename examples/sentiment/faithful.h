/* faithful.h - what --faithful diversity adds to the loss, so that where attention lies decides, and nothing else.
 *
 *     conicity    the states of a review are not to point all the same way (attn_conicity_loss)
 *     undecided   their plain mean is to decide nothing: with p = softmax(W m + b), m = 1/n sum_t h_t,
 *
 *                     loss = -weight / rows sum_b 1/classes sum_k log p_k
 *
 * Attention's context differs from the plain mean only by where attention lies. While that mean leans as the whole does, all that is
 * left of a review leans so too, however many of the words that attention chose are taken away. */
#ifndef SENTIMENT_FAITHFUL_H
#define SENTIMENT_FAITHFUL_H

#include "model.h"

/* Whether the configuration asks for any of it. */
bool faithful_asked(const struct config *config);

/* dstates [rows, time, state_dim], written; the decision's gradients are added to. The classifier's forward, which gave `states`, is
 * on top of the tape, and is so again afterwards. */
void faithful_gradients(struct model *model, attn_tape *tape, const struct batch *batch,
                        const struct config *config, const float *states, float *dstates);

#endif
