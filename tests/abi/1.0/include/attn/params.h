/** params.h - the numbers that training changes: named tensors, their values and their gradients.
 *
 * Layers add their tensors here when they are created. All values lie in one flat array and all gradients in
 * another of the same layout, so that an optimiser, a norm or a copy is one loop.
 *
 *     attn_params_zero_grad(params);
 *     ...                              forward and backward
 *     float *w = attn_params_values(params), *g = attn_params_gradients(params);
 *     for (int64_t i = 0; i < attn_params_size(params); i++) w[i] -= 0.1f * g[i];
 *
 * Gradients ACCUMULATE: each backward adds to them, and attn_params_zero_grad clears them.
 *
 * Names. Whatever the params hold, a file can hold (file.h), and so a name is checked when it is given. It is UTF-8 without
 * control characters (U+0000 to U+001F, U+007F to U+009F).
 * - A tensor's has 1 to 255 bytes. Not "__metadata__" and "ngrams", nor what begins with "adam." or ends in ".scales" or
 *   ".ngrams": so a file calls what it holds beside them.
 * - A layer's has at most 255; its tensors are called NAME.weight and so on. Not "adam", nor what begins with "adam.". "" is a
 *   name too: the layer's tensors are then called "weight" and so on, as in the state_dict of one PyTorch module.
 * - Each tensor and each layer of the same params has a name of its own. */
#ifndef ATTN_PARAMS_H
#define ATTN_PARAMS_H

#include "context.h"

ATTN_BEGIN_DECLS

/** Named tensors: attn_params_create says which threads may do what. */
typedef struct attn_params attn_params;

/** How a new tensor [out, in] gets its first values. Rank 1 counts as [1, n]. Every number is a function of the
 * seed, the tensor's name and the position in it, so it does not depend on the order in which layers are made. */
#define ATTN_INIT_DEFAULT 0      /**< what the layer's comment says */
#define ATTN_INIT_ZERO 1         /**< 0 */
#define ATTN_INIT_ONE 2          /**< 1 */
#define ATTN_INIT_GLOROT 3       /**< uniform +-sqrt(6 / (in + out)) (Glorot and Bengio 2010) */
#define ATTN_INIT_FAN_SUM 4      /**< uniform +-1 / sqrt(in + out): for tanh and sigmoid */
#define ATTN_INIT_FAN_SUM_RELU 5 /**< uniform +-sqrt(2) / sqrt(in + out): for relu */
#define ATTN_INIT_ORTHOGONAL 6   /**< orthonormal columns in each square block of rows (Saxe 2013) */
#define ATTN_INIT_NORMAL 7       /**< normal, mean 0, standard deviation 0.1 */

/** What a number of a tensor is in memory or in a file. */
#define ATTN_DTYPE_FLOAT32 0
#define ATTN_DTYPE_BFLOAT16 1
#define ATTN_DTYPE_FLOAT16 2
#define ATTN_DTYPE_INT8 3    /**< of a file alone: bytes, and beside them a scale a row */
#define ATTN_DTYPE_OTHER 100 /**< a file may hold it; no call of this version reads it as numbers */

#define ATTN_MAX_RANK 8 /**< dimensions of a tensor */

/** A look at one tensor, which the library fills up to struct_size. The pointers hold until the next tensor is added to the
 * same params, and for life once these are sealed. */
typedef struct attn_tensor {
    size_t struct_size;           /**< sizeof(attn_tensor), set by the caller */
    const char *name;             /**< "encoder.weight_hh_l0"; lives as long as the params */
    int32_t dtype;                /**< ATTN_DTYPE_...; of params always FLOAT32 */
    int32_t rank;                 /**< of params 1 to ATTN_MAX_RANK */
    int64_t shape[ATTN_MAX_RANK]; /**< row-major; 1 beyond rank */
    int64_t size;                 /**< how many numbers */
    int64_t offset;               /**< of its first number in the flat arrays; -1: it is in none */
    float *values;                /**< NULL where they are not in memory as float32 */
    float *gradients;             /**< NULL until attn_params_zero_grad or the first backward made them */
    int32_t trainable;            /**< 1, or 0 where it is frozen: gradients stay 0 and the optimiser leaves it alone */
    float lr_scale;               /**< times the optimiser's learning rate */
    const int64_t *used_rows;     /**< [used_count], where the gradient is sparse by rows, as an embedding's is: those that it may
                                     * not be 0 in; NULL where it is dense, and of a file */
    int64_t used_count;           /**< since the last attn_params_zero_grad, as of this look */
} attn_tensor;

#define ATTN_TENSOR_INIT {sizeof(attn_tensor), 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 0, 0, 0.0f, 0, 0}

/** What first values are drawn with. */
typedef struct attn_params_options {
    size_t struct_size; /**< sizeof(attn_params_options) */
    uint64_t seed;      /**< of the first values of the tensors that will be added */
} attn_params_options;

