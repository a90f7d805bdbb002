/* backward.c - the GRU back through time: layer by layer, each layer's blocks of rows in parts whose sums do not depend on the
 * threads, and the sums into the gradients. backward_block.c has the equations. */
#include <string.h>

#include "core/apart.h"
#include "layer/gru/backward.h"

/* The directions of a layer, and what each worker's tasks have. */
typedef struct layer_pass {
    attni_gru_back passes[2];
    int64_t directions;
    attni_gru_back_task *tasks;
} layer_pass;

static void run_part(const attni_gru_back *pass, attni_gru_back_task *task, int64_t part)
{
    task->partial = attni_partial_begin(&pass->partial, part);
    task->leaders = attni_gru_leaders_of(pass, part);
    task->leader_count = 0;
    if (pass->learn_ids)
        memset(task->leaders.of, -1, (size_t)pass->tokens->count * sizeof *task->leaders.of);
    for (int64_t k = part; k < pass->sequence->block_count; k += pass->partial.parts)
        attni_gru_back_block(pass, &pass->sequence->blocks[k], task);
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
        run_part(&layer->passes[direction], &layer->tasks[worker], index / tasks);
}

/* ---- one layer ------------------------------------------------------------------------------------------- */

/* Part `from` [count] of the parts' sums to a tensor's gradient from `begin` on; nothing for a frozen one. */
static attn_status add_sums(const attni_gru_back *pass, int64_t tensor, int64_t begin, int64_t from,
                            int64_t count)
{
    const attn_params *params = pass->gru->layer.params;
    if (!attni_params_at(params, tensor)->trainable)
        return ATTN_OK;
    return attni_partial_add(&pass->partial, pass->gru->layer.context, from, count,
                             attni_params_gradient(params, tensor) + begin);
}

/* The sums of da to a bias: those of the gates before n, then those at `n`, of da_n or of dq. */
static attn_status add_bias_sums(const attni_gru_back *pass, int64_t tensor, int64_t n)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t h = shape->hidden_dim, at_n = attni_gru_at_n(shape), sums = pass->partial_sums;
    ATTNI_TRY(add_sums(pass, tensor, 0, sums + attni_gru_da_before_n(shape), at_n));
    return add_sums(pass, tensor, at_n, sums + n, h);
}

static attn_status add_gradients(const attni_gru_back *pass, attni_arena *arena, const char *function)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    const attni_gru_cell *cell = pass->cell;
    int64_t h = shape->hidden_dim, all = attni_gru_width(shape), sums = pass->partial_sums;
    ATTNI_TRY(add_sums(pass, cell->weight_hh, 0, 0, all * h));
    ATTNI_TRY(add_bias_sums(pass, cell->bias_ih, ATTNI_GRU_DA_N));
    ATTNI_TRY(add_bias_sums(pass, cell->bias_hh,
                            shape->reset == ATTN_GRU_RESET_AFTER ? attni_gru_da_q(shape) : ATTNI_GRU_DA_N));
    if (shape->layer_norm) {
        ATTNI_TRY(add_sums(pass, cell->norm_gain, 0, sums + attni_gru_sums_gain(shape), all));
        ATTNI_TRY(add_sums(pass, cell->norm_shift, 0, sums + attni_gru_sums_shift(shape), all));
    }
    if (pass->tokens)
        return attni_gru_tokens_backward(pass, arena, function);
    return add_sums(pass, cell->weight_ih, 0, pass->partial_w, all * cell->input_dim);
}

/* Pack U and, for dx, W with its gates in the order of da: n, r, z. */
static attn_status pack_weights(attni_gru_back *pass, attni_arena *arena, const char *function)
{
    const attni_kernels *kernels = pass->kernels;
    const attn_params *params = pass->gru->layer.params;
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim;
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t all = attni_gru_width(shape), at_n = attni_gru_at_n(shape), joint = attni_gru_joint(shape);
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
    memcpy(turned + ATTNI_GRU_DA_N * e, w + at_n * e, (size_t)(h * e) * sizeof(float));
    memcpy(turned + attni_gru_da_before_n(shape) * e, w, (size_t)(at_n * e) * sizeof(float));
    kernels->pack(all, e, turned, e, pass->packed_ih);
    return ATTN_OK;
}

