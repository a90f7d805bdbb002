/* gru_step.c - one step of the GRU, for streams: by dot products, so that each weight is read once and nothing is packed. */
#include "layer/gru.h"

/* One row through one cell by dot products, reading each weight once: h becomes the state after. scratch is [8H]. */
static void step_row(const attn_gru *gru, const attni_gru_cell *cell, const float *x, float *h,
                     float *scratch)
{
    const attni_kernels *kernels = attni_context_kernels(gru->context);
    int64_t H = gru->hidden_dim, e = cell->input_dim;
    float *gates = scratch, *u = gates + 3 * H, *reset_state = u + 3 * H, *rstd = reset_state + H;
    const float *w_ih = attni_params_value(gru->params, cell->weight_ih),
                *w_hh = attni_params_value(gru->params, cell->weight_hh);
    const float *b = attni_params_value(gru->params, cell->bias_ih),
                *c = attni_params_value(gru->params, cell->bias_hh);
    int32_t after = gru->reset == ATTN_GRU_RESET_AFTER;
    for (int64_t j = 0; j < 3 * H; j++)
        gates[j] = kernels->dot(e, w_ih + j * e, x) + b[j];
    for (int64_t j = 0; j < (after ? 3 : 2) * H; j++)
        u[j] = kernels->dot(H, w_hh + j * H, h) + c[j];
    for (int64_t g = 0; g < 3; g++) {
        float *a = gates + g * H;
        if (g == 2 && !after) {
            for (int64_t j = 0; j < H; j++)
                reset_state[j] = gates[j] * h[j];
            for (int64_t j = 2 * H; j < 3 * H; j++)
                u[j] = kernels->dot(H, w_hh + j * H, reset_state) + c[j];
        }
        for (int64_t j = 0; j < H; j++)
            a[j] += g == 2 && after ? gates[j] * u[2 * H + j] : u[g * H + j];
        if (gru->layer_norm) {
            const float *gain = attni_params_value(gru->params, cell->norm_gain) + g * H;
            const float *shift = attni_params_value(gru->params, cell->norm_shift) + g * H;
            kernels->normalize(1, H, a, H, rstd, 1);
            for (int64_t j = 0; j < H; j++)
                a[j] = gain[j] * a[j] + shift[j];
        }
        if (g < 2)
            kernels->sigmoid(H, a, a);
        else
            kernels->tanh(H, a, a);
    }
    const float *z = gates + H, *n = gates + 2 * H;
    for (int64_t j = 0; j < H; j++)
        h[j] = n[j] + z[j] * (h[j] - n[j]);
}

attn_status attn_gru_step(const attn_gru *gru, int64_t batch, const float *x, float *h)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_TRY(attni_check_lengths(__func__, batch, 1, NULL));
    ATTNI_REQUIRE(batch == 0 || (x != NULL && h != NULL),
                  "%s: x or h is NULL; expected [batch, input_dim] and "
                  "[states, batch, hidden_dim] numbers",
                  __func__);
    ATTNI_REQUIRE(gru->directions == 1,
                  "%s: the GRU is bidirectional, and its second direction starts at the end of the "
                  "sequence; use attn_gru_forward",
                  __func__);
    attni_arena *arena = attni_scratch_take(gru->context);
    float *scratch = arena ? attni_arena_floats(arena, 8 * gru->hidden_dim) : NULL;
    for (int64_t b = 0; scratch && b < batch; b++) {
        const float *input = x + b * gru->input_dim;
        for (int64_t layer = 0; layer < gru->layers; layer++) {
            float *state = h + (layer * batch + b) * gru->hidden_dim;
            step_row(gru, &gru->cells[layer], input, state, scratch);
            input = state;
        }
    }
    attni_scratch_give(gru->context, arena);
    return scratch ? ATTN_OK : attni_no_memory(__func__, (size_t)(8 * gru->hidden_dim) * sizeof(float));
}
