/** sampled.h - cross-entropy over a large vocabulary, at a sample of its words: for language models, of which the softmax over
 * all words would take nearly all of the time.
 *
 *     attn_candidates_create(context, words, frequencies, NULL, &candidates);       once
 *     attn_sampled_cross_entropy(table, bias, candidates, step, rows, states, targets, NULL, &loss, NULL, dstates);
 *
 * The logit of a word is the product of a state and the word's row in a table, which is an embedding: so its gradient is of the
 * rows that were used alone, and so is Adam's update. It may be the embedding that the model reads by: tied weights (Press and
 * Wolf 2017, 1608.05859).
 *
 *     x_k    = table[k] . h + bias[k]
 *     loss_h = log( exp(x_y) + sum_(c in C, c != y) weights_c exp(x_c) ) - x_y                      y the word that is right
 *
 * C are the candidates, drawn once a step, the same for all states, and weights_c their multiplicity over how often they are
 * drawn on average: the sum's mean over the draws is that of the softmax over all words (importance sampling: Bengio and Senecal
 * 2008; shared candidates: Jean et al. 2015, 1412.2007). A candidate that is the right word does not count twice. Where all words
 * are candidates the loss is exact. */
#ifndef ATTN_SAMPLED_H
#define ATTN_SAMPLED_H

#include "embedding.h"
#include "loss.h"

ATTN_BEGIN_DECLS

/* ---- which words ---------------------------------------------------------------------------------------------------------- */

/** What candidates are drawn from. Thread-safety: immutable; any number of threads. */
typedef struct attn_candidates attn_candidates;

/** How many are drawn, and how. */
typedef struct attn_candidates_options {
    size_t struct_size; /**< sizeof(attn_candidates_options) */
    int64_t count;      /**< K: how many are drawn; 0: 2000 */
    uint64_t seed;      /**< draws are a function of seed and step alone */
    float power;        /**< of the frequencies, at most 1; 0: 0.75 (Mikolov et al. 2013, 1310.4546); ATTN_ZERO: 0, all words
                              alike */
    int32_t reserved;   /**< 0 */
} attn_candidates_options;

#define ATTN_CANDIDATES_OPTIONS_INIT {sizeof(attn_candidates_options), 0, 0, 0.0f, 0}

/** Make them, of frequencies[words], each 0 or more and not all 0. A word of frequency 0 is never drawn.
 *
 * On average word k is drawn e_k = min(1, c frequencies_k^power) times, with the c that makes the sum of all K. A word whose e_k
 * is 1 is always there; for the others, laid side by side, a place is drawn in each piece of length 1 (systematic sampling in
 * strata): K words in all, of which a few may come twice. With K as large as the number of words, all are always there.
 * Errors: ARGUMENT, MEMORY. It keeps the context alive. */
ATTN_API ATTN_CHECKED attn_status attn_candidates_create(attn_context *context, int64_t words,
                                                         const int64_t *frequencies,
                                                         const attn_candidates_options *options,
                                                         attn_candidates **out);
ATTN_API void attn_candidates_destroy(attn_candidates **candidates);

/** What they are. Filled up to struct_size. */
typedef struct attn_candidates_info {
    size_t struct_size;
    int64_t words;   /**< of the vocabulary */
    int64_t count;   /**< at most so many are drawn: K, or all words of a frequency above 0 where these are fewer */
    int64_t certain; /**< of which so many are always there */
    uint64_t seed;    /**< as in the options */
    float power;      /**< likewise; 0 where ATTN_ZERO was asked for */
    int32_t reserved; /**< 0 */
} attn_candidates_info;

#define ATTN_CANDIDATES_INFO_INIT {sizeof(attn_candidates_info), 0, 0, 0, 0, 0.0f, 0}
/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_candidates_get_info(const attn_candidates *candidates,
                                                           attn_candidates_info *info);

/** Draw: what attn_sampled_cross_entropy draws at that step, for a loss of your own.
 *     step    0 or more
 *     ids     [the info's count], of which the first *drawn are written: each id once
 *     weights likewise: how often it was drawn / e_k
 *     drawn   how many there are, written
 * Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_candidates_draw(const attn_candidates *candidates, int64_t step,
                                                       int32_t *ids, float *weights, int64_t *drawn);

/* ---- the loss ------------------------------------------------------------------------------------------------------------- */

/** What the loss is multiplied by. */
typedef struct attn_sampled_cross_entropy_options {
    size_t struct_size; /**< sizeof(attn_sampled_cross_entropy_options) */
    float scale;        /**< s: what loss and gradients are multiplied by, finite and more than 0; 0: 1 */
    int32_t reserved;   /**< 0 */
} attn_sampled_cross_entropy_options;

#define ATTN_SAMPLED_CROSS_ENTROPY_OPTIONS_INIT {sizeof(attn_sampled_cross_entropy_options), 0.0f, 0}

/** The loss, and where dstates is wanted all gradients: of the states, and, added to the params', of the rows of table and bias
 * that were used, those of the candidates and the targets.
 *     table   [words, dim]: the output table
 *     bias    [words, 1], an embedding of width 1; NULL: none
 *     candidates of as many words
 *     step    0 or more: which draw. Two calls of one step draw the same
 *     states  [rows, dim]
 *     targets [rows]: the words that are right, any ids of the table
 *     loss    s times the mean over the rows, may be NULL; 0 of no rows
 *     losses  [rows], s times each row's own, may be NULL
 *     dstates [rows, dim], written; not `states`. NULL: the loss alone is computed, and no gradient
 * The same bits at any number of threads. Frozen tensors get no gradients. Memory beside what is given: 4 to 16 MiB of logits at
 * a time, and the candidates' rows twice.
 * Errors: ARGUMENT (also states that are not finite), STATE (the tensors are not), MEMORY, INTERRUPTED (zero the gradients then,
 * of which a part may have been added). */
ATTN_API ATTN_CHECKED attn_status attn_sampled_cross_entropy(
    const attn_embedding *table, const attn_embedding *bias, const attn_candidates *candidates, int64_t step,
    int64_t rows, const float *states, const int32_t *targets,
    const attn_sampled_cross_entropy_options *options, float *loss, float *losses, float *dstates);

ATTN_END_DECLS
#endif
