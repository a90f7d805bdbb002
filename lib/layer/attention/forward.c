/* forward.c - all queries are projected, a few at a time; then each row of the batch is attended to on its own. A score that asks
 * nothing has one query a row, of which nothing is left but its bias. score.h has the equations. */
#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/attention/passes.h"
#include "layer/attention/score.h"

#define QUERIES_A_TASK 64 /* of a projection */

typedef struct forward_pass {
    attni_scorer scorer;
    const attni_attention_record *record;
    float *asked;              /* where it is not the query itself */
    float *context;            /* [batch, queries, stay_dim + D], may be NULL */
    attni_rooms room, weights; /* the scorer's; a row's weights where no array holds them */
    int64_t rows_a_task;
    _Atomic int32_t wrong; /* set by rows with numbers that are not finite */
} forward_pass;

static void ask(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const forward_pass *pass = argument;
    const attni_attention_record *record = pass->record;
    int64_t begin = index * QUERIES_A_TASK, left = record->query_begins[record->batch] - begin;
    attni_scorer_ask(&pass->scorer, left < QUERIES_A_TASK ? left : QUERIES_A_TASK,
                     record->query + begin * pass->scorer.query_dim,
                     pass->asked + begin * pass->scorer.asked_dim);
}

static void attend_row(forward_pass *pass, int64_t b, int32_t worker)
{
    const attni_scorer *scorer = &pass->scorer;
    const attni_attention_record *record = pass->record;
    int64_t d = scorer->memory_dim, width = scorer->stay_dim + d, items = record->items,
            first = b * record->queries;
    float *room = attni_room(&pass->room, worker);
    float *weights = record->weights ? record->weights + first * items : attni_room(&pass->weights, worker);
    float *scores = record->scores ? record->scores + first * items : weights;
    float *context = pass->context ? pass->context + first * width : NULL;
    attni_row row = attni_attention_row(scorer, record, b);
    if (record->hidden == NULL) {
        row.hidden = room;
        row.hidden_is = ATTNI_HIDDEN_PASSES;
    }
    if (b + 1 < record->batch) {
        attni_row next = attni_attention_row(scorer, record, b + 1);
        row.next = (attni_piece){next.memory, (next.items < ATTNI_ITEMS ? next.items : ATTNI_ITEMS) * d};
    }
    if (!(row.keys && row.queries == 0) && /* of such a row nothing is read */
        !attni_scorer_attend(scorer, &row, room, scores, weights, items, context))
        pass->wrong = 1;
    int64_t rest = record->queries - row.queries;
    memset(weights + row.queries * items, 0, (size_t)(rest * items) * sizeof(float));
    if (context)
        memset(context + row.queries * width, 0, (size_t)(rest * width) * sizeof(float));
}

/* A few rows a task, where there are many: the first items of one are asked for while the one before it is computed. */
static void attend_rows(void *argument, int64_t index, int32_t worker)
{
    forward_pass *pass = argument;
    int64_t begin = index * pass->rows_a_task, end = begin + pass->rows_a_task;
    for (int64_t b = begin; b < end && b < pass->record->batch && !attni_interrupted(); b++)
        attend_row(pass, b, worker);
}

/* The query tokens without what lies between them. */
static attn_status gather(attni_arena *arena, const char *function, int64_t width, const float *query,
                          attni_attention_record *record)
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

/* The record's arrays; `asked`, which is still to be computed, is the query itself where there is no U. */
static attn_status fill_queries(const attni_scorer *scorer, const attni_asked_for *call, attni_arena *arena,
                                attni_attention_record *record, float **asked)
{
    ATTNI_TRY(attni_attention_begins(arena, call->function, record->batch, record->queries,
                                     call->query_lengths, &record->query_begins));
    ATTNI_TRY(gather(arena, call->function, scorer->query_dim, call->query, record));
    int64_t size = record->query_begins[record->batch] * scorer->asked_dim;
    record->asked = record->query;
    if (scorer->u == NULL)
        return ATTN_OK;
    record->asked = *asked = attni_arena_floats(arena, size);
    return *asked ? ATTN_OK : attni_no_memory(call->function, (size_t)size * sizeof(float));
}

