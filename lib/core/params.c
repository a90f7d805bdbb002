/* params.c - named tensors in two flat arrays. */
#include "core/params.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/init.h"
#include "core/layer.h"

#define MAX_NAME 255
#define MAX_SIZE ((int64_t)1 << 40)

struct attn_params {
    atomic_int references;
    attn_context *context;
    uint64_t seed;
    attni_tensor *tensors;
    int64_t count, tensor_capacity;
    float *values, *gradients; /* [capacity]; gradients are NULL until they are needed */
    int64_t size, capacity;
    const attni_source *source; /* of new tensors' values, or NULL */
    attni_layer_list layers;
    int32_t sealed;
};

attn_status attn_params_create(attn_context *context, const attn_params_options *options, attn_params **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_params_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    attn_params *params = attni_alloc_zero(context, sizeof *params);
    if (params == NULL)
        return attni_no_memory(__func__, sizeof *params);
    atomic_init(&params->references, 1);
    params->context = attni_context_retain(context);
    params->seed = chosen.seed;
    *out = params;
    return ATTN_OK;
}

static void free_tensor(attn_context *context, attni_tensor *tensor)
{
    attni_free(context, tensor->name);
    attni_free(context, tensor->used);
    attni_free(context, tensor->is_used);
}

attn_params *attni_params_retain(attn_params *params)
{
    atomic_fetch_add_explicit(&params->references, 1, memory_order_relaxed);
    return params;
}

void attni_params_release(attn_params *params)
{
    if (atomic_fetch_sub_explicit(&params->references, 1, memory_order_acq_rel) != 1)
        return;
    attn_context *context = params->context;
    for (int64_t i = 0; i < params->count; i++)
        free_tensor(context, &params->tensors[i]);
    attni_layer_list_clear(&params->layers, context);
    attni_free(context, params->tensors);
    attni_free(context, params->values);
    attni_free(context, params->gradients);
    attni_free(context, params);
    attni_context_release(context);
}

void attn_params_destroy(attn_params **params)
{
    if (params == NULL || *params == NULL)
        return;
    attni_params_release(*params);
    *params = NULL;
}

attn_context *attni_params_context(const attn_params *params)
{
    return params->context;
}

attn_context *attn_params_context(const attn_params *params)
{
    return params ? params->context : NULL;
}

attni_layer_list *attni_params_layers(attn_params *params)
{
    return &params->layers;
}

uint64_t attni_params_seed(const attn_params *params)
{
    return params->seed;
}

/* ---- adding ---------------------------------------------------------------------------------------------- */

static int64_t find(const attn_params *params, const char *name)
{
    for (int64_t i = 0; i < params->count; i++) {
        if (strcmp(params->tensors[i].name, name) == 0)
            return i;
    }
    return -1;
}

attn_status attni_params_check_open(const attn_params *params, const char *function)
{
    if (params->sealed)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the params are sealed; make all layers and tensors before attn_params_seal",
                          function);
    return ATTN_OK;
}

/* Move `*array` of `count` numbers to a block of `capacity`. */
static attn_status grow(attn_params *params, const char *function, float **array, int64_t count,
                        int64_t capacity)
{
    float *larger = attni_alloc_zero(params->context, (size_t)capacity * sizeof(float));
    if (larger == NULL)
        return attni_no_memory(function, (size_t)capacity * sizeof(float));
    if (count)
        memcpy(larger, *array, (size_t)count * sizeof(float));
    attni_free(params->context, *array);
    *array = larger;
    return ATTN_OK;
}

/* Room for `size` more numbers and one more tensor. */
static attn_status reserve(attn_params *params, const char *function, int64_t size)
{
    if (params->count == params->tensor_capacity) {
        int64_t capacity = params->tensor_capacity ? 2 * params->tensor_capacity : 16;
        attni_tensor *larger = attni_alloc_zero(params->context, (size_t)capacity * sizeof *larger);
        if (larger == NULL)
            return attni_no_memory(function, (size_t)capacity * sizeof *larger);
        if (params->count)
            memcpy(larger, params->tensors, (size_t)params->count * sizeof *larger);
        attni_free(params->context, params->tensors);
        params->tensors = larger;
        params->tensor_capacity = capacity;
    }
    if (params->size + size > params->capacity) {
        int64_t capacity = params->capacity + params->capacity / 2;
        if (capacity < params->size + size)
            capacity = params->size + size;
        if (params->gradients)
            ATTNI_TRY(grow(params, function, &params->gradients, params->size, capacity));
        ATTNI_TRY(grow(params, function, &params->values, params->size, capacity));
        params->capacity = capacity;
    }
    return ATTN_OK;
}

static attn_status make_tensor(attn_params *params, const char *function, const char *name,
                               int32_t sparse_rows, attni_tensor *tensor)
{
    attn_context *context = params->context;
    tensor->name = attni_strdup(context, name);
    tensor->stream = attni_stream(name);
    tensor->trainable = 1;
    tensor->lr_scale = 1.0f;
    tensor->offset = params->size;
    if (sparse_rows) {
        tensor->used = attni_alloc(context, (size_t)tensor->shape[0] * sizeof *tensor->used);
        tensor->is_used = attni_alloc_zero(context, (size_t)tensor->shape[0]);
    }
    if (tensor->name && (!sparse_rows || (tensor->used && tensor->is_used)))
        return ATTN_OK;
    free_tensor(context, tensor);
    return attni_no_memory(function, (size_t)tensor->shape[0] * sizeof *tensor->used);
}