/* How many distinct ids the rows of each part's blocks hold: where a part's leaders begin, and of how many there are sums. */
static int64_t count_leaders(const attni_gru_back *pass, int32_t *last_part)
{
    const attni_sequence *sequence = pass->sequence;
    int64_t rows = 0;
    memset(last_part, -1, (size_t)pass->tokens->count * sizeof *last_part);
    for (int32_t part = 0; part < pass->partial.parts; part++) {
        pass->leader_begin[part] = rows;
        for (int64_t k = part; k < sequence->block_count; k += pass->partial.parts) {
            const attni_block *block = &sequence->blocks[k];
            for (int64_t place = block->first; place < block->first + block->rows; place++) {
                const int32_t *slots = pass->tokens->slots + sequence->order[place] * sequence->time;
                for (int64_t t = 0; t < sequence->lengths[place]; t++) {
                    rows += last_part[slots[t]] != part;
                    last_part[slots[t]] = part;
                }
            }
        }
    }
    return rows;
}

static attn_status make_leaders(attni_gru_back *pass, attni_arena *arena, const char *function)
{
    int64_t parts = pass->partial.parts, ids = pass->tokens->count;
    pass->leaders = attni_arena_alloc(arena, (size_t)(parts * ids) * sizeof *pass->leaders);
    pass->leader_begin = attni_arena_alloc(arena, (size_t)parts * sizeof *pass->leader_begin);
    if (pass->leaders == NULL || pass->leader_begin == NULL)
        return attni_no_memory(function, (size_t)(parts * ids) * sizeof *pass->leaders);
    /* the leaders are the tasks' to write; until then their room serves for counting */
    int64_t numbers = count_leaders(pass, pass->leaders) * attni_gru_width(&pass->gru->shape);
    pass->leader_sums = attni_arena_floats(arena, numbers);
    return pass->leader_sums ? ATTN_OK : attni_no_memory(function, (size_t)numbers * sizeof(float));
}

static attn_status prepare_pass(attni_gru_back *pass, attni_arena *arena, const char *function)
{
    const attn_params *params = pass->gru->layer.params;
    const attni_gru_shape *shape = &pass->gru->shape;
    ATTNI_TRY(pack_weights(pass, arena, function));
    pass->partial_w = pass->learns ? attni_gru_width(shape) * shape->hidden_dim : 0;
    pass->partial_sums = pass->partial_w;
    if (pass->learns && pass->tokens == NULL)
        pass->partial_sums += attni_gru_width(shape) * pass->cell->input_dim;
    ATTNI_TRY(attni_partial_make(&pass->partial, arena, function, pass->sequence->block_count,
                                 pass->partial_sums + attni_gru_sums_width(shape)));
    if (!pass->learns)
        return ATTN_OK;
    pass->learn_u = attni_params_at(params, pass->cell->weight_hh)->trainable;
    pass->learn_w = attni_params_at(params, pass->cell->weight_ih)->trainable;
    pass->learn_biases = attni_params_at(params, pass->cell->bias_ih)->trainable ||
                         attni_params_at(params, pass->cell->bias_hh)->trainable;
    pass->learn_table = pass->tokens && attni_embedding_trainable(pass->tokens->embedding);
    pass->learn_ids = pass->tokens && (pass->learn_w || pass->learn_table);
    return pass->learn_ids ? make_leaders(pass, arena, function) : ATTN_OK;
}

static attn_status make_tasks(const attni_gru_back *pass, attni_arena *arena, const char *function,
                              attni_gru_back_task **out)
{
    int32_t workers = attn_context_threads(pass->gru->layer.context);
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t h = shape->hidden_dim, e = pass->cell->input_dim, rows = ATTNI_BLOCK_ROWS * h;
    int64_t window = ATTNI_WINDOW * attni_gru_da_stride(shape), dx = pass->dx ? ATTNI_WINDOW * e : 0;
    int64_t weights = pass->dopenings ? ATTNI_WINDOW * shape->weight_dim : 0;
    int64_t packed = attni_packed_size(pass->kernels, ATTNI_WINDOW, e > h ? e : h);
    attni_gru_back_task *tasks = attni_arena_alloc(arena, (size_t)workers * sizeof *tasks);
    for (int32_t w = 0; tasks && w < workers; w++) {
        tasks[w] = (attni_gru_back_task){
            .dh = attni_arena_floats(arena, rows),
            .spare = attni_arena_floats(arena, rows),
            .dsums = attni_arena_floats(arena, shape->orthogonal ? rows : 0),
            .da = attni_arena_floats(arena, window),
            .dx = attni_arena_floats(arena, dx),
            .dweights = attni_arena_floats(arena, weights),
            .packed = attni_arena_floats(arena, packed),
            .pieces = attni_arena_alloc(arena, (1 + 2 * ATTNI_BLOCK_ROWS) * sizeof(attni_piece))};
        if (!tasks[w].dh || !tasks[w].spare || !tasks[w].dsums || !tasks[w].da || !tasks[w].dx ||
            !tasks[w].dweights || !tasks[w].packed || !tasks[w].pieces)
            return attni_no_memory(function, (size_t)(2 * rows + window + dx + packed) * sizeof(float));
    }
    *out = tasks;
    return tasks ? ATTN_OK : attni_no_memory(function, (size_t)workers * sizeof *tasks);
}

