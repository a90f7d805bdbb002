/* forward.c - the GRU forward over whole sequences.
 *
 * Each block of rows runs through its whole sequence by itself: a step is a product with U, which stays in the cache, and the
 * gates. W x comes for a window of steps at a time by one product or, where the input is ids, from the rows that were projected
 * once for each distinct id. */
#include <stdatomic.h>
#include <string.h>

#include "attn/gru_packed.h"
#include "core/finite.h"
#include "layer/gru/gru.h"

/* What the tasks of one cell share. */
typedef struct forward_pass {
    const attni_kernels *kernels;
    const attni_gru_shape *shape;
    const attni_sequence *sequence;
    const attni_gru_weights *weights;
    int64_t input_dim;
    int32_t reverse;
    int32_t keep; /* for backward, in `run`; otherwise each worker has room for one window */
    attni_gru_run run;
    const float *input;     /* [batch, time, input_dim], padded; or else */
    const float *projected; /* [slots, G H], a row for each token: */
    const int32_t *slots;   /* [batch, time] */
    const float *scales;    /* [batch, time]: how much of it; NULL: all */
    const float *openings;  /* [batch, time, weight_dim]: what opens the steps of an attention GRU */
    const float *h0;        /* [batch, H], may be NULL */
    float *output;          /* [batch, time, output_width], this cell's columns; may be NULL */
    int64_t output_width;
    float *hn; /* [batch, H], may be NULL */
    attni_gru_mask mask;
    int32_t given;          /* the input is the caller's */
    _Atomic int32_t *wrong; /* set by numbers that are not finite */
} forward_pass;

/* A worker's scratch memory. */
typedef struct worker_scratch {
    float *state;         /* [rows, H] */
    float *u;             /* [rows, G H]: U h */
    float *reset_state;   /* [rows, H]: r h */
    float *sums;          /* [rows, H]: of the states so far, where they are orthogonal */
    float *scaled;        /* [rows, G H]: of W x, where there are scales */
    const float **x;      /* [rows]: where each one's W x is */
    attni_piece *pieces;  /* [1 + 2 rows] */
    attni_gru_run window; /* in inference */
} worker_scratch;

/* ---- one block of rows ----------------------------------------------------------------------------------- */

static void write_output(const forward_pass *pass, int64_t place, int64_t step, const float *state)
{
    int64_t h = pass->shape->hidden_dim, at = attni_sequence_at(pass->sequence, place, step, pass->reverse);
    float *to = pass->output + at * pass->output_width;
    const attni_gru_mask *mask = &pass->mask;
    if (mask->threshold)
        attni_gru_drop(pass->kernels, mask, at, h, state, to);
    else
        memcpy(to, state, (size_t)h * sizeof(float));
}

/* What step s will write after its product, and the rows of W x that the next step will read. */
static int64_t list_ahead(const forward_pass *pass, const attni_block *block, int64_t s, const float *kept,
                          attni_piece *pieces)
{
    int64_t h = pass->shape->hidden_dim, width = attni_gru_width(pass->shape);
    int64_t count = 0, m = block->starts[s + 1] - block->starts[s];
    if (kept)
        pieces[count++] = (attni_piece){kept, m * attni_gru_kept_width(pass->shape)};
    for (int64_t i = 0; pass->output && i < m; i++) {
        int64_t at = attni_sequence_at(pass->sequence, block->first + i, s, pass->reverse);
        pieces[count++] = (attni_piece){pass->output + at * pass->output_width, h};
    }
    int64_t next = s + 1 < block->steps ? block->starts[s + 2] - block->starts[s + 1] : 0;
    for (int64_t i = 0; pass->projected && i < next; i++) {
        int64_t at = attni_sequence_at(pass->sequence, block->first + i, s + 1, pass->reverse);
        pieces[count++] = (attni_piece){pass->projected + width * pass->slots[at], width};
    }
    return count;
}

