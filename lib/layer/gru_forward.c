/* gru_forward.c - the GRU forward: whole sequences, and one step of a stream.
 *
 * For each cell (a layer in a direction): one large product gives W x for all tokens; then each block of rows runs through
 * its whole sequence by itself, a small product with the packed U and the gates at each step. */
#include <string.h>

#include "layer/gru.h"

/* What the tasks of one cell share. */
typedef struct forward_pass {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    attni_gru_run run;
    int32_t keep;       /* for backward */
    int32_t reverse;
    const float *input; /* [batch, time, input_dim], padded */
    const float *h0;    /* [batch, H], may be NULL */
    float *output;      /* [batch, time, output_width], this cell's columns; may be NULL */
    int64_t output_width;
    float *hn;                /* [batch, H], may be NULL */
    float *packed, *packed_n; /* U packed: [H, 3H]; or, with reset before, [H, 2H] and [H, H] */
    float *bias;              /* [4H]: b_r + c_r, b_z + c_z, b_n, c_n */
    float *scratch;           /* worker by worker: state [rows, H], products [rows, 3H], r * h [rows, H] */
    attni_gru_mask mask;
} forward_pass;

#define SCRATCH_WIDTH 5 /* in H * ATTNI_BLOCK_ROWS */

/* ---- one step of one block ------------------------------------------------------------------------------- */

/* Normalise gate `g` of m rows where that is on: a = gain * xhat + shift, and keep xhat and rstd. */
static void normalize_gate(const forward_pass *pass, int64_t m, int64_t at, int64_t g)
{
    if (!pass->gru->layer_norm)
        return;
    int64_t h = pass->gru->hidden_dim;
    float *a = pass->run.gates + at * 3 * h + g * h, *xhat = pass->run.xhat + at * 3 * h + g * h;
    const float *gain = attni_params_value(pass->gru->params, pass->cell->norm_gain) + g * h;
    const float *shift = attni_params_value(pass->gru->params, pass->cell->norm_shift) + g * h;
    for (int64_t i = 0; i < m; i++)
        memcpy(xhat + i * 3 * h, a + i * 3 * h, (size_t)h * sizeof(float));
    pass->kernels->normalize(m, h, xhat, 3 * h, pass->run.rstd + at * 3 + g, 3);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++)
            a[i * 3 * h + j] = gain[j] * xhat[i * 3 * h + j] + shift[j];
    }
}

/* The gates where layer normalisation or reset before take them apart: r and z, then n. */
static void gates_apart(const forward_pass *pass, int64_t m, int64_t at, float *state, float *u, float *reset_state)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->hidden_dim, after = pass->gru->reset == ATTN_GRU_RESET_AFTER;
    float *gates = pass->run.gates + at * 3 * h, *reset = pass->run.reset + at * h;
    const float *bias = pass->bias;
    kernels->product(m, after ? 3 * h : 2 * h, h, state, h, pass->packed, u, 3 * h, 0);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < 2 * h; j++)
            gates[i * 3 * h + j] += u[i * 3 * h + j] + bias[j];
    }
    normalize_gate(pass, m, at, 0);
    normalize_gate(pass, m, at, 1);
    for (int64_t i = 0; i < m; i++)
        kernels->sigmoid(2 * h, gates + i * 3 * h, gates + i * 3 * h);
    if (!after) {
        for (int64_t i = 0; i < m; i++) {
            for (int64_t j = 0; j < h; j++)
                reset_state[i * h + j] = gates[i * 3 * h + j] * state[i * h + j];
        }
        kernels->product(m, h, h, reset_state, h, pass->packed_n, u + 2 * h, 3 * h, 0);
    }
    for (int64_t i = 0; i < m; i++) {
        float *r = gates + i * 3 * h, *n = r + 2 * h, *q = reset + i * h;
        const float *u_n = u + i * 3 * h + 2 * h;
        for (int64_t j = 0; after && j < h; j++) {
            q[j] = u_n[j] + bias[3 * h + j];
            n[j] += bias[2 * h + j] + r[j] * q[j];
        }
        for (int64_t j = 0; !after && j < h; j++)
            n[j] += bias[2 * h + j] + u_n[j] + bias[3 * h + j];
    }
    normalize_gate(pass, m, at, 2);
    for (int64_t i = 0; i < m; i++) {
        float *z = gates + i * 3 * h + h, *n = z + h;
        kernels->tanh(h, n, n);
        for (int64_t j = 0; j < h; j++)
            state[i * h + j] = n[j] + z[j] * (state[i * h + j] - n[j]);
    }
}

