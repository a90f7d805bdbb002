/* gru_backward.c - the GRU back through time.
 *
 * With dh the gradient of a step's new state h' = n + z (h - n), and a the pre-activations:
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dh <- dh z
 *     reset after:   dq = da_n r          da_r = da_n q r (1 - r)             dh += U_rz^T [da_r, da_z] + U_n^T dq
 *     reset before:  d(r h) = U_n^T da_n  da_r = d(r h) h r (1 - r)           dh += d(r h) r + U_rz^T [da_r, da_z]
 *
 * where q = U_n h + c_n. Each block of rows runs back through its whole sequence by itself; then large products over all
 * tokens give dW = da^T x, dU = [da_r, da_z, dq]^T h and dx = da W. Sums over tokens that no product makes (biases, gain,
 * shift) are made block by block and added in the blocks' order, so that they do not depend on the threads. */
#include <string.h>

#include "layer/gru.h"

typedef struct backward_pass {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    attni_gru_run run;
    int32_t reverse;
    const float *dy; /* [batch, time, dy_width], this cell's columns; may be NULL */
    int64_t dy_width;
    const float *dhn;            /* [batch, H], may be NULL */
    float *dh0;                  /* [batch, H], may be NULL */
    float *dx;                   /* [batch, time, input_dim], may be NULL */
    int32_t accumulate;          /* dx += in place of dx = */
    float *dx_packed;            /* [tokens, input_dim] */
    float *packed_rz, *packed_n; /* U packed the other way: [2H, H] and [H, H] */
    float *sums;                 /* [blocks, SUMS * H] */
    float *scratch;              /* worker by worker: dh [rows, H], one row or d(r h) [rows, H] */
    attni_gru_mask mask;
} backward_pass;

#define SCRATCH_WIDTH 2 /* in H * ATTNI_BLOCK_ROWS */

/* What each block sums, in H: da_r da_z da_n, dq, the gains' three, the shifts' three. */
#define SUM_RESET 3
#define SUM_GAIN 4
#define SUM_SHIFT 7
#define SUMS 10

/* ---- one step of one block ------------------------------------------------------------------------------- */

/* Back through gain * xhat + shift and the normalisation of gate `g`, in place of its gradient. */
static void normalize_gate_backward(const backward_pass *pass, int64_t m, int64_t at, int64_t g, float *sums)
{
    if (!pass->gru->layer_norm)
        return;
    int64_t h = pass->gru->hidden_dim;
    float *da = pass->run.gates + at * 3 * h + g * h;
    const float *xhat = pass->run.xhat + at * 3 * h + g * h;
    const float *gain = attni_params_value(pass->gru->params, pass->cell->norm_gain) + g * h;
    float *dgain = sums + (SUM_GAIN + g) * h, *dshift = sums + (SUM_SHIFT + g) * h;
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++) {
            float d = da[i * 3 * h + j];
            dgain[j] += d * xhat[i * 3 * h + j];
            dshift[j] += d;
            da[i * 3 * h + j] = d * gain[j];
        }
    }
    pass->kernels->normalize_backward(m, h, xhat, 3 * h, pass->run.rstd + at * 3 + g, 3, da, 3 * h);
}

static void reset_after_backward(const backward_pass *pass, int64_t m, int64_t at)
{
    int64_t h = pass->gru->hidden_dim;
    for (int64_t i = 0; i < m; i++) {
        float *r = pass->run.gates + (at + i) * 3 * h, *q = pass->run.reset + (at + i) * h;
        const float *da_n = r + 2 * h;
        for (int64_t j = 0; j < h; j++) {
            float reset = r[j];
            r[j] = da_n[j] * q[j] * reset * (1.0f - reset);
            q[j] = da_n[j] * reset;
        }
    }
}

