/* conicity.c - how much alike a row's states are.
 *
 *     conicity = 1/n sum_t h_t . m / (||h_t|| ||m||),   m = 1/n sum_t h_t */
#include "attn/experimental.h"

#include <math.h>
#include <string.h>

#include "core/context.h"
#include "core/finite.h"
#include "core/lengths.h"

typedef struct cone {
    int64_t time, dim;
    const int32_t *lengths;
    const float *states;
    float *conicity;
    double *means; /* [threads, dim] */
} cone;

/* The sum, which points the same way as the mean. */
static void sum_states(int64_t length, int64_t dim, const float *states, double *sum)
{
    memset(sum, 0, (size_t)dim * sizeof *sum);
    for (int64_t t = 0; t < length; t++) {
        for (int64_t d = 0; d < dim; d++)
            sum[d] += (double)states[t * dim + d];
    }
}

static double cosine(int64_t dim, const float *state, const double *with)
{
    double product = 0.0, own = 0.0, other = 0.0;
    for (int64_t d = 0; d < dim; d++) {
        product += (double)state[d] * with[d];
        own += (double)state[d] * (double)state[d];
        other += with[d] * with[d];
    }
    return own > 0.0 && other > 0.0 ? product / (sqrt(own) * sqrt(other)) : 0.0;
}

static void cone_row(void *argument, int64_t b, int32_t worker)
{
    const cone *c = argument;
    const int64_t length = c->lengths ? c->lengths[b] : c->time;
    const float *states = c->states + b * c->time * c->dim;
    double *sum = c->means + worker * c->dim, cosines = 0.0;
    sum_states(length, c->dim, states, sum);
    for (int64_t t = 0; t < length && !attni_interrupted(); t++)
        cosines += cosine(c->dim, states + t * c->dim, sum);
    c->conicity[b] = length ? (float)(cosines / (double)length) : 0.0f;
}

attn_status attn_explain_conicity(attn_context *context, int64_t batch, int64_t time, int64_t dim,
                                  const float *states, const int32_t *lengths, float *conicity)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, 1 << 20);
    ATTNI_REQUIRE((states || batch * time == 0) && (conicity || batch == 0),
                  "%s: states or conicity is NULL; expected valid pointers", __func__);
    const attni_given given = {"states", states, batch, time, dim, lengths};
    ATTNI_TRY(attni_check_finite(__func__, &given));
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    const size_t size = (size_t)attn_context_threads(context) * (size_t)dim * sizeof(double);
    cone c = {time, dim, lengths, states, conicity, attni_arena_alloc(arena, size)};
    attn_status status = c.means ? ATTN_OK : attni_no_memory(__func__, size);
    if (status == ATTN_OK)
        status = attni_parallel_for(context, batch, cone_row, &c);
    attni_scratch_give(context, arena);
    return status;
}