static void write_output(const forward_pass *pass, int64_t place, int64_t step, const float *state)
{
    int64_t h = pass->gru->hidden_dim, at = attni_sequence_at(pass->sequence, place, step, pass->reverse);
    float *to = pass->output + at * pass->output_width;
    const attni_gru_mask *mask = &pass->mask;
    if (mask->threshold)
        pass->kernels->dropout(h, mask->threshold, mask->scale, mask->seed, mask->stream, attni_gru_mask_position(at, h), state,
                               to);
    else
        memcpy(to, state, (size_t)h * sizeof(float));
}

/* One block of rows through its whole sequence. `state` holds each row's last state once the row is finished. */
static void run_block(void *argument, int64_t index, int32_t worker)
{
    const forward_pass *pass = argument;
    const attni_block *block = &pass->sequence->blocks[index];
    int64_t h = pass->gru->hidden_dim;
    float *state = pass->scratch + worker * SCRATCH_WIDTH * ATTNI_BLOCK_ROWS * h;
    float *u = state + ATTNI_BLOCK_ROWS * h, *reset_state = u + 3 * ATTNI_BLOCK_ROWS * h;
    const int32_t *order = pass->sequence->order + block->first;
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->h0)
            memcpy(state + i * h, pass->h0 + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(state + i * h, 0, (size_t)h * sizeof(float));
    }
    int32_t apart = pass->gru->layer_norm || pass->gru->reset == ATTN_GRU_RESET_BEFORE;
    for (int64_t s = 0; s < block->steps; s++) {
        int64_t at = block->starts[s], m = block->starts[s + 1] - at;
        if (pass->keep)
            memcpy(pass->run.before + at * h, state, (size_t)(m * h) * sizeof(float));
        if (apart) {
            gates_apart(pass, m, at, state, u, reset_state);
        } else {
            pass->kernels->product(m, 3 * h, h, state, h, pass->packed, u, 3 * h, 0);
            pass->kernels->gru_forward(m, h, pass->run.gates + at * 3 * h, u, 3 * h, pass->bias, pass->run.reset + at * h,
                                       state, state);
        }
        for (int64_t i = 0; pass->output && i < m; i++)
            write_output(pass, block->first + i, s, state + i * h);
    }
    for (int64_t i = 0; pass->hn && i < block->rows; i++)
        memcpy(pass->hn + order[i] * h, state + i * h, (size_t)h * sizeof(float));
}

/* ---- one cell -------------------------------------------------------------------------------------------- */

static void pack_input(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const forward_pass *pass = argument;
    attni_sequence_pack(pass->sequence, &pass->sequence->blocks[index], pass->reverse, pass->cell->input_dim, pass->input,
                        pass->run.x);
}

static void add_biases(const attn_gru *gru, const attni_gru_cell *cell, float *bias)
{
    int64_t h = gru->hidden_dim;
    const float *b = attni_params_value(gru->params, cell->bias_ih), *c = attni_params_value(gru->params, cell->bias_hh);
    for (int64_t j = 0; j < 2 * h; j++)
        bias[j] = b[j] + c[j];
    memcpy(bias + 2 * h, b + 2 * h, (size_t)h * sizeof(float));
    memcpy(bias + 3 * h, c + 2 * h, (size_t)h * sizeof(float));
}

