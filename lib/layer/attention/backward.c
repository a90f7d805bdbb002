/* backward.c - the gradients of attention. For each row, with da_ij the gradient of the weights (the caller's, plus
 * dcontext_i . h_j),
 *
 *     de_i = the weighting's gradient for da_i                                       weighting.c
 *     de_ij *= 1 - e_ij^2, with the outer tanh;   dc = sum_ij de_ij
 *     dp, dv, and dm or the score's share of dh                                      the pair's file
 *     dW = sum_j dm_j h_j^T;   dh_j = W^T dm_j + sum_i a_ij dcontext_i
 *
 * and then, over the queries of all rows, with U as it is used (BILINEAR's is stored turned),
 *
 *     dU = sum_i dp_i s_i^T;   db = sum_i dp_i;   ds_i = U^T dp_i
 *
 * Of a decoder's step, whose first columns stay, dkeys_j += dm_j, dstay_j += sum_i a_ij dcontext_i, and dW and dh are of the other
 * columns. Kept padding is an item of zeros: it has a share in de, dc, dv and db. The rows are cut into parts with sums of their own; a
 * row's share of dW is added while its memory and its dm are in the cache. */
#include <string.h>

#include "core/apart.h"
#include "layer/attention/items.h"
#include "layer/attention/passes.h"
#include "layer/attention/score.h"
#include "layer/attention/weighting.h"
#include "layer/weight_gradient.h"

#define ITEMS_AT_ONCE 4096 /* of a product, which nothing can end */

typedef struct backward_pass {
    const attn_attention *attention;
    attni_scorer scorer;
    const attni_attention_record *record;
    int32_t learns; /* not in ATTN_TAPE_INPUTS */
    const attni_gradients *gradients;
    float *dasked; /* [query tokens, asked_dim]; NULL where the score asks nothing: db is summed at once */
    const float *packed_w, *packed_u; /* packed the other way */
    attni_partial partial;
    int64_t at[ATTNI_ROLES];   /* where each tensor's sums begin in a part's; -1: they have none */
    attni_rooms room, dscores; /* the scorer's; [queries, items] */
    attni_rooms padding;       /* [A], where it is kept */
} backward_pass;

static int32_t learns(const backward_pass *pass, int32_t role)
{
    int64_t index = pass->attention->tensors[role];
    return pass->learns && index >= 0 && attni_params_at(pass->attention->layer.params, index)->trainable;
}

static float *gradient(const attn_attention *attention, int32_t role)
{
    return attni_params_gradient(attention->layer.params, attention->tensors[role]);
}

/* ---- a row ----------------------------------------------------------------------------------------------- */

/* dcontext[queries, stay_dim + D] of row b; NULL where there is none. */
static const float *dcontext_of(const backward_pass *pass, int64_t b)
{
    int64_t width = pass->scorer.stay_dim + pass->scorer.memory_dim;
    return pass->gradients->dcontext ? pass->gradients->dcontext + b * pass->record->queries * width : NULL;
}

/* dscores[queries, items] = the gradient of the row's e, before the outer tanh; beyond the items too where padding is kept. */
static void scores_backward(const backward_pass *pass, int64_t b, const attni_row *row, float *room,
                            float *dscores)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t items = pass->record->items, first = b * pass->record->queries, stay = scorer->stay_dim;
    int64_t attended = scorer->kept ? items : row->items;
    const float *dcontext = dcontext_of(pass, b);
    memset(dscores, 0, (size_t)(row->queries * items) * sizeof(float));
    if (dcontext && scorer->memory_dim > 0)
        attni_items_scores(scorer->kernels, row->queries, row->items, scorer->memory_dim, dcontext + stay,
                           row->memory, room, dscores, items);
    for (int64_t j = 0; dcontext && stay > 0 && row->queries > 0 && j < row->items; j++)
        dscores[j] += scorer->kernels->dot(stay, dcontext, row->stay + j * stay);
    for (int64_t i = 0; i < row->queries; i++, dscores += items) {
        const float *dweights =
            pass->gradients->dweights ? pass->gradients->dweights + (first + i) * items : NULL;
        const float *e = pass->record->scores + (first + i) * items;
        for (int64_t j = 0; dweights && j < attended; j++)
            dscores[j] += dweights[j];
        attni_weighting_backward(scorer->weighting, scorer->temperature, attended,
                                 pass->record->weights + (first + i) * items, dscores);
        for (int64_t j = 0; scorer->outer_tanh && j < attended; j++)
            dscores[j] *= 1.0f - e[j] * e[j];
    }
}

