/** loss.h - how wrong a decision is. */
#ifndef ATTN_LOSS_H
#define ATTN_LOSS_H

#include "context.h"

ATTN_BEGIN_DECLS

/** What attn_cross_entropy leaves out or weighs; it need only live until the call returns. */
typedef struct attn_cross_entropy_options {
    size_t struct_size;         /**< sizeof(attn_cross_entropy_options) */
    const float *class_weights; /**< [classes], w below: finite, 0 or more; NULL: all 1 */
    float label_smoothing;      /**< e below, 0 to 1: the share of a label that is spread over all classes */
    float scale;                /**< s below: finite, more than 0; 0: 1; ATTN_ZERO: 0 */
    int32_t ignore;             /**< 1: rows whose label is ignore_label do not count */
    int32_t ignore_label;       /**< any number, also one that is no class */
} attn_cross_entropy_options;

#define ATTN_CROSS_ENTROPY_OPTIONS_INIT {sizeof(attn_cross_entropy_options), NULL, 0.0f, 0.0f, 0, 0}

/** Softmax cross-entropy: how wrong logits are, the mean over the rows that count, and its gradient.
 *
 *     p        = softmax(logits[b]);   y = labels[b]
 *     losses_b = -s ((1 - e) w_y log p_y + e / classes sum_k w_k log p_k)
 *     loss     = sum_b losses_b / W,   W = sum_b w_labels[b]           over the rows that count; 0 where W is 0
 *     dlogits  = dloss / dlogits;      of old: (p - onehot(y)) / rows
 *
 * as torch.nn.functional.cross_entropy has it (label smoothing: Szegedy et al. 2016, 1512.00567). A row that is ignored is not
 * read: padding may hold anything. In its place stand zeros, in all of the outputs.
 *     logits        [rows, classes]; -inf is a class that cannot be, and must not be the label's
 *     labels        [rows], 0 <= label < classes, or ignore_label; NULL where only the probabilities are wanted: then all rows
 *                   count, and the options say nothing
 *     options       NULL: all classes weigh the same, and all rows count
 *     loss          one number, may be NULL
 *     losses        [rows], each row's own, may be NULL; like `loss` not with labels NULL
 *     probabilities [rows, classes], may be NULL; may be `logits`
 *     dlogits       [rows, classes], written, may be NULL; may be `logits`, where probabilities are not; not with labels NULL
 * Sums are in double. On the context's threads; the same bits at any number of them.
 * Errors: ARGUMENT (also, naming the row, a loss that is no finite number: a NaN or an infinity among the logits; the outputs
 * then hold anything), MEMORY. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_cross_entropy(attn_context *context, int64_t rows, int64_t classes,
                                                     const float *logits, const int32_t *labels,
                                                     const attn_cross_entropy_options *options, float *loss,
                                                     float *losses, float *probabilities, float *dlogits);

ATTN_END_DECLS
#endif
