/** attention.h - soft attention: a memory, and a query where the score has one, to weights and a context.
 *
 * Over a memory H[B,J,D] of anything (words, image regions, frames), for each row, and for each of its queries s:
 *
 *     e_j = score(s, h_j)                                       J numbers
 *     a   = weighting(e / temperature)                          over the row's length; a >= 0, sum a = 1
 *     context = sum_j a_j h_j
 *
 *     score          e_j                                   tensors
 *     FEEDFORWARD    v . tanh(W h_j + b) + c               weight W [A, D], bias b [A], score_weight v [A], score_bias c [1]
 *     ADDITIVE       v . tanh(W h_j + U s + b)             weight W [A, D], query_weight U [A, Q], bias b [A],
 *                                                          score_weight v [A]
 *     CONCAT         w_s . s + w_h . h_j + b               query_weight w_s [Q], weight w_h [D], bias b [1]
 *     DOT            s . h_j                               none; Q = D
 *     SCALED_DOT     s . h_j / sqrt(D)                     none; Q = D
 *     BILINEAR       s^T W h_j                             weight W [Q, D]
 *
 * FEEDFORWARD, which asks nothing, is that of the article "Interpretability via attentional and memory-based interfaces, using
 * TensorFlow" (2017), and CONCAT is in its figure 3. The article puts a tanh around both, which `outer_tanh` asks for. Scores
 * then lie between -1 and 1, and with softmax no weight is more than e^2 = 7.4 times another: of 200 reviews, the median
 * largest weight is .027 with it and .359 without. CONCAT wants it: a query that is only added moves all scores alike and
 * changes no weight. ADDITIVE is Bahdanau's (1409.0473), DOT and BILINEAR Luong's (1508.04025), SCALED_DOT that of 1706.03762.
 *
 *     weighting      a                                                                                  source
 *     SOFTMAX        exp(e_j) / sum_k exp(e_k)
 *     SPARSEMAX      max(e_j - tau, 0): the point of the simplex that is nearest to e                   1602.02068
 *     ENTMAX15       max(e_j / 2 - tau, 0)^2: halfway between the two                                   1905.05702
 *
 * with tau such that the weights sum to 1. The last two give most items a weight of exactly 0.
 *
 * Tensors are called NAME.weight and so on. First values: weights Glorot, biases 0; ATTN_INIT_FAN_SUM the article's. */
#ifndef ATTN_ATTENTION_H
#define ATTN_ATTENTION_H

#include "tape.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_attention attn_attention;

/** The scores, and what makes weights of them: their equations stand above. */
#define ATTN_SCORE_FEEDFORWARD 0
#define ATTN_SCORE_ADDITIVE 1
#define ATTN_SCORE_CONCAT 2
#define ATTN_SCORE_DOT 3
#define ATTN_SCORE_SCALED_DOT 4
#define ATTN_SCORE_BILINEAR 5
#define ATTN_WEIGHTING_SOFTMAX 0
#define ATTN_WEIGHTING_SPARSEMAX 1
#define ATTN_WEIGHTING_ENTMAX15 2

#define ATTN_PADDING_MASKED 0 /**< what lies beyond the length gets no weight */
#define ATTN_PADDING_KEPT 1 /**< what lies beyond the length takes part as a state of zeros; it is never read */

/** How a layer scores and weighs. */
typedef struct attn_attention_options {
    size_t struct_size;     /**< sizeof(attn_attention_options) */
    int32_t score;          /**< ATTN_SCORE_... */
    int32_t padding;        /**< ATTN_PADDING_...; KEPT for FEEDFORWARD alone */
    int64_t attention_dim;  /**< A, of FEEDFORWARD and ADDITIVE; 0 means memory_dim, and is what the others take */
    int32_t outer_tanh;     /**< of FEEDFORWARD and CONCAT: 1: tanh(score) in score's place, as in the article; 0: not; the others
                                * do not look at it */
    int32_t init;           /**< ATTN_INIT_DEFAULT or ATTN_INIT_FAN_SUM */
    int64_t query_dim;      /**< Q, of the scores that ask; 0 means memory_dim, and is what FEEDFORWARD takes */
    int32_t weighting;      /**< ATTN_WEIGHTING_... */
    float temperature;      /**< 1e-6 to 1e6: above 1 the weights are more even, below 1 sharper; 0 means 1 */
} attn_attention_options;