/* All of kept padding has one score, and asks nothing. */
static void padding_backward(const backward_pass *pass, int64_t items, int32_t worker, const float *dscores,
                             float *dbias, float *dv)
{
    float padding = 0.0f;
    for (int64_t j = items; j < pass->record->items; j++)
        padding += dscores[j];
    attni_row row = attni_scorer_padding(&pass->scorer, attni_room(&pass->padding, worker));
    pass->scorer.score->pair->backward(&pass->scorer, &row, attni_room(&pass->room, worker), &padding, 1,
                                       dbias, dv, NULL);
}

/* What row b will read first; nothing beyond the last row. */
static int64_t list_row(const backward_pass *pass, int64_t b, attni_piece *pieces)
{
    if (b >= pass->record->batch)
        return 0;
    attni_row row = attni_attention_row(&pass->scorer, pass->record, b);
    pieces[0] = (attni_piece){row.memory, row.items * pass->scorer.memory_dim};
    pieces[1] = (attni_piece){row.hidden, row.items * pass->scorer.hidden_dim};
    return 2;
}

/* dmemory may be memory: nothing reads that any more. The pair has written the score's share where there is no W. */
static void write_dmemory(const backward_pass *pass, int64_t b, int64_t next, const attni_row *row,
                          float *room, float *dmemory)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, items = pass->record->items;
    const float *dcontext = dcontext_of(pass, b);
    attni_piece pieces[2];
    attni_ahead ahead = {.pieces = pieces, .left = list_row(pass, next, pieces)};
    for (int64_t j = 0; scorer->w && j < row->items && !attni_interrupted(); j += ITEMS_AT_ONCE) {
        int64_t count = row->items - j < ITEMS_AT_ONCE ? row->items - j : ITEMS_AT_ONCE;
        scorer->kernels->product(count, d, a, row->hidden + j * a, a, pass->packed_w, dmemory + j * d, d, 0,
                                 &ahead);
    }
    memset(dmemory + row->items * d, 0, (size_t)((items - row->items) * d) * sizeof(float));
    if (dcontext)
        attni_items_spread(scorer->kernels, row->queries, row->items, d,
                           pass->record->weights + b * pass->record->queries * items, items,
                           dcontext + scorer->stay_dim, room, dmemory);
}

/* What the one query of row b, whose hidden is dm by now, adds to that of the columns that stay. */
static void add_staying(const backward_pass *pass, int64_t b, const attni_row *row, float *room)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t items = pass->record->items, stay = scorer->stay_dim, a = scorer->hidden_dim;
    const float *dcontext = dcontext_of(pass, b);
    if (pass->gradients->dkeys)
        scorer->kernels->axpy(row->items * a, 1.0f, row->hidden, pass->gradients->dkeys + b * items * a);
    if (pass->gradients->dstay && dcontext)
        attni_items_spread(scorer->kernels, 1, row->items, stay, pass->record->weights + b * items, items,
                           dcontext, room, pass->gradients->dstay + b * items * stay);
}

static float *sums_of(const backward_pass *pass, int32_t role, float *sums)
{
    return pass->at[role] < 0 ? NULL : sums + pass->at[role];
}

