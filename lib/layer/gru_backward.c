/* gru_backward.c - the GRU back through time.
 *
 * With dh the gradient of a step's new state h' = n + z (h - n), and a the pre-activations:
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dh <- dh z
 *     reset after:   dq = da_n r          da_r = da_n q r (1 - r)             dh += U_rz^T [da_r, da_z] + U_n^T dq
 *     reset before:  d(r h) = U_n^T da_n  da_r = d(r h) h r (1 - r)           dh += d(r h) r + U_rz^T [da_r, da_z]
 *
 * where q = U_n h + c_n. Each block of rows runs back through its whole sequence by itself, window by window, each with
 * its dx = da W; then products over all tokens give dW = da^T x and dU = [da_r, da_z, dq]^T h. Sums over tokens that no
 * product makes (biases, gain, shift) are made block by block and added in the blocks' order, so that they do not depend on
 * the threads. */
#include <string.h>

#include "layer/gru.h"
#include "layer/weight_gradient.h"

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
    float *packed_rz, *packed_n; /* U packed the other way: [2H, H] and [H, H] */
    float *packed_ih;            /* W packed the other way: [3H, E] */
    float *sums;                 /* [blocks, SUMS * H] */
    attni_gru_mask mask;
} backward_pass;

/* A worker's scratch memory. */
typedef struct worker_scratch {
    float *dh;    /* [rows, H] */
    float *spare; /* [rows, H]: d(r h), or one row of dy */
    float *dx;    /* [ATTNI_WINDOW, input_dim] */
} worker_scratch;

/* What each block sums, in H: da_r da_z da_n, dq, the gains' three, the shifts' three. */
#define SUM_RESET 3
#define SUM_GAIN 4
#define SUM_SHIFT 7
#define SUMS 10

/* ---- one step of one block ------------------------------------------------------------------------------- */

/* Back through gain * xhat + shift and the normalisation of gate `g`, in place of its gradient. */
static void normalize_gate_backward(const backward_pass *pass, int64_t m, const attni_gru_run *run, int64_t g,
                                    float *sums)
{
    if (!pass->gru->layer_norm)
        return;
    int64_t h = pass->gru->hidden_dim;
    float *da = run->gates + g * h;
    const float *xhat = run->xhat + g * h;
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
    pass->kernels->normalize_backward(m, h, xhat, 3 * h, run->rstd + g, 3, da, 3 * h);
}

static void reset_after_backward(int64_t h, int64_t m, const attni_gru_run *run)
{
    for (int64_t i = 0; i < m; i++) {
        float *r = run->gates + i * 3 * h, *q = run->reset + i * h;
        const float *da_n = r + 2 * h;
        for (int64_t j = 0; j < h; j++) {
            float reset = r[j];
            r[j] = da_n[j] * q[j] * reset * (1.0f - reset);
            q[j] = da_n[j] * reset;
        }
    }
}

/* With reset before, run.reset receives r h, which the product for dU_n needs. */
static void reset_before_backward(const backward_pass *pass, int64_t m, const attni_gru_run *run, float *dh,
                                  float *d_reset_state)
{
    int64_t h = pass->gru->hidden_dim;
    float *gates = run->gates;
    pass->kernels->product(m, h, h, gates + 2 * h, 3 * h, pass->packed_n, d_reset_state, h, 0);
    for (int64_t i = 0; i < m; i++) {
        float *r = gates + i * 3 * h, *reset_state = run->reset + i * h;
        const float *before = run->before + i * h, *d = d_reset_state + i * h;
        for (int64_t j = 0; j < h; j++) {
            float reset = r[j];
            reset_state[j] = reset * before[j];
            dh[i * h + j] += d[j] * reset;
            r[j] = d[j] * before[j] * reset * (1.0f - reset);
        }
    }
}

