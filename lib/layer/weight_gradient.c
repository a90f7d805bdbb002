/* weight_gradient.c - C += A^T B over all rows, part by part. A task works in steps of some hundred rows, so that A's and B's
 * rows stay in the second-level cache while all of C is updated. */
#include "layer/weight_gradient.h"

#include "layer/partial.h"

#define STEP 256 /* rows at a time */
#define ROWS_A_PART 1024

typedef struct gradient_pass {
    const attni_kernels *kernels;
    attni_partial partial; /* [parts, m, n] */
    int64_t rows, m, n;
    const float *a, *b;
    float *packed; /* worker by worker */
    int64_t packed_size;
} gradient_pass;

static void sum_part(void *argument, int64_t part, int32_t worker)
{
    const gradient_pass *pass = argument;
    float *c = attni_partial_begin(&pass->partial, part), *packed = pass->packed + worker * pass->packed_size;
    int64_t begin = part * pass->rows / pass->partial.parts,
            end = (part + 1) * pass->rows / pass->partial.parts;
    for (int64_t t = begin; t < end && !attni_interrupted(); t += STEP) {
        int64_t count = end - t < STEP ? end - t : STEP;
        pass->kernels->pack(count, pass->n, pass->b + t * pass->n, pass->n, packed);
        pass->kernels->product_over(pass->m, pass->n, count, pass->a + t * pass->m, pass->m, packed, c,
                                    pass->n);
    }
}

attn_status attni_weight_gradient(attn_context *context, attni_arena *arena, const char *function,
                                  int64_t rows, int64_t m, int64_t n, const float *a, const float *b,
                                  float *c)
{
    const attni_kernels *kernels = attni_context_kernels(context);
    gradient_pass pass = {.kernels = kernels,
                          .rows = rows,
                          .m = m,
                          .n = n,
                          .a = a,
                          .b = b,
                          .packed_size = attni_packed_size(kernels, STEP, n)};
    attni_mark mark = attni_arena_mark(arena);
    ATTNI_TRY(attni_partial_make(&pass.partial, arena, function, rows / ROWS_A_PART, m * n));
    int64_t packed = attn_context_threads(context) * pass.packed_size;
    pass.packed = attni_arena_floats(arena, packed);
    if (pass.packed == NULL)
        return attni_no_memory(function, (size_t)packed * sizeof(float));
    ATTNI_TRY(attni_parallel_for(context, pass.partial.parts, sum_part, &pass));
    ATTNI_TRY(attni_partial_add(&pass.partial, context, 0, m * n, c));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}
