/* backward_block.c - one block of rows back through its whole sequence, window by window.
 *
 * With dh the gradient of a step's new state h' = n + z (h - n), a the pre-activations and q = U_n h + c_n:
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dq = da_n r         da_r = dq q (1 - r)
 *     dh <- dh z + U^T [da_r, da_z, dq]                         (reset before and layer normalisation: gates.c;
 *                                                               orthogonal states, before all this: orthogonal.c)
 *
 * While a window's da are in the cache, they are summed for the biases and multiplied into the weights' gradients:
 * dU += [da_r, da_z, dq]^T h, dW += da^T x.
 *
 * Where the input is ids, W is not touched token by token. The first token with some id that a part comes to leads: the da of all
 * with that id are summed in one place; tokens.c goes on from there. Where a token is scale * vector, its share is scale * da, and
 * the scale's gradient is da . W x. */
#include <string.h>

#include "layer/gru/backward.h"

/* ---- one window of a block ------------------------------------------------------------------------------- */

/* dh += the gradient of the step's outputs, through their dropout. */
static void add_output_gradient(const attni_gru_back *back, int64_t place, int64_t step, float *dh,
                                float *row)
{
    int64_t h = back->gru->shape.hidden_dim;
    int64_t at = attni_sequence_at(back->sequence, place, step, back->reverse);
    const float *dy = back->dy + at * back->dy_width;
    const attni_gru_mask *mask = &back->mask;
    if (mask->threshold) {
        attni_gru_drop(back->kernels, mask, at, h, dy, row);
        dy = row;
    }
    back->kernels->axpy(h, 1.0f, dy, dh);
}

/* The gradient of a step's states, as the caller wants it. */
static void write_dh(const attni_gru_back *back, const attni_block *block, int64_t s, const float *dh)
{
    int64_t h = back->gru->shape.hidden_dim;
    for (int64_t i = 0; i < block->starts[s + 1] - block->starts[s]; i++) {
        int64_t at = attni_sequence_at(back->sequence, block->first + i, s, back->reverse);
        memcpy(back->dh + at * back->dy_width, dh + i * h, (size_t)h * sizeof *dh);
    }
}

/* Add the da of a step's tokens to their ids' sums. */
static void add_to_leaders(const attni_gru_back *back, const attni_block *block, int64_t s, const float *da,
                           attni_gru_back_task *task)
{
    const attni_gru_shape *shape = &back->gru->shape;
    const attni_gru_tokens *tokens = back->tokens;
    int64_t h = shape->hidden_dim, width = attni_gru_width(shape), at_n = attni_gru_at_n(shape);
    for (int64_t i = 0; i < block->starts[s + 1] - block->starts[s]; i++, da += attni_gru_da_stride(shape)) {
        int64_t at = attni_sequence_at(back->sequence, block->first + i, s, back->reverse);
        int32_t *leader = &task->leaders.of[tokens->slots[at]];
        float scale = tokens->scales ? tokens->scales[at] : 1.0f;
        if (*leader < 0) {
            *leader = task->leader_count++;
            memset(task->leaders.sums + *leader * width, 0, (size_t)width * sizeof(float));
        }
        float *sum = task->leaders.sums + *leader * width;
        back->kernels->axpy(at_n, scale, da + attni_gru_da_before_n(shape), sum);
        back->kernels->axpy(h, scale, da + ATTNI_GRU_DA_N, sum + at_n);
    }
}

/* The gradients of a step's scales. */
static void write_dscales(const attni_gru_back *back, const attni_block *block, int64_t s, const float *da)
{
    const attni_gru_shape *shape = &back->gru->shape;
    const attni_gru_tokens *tokens = back->tokens;
    int64_t h = shape->hidden_dim, width = attni_gru_width(shape), at_n = attni_gru_at_n(shape);
    for (int64_t i = 0; i < block->starts[s + 1] - block->starts[s]; i++, da += attni_gru_da_stride(shape)) {
        int64_t at = attni_sequence_at(back->sequence, block->first + i, s, back->reverse);
        const float *projected = tokens->projected[back->reverse] + width * tokens->slots[at];
        back->dscales[at] = back->kernels->dot(at_n, da + attni_gru_da_before_n(shape), projected) +
                            back->kernels->dot(h, da + ATTNI_GRU_DA_N, projected + at_n);
    }
}

