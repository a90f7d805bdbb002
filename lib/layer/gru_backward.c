/* gru_backward.c - the GRU back through time.
 *
 * With dh the gradient of a step's new state h' = n + z (h - n), a the pre-activations and q = U_n h + c_n:
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dq = da_n r         da_r = dq q (1 - r)
 *     dh <- dh z + U^T [da_r, da_z, dq]                         (reset before and layer normalisation: gru_gates.c;
 *                                                               orthogonal states, before all this: gru_orthogonal.c)
 *
 * Each block of rows runs back through its whole sequence by itself, window by window. While a window's da are in the cache,
 * they are summed for the biases and multiplied into the weights' gradients: dU += [da_r, da_z, dq]^T h, dW += da^T x.
 *
 * Where the input is ids, W is not touched token by token. The first token with some id that a part comes to leads: the
 * others' da are added to its own, in place of its gates; gru_tokens.c goes on from there. Where a token is scale * vector, its
 * share is scale * da, and the scale's gradient is da . W x. */
#include <string.h>

#include "layer/gru.h"
#include "layer/partial.h"

/* A part's sums begin with dU, dW (not for ids) and, each of H numbers: da_n da_r da_z dq, then the gates' gains and shifts. */

typedef struct backward_pass {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    attni_gru_run run;
    const attni_gru_tokens *tokens; /* NULL: the input is vectors */
    int32_t reverse;
    int32_t learn_u, learn_w; /* weights that are not frozen */
    int32_t learn_ids;        /* W, or the embedding */
    const float *dy;          /* [batch, time, dy_width], this cell's columns; may be NULL */
    int64_t dy_width;
    const float *dhn; /* [batch, H], may be NULL */
    float *dh0;       /* [batch, H], may be NULL */
    float *dx;        /* [batch, time, input_dim], may be NULL */
    float *dscales;   /* [batch, time], may be NULL */
    float *dopenings; /* [batch, time, weight_dim], may be NULL */
    float *packed,
        *packed_n;    /* U packed the other way: [G H, H]; with reset before [(G - 1) H, H] and [H, H] */
    float *packed_ih; /* W packed the other way: [G H, E], gates n r z, for dx */
    attni_partial partial;
    int64_t partial_w, partial_sums; /* where dW and the sums begin */
    int32_t *leaders;                /* [parts, distinct ids]: a token, or -1 */
    attni_gru_mask mask;
} backward_pass;

/* A worker's scratch memory. */
typedef struct worker_scratch {
    float *dh;           /* [rows, H] */
    float *spare;        /* [rows, H]: d(r h), or one row of dy */
    float *dsums;        /* [rows, H]: of the sums of states, where those are orthogonal */
    float *da;           /* [ATTNI_WINDOW, (G + 1) H] (ldda) */
    float *dx;           /* [ATTNI_WINDOW, input_dim] */
    float *dweights;     /* [ATTNI_WINDOW, weight_dim] */
    float *packed;       /* the window's h or x */
    attni_piece *pieces; /* [1 + 2 ATTNI_BLOCK_ROWS] */
} worker_scratch;

/* An odd number of cache lines, so that a column of da does not fall into a few places of the cache only. */
static int64_t leading_dim(const attni_gru_shape *shape)
{
    return ((shape->gates + 1) * shape->hidden_dim + 15) / 16 / 2 * 32 + 16;
}

/* ---- one window of a block ------------------------------------------------------------------------------- */

/* dh += the gradient of the step's outputs, through their dropout. */
static void add_output_gradient(const backward_pass *pass, int64_t place, int64_t step, float *dh, float *row)
{
    int64_t h = pass->gru->shape.hidden_dim;
    int64_t at = attni_sequence_at(pass->sequence, place, step, pass->reverse);
    const float *dy = pass->dy + at * pass->dy_width;
    const attni_gru_mask *mask = &pass->mask;
    if (mask->threshold) {
        attni_gru_drop(pass->kernels, mask, at, h, dy, row);
        dy = row;
    }
    pass->kernels->axpy(h, 1.0f, dy, dh);
}

/* Add the da of a step's tokens to those of their ids' leaders, which lie in place of its gates. */
static void add_to_leaders(const backward_pass *pass, const attni_block *block, int64_t s, const float *da,
                           int32_t *leaders)
{
    int64_t h = pass->gru->shape.hidden_dim, ldda = leading_dim(&pass->gru->shape);
    size_t size = (size_t)h * sizeof(float);
    for (int64_t token = block->starts[s]; token < block->starts[s + 1]; token++, da += ldda) {
        int64_t place =
            attni_sequence_at(pass->sequence, block->first + token - block->starts[s], s, pass->reverse);
        int32_t *leader = &leaders[pass->tokens->slots[place]];
        float scale = pass->tokens->scales ? pass->tokens->scales[place] : 1.0f;
        if (*leader < 0) {
            *leader = (int32_t)token;
            memset(pass->run.kept + token * 5 * h, 0, 3 * size);
        }
        float *sum = pass->run.kept + 5 * h * *leader;
        pass->kernels->axpy(2 * h, scale, da + h, sum);
        pass->kernels->axpy(h, scale, da, sum + 2 * h);
    }
}

