/* score.c - the table of scores, and one at work: a row's queries and items to weights and contexts. */
#include "layer/attention/score.h"

#include <math.h>
#include <string.h>

#include "layer/attention/items.h"
#include "layer/attention/weighting.h"

static const attni_score scores[] = {
    [ATTN_SCORE_FEEDFORWARD] = {&attni_pair_additive, .inside = 'A', .outer_tanh = 1,
                                .tensors = {{"weight", ATTNI_W, "AD"},
                                            {"bias", ATTNI_B, "A"},
                                            {"score_weight", ATTNI_V, "A"},
                                            {"score_bias", ATTNI_C, "1"}}},
    [ATTN_SCORE_ADDITIVE] = {&attni_pair_additive, .inside = 'A', .asks = 1,
                             .tensors = {{"weight", ATTNI_W, "AD"},
                                         {"query_weight", ATTNI_U, "AQ"},
                                         {"bias", ATTNI_B, "A"},
                                         {"score_weight", ATTNI_V, "A"}}},
    [ATTN_SCORE_CONCAT] = {&attni_pair_sum, .inside = '1', .asks = 1, .outer_tanh = 1,
                           .tensors = {{"query_weight", ATTNI_U, "Q"},
                                       {"weight", ATTNI_W, "D"},
                                       {"bias", ATTNI_B, "1"}}},
    [ATTN_SCORE_DOT] = {&attni_pair_product, .asks = 1},
    [ATTN_SCORE_SCALED_DOT] = {&attni_pair_product, .asks = 1, .by_width = 1},
    [ATTN_SCORE_BILINEAR] = {&attni_pair_product, .asks = 1, .turned = 1,
                             .tensors = {{"weight", ATTNI_U, "QD"}}},
};

const attni_score *attni_score_of(int32_t score)
{
    int32_t count = sizeof scores / sizeof *scores;
    return score >= 0 && score < count ? &scores[score] : NULL;
}

/* ---- a scorer -------------------------------------------------------------------------------------------- */

attni_scorer attni_scorer_of(const attn_attention *attention, int64_t stay_dim)
{
    const attni_score *score = attention->score;
    const float *w = attni_attention_values(attention, ATTNI_W);
    int64_t a = attention->attention_dim, d = attention->memory_dim;
    const float *c = attni_attention_values(attention, ATTNI_C);
    return (attni_scorer){.kernels = attni_context_kernels(attention->layer.context),
                          .score = score,
                          .outer_tanh = score->outer_tanh && attention->outer_tanh,
                          .kept = attention->padding == ATTN_PADDING_KEPT,
                          .weighting = attention->weighting,
                          .temperature = attention->temperature * (score->by_width ? sqrtf((float)d) : 1.0f),
                          .stay_dim = stay_dim,
                          .memory_dim = d - stay_dim,
                          .query_dim = attention->query_dim,
                          .hidden_dim = a,
                          .asked_dim = a ? a : d,
                          .bias = attni_attention_values(attention, ATTNI_B),
                          .v = attni_attention_values(attention, ATTNI_V),
                          .c = c ? *c : 0.0f,
                          .w = w ? w + stay_dim : NULL,
                          .u = attni_attention_values(attention, ATTNI_U)};
}

void attni_scorer_finish(const attni_scorer *scorer, int64_t count, float *e)
{
    for (int64_t j = 0; scorer->c != 0.0f && j < count; j++)
        e[j] += scorer->c;
    if (scorer->outer_tanh)
        scorer->kernels->tanh(count, e, e);
}

attn_status attni_scorer_pack(attni_scorer *scorer, attni_arena *arena, const char *function)
{
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, n = scorer->asked_dim, q = scorer->query_dim;
    int64_t w_size = scorer->w ? attni_packed_size(kernels, d, a) : 0;
    int64_t u_size = scorer->u ? attni_packed_size(kernels, q, n) : 0;
    int64_t padding = scorer->kept ? a : 0;
    float *w = attni_arena_floats(arena, w_size), *u = attni_arena_floats(arena, u_size);
    float *hidden = attni_arena_floats(arena, padding);
    if (w == NULL || u == NULL || hidden == NULL)
        return attni_no_memory(function, (size_t)(w_size + u_size + padding) * sizeof(float));
    if (scorer->w)
        kernels->pack_transposed(d, a, scorer->w, scorer->stay_dim + d, w);
    if (scorer->u && scorer->score->turned)
        kernels->pack(q, n, scorer->u, n, u);
    else if (scorer->u)
        kernels->pack_transposed(q, n, scorer->u, q, u);
    scorer->packed_w = w;
    scorer->packed_u = u;
    if (scorer->kept) {
        attni_row row = attni_scorer_padding(scorer, hidden);
        scorer->score->pair->forward(scorer, &row, NULL, &scorer->padding_score, 1);
        attni_scorer_finish(scorer, 1, &scorer->padding_score);
    }
    return ATTN_OK;
}

const float *attni_scorer_ask(const attni_scorer *scorer, int64_t count, const float *query, float *room)
{
    int64_t n = scorer->asked_dim, q = scorer->query_dim;
    if (scorer->u == NULL)
        return query;
    scorer->kernels->product(count, n, q, query, q, scorer->packed_u, room, n, 0, NULL);
    for (int64_t i = 0; scorer->bias && i < count; i++)
        scorer->kernels->axpy(n, 1.0f, scorer->bias, room + i * n);
    return room;
}