static void run_step(const forward_pass *pass, const attni_block *block, int64_t s, const attni_gru_run *run,
                     const worker_scratch *scratch)
{
    const attni_gru_shape *shape = pass->shape;
    int64_t h = shape->hidden_dim, width = attni_gru_width(shape), kept_width = attni_gru_kept_width(shape);
    int64_t m = block->starts[s + 1] - block->starts[s];
    float *state = scratch->state;
    for (int64_t i = 0; i < m; i++) {
        int64_t at = attni_sequence_at(pass->sequence, block->first + i, s, pass->reverse);
        scratch->x[i] =
            pass->projected ? pass->projected + width * pass->slots[at] : run->kept + i * kept_width;
        if (pass->scales)
            scratch->x[i] = attni_gru_scale_row(pass->kernels, pass->scales[at], width, scratch->x[i],
                                                scratch->scaled + i * width);
    }
    float *kept = pass->keep ? run->kept : NULL;
    const attni_gru_step step = {pass->kernels, shape, m, *run};
    if (attni_gru_apart(shape)) {
        for (int64_t i = 0; kept && i < m; i++)
            memcpy(kept + i * kept_width + attni_gru_kept_state(shape), state + i * h,
                   (size_t)h * sizeof(float));
        attni_gru_gates(&step, pass->weights, scratch->x, state, scratch->u, scratch->reset_state);
    } else {
        attni_opening opening;
        attni_ahead ahead = {.pieces = scratch->pieces,
                             .left = list_ahead(pass, block, s, kept, scratch->pieces)};
        attni_gru_product(pass->kernels, pass->weights->recurrent, m, width, h, state, h, scratch->u, width,
                          &ahead);
        pass->kernels->gru_forward(m, h, scratch->x, scratch->u, width, pass->weights->bias,
                                   attni_gru_opening(shape, run, &opening), state, kept);
    }
    if (shape->orthogonal)
        attni_gru_orthogonalize(&step, state, scratch->sums);
    for (int64_t i = 0; pass->output && i < m; i++)
        write_output(pass, block->first + i, s, state + i * h);
}

/* What comes from the caller is looked at as it comes: the gates make ordinary numbers of infinities. NaN they keep, and a state
 * that is once NaN stays so to its row's end. */
static void look_at(const forward_pass *pass, int64_t count, const float *numbers)
{
    if (!pass->kernels->finite(count, numbers))
        *pass->wrong = 1;
}

/* One block of rows through its whole sequence. A row's state stays at its last one once the row is finished. */
static void run_block(const forward_pass *pass, const attni_block *block, const worker_scratch *scratch)
{
    const attni_gru_shape *shape = pass->shape;
    int64_t h = shape->hidden_dim, e = pass->input_dim;
    const int32_t *order = pass->sequence->order + block->first;
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->h0)
            memcpy(scratch->state + i * h, pass->h0 + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(scratch->state + i * h, 0, (size_t)h * sizeof(float));
    }
    if (shape->orthogonal)
        memset(scratch->sums, 0, (size_t)(block->rows * h) * sizeof(float));
    for (int64_t first = 0, last; first < block->steps; first = last) {
        last = attni_block_window_end(block, first);
        int64_t at = block->starts[first], tokens = block->starts[last] - at;
        attni_gru_run window =
            pass->keep ? attni_gru_run_from(shape, pass->projected ? 0 : e, &pass->run, at) : scratch->window;
        if (pass->projected == NULL) {
            attni_sequence_pack(pass->sequence, block, first, last, pass->reverse, e, pass->input, window.x);
            if (pass->given)
                look_at(pass, tokens * e, window.x);
            attni_gru_product(pass->kernels, pass->weights->input, tokens, attni_gru_width(shape), e,
                              window.x, e, window.kept, attni_gru_kept_width(shape), NULL);
        }
        if (shape->weight_dim) {
            attni_sequence_pack(pass->sequence, block, first, last, pass->reverse, shape->weight_dim,
                                pass->openings, window.weights);
            look_at(pass, tokens * shape->weight_dim, window.weights);
        }
        for (int64_t s = first; s < last; s++) {
            if (attni_interrupted())
                return;
            attni_gru_run run = attni_gru_run_from(shape, 0, &window, block->starts[s] - at);
            run_step(pass, block, s, &run, scratch);
        }
    }
    look_at(pass, block->rows * h, scratch->state);
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

/* Room for `tokens` of one cell; input_dim is 0 where the input is ids. */
static attn_status allocate_run(const attni_gru_shape *shape, attni_arena *arena, const char *function,
                                int64_t tokens, int64_t input_dim, attni_gru_run *run)
{
    int64_t norm = shape->layer_norm;
    run->x = attni_arena_floats(arena, tokens * input_dim);
    run->kept = attni_arena_floats(arena, tokens * attni_gru_kept_width(shape));
    run->weights = attni_arena_floats(arena, tokens * shape->weight_dim);
    run->xhat = attni_arena_floats(arena, norm ? tokens * attni_gru_width(shape) : 0);
    run->rstd = attni_arena_floats(arena, norm ? tokens * shape->gates : 0);
    run->sums = attni_arena_floats(arena, shape->orthogonal ? tokens * shape->hidden_dim : 0);
    if (!run->x || !run->kept || !run->weights || !run->xhat || !run->rstd || !run->sums)
        return attni_no_memory(function,
                               (size_t)(tokens * (input_dim + 8 * shape->hidden_dim)) * sizeof(float));
    return ATTN_OK;
}

