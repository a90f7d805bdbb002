/* dense.c - y = f(W x + b). */
#include "attn/dense.h"

#include <stddef.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "core/tape.h"
#include "layer/kinds.h"
#include "layer/product.h"

struct attn_dense {
    attni_layer layer;
    int64_t input_dim, output_dim;
    int64_t weight, bias; /* tensor indices; bias < 0 for none */
    int32_t activation;
};

typedef struct dense_record {
    const float *x; /* the caller's */
    float *y;       /* [rows, output_dim], where the activation's derivative needs it */
} dense_record;

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    const attn_dense_info *info = from;
    attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
    options.activation = info->activation;
    options.no_bias = info->no_bias;
    return attn_dense_create(params, name, info->input_dim, info->output_dim, &options, (attn_dense **)out);
}

static const attni_field fields[] = {
    {"input_dim", ATTNI_INT64, 1, offsetof(attn_dense_info, input_dim)},
    {"output_dim", ATTNI_INT64, 1, offsetof(attn_dense_info, output_dim)},
    {"activation", ATTNI_INT32, 1, offsetof(attn_dense_info, activation)},
    {"no_bias", ATTNI_INT32, 1, offsetof(attn_dense_info, no_bias)},
};

const attni_kind attni_dense_kind = {.kind = "dense",
                                     .sizes = {"rows"},
                                     .info_size = sizeof(attn_dense_info),
                                     .fields = fields,
                                     .field_count = sizeof fields / sizeof *fields,
                                     .create = create_again};

static attn_status add_tensors(attn_dense *dense, const char *function, int32_t init)
{
    const int64_t shape[2] = {dense->output_dim, dense->input_dim};
    const attni_layer *layer = &dense->layer;
    ATTNI_TRY(attni_params_register(layer->params, function, layer->name, "weight", 2, shape,
                                    init ? init : ATTN_INIT_GLOROT, 0, &dense->weight));
    if (dense->bias < 0)
        return ATTN_OK;
    return attni_params_register(layer->params, function, layer->name, "bias", 1, shape, ATTN_INIT_ZERO, 0,
                                 &dense->bias);
}

attn_status attn_dense_create(attn_params *params, const char *name, int64_t input_dim, int64_t output_dim,
                              const attn_dense_options *options, attn_dense **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    attn_context *context = attn_params_context(params);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(input_dim, 1, INT32_MAX);
    ATTNI_REQUIRE_RANGE(output_dim, 1, INT32_MAX);
    attn_dense_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    ATTNI_REQUIRE(chosen.activation >= ATTN_ACTIVATION_NONE && chosen.activation <= ATTN_ACTIVATION_RELU,
                  "%s: activation is %d; expected ATTN_ACTIVATION_...", __func__, chosen.activation);
    ATTNI_REQUIRE(chosen.no_bias == 0 || chosen.no_bias == 1, "%s: no_bias is %d; expected 0 or 1", __func__,
                  chosen.no_bias);
    ATTNI_REQUIRE(chosen.init >= ATTN_INIT_DEFAULT && chosen.init <= ATTN_INIT_NORMAL,
                  "%s: init is %d; expected ATTN_INIT_...", __func__, chosen.init);

    attn_dense *dense = attni_alloc_zero(context, sizeof *dense);
    if (dense == NULL)
        return attni_no_memory(__func__, sizeof *dense);
    dense->input_dim = input_dim;
    dense->output_dim = output_dim;
    dense->activation = chosen.activation;
    dense->bias = chosen.no_bias ? -1 : 0;
    const attn_dense_info info = {.input_dim = input_dim,
                                  .output_dim = output_dim,
                                  .activation = chosen.activation,
                                  .no_bias = chosen.no_bias};
    attn_status status = attni_layer_open(&dense->layer, params, __func__, name, &attni_dense_kind, &info);
    if (status == ATTN_OK) {
        status = add_tensors(dense, __func__, chosen.init);
        if (status != ATTN_OK)
            attni_layer_undo(&dense->layer);
    }
    if (status == ATTN_OK)
        *out = dense;
    else
        attni_free(context, dense);
    return status;
}

