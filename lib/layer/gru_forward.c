/* gru_forward.c - the GRU forward over whole sequences.
 *
 * Each block of rows runs through its whole sequence by itself, window by window: one product gives W x for the window's
 * tokens, then each step is a small product with U and the gates, while all of it is in the cache. W and U are packed once. */
#include <string.h>

#include "layer/gru.h"

/* What the tasks of one cell share. */
typedef struct forward_pass {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    int32_t keep; /* for backward, in `run`; otherwise each worker has room for one window */
    attni_gru_run run;
    int32_t reverse;
    const float *input; /* [batch, time, input_dim], padded */
    const float *h0;    /* [batch, H], may be NULL */
    float *output;      /* [batch, time, output_width], this cell's columns; may be NULL */
    int64_t output_width;
    float *hn;                /* [batch, H], may be NULL */
    float *packed_ih;         /* W packed: [E, 3H] */
    float *packed, *packed_n; /* U packed: [H, 3H]; or, with reset before, [H, 2H] and [H, H] */
    float *bias;              /* [4H]: b_r + c_r, b_z + c_z, b_n, c_n */
    attni_gru_mask mask;
} forward_pass;

/* A worker's scratch memory. */
typedef struct worker_scratch {
    float *state;         /* [rows, H] */
    float *u;             /* [rows, 3H]: U h */
    float *reset_state;   /* [rows, H]: r h */
    attni_gru_run window; /* in inference */
} worker_scratch;

/* ---- one step of one block ------------------------------------------------------------------------------- */

/* Normalise gate `g` of m rows where that is on: a = gain * xhat + shift, and keep xhat and rstd. */
static void normalize_gate(const forward_pass *pass, int64_t m, const attni_gru_run *run, int64_t g)
{
    if (!pass->gru->layer_norm)
        return;
    int64_t h = pass->gru->hidden_dim;
    float *a = run->gates + g * h, *xhat = run->xhat + g * h;
    const float *gain = attni_params_value(pass->gru->params, pass->cell->norm_gain) + g * h;
    const float *shift = attni_params_value(pass->gru->params, pass->cell->norm_shift) + g * h;
    for (int64_t i = 0; i < m; i++)
        memcpy(xhat + i * 3 * h, a + i * 3 * h, (size_t)h * sizeof(float));
    pass->kernels->normalize(m, h, xhat, 3 * h, run->rstd + g, 3);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++)
            a[i * 3 * h + j] = gain[j] * xhat[i * 3 * h + j] + shift[j];
    }
}

/* The gates where layer normalisation or reset before take them apart: r and z, then n. */
static void gates_apart(const forward_pass *pass, int64_t m, const attni_gru_run *run,
                        const worker_scratch *scratch)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->hidden_dim, after = pass->gru->reset == ATTN_GRU_RESET_AFTER;
    float *gates = run->gates, *reset = run->reset;
    float *state = scratch->state, *u = scratch->u, *reset_state = scratch->reset_state;
    const float *bias = pass->bias;
    kernels->product(m, after ? 3 * h : 2 * h, h, state, h, pass->packed, u, 3 * h, 0);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < 2 * h; j++)
            gates[i * 3 * h + j] += u[i * 3 * h + j] + bias[j];
    }
    normalize_gate(pass, m, run, 0);
    normalize_gate(pass, m, run, 1);
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
    normalize_gate(pass, m, run, 2);
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
        pass->kernels->dropout(h, mask->threshold, mask->scale, mask->seed, mask->stream,
                               attni_gru_mask_position(at, h), state, to);
    else
        memcpy(to, state, (size_t)h * sizeof(float));
}

static void run_step(const forward_pass *pass, const attni_block *block, int64_t s, const attni_gru_run *run,
                     const worker_scratch *scratch)
{
    int64_t h = pass->gru->hidden_dim, m = block->starts[s + 1] - block->starts[s];
    float *state = scratch->state;
    if (pass->keep)
        memcpy(run->before, state, (size_t)(m * h) * sizeof(float));
    if (pass->gru->layer_norm || pass->gru->reset == ATTN_GRU_RESET_BEFORE) {
        gates_apart(pass, m, run, scratch);
    } else {
        pass->kernels->product(m, 3 * h, h, state, h, pass->packed, scratch->u, 3 * h, 0);
        pass->kernels->gru_forward(m, h, run->gates, scratch->u, 3 * h, pass->bias, run->reset, state, state);
    }
    for (int64_t i = 0; pass->output && i < m; i++)
        write_output(pass, block->first + i, s, state + i * h);
}

