/* tokens.c - the first layer's input as ids: W x once for each distinct one, and its gradients.
 *
 * Reviews repeat words, so that of the tokens of a batch a tenth are distinct; with embeddings as wide as the states, a token's
 * own projection would be half of its forward product.
 *
 * Back: the gradient dp of W x, summed over all tokens of an id, gives dW += dp x^T and the embedding's row += W^T dp. */
#include <stdatomic.h>
#include <string.h>

#include "layer/gru/backward.h"
#include "layer/weight_gradient.h"

#define ROWS_A_TASK 96

typedef struct projection {
    const attni_kernels *kernels;
    const attni_gru_weights *weights;
    int64_t input_dim, width, count;
    const float *vectors;
    float *projected;
} projection;

static void project(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const projection *p = argument;
    int64_t begin = index * ROWS_A_TASK;
    int64_t rows = p->count - begin < ROWS_A_TASK ? p->count - begin : ROWS_A_TASK;
    attni_gru_product(p->kernels, p->weights->input, rows, p->width, p->input_dim,
                      p->vectors + begin * p->input_dim, p->input_dim, p->projected + begin * p->width,
                      p->width, NULL);
}

attn_status attni_gru_project(attn_context *context, const attni_gru_shape *shape,
                              const attni_gru_weights *weights, int64_t count, const float *vectors,
                              float *projected)
{
    projection argument = {attni_context_kernels(context),
                           weights,
                           shape->input_dim,
                           attni_gru_width(shape),
                           count,
                           vectors,
                           projected};
    return attni_parallel_for(context, (count + ROWS_A_TASK - 1) / ROWS_A_TASK, project, &argument);
}

typedef struct gathering {
    const attni_gru_tokens *tokens;
    _Atomic int32_t wrong; /* set by rows that are not finite */
} gathering;

/* The distinct ids' rows of the table, dropped. */
static void gather(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    gathering *pass = argument;
    const attni_gru_tokens *tokens = pass->tokens;
    const attn_embedding *embedding = tokens->embedding;
    const attni_kernels *kernels = attni_context_kernels(embedding->layer.context);
    const float *table = attni_params_value(embedding->layer.params, embedding->table);
    int64_t e = embedding->dim, begin = index * ROWS_A_TASK;
    int64_t end = tokens->count < begin + ROWS_A_TASK ? tokens->count : begin + ROWS_A_TASK;
    for (int64_t i = begin; i < end; i++) {
        const float *row = table + tokens->ids[i] * e;
        if (!kernels->finite(e, row))
            pass->wrong = 1;
        if (tokens->mask.threshold)
            attni_gru_drop(kernels, &tokens->mask, tokens->ids[i], e, row, tokens->vectors + i * e);
        else
            memcpy(tokens->vectors + i * e, row, (size_t)e * sizeof(float));
    }
}

attn_status attni_gru_tokens_make(const attni_gru_call *call)
{
    const attn_embedding *embedding = call->in.embedding;
    attni_gru_tokens *tokens = &call->record->tokens;
    attni_distinct distinct;
    ATTNI_TRY(attni_distinct_make(&distinct, call->arena, call->function, embedding->rows, call->in.batch,
                                  call->in.time, call->in.ids, call->in.lengths));
    int64_t numbers = distinct.count * call->shape->input_dim,
            projected = distinct.count * attni_gru_width(call->shape);
    *tokens = (attni_gru_tokens){.embedding = embedding,
                                 .count = distinct.count,
                                 .ids = distinct.ids,
                                 .slots = distinct.slots,
                                 .vectors = attni_arena_floats(call->arena, numbers),
                                 .mask = attni_gru_mask_of(call->gru, call->tape, call->record->stream,
                                                           ATTNI_GRU_INPUT_MASK, call->in.time)};
    if (tokens->vectors == NULL)
        return attni_no_memory(call->function, (size_t)numbers * sizeof(float));
    gathering pass = {tokens, 0};
    ATTNI_TRY(
        attni_parallel_for(call->context, (distinct.count + ROWS_A_TASK - 1) / ROWS_A_TASK, gather, &pass));
    if (pass.wrong)
        return attni_gru_not_finite(call);
    for (int64_t direction = 0; direction < call->shape->directions; direction++) {
        tokens->projected[direction] = attni_arena_floats(call->arena, projected);
        if (tokens->projected[direction] == NULL)
            return attni_no_memory(call->function, (size_t)projected * sizeof(float));
        ATTNI_TRY(attni_gru_project(call->context, call->shape, &call->weights[direction], distinct.count,
                                    tokens->vectors, tokens->projected[direction]));
    }
    return ATTN_OK;
}