static attn_status fill_record(const attni_scorer *scorer, const attni_asked_for *call, attni_arena *arena,
                               attni_attention_record *record, float **asked)
{
    ATTNI_TRY(attni_attention_begins(arena, call->function, record->batch, record->items, call->lengths,
                                     &record->begins));
    return scorer->score->asks ? fill_queries(scorer, call, arena, record, asked) : ATTN_OK;
}

/* What backward will want beside. */
static attn_status keep(const attni_scorer *scorer, const attni_asked_for *call, attni_arena *arena,
                        attni_attention_record *record)
{
    int64_t hidden = record->begins[record->batch] * scorer->hidden_dim;
    int64_t numbers = record->batch * record->queries * record->items;
    record->hidden = attni_arena_floats(arena, hidden);
    record->weights = attni_arena_floats(arena, numbers);
    record->scores = scorer->outer_tanh ? attni_arena_floats(arena, numbers) : record->weights;
    return record->hidden && record->weights && record->scores
               ? ATTN_OK
               : attni_no_memory(call->function, (size_t)(hidden + 2 * numbers) * sizeof(float));
}

/* Whose they are. A step's rows that ask nothing were not read. */
static attn_status not_finite(const attn_attention *attention, attni_arena *arena,
                              const attni_asked_for *call, const attni_attention_record *record)
{
    int64_t batch = record->batch, items = record->items, stay = record->stay_dim;
    int32_t *read = attni_arena_alloc(arena, (size_t)batch * sizeof *read);
    if (read == NULL)
        return attni_no_memory(call->function, (size_t)batch * sizeof *read);
    for (int64_t b = 0; b < batch; b++)
        read[b] = record->keys && call->query_lengths && call->query_lengths[b] == 0
                      ? 0
                      : (int32_t)(record->begins[b + 1] - record->begins[b]);
    const attni_given given[] = {
        {stay ? "moving" : "memory", record->memory, batch, items, attention->memory_dim - stay, read},
        {"query", call->query, batch, record->queries, attention->query_dim, call->query_lengths},
        {"memory", record->stay, batch, items, stay, read},
        {"keys", record->keys, batch, items, attention->attention_dim, read}};
    return attni_not_finite(call->function, given, 4, (const attni_layer *[]){&attention->layer, NULL},
                            "the scores");
}