attn_status attni_params_register(attn_params *params, const char *function, const char *prefix,
                                  const char *name, int32_t rank, const int64_t *shape, int32_t init,
                                  int32_t sparse_rows, int64_t *index)
{
    char full[2 * MAX_NAME];
    ATTNI_TRY(attni_params_check_open(params, function));
    int length = snprintf(full, sizeof full, "%s%s%s", prefix, *prefix ? "." : "", name);
    ATTNI_REQUIRE(length > 0 && length <= MAX_NAME,
                  "%s: the tensor name \"%.40s...\" has %d bytes; expected 1 to %d", function, full, length,
                  MAX_NAME);
    ATTNI_REQUIRE(find(params, full) < 0,
                  "%s: there is already a tensor called \"%s\"; give the layer another name", function, full);
    attni_tensor tensor = {.rank = rank, .shape = {1, 1, 1, 1, 1, 1, 1, 1}, .size = 1};
    for (int32_t d = 0; d < rank; d++) {
        ATTNI_REQUIRE(
            shape[d] >= 1 && shape[d] <= MAX_SIZE / tensor.size,
            "%s: dimension %d of \"%s\" is %lld; expected at least 1 and less than 2^40 numbers in all",
            function, d, full, (long long)shape[d]);
        tensor.shape[d] = shape[d];
        tensor.size *= shape[d];
    }
    if (params->source)
        ATTNI_TRY(params->source->check(params->source->from, full, rank, shape));
    ATTNI_TRY(reserve(params, function, tensor.size));
    ATTNI_TRY(make_tensor(params, function, full, sparse_rows, &tensor));
    if (params->source == NULL)
        attni_init_values(params->values + tensor.offset, rank, tensor.shape, init, params->seed, tensor.stream);
    params->tensors[params->count] = tensor;
    params->size += tensor.size;
    if (index)
        *index = params->count;
    params->count++;
    return ATTN_OK;
}

void attni_params_set_source(attn_params *params, const attni_source *source)
{
    params->source = source;
}

void attni_params_truncate(attn_params *params, int64_t count)
{
    while (params->count > count) {
        attni_tensor *last = &params->tensors[--params->count];
        params->size = last->offset;
        if (params->gradients)
            memset(params->gradients + last->offset, 0, (size_t)last->size * sizeof(float));
        free_tensor(params->context, last);
    }
}

/* Zeros are the defaults; resolve them. */
static attn_status check_options(const char *function, attn_tensor_options *options)
{
    ATTNI_REQUIRE(options->init >= ATTN_INIT_DEFAULT && options->init <= ATTN_INIT_NORMAL,
                  "%s: init is %d; expected ATTN_INIT_..., %d to %d", function, options->init,
                  ATTN_INIT_DEFAULT, ATTN_INIT_NORMAL);
    ATTNI_REQUIRE(options->frozen == 0 || options->frozen == 1, "%s: frozen is %d; expected 0 or 1", function,
                  options->frozen);
    ATTNI_REQUIRE(options->init_scale >= 0.0f && isfinite(options->init_scale),
                  "%s: init_scale is %g; expected more than 0, or 0 for 1", function,
                  (double)options->init_scale);
    ATTNI_REQUIRE(options->lr_scale >= 0.0f && isfinite(options->lr_scale),
                  "%s: lr_scale is %g; expected more than 0, or 0 for 1", function,
                  (double)options->lr_scale);
    if (options->init == ATTN_INIT_DEFAULT)
        options->init = ATTN_INIT_GLOROT;
    if (options->init_scale == 0.0f)
        options->init_scale = 1.0f;
    if (options->lr_scale == 0.0f)
        options->lr_scale = 1.0f;
    return ATTN_OK;
}

attn_status attn_params_add(attn_params *params, const char *name, int32_t rank, const int64_t *shape,
                            const attn_tensor_options *options)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_PTR(shape);
    ATTNI_REQUIRE_RANGE(rank, 1, ATTN_MAX_RANK);
    attn_tensor_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(check_options(__func__, &chosen));
    int64_t index;
    ATTNI_TRY(attni_params_register(params, __func__, "", name, rank, shape, chosen.init, 0, &index));
    attni_tensor *tensor = &params->tensors[index];
    tensor->trainable = !chosen.frozen;
    tensor->lr_scale = chosen.lr_scale;
    float *values = params->values + tensor->offset;
    for (int64_t i = 0; i < tensor->size; i++)
        values[i] *= chosen.init_scale;
    return ATTN_OK;
}

attn_status attn_params_seal(attn_params *params)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    params->sealed = 1;
    return ATTN_OK;
}

/* ---- looking --------------------------------------------------------------------------------------------- */

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
               : grow(params, function, &params->gradients, 0, params->capacity);
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
                        .lr_scale = tensor->lr_scale};
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
    *index = find(params, name);
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

attn_status attn_params_set_trainable(attn_params *params, const char *name, int32_t trainable)
{
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(params->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(trainable, 0, 1);
    int64_t index;
    ATTNI_TRY(index_of(params, __func__, name, &index));
    params->tensors[index].trainable = trainable;
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
    if (params->gradients == NULL)
        return attni_params_need_gradients(params, __func__);
    for (int64_t i = 0; i < params->count; i++) {
        attni_tensor *tensor = &params->tensors[i];
        float *gradient = params->gradients + tensor->offset;
        if (tensor->used == NULL) {
            memset(gradient, 0, (size_t)tensor->size * sizeof(float));
            continue;
        }
        int64_t width = tensor->size / tensor->shape[0];
        for (int64_t u = 0; u < tensor->used_count; u++) {
            memset(gradient + tensor->used[u] * width, 0, (size_t)width * sizeof(float));
            tensor->is_used[tensor->used[u]] = 0;
        }
        tensor->used_count = 0;
    }
    return ATTN_OK;
}
