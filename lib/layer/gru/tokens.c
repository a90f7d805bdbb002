/* tokens.c - the first layer's input as ids: W x once for each distinct one, and its gradients.
 *
 * Reviews repeat words, so that of the tokens of a batch a tenth are distinct; with embeddings as wide as the states, a token's
 * own projection would be half of its forward product.
 *
 * Back: the gradient dp of W x, summed over all tokens of an id, gives dW += dp x^T and the embedding's row += W^T dp. */
#include <string.h>

#include "layer/gru/gru.h"
#include "layer/weight_gradient.h"

attn_status attni_gru_check_ids(const char *function, const attn_embedding *embedding, int64_t gru_dim,
                                int64_t batch, int64_t time, const int32_t *ids, const int32_t *lengths)
{
    ATTNI_REQUIRE(embedding != NULL, "%s: embedding is NULL; expected the table that the ids are rows of",
                  function);
    ATTNI_REQUIRE(embedding->dim == gru_dim,
                  "%s: the embedding's rows have %lld numbers and the GRU's input %lld; expected as many",
                  function, (long long)embedding->dim, (long long)gru_dim);
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    ATTNI_REQUIRE(ids != NULL || batch == 0 || time == 0, "%s: ids is NULL; expected [batch, time] ids",
                  function);
    return attni_check_ids(function, embedding->rows, batch, time, ids, lengths);
}

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

void attni_gru_project(attn_context *context, const attni_gru_shape *shape, const attni_gru_weights *weights,
                       int64_t count, const float *vectors, float *projected)
{
    projection argument = {attni_context_kernels(context),
                           weights,
                           shape->input_dim,
                           3 * shape->hidden_dim,
                           count,
                           vectors,
                           projected};
    attni_parallel_for(context, (count + ROWS_A_TASK - 1) / ROWS_A_TASK, project, &argument);
}

/* The distinct ids' rows of the table, dropped. */
static void gather(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const attni_gru_tokens *tokens = argument;
    const attn_embedding *embedding = tokens->embedding;
    const float *table = attni_params_value(embedding->layer.params, embedding->table);
    int64_t e = embedding->dim, begin = index * ROWS_A_TASK;
    int64_t end = tokens->count < begin + ROWS_A_TASK ? tokens->count : begin + ROWS_A_TASK;
    for (int64_t i = begin; i < end; i++) {
        const float *row = table + tokens->ids[i] * e;
        if (tokens->mask.threshold)
            attni_gru_drop(attni_context_kernels(embedding->layer.context), &tokens->mask, tokens->ids[i], e, row,
                           tokens->vectors + i * e);
        else
            memcpy(tokens->vectors + i * e, row, (size_t)e * sizeof(float));
    }
}

attn_status attni_gru_tokens_make(attni_gru_tokens *tokens, const attn_gru *gru, attni_gru_mask mask,
                                  const attn_embedding *embedding, const attni_gru_weights *weights,
                                  attni_arena *arena, const char *function, int64_t batch, int64_t time,
                                  const int32_t *ids, const int32_t *lengths)
{
    attni_distinct distinct;
    ATTNI_TRY(attni_distinct_make(&distinct, arena, function, embedding->rows, batch, time, ids, lengths));
    int64_t e = gru->shape.input_dim, width = 3 * gru->shape.hidden_dim;
    *tokens = (attni_gru_tokens){.embedding = embedding,
                                 .count = distinct.count,
                                 .ids = distinct.ids,
                                 .slots = distinct.slots,
                                 .vectors = attni_arena_floats(arena, distinct.count * e),
                                 .mask = mask};
    if (tokens->vectors == NULL)
        return attni_no_memory(function, (size_t)(distinct.count * e) * sizeof(float));
    attni_parallel_for(gru->context, (distinct.count + ROWS_A_TASK - 1) / ROWS_A_TASK, gather, tokens);
    for (int64_t direction = 0; direction < gru->shape.directions; direction++) {
        tokens->projected[direction] = attni_arena_floats(arena, distinct.count * width);
        if (tokens->projected[direction] == NULL)
            return attni_no_memory(function, (size_t)(distinct.count * width) * sizeof(float));
        attni_gru_project(gru->context, &gru->shape, &weights[direction], distinct.count, tokens->vectors,
                          tokens->projected[direction]);
    }
    return ATTN_OK;
}

/* ---- backward -------------------------------------------------------------------------------------------- */