/* With reset before, run.reset receives r h, which the product for dU_n needs. */
static void reset_before_backward(const backward_pass *pass, int64_t m, int64_t at, float *dh, float *d_reset_state)
{
    int64_t h = pass->gru->hidden_dim;
    float *gates = pass->run.gates + at * 3 * h;
    pass->kernels->product(m, h, h, gates + 2 * h, 3 * h, pass->packed_n, d_reset_state, h, 0);
    for (int64_t i = 0; i < m; i++) {
        float *r = gates + i * 3 * h, *reset_state = pass->run.reset + (at + i) * h;
        const float *before = pass->run.before + (at + i) * h, *d = d_reset_state + i * h;
        for (int64_t j = 0; j < h; j++) {
            float reset = r[j];
            reset_state[j] = reset * before[j];
            dh[i * h + j] += d[j] * reset;
            r[j] = d[j] * before[j] * reset * (1.0f - reset);
        }
    }
}

/* The gates where layer normalisation or reset before take them apart: n and z, then r. */
static void gates_apart_backward(const backward_pass *pass, int64_t m, int64_t at, float *dh, float *d_reset_state, float *sums)
{
    int64_t h = pass->gru->hidden_dim;
    for (int64_t i = 0; i < m; i++) {
        float *z = pass->run.gates + (at + i) * 3 * h + h, *n = z + h;
        const float *before = pass->run.before + (at + i) * h;
        for (int64_t j = 0; j < h; j++) {
            float keep = z[j], candidate = n[j], d = dh[i * h + j];
            z[j] = d * (before[j] - candidate) * keep * (1.0f - keep);
            n[j] = d * (1.0f - keep) * (1.0f - candidate * candidate);
            dh[i * h + j] = d * keep;
        }
    }
    normalize_gate_backward(pass, m, at, 1, sums);
    normalize_gate_backward(pass, m, at, 2, sums);
    if (pass->gru->reset == ATTN_GRU_RESET_AFTER)
        reset_after_backward(pass, m, at);
    else
        reset_before_backward(pass, m, at, dh, d_reset_state);
    normalize_gate_backward(pass, m, at, 0, sums);
}

/* dh += the gradient of the step's outputs, through their dropout. */
static void add_output_gradient(const backward_pass *pass, int64_t place, int64_t step, float *dh, float *row)
{
    int64_t h = pass->gru->hidden_dim, at = attni_sequence_at(pass->sequence, place, step, pass->reverse);
    const float *dy = pass->dy + at * pass->dy_width;
    const attni_gru_mask *mask = &pass->mask;
    if (mask->threshold) {
        pass->kernels->dropout(h, mask->threshold, mask->scale, mask->seed, mask->stream, attni_gru_mask_position(at, h), dy, row);
        dy = row;
    }
    pass->kernels->axpy(h, 1.0f, dy, dh);
}

/* One block of rows back through its whole sequence. A row's dh waits at its last state's gradient until the row begins. */
static void run_block(void *argument, int64_t index, int32_t worker)
{
    const backward_pass *pass = argument;
    const attni_kernels *kernels = pass->kernels;
    const attni_block *block = &pass->sequence->blocks[index];
    int64_t h = pass->gru->hidden_dim, after = pass->gru->reset == ATTN_GRU_RESET_AFTER;
    int32_t apart = pass->gru->layer_norm || !after;
    float *dh = pass->scratch + worker * SCRATCH_WIDTH * ATTNI_BLOCK_ROWS * h, *spare = dh + ATTNI_BLOCK_ROWS * h;
    float *sums = pass->sums + index * SUMS * h;
    const int32_t *order = pass->sequence->order + block->first;
    memset(sums, 0, (size_t)(SUMS * h) * sizeof(float));
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->dhn)
            memcpy(dh + i * h, pass->dhn + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(dh + i * h, 0, (size_t)h * sizeof(float));
    }
    for (int64_t s = block->steps - 1; s >= 0; s--) {
        int64_t at = block->starts[s], m = block->starts[s + 1] - at;
        float *gates = pass->run.gates + at * 3 * h, *reset = pass->run.reset + at * h;
        for (int64_t i = 0; pass->dy && i < m; i++)
            add_output_gradient(pass, block->first + i, s, dh + i * h, spare);
        if (apart)
            gates_apart_backward(pass, m, at, dh, spare, sums);
        else
            kernels->gru_backward(m, h, gates, reset, pass->run.before + at * h, dh);
        kernels->product(m, h, 2 * h, gates, 3 * h, pass->packed_rz, dh, h, 1);
        if (after)
            kernels->product(m, h, h, reset, h, pass->packed_n, dh, h, 1);
        for (int64_t i = 0; i < m; i++) {
            kernels->axpy(3 * h, 1.0f, gates + i * 3 * h, sums);
            kernels->axpy(h, 1.0f, after ? reset + i * h : gates + i * 3 * h + 2 * h, sums + SUM_RESET * h);
        }
    }
    for (int64_t i = 0; pass->dh0 && i < block->rows; i++)
        memcpy(pass->dh0 + order[i] * h, dh + i * h, (size_t)h * sizeof(float));
}

