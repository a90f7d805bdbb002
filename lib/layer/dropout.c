/* dropout.c - dropout as a layer of its own. */
#include <stdatomic.h>
#include <string.h>

#include "attn/dropout.h"
#include "core/finite.h"
#include "core/tape.h"

typedef struct dropout_record {
    int64_t size;
    uint32_t threshold; /* of 2^32: the probability; 0 where nothing is dropped */
    float scale;
    uint64_t stream;
    int64_t before; /* numbers of a larger batch that stand before these */
} dropout_record;

typedef struct dropout_pass {
    const attni_kernels *kernels;
    const dropout_record *record;
    uint64_t seed;
    int64_t position, size; /* of the random numbers at the first number; how many numbers */
    const float *from;
    float *to;
    _Atomic int32_t *wrong; /* set by numbers that are not finite, dropped ones too; NULL: not asked */
} dropout_pass;

#define NUMBERS_A_POSITION 8 /* of the random numbers */
#define NUMBERS_A_TASK 65536 /* multiples of that, so that each task begins a new position */
#define NUMBERS_AT_ONCE 4096 /* which are still in the first-level cache when they are looked at again */

/* from[count] to to[count], whose first number is the one `skipped` behind that position's first. */
static void drop_some(const dropout_pass *pass, int64_t position, int64_t skipped, int64_t count,
                      const float *from, float *to)
{
    const dropout_record *record = pass->record;
    float edge[NUMBERS_A_POSITION] = {0};
    int32_t fine = pass->wrong == NULL || pass->kernels->finite(count, from);
    if (skipped)
        memcpy(edge + skipped, from, (size_t)count * sizeof *from);
    pass->kernels->dropout(skipped + count, record->threshold, record->scale, pass->seed, record->stream,
                           (uint64_t)position, skipped ? edge : from, skipped ? edge : to);
    if (skipped)
        memcpy(to, edge + skipped, (size_t)count * sizeof *from);
    if (pass->wrong && !(fine && pass->kernels->finite(count, to)))
        *pass->wrong = 1;
}

static void drop(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const dropout_pass *pass = argument;
    int64_t begin = index * NUMBERS_A_TASK;
    int64_t end = pass->size - begin < NUMBERS_A_TASK ? pass->size : begin + NUMBERS_A_TASK;
    for (int64_t i = begin, count; i < end; i += count) {
        count = end - i < NUMBERS_AT_ONCE ? end - i : NUMBERS_AT_ONCE;
        drop_some(pass, pass->position + i / NUMBERS_A_POSITION, 0, count, pass->from + i, pass->to + i);
    }
}

/* A part of a larger batch may begin within a position, whose first numbers are another part's. */
static attn_status apply(const attn_tape *tape, const dropout_record *record, const float *from, float *to,
                         _Atomic int32_t *wrong)
{
    if (record->size == 0)
        return ATTN_OK;
    if (record->threshold == 0) {
        if (from != to)
            memmove(to, from, (size_t)record->size * sizeof(float));
        return ATTN_OK;
    }
    const int64_t skipped = record->before % NUMBERS_A_POSITION,
                  rest = skipped ? NUMBERS_A_POSITION - skipped : 0,
                  first = rest < record->size ? rest : record->size;
    dropout_pass pass = {.kernels = attni_context_kernels(tape->context),
                         .record = record,
                         .seed = tape->seed,
                         .position = (record->before + rest) / NUMBERS_A_POSITION,
                         .size = record->size - first,
                         .from = from + first,
                         .to = to + first,
                         .wrong = wrong};
    if (first)
        drop_some(&pass, pass.position - 1, skipped, first, from, to);
    return attni_parallel_for(tape->context, (pass.size + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK, drop, &pass);
}

/* All dropouts are one layer: what tells those of a tape apart is their place. */
static const attni_kind kind = {.kind = "dropout", .sizes = {"size"}};

static attni_layer layer_in(attn_context *context)
{
    return (attni_layer){.kind = &kind, .name = "", .context = context};
}

attn_status attn_dropout_forward(attn_context *context, attn_tape *tape, int64_t size, const float *x,
                                 float probability, float *y)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(probability >= 0.0f && probability < 1.0f,
                  "%s: probability is %g; expected 0 or more, and less than 1", __func__,
                  (double)probability);
    ATTNI_REQUIRE(size >= 0 && (uint64_t)size <= SIZE_MAX / sizeof(float),
                  "%s: size is %lld; expected 0 or more, and no more than memory can hold", __func__,
                  (long long)size);
    ATTNI_REQUIRE(size == 0 || (x != NULL && y != NULL), "%s: x or y is NULL; expected %lld numbers each",
                  __func__, (long long)size);
    if (tape == NULL) {
        if (x != y && size)
            memmove(y, x, (size_t)size * sizeof(float));
        return ATTN_OK;
    }
    const attni_layer layer = layer_in(context);
    dropout_record *record;
    ATTNI_TRY(attni_tape_push(tape, __func__, &layer, size, 0, 0, sizeof *record, (void **)&record));
    uint32_t threshold = tape->mode == ATTN_TAPE_TRAIN ? attni_drop_threshold(probability) : 0;
    _Atomic int32_t wrong = 0;
    *record = (dropout_record){.size = size,
                               .threshold = threshold,
                               .scale = attni_drop_scale(threshold),
                               .stream = attni_tape_stream(tape),
                               .before = tape->rows ? size / tape->rows * tape->first : 0};
    attn_status status = apply(tape, record, x, y, &wrong);
    if (status == ATTN_OK && !wrong)
        return ATTN_OK;
    attni_tape_cancel(tape);
    ATTNI_TRY(status);
    const attni_given given = {
        .name = "x", .values = x == y ? NULL : x, .batch = 1, .time = 1, .width = size};
    return attni_not_finite(__func__, &given, 1, (const attni_layer *[]){NULL}, "x / (1 - probability)");
}

attn_status attn_dropout_backward(attn_context *context, attn_tape *tape, int64_t size, const float *dy,
                                  float *dx)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_REQUIRE(size == 0 || (dy != NULL && dx != NULL), "%s: dy or dx is NULL; expected %lld numbers each",
                  __func__, (long long)size);
    const attni_layer layer = layer_in(context);
    dropout_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &layer, size, 0, 0, (void **)&record));
    attn_status status = apply(tape, record, dy, dx, NULL);
    attni_tape_pop(tape); /* also after a failure: dx may be dy, which is overwritten by then */
    return status;
}
