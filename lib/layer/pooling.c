/* pooling.c - the mean and the largest number over the steps of each row. A row is a task. */
#include "attn/pooling.h"

#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/context.h"
#include "core/finite.h"
#include "core/lengths.h"
#include "core/tape.h"

/* What backward needs. */
typedef struct pooling_record {
    int32_t pooling;
    int32_t *lengths; /* [batch]; NULL: all full */
    int32_t *chosen;  /* [batch, dim]: the step that had the largest number; of MAX */
} pooling_record;

typedef struct pooling_pass {
    const attni_kernels *kernels;
    int64_t time, dim;
    int32_t pooling;
    const int32_t *lengths;
    int32_t *chosen; /* NULL: not asked */
    const float *from;
    float *to;
    _Atomic int32_t wrong; /* set by numbers that are not finite */
} pooling_pass;

static int64_t length_of(const pooling_pass *pass, int64_t b)
{
    return pass->lengths ? pass->lengths[b] : pass->time;
}

/* All poolings are one layer, as all dropouts are. */
static const attni_kind kind = {.kind = "pooling", .sizes = {"batch", "time", "dim"}};

static attni_layer layer_in(attn_context *context)
{
    return (attni_layer){.kind = &kind, .name = "", .context = context};
}

/* ---- forward ---------------------------------------------------------------------------------------------------------------- */

static void add_step(int64_t dim, const float *x, float *y)
{
    for (int64_t d = 0; d < dim; d++)
        y[d] += x[d];
}

static void take_larger(int64_t dim, const float *x, float *y)
{
    for (int64_t d = 0; d < dim; d++)
        y[d] = x[d] > y[d] ? x[d] : y[d];
}

static void choose_larger(int64_t dim, int32_t t, const float *x, float *y, int32_t *chosen)
{
    for (int64_t d = 0; d < dim; d++) {
        chosen[d] = x[d] > y[d] ? t : chosen[d];
        y[d] = x[d] > y[d] ? x[d] : y[d];
    }
}

static void pool_row(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    pooling_pass *pass = argument;
    const int64_t dim = pass->dim, length = length_of(pass, b);
    const float *x = length > 0 ? pass->from + b * pass->time * dim : NULL;
    float *y = pass->to + b * dim;
    int32_t *chosen = pass->chosen ? pass->chosen + b * dim : NULL, fine = 1;
    memset(y, 0, (size_t)dim * sizeof *y);
    for (int64_t t = 0; t < length; t++, x += dim) {
        if (t % ATTNI_STRIDE == 0 && attni_interrupted())
            return;
        fine &= pass->kernels->finite(dim, x);
        if (pass->pooling == ATTN_POOLING_MEAN)
            add_step(dim, x, y);
        else if (t == 0)
            memcpy(y, x, (size_t)dim * sizeof *y);
        else if (chosen)
            choose_larger(dim, (int32_t)t, x, y, chosen);
        else
            take_larger(dim, x, y);
    }
    for (int64_t d = 0; length > 0 && pass->pooling == ATTN_POOLING_MEAN && d < dim; d++)
        y[d] /= (float)length;
    if (!(fine && pass->kernels->finite(dim, y)))
        pass->wrong = 1;
}

/* A record with the lengths, and of MAX with room for the steps that are chosen, which is all 0. */
static attn_status keep(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                        int64_t time, int64_t dim, const int32_t *lengths, int32_t pooling,
                        pooling_record **out)
{
    const size_t row_bytes = attni_bytes(batch, sizeof(int32_t)),
                 bytes = attni_bytes(batch * dim, sizeof(int32_t));
    pooling_record *record;
    ATTNI_TRY(attni_tape_push(tape, function, layer, batch, time, dim, sizeof *record, (void **)&record));
    record->pooling = pooling;
    int32_t full = lengths == NULL, chooses = pooling == ATTN_POOLING_MAX;
    record->lengths = full ? NULL : attni_arena_alloc(&tape->arena, row_bytes);
    record->chosen = chooses ? attni_arena_alloc(&tape->arena, bytes) : NULL;
    if ((!full && record->lengths == NULL) || (chooses && record->chosen == NULL)) {
        attni_tape_cancel(tape);
        return attni_no_memory(function, bytes);
    }
    if (batch && !full)
        memcpy(record->lengths, lengths, row_bytes);
    if (batch && chooses)
        memset(record->chosen, 0, bytes);
    *out = record;
    return ATTN_OK;
}