/* The gates where layer normalisation or reset before take them apart: n and z, then r. */
static void gates_apart_backward(const backward_pass *pass, int64_t m, const attni_gru_run *run,
                                 const worker_scratch *scratch, float *sums)
{
    float *dh = scratch->dh;
    int64_t h = pass->gru->hidden_dim;
    for (int64_t i = 0; i < m; i++) {
        float *z = run->gates + i * 3 * h + h, *n = z + h;
        const float *before = run->before + i * h;
        for (int64_t j = 0; j < h; j++) {
            float keep = z[j], candidate = n[j], d = dh[i * h + j];
            z[j] = d * (before[j] - candidate) * keep * (1.0f - keep);
            n[j] = d * (1.0f - keep) * (1.0f - candidate * candidate);
            dh[i * h + j] = d * keep;
        }
    }
    normalize_gate_backward(pass, m, run, 1, sums);
    normalize_gate_backward(pass, m, run, 2, sums);
    if (pass->gru->reset == ATTN_GRU_RESET_AFTER)
        reset_after_backward(h, m, run);
    else
        reset_before_backward(pass, m, run, dh, scratch->spare);
    normalize_gate_backward(pass, m, run, 0, sums);
}

/* dh += the gradient of the step's outputs, through their dropout. */
static void add_output_gradient(const backward_pass *pass, int64_t place, int64_t step, float *dh, float *row)
{
    int64_t h = pass->gru->hidden_dim, at = attni_sequence_at(pass->sequence, place, step, pass->reverse);
    const float *dy = pass->dy + at * pass->dy_width;
    const attni_gru_mask *mask = &pass->mask;
    if (mask->threshold) {
        pass->kernels->dropout(h, mask->threshold, mask->scale, mask->seed, mask->stream,
                               attni_gru_mask_position(at, h), dy, row);
        dy = row;
    }
    pass->kernels->axpy(h, 1.0f, dy, dh);
}

static void run_step(const backward_pass *pass, const attni_block *block, int64_t s,
                     const worker_scratch *scratch, float *sums)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->hidden_dim, after = pass->gru->reset == ATTN_GRU_RESET_AFTER;
    int64_t m = block->starts[s + 1] - block->starts[s];
    attni_gru_run run = attni_gru_run_from(pass->gru, pass->cell, &pass->run, block->starts[s]);
    float *dh = scratch->dh;
    for (int64_t i = 0; pass->dy && i < m; i++)
        add_output_gradient(pass, block->first + i, s, dh + i * h, scratch->spare);
    if (pass->gru->layer_norm || !after)
        gates_apart_backward(pass, m, &run, scratch, sums);
    else
        kernels->gru_backward(m, h, run.gates, run.reset, run.before, dh);
    kernels->product(m, h, 2 * h, run.gates, 3 * h, pass->packed_rz, dh, h, 1);
    if (after)
        kernels->product(m, h, h, run.reset, h, pass->packed_n, dh, h, 1);
    for (int64_t i = 0; i < m; i++) {
        kernels->axpy(3 * h, 1.0f, run.gates + i * 3 * h, sums);
        kernels->axpy(h, 1.0f, after ? run.reset + i * h : run.gates + i * 3 * h + 2 * h,
                      sums + SUM_RESET * h);
    }
}

