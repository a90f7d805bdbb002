/* queries.c - attention with queries, forward: all queries are projected, a few at a time, then each row of the batch
 * is a task of its own. score.h has the equations. */
#include <string.h>

#include "layer/attention/score.h"

#define QUERIES_A_TASK 64 /* of a projection */

typedef struct forward_pass {
    attni_scorer scorer;
    const attni_queries_record *record;
    float *asked;   /* where it is not the query itself */
    float *context; /* [batch, queries, D], may be NULL */
    float *
        room; /* [workers, room_size]: the scorer's, then a row's hidden and weights where no array holds them */
    int64_t room_size, hidden_at, weights_at;
} forward_pass;

static void ask(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const forward_pass *pass = argument;
    const attni_queries_record *record = pass->record;
    int64_t begin = index * QUERIES_A_TASK, left = record->query_begins[record->batch] - begin;
    attni_scorer_ask(&pass->scorer, left < QUERIES_A_TASK ? left : QUERIES_A_TASK,
                     record->query + begin * pass->scorer.query_dim,
                     pass->asked + begin * pass->scorer.asked_dim);
}

static void attend_row(void *argument, int64_t b, int32_t worker)
{
    const forward_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    const attni_queries_record *record = pass->record;
    int64_t d = scorer->memory_dim, items = record->items, queries = record->queries;
    float *room = pass->room + worker * pass->room_size;
    float *hidden =
        record->hidden ? record->hidden + record->begins[b] * scorer->attention_dim : room + pass->hidden_at;
    float *weights = record->weights ? record->weights + b * queries * items : room + pass->weights_at;
    float *context = pass->context ? pass->context + b * queries * d : NULL;
    attni_row row = {.queries = record->query_begins[b + 1] - record->query_begins[b],
                     .items = record->begins[b + 1] - record->begins[b],
                     .asked = record->asked + record->query_begins[b] * scorer->asked_dim,
                     .memory = record->memory + b * items * d,
                     .hidden = hidden};
    attni_scorer_project(scorer, row.items, row.memory, hidden);
    attni_scorer_attend(scorer, &row, room, weights, items, context);
    int64_t rest = queries - row.queries;
    memset(weights + row.queries * items, 0, (size_t)(rest * items) * sizeof(float));
    if (context)
        memset(context + row.queries * d, 0, (size_t)(rest * d) * sizeof(float));
}

/* The query tokens without what lies between them. */
static attn_status gather(attni_arena *arena, const char *function, int64_t width, const float *query,
                          attni_queries_record *record)
{
    int64_t tokens = record->query_begins[record->batch];
    record->query = query;
    if (tokens == record->batch * record->queries)
        return ATTN_OK;
    float *packed = attni_arena_floats(arena, tokens * width);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)(tokens * width) * sizeof(float));
    for (int64_t b = 0; b < record->batch; b++) {
        int64_t begin = record->query_begins[b], count = record->query_begins[b + 1] - begin;
        if (count > 0)
            memcpy(packed + begin * width, query + b * record->queries * width,
                   (size_t)(count * width) * sizeof(float));
    }
    record->query = packed;
    return ATTN_OK;
}

static attn_status fill_record(const attn_attention *attention, attni_arena *arena, const char *function,
                               const int32_t *lengths, const float *query, const int32_t *query_lengths,
                               int32_t keep, float *weights, attni_queries_record *record)
{
    int64_t batch = record->batch, items = record->items, queries = record->queries;
    ATTNI_TRY(attni_attention_begins(arena, function, batch, items, lengths, &record->begins));
    ATTNI_TRY(attni_attention_begins(arena, function, batch, queries, query_lengths, &record->query_begins));
    ATTNI_TRY(gather(arena, function, attention->query_dim, query, record));
    record->weights = weights;
    record->hidden = NULL;
    if (!keep)
        return ATTN_OK;
    int64_t hidden = record->begins[batch] * attention->attention_dim, numbers = batch * queries * items;
    record->hidden = attni_arena_floats(arena, hidden);
    record->weights = attni_arena_floats(arena, numbers);
    return record->hidden && record->weights
               ? ATTN_OK
               : attni_no_memory(function, (size_t)(hidden + numbers) * sizeof(float));
}