/* The gradients of a step's scales; both directions add to them. */
static void write_dscales(const backward_pass *pass, const attni_block *block, int64_t s, const float *da)
{
    const attni_gru_tokens *tokens = pass->tokens;
    int64_t h = pass->gru->shape.hidden_dim, ldda = leading_dim(&pass->gru->shape);
    for (int64_t i = 0; i < block->starts[s + 1] - block->starts[s]; i++, da += ldda) {
        int64_t at = attni_sequence_at(pass->sequence, block->first + i, s, pass->reverse);
        const float *projected = tokens->projected[pass->reverse] + 3 * h * tokens->slots[at];
        float sum =
            pass->kernels->dot(2 * h, da + h, projected) + pass->kernels->dot(h, da, projected + 2 * h);
        pass->dscales[at] = pass->reverse ? pass->dscales[at] + sum : sum;
    }
}

/* What comes after step s: its tokens' leaders, and all that the step before it, which is next, will read. */
static int64_t list_ahead(const backward_pass *pass, const attni_block *block, int64_t s,
                          const int32_t *leaders, attni_piece *pieces)
{
    const attni_sequence *sequence = pass->sequence;
    int64_t h = pass->gru->shape.hidden_dim, count = 0;
    for (int64_t i = 0; pass->tokens && i < block->starts[s + 1] - block->starts[s]; i++) {
        int64_t at = attni_sequence_at(sequence, block->first + i, s, pass->reverse);
        int64_t leader = leaders[pass->tokens->slots[at]];
        if (leader >= 0)
            pieces[count++] = (attni_piece){pass->run.kept + leader * 5 * h, 3 * h};
    }
    if (s == 0)
        return count;
    int64_t next = block->starts[s - 1], rows = block->starts[s] - next;
    int64_t width = (pass->gru->shape.gates + 2) * h;
    pieces[count++] = (attni_piece){pass->run.kept + next * width, rows * width};
    for (int64_t i = 0; pass->dy && i < rows; i++) {
        int64_t at = attni_sequence_at(sequence, block->first + i, s - 1, pass->reverse);
        pieces[count++] = (attni_piece){pass->dy + at * pass->dy_width, h};
    }
    return count;
}

static void run_step(const backward_pass *pass, const attni_block *block, int64_t s,
                     const worker_scratch *scratch, float *da, float *dweights, float *sums, int32_t *leaders)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    const attni_kernels *kernels = pass->kernels;
    int64_t h = shape->hidden_dim, all = shape->gates * h, ldda = leading_dim(shape);
    int64_t m = block->starts[s + 1] - block->starts[s];
    attni_gru_run run =
        attni_gru_run_from(shape, pass->tokens ? 0 : pass->cell->input_dim, &pass->run, block->starts[s]);
    float *dh = scratch->dh;
    for (int64_t i = 0; pass->dy && i < m; i++)
        add_output_gradient(pass, block->first + i, s, dh + i * h, scratch->spare);
    if (shape->orthogonal)
        attni_gru_orthogonalize_backward(kernels, m, h, &run, scratch->spare, dh, scratch->dsums);
    if (shape->layer_norm || shape->reset == ATTN_GRU_RESET_BEFORE) {
        const float *gain =
            shape->layer_norm ? attni_params_value(pass->gru->params, pass->cell->norm_gain) : NULL;
        attni_gru_gates_backward(kernels, shape, gain, pass->packed_n, m, &run, dh, da, ldda, dweights,
                                 scratch->spare, sums + all + h);
    } else {
        attni_opening opening;
        kernels->gru_backward(m, h, run.kept, attni_gru_opening(shape, &run, &opening), dh, da, ldda,
                              dweights);
    }
    int64_t width = shape->reset == ATTN_GRU_RESET_AFTER ? all : all - h;
    attni_ahead ahead = {.pieces = scratch->pieces,
                         .left = list_ahead(pass, block, s, leaders, scratch->pieces)};
    kernels->product(m, h, width, da + h, ldda, pass->packed, dh, h, 1, &ahead);
    if (pass->dscales)
        write_dscales(pass, block, s, da);
    if (pass->tokens && pass->learn_ids)
        add_to_leaders(pass, block, s, da, leaders);
}