/* One block of rows back through its whole sequence. A row's dh waits at its last state's gradient until the row begins. */
static void run_block(const backward_pass *pass, int64_t index, const worker_scratch *scratch)
{
    const attni_block *block = &pass->sequence->blocks[index];
    int64_t h = pass->gru->hidden_dim, e = pass->cell->input_dim;
    float *sums = pass->sums + index * SUMS * h;
    const int32_t *order = pass->sequence->order + block->first;
    memset(sums, 0, (size_t)(SUMS * h) * sizeof(float));
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->dhn)
            memcpy(scratch->dh + i * h, pass->dhn + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(scratch->dh + i * h, 0, (size_t)h * sizeof(float));
    }
    for (int64_t last = block->steps, first; last > 0; last = first) {
        first = attni_block_window_begin(block, last);
        for (int64_t s = last - 1; s >= first; s--)
            run_step(pass, block, s, scratch, sums);
        if (pass->dx == NULL)
            continue;
        int64_t at = block->starts[first], tokens = block->starts[last] - at;
        pass->kernels->product(tokens, e, 3 * h, pass->run.gates + at * 3 * h, 3 * h, pass->packed_ih,
                               scratch->dx, e, 0);
        attni_sequence_unpack(pass->sequence, block, first, last, pass->reverse, e, scratch->dx,
                              pass->reverse, pass->dx);
    }
    for (int64_t i = 0; pass->dh0 && i < block->rows; i++)
        memcpy(pass->dh0 + order[i] * h, scratch->dh + i * h, (size_t)h * sizeof(float));
}

/* ---- one layer ------------------------------------------------------------------------------------------- */

/* The directions of a layer, and scratch memory for each worker. */
typedef struct layer_pass {
    backward_pass passes[2];
    int64_t directions;
    worker_scratch *scratch;
} layer_pass;

/* Both directions of a block in one task: they add to the same dx. */
static void run_task(void *argument, int64_t index, int32_t worker)
{
    const layer_pass *layer = argument;
    for (int64_t direction = 0; direction < layer->directions; direction++)
        run_block(&layer->passes[direction], index, &layer->scratch[worker]);
}

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

static attn_status add_weight_gradients(const backward_pass *pass, attni_arena *arena, const char *function)
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
        ATTNI_TRY(attni_weight_gradient(gru->context, arena, function, tokens, 3 * h, e, run->gates, 3 * h,
                                        run->x, e, attni_params_gradient(gru->params, cell->weight_ih)));
    if (!attni_params_at(gru->params, cell->weight_hh)->trainable)
        return ATTN_OK;
    float *du = attni_params_gradient(gru->params, cell->weight_hh), *du_n = du + 2 * h * h;
    ATTNI_TRY(attni_weight_gradient(gru->context, arena, function, tokens, 2 * h, h, run->gates, 3 * h,
                                    run->before, h, du));
    if (gru->reset == ATTN_GRU_RESET_AFTER)
        return attni_weight_gradient(gru->context, arena, function, tokens, h, h, run->reset, h, run->before,
                                     h, du_n);
    return attni_weight_gradient(gru->context, arena, function, tokens, h, h, run->gates + 2 * h, 3 * h,
                                 run->reset, h, du_n);
}

static attn_status prepare_pass(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attni_kernels *kernels = pass->kernels;
    const attn_params *params = pass->gru->params;
    int64_t h = pass->gru->hidden_dim, e = pass->cell->input_dim,
            sums = pass->sequence->block_count * SUMS * h;
    pass->packed_rz = attni_arena_floats(arena, attni_packed_size(kernels, 2 * h, h));
    pass->packed_n = attni_arena_floats(arena, attni_packed_size(kernels, h, h));
    pass->packed_ih = attni_arena_floats(arena, pass->dx ? attni_packed_size(kernels, 3 * h, e) : 0);
    pass->sums = attni_arena_floats(arena, sums);
    if (!pass->packed_rz || !pass->packed_n || !pass->packed_ih || !pass->sums)
        return attni_no_memory(function, (size_t)(3 * h * (h + e) + sums) * sizeof(float));
    const float *u = attni_params_value(params, pass->cell->weight_hh);
    kernels->pack(2 * h, h, u, h, pass->packed_rz);
    kernels->pack(h, h, u + 2 * h * h, h, pass->packed_n);
    if (pass->dx)
        kernels->pack(3 * h, e, attni_params_value(params, pass->cell->weight_ih), e, pass->packed_ih);
    return ATTN_OK;
}

