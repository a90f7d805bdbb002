/* gradient.c - gradient x input, and its integral along the line from 0 to x, by points s_i:
 *
 *     Gauss and Legendre    a_t = sum_i w_i g_t(s_i)                           g_t(s) = x_t . df/dx_t (s x),  sum_i w_i = 1
 *     secants               a_t = sum_i c_i (g_t(s_i) + g_t(s_(i+1)))          c_i such that interval i's sum over t is f's change,
 *                                                                              or the trapezoid's, bounded, where the shares do not tell it
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
#define LEAST_SHARE 0.05 /* of the sizes of an interval's shares, that their sum must be to be scaled */
#define MOST_STEEP 20.0  /* how many times as steep as the rest of its interval an end may count */

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

attn_status attn_explain_gradient_input(attn_context *context, int64_t batch, int64_t time, int64_t dim,
                                        const float *x, const float *dx, const int32_t *lengths, int32_t form,
                                        float *attributions)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, MOST_DIM);
    ATTNI_REQUIRE(form >= ATTN_GRADIENT_SIGNED && form <= ATTN_GRADIENT_NORM,
                  "%s: form is %d; expected ATTN_GRADIENT_SIGNED, _ABSOLUTE or _NORM", __func__, form);
    ATTNI_REQUIRE(batch * time == 0 || ((x || form == ATTN_GRADIENT_NORM) && dx && attributions),
                  "%s: x, dx or attributions is NULL; expected valid pointers", __func__);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = 0; t < time; t++) {
            const int64_t token = b * time + t;
            if (token % ATTNI_STRIDE == 0)
                ATTNI_GO_ON();
            const bool inside = lengths == NULL || t < lengths[b];
            const float *from = x ? x + token * dim : NULL;
            attributions[token] = inside ? attribution(dim, from, dx + token * dim, form) : 0.0f;
        }
    }
    return ATTN_OK;
}

/* ---- integrated gradients ---- */

/* The roots are symmetric about 1/2, and Newton's method finds each from a close guess. */
static void gauss_legendre(int64_t steps, double *points, double *weights)
{
    for (int64_t i = 0; i < (steps + 1) / 2 && !attni_interrupted(); i++) {
        double z = cos(3.14159265358979324 * ((double)i + 0.75) / ((double)steps + 0.5)), slope = 1.0;
        for (int32_t round = 0; round < 20; round++) {
            double value = 1.0, before = 0.0;
            for (int64_t k = 0; k < steps; k++) {
                const double earlier = before;
                before = value;
                value = ((double)(2 * k + 1) * z * before - (double)k * earlier) / (double)(k + 1);
            }
            slope = (double)steps * (z * value - before) / (z * z - 1.0);
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

typedef struct path {
    const attni_asking *asking;
    int64_t dim;
    const float *x;
    int64_t steps;
    double *points;  /* of Gauss and Legendre [steps + 2]: the rule's, then both ends of the line */
    double *weights; /* and [steps] */
    double *
        shares; /* [batch, 2, time]: g of the last point; of secants of the last two, that of copy i at i % 2 */
    double *sums; /* [batch, time] */
    double *ends; /* [batch, 2]: f(0), f(x); of secants f where the last point was */
} path;

static void fill_scaled(const path *p, int64_t row, double at, float *scaled)
{
    const float *x = p->x + row * p->asking->model.time * p->dim;
    for (int64_t i = 0; i < attni_asking_length(p->asking, row) * p->dim; i++)
        scaled[i] = (float)at * x[i];
}

/* shares[t] = x_t . dx_t */
static void take_shares(const path *p, int64_t row, const float *dx, double *shares)
{
    const float *x = p->x + row * p->asking->model.time * p->dim;
    for (int64_t t = 0; t < attni_asking_length(p->asking, row); t++)
        shares[t] = dot(p->dim, x + t * p->dim, dx + t * p->dim);
}

/* ---- by Gauss and Legendre's points ---- */

static int64_t gauss_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const path *)self)->steps + 2;
}

static void gauss_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const path *p = self;
    fill_scaled(p, row, p->points[copy], item);
}

static void gauss_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    path *p = self;
    if (copy >= p->steps) {
        p->ends[2 * row + copy - p->steps] = (double)outputs[0];
        return;
    }
    const int64_t time = p->asking->model.time;
    double *sums = p->sums + row * time, *shares = p->shares + row * 2 * time;
    take_shares(p, row, dx, shares);
    for (int64_t t = 0; t < attni_asking_length(p->asking, row); t++)
        sums[t] += p->weights[copy] * shares[t];
}

static const attni_measure gauss_measure = {gauss_copies, gauss_fill, gauss_take};

/* ---- by secants ---- */

static int64_t secant_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const path *)self)->steps;
}

static void secant_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const path *p = self;
    fill_scaled(p, row, (double)copy / (double)(p->steps - 1), item);
}