/* The window's share of dU, from its da and the states before. */
static void add_recurrent_gradient(const backward_pass *pass, int64_t at, int64_t tokens,
                                   const worker_scratch *scratch, float *du)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->shape.hidden_dim, ldda = leading_dim(&pass->gru->shape);
    int64_t after = pass->gru->shape.reset == ATTN_GRU_RESET_AFTER, all = pass->gru->shape.gates * h;
    float *packed = scratch->packed;
    kernels->pack(tokens, h, pass->run.kept + at * (all + 2 * h) + all + h, all + 2 * h, packed);
    kernels->product_over(after ? all : all - h, h, tokens, scratch->da + h, ldda, packed, du, h);
    if (after)
        return;
    kernels->pack(tokens, h, scratch->da + all, ldda, packed); /* r h */
    kernels->product_over(h, h, tokens, scratch->da, ldda, packed, du + (all - h) * h, h);
}

/* The window's share of dW, from its da and x. */
static void add_input_gradient(const backward_pass *pass, int64_t at, int64_t tokens,
                               const worker_scratch *scratch, float *dw)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim, ldda = leading_dim(&pass->gru->shape);
    kernels->pack(tokens, e, pass->run.x + at * e, e, scratch->packed);
    int64_t before_n = (pass->gru->shape.gates - 1) * h;
    kernels->product_over(before_n, e, tokens, scratch->da + h, ldda, scratch->packed, dw, e);
    kernels->product_over(h, e, tokens, scratch->da, ldda, scratch->packed, dw + before_n * e, e);
}

static void write_dx(const backward_pass *pass, const attni_block *block, int64_t first, int64_t last,
                     const worker_scratch *scratch)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t e = pass->cell->input_dim, tokens = block->starts[last] - block->starts[first];
    pass->kernels->product(tokens, e, shape->gates * shape->hidden_dim, scratch->da, leading_dim(shape),
                           pass->packed_ih, scratch->dx, e, 0, NULL);
    attni_sequence_unpack(pass->sequence, block, first, last, pass->reverse, e, scratch->dx, pass->reverse,
                          pass->dx);
}

/* ---- one part of a layer --------------------------------------------------------------------------------- */

/* One block of rows back through its whole sequence. A row's dh waits at its last state's gradient until the row begins. */
static void run_block(const backward_pass *pass, const attni_block *block, const worker_scratch *scratch,
                      float *partial, int32_t *leaders)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t h = shape->hidden_dim, ldda = leading_dim(shape), weight_dim = shape->weight_dim;
    float *sums = partial + pass->partial_sums, *dweights = pass->dopenings ? scratch->dweights : NULL;
    const int32_t *order = pass->sequence->order + block->first;
    for (int64_t i = 0; i < block->rows; i++) {
        if (pass->dhn)
            memcpy(scratch->dh + i * h, pass->dhn + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(scratch->dh + i * h, 0, (size_t)h * sizeof(float));
    }
    if (shape->orthogonal)
        memset(scratch->dsums, 0, (size_t)(block->rows * h) * sizeof(float));
    for (int64_t last = block->steps, first; last > 0; last = first) {
        first = attni_block_window_begin(block, last);
        int64_t at = block->starts[first], tokens = block->starts[last] - at;
        for (int64_t s = last - 1; s >= first; s--) {
            int64_t place = block->starts[s] - at;
            run_step(pass, block, s, scratch, scratch->da + place * ldda,
                     dweights ? dweights + place * weight_dim : NULL, sums, leaders);
        }
        pass->kernels->column_sums(tokens, (shape->gates + 1) * h, scratch->da, ldda, sums);
        if (pass->learn_u)
            add_recurrent_gradient(pass, at, tokens, scratch, partial);
        if (pass->tokens == NULL && pass->learn_w)
            add_input_gradient(pass, at, tokens, scratch, partial + pass->partial_w);
        if (pass->dx)
            write_dx(pass, block, first, last, scratch);
        if (dweights)
            attni_sequence_unpack(pass->sequence, block, first, last, pass->reverse, weight_dim, dweights, 0,
                                  pass->dopenings);
    }
    for (int64_t i = 0; pass->dh0 && i < block->rows; i++)
        memcpy(pass->dh0 + order[i] * h, scratch->dh + i * h, (size_t)h * sizeof(float));
}

/* The directions of a layer, and scratch memory for each worker. */
typedef struct layer_pass {
    backward_pass passes[2];
    int64_t directions;
    worker_scratch *scratch;
} layer_pass;