/* Set to 0 and added to, both of which are vectorised. */
const float *attni_gru_scale_row(const attni_kernels *kernels, float scale, int64_t width, const float *row,
                                 float *scaled)
{
    memset(scaled, 0, (size_t)width * sizeof *scaled);
    kernels->axpy(width, scale, row, scaled);
    return scaled;
}

/* ---- backward -------------------------------------------------------------------------------------------- */

typedef struct token_gradients {
    const attni_gru_back *back;
    const attni_gru_tokens *tokens;
    int64_t input_dim, width;
    float *dprojected;      /* [distinct, G H], in place of forward's W x */
    const float *packed_ih; /* W packed the other way: [G H, E]; NULL where the table is frozen */
    float *dvectors;        /* [workers, ROWS_A_TASK, E] */
} token_gradients;

/* dprojected = the sum of the leaders; and the embedding's gradient += dprojected W. */
static void add_rows(void *argument, int64_t index, int32_t worker)
{
    const token_gradients *pass = argument;
    const attni_gru_tokens *tokens = pass->tokens;
    const attni_kernels *kernels = pass->back->kernels;
    int64_t width = pass->width, e = pass->input_dim, begin = index * ROWS_A_TASK;
    int64_t count = tokens->count - begin < ROWS_A_TASK ? tokens->count - begin : ROWS_A_TASK;
    float *sums = pass->dprojected + begin * width;
    memset(sums, 0, (size_t)(count * width) * sizeof(float));
    for (int64_t part = 0; part < pass->back->partial.parts; part++) {
        const attni_gru_leaders leaders = attni_gru_leaders_of(pass->back, part);
        for (int64_t i = 0; i < count; i++) {
            int32_t leader = leaders.of[begin + i];
            if (leader >= 0)
                kernels->axpy(width, 1.0f, leaders.sums + leader * width, sums + i * width);
        }
    }
    if (pass->packed_ih == NULL)
        return;
    float *dvectors = pass->dvectors + worker * ROWS_A_TASK * e;
    kernels->product(count, e, width, sums, width, pass->packed_ih, dvectors, e, 0, NULL);
    float *gradient = attni_params_gradient(tokens->embedding->layer.params, tokens->embedding->table);
    for (int64_t i = 0; i < count; i++) {
        if (tokens->mask.threshold)
            attni_gru_drop(kernels, &tokens->mask, tokens->ids[begin + i], e, dvectors + i * e,
                           dvectors + i * e);
        kernels->axpy(e, 1.0f, dvectors + i * e, gradient + tokens->ids[begin + i] * e);
    }
}

attn_status attni_gru_tokens_backward(const attni_gru_back *back, attni_arena *arena, const char *function)
{
    const attni_kernels *kernels = back->kernels;
    const attn_gru *gru = back->gru;
    const attni_gru_tokens *tokens = back->tokens;
    int64_t width = attni_gru_width(&gru->shape), e = back->cell->input_dim;
    attni_tensor *table = attni_params_at(tokens->embedding->layer.params, tokens->embedding->table);
    token_gradients pass = {.back = back,
                            .tokens = tokens,
                            .input_dim = e,
                            .width = width,
                            .dprojected = tokens->projected[back->reverse]};
    if (!back->learn_ids)
        return ATTN_OK;
    if (back->learn_table) {
        int64_t size = attni_packed_size(kernels, width, e),
                scratch = attn_context_threads(gru->layer.context) * ROWS_A_TASK * e;
        float *packed = attni_arena_floats(arena, size);
        pass.dvectors = attni_arena_floats(arena, scratch);
        if (packed == NULL || pass.dvectors == NULL)
            return attni_no_memory(function, (size_t)(size + scratch) * sizeof(float));
        kernels->pack(width, e, attni_params_value(gru->layer.params, back->cell->weight_ih), e, packed);
        pass.packed_ih = packed;
        for (int64_t i = 0; i < tokens->count; i++)
            attni_tensor_use_row(table, tokens->ids[i]);
    }
    ATTNI_TRY(attni_parallel_for(gru->layer.context, (tokens->count + ROWS_A_TASK - 1) / ROWS_A_TASK,
                                 add_rows, &pass));
    if (!back->learn_w)
        return ATTN_OK;
    return attni_weight_gradient(gru->layer.context, arena, function, tokens->count, width, e,
                                 pass.dprojected, tokens->vectors,
                                 attni_params_gradient(gru->layer.params, back->cell->weight_ih));
}
