/* gradient.c - gradient x input, and its integral along the line from 0 to x:
 *
 *     a_t = x_t . sum_i w_i df/dx_t (s_i x)          sum_i w_i = 1, 0 < s_i < 1
 *
 * The points of Gauss and Legendre are the roots of the Legendre polynomial P_n, moved from [-1, 1] to [0, 1]:
 *
 *     (i + 1) P_(i+1)(z) = (2 i + 1) z P_i(z) - i P_(i-1)(z)          w = 2 / ((1 - z^2) P'_n(z)^2), halved by the move */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/lengths.h"
#include "explain/ask.h"

#define MOST_STEPS 4096
#define MOST_DIM (1 << 20)

static double dot(int64_t dim, const float *x, const float *dx)
{
    double sum = 0.0;
    for (int64_t e = 0; e < dim; e++)
        sum += (double)x[e] * (double)dx[e];
    return sum;
}

/* ---- gradient x input ---- */

static float attribution(int64_t dim, const float *x, const float *dx, int32_t form)
{
    if (form == ATTN_GRADIENT_NORM)
        return (float)sqrt(dot(dim, dx, dx));
    const double product = dot(dim, x, dx);
    return (float)(form == ATTN_GRADIENT_ABSOLUTE ? fabs(product) : product);
}

attn_status attn_explain_gradient_input(int64_t batch, int64_t time, int64_t dim, const int32_t *lengths,
                                        const float *x, const float *dx, int32_t form, float *attributions)
{
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, MOST_DIM);
    ATTNI_REQUIRE(form >= ATTN_GRADIENT_SIGNED && form <= ATTN_GRADIENT_NORM,
                  "%s: form is %d; expected ATTN_GRADIENT_SIGNED, _ABSOLUTE or _NORM", __func__, form);
    ATTNI_REQUIRE(batch * time == 0 || ((x || form == ATTN_GRADIENT_NORM) && dx && attributions),
                  "%s: x, dx or attributions is NULL; expected valid pointers", __func__);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = 0; t < time; t++) {
            const int64_t token = b * time + t;
            const bool inside = lengths == NULL || t < lengths[b];
            const float *from = x ? x + token * dim : NULL;
            attributions[token] = inside ? attribution(dim, from, dx + token * dim, form) : 0.0f;
        }
    }
    return ATTN_OK;
}

/* ---- integrated gradients ---- */

/* The roots are symmetric about 1/2, and Newton's method finds each from a close guess. */
static void gauss_legendre(int32_t steps, double *points, double *weights)
{
    for (int32_t i = 0; i < (steps + 1) / 2; i++) {
        double z = cos(3.14159265358979324 * (i + 0.75) / (steps + 0.5)), slope = 1.0;
        for (int32_t round = 0; round < 20; round++) {
            double value = 1.0, before = 0.0;
            for (int32_t k = 0; k < steps; k++) {
                const double earlier = before;
                before = value;
                value = ((2 * k + 1) * z * before - k * earlier) / (k + 1);
            }
            slope = steps * (z * value - before) / (z * z - 1.0);
            const double moved = value / slope;
            z -= moved;
            if (fabs(moved) < 1e-15)
                break;
        }
        points[i] = (1.0 - z) / 2.0;
        points[steps - 1 - i] = (1.0 + z) / 2.0;
        weights[i] = weights[steps - 1 - i] = 1.0 / ((1.0 - z * z) * slope * slope);
    }
}

static void midpoint(int32_t steps, double *points, double *weights)
{
    for (int32_t i = 0; i < steps; i++) {
        points[i] = (i + 0.5) / steps;
        weights[i] = 1.0 / steps;
    }
}

typedef struct path {
    const attni_asking *asking;
    int64_t dim;
    const float *x;
    int32_t steps;
    double *points, *weights; /* [steps + 2]: the rule's, then both ends of the line, which weigh nothing */
    double *sums;             /* [batch, time] */
    double *ends;             /* [batch, 2]: f(0), f(x) */
} path;

static int64_t path_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const path *)self)->steps + 2;
}

static void path_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const path *p = self;
    const float *x = p->x + row * p->asking->model.time * p->dim, at = (float)p->points[copy];
    float *scaled = item;
    for (int64_t i = 0; i < attni_asking_length(p->asking, row) * p->dim; i++)
        scaled[i] = at * x[i];
}