/* One block of rows through its whole sequence. A row's state stays at its last one once the row is finished. */
static void run_block(const forward_pass *pass, const attni_block *block, const worker_scratch *scratch)
{
    int64_t h = pass->gru->hidden_dim, e = pass->cell->input_dim;
    const int32_t *order = pass->sequence->order + block->first;
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->h0)
            memcpy(scratch->state + i * h, pass->h0 + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(scratch->state + i * h, 0, (size_t)h * sizeof(float));
    }
    for (int64_t first = 0, last; first < block->steps; first = last) {
        last = attni_block_window_end(block, first);
        int64_t at = block->starts[first], tokens = block->starts[last] - at;
        attni_gru_run window =
            pass->keep ? attni_gru_run_from(pass->gru, pass->cell, &pass->run, at) : scratch->window;
        attni_sequence_pack(pass->sequence, block, first, last, pass->reverse, e, pass->input, window.x);
        pass->kernels->product(tokens, 3 * h, e, window.x, e, pass->packed_ih, window.gates, 3 * h, 0);
        for (int64_t s = first; s < last; s++) {
            attni_gru_run run = attni_gru_run_from(pass->gru, pass->cell, &window, block->starts[s] - at);
            run_step(pass, block, s, &run, scratch);
        }
    }
    for (int64_t i = 0; pass->hn && i < block->rows; i++)
        memcpy(pass->hn + order[i] * h, scratch->state + i * h, (size_t)h * sizeof(float));
}

/* ---- one layer ------------------------------------------------------------------------------------------- */

/* The directions of a layer, and scratch memory for each worker. */
typedef struct layer_pass {
    forward_pass passes[2];
    int64_t directions;
    worker_scratch *scratch;
} layer_pass;

static void run_task(void *argument, int64_t index, int32_t worker)
{
    const layer_pass *layer = argument;
    const forward_pass *pass = &layer->passes[index % layer->directions];
    run_block(pass, &pass->sequence->blocks[index / layer->directions], &layer->scratch[worker]);
}

