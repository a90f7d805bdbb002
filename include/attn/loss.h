/* loss.h - how wrong a decision is; and how much alike the states are that it was taken from. */
#ifndef ATTN_LOSS_H
#define ATTN_LOSS_H

#include "context.h"

ATTN_BEGIN_DECLS

/* Softmax cross-entropy, the mean over rows:
 *
 *     p = softmax(logits);   loss = -(1/rows) sum_b log p[b, labels[b]];   dlogits = (p - onehot(labels)) / rows
 *
 *     logits        [rows, classes]
 *     labels        [rows], 0 <= label < classes; NULL where only the probabilities are wanted
 *     loss          one number, may be NULL;  0 for no rows
 *     probabilities [rows, classes], may be NULL; may be `logits`
 *     dlogits       [rows, classes], may be NULL; may be `logits`; not with labels NULL
 * On the context's threads; the result does not depend on their number. Errors: ARGUMENT, MEMORY. Thread-safety: any thread, any
 * time. */
ATTN_API attn_status attn_softmax_cross_entropy(attn_context *context, int64_t rows, int64_t classes,
                                                const float *logits, const int32_t *labels, float *loss,
                                                float *probabilities, float *dlogits);

/* Conicity as a part of the loss, for attention that is faithful ("diversity", Mohankumar et al. 2020, 2004.14243): where a row's
 * states all point the same way, attention's choice among them means little.
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
 * The same bits at any number of threads. Errors: ARGUMENT, MEMORY. Thread-safety: any thread, any time. */
ATTN_API attn_status attn_conicity_loss(attn_context *context, int64_t batch, int64_t time, int64_t dim,
                                        const int32_t *lengths, const float *states, float weight, float *loss,
                                        float *dstates);

ATTN_END_DECLS
#endif
