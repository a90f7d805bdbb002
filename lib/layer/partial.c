/* partial.c - partial sums, and their sum in order. */
#include "layer/partial.h"

#include <string.h>

#define MOST_PARTS 16 /* enough for the threads of a small machine to be busy until the end */
#define MOST_PARTS_OF_LARGE 8
#define LARGE ((int64_t)1 << 20) /* numbers a part */
#define NUMBERS_A_TASK 16384

attn_status attni_partial_make(attni_partial *partial, attni_arena *arena, const char *function, int64_t most,
                               int64_t size)
{
    int64_t limit = size > LARGE ? MOST_PARTS_OF_LARGE : MOST_PARTS;
    partial->parts = most < 1 ? 1 : most > limit ? limit : most;
    partial->size = (size + 15) / 16 * 16;
    partial->values = attni_arena_floats(arena, partial->parts * partial->size);
    return partial->values
               ? ATTN_OK
               : attni_no_memory(function, (size_t)(partial->parts * partial->size) * sizeof(float));
}

float *attni_partial_begin(const attni_partial *partial, int64_t part)
{
    float *sums = partial->values + part * partial->size;
    memset(sums, 0, (size_t)partial->size * sizeof *sums);
    return sums;
}

typedef struct addition {
    const attni_partial *partial;
    const attni_kernels *kernels;
    int64_t from, count;
    float *gradient;
} addition;

static void add(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const addition *a = argument;
    int64_t begin = index * NUMBERS_A_TASK;
    int64_t count = a->count - begin < NUMBERS_A_TASK ? a->count - begin : NUMBERS_A_TASK;
    for (int64_t part = 0; part < a->partial->parts; part++)
        a->kernels->axpy(count, 1.0f, a->partial->values + part * a->partial->size + a->from + begin,
                         a->gradient + begin);
}

attn_status attni_partial_add(const attni_partial *partial, attn_context *context, int64_t from,
                              int64_t count, float *gradient)
{
    addition argument = {partial, attni_context_kernels(context), from, count, gradient};
    return attni_parallel_for(context, (count + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK, add, &argument);
}