typedef struct token_gradients {
    const attni_kernels *kernels;
    const attni_gru_tokens *tokens;
    int64_t input_dim, hidden_dim;
    const float *kept;
    const int32_t *leaders;
    int64_t parts;
    float *dprojected;      /* [distinct, 3H], in place of forward's W x */
    const float *packed_ih; /* W packed the other way: [3H, E]; NULL where the table is frozen */
    float *dvectors;        /* [workers, ROWS_A_TASK, E] */
} token_gradients;

/* dprojected = the sum of the leaders; and the embedding's gradient += dprojected W. */
static void add_rows(void *argument, int64_t index, int32_t worker)
{
    const token_gradients *pass = argument;
    const attni_gru_tokens *tokens = pass->tokens;
    int64_t h = pass->hidden_dim, e = pass->input_dim, begin = index * ROWS_A_TASK;
    int64_t count = tokens->count - begin < ROWS_A_TASK ? tokens->count - begin : ROWS_A_TASK;
    float *sums = pass->dprojected + begin * 3 * h;
    memset(sums, 0, (size_t)(count * 3 * h) * sizeof(float));
    for (int64_t part = 0; part < pass->parts; part++) {
        const int32_t *leaders = pass->leaders + part * tokens->count + begin;
        for (int64_t i = 0; i < count; i++) {
            if (leaders[i] >= 0)
                pass->kernels->axpy(3 * h, 1.0f, pass->kept + 5 * h * leaders[i], sums + i * 3 * h);
        }
    }
    if (pass->packed_ih == NULL)
        return;
    float *dvectors = pass->dvectors + worker * ROWS_A_TASK * e;
    pass->kernels->product(count, e, 3 * h, sums, 3 * h, pass->packed_ih, dvectors, e, 0, NULL);
    float *gradient = attni_params_gradient(tokens->embedding->layer.params, tokens->embedding->table);
    for (int64_t i = 0; i < count; i++) {
        if (tokens->mask.threshold)
            attni_gru_drop(pass->kernels, &tokens->mask, tokens->ids[begin + i], e, dvectors + i * e,
                           dvectors + i * e);
        pass->kernels->axpy(e, 1.0f, dvectors + i * e, gradient + tokens->ids[begin + i] * e);
    }
}

attn_status attni_gru_tokens_backward(const attni_gru_tokens *tokens, const attn_gru *gru,
                                      const attni_gru_cell *cell, int64_t direction, const float *kept,
                                      const int32_t *leaders, int64_t parts, attni_arena *arena,
                                      const char *function)
{
    const attni_kernels *kernels = attni_context_kernels(gru->context);
    int64_t width = 3 * gru->shape.hidden_dim, e = cell->input_dim;
    attni_tensor *table = attni_params_at(tokens->embedding->layer.params, tokens->embedding->table);
    int32_t learn_w = attni_params_at(gru->params, cell->weight_ih)->trainable;
    token_gradients pass = {.kernels = kernels,
                            .tokens = tokens,
                            .input_dim = e,
                            .hidden_dim = gru->shape.hidden_dim,
                            .kept = kept,
                            .leaders = leaders,
                            .parts = parts,
                            .dprojected = tokens->projected[direction]};
    if (!table->trainable && !learn_w)
        return ATTN_OK;
    if (table->trainable) {
        int64_t size = attni_packed_size(kernels, width, e),
                scratch = attn_context_threads(gru->context) * ROWS_A_TASK * e;
        float *packed = attni_arena_floats(arena, size);
        pass.dvectors = attni_arena_floats(arena, scratch);
        if (packed == NULL || pass.dvectors == NULL)
            return attni_no_memory(function, (size_t)(size + scratch) * sizeof(float));
        kernels->pack(width, e, attni_params_value(gru->params, cell->weight_ih), e, packed);
        pass.packed_ih = packed;
        for (int64_t i = 0; i < tokens->count; i++)
            attni_tensor_use_row(table, tokens->ids[i]);
    }
    attni_parallel_for(gru->context, (tokens->count + ROWS_A_TASK - 1) / ROWS_A_TASK, add_rows, &pass);
    if (!learn_w)
        return ATTN_OK;
    return attni_weight_gradient(gru->context, arena, function, tokens->count, width, e, pass.dprojected,
                                 tokens->vectors, attni_params_gradient(gru->params, cell->weight_ih));
}
