/** adam.h - the optimiser: Adam (Kingma and Ba 2015, 1412.6980), bias-corrected, with decoupled weight decay
 * (Loshchilov and Hutter 2019, 1711.05101), clipping by the global norm, and a rate that decays to a floor.
 *
 *     lr_t = max(lr_floor, lr * lr_decay ^ (step / lr_decay_steps))
 *     g    = gradient * min(1, clip_norm / norm of all gradients)
 *     m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g^2
 *     w = w - lr_t * weight_decay * w - lr_t * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * A tensor with a scale of its own (attn_params_set_lr_scale) learns that many times as fast.
 *
 * Where it is wanted, an exponential moving average of the weights is kept beside them. It generalises better than the last
 * weights do: measure and save the model with the average swapped in.
 *
 *     d = min(average, (1 + t) / (10 + t));   a = d a + (1 - d) w
 *
 * Of an embedding only the rows that were used since the last attn_params_zero_grad are updated, and their m and v with
 * them (the rule of PyTorch's SparseAdam; epsilon stands where Adam has it); weight decay leaves such tensors alone. */
#ifndef ATTN_ADAM_H
#define ATTN_ADAM_H

#include "params.h"

ATTN_BEGIN_DECLS

/** Thread-safety: one thread at a time, and none that uses the params meanwhile. */
typedef struct attn_adam attn_adam;

/** Where 0 stands for another number, ATTN_ZERO asks for 0 itself: of lr, beta1, beta2 and epsilon. */
typedef struct attn_adam_options {
    size_t struct_size;     /**< sizeof(attn_adam_options) */
    float lr;               /**< the learning rate, >= 0; 0: 1e-3 */
    float beta1;            /**< 0 <= beta < 1; 0: 0.9 */
    float beta2;            /**< 0 <= beta < 1; 0: 0.999 */
    float epsilon;          /**< >= 0; 0: 1e-8 */
    float weight_decay;     /**< >= 0 */
    float clip_norm;        /**< > 0; 0: no clipping */
    float lr_decay;         /**< 0 < decay <= 1; 0: 1, no decay */
    float lr_floor;         /**< >= 0: the rate never falls below it */
    int64_t lr_decay_steps; /**< >= 1; 0: 1 */
    float average;          /**< the average's decay, 0 < average < 1, 0.999 say; 0: no average */
    int32_t reserved;       /**< 0 */
} attn_adam_options;

#define ATTN_ADAM_OPTIONS_INIT {sizeof(attn_adam_options), 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0, 0.0f, 0}

/** Make an optimiser for all tensors that the params hold now. `options` NULL means the defaults; m and v start at 0, the
 * average at the weights as they are: load word vectors or a model first.
 * It keeps the params alive. Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_adam_create(attn_params *params, const attn_adam_options *options,
                                                   attn_adam **out);
ATTN_API void attn_adam_destroy(attn_adam **adam);

/** One update of every trainable tensor. The gradients stay as they are. `norm`, if not NULL, gets the global norm of the
 * gradients before clipping, which is INFINITY beyond the floats. Gradients of any finite size are clipped; without clipping,
 * their norm's square must be finite in float32, since v holds such squares. On an error nothing is updated.
 * Errors: ARGUMENT (tensors were added since), STATE (a gradient is NaN or infinite, or they are too large; the average is
 * swapped in). */
ATTN_API ATTN_CHECKED attn_status attn_adam_step(attn_adam *adam, float *norm);

/** Exchange the weights with their average; called again, it exchanges them back. Before the first step both are the first
 * values. Between the two calls attn_adam_step is an error. Errors: ARGUMENT, STATE (the options ask for no average). */
ATTN_API ATTN_CHECKED attn_status attn_adam_swap_average(attn_adam *adam);

/** Go on from another rate, for a schedule of your own: `lr` >= 0 takes the place of the option's. At a rate of 0, as where a
 * warm-up begins, a step moves no weight, and does all else: m, v, the average, the count of updates. A checkpoint keeps neither
 * rate (file.h): set it again. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_adam_set_lr(attn_adam *adam, float lr);

/** How many updates were made; 0 for NULL. */
ATTN_API int64_t attn_adam_steps(const attn_adam *adam);

/** The learning rate that the next update will use, decayed; 0 for NULL. */
ATTN_API float attn_adam_lr(const attn_adam *adam);

ATTN_END_DECLS
#endif
