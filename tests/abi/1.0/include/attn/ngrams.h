/** ngrams.h - which runs of 1 to N words stand in a text, weighted by naive Bayes: ids to logits without an encoder. Alone it is
 * the bag of words that other models are measured against; beside them, their wide channel.
 *
 *     logits[b][c] = bias[c] + sum of parts[g][c] over the distinct n-grams g of text b
 *     parts[g][c]  = scale * (offset + weights[g]) * ratios[g][c]
 *     ratios[g][c] = ln p(g | c) - ln p(g | not c)
 *     p(g | c)     = (texts of class c that hold g + smoothing) / (texts of class c + 2 smoothing)
 *
 * (Wang and Manning 2012, "Baselines and Bigrams", https://aclanthology.org/P12-2018; with one trained weight an n-gram as
 * J. Howard's course has it, fast.ai 2017, whose scale is 1/10 and whose offset .4.) The ratios are counted, and frozen; weights
 * and bias are trained. The published setting is 3 epochs of Adam at a rate of 0.02: beside layers that want a lower one,
 * attn_params_set_lr_scale raises the weights' own.
 *
 * An n-gram counts once a text, however often it stands there. ATTN_PAD_ID is never part of one.
 *
 * Since a logit is a sum, what each word gave to it is exact: attn_ngrams_attribute. */
#ifndef ATTN_NGRAMS_H
#define ATTN_NGRAMS_H

#include "tape.h"
#include "vocab.h"

ATTN_BEGIN_DECLS

#define ATTN_NGRAMS_MAX_LENGTH 8 /**< words of an n-gram */

/* ---- counting: a builder is filled, then gives a layer ---- */

/** Thread-safety: one thread at a time. */
typedef struct attn_ngrams_builder attn_ngrams_builder;

/** What is counted. */
typedef struct attn_ngrams_builder_options {
    size_t struct_size;   /**< sizeof(attn_ngrams_builder_options) */
    int64_t classes;      /**< 2 to 65536; 0: 2 */
    int64_t max_ngrams;   /**< so many are kept while counting: when there are more, those of the fewest texts are forgotten,
                             * and min_count may miss some (lossy counting); 0: 2^23, some 400 MB of 3 words and 2 classes */
    int32_t longest;      /**< words of the longest n-grams, 1 to ATTN_NGRAMS_MAX_LENGTH; 0: 3 */
    int32_t keep_unknown; /**< 1: ATTN_UNK_ID is a word like others; 0: no n-gram holds it */
} attn_ngrams_builder_options;

#define ATTN_NGRAMS_BUILDER_OPTIONS_INIT {sizeof(attn_ngrams_builder_options), 0, 0, 0, 0}

/** Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_builder_create(attn_context *context,
                                                             const attn_ngrams_builder_options *options,
                                                             attn_ngrams_builder **out);
ATTN_API void attn_ngrams_builder_destroy(attn_ngrams_builder **builder);

/** Count the n-grams of ids[batch, time], a text a row, of which the first lengths[b] are read (NULL: all); labels[batch] are the
 * texts' classes. Errors: ARGUMENT (an id below 0, a length or label out of range: nothing is counted), MEMORY and
 * INTERRUPTED (the texts before are counted). */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_builder_add(attn_ngrams_builder *builder, int64_t batch, int64_t time,
                                                          const int32_t *ids, const int32_t *lengths,
                                                          const int32_t *labels);

/** How many n-grams are kept; 0 for NULL. */
ATTN_API int64_t attn_ngrams_builder_size(const attn_ngrams_builder *builder);

/* ---- the layer ---- */

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_ngrams attn_ngrams;

/** What is kept of what was counted, and with which first values. */
typedef struct attn_ngrams_options {
    size_t struct_size; /**< sizeof(attn_ngrams_options) */
    int64_t min_count;  /**< n-grams of fewer texts are left out; 0: 2 */
    int64_t max_ngrams; /**< so many at most, those that tell most of the class (Pearson's chi-square); 0: all */
    float smoothing;    /**< > 0; 0: 1 */
    float scale;        /**< > 0; 0: 0.1 */
    float offset;       /**< >= 0; 0: 0.4; ATTN_ZERO: 0 */
    int32_t init;       /**< ATTN_INIT_... of the weights; the default is ATTN_INIT_ZERO */
    int32_t no_bias;    /**< 1: without bias */
    int32_t reserved;   /**< 0 */
} attn_ngrams_options;

