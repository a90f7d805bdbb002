/** attngru.h - the attention GRU: a GRU whose steps are opened from outside, by the openings of its sequence: attention's
 * weights, say.
 *
 * At each step its opening a says how much of the step is taken. It is one number a step, or one for each of the H numbers of
 * the state; gates in the order r, z, n, as in gru.h:
 *
 *     ATTN_ATTNGRU_REPLACE   h' = a n + (1 - a) h                       DMN+ (Xiong et al. 2016, 1603.01417): there is no z
 *     ATTN_ATTNGRU_PAPER     u = a z;  h' = u n + (1 - u) h             AUGRU as published (DIEN, Zhou et al. 2019, 1809.03672):
 *                                                                       z is how much is TAKEN
 *     ATTN_ATTNGRU_CODE      u = (1 - a) z;  h' = u h + (1 - u) n       AUGRU as its authors' code and oneDNN have it: z is KEEP
 *
 *     r = sigmoid(W_r x + b_r + U_r h + c_r);   z = sigmoid(W_z x + b_z + U_z h + c_z)
 *     n = tanh(W_n x + b_n + r * (U_n h + c_n))      reset after;     n = tanh(W_n x + b_n + U_n (r * h) + c_n)     reset before
 *
 * With REPLACE and PAPER a = 0 keeps the state to the bit; with REPLACE and CODE a = 1 takes the candidate n (CODE: a = 1 gives
 * u = 0). An opening may be any number. Layer normalisation as in gru.h.
 *
 * Tensors, gates below each other: r, z, n, or r, n with REPLACE, which has G = 2 gates and not 3:
 *     NAME.weight_ih [G H, E], NAME.weight_hh [G H, H], NAME.bias_ih [G H], NAME.bias_hh [G H]
 *     NAME.norm_gain, NAME.norm_shift [G H]   with layer normalisation
 * First values as in gru.h. */
#ifndef ATTN_ATTNGRU_H
#define ATTN_ATTNGRU_H

#include "gru.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_attngru attn_attngru;

/** What an opening does: the equations stand above. */
#define ATTN_ATTNGRU_REPLACE 0
#define ATTN_ATTNGRU_PAPER 1
#define ATTN_ATTNGRU_CODE 2

/** How an attention GRU steps. */
typedef struct attn_attngru_options {
    size_t struct_size;      /**< sizeof(attn_attngru_options) */
    int32_t form;            /**< ATTN_ATTNGRU_... */
    int32_t vector_openings; /**< 1: an opening for each number of the state; 0: one a step */
    int32_t reset;           /**< ATTN_GRU_RESET_... */
    int32_t layer_norm;      /**< 1: on */
    int32_t init;            /**< ATTN_INIT_DEFAULT or ATTN_INIT_FAN_SUM_RELU */
    float dropout;           /**< its probability for the outputs, 0 <= dropout < 1; not for the state handed to the next step */
} attn_attngru_options;

#define ATTN_ATTNGRU_OPTIONS_INIT                                                                            \
    {sizeof(attn_attngru_options), ATTN_ATTNGRU_REPLACE, 0, ATTN_GRU_RESET_AFTER, 0, ATTN_INIT_DEFAULT, 0.0f}

/** Add the tensors above to the params. `options` NULL means the defaults. Errors: ARGUMENT, MEMORY; on failure the params are
 * as before. The layer keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_attngru_create(attn_params *params, const char *name,
                                                      int64_t input_dim, int64_t hidden_dim,
                                                      const attn_attngru_options *options,
                                                      attn_attngru **out);
ATTN_API void attn_attngru_destroy(attn_attngru **attngru);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_attngru *attn_attngru_share(attn_attngru *attngru);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_attngru_info {
    size_t struct_size;
    const char *name; /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t input_dim, hidden_dim; /**< as given to attn_attngru_create */
    int32_t form, vector_openings, reset, layer_norm; /**< as in the options */
    float dropout;    /**< likewise */
    int32_t reserved; /**< 0 */
} attn_attngru_info;

#define ATTN_ATTNGRU_INFO_INIT {sizeof(attn_attngru_info), 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_attngru_get_info(const attn_attngru *attngru, attn_attngru_info *info);

/** Encode a batch of vectors, or of ids (sequence.h), to the same bits.
 *     in  x or ids, and openings: one a step, or hidden_dim of them. A row of length 0 gives zeros, and hn = h0
 *     h0  [batch, hidden_dim]; NULL means 0
 *     y   [batch, time, hidden_dim]: every state; 0 beyond lengths[b]; may be NULL
 *     hn  [batch, hidden_dim]: the last one, never dropped; may be NULL, and may be h0, as attn_gru_forward's
 * Errors: ARGUMENT (also an id that is no row), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attngru_forward(const attn_attngru *attngru, attn_tape *tape,
                                                       const attn_sequence *in, const float *h0, float *y,
                                                       float *hn);

/** Back through time, for the forward that is on top of the tape.
 *     dy  [batch, time, hidden_dim], beyond the lengths never read; NULL means 0
 *     dhn [batch, hidden_dim]; NULL means 0
 *     out forward's batch and time, and the gradients of its input and openings that are wanted
 *     dh0 [batch, hidden_dim], written; NULL where it is not wanted; may be dhn
 * Gradients of the tensors are added to the params. Errors: ARGUMENT, STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_attngru_backward(const attn_attngru *attngru, attn_tape *tape,
                                                        const float *dy, const float *dhn,
                                                        const attn_sequence_gradients *out, float *dh0);

ATTN_END_DECLS
#endif