/* What comes after step s: its tokens' leaders, and all that the step before it, which is next, will read. */
static int64_t list_ahead(const attni_gru_back *back, const attni_block *block, int64_t s,
                          const attni_gru_back_task *task)
{
    const attni_sequence *sequence = back->sequence;
    const attni_gru_shape *shape = &back->gru->shape;
    int64_t h = shape->hidden_dim, width = attni_gru_width(shape), kept_width = attni_gru_kept_width(shape);
    attni_piece *pieces = task->pieces;
    int64_t count = 0;
    for (int64_t i = 0; back->learn_ids && i < block->starts[s + 1] - block->starts[s]; i++) {
        int64_t at = attni_sequence_at(sequence, block->first + i, s, back->reverse);
        int64_t leader = task->leaders.of[back->tokens->slots[at]];
        if (leader >= 0)
            pieces[count++] = (attni_piece){task->leaders.sums + leader * width, width};
    }
    if (s == 0)
        return count;
    int64_t next = block->starts[s - 1], rows = block->starts[s] - next;
    pieces[count++] = (attni_piece){back->run.kept + next * kept_width, rows * kept_width};
    for (int64_t i = 0; back->dy && i < rows; i++) {
        int64_t at = attni_sequence_at(sequence, block->first + i, s - 1, back->reverse);
        pieces[count++] = (attni_piece){back->dy + at * back->dy_width, h};
    }
    return count;
}

static void run_step(const attni_gru_back *back, const attni_block *block, int64_t s,
                     attni_gru_back_task *task, float *da, float *dweights)
{
    const attni_gru_shape *shape = &back->gru->shape;
    const attni_kernels *kernels = back->kernels;
    int64_t h = shape->hidden_dim, stride = attni_gru_da_stride(shape);
    const attni_gru_step step = {
        kernels, shape, block->starts[s + 1] - block->starts[s],
        attni_gru_run_from(shape, back->tokens ? 0 : back->cell->input_dim, &back->run, block->starts[s])};
    float *dh = task->dh;
    for (int64_t i = 0; back->dy && i < step.m; i++)
        add_output_gradient(back, block->first + i, s, dh + i * h, task->spare);
    if (back->dh)
        write_dh(back, block, s, dh);
    if (shape->orthogonal)
        attni_gru_orthogonalize_backward(&step, task->spare, dh, task->dsums);
    if (attni_gru_apart(shape)) {
        const float *gain =
            shape->layer_norm ? attni_params_value(back->gru->layer.params, back->cell->norm_gain) : NULL;
        const attni_gru_apart_back apart = {gain, back->packed_n, task->spare,
                                            task->partial + back->partial_sums};
        attni_gru_gates_backward(&step, &apart, dh, da, dweights);
    } else {
        attni_opening opening;
        kernels->gru_backward(step.m, h, step.run.kept, attni_gru_opening(shape, &step.run, &opening), dh, da,
                              stride, dweights);
    }
    attni_ahead ahead = {.pieces = task->pieces, .left = list_ahead(back, block, s, task)};
    kernels->product(step.m, h, attni_gru_joint(shape), da + attni_gru_da_before_n(shape), stride,
                     back->packed, dh, h, 1, &ahead);
    if (back->dscales)
        write_dscales(back, block, s, da);
    if (back->learn_ids)
        add_to_leaders(back, block, s, da, task);
}

/* The window's share of dU, from its da and the states before. */
static void add_recurrent_gradient(const attni_gru_back *back, int64_t at, int64_t tokens,
                                   const attni_gru_back_task *task)
{
    const attni_kernels *kernels = back->kernels;
    const attni_gru_shape *shape = &back->gru->shape;
    int64_t h = shape->hidden_dim, stride = attni_gru_da_stride(shape), width = attni_gru_kept_width(shape);
    float *packed = task->packed, *du = task->partial;
    kernels->pack(tokens, h, back->run.kept + at * width + attni_gru_kept_state(shape), width, packed);
    kernels->product_over(attni_gru_joint(shape), h, tokens, task->da + attni_gru_da_before_n(shape), stride,
                          packed, du, h);
    if (shape->reset == ATTN_GRU_RESET_AFTER)
        return;
    kernels->pack(tokens, h, task->da + attni_gru_da_q(shape), stride, packed); /* r h */
    kernels->product_over(h, h, tokens, task->da + ATTNI_GRU_DA_N, stride, packed,
                          du + attni_gru_at_n(shape) * h, h);
}

