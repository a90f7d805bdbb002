/* loss.h - how wrong a decision is. */
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

ATTN_END_DECLS
#endif
