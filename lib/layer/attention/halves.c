/* halves.c - attn_attention_forward in two: scores of single items, by keys that may be known in part, and how they move with the
 * items; and weights of scores. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/attention/score.h"
#include "layer/attention/weighting.h"

/* ---- single items, ATTNI_ITEMS a task -------------------------------------------------------------------- */

typedef struct items_pass {
    attni_scorer scorer;
    int64_t count;
    const float *memory;
    const float *packed; /* of W: its columns that are read; for slopes all of it the other way, [A, D] */

    int64_t first, width; /* of scores */
    float *keys, *scores;

    float *slopes; /* of slopes */
    attni_rooms
        rooms; /* keys of ATTNI_ITEMS, their scores and those's gradients, and two sums that nobody wants */

    _Atomic int32_t wrong, wrong_keys; /* set by numbers that are not finite; by keys that were given so */
} items_pass;

static attn_status check_items(const char *function, const attn_attention *attention, int64_t count,
                               const float *memory)
{
    ATTNI_REQUIRE(!attention->score->asks,
                  "%s: the layer's score needs a query; expected ATTN_SCORE_FEEDFORWARD", function);
    ATTNI_TRY(attni_check_lengths(function, 1, count, NULL));
    ATTNI_REQUIRE(memory != NULL || count == 0, "%s: memory is NULL; expected [count, memory_dim] numbers",
                  function);
    return ATTN_OK;
}

static attn_status run_items(const attn_attention *attention, const char *function,
                             void (*task)(void *, int64_t, int32_t), items_pass *pass)
{
    const attni_scorer *scorer = &pass->scorer;
    const attni_given memory = {"memory", pass->memory, 1, pass->count, scorer->memory_dim, NULL},
                      keys = {"keys", pass->keys, 1, pass->count, scorer->hidden_dim, NULL};
    ATTNI_TRY(attni_parallel_for(attention->layer.context, (pass->count + ATTNI_ITEMS - 1) / ATTNI_ITEMS,
                                 task, pass));
    if (pass->wrong_keys)
        return attni_check_finite(function, &keys);
    if (pass->wrong)
        return attni_not_finite(function, &memory, 1, (const attni_layer *[]){&attention->layer, NULL},
                                "the scores");
    return ATTN_OK;
}

/* ---- scores ---------------------------------------------------------------------------------------------- */

static void score_items(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    items_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, begin = index * ATTNI_ITEMS;
    int64_t count = pass->count - begin < ATTNI_ITEMS ? pass->count - begin : ATTNI_ITEMS;
    float *keys = pass->keys + begin * a;
    if (!kernels->finite(count * a, keys)) { /* and they stay, so that the first one can be named */
        pass->wrong_keys = 1;
        return;
    }
    if (pass->width > 0)
        kernels->product(count, a, pass->width, pass->memory + begin * d + pass->first, d, pass->packed, keys,
                         a, 1, NULL);
    if (!kernels->finite(count * a, keys)) /* of which a tanh would make 1 */
        pass->wrong = 1;
    if (pass->scores == NULL)
        return;
    float *scores = pass->scores + begin;
    kernels->score_forward(count, a, scorer->bias, scorer->v, keys, scores);
    attni_scorer_finish(scorer, count, scores);
    if (!kernels->finite(count, scores))
        pass->wrong = 1;
}

static attn_status score(const attn_attention *attention, attni_arena *arena, const char *function,
                         items_pass *pass)
{
    const attni_kernels *kernels = pass->scorer.kernels;
    int64_t a = pass->scorer.hidden_dim, d = pass->scorer.memory_dim;
    if (arena == NULL)
        return attni_no_memory(function, sizeof *arena);
    float *packed = attni_arena_floats(arena, attni_packed_size(kernels, pass->width, a));
    if (packed == NULL)
        return attni_no_memory(function, (size_t)(a * d) * sizeof *packed);
    kernels->pack_transposed(pass->width, a, pass->scorer.w + pass->first, d, packed);
    pass->packed = packed;
    return run_items(attention, function, score_items, pass);
}

