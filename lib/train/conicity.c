/* conicity.c - conicity as a part of the loss: how much alike a row's states are, and the gradient that drives them apart.
 *
 * With |x| = sqrt(x . x + epsilon^2), u_t = h_t / |h_t|, s = sum_t h_t, m = s / |s| and S = sum_t u_t, over the n states of a row,
 *
 *     conicity = 1/n sum_t u_t . m = S . m / n
 *     n dconicity/dh_t = (m - (u_t . m) u_t) / |h_t| + (S - (S . m) m) / |s|
 *
 * where the first part turns h_t and the second one the mean. Without epsilon the slope would grow without bound as a state goes to
 * 0, where it has no direction, and a gate that closes fully would end the training. Each row is one task; the rows' conicities
 * are summed in their order. */
#include "attn/experimental.h"

#include <math.h>
#include <string.h>

#include "core/apart.h"
#include "core/context.h"
#include "core/finite.h"
#include "core/lengths.h"

#define EPSILON 1e-3

typedef struct cone {
    const attni_kernels *kernels;
    int64_t time, dim;
    const int32_t *lengths;
    const float *states;
    float scale;     /* weight / batch */
    float *dstates;  /* may be NULL */
    float *conicity; /* [batch] */
    float *room;     /* [threads, 2 dim + time]: m; the second part, and for it S; 1 / |h_t| */
    double *sums;    /* [threads, 2 dim]: s; S */
} cone;

static double inverse_norm(double squares)
{
    return 1.0 / sqrt(squares + EPSILON * EPSILON);
}

/* to = scale * sum, in float32. */
static void multiply(int64_t dim, double scale, const double *sum, float *to)
{
    for (int64_t d = 0; d < dim; d++)
        to[d] = (float)(scale * sum[d]);
}

/* dstates += scale / n times the above; `mean` is m, `shared` the second part, all but its 1 / n. */
static void add_gradient(const cone *c, int64_t length, const float *states, const float *mean,
                         const float *shared, const float *inverses, float *dstates)
{
    const float scale = c->scale / (float)length;
    for (int64_t t = 0; t < length; t++) {
        const float *state = states + t * c->dim;
        float *dstate = dstates + t * c->dim;
        const float turn = scale * inverses[t];
        const float along = c->kernels->dot(c->dim, state, mean) * inverses[t] * inverses[t];
        for (int64_t d = 0; d < c->dim; d++)
            dstate[d] += turn * (mean[d] - along * state[d]) + scale * shared[d];
    }
}

static void cone_row(void *argument, int64_t b, int32_t worker)
{
    const cone *c = argument;
    const attni_kernels *kernels = c->kernels;
    const int64_t length = c->lengths ? c->lengths[b] : c->time, dim = c->dim;
    const float *states = c->states + b * c->time * dim;
    float *mean = c->room + worker * (2 * dim + c->time), *directions = mean + dim;
    float *inverses = directions + dim;
    c->conicity[b] = 0.0f;
    if (length == 0)
        return;
    double *sum = c->sums + worker * 2 * dim, *units = sum + dim, squares = 0.0, along = 0.0;
    memset(sum, 0, (size_t)(2 * dim) * sizeof *sum);
    for (int64_t t = 0; t < length; t++) {
        if (t % ATTNI_STRIDE == 0 && attni_interrupted())
            return;
        const float *state = states + t * dim;
        const double unit = inverse_norm(attni_sum_squares(kernels, dim, state));
        inverses[t] = (float)unit;
        for (int64_t d = 0; d < dim; d++) {
            sum[d] += (double)state[d];
            units[d] += unit * (double)state[d];
        }
    }
    for (int64_t d = 0; d < dim; d++)
        squares += sum[d] * sum[d];
    const double inverse = inverse_norm(squares);
    for (int64_t d = 0; d < dim; d++)
        along += units[d] * sum[d] * inverse;
    c->conicity[b] = (float)(along / (double)length);
    if (c->dstates == NULL)
        return;
    for (int64_t d = 0; d < dim; d++)
        units[d] -= along * sum[d] * inverse;
    multiply(dim, inverse, sum, mean);
    multiply(dim, inverse, units, directions);
    add_gradient(c, length, states, mean, directions, inverses, c->dstates + b * c->time * dim);
}

static attn_status run(cone *c, attn_context *context, attni_arena *arena, const char *function,
                       int64_t batch, float weight, float *loss)
{
    const int64_t numbers = batch + attn_context_threads(context) * (2 * c->dim + c->time);
    c->conicity = attni_arena_floats(arena, numbers);
    if (c->conicity == NULL)
        return attni_no_memory(function, (size_t)numbers * sizeof(float));
    c->room = c->conicity + batch;
    const size_t sums = (size_t)(attn_context_threads(context) * 2 * c->dim) * sizeof *c->sums;
    c->sums = attni_arena_alloc(arena, sums);
    if (c->sums == NULL)
        return attni_no_memory(function, sums);
    ATTNI_TRY(attni_parallel_for(context, batch, cone_row, c));
    double sum = 0.0;
    for (int64_t b = 0; b < batch; b++)
        sum += (double)c->conicity[b];
    if (loss)
        *loss = batch ? (float)((double)weight * sum / (double)batch) : 0.0f;
    return ATTN_OK;
}

attn_status attn_conicity_loss(attn_context *context, int64_t batch, int64_t time, int64_t dim,
                               const float *states, const int32_t *lengths, float weight, float *loss,
                               float *dstates)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, 1 << 20);
    ATTNI_REQUIRE(isfinite(weight), "%s: weight is %g; expected a finite number", __func__, (double)weight);
    ATTNI_REQUIRE(states != NULL || batch * time == 0,
                  "%s: states is NULL; expected [batch, time, dim] numbers", __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"dstates", dstates, numbers}, {"states", states, numbers});
    const attni_given given = {"states", states, batch, time, dim, lengths};
    ATTNI_TRY(attni_check_finite(__func__, &given));
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    cone c = {.kernels = attni_context_kernels(context),
              .time = time,
              .dim = dim,
              .lengths = lengths,
              .states = states,
              .scale = batch ? weight / (float)batch : 0.0f,
              .dstates = dstates};
    attn_status status = run(&c, context, arena, __func__, batch, weight, loss);
    attni_scratch_give(context, arena);
    return status;
}