/* Both directions of a block in one task: they add to the same dx. */
static void run_part(void *argument, int64_t part, int32_t worker)
{
    const layer_pass *layer = argument;
    for (int64_t direction = 0; direction < layer->directions; direction++) {
        const backward_pass *pass = &layer->passes[direction];
        float *partial = attni_partial_begin(&pass->partial, part);
        int32_t *leaders = NULL;
        if (pass->tokens) {
            leaders = pass->leaders + part * pass->tokens->count;
            memset(leaders, -1, (size_t)pass->tokens->count * sizeof *leaders);
        }
        for (int64_t k = part; k < pass->sequence->block_count; k += pass->partial.parts)
            run_block(pass, &pass->sequence->blocks[k], &layer->scratch[worker], partial, leaders);
    }
}

/* ---- one layer ------------------------------------------------------------------------------------------- */

/* Part `from` [count] of the parts' sums to a tensor's gradient from `begin` on; nothing for a frozen one. */
static void add_sums(const backward_pass *pass, int64_t tensor, int64_t begin, int64_t from, int64_t count)
{
    const attn_params *params = pass->gru->params;
    if (attni_params_at(params, tensor)->trainable)
        attni_partial_add(&pass->partial, pass->gru->context, from, count,
                          attni_params_gradient(params, tensor) + begin);
}

static attn_status add_gradients(const backward_pass *pass, attni_arena *arena, const char *function)
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
static attn_status pack_weights(backward_pass *pass, attni_arena *arena, const char *function)
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

static attn_status prepare_pass(backward_pass *pass, attni_arena *arena, const char *function)
{
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim, all = pass->gru->shape.gates * h;
    ATTNI_TRY(pack_weights(pass, arena, function));
    pass->learn_u = attni_params_at(pass->gru->params, pass->cell->weight_hh)->trainable;
    pass->learn_w = attni_params_at(pass->gru->params, pass->cell->weight_ih)->trainable;
    const attn_embedding *embedding = pass->tokens ? pass->tokens->embedding : NULL;
    pass->learn_ids =
        pass->learn_w || (embedding && attni_params_at(embedding->params, embedding->table)->trainable);
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

static attn_status allocate_scratch(const backward_pass *pass, attni_arena *arena, const char *function,
                                    worker_scratch **out)
{
    int32_t workers = attn_context_threads(pass->gru->context);
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim, rows = ATTNI_BLOCK_ROWS * h;
    int64_t window = ATTNI_WINDOW * leading_dim(&pass->gru->shape), dx = pass->dx ? ATTNI_WINDOW * e : 0;
    int64_t weights = pass->dopenings ? ATTNI_WINDOW * pass->gru->shape.weight_dim : 0;
    int64_t packed = attni_packed_size(pass->kernels, ATTNI_WINDOW, e > h ? e : h);
    worker_scratch *scratch = attni_arena_alloc(arena, (size_t)workers * sizeof *scratch);
    for (int32_t w = 0; scratch && w < workers; w++) {
        scratch[w] =
            (worker_scratch){attni_arena_floats(arena, rows),
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
    const backward_pass *first = &layer->passes[0];
    const attn_gru *gru = first->gru;
    attni_mark mark = attni_arena_mark(arena);
    for (int64_t direction = 0; direction < layer->directions; direction++)
        ATTNI_TRY(prepare_pass(&layer->passes[direction], arena, function));
    ATTNI_TRY(allocate_scratch(first, arena, function, &layer->scratch));
    if (first->sequence->block_count)
        attni_parallel_for(gru->context, first->partial.parts, run_part, layer);
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
    int64_t h = gru->shape.hidden_dim, state = sequence->batch * h;
    for (int64_t k = gru->shape.layers - 1; k >= 0; k--) {
        float *dinput = dx;
        if (k > 0) {
            int64_t size = sequence->batch * sequence->time * gru->shape.directions * h;
            dinput = attni_arena_floats(&tape->arena, size);
            if (dinput == NULL)
                return attni_no_memory(function, (size_t)size * sizeof(float));
        }
        layer_pass layer = {.directions = gru->shape.directions};
        for (int64_t direction = 0; direction < gru->shape.directions; direction++) {
            int64_t index = attni_gru_cell_index(&gru->shape, k, direction);
            layer.passes[direction] =
                (backward_pass){.gru = gru,
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
                                .dscales = k == 0 ? dscales : NULL,
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
    if (embedding && attni_params_at(embedding->params, embedding->table)->trainable)
        ATTNI_TRY(attni_params_need_gradients(embedding->params, function));
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
    ATTNI_TRY(attni_tape_top(tape, __func__, gru->id, (void **)&record));
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
    ATTNI_TRY(attni_tape_top(tape, __func__, gru->id, (void **)&record));
    ATTNI_REQUIRE(
        record->tokens.scales != NULL || record->sequence.tokens == 0,
        "%s: the forward on top of the tape had no scales; expected that of attn_gru_forward_scaled",
        __func__);
    return run_top(gru, tape, __func__, record, dy, dhn, NULL, dscales, dh0);
}
