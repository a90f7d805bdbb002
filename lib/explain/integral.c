/* integral.c - integrated gradients: gradient x input along the line from 0 to x,
 *
 *     a_t = integral of g_t(s) ds, s from 0 to 1        g_t(s) = x_t . df/dx_t (s x)
 *
 * by secants (secants.c), or by Gauss and Legendre's points s_i and weights w_i: a_t = sum_i w_i g_t(s_i), sum_i w_i = 1. The points
 * are the roots of the Legendre polynomial P_n, moved from [-1, 1] to [0, 1]:
 *
 *     (i + 1) P_(i+1)(z) = (2 i + 1) z P_i(z) - i P_(i-1)(z)          w = 2 / ((1 - z^2) P'_n(z)^2), halved by the move */
#include "explain/integral.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 4096

void attni_line_point(const attni_line *line, int64_t row, double s, float *scaled)
{
    const float *x = line->x + row * line->asking->model.time * line->dim;
    for (int64_t i = 0; i < attni_asking_length(line->asking, row) * line->dim; i++)
        scaled[i] = (float)s * x[i];
}

void attni_line_shares(const attni_line *line, int64_t row, const float *dx, double *shares)
{
    const float *x = line->x + row * line->asking->model.time * line->dim;
    for (int64_t t = 0; t < attni_asking_length(line->asking, row); t++)
        shares[t] = attni_dot_product(line->dim, x + t * line->dim, dx + t * line->dim);
}

/* ---- Gauss and Legendre ---- */

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

typedef struct gauss {
    attni_line *line;
    double *points;  /* [steps + 2]: the rule's, then both ends of the line */
    double *weights; /* [steps] */
    double *shares;  /* [batch, time]: of a row's last point */
} gauss;

static int64_t gauss_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const gauss *)self)->line->steps + 2;
}

static void gauss_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const gauss *g = self;
    attni_line_point(g->line, row, g->points[copy], item);
}

static void gauss_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    const gauss *g = self;
    const int64_t time = g->line->asking->model.time, steps = g->line->steps;
    if (copy >= steps) {
        g->line->ends[2 * row + copy - steps] = (double)outputs[0];
        return;
    }
    double *sums = g->line->sums + row * time, *shares = g->shares + row * time;
    attni_line_shares(g->line, row, dx, shares);
    for (int64_t t = 0; t < attni_asking_length(g->line->asking, row); t++)
        sums[t] += g->weights[copy] * shares[t];
}

static attn_status integrate_by_gauss(attni_line *line)
{
    static const attni_measure measure = {gauss_copies, gauss_fill, gauss_take};
    const attni_asking *asking = line->asking;
    const int64_t steps = line->steps, numbers = asking->model.batch * asking->model.time;
    gauss g = {.line = line};
    g.points = attni_asking_alloc(asking, steps + 2, sizeof *g.points);
    g.weights = attni_asking_alloc(asking, steps, sizeof *g.weights);
    g.shares = attni_asking_alloc(asking, numbers, sizeof *g.shares);
    if (g.points == NULL || g.weights == NULL || g.shares == NULL)
        return attni_no_memory(asking->function, (size_t)(2 * steps + numbers) * sizeof *g.points);
    gauss_legendre(steps, g.points, g.weights);
    ATTNI_GO_ON();
    g.points[steps] = 0.0;
    g.points[steps + 1] = 1.0;
    return attni_ask(asking, line->dim, &measure, &g);
}

/* ---- all of it ---- */

static attn_status line_make(attni_line *line)
{
    const int64_t batch = line->asking->model.batch, time = line->asking->model.time;
    line->sums = attni_asking_alloc(line->asking, batch * time, sizeof *line->sums);
    line->ends = attni_asking_alloc(line->asking, batch, 2 * sizeof *line->ends);
    if (!line->sums || !line->ends)
        return attni_no_memory(line->asking->function, (size_t)(batch * (time + 2)) * sizeof *line->sums);
    memset(line->sums, 0, (size_t)(batch * time) * sizeof *line->sums);
    memset(line->ends, 0, (size_t)batch * 2 * sizeof *line->ends);
    return ATTN_OK;
}

static attn_status line_write(const attni_line *line, float *attributions, float *change, float *gap)
{
    const int64_t batch = line->asking->model.batch, time = line->asking->model.time;
    for (int64_t b = 0; b < batch; b++) {
        double total = 0.0;
        for (int64_t t = 0; t < time; t++) { /* beyond the length the sums are 0 */
            total += line->sums[b * time + t];
            attributions[b * time + t] = (float)line->sums[b * time + t];
        }
        ATTNI_REQUIRE(isfinite(total),
                      "%s: the gradients of row %lld sum to %g; expected dx of finite numbers",
                      line->asking->function, (long long)b, total);
        const double moved = line->ends[2 * b + 1] - line->ends[2 * b];
        if (change)
            change[b] = (float)moved;
        if (gap)
            gap[b] = (float)(moved - total);
    }
    return ATTN_OK;
}

static attn_status integrate(attni_line *line, int32_t rule, float *attributions, float *change, float *gap)
{
    const char *const function = line->asking->function;
    ATTNI_REQUIRE(line->dim >= 1 && line->dim <= ATTNI_MOST_DIM, "%s: dim is %lld; expected 1 to %d",
                  function, (long long)line->dim, ATTNI_MOST_DIM);
    ATTNI_REQUIRE(rule == ATTN_QUADRATURE_SECANT || rule == ATTN_QUADRATURE_GAUSS_LEGENDRE,
                  "%s: rule is %d; expected ATTN_QUADRATURE_SECANT or _GAUSS_LEGENDRE", function, rule);
    const int32_t least = rule == ATTN_QUADRATURE_SECANT ? 2 : 1;
    ATTNI_REQUIRE(line->steps >= least && line->steps <= MOST_STEPS, "%s: steps is %lld; expected %d to %d",
                  function, (long long)line->steps, least, MOST_STEPS);
    ATTNI_REQUIRE(line->asking->model.batch * line->asking->model.time == 0 || (line->x && attributions),
                  "%s: x or attributions is NULL; expected valid pointers", function);
    ATTNI_TRY(line_make(line));
    ATTNI_TRY(rule == ATTN_QUADRATURE_SECANT ? attni_secants(line) : integrate_by_gauss(line));
    return line_write(line, attributions, change, gap);
}

attn_status attn_explain_integrated(attn_context *context, const attn_explain_model *model, int64_t dim,
                                    const float *x, int64_t steps, int32_t rule, float *attributions,
                                    float *change, float *gap)
{
    ATTNI_ENTER(context);
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_GRADIENT));
    attni_line line = {.asking = &asking, .dim = dim, .x = x, .steps = steps};
    attn_status status = integrate(&line, rule, attributions, change, gap);
    attni_asking_close(&asking);
    return status;
}