/* ---- one cell -------------------------------------------------------------------------------------------- */

/* gradient[count] += sums of all blocks from `from` on, in the blocks' order; nothing for a frozen tensor. */
static void add_sums(const backward_pass *pass, int64_t tensor, int64_t begin, int64_t from, int64_t count)
{
    const attn_params *params = pass->gru->params;
    if (!attni_params_at(params, tensor)->trainable)
        return;
    float *gradient = attni_params_gradient(params, tensor) + begin;
    for (int64_t k = 0; k < pass->sequence->block_count; k++)
        pass->kernels->axpy(count, 1.0f, pass->sums + k * SUMS * pass->gru->hidden_dim + from, gradient);
}

static void add_weight_gradients(const backward_pass *pass)
{
    const attn_gru *gru = pass->gru;
    const attni_gru_cell *cell = pass->cell;
    const attni_gru_run *run = &pass->run;
    int64_t h = gru->hidden_dim, e = cell->input_dim, tokens = pass->sequence->tokens;
    add_sums(pass, cell->bias_ih, 0, 0, 3 * h);
    add_sums(pass, cell->bias_hh, 0, 0, 2 * h);
    add_sums(pass, cell->bias_hh, 2 * h, SUM_RESET * h, h);
    if (gru->layer_norm) {
        add_sums(pass, cell->norm_gain, 0, SUM_GAIN * h, 3 * h);
        add_sums(pass, cell->norm_shift, 0, SUM_SHIFT * h, 3 * h);
    }
    if (attni_params_at(gru->params, cell->weight_ih)->trainable)
        attni_gemm_tn(3 * h, e, tokens, run->gates, 3 * h, run->x, e, 1, attni_params_gradient(gru->params, cell->weight_ih), e);
    if (!attni_params_at(gru->params, cell->weight_hh)->trainable)
        return;
    float *du = attni_params_gradient(gru->params, cell->weight_hh);
    attni_gemm_tn(2 * h, h, tokens, run->gates, 3 * h, run->before, h, 1, du, h);
    if (gru->reset == ATTN_GRU_RESET_AFTER)
        attni_gemm_tn(h, h, tokens, run->reset, h, run->before, h, 1, du + 2 * h * h, h);
    else
        attni_gemm_tn(h, h, tokens, run->gates + 2 * h, 3 * h, run->reset, h, 1, du + 2 * h * h, h);
}

static void unpack_input_gradient(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const backward_pass *pass = argument;
    attni_sequence_unpack(pass->sequence, &pass->sequence->blocks[index], pass->reverse, pass->cell->input_dim, pass->dx_packed,
                          pass->accumulate, pass->dx);
}