static attn_status allocate_scratch(const attn_gru *gru, attni_arena *arena, const char *function,
                                    int64_t input_dim, worker_scratch **out)
{
    int32_t workers = attn_context_threads(gru->context);
    int64_t rows = ATTNI_BLOCK_ROWS * gru->hidden_dim;
    worker_scratch *scratch = attni_arena_alloc(arena, (size_t)workers * sizeof *scratch);
    for (int32_t w = 0; scratch && w < workers; w++) {
        scratch[w] = (worker_scratch){attni_arena_floats(arena, rows), attni_arena_floats(arena, rows),
                                      attni_arena_floats(arena, ATTNI_WINDOW * input_dim)};
        if (!scratch[w].dh || !scratch[w].spare || !scratch[w].dx)
            return attni_no_memory(function, (size_t)(2 * rows + ATTNI_WINDOW * input_dim) * sizeof(float));
    }
    *out = scratch;
    return scratch ? ATTN_OK : attni_no_memory(function, (size_t)workers * sizeof *scratch);
}

static attn_status run_layer(layer_pass *layer, attni_arena *arena, const char *function)
{
    const backward_pass *first = &layer->passes[0];
    const attn_gru *gru = first->gru;
    attni_mark mark = attni_arena_mark(arena);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(prepare_pass(&layer->passes[direction], arena, function));
    ATTNI_TRY(allocate_scratch(gru, arena, function, first->cell->input_dim, &layer->scratch));
    attni_parallel_for(gru->context, first->sequence->block_count, run_task, layer);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(add_weight_gradients(&layer->passes[direction], arena, function));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

/* ---- all layers ------------------------------------------------------------------------------------------ */

static attn_status run_layers(const attn_gru *gru, attn_tape *tape, const char *function,
                              const attni_gru_record *record, const float *dy, const float *dhn, float *dx,
                              float *dh0)
{
    const attni_sequence *sequence = &record->sequence;
    int64_t h = gru->hidden_dim, state = sequence->batch * h;
    for (int64_t k = gru->layers - 1; k >= 0; k--) {
        float *dinput = dx;
        if (k > 0) {
            int64_t size =
                sequence->batch * sequence->time * gru->cells[attni_gru_cell_index(gru, k, 0)].input_dim;
            dinput = attni_arena_floats(&tape->arena, size);
            if (dinput == NULL)
                return attni_no_memory(function, (size_t)size * sizeof(float));
        }
        layer_pass layer = {.directions = gru->directions};
        for (int64_t direction = 0; direction < gru->directions; direction++) {
            int64_t index = attni_gru_cell_index(gru, k, direction);
            layer.passes[direction] =
                (backward_pass){.gru = gru,
                                .kernels = attni_context_kernels(gru->context),
                                .sequence = sequence,
                                .cell = &gru->cells[index],
                                .run = record->runs[index],
                                .reverse = direction == 1,
                                .dy = dy ? dy + direction * h : NULL,
                                .dy_width = attn_gru_output_dim(gru),
                                .dhn = dhn ? dhn + index * state : NULL,
                                .dh0 = dh0 ? dh0 + index * state : NULL,
                                .dx = dinput,
                                .mask = attni_gru_mask_of(gru, tape, record->stream, index)};
        }
        ATTNI_TRY(run_layer(&layer, &tape->arena, function));
        dy = dinput;
    }
    if (dx)
        attni_sequence_clear_padding(sequence, gru->input_dim, dx);
    return ATTN_OK;
}

attn_status attn_gru_backward(const attn_gru *gru, attn_tape *tape, const float *dy, const float *dhn,
                              float *dx, float *dh0)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE_PTR(tape);
    attni_gru_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, gru->id, (void **)&record));
    ATTNI_TRY(attni_params_need_gradients(gru->params, __func__));
    attn_status status = run_layers(gru, tape, __func__, record, dy, dhn, dx, dh0);
    attni_tape_pop(tape); /* also after a failure: part of the record is overwritten by then */
    return status;
}
