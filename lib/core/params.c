/* params.c - named tensors in two flat arrays: how they are added. params_tensors.c looks at them. */
#include "core/params_set.h"

#include <math.h>
#include <string.h>

#include "core/init.h"
#include "core/name.h"

#define MAX_SIZE ((int64_t)1 << 40)

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

int64_t attni_params_find(const attn_params *params, const char *name)
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

attn_status attni_params_grow(attn_params *params, const char *function, float **array, int64_t count,
                              int64_t capacity)
{
    const size_t bytes = attni_bytes(capacity, sizeof(float));
    float *larger = attni_alloc_zero(params->context, bytes);
    if (larger == NULL)
        return attni_no_memory(function, bytes);
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
            ATTNI_TRY(attni_params_grow(params, function, &params->gradients, params->size, capacity));
        ATTNI_TRY(attni_params_grow(params, function, &params->values, params->size, capacity));
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

attn_status attni_params_register(attn_params *params, const char *function, const char *layer,
                                  const char *name, int32_t rank, const int64_t *shape, int32_t init,
                                  int32_t sparse_rows, int64_t *index)
{
    char full[ATTNI_NAME_ROOM];
    ATTNI_TRY(attni_params_check_open(params, function));
    attni_name_join(full, layer, name);
    ATTNI_TRY(attni_name_check_tensor(function, *layer ? full : name)); /* which may be longer than `full` */
    ATTNI_REQUIRE(attni_params_find(params, full) < 0,
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
        attni_init_values(params->values + tensor.offset, rank, tensor.shape, init, params->seed,
                          tensor.stream);
    attn_status status = attni_go_on();
    if (status != ATTN_OK) {
        free_tensor(params->context, &tensor);
        return status;
    }
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

const attni_source *attni_params_source(const attn_params *params)
{
    return params->source;
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