static void add_biases(const attn_gru *gru, const attni_gru_cell *cell, float *bias)
{
    int64_t h = gru->hidden_dim;
    const float *b = attni_params_value(gru->params, cell->bias_ih),
                *c = attni_params_value(gru->params, cell->bias_hh);
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

/* Pack W and U, and sum the biases. */
static attn_status prepare_pass(forward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_gru *gru = pass->gru;
    const attni_kernels *kernels = pass->kernels;
    int64_t h = gru->hidden_dim, e = pass->cell->input_dim,
            first = gru->reset == ATTN_GRU_RESET_AFTER ? 3 * h : 2 * h;
    pass->packed_ih = attni_arena_floats(arena, attni_packed_size(kernels, e, 3 * h));
    pass->packed = attni_arena_floats(arena, attni_packed_size(kernels, h, first));
    pass->packed_n = attni_arena_floats(arena, first == 2 * h ? attni_packed_size(kernels, h, h) : 0);
    pass->bias = attni_arena_floats(arena, 4 * h);
    if (!pass->packed_ih || !pass->packed || !pass->packed_n || !pass->bias)
        return attni_no_memory(function, (size_t)((e + h) * 3 * h) * sizeof(float));
    const float *u = attni_params_value(gru->params, pass->cell->weight_hh);
    kernels->pack_transposed(e, 3 * h, attni_params_value(gru->params, pass->cell->weight_ih), e,
                             pass->packed_ih);
    kernels->pack_transposed(h, first, u, h, pass->packed);
    if (first == 2 * h)
        kernels->pack_transposed(h, h, u + 2 * h * h, h, pass->packed_n);
    add_biases(gru, pass->cell, pass->bias);
    return ATTN_OK;
}

static attn_status allocate_scratch(const attn_gru *gru, attni_arena *arena, const char *function,
                                    int64_t input_dim, int32_t keep, worker_scratch **out)
{
    int32_t workers = attn_context_threads(gru->context);
    int64_t rows = ATTNI_BLOCK_ROWS * gru->hidden_dim;
    worker_scratch *scratch = attni_arena_alloc(arena, (size_t)workers * sizeof *scratch);
    for (int32_t w = 0; scratch && w < workers; w++) {
        scratch[w] = (worker_scratch){.state = attni_arena_floats(arena, rows),
                                      .u = attni_arena_floats(arena, 3 * rows),
                                      .reset_state = attni_arena_floats(arena, rows)};
        if (!scratch[w].state || !scratch[w].u || !scratch[w].reset_state)
            return attni_no_memory(function, (size_t)(5 * rows) * sizeof(float));
        if (!keep)
            ATTNI_TRY(allocate_run(gru, arena, function, ATTNI_WINDOW, input_dim, 0, &scratch[w].window));
    }
    *out = scratch;
    return scratch ? ATTN_OK : attni_no_memory(function, (size_t)workers * sizeof *scratch);
}

static attn_status run_layer(layer_pass *layer, attni_arena *arena, const char *function)
{
    const forward_pass *first = &layer->passes[0];
    const attn_gru *gru = first->gru;
    attni_mark mark = attni_arena_mark(arena);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(prepare_pass(&layer->passes[direction], arena, function));
    ATTNI_TRY(allocate_scratch(gru, arena, function, first->cell->input_dim, first->keep, &layer->scratch));
    attni_parallel_for(gru->context, first->sequence->block_count * layer->directions, run_task, layer);
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

/* ---- all layers ------------------------------------------------------------------------------------------ */

static attn_status run_layers(const attn_gru *gru, attn_tape *tape, attni_arena *arena, const char *function,
                              attni_gru_record *record, const float *x, const float *h0, float *y, float *hn)
{
    const attni_sequence *sequence = &record->sequence;
    int64_t h = gru->hidden_dim, width = gru->directions * h, state = sequence->batch * h;
    const float *input = x;
    for (int64_t k = 0; k < gru->layers; k++) {
        float *output = y;
        if (k < gru->layers - 1) {
            output = attni_arena_floats(arena, sequence->batch * sequence->time * width);
            if (output == NULL)
                return attni_no_memory(function,
                                       (size_t)(sequence->batch * sequence->time * width) * sizeof(float));
        }
        layer_pass layer = {.directions = gru->directions};
        for (int64_t direction = 0; direction < gru->directions; direction++) {
            int64_t index = attni_gru_cell_index(gru, k, direction);
            forward_pass *pass = &layer.passes[direction];
            *pass = (forward_pass){.gru = gru,
                                   .kernels = attni_context_kernels(gru->context),
                                   .sequence = sequence,
                                   .cell = &gru->cells[index],
                                   .keep = tape != NULL,
                                   .reverse = direction == 1,
                                   .input = input,
                                   .h0 = h0 ? h0 + index * state : NULL,
                                   .output = output ? output + direction * h : NULL,
                                   .output_width = width,
                                   .hn = hn ? hn + index * state : NULL,
                                   .mask = attni_gru_mask_of(gru, tape, record->stream, index)};
            if (tape == NULL)
                continue;
            ATTNI_TRY(
                allocate_run(gru, arena, function, sequence->tokens, pass->cell->input_dim, 1, &pass->run));
            record->runs[index] = pass->run;
        }
        ATTNI_TRY(run_layer(&layer, arena, function));
        input = output;
    }
    if (y)
        attni_sequence_clear_padding(sequence, width, y);
    return ATTN_OK;
}

static attn_status start_record(const attn_gru *gru, attn_tape *tape, attni_arena *arena,
                                const char *function, int64_t batch, int64_t time, const int32_t *lengths,
                                attni_gru_record *record)
{
    ATTNI_TRY(attni_sequence_make(&record->sequence, arena, function, batch, time, lengths));
    if (tape == NULL)
        return ATTN_OK;
    size_t size = (size_t)(gru->layers * gru->directions) * sizeof *record->runs;
    record->runs = attni_arena_alloc(arena, size);
    record->stream = attni_tape_stream(tape);
    return record->runs ? ATTN_OK : attni_no_memory(function, size);
}

attn_status attn_gru_forward(const attn_gru *gru, attn_tape *tape, int64_t batch, int64_t time,
                             const float *x, const int32_t *lengths, const float *h0, float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE(x != NULL || batch == 0 || time == 0,
                  "%s: x is NULL; expected [batch, time, input_dim] numbers", __func__);
    attni_workspace workspace;
    attni_gru_record local = {0}, *record = &local;
    if (tape)
        ATTNI_TRY(attni_tape_push(tape, __func__, gru->id, sizeof *record, (void **)&record));
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