static attn_status run_cell(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_gru *gru = pass->gru;
    const attni_kernels *kernels = pass->kernels;
    int64_t h = gru->hidden_dim, e = pass->cell->input_dim, tokens = pass->sequence->tokens;
    int64_t blocks = pass->sequence->block_count;
    pass->packed_rz = attni_arena_floats(arena, attni_packed_size(kernels, 2 * h, h));
    pass->packed_n = attni_arena_floats(arena, attni_packed_size(kernels, h, h));
    pass->sums = attni_arena_floats(arena, blocks * SUMS * h);
    pass->scratch = attni_arena_floats(arena, attn_context_threads(gru->context) * SCRATCH_WIDTH * ATTNI_BLOCK_ROWS * h);
    pass->dx_packed = attni_arena_floats(arena, pass->dx ? tokens * e : 0);
    if (!pass->packed_rz || !pass->packed_n || !pass->sums || !pass->scratch || !pass->dx_packed)
        return attni_no_memory(function, (size_t)(tokens * e + (blocks * SUMS + 4 * h) * h) * sizeof(float));
    const float *u = attni_params_value(gru->params, pass->cell->weight_hh);
    kernels->pack(2 * h, h, u, h, pass->packed_rz);
    kernels->pack(h, h, u + 2 * h * h, h, pass->packed_n);
    attni_parallel_for(gru->context, blocks, run_block, pass);
    add_weight_gradients(pass);
    if (pass->dx) {
        attni_gemm_nn(tokens, e, 3 * h, pass->run.gates, 3 * h, attni_params_value(gru->params, pass->cell->weight_ih), e, 0,
                      pass->dx_packed, e);
        attni_parallel_for(gru->context, blocks, unpack_input_gradient, pass);
    }
    return ATTN_OK;
}

/* ---- all cells ------------------------------------------------------------------------------------------- */

static attn_status run_layers(const attn_gru *gru, attn_tape *tape, const char *function, const attni_gru_record *record,
                              const float *dy, const float *dhn, float *dx, float *dh0)
{
    const attni_sequence *sequence = &record->sequence;
    int64_t state = sequence->batch * gru->hidden_dim;
    for (int64_t layer = gru->layers - 1; layer >= 0; layer--) {
        float *dinput = dx;
        if (layer > 0) {
            int64_t size = sequence->batch * sequence->time * gru->cells[attni_gru_cell_index(gru, layer, 0)].input_dim;
            dinput = attni_arena_floats(&tape->arena, size);
            if (dinput == NULL)
                return attni_no_memory(function, (size_t)size * sizeof(float));
        }
        for (int64_t direction = 0; direction < gru->directions; direction++) {
            int64_t index = attni_gru_cell_index(gru, layer, direction);
            attni_mark mark = attni_arena_mark(&tape->arena);
            backward_pass pass = {.gru = gru, .kernels = attni_context_kernels(gru->context), .sequence = sequence,
                                  .cell = &gru->cells[index], .run = record->runs[index], .reverse = direction == 1,
                                  .dy = dy ? dy + direction * gru->hidden_dim : NULL, .dy_width = attn_gru_output_dim(gru),
                                  .dhn = dhn ? dhn + index * state : NULL, .dh0 = dh0 ? dh0 + index * state : NULL,
                                  .dx = dinput, .accumulate = direction == 1,
                                  .mask = attni_gru_mask_of(gru, tape, record->stream, index)};
            ATTNI_TRY(run_cell(&pass, &tape->arena, function));
            attni_arena_reset(&tape->arena, mark);
        }
        dy = dinput;
    }
    if (dx)
        attni_sequence_clear_padding(sequence, gru->input_dim, dx);
    return ATTN_OK;
}

attn_status attn_gru_backward(const attn_gru *gru, attn_tape *tape, const float *dy, const float *dhn, float *dx, float *dh0)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE_PTR(tape);
    attni_gru_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, gru, (void **)&record));
    ATTNI_TRY(attni_params_need_gradients(gru->params, __func__));
    attn_status status = run_layers(gru, tape, __func__, record, dy, dhn, dx, dh0);
    attni_tape_pop(tape); /* also after a failure: part of the record is overwritten by then */
    return status;
}