#define ATTN_ATTENTION_OPTIONS_INIT                                                                          \
    {sizeof(attn_attention_options), ATTN_SCORE_FEEDFORWARD, ATTN_PADDING_MASKED, 0, 0, ATTN_INIT_DEFAULT, 0, \
     ATTN_WEIGHTING_SOFTMAX, 0.0f}

/** Add the tensors to the params. `options` NULL means the defaults. Errors: ARGUMENT, MEMORY; on failure the params are
 * as before. The layer keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_attention_create(attn_params *params, const char *name,
                                                        int64_t memory_dim,
                                                        const attn_attention_options *options,
                                                        attn_attention **out);
ATTN_API void attn_attention_destroy(attn_attention **attention);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_attention *attn_attention_share(attn_attention *attention);

/** Attend without a query: FEEDFORWARD.
 *     memory  [batch, items, memory_dim]; beyond lengths[b] never read
 *     lengths [batch], 0 <= lengths[b] <= items; NULL means all full
 *     weights [batch, items]; each row sums to 1; 0 beyond the length where padding is masked; a row of length 0 is then
 *             all 0. May be NULL
 *     context [batch, memory_dim]; 0 for a row of length 0. May be NULL
 * `memory` must not change before backward. Errors: ARGUMENT (also a score that needs a query), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_forward(const attn_attention *attention, attn_tape *tape,
                                                         int64_t batch, int64_t items, const float *memory,
                                                         const int32_t *lengths, float *weights,
                                                         float *context);

/** Attend with queries: one a row (queries = 1), or one for each step of a decoder. What the score makes of the memory alone is
 * computed once for all queries of a row; queries * items is at most 2^30. Memory and query may be one array: a memory that
 * asks itself.
 *     query         [batch, queries, query_dim]; beyond query_lengths[b] never read
 *     query_lengths [batch], 0 <= query_lengths[b] <= queries; NULL means all full
 *     weights       [batch, queries, items]; 0 for queries beyond the length. May be NULL
 *     context       [batch, queries, memory_dim]; 0 for queries beyond the length. May be NULL
 * The rest as above; a query of a row of length 0 has a context of 0. `memory` and `query` must not change before backward.
 * Errors: ARGUMENT (also FEEDFORWARD), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_forward_queries(
    const attn_attention *attention, attn_tape *tape, int64_t batch, int64_t items, int64_t queries,
    const float *memory, const int32_t *lengths, const float *query, const int32_t *query_lengths,
    float *weights, float *context);

/** Gradients, for the forward on top of the tape, whose sizes are given again; without queries, queries = 1.
 *     dweights [batch, queries, items], NULL means 0; beyond the lengths read only where padding is kept
 *     dcontext [batch, queries, memory_dim], NULL means 0; beyond query_lengths never read
 *     dmemory  [batch, items, memory_dim], written, 0 beyond the lengths; NULL where it is not wanted; may be
 *              forward's memory
 *     dquery   [batch, queries, query_dim], written, 0 beyond query_lengths; NULL where it is not wanted, and for
 *              FEEDFORWARD; may be forward's query
 * Where memory and query were one array, one of dmemory and dquery may be written there.
 * Errors: ARGUMENT (other sizes than forward's, a tape of another context; nothing is written), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_backward(const attn_attention *attention, attn_tape *tape,
                                                          int64_t batch, int64_t items, int64_t queries,
                                                          const float *dweights, const float *dcontext,
                                                          float *dmemory, float *dquery);

/* ---- a decoder whose next step waits for the one before it ---- */

