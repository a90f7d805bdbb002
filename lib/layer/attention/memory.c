/* memory.c - a memory that is asked again and again: a copy of it within the lengths, what the score makes of it alone,
 * and the query's weight packed. The equations are in score.h. */
#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/attention/score.h"

/* Queries that a task projects together and, where neighbours ask the same row, lets ask it together. */
#define QUERIES_A_TASK 4

#define ITEMS_AT_ONCE 4096 /* of a product, which nothing can end */

struct attn_attention_memory {
    attn_context *context;
    attni_arena arena; /* of all that follows */
    attni_scorer scorer;
    int64_t batch, items;
    int64_t *begins; /* [batch + 1] */
    float *memory;   /* [tokens, D] */
    float *hidden;   /* [tokens, A] */
};

/* A copy in place of the layer's own values; NULL stays. */
static attn_status own(attni_arena *arena, const char *function, int64_t count, const float **values)
{
    if (*values == NULL)
        return ATTN_OK;
    float *copy = attni_arena_floats(arena, count);
    if (copy == NULL)
        return attni_no_memory(function, (size_t)count * sizeof(float));
    memcpy(copy, *values, (size_t)count * sizeof(float));
    *values = copy;
    return ATTN_OK;
}

typedef struct copying {
    attn_attention_memory *made;
    const float *memory; /* the caller's */
} copying;

static void copy_row(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    const copying *pass = argument;
    attn_attention_memory *made = pass->made;
    int64_t d = made->scorer.memory_dim, begin = made->begins[b], count = made->begins[b + 1] - begin;
    float *memory = made->memory + begin * d;
    if (count == 0)
        return;
    memcpy(memory, pass->memory + b * made->items * d, (size_t)(count * d) * sizeof(float));
    if (made->scorer.w == NULL)
        return;
    const attni_row row = {.items = count,
                           .memory = memory,
                           .hidden = made->hidden + begin * made->scorer.hidden_dim,
                           .hidden_is = ATTNI_HIDDEN_KEPT};
    for (int64_t j = 0; j < count && !attni_interrupted(); j += ITEMS_AT_ONCE)
        attni_scorer_hidden(&made->scorer, &row, j, count - j < ITEMS_AT_ONCE ? count - j : ITEMS_AT_ONCE);
}

static attn_status fill(attn_attention_memory *made, const char *function, const attn_attention *attention,
                        const float *memory, const int32_t *lengths)
{
    attni_scorer *scorer = &made->scorer;
    *scorer = attni_scorer_of(attention, 0);
    ATTNI_TRY(attni_scorer_pack(scorer, &made->arena, function));
    ATTNI_TRY(own(&made->arena, function, scorer->asked_dim, &scorer->bias));
    ATTNI_TRY(own(&made->arena, function, scorer->hidden_dim, &scorer->v));
    ATTNI_TRY(
        attni_attention_begins(&made->arena, function, made->batch, made->items, lengths, &made->begins));
    int64_t tokens = made->begins[made->batch];
    made->memory = attni_arena_floats(&made->arena, tokens * scorer->memory_dim);
    made->hidden = attni_arena_floats(&made->arena, tokens * scorer->hidden_dim);
    if (made->memory == NULL || made->hidden == NULL)
        return attni_no_memory(function,
                               (size_t)(tokens * (scorer->memory_dim + scorer->hidden_dim)) * sizeof(float));
    copying pass = {.made = made, .memory = memory};
    ATTNI_TRY(attni_parallel_for(made->context, made->batch, copy_row, &pass));
    const attni_given given = {"memory", memory, made->batch, made->items, scorer->memory_dim, lengths};
    ATTNI_TRY(attni_check_finite(function, &given));
    return attni_check_tensors(function, &attention->layer);
}

attn_status attn_attention_memory_create(const attn_attention *attention, int64_t batch, int64_t items,
                                         const float *memory, const int32_t *lengths,
                                         const attn_attention_memory_options *options,
                                         attn_attention_memory **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    attn_attention_memory_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %lld; expected 0", __func__,
                  (long long)chosen.reserved);
    ATTNI_REQUIRE(attention->score->asks,
                  "%s: the layer's score is ATTN_SCORE_FEEDFORWARD, which has no query; call "
                  "attn_attention_forward once",
                  __func__);
    ATTNI_REQUIRE(memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, memory_dim] numbers", __func__);
    ATTNI_TRY(attni_check_lengths(__func__, batch, items, lengths));
    attn_attention_memory *made = attni_alloc_zero(attention->layer.context, sizeof *made);
    if (made == NULL)
        return attni_no_memory(__func__, sizeof *made);
    made->context = attni_context_retain(attention->layer.context);
    made->batch = batch;
    made->items = items;
    attni_arena_init(&made->arena, made->context);
    attn_status status = fill(made, __func__, attention, memory, lengths);
    if (status != ATTN_OK)
        attn_attention_memory_destroy(&made);
    *out = made;
    return status;
}