/* Row b; `next` is the one that the same task will come to after it. */
static void run_row(const backward_pass *pass, int64_t b, int64_t next, int32_t worker, float *sums)
{
    const attni_scorer *scorer = &pass->scorer;
    const attni_attention_record *record = pass->record;
    int64_t items = record->items, d = scorer->memory_dim;
    attni_row row = attni_attention_row(scorer, record, b);
    float *room = attni_room(&pass->room, worker), *dscores = attni_room(&pass->dscores, worker);
    float *dmemory = pass->gradients->dmemory ? pass->gradients->dmemory + b * items * d : NULL;
    float *dv = sums_of(pass, ATTNI_V, sums), *dc = sums_of(pass, ATTNI_C, sums),
          *dw = sums_of(pass, ATTNI_W, sums);
    float *dasked = pass->dasked ? pass->dasked + record->query_begins[b] * scorer->asked_dim
                                 : sums_of(pass, ATTNI_B, sums);
    if (row.keys && row.queries == 0) { /* forward has made no hidden */
        if (dmemory)
            memset(dmemory, 0, (size_t)(items * d) * sizeof(float));
        return;
    }
    scores_backward(pass, b, &row, room, dscores);
    for (int64_t j = 0; dc && j < (scorer->kept ? items : row.items); j++)
        *dc += dscores[j];
    if (pass->dasked)
        memset(dasked, 0, (size_t)(row.queries * scorer->asked_dim) * sizeof(float));
    scorer->score->pair->backward(scorer, &row, room, dscores, items, dasked, dv, dmemory);
    if (scorer->kept)
        padding_backward(pass, row.items, worker, dscores, dasked, dv);
    if (row.keys)
        add_staying(pass, b, &row, room);
    if (dw) /* hidden is dm by now */
        attni_items_spread(scorer->kernels, row.items, scorer->hidden_dim, d, row.hidden, scorer->hidden_dim,
                           row.memory, room, dw);
    if (dmemory)
        write_dmemory(pass, b, next, &row, room, dmemory);
}

/* Every `parts`th row, so that parts are of the same size where the rows are sorted by length. */
static void run_part(void *argument, int64_t part, int32_t worker)
{
    const backward_pass *pass = argument;
    float *sums = attni_partial_begin(&pass->partial, part);
    for (int64_t b = part; b < pass->record->batch && !attni_interrupted(); b += pass->partial.parts)
        run_row(pass, b, b + pass->partial.parts, worker, sums);
}

/* ---- all rows -------------------------------------------------------------------------------------------- */

attn_status attni_attention_add_columns(const attn_attention *attention, attni_arena *arena,
                                        const char *function, const attni_partial *partial, int64_t from,
                                        int64_t first, int64_t width)
{
    const attni_kernels *kernels = attni_context_kernels(attention->layer.context);
    int64_t a = attention->attention_dim, d = attention->memory_dim;
    float *dw = gradient(attention, ATTNI_W);
    if (width == d)
        return attni_partial_add(partial, attention->layer.context, from, a * d, dw);
    float *sums = attni_arena_floats(arena, a * width);
    if (sums == NULL)
        return attni_no_memory(function, (size_t)(a * width) * sizeof(float));
    memset(sums, 0, (size_t)(a * width) * sizeof(float));
    ATTNI_TRY(attni_partial_add(partial, attention->layer.context, from, a * width, sums));
    for (int64_t i = 0; i < a; i++)
        kernels->axpy(width, 1.0f, sums + i * width, dw + i * d + first);
    return ATTN_OK;
}

/* Sums that rows make: dW unless it is frozen; dv; and db and dc of a score that asks nothing. */
static int64_t lay_out_sums(backward_pass *pass)
{
    const attn_attention *attention = pass->attention;
    const int64_t columns = pass->scorer.memory_dim;
    int64_t size = 0;
    for (int32_t role = 0; role < ATTNI_ROLES; role++) {
        int64_t index = attention->tensors[role];
        int32_t summed =
            index >= 0 && (role == ATTNI_V || (role == ATTNI_W && learns(pass, role) && columns > 0) ||
                           ((role == ATTNI_B || role == ATTNI_C) && !pass->scorer.score->asks));
        pass->at[role] = summed ? size : -1;
        size += !summed           ? 0
                : role == ATTNI_W ? pass->scorer.hidden_dim * columns
                                  : attni_params_at(attention->layer.params, index)->size;
    }
    return size;
}

