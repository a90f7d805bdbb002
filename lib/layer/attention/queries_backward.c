/* queries_backward.c - gradients of attention with queries.
 *
 * For each row, with da_ij the gradient of the weights (the caller's, plus dcontext_i . h_j),
 *
 *     de_i = the weighting's gradient for da_i                                  weighting.c
 *     dh_j = sum_i a_ij dcontext_i + the score's share:
 *
 *     that multiply    dp_i = sum_j de_ij h_j;  dh_j += sum_i de_ij p_i
 *     ADDITIVE         u_ij = tanh(m_j + p_i);  d_ij = de_ij v (1 - u_ij^2);  dv = sum_ij de_ij u_ij
 *     CONCAT           d_ij = de_ij (1 - e_ij^2), or de_ij without the outer tanh
 *     both             dp_i = sum_j d_ij;  dm_j = sum_i d_ij;  dW = sum_j dm_j h_j^T;  dh_j += W^T dm_j
 *
 * u is not kept but computed again (kernel.h, query_backward): that takes less time than writing and reading it. Then, over the queries of all rows,
 *
 *     ADDITIVE, CONCAT    dU = sum_i dp_i s_i^T;  db = sum_i dp_i;  ds_i = U^T dp_i
 *     BILINEAR            dW = sum_i s_i dp_i^T;  ds_i = W dp_i
 *     DOT, SCALED_DOT     ds_i = dp_i
 *
 * The rows are cut into parts with sums of dW and dv of their own. */
#include <string.h>

#include "layer/attention/score.h"
#include "layer/attention/items.h"
#include "layer/partial.h"
#include "layer/weight_gradient.h"
#include "layer/attention/weighting.h"

typedef struct backward_pass {
    const attn_attention *attention;
    attni_scorer scorer;
    const attni_queries_record *record;
    const float *dweights, *dcontext; /* either may be NULL */
    float *dmemory;                   /* may be NULL */
    float *dasked;                    /* [query tokens, asked_dim] */
    const float *packed;              /* W packed the other way, where the score adds */
    attni_partial partial;            /* dW (where it is not frozen), then dv */
    int64_t dv_at;
    float *room; /* [workers, room_size]: of items.h; dm [ATTNI_ITEMS, A]; de [queries, items] */
    int64_t room_size, dm_at, dscores_at;
    const float *packed_query; /* the query's weight packed the other way */
    float *dquery;             /* [query tokens, Q] */
} backward_pass;

/* dscores[queries, items] = the gradient of the row's scores. */
static void scores_backward(const backward_pass *pass, int64_t b, const attni_row *row, float *room,
                            float *dscores)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t items = pass->record->items, first = b * pass->record->queries;
    if (pass->dcontext)
        attni_items_scores(scorer->kernels, row->queries, row->items, scorer->memory_dim,
                           pass->dcontext + first * scorer->memory_dim, row->memory, room, dscores, items);
    else
        memset(dscores, 0, (size_t)(row->queries * items) * sizeof(float));
    for (int64_t i = 0; i < row->queries; i++) {
        const float *dweights = pass->dweights ? pass->dweights + (first + i) * items : NULL;
        for (int64_t j = 0; dweights && j < row->items; j++)
            dscores[i * items + j] += dweights[j];
        attni_weighting_backward(scorer->weighting, scorer->temperature, row->items,
                                 pass->record->weights + (first + i) * items, dscores + i * items);
    }
}

/* dm[count, A] += the gradient of m_j + p_i for one query and some items; dp and dv get its sums. */
static void add_backward(const attni_scorer *scorer, int64_t count, const float *asked, const float *hidden,
                         const float *dscores, float *dm, float *dp, float *dv)
{
    if (scorer->score == ATTN_SCORE_ADDITIVE) {
        scorer->kernels->query_backward(count, scorer->attention_dim, dscores, asked, scorer->v, hidden, dm,
                                        dp, dv);
        return;
    }
    float scores[ATTNI_ITEMS];
    attni_scorer_add(scorer, count, asked, hidden, scores);
    for (int64_t j = 0; j < count; j++) {
        float d = dscores[j] * (scorer->outer_tanh ? 1.0f - scores[j] * scores[j] : 1.0f);
        dm[j] += d;
        *dp += d;
    }
}