attn_status attn_pooling_forward(attn_context *context, attn_tape *tape, int64_t batch, int64_t time,
                                 int64_t dim, const float *x, const int32_t *lengths, int32_t pooling,
                                 float *y)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, 1 << 20);
    ATTNI_REQUIRE(pooling == ATTN_POOLING_MEAN || pooling == ATTN_POOLING_MAX,
                  "%s: pooling is %d; expected ATTN_POOLING_MEAN or ATTN_POOLING_MAX", __func__, pooling);
    ATTNI_REQUIRE(x != NULL || batch * time == 0, "%s: x is NULL; expected [batch, time, dim] numbers",
                  __func__);
    ATTNI_REQUIRE(y != NULL || batch == 0, "%s: y is NULL; expected room for [batch, dim] numbers", __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"y", y, numbers}, {"x", x, numbers});
    const attni_layer layer = layer_in(context);
    pooling_record *record = NULL;
    if (tape)
        ATTNI_TRY(keep(tape, __func__, &layer, batch, time, dim, lengths, pooling, &record));
    pooling_pass pass = {.kernels = attni_context_kernels(context),
                         .time = time,
                         .dim = dim,
                         .pooling = pooling,
                         .lengths = lengths,
                         .chosen = record ? record->chosen : NULL,
                         .from = x,
                         .to = y};
    attn_status status = attni_parallel_for(context, batch, pool_row, &pass);
    if (status == ATTN_OK && !pass.wrong)
        return ATTN_OK;
    if (tape)
        attni_tape_cancel(tape);
    ATTNI_TRY(status);
    const attni_given given = {"x", x, batch, time, dim, lengths};
    return attni_not_finite(__func__, &given, 1, (const attni_layer *[]){NULL}, "the means");
}

/* ---- backward --------------------------------------------------------------------------------------------------------------- */

static void spread_row(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    const pooling_pass *pass = argument;
    const int64_t dim = pass->dim, length = length_of(pass, b);
    const float *dy = pass->from + b * dim;
    float *dx = pass->time > 0 ? pass->to + b * pass->time * dim : NULL;
    for (int64_t t = 0; t < pass->time; t++) {
        if (t % ATTNI_STRIDE == 0 && attni_interrupted())
            return;
        if (t >= length || pass->chosen)
            memset(dx + t * dim, 0, (size_t)dim * sizeof *dx);
        else
            for (int64_t d = 0; d < dim; d++)
                dx[t * dim + d] = dy[d] / (float)length;
    }
    for (int64_t d = 0; pass->chosen && length > 0 && d < dim; d++)
        dx[pass->chosen[b * dim + d] * dim + d] = dy[d];
}

attn_status attn_pooling_backward(attn_context *context, attn_tape *tape, int64_t batch, int64_t time,
                                  int64_t dim, const float *dy, float *dx)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_REQUIRE(dy != NULL || batch == 0, "%s: dy is NULL; expected [batch, dim] numbers", __func__);
    ATTNI_REQUIRE(dx != NULL || batch == 0 || time == 0,
                  "%s: dx is NULL; expected room for [batch, time, dim] numbers", __func__);
    const attni_layer layer = layer_in(context);
    pooling_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &layer, batch, time, dim, (void **)&record));
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"dx", dx, numbers}, {"dy", dy, numbers});
    pooling_pass pass = {.time = time,
                         .dim = dim,
                         .pooling = record->pooling,
                         .lengths = record->lengths,
                         .chosen = record->chosen,
                         .from = dy,
                         .to = dx};
    attn_status status = attni_parallel_for(context, batch, spread_row, &pass);
    attni_tape_pop(tape);
    return status;
}
