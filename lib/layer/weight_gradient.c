/* weight_gradient.c - C += A^T B over all tokens.
 *
 * Tokens are cut into parts, how many depending on the number of tokens alone; each part is a task with a C of its own,
 * and the parts' C are added in order. A task works in steps of some hundred tokens, so that A's and B's rows stay in the
 * second-level cache while all of C is updated. */
#include "layer/weight_gradient.h"

#include <string.h>

#define STEP 256 /* tokens at a time */
#define TOKENS_A_PART 1024
#define MOST_PARTS 8
#define NUMBERS_A_TASK 16384

typedef struct gradient_pass {
    const attni_kernels *kernels;
    int64_t tokens, parts, m, n, lda, ldb;
    const float *a, *b;
    float *partial; /* [parts, m, n]; the first part's is c itself */
    float *c;
    float *packed; /* worker by worker */
    int64_t packed_size;
} gradient_pass;

static float *part_of(const gradient_pass *pass, int64_t part)
{
    return part == 0 ? pass->c : pass->partial + (part - 1) * pass->m * pass->n;
}

static void sum_part(void *argument, int64_t part, int32_t worker)
{
    const gradient_pass *pass = argument;
    float *c = part_of(pass, part), *packed = pass->packed + worker * pass->packed_size;
    int64_t begin = part * pass->tokens / pass->parts, end = (part + 1) * pass->tokens / pass->parts;
    if (part > 0)
        memset(c, 0, (size_t)(pass->m * pass->n) * sizeof(float));
    for (int64_t t = begin; t < end; t += STEP) {
        int64_t count = end - t < STEP ? end - t : STEP;
        pass->kernels->pack(count, pass->n, pass->b + t * pass->ldb, pass->ldb, packed);
        pass->kernels->product_over(pass->m, pass->n, count, pass->a + t * pass->lda, pass->lda, packed, c,
                                    pass->n);
    }
}

static void add_parts(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const gradient_pass *pass = argument;
    int64_t begin = index * NUMBERS_A_TASK, size = pass->m * pass->n;
    int64_t count = size - begin < NUMBERS_A_TASK ? size - begin : NUMBERS_A_TASK;
    for (int64_t part = 1; part < pass->parts; part++)
        pass->kernels->axpy(count, 1.0f, part_of(pass, part) + begin, pass->c + begin);
}

attn_status attni_weight_gradient(attn_context *context, attni_arena *arena, const char *function,
                                  int64_t tokens, int64_t m, int64_t n, const float *a, int64_t lda,
                                  const float *b, int64_t ldb, float *c)
{
    gradient_pass pass = {.kernels = attni_context_kernels(context),
                          .tokens = tokens,
                          .parts = tokens / TOKENS_A_PART,
                          .m = m,
                          .n = n,
                          .lda = lda,
                          .ldb = ldb,
                          .a = a,
                          .b = b,
                          .c = c};
    pass.parts = pass.parts < 1 ? 1 : pass.parts > MOST_PARTS ? MOST_PARTS : pass.parts;
    pass.packed_size = attni_packed_size(pass.kernels, STEP, n);
    int64_t numbers = (pass.parts - 1) * m * n, packed = attn_context_threads(context) * pass.packed_size;
    attni_mark mark = attni_arena_mark(arena);
    pass.partial = attni_arena_floats(arena, numbers);
    pass.packed = attni_arena_floats(arena, packed);
    if (pass.partial == NULL || pass.packed == NULL)
        return attni_no_memory(function, (size_t)(numbers + packed) * sizeof(float));
    attni_parallel_for(context, pass.parts, sum_part, &pass);
    if (pass.parts > 1)
        attni_parallel_for(context, (m * n + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK, add_parts, &pass);
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}