/* hidden becomes dm, and dp[queries, A] is set; for the scores that add. `room` is [ATTNI_ITEMS, A]. */
static void hidden_backward(const backward_pass *pass, const attni_row *row, const float *dscores,
                            float *room, float *hidden, float *dp, float *dv)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t a = scorer->attention_dim, items = pass->record->items;
    memset(dp, 0, (size_t)(row->queries * a) * sizeof(float));
    for (int64_t j = 0; j < row->items; j += ATTNI_ITEMS) {
        int64_t count = row->items - j < ATTNI_ITEMS ? row->items - j : ATTNI_ITEMS;
        memset(room, 0, (size_t)(count * a) * sizeof(float));
        for (int64_t i = 0; i < row->queries; i++)
            add_backward(scorer, count, row->asked + i * a, hidden + j * a, dscores + i * items + j, room,
                         dp + i * a, dv);
        memcpy(hidden + j * a, room, (size_t)(count * a) * sizeof(float));
    }
}

/* dmemory may be memory: nothing reads that any more. */
static void write_dmemory(const backward_pass *pass, int64_t b, const attni_row *row, const float *dscores,
                          float *room)
{
    const attni_scorer *scorer = &pass->scorer;
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->attention_dim, d = scorer->memory_dim, items = pass->record->items;
    int64_t queries = pass->record->queries;
    float *dmemory = pass->dmemory + b * items * d;
    memset(dmemory, 0, (size_t)(items * d) * sizeof(float));
    if (a)
        kernels->product(row->items, d, a, row->hidden, a, pass->packed, dmemory, d, 0, NULL);
    else
        attni_items_spread(kernels, row->queries, row->items, d, dscores, items, row->asked, room, dmemory);
    if (pass->dcontext)
        attni_items_spread(kernels, row->queries, row->items, d, pass->record->weights + b * queries * items,
                           items, pass->dcontext + b * queries * d, room, dmemory);
}

static void run_row(const backward_pass *pass, int64_t b, int32_t worker, float *partial)
{
    const attni_scorer *scorer = &pass->scorer;
    const attni_queries_record *record = pass->record;
    int64_t a = scorer->attention_dim, d = scorer->memory_dim, items = record->items;
    float *room = pass->room + worker * pass->room_size, *dscores = room + pass->dscores_at;
    float *hidden = record->hidden + record->begins[b] * a;
    float *dasked = pass->dasked + record->query_begins[b] * scorer->asked_dim;
    attni_row row = {.queries = record->query_begins[b + 1] - record->query_begins[b],
                     .items = record->begins[b + 1] - record->begins[b],
                     .asked = record->asked + record->query_begins[b] * scorer->asked_dim,
                     .memory = record->memory + b * items * d,
                     .hidden = hidden};
    scores_backward(pass, b, &row, room, dscores);
    if (a)
        hidden_backward(pass, &row, dscores, room + pass->dm_at, hidden, dasked, partial + pass->dv_at);
    else
        attni_items_mix(scorer->kernels, row.queries, row.items, d, dscores, items, row.memory, room, dasked);
    if (pass->dv_at) /* dW */
        attni_items_spread(scorer->kernels, row.items, a, d, hidden, a, row.memory, room, partial);
    if (pass->dmemory)
        write_dmemory(pass, b, &row, dscores, room);
}

/* Every `parts`th row, so that parts are of the same size where the rows are sorted by length. */
static void run_part(void *argument, int64_t part, int32_t worker)
{
    const backward_pass *pass = argument;
    float *partial = attni_partial_begin(&pass->partial, part);
    for (int64_t b = part; b < pass->record->batch; b += pass->partial.parts)
        run_row(pass, b, worker, partial);
}

static int32_t learns(const attn_attention *attention, int64_t tensor)
{
    return tensor >= 0 && attni_params_at(attention->params, tensor)->trainable;
}

