/* score.c - the scores that ask: a row's queries and items to weights and contexts. */
#include "layer/attention/score.h"

#include <math.h>
#include <string.h>

#include "layer/attention/items.h"
#include "layer/attention/weighting.h"

attni_scorer attni_scorer_of(const attn_attention *attention)
{
    int64_t a = attention->attention_dim, d = attention->memory_dim;
    const attn_params *params = attention->params;
    float scale = attention->score == ATTN_SCORE_SCALED_DOT ? sqrtf((float)d) : 1.0f;
    return (attni_scorer){
        .kernels = attni_context_kernels(attention->context),
        .score = attention->score,
        .outer_tanh = attention->outer_tanh,
        .weighting = attention->weighting,
        .temperature = attention->temperature * scale,
        .memory_dim = d,
        .query_dim = attention->query_dim,
        .attention_dim = a,
        .asked_dim = a ? a : d,
        .bias = attention->bias < 0 ? NULL : attni_params_value(params, attention->bias),
        .v = attention->score_weight < 0 ? NULL : attni_params_value(params, attention->score_weight)};
}

attn_status attni_scorer_pack(attni_scorer *scorer, const attn_attention *attention, attni_arena *arena,
                              const char *function)
{
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->attention_dim, d = scorer->memory_dim, q = scorer->query_dim;
    int64_t size = a ? attni_packed_size(kernels, d, a) : 0;
    int64_t query_size = attni_scorer_asks(scorer) ? attni_packed_size(kernels, q, scorer->asked_dim) : 0;
    float *packed = attni_arena_floats(arena, size), *packed_query = attni_arena_floats(arena, query_size);
    if (packed == NULL || packed_query == NULL)
        return attni_no_memory(function, (size_t)(size + query_size) * sizeof(float));
    if (a) {
        kernels->pack_transposed(d, a, attni_params_value(attention->params, attention->weight), d, packed);
        kernels->pack_transposed(q, a, attni_params_value(attention->params, attention->query_weight), q,
                                 packed_query);
    } else if (attni_scorer_asks(scorer)) {
        kernels->pack(q, d, attni_params_value(attention->params, attention->weight), d, packed_query);
    }
    scorer->packed = packed;
    scorer->packed_query = packed_query;
    return ATTN_OK;
}

void attni_scorer_project(const attni_scorer *scorer, int64_t count, const float *memory, float *hidden)
{
    int64_t a = scorer->attention_dim, d = scorer->memory_dim;
    if (a)
        scorer->kernels->product(count, a, d, memory, d, scorer->packed, hidden, a, 0, NULL);
}

int32_t attni_scorer_asks(const attni_scorer *scorer)
{
    return scorer->score != ATTN_SCORE_DOT && scorer->score != ATTN_SCORE_SCALED_DOT;
}

void attni_scorer_ask(const attni_scorer *scorer, int64_t count, const float *query, float *asked)
{
    int64_t n = scorer->asked_dim, q = scorer->query_dim;
    scorer->kernels->product(count, n, q, query, q, scorer->packed_query, asked, n, 0, NULL);
    for (int64_t i = 0; scorer->bias && i < count; i++)
        scorer->kernels->axpy(n, 1.0f, scorer->bias, asked + i * n);
}

void attni_scorer_add(const attni_scorer *scorer, int64_t count, const float *asked, const float *hidden,
                      float *scores)
{
    if (scorer->score == ATTN_SCORE_ADDITIVE) {
        scorer->kernels->query_forward(count, scorer->attention_dim, asked, scorer->v, hidden, scores);
        return;
    }
    for (int64_t j = 0; j < count; j++)
        scores[j] = hidden[j] + *asked;
    if (scorer->outer_tanh)
        scorer->kernels->tanh(count, scores, scores);
}

int64_t attni_scorer_room(const attni_scorer *scorer)
{
    return attni_items_room(scorer->kernels, scorer->memory_dim);
}

/* Some items for all queries, while they are in the cache, and then the next ones. */
static void add_scores(const attni_scorer *scorer, const attni_row *row, float *scores, int64_t stride)
{
    int64_t a = scorer->attention_dim;
    for (int64_t j = 0; j < row->items; j += ATTNI_ITEMS) {
        int64_t count = row->items - j < ATTNI_ITEMS ? row->items - j : ATTNI_ITEMS;
        for (int64_t i = 0; i < row->queries; i++)
            attni_scorer_add(scorer, count, row->asked + i * a, row->hidden + j * a, scores + i * stride + j);
    }
}

void attni_scorer_attend(const attni_scorer *scorer, const attni_row *row, float *room, float *weights,
                         int64_t stride, float *context)
{
    int64_t d = scorer->memory_dim;
    if (scorer->attention_dim)
        add_scores(scorer, row, weights, stride);
    else
        attni_items_scores(scorer->kernels, row->queries, row->items, d, row->asked, row->memory, room,
                           weights, stride);
    for (int64_t i = 0; i < row->queries; i++) {
        float *of_query = weights + i * stride;
        attni_weighting_forward(scorer->kernels, scorer->weighting, scorer->temperature, row->items, of_query,
                                of_query);
        memset(of_query + row->items, 0, (size_t)(stride - row->items) * sizeof(float));
    }
    if (context)
        attni_items_mix(scorer->kernels, row->queries, row->items, d, weights, stride, row->memory, room,
                        context);
}