void attn_dense_destroy(attn_dense **dense)
{
    if (dense == NULL || *dense == NULL)
        return;
    if (attni_layer_leave(&(*dense)->layer)) {
        attni_layer layer = (*dense)->layer;
        attni_free(layer.context, *dense);
        attni_layer_close(&layer);
    }
    *dense = NULL;
}

attn_dense *attn_dense_share(attn_dense *dense)
{
    if (dense)
        attni_layer_share(&dense->layer);
    return dense;
}

attn_status attn_dense_get_info(const attn_dense *dense, attn_dense_info *info)
{
    ATTNI_REQUIRE_PTR(dense);
    ATTNI_ENTER(dense->layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&dense->layer, __func__, info);
}

/* x, W, da as they stand, and their transposes. */
static attni_matrix by_rows(const float *values, int64_t width)
{
    return (attni_matrix){values, width, 1};
}

static attni_matrix transposed(const float *values, int64_t width)
{
    return (attni_matrix){values, 1, width};
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- forward --------------------------------------------------------------------------------------------- */

/* y = f(y), in place. */
static void activate(const attn_dense *dense, int64_t size, float *y)
{
    const attni_kernels *kernels = attni_context_kernels(dense->layer.context);
    switch (dense->activation) {
    case ATTN_ACTIVATION_TANH:
        kernels->tanh(size, y, y);
        break;
    case ATTN_ACTIVATION_SIGMOID:
        kernels->sigmoid(size, y, y);
        break;
    case ATTN_ACTIVATION_RELU:
        for (int64_t i = 0; i < size; i++)
            y[i] = y[i] < 0.0f ? 0.0f : y[i];
        break;
    default:
        break;
    }
}

attn_status attn_dense_forward(const attn_dense *dense, attn_tape *tape, int64_t rows, const float *x,
                               float *y)
{
    ATTNI_REQUIRE_PTR(dense);
    ATTNI_ENTER(dense->layer.context);
    ATTNI_REQUIRE_RANGE(rows, 0, (int64_t)1 << 30);
    ATTNI_REQUIRE(rows == 0 || (x != NULL && y != NULL),
                  "%s: x or y is NULL; expected [rows, input_dim] and [rows, output_dim] "
                  "numbers",
                  __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"y", y, rows > 0}, {"x", x, rows > 0});
    attn_context *context = dense->layer.context;
    int64_t in = dense->input_dim, out = dense->output_dim;
    int64_t size = attni_product_room(context, rows, out, in);
    attni_arena *scratch = attni_scratch_take(context);
    float *room = scratch ? attni_arena_floats(scratch, size) : NULL;
    dense_record *record = NULL;
    attn_status status = room ? ATTN_OK : attni_no_memory(__func__, (size_t)size * sizeof(float));
    if (tape && status == ATTN_OK)
        status = attni_tape_push(tape, __func__, &dense->layer, rows, 0, 0, sizeof *record, (void **)&record);
    if (tape && status == ATTN_OK) {
        record->x = x;
        record->y = attni_arena_floats(&tape->arena, dense->activation ? rows * out : 0);
        if (record->y == NULL) {
            attni_tape_cancel(tape);
            status = attni_no_memory(__func__, (size_t)(rows * out) * sizeof(float));
        }
    }
    if (status != ATTN_OK) {
        attni_scratch_give(context, scratch);
        return status;
    }
    for (int64_t i = 0; i < rows; i++) {
        if (dense->bias >= 0)
            memcpy(y + i * out, attni_params_value(dense->layer.params, dense->bias),
                   (size_t)out * sizeof(float));
        else
            memset(y + i * out, 0, (size_t)out * sizeof(float));
    }
    status =
        attni_product(context, rows, out, in, by_rows(x, in),
                      transposed(attni_params_value(dense->layer.params, dense->weight), in), 1, room, y);
    attni_scratch_give(context, scratch);
    if (status != ATTN_OK) {
        if (tape)
            attni_tape_cancel(tape);
        return status;
    }
    if (!attni_context_kernels(context)->finite(rows * out, y)) {
        const attni_given given = {"x", x, rows, 1, in, NULL};
        if (tape)
            attni_tape_cancel(tape);
        return attni_not_finite(__func__, &given, 1, (const attni_layer *[]){&dense->layer, NULL}, "W x + b");
    }
    activate(dense, rows * out, y);
    if (record && dense->activation && rows)
        memcpy(record->y, y, (size_t)(rows * out) * sizeof(float));
    return ATTN_OK;
}

