/* backward.c - the GRU back through time: layer by layer, each layer's blocks of rows in parts whose sums do not depend on the
 * threads, and the sums into the gradients. backward_block.c has the equations. */
#include <string.h>

#include "layer/gru/backward.h"

/* The directions of a layer, and scratch memory for each worker. */
typedef struct layer_pass {
    attni_gru_back passes[2];
    int64_t directions;
    attni_gru_back_scratch *scratch;
} layer_pass;

static void run_part(const attni_gru_back *pass, const attni_gru_back_scratch *scratch, int64_t part)
{
    float *partial = attni_partial_begin(&pass->partial, part);
    int32_t *leaders = NULL;
    if (pass->tokens) {
        leaders = pass->leaders + part * pass->tokens->count;
        memset(leaders, -1, (size_t)pass->tokens->count * sizeof *leaders);
    }
    for (int64_t k = part; k < pass->sequence->block_count; k += pass->partial.parts)
        attni_gru_back_block(pass, &pass->sequence->blocks[k], scratch, partial, leaders);
}

/* A task a direction, since small tasks are shared out more evenly; both in one where they add to the same dx. */
static int64_t directions_a_task(const layer_pass *layer)
{
    return layer->passes[0].dx ? layer->directions : 1;
}

static void run_task(void *argument, int64_t index, int32_t worker)
{
    const layer_pass *layer = argument;
    int64_t together = directions_a_task(layer), tasks = layer->directions / together;
    int64_t first = index % tasks * together;
    for (int64_t direction = first; direction < first + together; direction++)
        run_part(&layer->passes[direction], &layer->scratch[worker], index / tasks);
}

/* ---- one layer ------------------------------------------------------------------------------------------- */

/* Part `from` [count] of the parts' sums to a tensor's gradient from `begin` on; nothing for a frozen one. */
static void add_sums(const attni_gru_back *pass, int64_t tensor, int64_t begin, int64_t from, int64_t count)
{
    const attn_params *params = pass->gru->params;
    if (attni_params_at(params, tensor)->trainable)
        attni_partial_add(&pass->partial, pass->gru->context, from, count,
                          attni_params_gradient(params, tensor) + begin);
}

static attn_status add_gradients(const attni_gru_back *pass, attni_arena *arena, const char *function)
{
    const attn_gru *gru = pass->gru;
    const attni_gru_cell *cell = pass->cell;
    int64_t h = gru->shape.hidden_dim, all = gru->shape.gates * h, at_n = all - h, sums = pass->partial_sums;
    int64_t after = gru->shape.reset == ATTN_GRU_RESET_AFTER, norm = sums + all + h;
    add_sums(pass, cell->weight_hh, 0, 0, all * h);
    add_sums(pass, cell->bias_ih, 0, sums + h, at_n);
    add_sums(pass, cell->bias_ih, at_n, sums, h);
    add_sums(pass, cell->bias_hh, 0, sums + h, at_n);
    add_sums(pass, cell->bias_hh, at_n, sums + (after ? all : 0), h);
    if (gru->shape.layer_norm) {
        add_sums(pass, cell->norm_gain, 0, norm, all);
        add_sums(pass, cell->norm_shift, 0, norm + all, all);
    }
    if (pass->tokens)
        return attni_gru_tokens_backward(pass->tokens, gru, cell, pass->reverse, pass->run.kept,
                                         pass->leaders, pass->partial.parts, arena, function);
    add_sums(pass, cell->weight_ih, 0, pass->partial_w, all * cell->input_dim);
    return ATTN_OK;
}

/* Pack U and, for dx, W with its gates in the order of da: n, r, z. */
static attn_status pack_weights(attni_gru_back *pass, attni_arena *arena, const char *function)
{
    const attni_kernels *kernels = pass->kernels;
    const attn_params *params = pass->gru->params;
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim;
    int64_t all = pass->gru->shape.gates * h, at_n = all - h;
    int64_t joint = pass->gru->shape.reset == ATTN_GRU_RESET_AFTER ? all : at_n;
    pass->packed = attni_arena_floats(arena, attni_packed_size(kernels, joint, h));
    pass->packed_n = attni_arena_floats(arena, attni_packed_size(kernels, h, h));
    pass->packed_ih = attni_arena_floats(arena, pass->dx ? attni_packed_size(kernels, all, e) : 0);
    float *turned = attni_arena_floats(arena, pass->dx ? all * e : 0);
    if (!pass->packed || !pass->packed_n || !pass->packed_ih || !turned)
        return attni_no_memory(function, (size_t)(2 * all * (h + e)) * sizeof(float));
    const float *u = attni_params_value(params, pass->cell->weight_hh);
    kernels->pack(joint, h, u, h, pass->packed);
    kernels->pack(h, h, u + at_n * h, h, pass->packed_n);
    if (pass->dx == NULL)
        return ATTN_OK;
    const float *w = attni_params_value(params, pass->cell->weight_ih);
    memcpy(turned, w + at_n * e, (size_t)(h * e) * sizeof(float));
    memcpy(turned + h * e, w, (size_t)(at_n * e) * sizeof(float));
    kernels->pack(all, e, turned, e, pass->packed_ih);
    return ATTN_OK;
}