/* sums[t] += by * shares[t] */
static void add_shares(int64_t length, double by, const double *shares, double *sums)
{
    for (int64_t t = 0; t < length; t++)
        sums[t] += by * shares[t];
}

/* How much of an end's shares of this size counts in an interval whose shares do not tell its change: all of them, unless they are
 * steeper than MOST_STEEP times the other end's and f's own slope, which one point of a jump may be however small the jump is. */
static double end_weight(double size, double other, double slope)
{
    const double most = MOST_STEEP * fmax(other, slope);
    return size > most ? most / size : 1.0;
}

static void secant_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    path *p = self;
    const int64_t time = p->asking->model.time, length = attni_asking_length(p->asking, row);
    double *sums = p->sums + row * time, *ends = p->ends + 2 * row;
    double *now = p->shares + (row * 2 + copy % 2) * time,
           *before = p->shares + (row * 2 + 1 - copy % 2) * time;
    const double change = (double)outputs[0] - ends[1], width = 1.0 / (double)(p->steps - 1);
    take_shares(p, row, dx, now);
    ends[1] = (double)outputs[0];
    if (copy == 0) {
        ends[0] = ends[1];
        return;
    }
    double total = 0.0, size = 0.0, size_before = 0.0, size_now = 0.0;
    for (int64_t t = 0; t < length; t++) {
        total += before[t] + now[t];
        size += fabs(before[t] + now[t]);
        size_before += fabs(before[t]);
        size_now += fabs(now[t]);
    }
    double by_before = change / total, by_now = by_before;
    if (change * total <= 0.0 || fabs(total) < LEAST_SHARE * size) {
        const double slope = fabs(change) / width;
        by_before = 0.5 * width * end_weight(size_before, size_now, slope);
        by_now = 0.5 * width * end_weight(size_now, size_before, slope);
    }
    add_shares(length, by_before, before, sums);
    add_shares(length, by_now, now, sums);
}

static const attni_measure secant_measure = {secant_copies, secant_fill, secant_take};

/* ---- all of it ---- */

static attn_status gauss_make(path *p)
{
    const int64_t steps = p->steps;
    p->points = attni_asking_alloc(p->asking, steps + 2, sizeof *p->points);
    p->weights = attni_asking_alloc(p->asking, steps, sizeof *p->weights);
    if (p->points == NULL || p->weights == NULL)
        return attni_no_memory(p->asking->function, (size_t)(steps + 2) * sizeof *p->points);
    gauss_legendre(steps, p->points, p->weights);
    ATTNI_GO_ON();
    p->points[steps] = 0.0;
    p->points[steps + 1] = 1.0;
    return ATTN_OK;
}

static attn_status path_make(path *p)
{
    const int64_t batch = p->asking->model.batch, time = p->asking->model.time;
    p->shares = attni_asking_alloc(p->asking, batch * time, 2 * sizeof *p->shares);
    p->sums = attni_asking_alloc(p->asking, batch * time, sizeof *p->sums);
    p->ends = attni_asking_alloc(p->asking, batch, 2 * sizeof *p->ends);
    if (!p->shares || !p->sums || !p->ends)
        return attni_no_memory(p->asking->function, (size_t)(3 * batch * time) * sizeof *p->sums);
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
    ATTNI_REQUIRE(rule == ATTN_QUADRATURE_SECANT || rule == ATTN_QUADRATURE_GAUSS_LEGENDRE,
                  "%s: rule is %d; expected ATTN_QUADRATURE_SECANT or _GAUSS_LEGENDRE", function, rule);
    const int32_t least = rule == ATTN_QUADRATURE_SECANT ? 2 : 1;
    ATTNI_REQUIRE(p->steps >= least && p->steps <= MOST_STEPS, "%s: steps is %lld; expected %d to %d",
                  function, (long long)p->steps, least, MOST_STEPS);
    ATTNI_REQUIRE(p->asking->model.batch * p->asking->model.time == 0 || (p->x && attributions),
                  "%s: x or attributions is NULL; expected valid pointers", function);
    if (rule == ATTN_QUADRATURE_GAUSS_LEGENDRE)
        ATTNI_TRY(gauss_make(p));
    ATTNI_TRY(path_make(p));
    ATTNI_TRY(
        attni_ask(p->asking, p->dim, rule == ATTN_QUADRATURE_SECANT ? &secant_measure : &gauss_measure, p));
    return path_write(p, attributions, change, gap);
}

attn_status attn_explain_integrated(attn_context *context, const attn_explain_model *model, int64_t dim,
                                    const float *x, int64_t steps, int32_t rule, float *attributions,
                                    float *change, float *gap)
{
    ATTNI_ENTER(context);
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_GRADIENT));
    path p = {.asking = &asking, .dim = dim, .x = x, .steps = steps};
    attn_status status = integrate(&p, rule, attributions, change, gap);
    attni_asking_close(&asking);
    return status;
}
