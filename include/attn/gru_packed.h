/** gru_packed.h - a trained GRU made ready for inference: its weights packed once, in float32, in bfloat16 or in int8, and the
 * projections of a whole embedding kept.
 *
 * attn_gru_forward packs the weights anew in every call, since training changes them; for batches of some size that costs
 * nothing. For one sequence, or one step, at a time a packed copy is faster, and bfloat16 faster still, since a single row
 * is bound by reading the weights. int8 reads a quarter, and multiplies four times as many numbers at once where the processor
 * has instructions for it (AVX512_VNNI), twice as many with AVX2: faster for one row, and for batches. */
#ifndef ATTN_GRU_PACKED_H
#define ATTN_GRU_PACKED_H

#include "gru.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may use it at once. */
typedef struct attn_gru_packed attn_gru_packed;

/** What a precision (context.h) is of a packed GRU:
 *     ATTN_PRECISION_BFLOAT16   the weights are rounded; states and sums stay in float32
 *     ATTN_PRECISION_INT8       the weights are rounded, and products are of integers; states and gates stay in float32
 *
 * In int8, in W x and U h, and with reset before U_n (r * h), each row w of a weight matrix is rounded once to whole multiples,
 * from -127 to 127, of max|w| / 127, and the vector x anew each time to those of max|x| / 127 (each 1,024 numbers by a maximum of
 * their own; one of 2^-120 or less counts as 0). Their products are added up exactly. So of k numbers a sum w . x is off by
 * at most
 *     max|w| / 254 * sum |x| + max|x| / 254 * sum |w| + k * max|w| * max|x| / 254^2
 * and mostly by some sqrt(k) * max|w| * max|x| / 600, since one number is off this way and the next that. The sums are the
 * same bits on every processor.
 * Source: Jacob et al. 2018 (1712.05877), here symmetric, and with the vectors' ranges as they come. */

typedef struct attn_gru_packed_options {
    size_t struct_size; /**< sizeof(attn_gru_packed_options) */
    int32_t precision;  /**< ATTN_PRECISION_...: of W and U; biases and states are float32 */
    int32_t reserved;   /**< 0 */
    /** For ids: W x of every row of this table is computed once and kept, which takes rows * 3 * hidden_dim * directions
     * floats (72 MB for 30,000 rows at hidden_dim 200). NULL: ids are errors. It need only live until the call returns. */
    const attn_embedding *embedding;
} attn_gru_packed_options;

#define ATTN_GRU_PACKED_OPTIONS_INIT {sizeof(attn_gru_packed_options), ATTN_PRECISION_FLOAT32, 0, 0}

/** Pack a copy of the GRU's weights as they are now; what is trained or loaded later does not reach it, and the GRU, its
 * params and the embedding may be destroyed. `options` NULL means the defaults. Errors: ARGUMENT (a precision that is none, a
 * table whose rows are not as wide as the GRU's input), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_packed_create(const attn_gru *gru,
                                                         const attn_gru_packed_options *options,
                                                         attn_gru_packed **out);
ATTN_API void attn_gru_packed_destroy(attn_gru_packed **packed);

/** One direction of a GRU of one layer, as a packed GRU of its own: it shares the memory of `packed`, which may be destroyed.
 * output_dim is hidden_dim then, and a state is that direction's alone; where only one direction is wanted, or each from other
 * states, the other takes no time.
 *     direction 0, or of a bidirectional GRU 1: it reads each row from its end, as it did (y stays in the row's order, and h0
 *               is the state behind the end)
 * Errors: ARGUMENT (also several bidirectional layers, each of which reads both directions of the one before), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_packed_direction(attn_gru_packed *packed, int32_t direction,
                                                            attn_gru_packed **out);

/** What it is. Filled up to struct_size. */
typedef struct attn_gru_packed_info {
    size_t struct_size;
    const char *name; /**< the GRU's; lives as long as this */
    int64_t input_dim, hidden_dim, output_dim, state_count; /**< as attn_gru_info's */
    int64_t rows; /**< of the embedding; 0: ids are errors */
    int32_t layers, bidirectional, reset, layer_norm; /**< as attn_gru_info's */
    int32_t precision;    /**< ATTN_PRECISION_... */
    int32_t experimental; /**< as attn_gru_info's */
} attn_gru_packed_info;

#define ATTN_GRU_PACKED_INFO_INIT {sizeof(attn_gru_packed_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_gru_packed_get_info(const attn_gru_packed *packed, attn_gru_packed_info *info);

/** attn_gru_forward without a tape: shapes and meanings are its, and in float32 the bits too. Ids are rows of the embedding that
 * was given at creation; in->embedding is NULL, or that one. Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_packed_forward(const attn_gru_packed *packed,
                                                          const attn_sequence *in, const float *h0, float *y,
                                                          float *hn);

/** One step, for streams: `in` has time 1 and no lengths, so that x is [batch, input_dim], or ids [batch].
 *     h [state_count, batch, hidden_dim] is read and replaced; the output is the last layer's state,
 *       h + (state_count - 1) * batch * hidden_dim. x must not overlap h
 * The calling thread works alone. Errors: ARGUMENT (also for a bidirectional GRU, which needs the whole sequence, though one of
 * its directions does not; and for one with ATTN_GRU_ORTHOGONAL), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_gru_packed_step(const attn_gru_packed *packed, const attn_sequence *in,
                                                       float *h);

ATTN_END_DECLS
#endif