static attn_status allocate_scratch(const attni_gru_call *call, int64_t input_dim, worker_scratch **out)
{
    int32_t workers = attn_context_threads(call->context);
    attni_arena *arena = call->arena;
    int64_t rows = 0;
    for (int64_t k = 0; k < call->record->sequence.block_count; k++)
        rows = call->record->sequence.blocks[k].rows > rows ? call->record->sequence.blocks[k].rows : rows;
    int64_t numbers = rows * call->shape->hidden_dim;
    worker_scratch *scratch = attni_arena_alloc(arena, (size_t)workers * sizeof *scratch);
    for (int32_t w = 0; scratch && w < workers; w++) {
        scratch[w] = (worker_scratch){
            .state = attni_arena_floats(arena, numbers),
            .u = attni_arena_floats(arena, call->shape->gates * numbers),
            .reset_state = attni_arena_floats(arena, numbers),
            .sums = attni_arena_floats(arena, call->shape->orthogonal ? numbers : 0),
            .scaled =
                attni_arena_floats(arena, call->record->tokens.scales ? call->shape->gates * numbers : 0),
            .x = attni_arena_alloc(arena, (size_t)rows * sizeof(float *)),
            .pieces = attni_arena_alloc(arena, (size_t)(1 + 2 * rows) * sizeof(attni_piece))};
        if (!scratch[w].state || !scratch[w].u || !scratch[w].reset_state || !scratch[w].sums ||
            !scratch[w].scaled || !scratch[w].x || !scratch[w].pieces)
            return attni_no_memory(call->function, (size_t)(5 * numbers) * sizeof(float));
        if (call->tape == NULL)
            ATTNI_TRY(allocate_run(call->shape, arena, call->function, ATTNI_WINDOW, input_dim,
                                   &scratch[w].window));
    }
    *out = scratch;
    return scratch ? ATTN_OK : attni_no_memory(call->function, (size_t)workers * sizeof *scratch);
}

static attn_status run_layer(const attni_gru_call *call, layer_pass *layer)
{
    const forward_pass *first = &layer->passes[0];
    attni_mark mark = attni_arena_mark(call->arena);
    ATTNI_TRY(allocate_scratch(call, first->projected ? 0 : first->input_dim, &layer->scratch));
    ATTNI_TRY(
        attni_parallel_for(call->context, first->sequence->block_count * layer->directions, run_task, layer));
    attni_arena_reset(call->arena, mark);
    return ATTN_OK;
}

/* ---- all layers ------------------------------------------------------------------------------------------ */

attn_status attni_gru_run_layers(const attni_gru_call *call)
{
    const attni_gru_shape *shape = call->shape;
    const attni_gru_tokens *tokens = &call->record->tokens;
    const attni_sequence *sequence = &call->record->sequence;
    int64_t h = shape->hidden_dim, width = shape->directions * h, state = sequence->batch * h;
    const float *input = call->in.x;
    _Atomic int32_t wrong = 0;
    for (int64_t k = 0; k < shape->layers; k++) {
        float *output = call->y;
        if (k < shape->layers - 1) {
            int64_t size = sequence->batch * sequence->time * width;
            output = attni_arena_floats(call->arena, size);
            if (output == NULL)
                return attni_no_memory(call->function, (size_t)size * sizeof(float));
        }
        int32_t by_ids = k == 0 && tokens->slots;
        layer_pass layer = {.directions = shape->directions};
        for (int64_t direction = 0; direction < shape->directions; direction++) {
            int64_t index = attni_gru_cell_index(shape, k, direction);
            forward_pass *pass = &layer.passes[direction];
            *pass = (forward_pass){.kernels = attni_context_kernels(call->context),
                                   .shape = shape,
                                   .sequence = sequence,
                                   .weights = &call->weights[index],
                                   .input_dim = k == 0 ? shape->input_dim : width,
                                   .reverse = shape->reverse || direction == 1,
                                   .given = k == 0,
                                   .wrong = &wrong,
                                   .keep = call->tape != NULL,
                                   .input = input,
                                   .projected = by_ids ? tokens->projected[direction] : NULL,
                                   .slots = tokens->slots,
                                   .scales = by_ids ? tokens->scales : NULL,
                                   .openings = call->in.openings,
                                   .h0 = call->h0 ? call->h0 + index * state : NULL,
                                   .output = output ? output + direction * h : NULL,
                                   .output_width = width,
                                   .hn = call->hn ? call->hn + index * state : NULL};
            if (call->tape == NULL)
                continue;
            pass->mask =
                attni_gru_mask_of(call->gru, call->tape, call->record->stream, index, sequence->time);
            ATTNI_TRY(allocate_run(shape, call->arena, call->function, sequence->tokens,
                                   by_ids ? 0 : pass->input_dim, &pass->run));
            call->record->runs[index] = pass->run;
        }
        ATTNI_TRY(run_layer(call, &layer));
        if (wrong)
            return attni_gru_not_finite(call);
        input = output;
    }
    if (call->y)
        attni_sequence_clear_padding(sequence, width, call->y);
    return ATTN_OK;
}