attn_status attn_attention_score(const attn_attention *attention, int64_t count, const float *memory,
                                 int64_t first, int64_t width, float *keys, float *scores)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_TRY(check_items(__func__, attention, count, memory));
    ATTNI_REQUIRE(first >= 0 && width >= 0 && first <= attention->memory_dim - width,
                  "%s: first is %lld and width %lld; expected columns of the memory's %lld", __func__,
                  (long long)first, (long long)width, (long long)attention->memory_dim);
    ATTNI_REQUIRE(keys != NULL || count == 0, "%s: keys is NULL; expected [count, attention_dim] numbers",
                  __func__);
    ATTNI_REQUIRE_APART(__func__, 2, {"keys", keys, count > 0}, {"scores", scores, count > 0},
                        {"memory", memory, count > 0});
    items_pass pass = {.scorer = attni_scorer_of(attention, 0),
                       .count = count,
                       .first = first,
                       .width = width,
                       .memory = memory,
                       .keys = keys,
                       .scores = scores};
    attni_arena *arena = attni_scratch_take(attention->layer.context);
    attn_status status = score(attention, arena, __func__, &pass);
    attni_scratch_give(attention->layer.context, arena);
    return status;
}

/* ---- slopes ---------------------------------------------------------------------------------------------- */

/* e = v . u, u = tanh(W h + b):  de/dh = W^T (v (1 - u^2)), and with the outer tanh (1 - e^2) times that. */
static void find_slopes(void *argument, int64_t index, int32_t worker)
{
    items_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    const attni_kernels *kernels = scorer->kernels;
    int64_t a = scorer->hidden_dim, d = scorer->memory_dim, begin = index * ATTNI_ITEMS;
    int64_t count = pass->count - begin < ATTNI_ITEMS ? pass->count - begin : ATTNI_ITEMS;
    float *keys = attni_room(&pass->rooms, worker), *scores = keys + ATTNI_ITEMS * a,
          *dscores = scores + ATTNI_ITEMS, *sums = dscores + ATTNI_ITEMS;
    kernels->product(count, a, d, pass->memory + begin * d, d, scorer->packed_w, keys, a, 0, NULL);
    int32_t fine = kernels->finite(count * a, keys);
    kernels->score_forward(count, a, scorer->bias, scorer->v, keys, scores);
    attni_scorer_finish(scorer, count, scores);
    if (!fine || !kernels->finite(count, scores))
        pass->wrong = 1;
    for (int64_t j = 0; j < count; j++)
        dscores[j] = scorer->outer_tanh ? 1.0f - scores[j] * scores[j] : 1.0f;
    memset(sums, 0, (size_t)(2 * a) * sizeof *sums);
    kernels->score_backward(count, a, dscores, scorer->v, keys, sums, sums + a);
    kernels->product(count, d, a, keys, a, pass->packed, pass->slopes + begin * d, d, 0, NULL);
}

static attn_status slope(const attn_attention *attention, attni_arena *arena, const char *function,
                         items_pass *pass)
{
    attn_context *context = attention->layer.context;
    const attni_kernels *kernels = pass->scorer.kernels;
    int64_t a = pass->scorer.hidden_dim, d = pass->scorer.memory_dim;
    if (arena == NULL)
        return attni_no_memory(function, sizeof *arena);
    ATTNI_TRY(attni_scorer_pack(&pass->scorer, arena, function));
    ATTNI_TRY(attni_rooms_make(&pass->rooms, context, arena, function, ATTNI_ITEMS * (a + 2) + 2 * a));
    float *packed = attni_arena_floats(arena, attni_packed_size(kernels, a, d));
    if (packed == NULL)
        return attni_no_memory(function, (size_t)(a * d) * sizeof *packed);
    kernels->pack(a, d, pass->scorer.w, d, packed);
    pass->packed = packed;
    return run_items(attention, function, find_slopes, pass);
}

