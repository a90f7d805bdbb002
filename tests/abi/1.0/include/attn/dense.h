/** dense.h - y = f(W x + b), row by row, on the context's threads; the same bits at any number of them. Products of 2^30
 * multiplications and more are OpenBLAS's where it is installed, with its own threads, on whose number last bits may depend. */
#ifndef ATTN_DENSE_H
#define ATTN_DENSE_H

#include "tape.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_dense attn_dense;

/** What is made of W x + b, number by number. */
#define ATTN_ACTIVATION_NONE 0
#define ATTN_ACTIVATION_TANH 1
#define ATTN_ACTIVATION_SIGMOID 2
#define ATTN_ACTIVATION_RELU 3

/** How a dense layer is made. */
typedef struct attn_dense_options {
    size_t struct_size; /**< sizeof(attn_dense_options) */
    int32_t activation; /**< ATTN_ACTIVATION_... */
    int32_t no_bias;    /**< 1: without b */
    int32_t init;       /**< ATTN_INIT_... of the weight; the default is Glorot. The bias starts at 0 */
    int32_t reserved;   /**< 0 */
} attn_dense_options;

#define ATTN_DENSE_OPTIONS_INIT {sizeof(attn_dense_options), ATTN_ACTIVATION_NONE, 0, ATTN_INIT_DEFAULT, 0}

/** Add NAME.weight [output_dim, input_dim] and NAME.bias [output_dim] to the params. Errors: ARGUMENT, MEMORY; on failure
 * the params are as before. The layer keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_dense_create(attn_params *params, const char *name, int64_t input_dim,
                                                    int64_t output_dim, const attn_dense_options *options,
                                                    attn_dense **out);
ATTN_API void attn_dense_destroy(attn_dense **dense);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_dense *attn_dense_share(attn_dense *dense);

/** y[rows, output_dim] from x[rows, input_dim], which must not change before backward. Errors: ARGUMENT (also y that is x),
 * STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_dense_forward(const attn_dense *dense, attn_tape *tape, int64_t rows,
                                                     const float *x, float *y);

/** Add to the params' gradients, and write dx[rows, input_dim] (NULL where it is not wanted; may be forward's x) from
 * dy[rows, output_dim]. `rows` is forward's. Errors: ARGUMENT (a NULL, dx that is dy, other rows than forward's, a tape of
 * another context; nothing is written), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_dense_backward(const attn_dense *dense, attn_tape *tape, int64_t rows,
                                                      const float *dy, float *dx);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_dense_info {
    size_t struct_size;
    const char *name; /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t input_dim, output_dim; /**< as given to attn_dense_create */
    int32_t activation, no_bias; /**< as in the options */
} attn_dense_info;

#define ATTN_DENSE_INFO_INIT {sizeof(attn_dense_info), 0, 0, 0, 0, 0, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_dense_get_info(const attn_dense *dense, attn_dense_info *info);

ATTN_END_DECLS
#endif