static attn_status run_layer(layer_pass *layer, attni_arena *arena, const char *function)
{
    const attni_gru_back *first = &layer->passes[0];
    const attn_gru *gru = first->gru;
    attni_mark mark = attni_arena_mark(arena);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(prepare_pass(&layer->passes[direction], arena, function));
    ATTNI_TRY(make_tasks(first, arena, function, &layer->tasks));
    int64_t tasks = first->partial.parts * layer->directions / directions_a_task(layer);
    if (first->sequence->block_count)
        ATTNI_TRY(attni_parallel_for(gru->layer.context, tasks, run_task, layer));
    for (int64_t direction = 0;
         first->learns && first->sequence->block_count && direction < layer->directions; direction++)
        ATTNI_TRY(add_gradients(&layer->passes[direction], arena, function));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

/* ---- all layers ------------------------------------------------------------------------------------------ */

/* One backward call. */
typedef struct back_call {
    const char *function;
    const attn_gru *gru;
    attn_tape *tape;
    const attni_gru_record *record;
    const float *dy, *dhn;
    attn_sequence_gradients out;
    float *dh0;
    float *reverse_dscales; /* those of the second direction, until they are added */
} back_call;

/* The way back of layer `k` in one direction, from `dy` on. */
static attni_gru_back cell_of(const back_call *call, int64_t k, int64_t direction, const float *dy,
                              float *dinput)
{
    const attn_gru *gru = call->gru;
    const attni_gru_record *record = call->record;
    int64_t index = attni_gru_cell_index(&gru->shape, k, direction);
    int64_t h = gru->shape.hidden_dim, state = record->sequence.batch * h;
    float *dscales = direction == 1 ? call->reverse_dscales : call->out.dscales;
    const attni_gru_mask mask =
        attni_gru_mask_of(gru, call->tape, record->stream, index, record->sequence.time);
    return (attni_gru_back){.gru = gru,
                            .kernels = attni_context_kernels(gru->layer.context),
                            .sequence = &record->sequence,
                            .cell = &gru->cells[index],
                            .run = record->runs[index],
                            .tokens = k == 0 && record->tokens.embedding ? &record->tokens : NULL,
                            .reverse = direction == 1,
                            .learns = attni_tape_learns(call->tape),
                            .dy = dy ? dy + direction * h : NULL,
                            .dy_width = gru->shape.directions * h,
                            .dhn = call->dhn ? call->dhn + index * state : NULL,
                            .dh0 = call->dh0 ? call->dh0 + index * state : NULL,
                            .dh = call->out.dh && k == gru->shape.layers - 1 ? call->out.dh + direction * h
                                                                             : NULL,
                            .dx = dinput,
                            .dscales = k == 0 ? dscales : NULL,
                            .dopenings = call->out.dopenings,
                            .mask = mask};
}

static attn_status run_layers(back_call *call)
{
    const attni_gru_shape *shape = &call->gru->shape;
    const attni_sequence *sequence = &call->record->sequence;
    attni_arena *arena = &call->tape->arena;
    int64_t places = sequence->batch * sequence->time, size = places * shape->directions * shape->hidden_dim;
    if (call->out.dscales && shape->directions == 2) {
        call->reverse_dscales = attni_arena_floats(arena, places);
        if (call->reverse_dscales == NULL)
            return attni_no_memory(call->function, (size_t)places * sizeof(float));
    }
    const float *dy = call->dy;
    for (int64_t k = shape->layers - 1; k >= 0; k--) {
        float *dinput = k > 0 ? attni_arena_floats(arena, size) : call->out.dx;
        if (k > 0 && dinput == NULL)
            return attni_no_memory(call->function, (size_t)size * sizeof(float));
        layer_pass layer = {.directions = shape->directions};
        for (int64_t direction = 0; direction < shape->directions; direction++)
            layer.passes[direction] = cell_of(call, k, direction, dy, dinput);
        ATTNI_TRY(run_layer(&layer, arena, call->function));
        dy = dinput;
    }
    return ATTN_OK;
}

static void finish(const back_call *call)
{
    const attni_sequence *sequence = &call->record->sequence;
    const attni_gru_shape *shape = &call->gru->shape;
    if (call->out.dx)
        attni_sequence_clear_padding(sequence, shape->input_dim, call->out.dx);
    if (call->out.dscales)
        attni_sequence_clear_padding(sequence, 1, call->out.dscales);
    if (call->reverse_dscales) {
        attni_sequence_clear_padding(sequence, 1, call->reverse_dscales);
        attni_context_kernels(call->gru->layer.context)
            ->axpy(sequence->batch * sequence->time, 1.0f, call->reverse_dscales, call->out.dscales);
    }
    if (call->out.dh)
        attni_sequence_clear_padding(sequence, shape->directions * shape->hidden_dim, call->out.dh);
    if (call->out.dopenings)
        attni_sequence_clear_padding(sequence, shape->weight_dim, call->out.dopenings);
}

/* ---- the calls ------------------------------------------------------------------------------------------- */

/* What a backward is to write, checked against the record on top of the tape. */
static attn_status read_gradients(back_call *call, const attn_sequence_gradients *given)
{
    const char *function = call->function;
    attn_sequence_gradients *out = &call->out;
    attni_gru_record *record;
    ATTNI_TRY(attni_read_options(function, given, out, sizeof *out));
    ATTNI_TRY(
        attni_tape_top(call->tape, function, &call->gru->layer, out->batch, out->time, 0, (void **)&record));
    call->record = record;
    int32_t empty = out->batch == 0 || out->time == 0;
    ATTNI_REQUIRE(empty || out->dx == NULL || record->tokens.embedding == NULL,
                  "%s: dx is not NULL, but the forward on top of the tape was given ids; expected NULL, and "
                  "the gradient goes to the embedding",
                  function);
    ATTNI_REQUIRE(empty || out->dscales == NULL || record->tokens.scales,
                  "%s: dscales is not NULL, but the forward on top of the tape was given no scales; expected "
                  "NULL",
                  function);
    ATTNI_REQUIRE(out->dopenings == NULL || call->gru->shape.weight_dim,
                  "%s: dopenings is not NULL, but a plain GRU has no openings; expected NULL", function);
    ATTNI_REQUIRE_APART(function, 5, {"dh0", call->dh0, !empty}, {"dx", out->dx, !empty},
                        {"dscales", out->dscales, !empty}, {"dopenings", out->dopenings, !empty},
                        {"dh", out->dh, !empty}, {"dy", call->dy, !empty});
    ATTNI_REQUIRE_APART(function, 4, {"dx", out->dx, !empty}, {"dscales", out->dscales, !empty},
                        {"dopenings", out->dopenings, !empty}, {"dh", out->dh, !empty},
                        {"dhn", call->dhn, !empty});
    return ATTN_OK;
}

attn_status attni_gru_backward(const char *function, const attn_gru *gru, attn_tape *tape, const float *dy,
                               const float *dhn, const attn_sequence_gradients *given, float *dh0)
{
    ATTNI_REQUIRE(tape != NULL, "%s: tape is NULL; expected a valid pointer", function);
    ATTNI_REQUIRE(given != NULL, "%s: out is NULL; expected an attn_sequence_gradients of forward's sizes",
                  function);
    back_call call = {.function = function, .gru = gru, .tape = tape, .dy = dy, .dhn = dhn, .dh0 = dh0};
    ATTNI_TRY(read_gradients(&call, given));
    if (attni_tape_learns(tape)) {
        const attn_embedding *embedding = call.record->tokens.embedding;
        ATTNI_TRY(attni_params_need_gradients(gru->layer.params, function));
        if (embedding && attni_embedding_trainable(embedding))
            ATTNI_TRY(attni_params_need_gradients(embedding->layer.params, function));
    }
    attn_status status = run_layers(&call);
    if (status == ATTN_OK)
        finish(&call);
    attni_tape_pop(tape); /* also after a failure: part of the record is overwritten by then */
    return status;
}

attn_status attn_gru_backward(const attn_gru *gru, attn_tape *tape, const float *dy, const float *dhn,
                              const attn_sequence_gradients *out, float *dh0)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_ENTER(gru->layer.context);
    return attni_gru_backward(__func__, gru, tape, dy, dhn, out, dh0);
}
