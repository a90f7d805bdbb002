/* gru_tokens.c - the first layer's input as ids: W x once for each distinct one.
 *
 * Reviews repeat words, so that of the tokens of a batch a tenth are distinct; with embeddings as wide as the states, a token's
 * own projection would be half of its forward product. */
#include <string.h>

#include "layer/gru.h"

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
    const float *table = attni_params_value(embedding->params, embedding->table);
    int64_t e = embedding->dim, begin = index * ROWS_A_TASK;
    int64_t end = tokens->count < begin + ROWS_A_TASK ? tokens->count : begin + ROWS_A_TASK;
    for (int64_t i = begin; i < end; i++) {
        const float *row = table + tokens->ids[i] * e;
        if (tokens->mask.threshold)
            attni_gru_drop(attni_context_kernels(embedding->context), &tokens->mask, tokens->ids[i], e, row,
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