attn_status attn_attention_score_slopes(const attn_attention *attention, int64_t count, const float *memory,
                                        float *slopes)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_TRY(check_items(__func__, attention, count, memory));
    ATTNI_REQUIRE(slopes != NULL || count == 0,
                  "%s: slopes is NULL; expected room for [count, memory_dim] numbers", __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"slopes", slopes, count > 0}, {"memory", memory, count > 0});
    items_pass pass = {
        .scorer = attni_scorer_of(attention, 0), .count = count, .memory = memory, .slopes = slopes};
    attni_arena *arena = attni_scratch_take(attention->layer.context);
    attn_status status = slope(attention, arena, __func__, &pass);
    attni_scratch_give(attention->layer.context, arena);
    return status;
}

/* ---- weights --------------------------------------------------------------------------------------------- */

#define ROWS_A_TASK 8

typedef struct weigh_pass {
    attni_scorer scorer;
    int64_t batch, items;
    const float *scores;
    const int32_t *lengths; /* NULL: all full */
    float *weights;
    _Atomic int32_t wrong; /* set by scores that are not finite */
} weigh_pass;

static void weigh_rows(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    weigh_pass *pass = argument;
    const attni_scorer *scorer = &pass->scorer;
    int64_t begin = index * ROWS_A_TASK, end = begin + ROWS_A_TASK, items = pass->items;
    for (int64_t b = begin; b < end && b < pass->batch; b++) {
        int64_t length = pass->lengths ? pass->lengths[b] : items;
        const float *scores = pass->scores + b * items;
        float *weights = pass->weights + b * items;
        if (!scorer->kernels->finite(length, scores)) { /* and they stay, in their place too */
            pass->wrong = 1;
            continue;
        }
        memmove(weights, scores, (size_t)length * sizeof *weights);
        attni_scorer_weigh(scorer, length, items, weights, weights);
    }
}

static attn_status weigh(const attn_attention *attention, attni_arena *arena, const char *function,
                         weigh_pass *pass)
{
    attn_context *context = attention->layer.context;
    if (arena == NULL)
        return attni_no_memory(function, sizeof *arena);
    if (pass->scorer.kept) {
        ATTNI_TRY(attni_scorer_pack(&pass->scorer, arena, function));
        if (!isfinite(pass->scorer.padding_score))
            return attni_not_finite(function, NULL, 0, (const attni_layer *[]){&attention->layer, NULL},
                                    "the scores");
    }
    ATTNI_TRY(attni_parallel_for(context, (pass->batch + ROWS_A_TASK - 1) / ROWS_A_TASK, weigh_rows, pass));
    if (!pass->wrong)
        return ATTN_OK;
    const attni_given given = {"scores", pass->scores, pass->batch, pass->items, 1, pass->lengths};
    return attni_check_finite(function, &given);
}

attn_status attn_attention_weigh(const attn_attention *attention, int64_t batch, int64_t items,
                                 const float *scores, const int32_t *lengths, float *weights)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, items, lengths));
    ATTNI_REQUIRE(scores != NULL || batch * items == 0, "%s: scores is NULL; expected [batch, items] numbers",
                  __func__);
    ATTNI_REQUIRE(weights != NULL || batch * items == 0,
                  "%s: weights is NULL; expected [batch, items] numbers", __func__);
    if (batch * items == 0)
        return ATTN_OK;
    weigh_pass pass = {.scorer = attni_scorer_of(attention, 0),
                       .batch = batch,
                       .items = items,
                       .scores = scores,
                       .lengths = lengths,
                       .weights = weights};
    pass.scorer.temperature = attention->temperature; /* what scales a score is in these already */
    attni_arena *arena = attni_scratch_take(attention->layer.context);
    attn_status status = weigh(attention, arena, __func__, &pass);
    attni_scratch_give(attention->layer.context, arena);
    return status;
}