static attn_status allocate_run(const attn_gru *gru, attni_arena *arena, const char *function, int64_t tokens,
                                int64_t input_dim, int32_t keep, attni_gru_run *run)
{
    int64_t h = gru->hidden_dim, norm = gru->layer_norm;
    run->x = attni_arena_floats(arena, tokens * input_dim);
    run->gates = attni_arena_floats(arena, tokens * 3 * h);
    run->reset = attni_arena_floats(arena, tokens * h);
    run->before = attni_arena_floats(arena, keep ? tokens * h : 0);
    run->xhat = attni_arena_floats(arena, norm ? tokens * 3 * h : 0);
    run->rstd = attni_arena_floats(arena, norm ? tokens * 3 : 0);
    if (!run->x || !run->gates || !run->reset || !run->before || !run->xhat || !run->rstd)
        return attni_no_memory(function, (size_t)(tokens * (input_dim + 8 * h)) * sizeof(float));
    return ATTN_OK;
}

/* Pack U, sum the biases, and take scratch for the workers. */
static attn_status prepare_pass(forward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_gru *gru = pass->gru;
    const attni_kernels *kernels = pass->kernels;
    int64_t h = gru->hidden_dim, first = gru->reset == ATTN_GRU_RESET_AFTER ? 3 * h : 2 * h;
    int64_t scratch = attn_context_threads(gru->context) * SCRATCH_WIDTH * ATTNI_BLOCK_ROWS * h;
    pass->packed = attni_arena_floats(arena, attni_packed_size(kernels, h, first));
    pass->packed_n = attni_arena_floats(arena, first == 2 * h ? attni_packed_size(kernels, h, h) : 0);
    pass->bias = attni_arena_floats(arena, 4 * h);
    pass->scratch = attni_arena_floats(arena, scratch);
    if (!pass->packed || !pass->packed_n || !pass->bias || !pass->scratch)
        return attni_no_memory(function, (size_t)(scratch + 4 * h * h) * sizeof(float));
    const float *u = attni_params_value(gru->params, pass->cell->weight_hh);
    kernels->pack_transposed(h, first, u, h, pass->packed);
    if (first == 2 * h)
        kernels->pack_transposed(h, h, u + 2 * h * h, h, pass->packed_n);
    add_biases(gru, pass->cell, pass->bias);
    return ATTN_OK;
}