/* asked is kept for backward like the rest of the record; the packed weights and the workers' rooms are not. */
static attn_status attend(const attn_attention *attention, attni_arena *arena, const char *function,
                          attni_queries_record *record, float *weights, float *context)
{
    forward_pass pass = {.scorer = attni_scorer_of(attention), .record = record, .context = context};
    const attni_scorer *scorer = &pass.scorer;
    int64_t tokens = record->query_begins[record->batch], batch = record->batch;
    int64_t asked = attni_scorer_asks(scorer) ? tokens * scorer->asked_dim : 0;
    pass.asked = attni_arena_floats(arena, asked);
    record->asked = attni_scorer_asks(scorer) ? pass.asked : record->query;

    attni_mark mark = attni_arena_mark(arena);
    pass.hidden_at = attni_scorer_room(scorer);
    pass.weights_at = pass.hidden_at + (record->hidden ? 0 : record->items * scorer->attention_dim);
    pass.room_size = pass.weights_at + (record->weights ? 0 : record->queries * record->items);
    pass.room_size = (pass.room_size + 15) / 16 * 16; /* whole cache lines */
    int64_t room = attn_context_threads(attention->context) * pass.room_size;
    pass.room = attni_arena_floats(arena, room);
    if (pass.asked == NULL || pass.room == NULL)
        return attni_no_memory(function, (size_t)(asked + room) * sizeof(float));
    ATTNI_TRY(attni_scorer_pack(&pass.scorer, attention, arena, function));
    if (attni_scorer_asks(scorer))
        attni_parallel_for(attention->context, (tokens + QUERIES_A_TASK - 1) / QUERIES_A_TASK, ask, &pass);
    attni_parallel_for(attention->context, batch, attend_row, &pass);
    int64_t numbers = batch * record->queries * record->items;
    if (weights && weights != record->weights && numbers > 0)
        memcpy(weights, record->weights, (size_t)numbers * sizeof(float));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

static attn_status check(const attn_attention *attention, const char *function,
                         const attni_queries_record *record, const int32_t *lengths, const float *query,
                         const int32_t *query_lengths)
{
    int64_t batch = record->batch, items = record->items, queries = record->queries;
    ATTNI_REQUIRE(attention->score != ATTN_SCORE_FEEDFORWARD,
                  "%s: the layer's score is ATTN_SCORE_FEEDFORWARD, which has no query; call "
                  "attn_attention_forward",
                  function);
    ATTNI_REQUIRE(record->memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, memory_dim] numbers", function);
    ATTNI_REQUIRE(query != NULL || batch == 0 || queries == 0,
                  "%s: query is NULL; expected [batch, queries, query_dim] numbers", function);
    ATTNI_TRY(attni_check_lengths(function, batch, items, lengths));
    ATTNI_TRY(attni_check_lengths(function, batch, queries, NULL));
    for (int64_t b = 0; query_lengths && b < batch; b++)
        ATTNI_REQUIRE(query_lengths[b] >= 0 && query_lengths[b] <= queries,
                      "%s: query_lengths[%lld] is %d; expected 0 to %lld", function, (long long)b,
                      query_lengths[b], (long long)queries);
    ATTNI_REQUIRE(queries == 0 || items <= ((int64_t)1 << 30) / queries,
                  "%s: %lld queries by %lld items a row; expected at most 2^30 in all", function,
                  (long long)queries, (long long)items);
    return ATTN_OK;
}

attn_status attn_attention_forward_queries(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                           int64_t items, const float *memory, const int32_t *lengths,
                                           int64_t queries, const float *query, const int32_t *query_lengths,
                                           float *weights, float *context)
{
    ATTNI_REQUIRE_PTR(attention);
    attni_queries_record local = {.batch = batch, .items = items, .queries = queries, .memory = memory};
    ATTNI_TRY(check(attention, __func__, &local, lengths, query, query_lengths));
    attni_workspace workspace;
    attni_queries_record *record = &local;
    if (tape) {
        ATTNI_TRY(attni_tape_push_owner(tape, __func__, attention->id, sizeof *record, (void **)&record));
        *record = local;
    }
    attn_status status = attni_workspace_open(&workspace, attention->context, tape, __func__);
    if (status == ATTN_OK)
        status = fill_record(attention, workspace.arena, __func__, lengths, query, query_lengths,
                             tape != NULL, weights, record);
    if (status == ATTN_OK)
        status = attend(attention, workspace.arena, __func__, record, weights, context);
    attni_workspace_close(&workspace, attention->context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}
