/* attention.h - soft attention: states to weights and a context.
 *
 * Over a memory H[B,J,D] of anything (words, image regions, frames), for each row
 *
 *     u_j = tanh(W h_j + b)           A numbers
 *     e_j = tanh(v . u_j + c)         the outer tanh can be left out
 *     a   = softmax(e)                over the row's length, or with padding kept over all J
 *     context = sum_j a_j h_j
 *
 * This is the `feedforward` score of the article "Interpretability via attentional and memory-based interfaces, using
 * TensorFlow" (2017). With padding kept, what lies beyond the length takes part in the softmax as a state of zeros;
 * it is never read.
 *
 * Tensors: NAME.weight [A, D], NAME.bias [A], NAME.score_weight [A], NAME.score_bias [1]. First values: weight Glorot,
 * score_weight Glorot, biases 0; ATTN_INIT_ARTICLE the article's. */
#ifndef ATTN_ATTENTION_H
#define ATTN_ATTENTION_H

#include "tape.h"

ATTN_BEGIN_DECLS

/* Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_attention attn_attention;

#define ATTN_SCORE_FEEDFORWARD 0

#define ATTN_PADDING_MASKED 0
#define ATTN_PADDING_KEPT 1

typedef struct attn_attention_options {
    size_t struct_size;     /* sizeof(attn_attention_options) */
    int32_t score;          /* ATTN_SCORE_... */
    int32_t padding;        /* ATTN_PADDING_... */
    int64_t attention_dim;  /* A; 0 means memory_dim */
    int32_t outer_tanh;     /* 1: on, as in the article; 0: off */
    int32_t init;           /* ATTN_INIT_DEFAULT or ATTN_INIT_ARTICLE */
} attn_attention_options;

#define ATTN_ATTENTION_OPTIONS_INIT                                                                          \
    {sizeof(attn_attention_options), ATTN_SCORE_FEEDFORWARD, ATTN_PADDING_MASKED, 0, 1, ATTN_INIT_DEFAULT}

/* Add the tensors to the params. `options` NULL means the defaults. Errors: ARGUMENT, MEMORY; on failure the params are
 * as before. The layer keeps the params alive. */
ATTN_API attn_status attn_attention_create(attn_params *params, const char *name, int64_t memory_dim,
                                           const attn_attention_options *options, attn_attention **out);
ATTN_API void attn_attention_destroy(attn_attention **attention);

/* Attend.
 *     memory  [batch, items, memory_dim]; beyond lengths[b] never read
 *     lengths [batch], 0 <= lengths[b] <= items; NULL means all full
 *     weights [batch, items]; each row sums to 1; 0 beyond the length where padding is masked; a row of length 0 is then
 *             all 0. May be NULL
 *     context [batch, memory_dim]; 0 for a row of length 0. May be NULL
 * `memory` must not change before backward. Errors: ARGUMENT, MEMORY. */
ATTN_API attn_status attn_attention_forward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                            int64_t items, const float *memory, const int32_t *lengths, float *weights,
                                            float *context);

/* Gradients, for the forward on top of the tape.
 *     dweights [batch, items], NULL means 0; beyond the length read only where padding is kept
 *     dcontext [batch, memory_dim], NULL means 0
 *     dmemory  [batch, items, memory_dim], written, 0 beyond the lengths; NULL where it is not wanted; may be
 *              forward's memory
 * Errors: ARGUMENT, STATE, MEMORY. */
ATTN_API attn_status attn_attention_backward(const attn_attention *attention, attn_tape *tape, const float *dweights,
                                             const float *dcontext, float *dmemory);

ATTN_END_DECLS
#endif
