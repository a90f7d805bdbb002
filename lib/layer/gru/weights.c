/* weights.c - a cell's weights as forward wants them: packed, and the biases summed. */
#include <string.h>

#include "attn/gru_packed.h"
#include "layer/gru/gru.h"

/* weight[out, in] packed for products x weight^T. */
static attn_status pack(const attn_gru *gru, attni_arena *arena, const char *function, int32_t precision,
                        int64_t out, int64_t in, const float *weight, attni_gru_matrix *matrix)
{
    const attni_kernels *kernels = attni_context_kernels(gru->layer.context);
    *matrix = (attni_gru_matrix){0};
    if (precision == ATTN_PRECISION_INT8) {
        const size_t room = (size_t)attni_packed_int8_size(kernels, in, out);
        uint8_t *bytes = attni_arena_alloc(arena, room);
        if (bytes == NULL)
            return attni_no_memory(function, room);
        kernels->pack_int8(in, out, weight, in, bytes);
        matrix->bytes = bytes;
        return ATTN_OK;
    }
    const int32_t narrow = precision == ATTN_PRECISION_BFLOAT16;
    if (narrow) /* of which the context may have rounded products, in another layout */
        kernels = attni_kernels_for(kernels->isa);
    const int64_t size = attni_packed_size(kernels, in, out);
    attni_mark mark = attni_arena_mark(arena);
    uint16_t *words = narrow ? attni_arena_alloc(arena, (size_t)size * sizeof *words) : NULL;
    attni_mark kept = attni_arena_mark(arena);
    float *floats = attni_arena_floats(arena, size);
    if (floats == NULL || (narrow && words == NULL)) {
        attni_arena_reset(arena, mark);
        return attni_no_memory(function, (size_t)size * sizeof(float));
    }
    kernels->pack_transposed(in, out, weight, in, floats);
    matrix->floats = narrow ? NULL : floats;
    matrix->narrow = words;
    if (narrow) {
        kernels->pack_bfloat16(size, floats, words);
        attni_arena_reset(arena, kept);
    }
    return ATTN_OK;
}

attn_status attni_gru_pack(const attn_gru *gru, const attni_gru_cell *cell, attni_arena *arena,
                           const char *function, int32_t precision, attni_gru_weights *weights)
{
    int64_t h = gru->shape.hidden_dim, e = cell->input_dim;
    const attni_gru_shape *shape = &gru->shape;
    int64_t all = attni_gru_width(shape), at_n = attni_gru_at_n(shape), joint = attni_gru_joint(shape);
    const attn_params *params = gru->layer.params;
    const float *w = attni_params_value(params, cell->weight_ih),
                *u = attni_params_value(params, cell->weight_hh);
    const float *b = attni_params_value(params, cell->bias_ih),
                *c = attni_params_value(params, cell->bias_hh);
    *weights = (attni_gru_weights){0};
    ATTNI_TRY(pack(gru, arena, function, precision, all, e, w, &weights->input));
    ATTNI_TRY(pack(gru, arena, function, precision, joint, h, u, &weights->recurrent));
    if (joint < all)
        ATTNI_TRY(pack(gru, arena, function, precision, h, h, u + at_n * h, &weights->recurrent_n));
    int64_t numbers = 3 * all + h; /* with room for gain and shift */
    float *bias = attni_arena_floats(arena, numbers);
    if (bias == NULL)
        return attni_no_memory(function, (size_t)numbers * sizeof(float));
    float *gain = bias + all + h, *shift = gain + all;
    for (int64_t j = 0; j < at_n; j++)
        bias[j] = b[j] + c[j];
    memcpy(bias + at_n, b + at_n, (size_t)h * sizeof(float));
    memcpy(bias + attni_gru_at_c(shape), c + at_n, (size_t)h * sizeof(float));
    weights->bias = bias;
    if (shape->layer_norm) {
        memcpy(gain, attni_params_value(params, cell->norm_gain), (size_t)all * sizeof(float));
        memcpy(shift, attni_params_value(params, cell->norm_shift), (size_t)all * sizeof(float));
        weights->gain = gain;
        weights->shift = shift;
    }
    return ATTN_OK;
}
