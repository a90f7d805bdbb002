/* params.h (internal) - the set of tensors, as layers and the optimiser see it. */
#ifndef ATTN_CORE_PARAMS_H
#define ATTN_CORE_PARAMS_H

#include "attn/params.h"
#include "core/context.h"

/* One tensor. An embedding's gradient is sparse by rows: `used` lists the rows whose gradient may differ from 0,
 * and `is_used` marks them, so that clearing it and the optimiser touch those alone. */
typedef struct attni_tensor {
    char *name;
    uint64_t stream; /* of its random numbers */
    int32_t rank;
    int32_t trainable;
    float lr_scale; /* times the optimiser's rate */
    int64_t shape[ATTN_MAX_RANK];
    int64_t offset, size;
    int64_t *used; /* [shape[0]], or NULL for a dense gradient */
    unsigned char *is_used;
    int64_t used_count;
} attni_tensor;

attn_params *attni_params_retain(attn_params *params);
void attni_params_release(attn_params *params);
uint64_t attni_params_seed(const attn_params *params);

/* STATE where the params are sealed. */
attn_status attni_params_check_open(const attn_params *params, const char *function);

/* Add a tensor called "LAYER.NAME" (name.h) and give its index; sparse_rows != 0 makes its gradient sparse by rows. On
 * failure nothing is added. attni_params_truncate takes back all tensors from `count` on: a layer that could not
 * add its last tensor takes back its first ones. */
attn_status attni_params_register(attn_params *params, const char *function, const char *layer,
                                  const char *name, int32_t rank, const int64_t *shape, int32_t init,
                                  int32_t sparse_rows, int64_t *index);
void attni_params_truncate(attn_params *params, int64_t count);

/* Where the values of new tensors come from, while a layer is made from a file: `check` may refuse one before there is memory
 * for it, and no first values are drawn, since whoever set the source will copy them. `read` gives a layer's table of integers
 * (layer.h), [rows, width]; values NULL: it only checks that there is one. NULL: by their init, as ever. */
typedef struct attni_source {
    attn_status (*check)(const void *from, const char *name, int32_t rank, const int64_t *shape);
    attn_status (*read)(const void *from, const char *name, int64_t rows, int64_t width, int32_t *values);
    const void *from;
} attni_source;
void attni_params_set_source(attn_params *params, const attni_source *source);
const attni_source *attni_params_source(const attn_params *params);

attni_tensor *attni_params_at(const attn_params *params, int64_t index);
float *attni_params_value(const attn_params *params, int64_t index);

/* Make the gradients if they are not there yet; afterwards attni_params_gradient cannot fail. */
attn_status attni_params_need_gradients(attn_params *params, const char *function);
float *attni_params_gradient(const attn_params *params, int64_t index);

/* Note that `row` of a row-sparse tensor is about to get a gradient. */
void attni_tensor_use_row(attni_tensor *tensor, int64_t row);

#endif