static attn_status prepare_pass(attni_gru_back *pass, attni_arena *arena, const char *function)
{
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim, all = pass->gru->shape.gates * h;
    ATTNI_TRY(pack_weights(pass, arena, function));
    pass->learn_u = attni_params_at(pass->gru->params, pass->cell->weight_hh)->trainable;
    pass->learn_w = attni_params_at(pass->gru->params, pass->cell->weight_ih)->trainable;
    pass->learn_biases = attni_params_at(pass->gru->params, pass->cell->bias_ih)->trainable ||
                         attni_params_at(pass->gru->params, pass->cell->bias_hh)->trainable;
    const attn_embedding *embedding = pass->tokens ? pass->tokens->embedding : NULL;
    pass->learn_ids =
        pass->learn_w || (embedding && attni_params_at(embedding->layer.params, embedding->table)->trainable);
    pass->partial_w = all * h;
    pass->partial_sums = pass->partial_w + (pass->tokens ? 0 : all * e);
    ATTNI_TRY(attni_partial_make(&pass->partial, arena, function, pass->sequence->block_count,
                                 pass->partial_sums + 3 * all + h));
    if (pass->tokens) {
        size_t size = (size_t)(pass->partial.parts * pass->tokens->count) * sizeof(int32_t);
        pass->leaders = attni_arena_alloc(arena, size);
        if (pass->leaders == NULL)
            return attni_no_memory(function, size);
    }
    return ATTN_OK;
}

static attn_status allocate_scratch(const attni_gru_back *pass, attni_arena *arena, const char *function,
                                    attni_gru_back_scratch **out)
{
    int32_t workers = attn_context_threads(pass->gru->context);
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim, rows = ATTNI_BLOCK_ROWS * h;
    int64_t window = ATTNI_WINDOW * attni_gru_back_leading_dim(&pass->gru->shape),
            dx = pass->dx ? ATTNI_WINDOW * e : 0;
    int64_t weights = pass->dopenings ? ATTNI_WINDOW * pass->gru->shape.weight_dim : 0;
    int64_t packed = attni_packed_size(pass->kernels, ATTNI_WINDOW, e > h ? e : h);
    attni_gru_back_scratch *scratch = attni_arena_alloc(arena, (size_t)workers * sizeof *scratch);
    for (int32_t w = 0; scratch && w < workers; w++) {
        scratch[w] = (attni_gru_back_scratch){
            attni_arena_floats(arena, rows),
            attni_arena_floats(arena, rows),
            attni_arena_floats(arena, pass->gru->shape.orthogonal ? rows : 0),
            attni_arena_floats(arena, window),
            attni_arena_floats(arena, dx),
            attni_arena_floats(arena, weights),
            attni_arena_floats(arena, packed),
            attni_arena_alloc(arena, (1 + 2 * ATTNI_BLOCK_ROWS) * sizeof(attni_piece))};
        if (!scratch[w].dh || !scratch[w].spare || !scratch[w].dsums || !scratch[w].da || !scratch[w].dx ||
            !scratch[w].dweights || !scratch[w].packed || !scratch[w].pieces)
            return attni_no_memory(function, (size_t)(2 * rows + window + dx + packed) * sizeof(float));
    }
    *out = scratch;
    return scratch ? ATTN_OK : attni_no_memory(function, (size_t)workers * sizeof *scratch);
}

