/** gru.h - the gated recurrent encoder: vectors to states.
 *
 * One layer in one direction, gates in the order r, z, n (PyTorch's); z is KEEP:
 *
 *     r = sigmoid(W_r x + b_r + U_r h + c_r)
 *     z = sigmoid(W_z x + b_z + U_z h + c_z)
 *     n = tanh(W_n x + b_n + r * (U_n h + c_n))      reset after (PyTorch, cuDNN)
 *     n = tanh(W_n x + b_n + U_n (r * h) + c_n)      reset before (Cho et al. 2014, 1406.1078, and the article)
 *     h' = z * h + (1 - z) * n
 *
 * With layer normalisation each gate's pre-activation a (what stands inside sigmoid or tanh) is normalised over the
 * hidden dimension first (Ba et al. 2016, 1607.06450): gain * (a - mean) / sqrt(var + 1e-5) + shift.
 *
 * Tensors, under PyTorch's names, so that weights move to and from torch.nn.GRU: for layer k (and again with the
 * suffix _reverse for the backward direction)
 *     NAME.weight_ih_lk [3H, E]   W_r, W_z, W_n; E is input_dim for k = 0, else H * directions
 *     NAME.weight_hh_lk [3H, H]   U_r, U_z, U_n
 *     NAME.bias_ih_lk   [3H]      b
 *     NAME.bias_hh_lk   [3H]      c
 *     NAME.norm_gain_lk, NAME.norm_shift_lk [3H]   with layer normalisation
 *
 * First values: W Glorot for each gate, U orthogonal for each gate, biases 0, gain 1, shift 0. ATTN_INIT_FAN_SUM_RELU
 * gives the article's: W and U uniform +-sqrt(2)/sqrt(fan_in + fan_out) of its joint matrices [E + H, 2H] and [E + H, H],
 * b_r = b_z = 1. */
#ifndef ATTN_GRU_H
#define ATTN_GRU_H

#include "sequence.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_gru attn_gru;

/** Where r stands in n: the equations are above. */
#define ATTN_GRU_RESET_AFTER 0
#define ATTN_GRU_RESET_BEFORE 1

/** How a GRU is made. */
typedef struct attn_gru_options {
    size_t struct_size;    /**< sizeof(attn_gru_options) */
    int32_t layers;        /**< 0 means 1; at most 16 */
    int32_t bidirectional; /**< 1: a second GRU reads each row from its end; outputs are [forward, backward] */
    int32_t reset;         /**< ATTN_GRU_RESET_... */
    int32_t layer_norm;    /**< 1: on */
    int32_t init;          /**< ATTN_INIT_DEFAULT or ATTN_INIT_FAN_SUM_RELU */
    float dropout;         /**< its probability for every layer's outputs, the last one's too; 0 <= dropout < 1. The state
                                 that a step hands to the next is not dropped */
    float input_dropout;   /**< the same for the vectors of ids. All tokens of an id in
                                 the call are dropped alike; the next call draws anew. Vectors that the caller lays out are
                                 the caller's to drop (attn_dropout_forward) */
    int32_t experimental;  /**< flags of experimental.h, which are not promised */
} attn_gru_options;

#define ATTN_GRU_OPTIONS_INIT {sizeof(attn_gru_options), 0, 0, ATTN_GRU_RESET_AFTER, 0, ATTN_INIT_DEFAULT, 0.0f, 0.0f, 0}

/** Add the tensors above to the params. `options` NULL means the defaults. Errors: ARGUMENT (a dimension outside 1 to
 * 65536, an option out of range, a name that is taken or that no layer may have), MEMORY; on failure the params are as before.
 * The GRU keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_gru_create(attn_params *params, const char *name, int64_t input_dim,
                                                  int64_t hidden_dim, const attn_gru_options *options,
                                                  attn_gru **out);
ATTN_API void attn_gru_destroy(attn_gru **gru);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_gru *attn_gru_share(attn_gru *gru);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_gru_info {
    size_t struct_size;
    const char *name; /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t input_dim, hidden_dim; /**< as given to attn_gru_create */
    int64_t output_dim;  /**< hidden_dim * directions: the width of y */
    int64_t state_count; /**< layers * directions: how many states h0 and hn hold */
    int32_t layers, bidirectional, reset, layer_norm; /**< as in the options, layers not 0 */
    float dropout, input_dropout; /**< likewise */
    int32_t experimental; /**< as in the options */
    int32_t reserved;     /**< 0 */
} attn_gru_info;

#define ATTN_GRU_INFO_INIT {sizeof(attn_gru_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0.0f, 0, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_gru_get_info(const attn_gru *gru, attn_gru_info *info);

/** Encode a batch of vectors, or of ids (sequence.h). With a tape and input_dropout the rows of ids are dropped; otherwise ids
 * give what their vectors give, to the bit.
 *     in  x or ids; no openings. A row of length 0 gives zeros, and hn = h0
 *     h0  [state_count, batch, hidden_dim], layer by layer, forward before backward; NULL means 0
 *     y   [batch, time, output_dim]; 0 beyond lengths[b]; may be NULL
 *     hn  [state_count, batch, hidden_dim], the state after each row's last step, never dropped; may be
 *         NULL. In layer k, direction d it is state k * directions + d. May be h0, from which a stream's next call then goes
 *         on: backward does not need it. Where the call fails it holds no states
 * Errors: ARGUMENT (also an id that is no row), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_forward(const attn_gru *gru, attn_tape *tape,
                                                   const attn_sequence *in, const float *h0, float *y,
                                                   float *hn);

/** Back through time, for the forward that is on top of the tape.
 *     dy  [batch, time, output_dim], beyond the lengths never read; NULL means 0
 *     dhn [state_count, batch, hidden_dim]; NULL means 0
 *     out forward's batch and time, and the gradients of its input that are wanted
 *     dh0 [state_count, batch, hidden_dim], written; NULL where it is not wanted; may be dhn
 * Gradients of the tensors are added to the params. Errors: ARGUMENT, STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_backward(const attn_gru *gru, attn_tape *tape, const float *dy,
                                                    const float *dhn, const attn_sequence_gradients *out,
                                                    float *dh0);

ATTN_END_DECLS
#endif