#define ATTN_PARAMS_OPTIONS_INIT {sizeof(attn_params_options), 0}

/** Make an empty set of tensors. `options` NULL means the defaults. Errors: ARGUMENT (context is NULL), MEMORY.
 * Thread-safety: any number of threads may read, and run inference on the layers that live here, at once; adding
 * tensors, backward and optimiser steps need the params to themselves (but see ATTN_TAPE_INPUTS). */
ATTN_API ATTN_CHECKED attn_status attn_params_create(attn_context *context,
                                                     const attn_params_options *options, attn_params **out);

/** Let go of the params and set the pointer to NULL; layers that live in them keep them alive. NULL is fine. */
ATTN_API void attn_params_destroy(attn_params **params);

/** The context that they were made with, for layers that a program writes. It is the params', which keep it alive; NULL for
 * NULL. */
ATTN_API attn_context *attn_params_context(const attn_params *params);

/** How a tensor begins, and is trained. */
typedef struct attn_tensor_options {
    size_t struct_size; /**< sizeof(attn_tensor_options) */
    int32_t init;       /**< ATTN_INIT_...; the default is Glorot */
    int32_t frozen;     /**< 1: not trainable */
    float init_scale;   /**< > 0: times the first values that `init` says; 0: 1 */
    float lr_scale;     /**< > 0: as attn_params_set_lr_scale; 0: 1 */
} attn_tensor_options;

#define ATTN_TENSOR_OPTIONS_INIT {sizeof(attn_tensor_options), ATTN_INIT_DEFAULT, 0, 0.0f, 0.0f}

/** Add a tensor of your own: shape[rank], rank 1 to ATTN_MAX_RANK; `options` NULL means the defaults. Pointers to values and
 * gradients taken before are no longer valid, not even after a failure. Errors: ARGUMENT (a NULL, a name that is taken or that
 * no tensor may have, a number out of range), STATE (the params are sealed), MEMORY; on failure the params are as
 * before. */
ATTN_API ATTN_CHECKED attn_status attn_params_add(attn_params *params, const char *name, int32_t rank,
                                                  const int64_t *shape, const attn_tensor_options *options);

/** No more tensors and layers from now on: adding one is STATE, and so pointers to values and gradients hold for the life of
 * the params. Sealing twice is fine. Errors: ARGUMENT (params is NULL). */
ATTN_API ATTN_CHECKED attn_status attn_params_seal(attn_params *params);

/** How many tensors, and how many numbers in all; 0 for NULL. */
ATTN_API int64_t attn_params_count(const attn_params *params);
ATTN_API int64_t attn_params_size(const attn_params *params);

/** The flat arrays, [attn_params_size]; they hold until the next tensor is added. Neither call allocates: gradients are NULL
 * until attn_params_zero_grad or the first backward made them, so that inference does not pay for them. Both are NULL for NULL
 * and where there is no tensor. */
ATTN_API float *attn_params_values(const attn_params *params);
ATTN_API float *attn_params_gradients(const attn_params *params);

/** Look at tensor `index`, in the order of adding, or at the one called `name`. `view->struct_size` must be set.
 * Errors: ARGUMENT (no such tensor). */
ATTN_API ATTN_CHECKED attn_status attn_params_tensor(const attn_params *params, int64_t index, attn_tensor *view);
ATTN_API ATTN_CHECKED attn_status attn_params_find(const attn_params *params, const char *name, attn_tensor *view);

/** Freeze (trainable = 0) or thaw (1) the tensor called `name`; freezing it sets its gradient to 0. No file keeps this: set it
 * again when a run goes on. Errors: ARGUMENT (no such tensor; another number). */
ATTN_API ATTN_CHECKED attn_status attn_params_set_trainable(attn_params *params, const char *name, int32_t trainable);

/** Let the tensor called `name` learn `scale` times as fast as the optimiser's learning rate says; 1 at first. An embedding,
 * each row of which is updated only when it is used, often wants more than the weights that every step updates. No file keeps
 * this: set it again when a run goes on. Errors: ARGUMENT (no such tensor; scale is not above 0 and finite). */
ATTN_API ATTN_CHECKED attn_status attn_params_set_lr_scale(attn_params *params, const char *name, float scale);

/** An embedding's gradient is sparse: rows that no backward used since the last attn_params_zero_grad count as 0, and are
 * not cleared. A program that writes gradients of such rows itself (their mean over several processes, say) names them
 * here: rows[count] of the tensor called `name`, whose used_rows they join. Does nothing for other tensors. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_params_use_rows(attn_params *params, const char *name, int64_t count,
                                                       const int64_t *rows);

/** Set every gradient to 0; the first call makes them, and only the rows of an embedding that were used since the last call
 * are touched. Errors: ARGUMENT (params is NULL), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_params_zero_grad(attn_params *params);

ATTN_END_DECLS
#endif