static attn_status run_rows(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_scorer *scorer = &pass->scorer;
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, row = pass->record->queries * pass->record->items;
    int64_t size = scorer->w ? attni_packed_size(scorer->kernels, a, d) : 0;
    float *packed = attni_arena_floats(arena, size);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)size * sizeof(float));
    ATTNI_TRY(
        attni_rooms_make(&pass->room, attention->layer.context, arena, function, attni_scorer_room(scorer)));
    ATTNI_TRY(attni_rooms_make(&pass->dscores, attention->layer.context, arena, function, row));
    ATTNI_TRY(
        attni_rooms_make(&pass->padding, attention->layer.context, arena, function, scorer->kept ? a : 0));
    ATTNI_TRY(attni_partial_make(&pass->partial, arena, function, pass->record->batch, lay_out_sums(pass)));
    if (scorer->w)
        scorer->kernels->pack(a, d, scorer->w, scorer->stay_dim + d, packed);
    pass->packed_w = packed;
    ATTNI_TRY(attni_parallel_for(attention->layer.context, pass->partial.parts, run_part, pass));
    for (int32_t role = 0; role < ATTNI_ROLES; role++) {
        if (pass->at[role] >= 0 && role == ATTNI_W)
            ATTNI_TRY(attni_attention_add_columns(attention, arena, function, &pass->partial, pass->at[role],
                                                  scorer->stay_dim, d));
        else if (pass->at[role] >= 0 && learns(pass, role))
            ATTNI_TRY(
                attni_partial_add(&pass->partial, attention->layer.context, pass->at[role],
                                  attni_params_at(attention->layer.params, attention->tensors[role])->size,
                                  gradient(attention, role)));
    }
    return ATTN_OK;
}

/* ---- the queries' side ----------------------------------------------------------------------------------- */

static attn_status query_tensors(const backward_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_scorer *scorer = &pass->scorer;
    const float *query = pass->record->query, *dasked = pass->dasked;
    int64_t tokens = pass->record->query_begins[pass->record->batch], n = scorer->asked_dim,
            q = scorer->query_dim;
    if (learns(pass, ATTNI_B))
        scorer->kernels->column_sums(tokens, n, dasked, n, gradient(attention, ATTNI_B));
    if (!learns(pass, ATTNI_U))
        return ATTN_OK;
    float *du = gradient(attention, ATTNI_U);
    return scorer->score->turned ? attni_weight_gradient(attention->layer.context, arena, function, tokens, q,
                                                         n, query, dasked, du)
                                 : attni_weight_gradient(attention->layer.context, arena, function, tokens, n,
                                                         q, dasked, query, du);
}

/* One row of dquery. It may be the query, which is not read any more. */
static void write_dquery(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    const backward_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    int64_t n = scorer->asked_dim, q = scorer->query_dim, queries = pass->record->queries;
    int64_t begin = pass->record->query_begins[b], count = pass->record->query_begins[b + 1] - begin;
    float *dquery = pass->gradients->dquery + b * queries * q;
    const float *dasked = pass->dasked + begin * n;
    if (scorer->u)
        scorer->kernels->product(count, q, n, dasked, n, pass->packed_u, dquery, q, 0, NULL);
    else
        memcpy(dquery, dasked, (size_t)(count * n) * sizeof(float));
    memset(dquery + count * q, 0, (size_t)((queries - count) * q) * sizeof(float));
}

static attn_status run_queries(backward_pass *pass, attni_arena *arena, const char *function)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t n = scorer->asked_dim, q = scorer->query_dim;
    ATTNI_TRY(query_tensors(pass, arena, function));
    if (pass->gradients->dquery == NULL)
        return ATTN_OK;
    int64_t size = scorer->u ? attni_packed_size(scorer->kernels, n, q) : 0;
    float *packed = attni_arena_floats(arena, size);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)size * sizeof(float));
    if (scorer->u && scorer->score->turned)
        scorer->kernels->pack_transposed(n, q, scorer->u, n, packed);
    else if (scorer->u)
        scorer->kernels->pack(n, q, scorer->u, q, packed);
    pass->packed_u = packed;
    return attni_parallel_for(pass->attention->layer.context, pass->record->batch, write_dquery, pass);
}