static attn_status run_layer(layer_pass *layer, attni_arena *arena, const char *function)
{
    const attni_gru_back *first = &layer->passes[0];
    const attn_gru *gru = first->gru;
    attni_mark mark = attni_arena_mark(arena);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(prepare_pass(&layer->passes[direction], arena, function));
    ATTNI_TRY(allocate_scratch(first, arena, function, &layer->scratch));
    int64_t tasks = first->partial.parts * layer->directions / directions_a_task(layer);
    if (first->sequence->block_count)
        attni_parallel_for(gru->context, tasks, run_task, layer);
    for (int64_t direction = 0; first->sequence->block_count && direction < layer->directions; direction++)
        ATTNI_TRY(add_gradients(&layer->passes[direction], arena, function));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

/* ---- all layers ------------------------------------------------------------------------------------------ */

attn_status attni_gru_run_back(const attn_gru *gru, attn_tape *tape, const char *function,
                               const attni_gru_record *record, const float *dy, const float *dhn, float *dx,
                               float *dscales, float *dopenings, float *dh0)
{
    const attni_sequence *sequence = &record->sequence;
    int64_t h = gru->shape.hidden_dim, state = sequence->batch * h, places = sequence->batch * sequence->time;
    float *reverse_dscales =
        dscales && gru->shape.directions == 2 ? attni_arena_floats(&tape->arena, places) : NULL;
    if (dscales && gru->shape.directions == 2 && reverse_dscales == NULL)
        return attni_no_memory(function, (size_t)places * sizeof(float));
    for (int64_t k = gru->shape.layers - 1; k >= 0; k--) {
        float *dinput = dx;
        if (k > 0) {
            int64_t size = places * gru->shape.directions * h;
            dinput = attni_arena_floats(&tape->arena, size);
            if (dinput == NULL)
                return attni_no_memory(function, (size_t)size * sizeof(float));
        }
        layer_pass layer = {.directions = gru->shape.directions};
        for (int64_t direction = 0; direction < gru->shape.directions; direction++) {
            int64_t index = attni_gru_cell_index(&gru->shape, k, direction);
            layer.passes[direction] =
                (attni_gru_back){.gru = gru,
                                 .kernels = attni_context_kernels(gru->context),
                                 .sequence = sequence,
                                 .cell = &gru->cells[index],
                                 .run = record->runs[index],
                                 .tokens = k == 0 && record->tokens.embedding ? &record->tokens : NULL,
                                 .reverse = direction == 1,
                                 .dy = dy ? dy + direction * h : NULL,
                                 .dy_width = attn_gru_output_dim(gru),
                                 .dhn = dhn ? dhn + index * state : NULL,
                                 .dh0 = dh0 ? dh0 + index * state : NULL,
                                 .dx = dinput,
                                 .dscales = k > 0            ? NULL
                                            : direction == 1 ? reverse_dscales
                                                             : dscales,
                                 .dopenings = dopenings,
                                 .mask = attni_gru_mask_of(gru, tape, record->stream, index)};
        }
        ATTNI_TRY(run_layer(&layer, &tape->arena, function));
        dy = dinput;
    }
    if (dx)
        attni_sequence_clear_padding(sequence, gru->shape.input_dim, dx);
    if (dscales)
        attni_sequence_clear_padding(sequence, 1, dscales);
    if (reverse_dscales) {
        attni_sequence_clear_padding(sequence, 1, reverse_dscales);
        attni_context_kernels(gru->context)->axpy(places, 1.0f, reverse_dscales, dscales);
    }
    if (dopenings)
        attni_sequence_clear_padding(sequence, gru->shape.weight_dim, dopenings);
    return ATTN_OK;
}

/* The public calls, past what each checks of its own. */
static attn_status run_top(const attn_gru *gru, attn_tape *tape, const char *function,
                           const attni_gru_record *record, const float *dy, const float *dhn, float *dx,
                           float *dscales, float *dh0)
{
    const attn_embedding *embedding = record->tokens.embedding;
    ATTNI_TRY(attni_params_need_gradients(gru->params, function));
    if (embedding && attni_params_at(embedding->layer.params, embedding->table)->trainable)
        ATTNI_TRY(attni_params_need_gradients(embedding->layer.params, function));
    attn_status status = attni_gru_run_back(gru, tape, function, record, dy, dhn, dx, dscales, NULL, dh0);
    attni_tape_pop(tape); /* also after a failure: part of the record is overwritten by then */
    return status;
}

attn_status attn_gru_backward(const attn_gru *gru, attn_tape *tape, const float *dy, const float *dhn,
                              float *dx, float *dh0)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE_PTR(tape);
    attni_gru_record *record;
    ATTNI_TRY(attni_tape_top_owner(tape, __func__, gru->id, (void **)&record));
    ATTNI_REQUIRE(
        dx == NULL || record->tokens.embedding == NULL,
        "%s: dx is not NULL, but the forward on top of the tape was given ids; expected NULL, and the "
        "gradient goes to the embedding",
        __func__);
    return run_top(gru, tape, __func__, record, dy, dhn, dx, NULL, dh0);
}

attn_status attn_gru_backward_scaled(const attn_gru *gru, attn_tape *tape, const float *dy, const float *dhn,
                                     float *dscales, float *dh0)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_REQUIRE_PTR(tape);
    attni_gru_record *record;
    ATTNI_TRY(attni_tape_top_owner(tape, __func__, gru->id, (void **)&record));
    ATTNI_REQUIRE(
        record->tokens.scales != NULL || record->sequence.tokens == 0,
        "%s: the forward on top of the tape had no scales; expected that of attn_gru_forward_scaled",
        __func__);
    return run_top(gru, tape, __func__, record, dy, dhn, NULL, dscales, dh0);
}