static attn_status run_cell(forward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_gru *gru = pass->gru;
    int64_t tokens = pass->sequence->tokens, e = pass->cell->input_dim, h = gru->hidden_dim;
    attni_mark mark = attni_arena_mark(arena);
    ATTNI_TRY(prepare_pass(pass, arena, function));
    attni_parallel_for(gru->context, pass->sequence->block_count, pack_input, pass);
    attni_gemm_nt(tokens, 3 * h, e, pass->run.x, e, attni_params_value(gru->params, pass->cell->weight_ih), e, 0,
                  pass->run.gates, 3 * h);
    attni_parallel_for(gru->context, pass->sequence->block_count, run_block, pass);
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

/* ---- all cells ------------------------------------------------------------------------------------------- */

static attn_status run_layers(const attn_gru *gru, attn_tape *tape, attni_arena *arena, const char *function,
                              attni_gru_record *record, const float *x, const float *h0, float *y, float *hn)
{
    const attni_sequence *sequence = &record->sequence;
    int64_t h = gru->hidden_dim, width = gru->directions * h, state = sequence->batch * h;
    const float *input = x;
    for (int64_t layer = 0; layer < gru->layers; layer++) {
        float *output = y;
        if (layer < gru->layers - 1) {
            output = attni_arena_floats(arena, sequence->batch * sequence->time * width);
            if (output == NULL)
                return attni_no_memory(function, (size_t)(sequence->batch * sequence->time * width) * sizeof(float));
        }
        for (int64_t direction = 0; direction < gru->directions; direction++) {
            int64_t index = attni_gru_cell_index(gru, layer, direction);
            attni_mark mark = attni_arena_mark(arena);
            forward_pass pass = {.gru = gru, .kernels = attni_context_kernels(gru->context), .sequence = sequence,
                                 .cell = &gru->cells[index], .keep = tape != NULL, .reverse = direction == 1,
                                 .input = input, .h0 = h0 ? h0 + index * state : NULL,
                                 .output = output ? output + direction * h : NULL, .output_width = width,
                                 .hn = hn ? hn + index * state : NULL,
                                 .mask = attni_gru_mask_of(gru, tape, record->stream, index)};
            ATTNI_TRY(allocate_run(gru, arena, function, sequence->tokens, pass.cell->input_dim, pass.keep, &pass.run));
            ATTNI_TRY(run_cell(&pass, arena, function));
            if (tape)
                record->runs[index] = pass.run;
            else
                attni_arena_reset(arena, mark);
        }
        if (layer == gru->layers - 1 && output)
            attni_sequence_clear_padding(sequence, width, output);
        input = output;
    }
    return ATTN_OK;
}

static attn_status start_record(const attn_gru *gru, attn_tape *tape, attni_arena *arena, const char *function, int64_t batch,
                                int64_t time, const int32_t *lengths, attni_gru_record *record)
{
    ATTNI_TRY(attni_sequence_make(&record->sequence, arena, function, batch, time, lengths));
    if (tape == NULL)
        return ATTN_OK;
    size_t size = (size_t)(gru->layers * gru->directions) * sizeof *record->runs;
    record->runs = attni_arena_alloc(arena, size);
    record->stream = attni_tape_stream(tape);
    return record->runs ? ATTN_OK : attni_no_memory(function, size);
}

attn_status attn_gru_forward(const attn_gru *gru, attn_tape *tape, int64_t batch, int64_t time, const float *x,
                             const int32_t *lengths, const float *h0, float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE(x != NULL || batch == 0 || time == 0, "%s: x is NULL; expected [batch, time, input_dim] numbers", __func__);
    attni_workspace workspace;
    attni_gru_record local = {0}, *record = &local;
    if (tape)
        ATTNI_TRY(attni_tape_push(tape, __func__, gru, sizeof *record, (void **)&record));
    attn_status status = attni_workspace_open(&workspace, gru->context, tape, __func__);
    if (status == ATTN_OK)
        status = start_record(gru, tape, workspace.arena, __func__, batch, time, lengths, record);
    if (status == ATTN_OK)
        status = run_layers(gru, tape, workspace.arena, __func__, record, x, h0, y, hn);
    attni_workspace_close(&workspace, gru->context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}

/* ---- one step -------------------------------------------------------------------------------------------- */

/* One row through one cell by dot products, reading each weight once: h becomes the state after. scratch is [8H]. */
static void step_row(const attn_gru *gru, const attni_gru_cell *cell, const float *x, float *h, float *scratch)
{
    const attni_kernels *kernels = attni_context_kernels(gru->context);
    int64_t H = gru->hidden_dim, e = cell->input_dim;
    float *gates = scratch, *u = gates + 3 * H, *reset_state = u + 3 * H, *rstd = reset_state + H;
    const float *w_ih = attni_params_value(gru->params, cell->weight_ih), *w_hh = attni_params_value(gru->params, cell->weight_hh);
    const float *b = attni_params_value(gru->params, cell->bias_ih), *c = attni_params_value(gru->params, cell->bias_hh);
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
    ATTNI_REQUIRE(batch == 0 || (x != NULL && h != NULL), "%s: x or h is NULL; expected [batch, input_dim] and "
                  "[states, batch, hidden_dim] numbers", __func__);
    ATTNI_REQUIRE(gru->directions == 1, "%s: the GRU is bidirectional, and its second direction starts at the end of the "
                  "sequence; use attn_gru_forward", __func__);
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
