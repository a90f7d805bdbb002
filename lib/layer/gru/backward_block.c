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
 * Where the input is ids, W is not touched token by token. The first token with some id that a part comes to leads: the
 * others' da are added to its own, in place of its gates; tokens.c goes on from there. Where a token is scale * vector, its
 * share is scale * da, and the scale's gradient is da . W x. */
#include <string.h>

#include "layer/gru/backward.h"

/* ---- one window of a block ------------------------------------------------------------------------------- */

/* dh += the gradient of the step's outputs, through their dropout. */
static void add_output_gradient(const attni_gru_back *pass, int64_t place, int64_t step, float *dh,
                                float *row)
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
static void add_to_leaders(const attni_gru_back *pass, const attni_block *block, int64_t s, const float *da,
                           int32_t *leaders)
{
    int64_t h = pass->gru->shape.hidden_dim, ldda = attni_gru_back_leading_dim(&pass->gru->shape);
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

/* The gradients of a step's scales. */
static void write_dscales(const attni_gru_back *pass, const attni_block *block, int64_t s, const float *da)
{
    const attni_gru_tokens *tokens = pass->tokens;
    int64_t h = pass->gru->shape.hidden_dim, ldda = attni_gru_back_leading_dim(&pass->gru->shape);
    for (int64_t i = 0; i < block->starts[s + 1] - block->starts[s]; i++, da += ldda) {
        int64_t at = attni_sequence_at(pass->sequence, block->first + i, s, pass->reverse);
        const float *projected = tokens->projected[pass->reverse] + 3 * h * tokens->slots[at];
        pass->dscales[at] =
            pass->kernels->dot(2 * h, da + h, projected) + pass->kernels->dot(h, da, projected + 2 * h);
    }
}

/* What comes after step s: its tokens' leaders, and all that the step before it, which is next, will read. */
static int64_t list_ahead(const attni_gru_back *pass, const attni_block *block, int64_t s,
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

static void run_step(const attni_gru_back *pass, const attni_block *block, int64_t s,
                     const attni_gru_back_scratch *scratch, float *da, float *dweights, float *sums,
                     int32_t *leaders)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    const attni_kernels *kernels = pass->kernels;
    int64_t h = shape->hidden_dim, all = shape->gates * h, ldda = attni_gru_back_leading_dim(shape);
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
static void add_recurrent_gradient(const attni_gru_back *pass, int64_t at, int64_t tokens,
                                   const attni_gru_back_scratch *scratch, float *du)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->shape.hidden_dim, ldda = attni_gru_back_leading_dim(&pass->gru->shape);
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
static void add_input_gradient(const attni_gru_back *pass, int64_t at, int64_t tokens,
                               const attni_gru_back_scratch *scratch, float *dw)
{
    const attni_kernels *kernels = pass->kernels;
    int64_t h = pass->gru->shape.hidden_dim, e = pass->cell->input_dim,
            ldda = attni_gru_back_leading_dim(&pass->gru->shape);
    kernels->pack(tokens, e, pass->run.x + at * e, e, scratch->packed);
    int64_t before_n = (pass->gru->shape.gates - 1) * h;
    kernels->product_over(before_n, e, tokens, scratch->da + h, ldda, scratch->packed, dw, e);
    kernels->product_over(h, e, tokens, scratch->da, ldda, scratch->packed, dw + before_n * e, e);
}

static void write_dx(const attni_gru_back *pass, const attni_block *block, int64_t first, int64_t last,
                     const attni_gru_back_scratch *scratch)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t e = pass->cell->input_dim, tokens = block->starts[last] - block->starts[first];
    pass->kernels->product(tokens, e, shape->gates * shape->hidden_dim, scratch->da,
                           attni_gru_back_leading_dim(shape), pass->packed_ih, scratch->dx, e, 0, NULL);
    attni_sequence_unpack(pass->sequence, block, first, last, pass->reverse, e, scratch->dx, pass->reverse,
                          pass->dx);
}

/* ---- the block ------------------------------------------------------------------------------------------- */

/* A row's dh waits at its last state's gradient until the row begins. */
void attni_gru_back_block(const attni_gru_back *pass, const attni_block *block,
                          const attni_gru_back_scratch *scratch, float *partial, int32_t *leaders)
{
    const attni_gru_shape *shape = &pass->gru->shape;
    int64_t h = shape->hidden_dim, ldda = attni_gru_back_leading_dim(shape), weight_dim = shape->weight_dim;
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
        if (pass->learn_biases)
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