float *attni_scorer_hidden(const attni_scorer *scorer, const attni_row *row, int64_t j, int64_t count)
{
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, left = row->items - j - count;
    if (row->hidden_is == ATTNI_HIDDEN_STAYS)
        return row->hidden + j * a;
    float *hidden = row->hidden + (row->hidden_is == ATTNI_HIDDEN_KEPT ? j * a : 0);
    attni_piece piece = row->next;
    if (left > 0 && d > 0)
        piece = (attni_piece){row->memory + (j + count) * d, (left < ATTNI_ITEMS ? left : ATTNI_ITEMS) * d};
    attni_ahead ahead = {.pieces = &piece, .left = 1};
    if (row->keys)
        memcpy(hidden, row->keys + j * a, (size_t)(count * a) * sizeof(float));
    if (d > 0)
        scorer->kernels->product(count, a, d, row->memory + j * d, d, scorer->packed_w, hidden, a,
                                 row->keys != NULL, &ahead);
    return hidden;
}

/* ---- a row ----------------------------------------------------------------------------------------------- */

int64_t attni_scorer_room(const attni_scorer *scorer)
{
    int64_t products = attni_items_room(scorer->kernels, scorer->memory_dim);
    int64_t hidden = ATTNI_ITEMS * scorer->hidden_dim;
    return products > hidden ? products : hidden;
}

attni_row attni_attention_row(const attni_scorer *scorer, const attni_attention_record *record, int64_t b)
{
    int64_t first = record->begins[b];
    attni_row row = {.queries = 1,
                     .items = record->begins[b + 1] - first,
                     .asked = scorer->bias,
                     .memory =
                         record->memory ? record->memory + b * record->items * scorer->memory_dim : NULL,
                     .stay = record->stay ? record->stay + b * record->items * scorer->stay_dim : NULL,
                     .keys = record->keys ? record->keys + b * record->items * scorer->hidden_dim : NULL,
                     .hidden = record->hidden ? record->hidden + first * scorer->hidden_dim : NULL,
                     .hidden_is = ATTNI_HIDDEN_KEPT};
    if (scorer->score->asks) {
        row.queries = record->query_begins[b + 1] - record->query_begins[b];
        row.asked = record->asked ? record->asked + record->query_begins[b] * scorer->asked_dim : NULL;
    }
    return row;
}

attni_row attni_scorer_padding(const attni_scorer *scorer, float *hidden)
{
    memset(hidden, 0, (size_t)scorer->hidden_dim * sizeof(float));
    return (attni_row){
        .queries = 1, .items = 1, .asked = scorer->bias, .hidden = hidden, .hidden_is = ATTNI_HIDDEN_STAYS};
}

/* What no score need show: a tanh makes 1 of an infinity. A memory that stays was looked at when it was made. */
static int32_t is_finite(const attni_scorer *scorer, const attni_row *row)
{
    const attni_kernels *kernels = scorer->kernels;
    if (scorer->hidden_dim == 0)
        return 1;
    int64_t memory = row->hidden_is == ATTNI_HIDDEN_STAYS ? 0 : row->items * scorer->memory_dim;
    return kernels->finite(memory, row->memory) &&
           kernels->finite(row->keys ? row->items * scorer->hidden_dim : 0, row->keys) &&
           kernels->finite(row->queries * scorer->asked_dim, row->asked);
}

int32_t attni_scorer_weigh(const attni_scorer *scorer, int64_t items, int64_t stride, float *e,
                           float *weights)
{
    int64_t attended = items;
    for (; scorer->kept && attended < stride; attended++)
        e[attended] = scorer->padding_score;
    int32_t fine = attni_weighting_forward(scorer->kernels, scorer->weighting, scorer->temperature, attended,
                                           e, weights);
    memset(weights + attended, 0, (size_t)(stride - attended) * sizeof(float));
    return fine;
}

int32_t attni_scorer_attend(const attni_scorer *scorer, const attni_row *row, float *room, float *e,
                            float *weights, int64_t stride, float *context)
{
    const attni_kernels *kernels = scorer->kernels;
    int64_t stay = scorer->stay_dim, d = scorer->memory_dim;
    int32_t fine = is_finite(scorer, row);
    scorer->score->pair->forward(scorer, row, room, e, stride);
    for (int64_t i = 0; i < row->queries; i++, e += stride) {
        float *a = weights + i * stride;
        fine &= kernels->finite(row->items, e);
        attni_scorer_finish(scorer, row->items, e);
        fine &= attni_scorer_weigh(scorer, row->items, stride, e, a);
    }
    if (context == NULL)
        return fine;
    if (stay > 0)
        attni_items_mix(kernels, row->queries, row->items, stay, weights, stride, row->stay, room, context);
    if (d > 0)
        attni_items_mix(kernels, row->queries, row->items, d, weights, stride, row->memory, room,
                        context + stay);
    return fine & kernels->finite(row->queries * (stay + d), context);
}
