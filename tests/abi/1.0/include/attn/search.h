/** search.h - from a decoder that says how likely each next token is to the sequence that it means: greedy, sampled or by beam.
 *
 * The decoder is a callback. It keeps the states of its hypotheses; the search says which of them go on, and with what token.
 *
 *     greedy   the likeliest token at every step
 *     sample   a token drawn from softmax(logits / temperature), of the top_k likeliest ones
 *     beam     the `beam` likeliest beginnings side by side (Sutskever et al. 2014, 1409.3215); of those that reached the end the
 *              one of largest log p / length^length_penalty, length counting the end */
#ifndef ATTN_SEARCH_H
#define ATTN_SEARCH_H

#include "context.h"

ATTN_BEGIN_DECLS

#define ATTN_SEARCH_GREEDY 0 /**< the likeliest token at each step */
#define ATTN_SEARCH_SAMPLE 1 /**< a token drawn at each step */
#define ATTN_SEARCH_BEAM 2   /**< the likeliest of several hypotheses */

/** How a sequence is looked for. */
typedef struct attn_search_options {
    size_t struct_size;   /**< sizeof(attn_search_options) */
    int32_t method;       /**< ATTN_SEARCH_... */
    int32_t begin_id;     /**< what each hypothesis starts with; it is not part of the result */
    int32_t end_id;       /**< what ends one; likewise */
    int32_t beam;         /**< BEAM: hypotheses a row, at most 256; 0 means 4 */
    int32_t top_k;        /**< SAMPLE: 0 means all */
    float temperature;    /**< SAMPLE: > 0; 0 means 1 */
    float length_penalty; /**< BEAM: >= 0; 0: the likeliest, which favours short ones */
    int32_t reserved;     /**< 0 */
    uint64_t seed;        /**< SAMPLE: the draws are a function of seed, row and place alone */
} attn_search_options;

#define ATTN_SEARCH_OPTIONS_INIT {sizeof(attn_search_options), ATTN_SEARCH_GREEDY, 0, 0, 0, 0, 0.0f, 0.0f, 0, 0}

/** One step of the decoder for `count` hypotheses.
 *     rows    [count]: the row of the batch that each one belongs to, rising
 *     parents [count]: the hypothesis of the call before whose state each one continues; at the first call its row
 *     tokens  [count]: the token that each one took last
 *     logits  [count, classes], written: of the next token; any numbers, of which the softmax is taken. -INFINITY rules a token
 *             out, NaN and +INFINITY are errors
 * Anything but ATTN_OK ends the search and is what attn_search returns; attn_set_error says why. It is called by the thread that
 * called attn_search. */
typedef attn_status (*attn_search_step_fn)(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                                           const int32_t *tokens, float *logits);

/** Search for the sequences of `batch` rows.
 *     classes    how many tokens there are, begin and end among them
 *     max_length where a sequence that has not ended is cut; >= 1. The last call of `step` asks only whether the longest ones end
 *                there, so that there are at most max_length + 1
 *     step       what is asked, with `user`
 *     options    NULL is an error, as begin_id and end_id are tokens that nobody else knows: zeros say that both are token 0
 *     tokens     [batch, max_length]: the sequences without begin and end; beyond the length end_id
 *     lengths    [batch]
 *     scores     [batch]: log p of the sequence, its end included unless it was cut; may be NULL. (Of a sample: under
 *                softmax(logits).)
 * Rows that have ended leave: count falls. A beam's row ends when no hypothesis that goes on could end better than the best that
 * has ended: at any length up to max_length, or once `beam` have ended, at its own. One that ended goes before any that was cut.
 * Of equal logits the lower token wins.
 * Errors: ARGUMENT (also logits that are no numbers, or rule out every token), MEMORY, and what `step` returned.
 * Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_search(attn_context *context, int64_t batch, int64_t classes,
                                              int64_t max_length, attn_search_step_fn step, void *user,
                                              const attn_search_options *options, int32_t *tokens,
                                              int32_t *lengths, float *scores);

ATTN_END_DECLS
#endif
