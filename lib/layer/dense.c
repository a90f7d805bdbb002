/* dense.c - y = f(W x + b). */
#include <string.h>

#include "attn/dense.h"
#include "core/params.h"
#include "core/tape.h"

struct attn_dense {
    uint64_t id; /* on the tape */
    attn_params *params;
    attn_context *context;
    int64_t input_dim, output_dim;
    int64_t weight, bias; /* tensor indices; bias < 0 for none */
    int32_t activation;
};

typedef struct dense_record {
    int64_t rows;
    const float *x; /* the caller's */
    float *y;       /* [rows, output_dim], where the activation's derivative needs it */
} dense_record;

attn_status attn_dense_create(attn_params *params, const char *name, int64_t input_dim, int64_t output_dim,
                              const attn_dense_options *options, attn_dense **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(input_dim, 1, INT32_MAX);
    ATTNI_REQUIRE_RANGE(output_dim, 1, INT32_MAX);
    attn_dense_options chosen = ATTN_DENSE_OPTIONS_INIT;
    ATTNI_TRY(attni_copy_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    ATTNI_REQUIRE(chosen.activation >= ATTN_ACTIVATION_NONE && chosen.activation <= ATTN_ACTIVATION_RELU,
                  "%s: activation is %d; expected ATTN_ACTIVATION_...", __func__, chosen.activation);
    ATTNI_REQUIRE(chosen.no_bias == 0 || chosen.no_bias == 1, "%s: no_bias is %d; expected 0 or 1", __func__,
                  chosen.no_bias);
    ATTNI_REQUIRE(chosen.init >= ATTN_INIT_DEFAULT && chosen.init <= ATTN_INIT_NORMAL,
                  "%s: init is %d; expected ATTN_INIT_...", __func__, chosen.init);

    attn_context *context = attni_params_context(params);
    attn_dense *dense = attni_alloc_zero(context, sizeof *dense);
    if (dense == NULL)
        return attni_no_memory(__func__, sizeof *dense);
    const int64_t shape[2] = {output_dim, input_dim};
    int64_t tensors = attn_params_count(params), weight, bias = -1;
    attn_status status = attni_params_register(params, __func__, name, "weight", 2, shape,
                                               chosen.init ? chosen.init : ATTN_INIT_GLOROT, 0, &weight);
    if (status == ATTN_OK && !chosen.no_bias)
        status = attni_params_register(params, __func__, name, "bias", 1, shape, ATTN_INIT_ZERO, 0, &bias);
    if (status != ATTN_OK) {
        attni_params_truncate(params, tensors);
        attni_free(context, dense);
        return status;
    }
    *dense = (attn_dense){
        attni_tape_new_owner(), attni_params_retain(params), context, input_dim, output_dim, weight, bias,
        chosen.activation};
    *out = dense;
    return ATTN_OK;
}

void attn_dense_destroy(attn_dense **dense)
{
    if (dense == NULL || *dense == NULL)
        return;
    attn_params *params = (*dense)->params;
    attni_free((*dense)->context, *dense);
    attni_params_release(params);
    *dense = NULL;
}

/* y = f(y), in place. */
static void activate(const attn_dense *dense, int64_t size, float *y)
{
    const attni_kernels *kernels = attni_context_kernels(dense->context);
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

attn_status attn_dense_forward(const attn_dense *dense, attn_tape *tape, int64_t rows, const float *x,
                               float *y)
{
    ATTNI_REQUIRE_PTR(dense);
    ATTNI_REQUIRE_RANGE(rows, 0, (int64_t)1 << 30);
    ATTNI_REQUIRE(rows == 0 || (x != NULL && y != NULL),
                  "%s: x or y is NULL; expected [rows, input_dim] and [rows, output_dim] "
                  "numbers",
                  __func__);
    int64_t in = dense->input_dim, out = dense->output_dim;
    dense_record *record = NULL;
    if (tape) {
        ATTNI_TRY(attni_tape_push(tape, __func__, dense->id, sizeof *record, (void **)&record));
        record->rows = rows;
        record->x = x;
        record->y = attni_arena_floats(&tape->arena, dense->activation ? rows * out : 0);
        if (record->y == NULL) {
            attni_tape_cancel(tape);
            return attni_no_memory(__func__, (size_t)(rows * out) * sizeof(float));
        }
    }
    for (int64_t i = 0; i < rows; i++) {
        if (dense->bias >= 0)
            memcpy(y + i * out, attni_params_value(dense->params, dense->bias), (size_t)out * sizeof(float));
        else
            memset(y + i * out, 0, (size_t)out * sizeof(float));
    }
    attni_gemm_nt(rows, out, in, x, in, attni_params_value(dense->params, dense->weight), in, 1, y, out);
    activate(dense, rows * out, y);
    if (record && dense->activation && rows)
        memcpy(record->y, y, (size_t)(rows * out) * sizeof(float));
    return ATTN_OK;
}

attn_status attn_dense_backward(const attn_dense *dense, attn_tape *tape, const float *dy, float *dx)
{
    ATTNI_REQUIRE_PTR(dense);
    ATTNI_REQUIRE_PTR(tape);
    dense_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, dense->id, (void **)&record));
    ATTNI_REQUIRE(dy != NULL || record->rows == 0, "%s: dy is NULL; expected [rows, output_dim] numbers",
                  __func__);
    ATTNI_TRY(attni_params_need_gradients(dense->params, __func__));
    int64_t rows = record->rows, in = dense->input_dim, out = dense->output_dim;
    const float *da = dy;
    if (dense->activation) {
        activate_backward(dense, rows * out, record->y, dy, record->y);
        da = record->y;
    }
    if (attni_params_at(dense->params, dense->weight)->trainable)
        attni_gemm_tn(out, in, rows, da, out, record->x, in, 1,
                      attni_params_gradient(dense->params, dense->weight), in);
    if (dense->bias >= 0 && attni_params_at(dense->params, dense->bias)->trainable) {
        const attni_kernels *kernels = attni_context_kernels(dense->context);
        for (int64_t i = 0; i < rows; i++)
            kernels->axpy(out, 1.0f, da + i * out, attni_params_gradient(dense->params, dense->bias));
    }
    if (dx)
        attni_gemm_nn(rows, in, out, da, out, attni_params_value(dense->params, dense->weight), in, 0, dx,
                      in);
    attni_tape_pop(tape);
    return ATTN_OK;
}