/* The window's share of dW, from its da and x. */
static void add_input_gradient(const attni_gru_back *back, int64_t at, int64_t tokens,
                               const attni_gru_back_task *task)
{
    const attni_kernels *kernels = back->kernels;
    const attni_gru_shape *shape = &back->gru->shape;
    int64_t h = shape->hidden_dim, e = back->cell->input_dim, at_n = attni_gru_at_n(shape);
    int64_t stride = attni_gru_da_stride(shape);
    float *dw = task->partial + back->partial_w;
    kernels->pack(tokens, e, back->run.x + at * e, e, task->packed);
    kernels->product_over(at_n, e, tokens, task->da + attni_gru_da_before_n(shape), stride, task->packed, dw,
                          e);
    kernels->product_over(h, e, tokens, task->da + ATTNI_GRU_DA_N, stride, task->packed, dw + at_n * e, e);
}

static void write_dx(const attni_gru_back *back, const attni_block *block, int64_t first, int64_t last,
                     const attni_gru_back_task *task)
{
    const attni_gru_shape *shape = &back->gru->shape;
    int64_t e = back->cell->input_dim, tokens = block->starts[last] - block->starts[first];
    back->kernels->product(tokens, e, attni_gru_width(shape), task->da, attni_gru_da_stride(shape),
                           back->packed_ih, task->dx, e, 0, NULL);
    attni_sequence_unpack(back->sequence, block, first, last, back->reverse, e, task->dx, back->reverse,
                          back->dx);
}

/* ---- the block ------------------------------------------------------------------------------------------- */

/* A row's dh waits at its last state's gradient until the row begins. */
void attni_gru_back_block(const attni_gru_back *back, const attni_block *block, attni_gru_back_task *task)
{
    const attni_gru_shape *shape = &back->gru->shape;
    int64_t h = shape->hidden_dim, stride = attni_gru_da_stride(shape), weight_dim = shape->weight_dim;
    float *dweights = back->dopenings ? task->dweights : NULL;
    const int32_t *order = back->sequence->order + block->first;
    for (int64_t i = 0; i < block->rows; i++) {
        if (back->dhn)
            memcpy(task->dh + i * h, back->dhn + order[i] * h, (size_t)h * sizeof(float));
        else
            memset(task->dh + i * h, 0, (size_t)h * sizeof(float));
    }
    if (shape->orthogonal)
        memset(task->dsums, 0, (size_t)(block->rows * h) * sizeof(float));
    for (int64_t last = block->steps, first; last > 0; last = first) {
        first = attni_block_window_begin(block, last);
        int64_t at = block->starts[first], tokens = block->starts[last] - at;
        for (int64_t s = last - 1; s >= first; s--) {
            if (attni_interrupted())
                return;
            int64_t place = block->starts[s] - at;
            run_step(back, block, s, task, task->da + place * stride,
                     dweights ? dweights + place * weight_dim : NULL);
        }
        if (back->learn_biases)
            back->kernels->column_sums(tokens, attni_gru_da_width(shape), task->da, stride,
                                       task->partial + back->partial_sums);
        if (back->learn_u)
            add_recurrent_gradient(back, at, tokens, task);
        if (back->tokens == NULL && back->learn_w)
            add_input_gradient(back, at, tokens, task);
        if (back->dx)
            write_dx(back, block, first, last, task);
        if (dweights)
            attni_sequence_unpack(back->sequence, block, first, last, back->reverse, weight_dim, dweights, 0,
                                  back->dopenings);
    }
    for (int64_t i = 0; back->dh0 && i < block->rows; i++)
        memcpy(back->dh0 + order[i] * h, task->dh + i * h, (size_t)h * sizeof(float));
}