/* ---- the call -------------------------------------------------------------------------------------------- */

/* Where dmemory goes to where the query stands (memory and query are one array), the query is still wanted afterwards: a copy. */
static attn_status save_query(const backward_pass *pass, attni_arena *arena, const char *function,
                              attni_attention_record *record)
{
    const attni_scorer *scorer = &pass->scorer;
    int64_t size = record->query_begins[record->batch] * scorer->query_dim;
    uintptr_t from = (uintptr_t)pass->gradients->dmemory, query = (uintptr_t)record->query;
    uintptr_t to = from + (size_t)(record->batch * record->items * scorer->memory_dim) * sizeof(float);
    if (size == 0 || from == 0 || query + (size_t)size * sizeof(float) <= from || query >= to)
        return ATTN_OK;
    float *copy = attni_arena_floats(arena, size);
    if (copy == NULL)
        return attni_no_memory(function, (size_t)size * sizeof(float));
    memcpy(copy, record->query, (size_t)size * sizeof(float));
    record->asked = record->asked == record->query ? copy : record->asked;
    record->query = copy;
    return ATTN_OK;
}

static attn_status run(backward_pass *pass, attni_arena *arena, const char *function,
                       attni_attention_record *record)
{
    if (pass->learns)
        ATTNI_TRY(attni_params_need_gradients(pass->attention->layer.params, function));
    if (!pass->scorer.score->asks)
        return run_rows(pass, arena, function);
    ATTNI_TRY(save_query(pass, arena, function, record));
    int64_t numbers = record->query_begins[record->batch] * pass->scorer.asked_dim;
    pass->dasked = attni_arena_floats(arena, numbers);
    if (pass->dasked == NULL)
        return attni_no_memory(function, (size_t)numbers * sizeof(float));
    ATTNI_TRY(run_rows(pass, arena, function));
    return run_queries(pass, arena, function);
}

static attn_status check_apart(const char *function, const attni_attention_record *record,
                               const attni_gradients *gradients)
{
    const int32_t asked = record->batch > 0 && record->queries > 0,
                  items = record->batch > 0 && record->items > 0;
    const int32_t stay = record->stay_dim > 0;
    ATTNI_REQUIRE_APART(function, 4, {stay ? "dmoving" : "dmemory", gradients->dmemory, items},
                        {"dmemory", gradients->dstay, items}, {"dquery", gradients->dquery, asked},
                        {"dkeys", gradients->dkeys, items}, {"dweights", gradients->dweights, asked && items},
                        {"dcontext", gradients->dcontext, asked});
    return ATTN_OK;
}

attn_status attni_attention_attend_back(const attn_attention *attention, attn_tape *tape,
                                        const char *function, attni_attention_record *record,
                                        const attni_gradients *gradients)
{
    ATTNI_TRY(check_apart(function, record, gradients));
    backward_pass pass = {.attention = attention,
                          .scorer = attni_scorer_of(attention, record->stay_dim),
                          .record = record,
                          .learns = attni_tape_learns(tape),
                          .gradients = gradients};
    attn_status status = run(&pass, &tape->arena, function, record);
    attni_tape_pop(tape); /* also after a failure: the tape must not be left half used */
    return status;
}

attn_status attn_attention_backward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                    int64_t items, int64_t queries, const float *dweights,
                                    const float *dcontext, float *dmemory, float *dquery)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    attni_attention_record *record;
    ATTNI_TRY(attni_attention_top(tape, __func__, attention, ATTNI_ATTENTION_WHOLE, batch, items, queries, 0,
                                  &record));
    ATTNI_REQUIRE(dquery == NULL || attention->score->asks,
                  "%s: dquery is given, but ATTN_SCORE_FEEDFORWARD has no query; expected NULL", __func__);
    const attni_gradients gradients = {
        .dweights = dweights, .dcontext = dcontext, .dmemory = dmemory, .dquery = dquery};
    return attni_attention_attend_back(attention, tape, __func__, record, &gradients);
}
