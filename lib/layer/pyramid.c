/* pyramid.c - neighbouring steps side by side. The steps of a row lie one behind another as those of the joined row do, so that either
 * way a row is one copy, and zeros behind it. */
#include "attn/pyramid.h"

#include <string.h>

#include "core/apart.h"
#include "core/lengths.h"
#include "core/tape.h"

typedef struct pyramid_record {
    int64_t dim, join;
    int32_t *lengths; /* [batch], of x */
} pyramid_record;

/* All of them are one layer, as dropouts are: what tells those of a tape apart is their place. */
static const attni_kind kind = {.kind = "pyramid", .sizes = {"batch", "time"}};

static attni_layer layer_in(attn_context *context)
{
    return (attni_layer){.kind = &kind, .name = "", .context = context};
}

static int64_t joined(int64_t steps, int64_t join)
{
    return steps / join + (steps % join != 0);
}

/* to[batch, to_width] = the first lengths[b] * dim numbers of from[batch, from_width], then zeros. lengths NULL: `time` all. */
static void copy_steps(int64_t batch, int64_t time, int64_t dim, const int32_t *lengths, const float *from,
                       int64_t from_width, float *to, int64_t to_width)
{
    for (int64_t b = 0; to_width > 0 && b < batch; b++) { /* without time they may be NULL */
        const int64_t count = (lengths ? lengths[b] : time) * dim;
        memcpy(to + b * to_width, from + b * from_width, (size_t)count * sizeof *to);
        memset(to + b * to_width + count, 0, (size_t)(to_width - count) * sizeof *to);
    }
}

static attn_status check_sizes(const char *function, int64_t batch, int64_t time, int64_t dim, int64_t join,
                               const int32_t *lengths)
{
    ATTNI_REQUIRE(dim >= 1 && join >= 1 && dim <= 65536 && join <= 65536 / dim,
                  "%s: dim is %lld and join %lld; expected 1 or more of each, and at most 65536 multiplied",
                  function, (long long)dim, (long long)join);
    return attni_check_lengths(function, batch, time, lengths);
}

static attn_status remember(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                            int64_t time, int64_t dim, int64_t join, const int32_t *lengths)
{
    pyramid_record *record;
    ATTNI_TRY(attni_tape_push(tape, function, layer, batch, time, 0, sizeof *record, (void **)&record));
    const size_t size = attni_bytes(batch, sizeof *record->lengths);
    *record = (pyramid_record){dim, join, attni_arena_alloc(&tape->arena, size)};
    if (record->lengths == NULL) {
        attni_tape_cancel(tape);
        return attni_no_memory(function, size);
    }
    for (int64_t b = 0; b < batch; b++)
        record->lengths[b] = lengths ? lengths[b] : (int32_t)time;
    return ATTN_OK;
}

attn_status attn_pyramid_forward(attn_context *context, attn_tape *tape, int64_t batch, int64_t time,
                                 int64_t dim, int64_t join, const float *x, const int32_t *lengths, float *y,
                                 int32_t *joined_lengths)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(check_sizes(__func__, batch, time, dim, join, lengths));
    ATTNI_REQUIRE(
        (x != NULL && y != NULL) || batch == 0 || time == 0,
        "%s: x or y is NULL; expected [batch, time, dim] and [batch, joined_time, join * dim] numbers",
        __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"y", y, numbers}, {"x", x, numbers});
    const attni_layer layer = layer_in(context);
    if (tape)
        ATTNI_TRY(remember(tape, __func__, &layer, batch, time, dim, join, lengths));
    copy_steps(batch, time, dim, lengths, x, time * dim, y, joined(time, join) * join * dim);
    for (int64_t b = 0; joined_lengths && b < batch; b++)
        joined_lengths[b] = (int32_t)joined(lengths ? lengths[b] : time, join);
    return ATTN_OK;
}

attn_status attn_pyramid_backward(attn_context *context, attn_tape *tape, int64_t batch, int64_t time,
                                  int64_t dim, int64_t join, const float *dy, float *dx)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(tape);
    const attni_layer layer = layer_in(context);
    pyramid_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &layer, batch, time, 0, (void **)&record));
    ATTNI_REQUIRE(dim == record->dim && join == record->join,
                  "%s: dim is %lld and join %lld; expected forward's, %lld and %lld", __func__,
                  (long long)dim, (long long)join, (long long)record->dim, (long long)record->join);
    ATTNI_REQUIRE(
        (dy != NULL && dx != NULL) || batch == 0 || time == 0,
        "%s: dy or dx is NULL; expected [batch, joined_time, join * dim] and [batch, time, dim] numbers",
        __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"dx", dx, numbers}, {"dy", dy, numbers});
    copy_steps(batch, time, dim, record->lengths, dy, joined(time, join) * join * dim, dx, time * dim);
    attni_tape_pop(tape);
    return ATTN_OK;
}
