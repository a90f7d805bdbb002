/* params_tensors.c - tensors that are there: looking at them, their gradients, and what the optimiser may do to each. */
#include "core/params_set.h"

#include <math.h>
#include <string.h>

int64_t attn_params_count(const attn_params *params)
{
    return params ? params->count : 0;
}

int64_t attn_params_size(const attn_params *params)
{
    return params ? params->size : 0;
}

float *attn_params_values(const attn_params *params)
{
    return params ? params->values : NULL;
}

float *attn_params_gradients(const attn_params *params)
{
    return params ? params->gradients : NULL;
}

attni_tensor *attni_params_at(const attn_params *params, int64_t index)
{
    return &params->tensors[index];
}

float *attni_params_value(const attn_params *params, int64_t index)
{
    return params->values + params->tensors[index].offset;
}

attn_status attni_params_need_gradients(attn_params *params, const char *function)
{
    return params->gradients || params->capacity == 0
               ? ATTN_OK
               : attni_params_grow(params, function, &params->gradients, 0, params->capacity);
}

float *attni_params_gradient(const attn_params *params, int64_t index)
{
    return params->gradients + params->tensors[index].offset;
}

void attni_tensor_use_row(attni_tensor *tensor, int64_t row)
{
    if (!tensor->is_used[row]) {
        tensor->is_used[row] = 1;
        tensor->used[tensor->used_count++] = row;
    }
}

static attn_status look(const attn_params *params, const char *function, int64_t index, attn_tensor *view)
{
    const attni_tensor *tensor = &params->tensors[index];
    attn_tensor full = {.name = tensor->name,
                        .dtype = ATTN_DTYPE_FLOAT32,
                        .rank = tensor->rank,
                        .size = tensor->size,
                        .offset = tensor->offset,
                        .values = params->values + tensor->offset,
                        .gradients = params->gradients ? params->gradients + tensor->offset : NULL,
                        .trainable = tensor->trainable,
                        .lr_scale = tensor->lr_scale,
                        .used_rows = tensor->used,
                        .used_count = tensor->used_count};
    memcpy(full.shape, tensor->shape, sizeof full.shape);
    return attni_fill_struct(function, &full, sizeof full, view);
}

attn_status attn_params_tensor(const attn_params *params, int64_t index, attn_tensor *view)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(view);
    ATTNI_REQUIRE(index >= 0 && index < params->count, "%s: index is %lld; expected 0 to %lld", __func__,
                  (long long)index, (long long)params->count - 1);
    return look(params, __func__, index, view);
}

static attn_status index_of(const attn_params *params, const char *function, const char *name, int64_t *index)
{
    *index = attni_params_find(params, name);
    ATTNI_REQUIRE(*index >= 0,
                  "%s: no tensor is called \"%s\"; attn_params_tensor lists the %lld that there are",
                  function, name, (long long)params->count);
    return ATTN_OK;
}

attn_status attn_params_find(const attn_params *params, const char *name, attn_tensor *view)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_PTR(view);
    int64_t index;
    ATTNI_TRY(index_of(params, __func__, name, &index));
    return look(params, __func__, index, view);
}

static void clear_gradient(const attn_params *params, attni_tensor *tensor)
{
    float *gradient = params->gradients + tensor->offset;
    if (tensor->used == NULL) {
        memset(gradient, 0, (size_t)tensor->size * sizeof(float));
        return;
    }
    int64_t width = tensor->size / tensor->shape[0];
    for (int64_t u = 0; u < tensor->used_count; u++) {
        memset(gradient + tensor->used[u] * width, 0, (size_t)width * sizeof(float));
        tensor->is_used[tensor->used[u]] = 0;
    }
    tensor->used_count = 0;
}

attn_status attn_params_set_trainable(attn_params *params, const char *name, int32_t trainable)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(trainable, 0, 1);
    int64_t index;
    ATTNI_TRY(index_of(params, __func__, name, &index));
    params->tensors[index].trainable = trainable;
    if (!trainable && params->gradients)
        clear_gradient(params, &params->tensors[index]);
    return ATTN_OK;
}

attn_status attn_params_set_lr_scale(attn_params *params, const char *name, float scale)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE(scale > 0.0f && isfinite(scale),
                  "%s: scale is %g; expected more than 0 (attn_params_set_trainable freezes)", __func__,
                  (double)scale);
    int64_t index;
    ATTNI_TRY(index_of(params, __func__, name, &index));
    params->tensors[index].lr_scale = scale;
    return ATTN_OK;
}

attn_status attn_params_use_rows(attn_params *params, const char *name, int64_t count, const int64_t *rows)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE(count >= 0, "%s: count is %lld; expected 0 or more", __func__, (long long)count);
    ATTNI_REQUIRE(rows != NULL || count == 0, "%s: rows is NULL; expected %lld rows", __func__,
                  (long long)count);
    int64_t index;
    ATTNI_TRY(index_of(params, __func__, name, &index));
    attni_tensor *tensor = &params->tensors[index];
    for (int64_t i = 0; i < count; i++)
        ATTNI_REQUIRE(rows[i] >= 0 && rows[i] < tensor->shape[0],
                      "%s: rows[%lld] is %lld; expected 0 to %lld", __func__, (long long)i,
                      (long long)rows[i], (long long)tensor->shape[0] - 1);
    for (int64_t i = 0; tensor->used && i < count; i++)
        attni_tensor_use_row(tensor, rows[i]);
    return ATTN_OK;
}

attn_status attn_params_zero_grad(attn_params *params)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_TRY(attni_params_need_gradients(params, __func__));
    for (int64_t i = 0; i < params->count; i++)
        clear_gradient(params, &params->tensors[i]);
    return ATTN_OK;
}