/* ---- the calls ------------------------------------------------------------------------------------------- */

/* A copy of the scales, which backward needs too; what lies beyond the lengths is not read. */
static attn_status copy_scales(const attni_gru_call *call)
{
    const attni_sequence *sequence = &call->record->sequence;
    int64_t time = sequence->time, numbers = sequence->batch * time;
    const attni_given given = {"scales", call->in.scales, sequence->batch, time, 1, call->in.lengths};
    ATTNI_TRY(attni_check_finite(call->function, &given));
    float *copy = attni_arena_floats(call->arena, numbers);
    if (copy == NULL)
        return attni_no_memory(call->function, (size_t)numbers * sizeof(float));
    for (int64_t place = 0; place < sequence->batch; place++) {
        int64_t row = sequence->order[place] * time;
        memcpy(copy + row, call->in.scales + row, (size_t)sequence->lengths[place] * sizeof(float));
    }
    call->record->tokens.scales = copy;
    return ATTN_OK;
}

/* The call's weights, its record's sequence and tokens; then its layers. */
static attn_status run(attni_gru_call *call)
{
    const attn_gru *gru = call->gru;
    attni_gru_record *record = call->record;
    const attn_sequence *in = &call->in;
    int64_t cells = attni_gru_cells(call->shape);
    ATTNI_TRY(attni_sequence_make(&record->sequence, call->arena, call->function, in->batch, in->time,
                                  in->lengths));
    record->runs = attni_arena_alloc(call->arena, (size_t)cells * sizeof *record->runs);
    attni_gru_weights *weights = attni_arena_alloc(call->arena, (size_t)cells * sizeof *weights);
    if (record->runs == NULL || weights == NULL)
        return attni_no_memory(call->function, (size_t)cells * (sizeof *record->runs + sizeof *weights));
    record->stream = call->tape ? attni_tape_stream(call->tape) : 0;
    for (int64_t i = 0; i < cells; i++)
        ATTNI_TRY(attni_gru_pack(gru, &gru->cells[i], call->arena, call->function, ATTN_PRECISION_FLOAT32,
                                 &weights[i]));
    call->weights = weights;
    if (in->ids)
        ATTNI_TRY(attni_gru_tokens_make(call));
    if (in->scales)
        ATTNI_TRY(copy_scales(call));
    return attni_gru_run_layers(call);
}

attn_status attni_gru_forward(const char *function, const attn_gru *gru, attn_tape *tape,
                              const attn_sequence *given, const float *h0, float *y, float *hn)
{
    attni_gru_record local = {0}, *record = &local;
    attni_gru_call call = {.function = function,
                           .context = gru->layer.context,
                           .shape = &gru->shape,
                           .gru = gru,
                           .tape = tape,
                           .h0 = h0,
                           .y = y,
                           .hn = hn};
    ATTNI_TRY(attni_gru_read(function, &gru->shape, given, &call.in));
    if (call.in.ids) {
        ATTNI_REQUIRE(call.in.embedding != NULL,
                      "%s: embedding is NULL; expected the table that the ids are rows of", function);
        ATTNI_TRY(attni_gru_check_table(function, &gru->shape, call.in.embedding));
        ATTNI_TRY(attni_check_ids(function, call.in.embedding->rows, call.in.batch, call.in.time, call.in.ids,
                                  call.in.lengths));
    }
    ATTNI_TRY(attni_gru_check_arrays(&call));
    if (tape)
        ATTNI_TRY(attni_tape_push(tape, function, &gru->layer, call.in.batch, call.in.time, 0, sizeof *record,
                                  (void **)&record));
    attni_workspace workspace;
    attn_status status = attni_workspace_open(&workspace, gru->layer.context, tape, function);
    call.record = record;
    call.arena = workspace.arena;
    if (status == ATTN_OK)
        status = run(&call);
    attni_workspace_close(&workspace, gru->layer.context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}

attn_status attn_gru_forward(const attn_gru *gru, attn_tape *tape, const attn_sequence *in, const float *h0,
                             float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_ENTER(gru->layer.context);
    return attni_gru_forward(__func__, gru, tape, in, h0, y, hn);
}