void attn_attention_memory_destroy(attn_attention_memory **memory)
{
    if (memory == NULL || *memory == NULL)
        return;
    attn_context *context = (*memory)->context;
    attni_arena_clear(&(*memory)->arena);
    attni_free(context, *memory);
    attni_context_release(context);
    *memory = NULL;
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

typedef struct attend_pass {
    const attn_attention_memory *memory;
    int64_t count;
    const int32_t *rows; /* may be NULL */
    const float *query;
    float *weights, *context; /* either may be NULL */
    attni_rooms room, asked;  /* the scorer's; of a task's queries */
    attni_rooms of_task;      /* a task's weights, where the caller wants none */
    _Atomic int32_t wrong;    /* set by queries that come to numbers that are not finite */
} attend_pass;

static int64_t row_of(const attend_pass *pass, int64_t i)
{
    return pass->rows ? pass->rows[i] : i;
}

/* Queries [begin, end), all of one row. */
static void ask_row(attend_pass *pass, int64_t begin, int64_t end, const float *asked, int32_t worker)
{
    const attn_attention_memory *memory = pass->memory;
    const attni_scorer *scorer = &memory->scorer;
    int64_t d = scorer->memory_dim, b = row_of(pass, begin), first = memory->begins[b];
    attni_row row = {.queries = end - begin,
                     .items = memory->begins[b + 1] - first,
                     .asked = asked,
                     .memory = memory->memory + first * d,
                     .hidden = memory->hidden + first * scorer->hidden_dim,
                     .hidden_is = ATTNI_HIDDEN_STAYS};
    float *weights =
        pass->weights ? pass->weights + begin * memory->items : attni_room(&pass->of_task, worker);
    if (!attni_scorer_attend(scorer, &row, attni_room(&pass->room, worker), weights, weights, memory->items,
                             pass->context ? pass->context + begin * d : NULL))
        pass->wrong = 1;
}

static void ask_some(void *argument, int64_t index, int32_t worker)
{
    attend_pass *pass = argument;
    const attni_scorer *scorer = &pass->memory->scorer;
    int64_t begin = index * QUERIES_A_TASK, n = scorer->asked_dim;
    int64_t end = pass->count - begin < QUERIES_A_TASK ? pass->count : begin + QUERIES_A_TASK;
    const float *asked = attni_scorer_ask(scorer, end - begin, pass->query + begin * scorer->query_dim,
                                          attni_room(&pass->asked, worker));
    for (int64_t i = begin, next; i < end; i = next) {
        for (next = i + 1; next < end && row_of(pass, next) == row_of(pass, i); next++)
            ;
        ask_row(pass, i, next, asked + (i - begin) * n, worker);
    }
}

static attn_status attend(attend_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention_memory *memory = pass->memory;
    const attni_scorer *scorer = &memory->scorer;
    attn_context *context = memory->context;
    if (arena == NULL)
        return attni_no_memory(function, sizeof *arena);
    ATTNI_TRY(attni_rooms_make(&pass->room, context, arena, function, attni_scorer_room(scorer)));
    ATTNI_TRY(attni_rooms_make(&pass->asked, context, arena, function, QUERIES_A_TASK * scorer->asked_dim));
    ATTNI_TRY(attni_rooms_make(&pass->of_task, context, arena, function,
                               pass->weights ? 0 : QUERIES_A_TASK * memory->items));
    ATTNI_TRY(
        attni_parallel_for(context, (pass->count + QUERIES_A_TASK - 1) / QUERIES_A_TASK, ask_some, pass));
    if (!pass->wrong)
        return ATTN_OK;
    const attni_given given = {"query", pass->query, 1, pass->count, scorer->query_dim, NULL};
    return attni_not_finite(function, &given, 1, (const attni_layer *[]){NULL}, "the scores");
}

attn_status attn_attention_memory_attend(const attn_attention_memory *memory, int64_t count,
                                         const int32_t *rows, const float *query, float *weights,
                                         float *context)
{
    ATTNI_REQUIRE_PTR(memory);
    ATTNI_ENTER(memory->context);
    int64_t most = rows ? (int64_t)1 << 30 : memory->batch;
    ATTNI_REQUIRE(count >= 0 && count <= most, "%s: count is %lld; expected 0 to %lld%s", __func__,
                  (long long)count, (long long)most, rows ? "" : ", a query a row, where rows is NULL");
    ATTNI_REQUIRE(query != NULL || count == 0, "%s: query is NULL; expected [count, query_dim] numbers",
                  __func__);
    for (int64_t i = 0; rows && i < count; i++)
        ATTNI_REQUIRE(rows[i] >= 0 && rows[i] < memory->batch,
                      "%s: rows[%lld] is %d; expected 0 to %lld, a row of the memory", __func__, (long long)i,
                      rows[i], (long long)memory->batch - 1);
    ATTNI_REQUIRE_APART(__func__, 2, {"weights", weights, count > 0 && memory->items > 0},
                        {"context", context, count > 0}, {"query", query, count > 0});
    attend_pass pass = {.memory = memory,
                        .count = count,
                        .rows = rows,
                        .query = query,
                        .weights = weights,
                        .context = context};
    attni_arena *arena = attni_scratch_take(memory->context);
    attn_status status = attend(&pass, arena, __func__);
    attni_scratch_give(memory->context, arena);
    return status;
}
