/* dropout.c - dropout as a layer of its own. */
#include <math.h>
#include <string.h>

#include "attn/dropout.h"
#include "core/tape.h"

typedef struct dropout_record {
    int64_t size;
    uint32_t threshold; /* of 2^16: the probability; 0 where nothing is dropped */
    float scale;
    uint64_t stream;
} dropout_record;

typedef struct dropout_pass {
    const attni_kernels *kernels;
    const dropout_record *record;
    uint64_t seed;
    const float *from;
    float *to;
} dropout_pass;

#define NUMBERS_A_TASK 65536 /* a multiple of 8, so that each task begins a new random position */

static void drop(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const dropout_pass *pass = argument;
    const dropout_record *record = pass->record;
    int64_t begin = index * NUMBERS_A_TASK;
    int64_t count = record->size - begin < NUMBERS_A_TASK ? record->size - begin : NUMBERS_A_TASK;
    pass->kernels->dropout(count, record->threshold, record->scale, pass->seed, record->stream,
                           (uint64_t)(begin / 8), pass->from + begin, pass->to + begin);
}

static void apply(const attn_tape *tape, const dropout_record *record, const float *from, float *to)
{
    if (record->threshold == 0) {
        if (from != to && record->size)
            memmove(to, from, (size_t)record->size * sizeof(float));
        return;
    }
    dropout_pass pass = {attni_context_kernels(tape->context), record, tape->seed, from, to};
    attni_parallel_for(tape->context, (record->size + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK, drop, &pass);
}

/* All dropouts are one layer: what tells those of a tape apart is their place. */
static const attni_kind kind = {.kind = "dropout", .sizes = {"size"}};
static const attni_layer layer = {.kind = &kind, .name = ""};

attn_status attn_dropout_forward(attn_tape *tape, int64_t size, const float *x, float probability, float *y)
{
    ATTNI_ENTER(tape ? tape->context : NULL);
    ATTNI_REQUIRE(probability >= 0.0f && probability < 1.0f,
                  "%s: probability is %g; expected 0 or more, and less than 1", __func__,
                  (double)probability);
    ATTNI_REQUIRE(size >= 0, "%s: size is %lld; expected 0 or more", __func__, (long long)size);
    ATTNI_REQUIRE(size == 0 || (x != NULL && y != NULL), "%s: x or y is NULL; expected %lld numbers each",
                  __func__, (long long)size);
    if (tape == NULL) {
        if (x != y && size)
            memmove(y, x, (size_t)size * sizeof(float));
        return ATTN_OK;
    }
    dropout_record *record;
    ATTNI_TRY(attni_tape_push(tape, __func__, &layer, size, 0, 0, sizeof *record, (void **)&record));
    uint32_t threshold = tape->mode == ATTN_TAPE_TRAIN ? (uint32_t)lrintf(probability * 65536.0f) : 0;
    *record = (dropout_record){size, threshold, 1.0f / (1.0f - probability), attni_tape_stream(tape)};
    apply(tape, record, x, y);
    return ATTN_OK;
}

attn_status attn_dropout_backward(attn_tape *tape, int64_t size, const float *dy, float *dx)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE(size == 0 || (dy != NULL && dx != NULL), "%s: dy or dx is NULL; expected %lld numbers each",
                  __func__, (long long)size);
    dropout_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &layer, size, 0, 0, (void **)&record));
    apply(tape, record, dy, dx);
    attni_tape_pop(tape);
    return ATTN_OK;
}