/** Where a query, or some columns of the items, are known only when the step before has been taken, each step is a call. But what
 * ADDITIVE's score makes of the columns that stay is made once for all steps, forward and backward. The columns that move are the
 * last ones: where it looked before, say, as numbers beside each item (Chorowski et al. 2015, 1506.07503).
 *
 *     keys_j = W h_j                       attn_attention_keys_forward, with the columns of W for those of h that stay
 *     e_tj = v . tanh(keys_j + W m_tj + U s_t + b)             attn_attention_step_forward, with the others, of m
 *
 * To rounding it is what attn_attention_forward_queries computes of memories [h_j; m_tj] and one query a row. Backward the steps
 * add their gradients of the keys, and attn_attention_keys_backward takes the sum through W once:
 *
 *     keys_forward, step_forward, ..., step_forward, step_backward, ..., step_backward, keys_backward
 *
 * with any other layer's calls between them, on one tape.
 *     width   the first columns of the items, which stay: 1 to memory_dim
 *     memory  [batch, items, width]
 *     lengths as attn_attention_forward's
 *     keys    [batch, items, attention_dim], written; 0 beyond the lengths
 * `memory` must not change before backward. Errors: ARGUMENT (also another score, and numbers that are not finite), STATE,
 * MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_keys_forward(const attn_attention *attention, attn_tape *tape,
                                                              int64_t batch, int64_t items, int64_t width,
                                                              const float *memory, const int32_t *lengths,
                                                              float *keys);

/** Gradients, for the keys_forward on top of the tape.
 *     dkeys   [batch, items, attention_dim], the sum over the steps; beyond the lengths never read
 *     dmemory [batch, items, width], ADDED to; NULL where it is not wanted
 * Errors: as attn_attention_backward's. */
ATTN_API ATTN_CHECKED attn_status attn_attention_keys_backward(const attn_attention *attention, attn_tape *tape,
                                                               int64_t batch, int64_t items, int64_t width,
                                                               const float *dkeys, float *dmemory);

/** A step. Beyond the lengths nothing is read, nor anything of a row that asks nothing. All arrays but `lengths` and `asks` must
 * not change before backward. */
typedef struct attn_attention_step {
    size_t struct_size;     /**< sizeof(attn_attention_step) */
    int64_t batch, items;   /**< as those of keys_forward, as are the next three */
    int64_t width;          /**< 0: memory_dim, all columns stay */
    const float *memory;    /**< [batch, items, width] */
    const int32_t *lengths; /**< [batch], or NULL */
    const float *keys;      /**< [batch, items, attention_dim], what keys_forward wrote */
    const float *moving;    /**< [batch, items, memory_dim - width]: the other columns as they are in this step; NULL where there
                              * are none */
    const float *query;     /**< [batch, query_dim] */
    const int32_t *asks;    /**< [batch]: 1, or 0 for a row that has no such step any more; NULL: all ask */
} attn_attention_step;

#define ATTN_ATTENTION_STEP_INIT {sizeof(attn_attention_step), 0, 0, 0, 0, 0, 0, 0, 0, 0}

/** Attend in one step.
 *     weights [batch, items], as attn_attention_forward's; 0 in rows that ask nothing. May be NULL
 *     context [batch, memory_dim], of the columns that stay and of those that move; likewise
 * Errors: ARGUMENT (also another score than ADDITIVE, and numbers that are not finite), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_step_forward(const attn_attention *attention, attn_tape *tape,
                                                              const attn_attention_step *step, float *weights,
                                                              float *context);

/** What a step's backward reads and writes. Each array may be NULL: no gradient, or not wanted. */
typedef struct attn_attention_step_gradients {
    size_t struct_size;          /**< sizeof(attn_attention_step_gradients) */
    int64_t batch, items, width; /**< forward's, which are checked: other sizes are ARGUMENT, and nothing is written */
    const float *dweights;       /**< [batch, items] */
    const float *dcontext;       /**< [batch, memory_dim] */
    float *dkeys;                /**< [batch, items, attention_dim], ADDED to: zeros before the first backward, then for
                                   * keys_backward */
    float *dmemory;              /**< [batch, items, width], ADDED to: what comes through the context, and not by the keys */
    float *dmoving;              /**< [batch, items, memory_dim - width], written, 0 beyond the lengths; may be `moving` */
    float *dquery;               /**< [batch, query_dim], written, 0 in rows that asked nothing; may be `query` */
} attn_attention_step_gradients;

#define ATTN_ATTENTION_STEP_GRADIENTS_INIT {sizeof(attn_attention_step_gradients), 0, 0, 0, 0, 0, 0, 0, 0, 0}

/** Gradients, for the step_forward on top of the tape. Errors: as attn_attention_backward's. */
ATTN_API ATTN_CHECKED attn_status attn_attention_step_backward(const attn_attention *attention, attn_tape *tape,
                                                               const attn_attention_step_gradients *gradients);

/* ---- the two halves of attn_attention_forward, by themselves ---- */

