/** sequence.h - what a recurrent layer reads, and where its gradients go. */
#ifndef ATTN_SEQUENCE_H
#define ATTN_SEQUENCE_H

#include "embedding.h"

ATTN_BEGIN_DECLS

/** A batch of sequences: vectors, or rows of an embedding by their ids. Of ids, W x is computed once for each distinct id of the
 * batch and not once for each token, and x is never laid out: a batch of reviews holds some eight tokens for each distinct id, so
 * that most of the first layer's input product goes away, forward and backward. Both give the same numbers.
 *
 * Beyond lengths[b] neither x, ids, scales nor openings are read. Nothing here need live longer than the call, except the
 * embedding, which must live until backward. */
typedef struct attn_sequence {
    size_t struct_size;     /**< sizeof(attn_sequence) */
    int64_t batch, time;    /**< rows, and steps of the longest; either may be 0 */
    const int32_t *lengths; /**< [batch], 0 <= lengths[b] <= time; NULL: all full */
    const float *x;         /**< [batch, time, input_dim]; or else: */
    const attn_embedding *embedding; /**< its rows have input_dim numbers */
    const int32_t *ids;              /**< [batch, time], rows of the embedding */

    /** [batch, time], of ids alone: how much of its vector a token is, x = scales[b,t] * row, any finite number; NULL: 1. Made
     * for explaining: along scales from 0 to 1, with dscales in place of dx, run the integrated gradients of explain.h; at
     * scales of 1 dscales is gradient x input. */
    const float *scales;

    /** [batch, time], or [batch, time, hidden_dim] with vector_openings: what opens the steps of an attention GRU (attngru.h),
     * which needs them; the other layers refuse them. Weights of attention fit. */
    const float *openings;
} attn_sequence;

#define ATTN_SEQUENCE_INIT {sizeof(attn_sequence), 0, 0, 0, 0, 0, 0, 0, 0}

/** What a backward is to write: the gradients of the sequence that forward was given. Each may be NULL where it is not wanted;
 * each is 0 beyond the lengths. Gradients of the embedding's rows are added to its params, unless the table is frozen. */
typedef struct attn_sequence_gradients {
    size_t struct_size;  /**< sizeof(attn_sequence_gradients) */
    int64_t batch, time; /**< forward's, which are checked: other sizes are ARGUMENT, and nothing is written */
    float *dx;           /**< as x: [batch, time, input_dim]; NULL after a forward of ids */
    float *dscales;      /**< as scales: [batch, time], the row's own vector . the gradient of its x; NULL if none were */
    float *dopenings;    /**< as openings; NULL for a layer that has none */
    float *dh;           /**< [batch, time, output_dim]: of each state of the last layer, through its output and through all
                              steps after it; 0 beyond the lengths */
} attn_sequence_gradients;

#define ATTN_SEQUENCE_GRADIENTS_INIT {sizeof(attn_sequence_gradients), 0, 0, 0, 0, 0, 0}

/* ---- steps as rows -------------------------------------------------------------------------------------------------------- */

/** Which steps of a batch of x[batch, time, dim], and which of their numbers: those within the lengths, less the first and the
 * last ones of each sequence that are skipped. As rows, one below the other, sequence by sequence, they are what layers read that
 * know no sequences (dense.h, sampled.h), and none of it is padding. A language model that reads forward, say, predicts from all
 * states but each sequence's last (skip_last 1) all ids but each sequence's first (skip_first 1). */
typedef struct attn_steps {
    size_t struct_size;     /**< sizeof(attn_steps) */
    int64_t batch, time;    /**< rows, and steps of the longest */
    const int32_t *lengths; /**< [batch], 0 <= lengths[b] <= time; NULL: all full */
    int64_t skip_first, skip_last; /**< 0 or more; a sequence of no more steps than these has none */
    int64_t dim;            /**< numbers of a step; 0: 1 */
    int64_t column, width;  /**< a row is numbers `column` to `column + width` of its step; width 0: all from there on. The
                                  forward half of what a bidirectional GRU gives is {0, hidden_dim}, say */
} attn_steps;

#define ATTN_STEPS_INIT {sizeof(attn_steps), 0, 0, 0, 0, 0, 0, 0, 0}

/** rows[count, width] from x[batch, time, dim].
 *     rows  written; NULL, with x, where only their number is wanted
 *     count how many rows there are, written; may be NULL
 * Errors: ARGUMENT. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_steps_gather(attn_context *context, const attn_steps *steps, const float *x,
                                                    float *rows, int64_t *count);

/** The same steps of ids[batch, time]: rows[count]; dim, column and width say nothing. */
ATTN_API ATTN_CHECKED attn_status attn_steps_gather_ids(attn_context *context, const attn_steps *steps, const int32_t *ids,
                                                        int32_t *rows, int64_t *count);

/** Back, for gradients: add rows[count, width] to the numbers of x[batch, time, dim] that they are of. What else x holds stays.
 * Errors: ARGUMENT. Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_steps_scatter(attn_context *context, const attn_steps *steps, const float *rows,
                                                     float *x);

ATTN_END_DECLS
#endif