#define ATTN_NGRAMS_OPTIONS_INIT {sizeof(attn_ngrams_options), 0, 0, 0.0f, 0.0f, 0.0f, ATTN_INIT_DEFAULT, 0, 0}

/** Make a layer of what was counted; the builder stays as it is, and is not needed any more. Added to the params, a row an
 * n-gram, those of one word first, then by their ids:
 *
 *     NAME.weights [ngrams, 1]        one weight each
 *     NAME.ratios  [ngrams, columns]  columns = classes, but 1 of two classes: of class 1, since class 0 has its negative
 *     NAME.bias    [classes]          at first the logarithm of the classes' shares of the texts, less its mean
 *
 * Gradients of weights and ratios are sparse by rows, as an embedding's: only n-grams that were met are cleared, clipped and
 * updated. The ratios have one where a program thaws them. Errors: ARGUMENT (also a builder that counted no n-gram min_count
 * times), STATE (the params are sealed), MEMORY; on failure the params are as before. The layer keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_create(attn_params *params, const char *name,
                                                     const attn_ngrams_builder *builder,
                                                     const attn_ngrams_options *options, attn_ngrams **out);
ATTN_API void attn_ngrams_destroy(attn_ngrams **ngrams);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_ngrams *attn_ngrams_share(attn_ngrams *ngrams);

/** logits[batch, classes] from ids[batch, time], each 0 or more; ids beyond lengths[b] (NULL: all full) are not read. A text
 * without n-grams has the bias. Runs on the context's threads; the same bits at any number of them. Errors: ARGUMENT (an id below
 * 0, a length out of range), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_forward(const attn_ngrams *ngrams, attn_tape *tape, int64_t batch,
                                                      int64_t time, const int32_t *ids, const int32_t *lengths,
                                                      float *logits);

/** Add to the params' gradients from dlogits[batch, classes]; batch and time are forward's. On a tape of mode ATTN_TAPE_INPUTS
 * it does nothing but pop. Errors: ARGUMENT (a NULL, other sizes than forward's, a tape of another context; nothing is written),
 * STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_backward(const attn_ngrams *ngrams, attn_tape *tape, int64_t batch,
                                                       int64_t time, const float *dlogits);

/** What each word gave to the margin of a class, its logit less the mean of the other classes' logits: of two classes this is
 * its log-odds, ln p / (1 - p). An n-gram's part is shared equally among the places where it stands, and each place's among its
 * words, so that to rounding
 *
 *     margin[b] = base[b] + sum over t of shares[b][t]
 *
 *     targets [batch]: the class that is explained; NULL: the one decided on, of equal logits the first
 *     shares  [batch, time], 0 beyond the lengths
 *     base    [batch]: the bias's margin; may be NULL
 * Errors: those of forward, and ARGUMENT for a target that is no class. */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_attribute(const attn_ngrams *ngrams, int64_t batch, int64_t time,
                                                        const int32_t *ids, const int32_t *lengths,
                                                        const int32_t *targets, float *shares, float *base);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_ngrams_info {
    size_t struct_size;
    const char *name;    /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t ngrams;      /**< how many */
    int64_t classes;     /**< as counted */
    int32_t longest;     /**< words of the longest n-grams that were counted */
    int32_t no_bias;     /**< as in the options */
    float scale, offset; /**< likewise */
} attn_ngrams_info;

#define ATTN_NGRAMS_INFO_INIT {sizeof(attn_ngrams_info), 0, 0, 0, 0, 0, 0, 0.0f, 0.0f}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_ngrams_get_info(const attn_ngrams *ngrams, attn_ngrams_info *info);

/** The words of n-gram `index`, a row of weights and ratios: `*length` ids (may be NULL), which live as long as the layer. NULL
 * and length 0 where there is none of that number. */
ATTN_API const int32_t *attn_ngrams_get(const attn_ngrams *ngrams, int64_t index, int64_t *length);

/** The n-gram ids[length]; -1 where the layer has none such. */
ATTN_API int64_t attn_ngrams_find(const attn_ngrams *ngrams, int64_t length, const int32_t *ids);

ATTN_END_DECLS
#endif
