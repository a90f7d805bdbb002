/** loss.h - how wrong a decision or a sequence is, and how far its probability can be believed. */
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
    const float *targets;       /**< [rows, classes], t below: what p should be in place of one label, as a teacher says (Hinton
                                  et al. 2015, 1503.02531), say; 0 or more, 1 in all. NULL: labels are; else those only tell
                                  which rows are ignored, and may be NULL where none are */
} attn_cross_entropy_options;

#define ATTN_CROSS_ENTROPY_OPTIONS_INIT {sizeof(attn_cross_entropy_options), NULL, 0.0f, 0.0f, 0, 0, NULL}

/** Softmax cross-entropy: how wrong logits are, the mean over the rows that count, and its gradient.
 *
 *     p        = softmax(logits[b]);   y = labels[b]
 *     losses_b = -s ((1 - e) w_y log p_y + e / classes sum_k w_k log p_k)
 *     loss     = sum_b losses_b / W,   W = sum_b w_labels[b]           over the rows that count; 0 where W is 0
 *     dlogits  = dloss / dlogits;      of old: (p - onehot(y)) / rows
 *
 * and with targets, W being the number of rows that count,
 *
 *     losses_b = -s sum_k w_k ((1 - e) t_k + e / classes) log p_k
 *
 * as torch.nn.functional.cross_entropy has both (label smoothing: Szegedy et al. 2016, 1512.00567). A row that is ignored is not
 * read: padding may hold anything. In its place stand zeros, in all of the outputs.
 *     logits        [rows, classes]; -inf is a class that cannot be, and must not be the label's
 *     labels        [rows], 0 <= label < classes, or ignore_label; NULL where only the probabilities are wanted: then all rows
 *                   count, and the options say nothing. For targets see there
 *     options       NULL: all classes weigh the same, and all rows count
 *     loss          one number, may be NULL; like `losses` and `dlogits` not without labels or targets
 *     losses        [rows], each row's own, may be NULL
 *     probabilities [rows, classes], may be NULL; may be `logits`
 *     dlogits       [rows, classes], written, may be NULL; may be `logits`, where probabilities are not
 * Sums are in double. On the context's threads; the same bits at any number of them.
 * Errors: ARGUMENT (also, naming the row, a loss that is no finite number: a NaN or an infinity among the logits; the outputs
 * then hold anything), MEMORY. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_cross_entropy(attn_context *context, int64_t rows, int64_t classes,
                                                     const float *logits, const int32_t *labels,
                                                     const attn_cross_entropy_options *options, float *loss,
                                                     float *losses, float *probabilities, float *dlogits);

/* ---- calibration ----------------------------------------------------------------------------------------------------------- */

/** Expected calibration error (Guo et al. 2017, 1706.04599): how far the probabilities of the classes decided on are from how
 * often these decisions are right. A decision is the largest of the row, of equal ones the first; its probability p falls into
 * bin m of `bins` equally wide ones where (m - 1) / bins < p <= m / bins.
 *
 *     error = sum_m rows_m / rows |right_m - confidence_m|
 *
 *     probabilities [rows, classes]
 *     labels        [rows], 0 <= label < classes
 *     bins          1 to 1024; 0: 15, as in that paper
 *     error         one number, written: 0 of no rows
 *     diagram       [bins, 3], written: rows_m / rows, the mean confidence_m, and right_m, the share that is decided as labelled;
 *                   zeros of an empty bin; may be NULL. Drawn against each other the last two are a reliability diagram
 * Errors: ARGUMENT (also, naming the row, a probability that is none). Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_calibration_error(attn_context *context, int64_t rows, int64_t classes,
                                                         const float *probabilities, const int32_t *labels,
                                                         int64_t bins, float *error, float *diagram);

#define ATTN_MAX_CHANNELS 8 /**< that attn_fit_scales weighs */

/** Scales that make probabilities right: of one model's logits its inverse temperature (Guo et al. 2017); of several models'
 * logits, its channels, also how much each is to be believed beside the others (Genest and Zidek 1986 call it a logarithmic
 * opinion pool). They are to be fitted on rows that none of the models was trained on.
 *
 *     minimise  sum_b -ln softmax(sum_c scales_c logits_c[b])_labels[b]  +  sum_c (scales_c - 1 - ln scales_c)
 *
 * which is convex, has one minimum, and has it where all scales are more than 0: with one channel no decision changes. The second
 * sum weighs about as much as one row: it is what keeps scales finite where few rows are all decided rightly. By Newton's method
 * in double, from scales of 1; the same bits at any number of threads.
 *     channels 1 to ATTN_MAX_CHANNELS
 *     logits   [channels, rows, classes], finite
 *     labels   [rows], 0 <= label < classes
 *     scales   [channels], written; 1 of no rows
 *     loss     one number, written: the mean cross-entropy of the rows with those scales; may be NULL
 * Errors: ARGUMENT (also, naming the row, a logit that is not finite), MEMORY. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_fit_scales(attn_context *context, int64_t channels, int64_t rows,
                                                  int64_t classes, const float *logits, const int32_t *labels,
                                                  float *scales, float *loss);

/* ---- sequences ------------------------------------------------------------------------------------------------------------- */

/** Levenshtein's distance of sequences from those that were expected: the fewest tokens that must be substituted, deleted or
 * inserted to make one from the other. Summed over a corpus and divided by the expected lengths it is the word error rate of
 * words, the character error rate of letters.
 *
 *     d[i,j] = min(d[i-1,j-1] + (given_i != expected_j),  d[i,j-1] + 1,  d[i-1,j] + 1);   d[i,0] = i, d[0,j] = j
 *
 *     given            [batch, given_time]; beyond given_lengths[b] never read
 *     given_lengths    [batch]; NULL means all full
 *     expected         [batch, expected_time], expected_lengths [batch]: likewise
 *     distances        [batch], written; may be NULL
 *     edits            [batch, 3], written; may be NULL: of the distance the tokens substituted, deleted (expected, not given)
 *                      and inserted (given, not expected). Where several ways are as short, the one that, from the ends
 *                      backwards, goes on with a token of both while it can, and else deletes rather than inserts
 * Its time is batch * given_time * expected_time. Errors: ARGUMENT, MEMORY. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_edit_distance(attn_context *context, int64_t batch, int64_t given_time,
                                                     const int32_t *given, const int32_t *given_lengths,
                                                     int64_t expected_time, const int32_t *expected,
                                                     const int32_t *expected_lengths, int32_t *distances,
                                                     int32_t *edits);

ATTN_END_DECLS
#endif