/* ---- backward -------------------------------------------------------------------------------------------- */

/* da = dy * f'(a), written in terms of y = f(a). */
static void activate_backward(const attn_dense *dense, int64_t size, const float *y, const float *dy,
                              float *da)
{
    for (int64_t i = 0; i < size; i++) {
        float slope = dense->activation == ATTN_ACTIVATION_TANH      ? 1.0f - y[i] * y[i]
                      : dense->activation == ATTN_ACTIVATION_SIGMOID ? y[i] * (1.0f - y[i])
                                                                     : (float)(y[i] > 0.0f);
        da[i] = dy[i] * slope;
    }
}

/* The gradients of the tensors, and dx. */
static attn_status differentiate(const attn_dense *dense, const dense_record *record, int32_t learns,
                                 int64_t rows, const float *dy, float *room, float *dx)
{
    attn_context *context = dense->layer.context;
    attn_params *params = dense->layer.params;
    const int64_t in = dense->input_dim, out = dense->output_dim;
    const float *da = dy;
    if (dense->activation) {
        activate_backward(dense, rows * out, record->y, dy, record->y);
        da = record->y;
    }
    if (learns && attni_params_at(params, dense->weight)->trainable)
        ATTNI_TRY(attni_product(context, out, in, rows, transposed(da, out), by_rows(record->x, in), 1, room,
                                attni_params_gradient(params, dense->weight)));
    if (learns && dense->bias >= 0 && attni_params_at(params, dense->bias)->trainable) {
        const attni_kernels *kernels = attni_context_kernels(context);
        for (int64_t i = 0; i < rows; i++)
            kernels->axpy(out, 1.0f, da + i * out, attni_params_gradient(params, dense->bias));
    }
    if (dx == NULL)
        return ATTN_OK;
    return attni_product(context, rows, in, out, by_rows(da, out),
                         by_rows(attni_params_value(params, dense->weight), in), 0, room, dx);
}

attn_status attn_dense_backward(const attn_dense *dense, attn_tape *tape, int64_t rows, const float *dy,
                                float *dx)
{
    ATTNI_REQUIRE_PTR(dense);
    ATTNI_ENTER(dense->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    dense_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &dense->layer, rows, 0, 0, (void **)&record));
    ATTNI_REQUIRE(dy != NULL || rows == 0, "%s: dy is NULL; expected [rows, output_dim] numbers", __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"dx", dx, rows > 0}, {"dy", dy, rows > 0});
    attn_params *params = dense->layer.params;
    int32_t learns = attni_tape_learns(tape);
    if (learns)
        ATTNI_TRY(attni_params_need_gradients(params, __func__));
    attn_context *context = dense->layer.context;
    int64_t in = dense->input_dim, out = dense->output_dim;
    int64_t size =
        most(attni_product_room(context, out, in, rows), attni_product_room(context, rows, in, out));
    attni_arena *scratch = attni_scratch_take(context);
    float *room = scratch ? attni_arena_floats(scratch, size) : NULL;
    if (room == NULL) {
        attni_scratch_give(context, scratch);
        return attni_no_memory(__func__, (size_t)size * sizeof(float));
    }
    attn_status status = differentiate(dense, record, learns, rows, dy, room, dx);
    attni_scratch_give(context, scratch);
    attni_tape_pop(tape); /* also after a failure: part of the record is overwritten by then */
    return status;
}
