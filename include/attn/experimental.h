/** experimental.h - what is not settled yet, and therefore not promised.
 *
 * Everything else in include/attn stays as it is for as long as the number in the soname does. What stands here may change its
 * arguments or its meaning, or go, in any version; so attn.h does not include it, and its functions have a symbol version of
 * their own, ATTN_EXPERIMENTAL. What proves itself moves to the header where it belongs.
 *
 *     attn_conicity_loss         the idea of one paper, tried there with LSTMs. It served attention in examples/sentiment, and
 *                                took something of the accuracy; how much of it is right is found by trial
 *     ATTN_GRU_ORTHOGONAL        the other idea of that paper. In examples/sentiment it made attention follow the gradients
 *                                better with few reviews and worse with many: half of what the gates give lies along the sum
 *                                (cosine .55), and how much of it is taken off hangs on every word before, which therefore
 *                                shares in the gradient
 *     attn_explain_conicity      measures what these two change; which value is low enough, nobody has said
 *     attn_explain_permutation   disputed as a measure: the layers behind attention never saw such weights in training, and need
 *                                not mean anything there (Wiegreffe and Pinter 2019, 1908.04626) */
#ifndef ATTN_EXPERIMENTAL_H
#define ATTN_EXPERIMENTAL_H

#include "explain.h"
#include "gru.h"

ATTN_BEGIN_DECLS

/* ---- states that differ ---- */

/** A flag for attn_gru_options.experimental: states that differ are what attention can choose among (Mohankumar et al. 2020,
 * 2004.14243). The h' of gru.h is then only g, and the state is what of it is orthogonal to the sum of the row's states so far,
 * in this layer and direction and without h0:
 *
 *     s = h_1 + ... + h_(t-1);   h_t = g - s . g / (s . s + 1e-6) s
 *
 * attn_gru_packed_step refuses such a GRU: a step would need s. */
#define ATTN_GRU_ORTHOGONAL 1

/** Conicity as a part of the loss, for attention that is faithful ("diversity", Mohankumar et al. 2020, 2004.14243): where a
 * row's states all point the same way, attention's choice among them means little.
 *
 *     loss = weight / batch sum_b conicity_b          dstates += dloss/dstates
 *     conicity_b = 1/n sum_t cos(h_t, m),   m = 1/n sum_t h_t          over the row's n states
 *
 * where a norm is sqrt(x . x + 1e-6), so that the gradient stays bounded as a state goes to 0, and a state of zeros, or a mean of
 * zeros, has cosine 0. A row of length 0 has conicity 0. attn_explain_conicity measures the same, without the 1e-6.
 *     states  [batch, time, dim]; beyond lengths[b] never read
 *     lengths [batch], 0 <= lengths[b] <= time; NULL means all full
 *     weight  of this part beside the others: lambda, some 0.1 to 2
 *     loss    one number, may be NULL;  0 for no rows
 *     dstates [batch, time, dim], added to, beside what attention's backward wrote there; beyond the lengths left as it is;
 *             may be NULL; not `states`
 * The same bits at any number of threads. Errors: ARGUMENT (also states that are not finite), MEMORY. Thread-safety: any thread,
 * any time. */
ATTN_API ATTN_CHECKED attn_status attn_conicity_loss(attn_context *context, int64_t batch, int64_t time,
                                                     int64_t dim, const float *states, const int32_t *lengths,
                                                     float weight, float *loss, float *dstates);

/* ---- measures of the kind of explain.h, whose opening words hold here too ---- */

/** How much alike a row's states are: the mean of their cosines with their mean (Mohankumar et al. 2020, 2004.14243). Near 1 they
 * all point the same way, and attention's choice among them means little. A state of zeros, or a mean of zeros, has cosine 0.
 *     states   [batch, time, dim]
 *     conicity [batch], written: -1 to 1
 * Errors: ARGUMENT (also states that are not finite), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_explain_conicity(attn_context *context, int64_t batch, int64_t time,
                                                        int64_t dim, const float *states, const int32_t *lengths,
                                                        float *conicity);

/** How much the output moves when attention's weights change places at random (Jain and Wallace 2019, 1902.10186): little means
 * that the decision does not rest on where attention lies.
 *
 *     change = median over permutations of 1/2 sum_k |p_k - p_k(permuted)|        the total variation distance, 0 to 1
 *
 * Asks `weighted` about permutations + 1 copies of each row.
 *     weights      [batch, time]
 *     permutations 1 to 2^20; 100 is usual
 *     seed         of the permutations, which are a function of seed, row and their number alone
 *     change       [batch], written
 * Errors: ARGUMENT, MEMORY, and what `weighted` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_permutation(attn_context *context, const attn_explain_model *model,
                                                           const float *weights, int64_t permutations, uint64_t seed,
                                                           float *change);

ATTN_END_DECLS
#endif