static attn_status run_rows(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_scorer *scorer = &pass->scorer;
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->attention_dim, d = scorer->memory_dim;
    pass->dv_at = a && learns(attention, attention->weight) ? a * d : 0;
    pass->dm_at = attni_items_room(kernels, d);
    pass->dscores_at = pass->dm_at + ATTNI_ITEMS * a;
    pass->room_size = pass->dscores_at + (pass->record->queries * pass->record->items + 15) / 16 * 16;
    int64_t room = attn_context_threads(attention->context) * pass->room_size;
    int64_t size = a ? attni_packed_size(kernels, a, d) : 0;
    float *packed = attni_arena_floats(arena, size);
    pass->room = attni_arena_floats(arena, room);
    if (pass->room == NULL || packed == NULL)
        return attni_no_memory(function, (size_t)(room + size) * sizeof(float));
    ATTNI_TRY(attni_partial_make(&pass->partial, arena, function, pass->record->batch, pass->dv_at + a));
    if (a)
        kernels->pack(a, d, attni_params_value(attention->params, attention->weight), d, packed);
    pass->packed = packed;
    attni_parallel_for(attention->context, pass->partial.parts, run_part, pass);
    if (pass->dv_at)
        attni_partial_add(&pass->partial, attention->context, 0, a * d,
                          attni_params_gradient(attention->params, attention->weight));
    if (learns(attention, attention->score_weight))
        attni_partial_add(&pass->partial, attention->context, pass->dv_at, a,
                          attni_params_gradient(attention->params, attention->score_weight));
    return ATTN_OK;
}

/* ---- the queries' side ----------------------------------------------------------------------------------- */

static attn_status query_tensors(const backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_queries_record *record = pass->record;
    int64_t tokens = record->query_begins[record->batch], n = pass->scorer.asked_dim,
            q = pass->scorer.query_dim;
    if (learns(attention, attention->query_weight))
        ATTNI_TRY(attni_weight_gradient(attention->context, arena, function, tokens, n, q, pass->dasked,
                                        record->query,
                                        attni_params_gradient(attention->params, attention->query_weight)));
    if (learns(attention, attention->bias))
        pass->scorer.kernels->column_sums(tokens, n, pass->dasked, n,
                                          attni_params_gradient(attention->params, attention->bias));
    if (attention->score == ATTN_SCORE_BILINEAR && learns(attention, attention->weight))
        ATTNI_TRY(attni_weight_gradient(attention->context, arena, function, tokens, q, n, record->query,
                                        pass->dasked,
                                        attni_params_gradient(attention->params, attention->weight)));
    return ATTN_OK;
}

/* One row of dquery. It may be the query, which is not read any more. */
static void write_dquery(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    const backward_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    int64_t n = scorer->asked_dim, q = scorer->query_dim, queries = pass->record->queries;
    int64_t begin = pass->record->query_begins[b], count = pass->record->query_begins[b + 1] - begin;
    float *dquery = pass->dquery + b * queries * q;
    if (attni_scorer_asks(scorer))
        scorer->kernels->product(count, q, n, pass->dasked + begin * n, n, pass->packed_query, dquery, q, 0,
                                 NULL);
    else
        memcpy(dquery, pass->dasked + begin * n, (size_t)(count * n) * sizeof(float));
    memset(dquery + count * q, 0, (size_t)((queries - count) * q) * sizeof(float));
}

static attn_status run_queries(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_scorer *scorer = &pass->scorer;
    int64_t n = scorer->asked_dim, q = scorer->query_dim;
    ATTNI_TRY(query_tensors(pass, arena, function));
    if (pass->dquery == NULL)
        return ATTN_OK;
    int64_t size = attni_scorer_asks(scorer) ? attni_packed_size(scorer->kernels, n, q) : 0;
    float *packed = attni_arena_floats(arena, size);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)size * sizeof(float));
    if (scorer->attention_dim)
        scorer->kernels->pack(n, q, attni_params_value(attention->params, attention->query_weight), q,
                              packed);
    else if (attni_scorer_asks(scorer))
        scorer->kernels->pack_transposed(n, q, attni_params_value(attention->params, attention->weight), n,
                                         packed);
    pass->packed_query = packed;
    attni_parallel_for(attention->context, pass->record->batch, write_dquery, pass);
    return ATTN_OK;
}

attn_status attni_queries_backward(const attn_attention *attention, attn_tape *tape, const char *function,
                                   const attni_queries_record *record, const float *dweights,
                                   const float *dcontext, float *dmemory, float *dquery)
{
    backward_pass pass = {.attention = attention,
                          .scorer = attni_scorer_of(attention),
                          .record = record,
                          .dweights = dweights,
                          .dcontext = dcontext,
                          .dmemory = dmemory,
                          .dquery = dquery};
    int64_t numbers = record->query_begins[record->batch] * pass.scorer.asked_dim;
    pass.dasked = attni_arena_floats(&tape->arena, numbers);
    if (pass.dasked == NULL)
        return attni_no_memory(function, (size_t)numbers * sizeof(float));
    ATTNI_TRY(run_rows(&pass, &tape->arena, function));
    return run_queries(&pass, &tape->arena, function);
}