/* The record stays for backward; the packed weights and the workers' rooms do not. */
static attn_status attend(const attn_attention *attention, attni_arena *arena, const attni_asked_for *call,
                          int32_t training, attni_attention_record *record)
{
    attn_context *context = attention->layer.context;
    forward_pass pass = {.scorer = attni_scorer_of(attention, record->stay_dim),
                         .record = record,
                         .context = call->context,
                         .rows_a_task = record->batch >= 64 && record->queries == 1 ? 4 : 1};
    attni_scorer *scorer = &pass.scorer;
    record->weights = record->scores = call->weights;
    ATTNI_TRY(fill_record(scorer, call, arena, record, &pass.asked));
    if (training)
        ATTNI_TRY(keep(scorer, call, arena, record));

    attni_mark mark = attni_arena_mark(arena);
    int64_t numbers = record->queries * record->items;
    ATTNI_TRY(attni_scorer_pack(scorer, arena, call->function));
    ATTNI_TRY(attni_rooms_make(&pass.room, context, arena, call->function, attni_scorer_room(scorer)));
    ATTNI_TRY(attni_rooms_make(&pass.weights, context, arena, call->function, record->weights ? 0 : numbers));
    if (pass.asked)
        ATTNI_TRY(attni_parallel_for(
            context, (record->query_begins[record->batch] + QUERIES_A_TASK - 1) / QUERIES_A_TASK, ask,
            &pass));
    ATTNI_TRY(attni_parallel_for(context, (record->batch + pass.rows_a_task - 1) / pass.rows_a_task,
                                 attend_rows, &pass));
    if (pass.wrong)
        return not_finite(attention, arena, call, record);
    numbers *= record->batch;
    if (call->weights && call->weights != record->weights && numbers > 0)
        memcpy(call->weights, record->weights, (size_t)numbers * sizeof(float));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

static attn_status check_apart(const attni_asked_for *call, const attni_attention_record *sizes)
{
    const int32_t asked = sizes->batch > 0 && sizes->queries > 0,
                  items = sizes->batch > 0 && sizes->items > 0;
    const int32_t stay = sizes->stay_dim > 0;
    ATTNI_REQUIRE_APART(call->function, 2, {"weights", call->weights, asked && items},
                        {"context", call->context, asked}, {"query", call->query, asked},
                        {"memory", stay ? sizes->stay : sizes->memory, items},
                        {"moving", stay ? sizes->memory : NULL, items}, {"keys", sizes->keys, items});
    return ATTN_OK;
}

attn_status attni_attention_attend(const attn_attention *attention, attn_tape *tape,
                                   const attni_asked_for *call, const attni_attention_record *sizes)
{
    ATTNI_TRY(attni_check_lengths(call->function, sizes->batch, sizes->items, call->lengths));
    ATTNI_TRY(check_apart(call, sizes));
    attni_workspace workspace;
    attni_attention_record local = *sizes, *record = &local;
    if (tape) {
        ATTNI_TRY(attni_tape_push(tape, call->function, &attention->layer, sizes->batch, sizes->items,
                                  sizes->queries, sizeof *record, (void **)&record));
        *record = *sizes;
    }
    attn_status status = attni_workspace_open(&workspace, attention->layer.context, tape, call->function);
    if (status == ATTN_OK)
        status = attend(attention, workspace.arena, call, tape != NULL, record);
    attni_workspace_close(&workspace, attention->layer.context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}

attn_status attn_attention_forward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                   int64_t items, const float *memory, const int32_t *lengths, float *weights,
                                   float *context)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE(!attention->score->asks,
                  "%s: the layer's score needs a query; call attn_attention_forward_queries", __func__);
    ATTNI_REQUIRE(memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, memory_dim] numbers", __func__);
    const attni_asked_for call = {
        .function = __func__, .lengths = lengths, .weights = weights, .context = context};
    const attni_attention_record sizes = {.batch = batch, .items = items, .queries = 1, .memory = memory};
    return attni_attention_attend(attention, tape, &call, &sizes);
}

attn_status attn_attention_forward_queries(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                           int64_t items, int64_t queries, const float *memory,
                                           const int32_t *lengths, const float *query,
                                           const int32_t *query_lengths, float *weights, float *context)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE(attention->score->asks,
                  "%s: the layer's score is ATTN_SCORE_FEEDFORWARD, which has no query; call "
                  "attn_attention_forward",
                  __func__);
    ATTNI_REQUIRE(query != NULL || batch == 0 || queries == 0,
                  "%s: query is NULL; expected [batch, queries, query_dim] numbers", __func__);
    ATTNI_TRY(attni_check_lengths(__func__, batch, queries, NULL));
    for (int64_t b = 0; query_lengths && b < batch; b++)
        ATTNI_REQUIRE(query_lengths[b] >= 0 && query_lengths[b] <= queries,
                      "%s: query_lengths[%lld] is %d; expected 0 to %lld", __func__, (long long)b,
                      query_lengths[b], (long long)queries);
    ATTNI_REQUIRE(queries == 0 || items <= ((int64_t)1 << 30) / queries,
                  "%s: %lld queries by %lld items a row; expected at most 2^30 in all", __func__,
                  (long long)queries, (long long)items);
    ATTNI_REQUIRE(memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, memory_dim] numbers", __func__);
    const attni_asked_for call = {__func__, lengths, query, query_lengths, weights, context};
    const attni_attention_record sizes = {
        .batch = batch, .items = items, .queries = queries, .memory = memory};
    return attni_attention_attend(attention, tape, &call, &sizes);
}