static void path_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    path *p = self;
    if (copy >= p->steps) {
        p->ends[2 * row + copy - p->steps] = (double)outputs[0];
        return;
    }
    const int64_t time = p->asking->model.time;
    const float *x = p->x + row * time * p->dim;
    double *sums = p->sums + row * time;
    for (int64_t t = 0; t < attni_asking_length(p->asking, row); t++)
        sums[t] += p->weights[copy] * dot(p->dim, x + t * p->dim, dx + t * p->dim);
}

static const attni_measure path_measure = {path_copies, path_fill, path_take};

static attn_status path_make(path *p, int32_t rule)
{
    const int64_t batch = p->asking->model.batch, time = p->asking->model.time;
    p->points = attni_asking_alloc(p->asking, p->steps + 2, sizeof *p->points);
    p->weights = attni_asking_alloc(p->asking, p->steps + 2, sizeof *p->weights);
    p->sums = attni_asking_alloc(p->asking, batch * time, sizeof *p->sums);
    p->ends = attni_asking_alloc(p->asking, batch, 2 * sizeof *p->ends);
    if (!p->points || !p->weights || !p->sums || !p->ends)
        return attni_no_memory(p->asking->function, (size_t)(batch * time) * sizeof *p->sums);
    (rule == ATTN_QUADRATURE_MIDPOINT ? midpoint : gauss_legendre)(p->steps, p->points, p->weights);
    p->points[p->steps] = 0.0;
    p->points[p->steps + 1] = 1.0;
    memset(p->sums, 0, (size_t)(batch * time) * sizeof *p->sums);
    memset(p->ends, 0, (size_t)batch * 2 * sizeof *p->ends);
    return ATTN_OK;
}

static attn_status path_write(const path *p, float *attributions, float *change, float *gap)
{
    const int64_t batch = p->asking->model.batch, time = p->asking->model.time;
    for (int64_t b = 0; b < batch; b++) {
        double total = 0.0;
        for (int64_t t = 0; t < time; t++) { /* beyond the length the sums are 0 */
            total += p->sums[b * time + t];
            attributions[b * time + t] = (float)p->sums[b * time + t];
        }
        ATTNI_REQUIRE(isfinite(total),
                      "%s: the gradients of row %lld sum to %g; expected dx of finite numbers",
                      p->asking->function, (long long)b, total);
        const double moved = p->ends[2 * b + 1] - p->ends[2 * b];
        if (change)
            change[b] = (float)moved;
        if (gap)
            gap[b] = (float)(moved - total);
    }
    return ATTN_OK;
}

static attn_status integrate(path *p, int32_t rule, float *attributions, float *change, float *gap)
{
    const char *const function = p->asking->function;
    ATTNI_REQUIRE(p->dim >= 1 && p->dim <= MOST_DIM, "%s: dim is %lld; expected 1 to %d", function,
                  (long long)p->dim, MOST_DIM);
    ATTNI_REQUIRE(p->steps >= 1 && p->steps <= MOST_STEPS, "%s: steps is %d; expected 1 to %d", function,
                  p->steps, MOST_STEPS);
    ATTNI_REQUIRE(rule == ATTN_QUADRATURE_GAUSS_LEGENDRE || rule == ATTN_QUADRATURE_MIDPOINT,
                  "%s: rule is %d; expected ATTN_QUADRATURE_GAUSS_LEGENDRE or _MIDPOINT", function, rule);
    ATTNI_REQUIRE(p->asking->model.batch * p->asking->model.time == 0 || (p->x && attributions),
                  "%s: x or attributions is NULL; expected valid pointers", function);
    ATTNI_TRY(path_make(p, rule));
    ATTNI_TRY(attni_ask(p->asking, p->dim, &path_measure, p));
    return path_write(p, attributions, change, gap);
}

attn_status attn_explain_integrated(attn_context *context, const attn_explain_model *model, int64_t dim,
                                    const float *x, int32_t steps, int32_t rule, float *attributions,
                                    float *change, float *gap)
{
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_GRADIENT));
    path p = {.asking = &asking, .dim = dim, .x = x, .steps = steps};
    attn_status status = integrate(&p, rule, attributions, change, gap);
    attni_asking_close(&asking);
    return status;
}