/** Scores of single items, FEEDFORWARD's: e = v . tanh(W h + b) + c, with the outer tanh where the layer has it; the temperature
 * is of the weights. W h is a sum over h's columns, its key: of items in which only some columns are new (one direction's state
 * of a bidirectional encoder, say) only their part is computed, and added to what is known of the others'.
 *     memory       [count, memory_dim], of which columns [first, first + width) are read
 *     first, width 0 <= first <= first + width <= memory_dim
 *     keys         [count, attention_dim]: the keys' part of the other columns (zeros, where all are read; the keys themselves,
 *                  where width is 0); these columns' part is added
 *     scores       [count], written, and the keys hold nothing of use any more; NULL: only the keys are wanted
 * Errors: ARGUMENT (also another score, and numbers that are not finite), STATE (of the tensors), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_score(const attn_attention *attention, int64_t count,
                                                       const float *memory, int64_t first, int64_t width,
                                                       float *keys, float *scores);

/** How the scores of single items move with them, FEEDFORWARD's: slopes[count, memory_dim], written, of memory
 * [count, memory_dim]: de/dh. Errors: as attn_attention_score's. */
ATTN_API ATTN_CHECKED attn_status attn_attention_score_slopes(const attn_attention *attention, int64_t count,
                                                              const float *memory, float *slopes);

/** Weights of scores, of any layer's score, e as the table above has it: weighting(e / temperature) over each row's length.
 *     scores  [batch, items], beyond lengths[b] never read
 *     weights [batch, items], as attn_attention_forward writes them; may be the scores
 * Errors: ARGUMENT (also scores that are not finite), STATE (where padding is kept, tensors that are not), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_weigh(const attn_attention *attention, int64_t batch,
                                                       int64_t items, const float *scores,
                                                       const int32_t *lengths, float *weights);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_attention_info {
    size_t struct_size;
    const char *name; /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t memory_dim;    /**< the width of an item */
    int64_t query_dim;     /**< 0 for FEEDFORWARD */
    int64_t attention_dim; /**< of FEEDFORWARD and ADDITIVE; else 0 */
    int32_t score, padding, outer_tanh, weighting; /**< as in the options; outer_tanh 0 where the score has none */
    float temperature;                             /**< 1 where 0 was asked for */
    int32_t reserved;                              /**< 0 */
} attn_attention_info;

#define ATTN_ATTENTION_INFO_INIT {sizeof(attn_attention_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_attention_get_info(const attn_attention *attention, attn_attention_info *info);

/* ---- a memory that is asked again and again: a decoder, step by step ---- */

/** A copy of a memory with what the score makes of it alone. Thread-safety: immutable; any number of threads at once. */
typedef struct attn_attention_memory attn_attention_memory;

/** Nothing yet: for what later versions add. */
typedef struct attn_attention_memory_options {
    size_t struct_size; /**< sizeof(attn_attention_memory_options) */
    int64_t reserved;   /**< 0 */
} attn_attention_memory_options;

#define ATTN_ATTENTION_MEMORY_OPTIONS_INIT {sizeof(attn_attention_memory_options), 0}

/** Copy memory[batch, items, memory_dim] and compute its part of the score with the layer's values as they are now; what is
 * trained or loaded later does not reach it, and the layer and its params may be destroyed. `options` NULL means the defaults.
 * Errors: ARGUMENT (also FEEDFORWARD, which asks nothing), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_memory_create(const attn_attention *attention, int64_t batch,
                                                               int64_t items, const float *memory,
                                                               const int32_t *lengths,
                                                               const attn_attention_memory_options *options,
                                                               attn_attention_memory **out);
/** Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_attention_memory_destroy(attn_attention_memory **memory);

/** Ask `count` queries, each of one row of the memory, on the threads of the layer's context: what
 * attn_attention_forward_queries gives, but for the last places of the numbers.
 *     rows    [count], 0 <= rows[i] < batch; several queries may ask the same row (the hypotheses of a beam); NULL: query i
 *             asks row i, and count is at most batch
 *     query   [count, query_dim]
 *     weights [count, items], 0 beyond the row's length; may be NULL
 *     context [count, memory_dim], may be NULL
 * Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attention_memory_attend(const attn_attention_memory *memory,
                                                               int64_t count, const int32_t *rows,
                                                               const float *query, float *weights,
                                                               float *context);

ATTN_END_DECLS
#endif
