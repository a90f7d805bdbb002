/* calibration.c - how far probabilities can be believed, and scales of logits that make them right.
 *
 * With z_b = sum_c s_c x_cb, p_b its softmax, y_b the label, and m_cb = sum_k p_bk x_cbk the mean of a channel's logits:
 *
 *     f         = sum_b (ln sum_k exp z_bk - z_by)  +  sum_c (s_c - 1 - ln s_c)
 *     df/ds_c   = sum_b (m_cb - x_cby)  +  1 - 1 / s_c
 *     d2f/ds_cd = sum_b sum_k p_bk (x_cbk - m_cb) (x_dbk - m_db)  +  [c = d] / s_c^2
 *
 * The second derivatives are a covariance and a positive diagonal: f is strictly convex. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "attn/loss.h"
#include "core/context.h"

/* ---- the error ---------------------------------------------------------------------------------------------- */

#define BINS 15
#define MOST_BINS 1024

typedef struct calibration_bin {
    double rows, confidence, right;
} calibration_bin;

static int64_t largest(int64_t classes, const float *numbers)
{
    int64_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        best = numbers[k] > numbers[best] ? k : best;
    return best;
}

static attn_status check_row(const char *function, int64_t classes, int64_t b, const float *p, int32_t label)
{
    for (int64_t k = 0; k < classes; k++)
        ATTNI_REQUIRE(p[k] >= 0.0f && p[k] <= 1.0f, "%s: probabilities[%lld,%lld] is %g; expected 0 to 1",
                      function, (long long)b, (long long)k, (double)p[k]);
    ATTNI_REQUIRE(label >= 0 && label < classes, "%s: labels[%lld] is %d; expected 0 to %lld", function,
                  (long long)b, label, (long long)classes - 1);
    return ATTN_OK;
}

attn_status attn_calibration_error(attn_context *context, int64_t rows, int64_t classes,
                                   const float *probabilities, const int32_t *labels, int64_t bins,
                                   float *error, float *diagram)
{
    calibration_bin sums[MOST_BINS];
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(rows >= 0, "%s: rows is %lld; expected 0 or more", __func__, (long long)rows);
    ATTNI_REQUIRE(classes >= 1, "%s: classes is %lld; expected 1 or more", __func__, (long long)classes);
    ATTNI_REQUIRE(rows == 0 || (probabilities != NULL && labels != NULL),
                  "%s: probabilities or labels is NULL; expected [rows, classes] and [rows] numbers",
                  __func__);
    ATTNI_REQUIRE_RANGE(bins, 0, MOST_BINS);
    ATTNI_REQUIRE_PTR(error);
    bins = bins ? bins : BINS;
    memset(sums, 0, (size_t)bins * sizeof *sums);
    for (int64_t b = 0; b < rows; b++) {
        if (b % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        const float *p = probabilities + b * classes;
        ATTNI_TRY(check_row(__func__, classes, b, p, labels[b]));
        const int64_t decided = largest(classes, p);
        const int64_t above = (int64_t)ceil((double)p[decided] * (double)bins); /* 0 of a row of zeros */
        calibration_bin *own = &sums[above > 0 ? above - 1 : 0];
        own->rows++;
        own->confidence += (double)p[decided];
        own->right += decided == labels[b];
    }
    double total = 0.0;
    for (int64_t m = 0; m < bins; m++) {
        const double of = sums[m].rows > 0 ? sums[m].rows : 1.0;
        total += fabs(sums[m].right - sums[m].confidence);
        if (diagram) {
            diagram[3 * m] = rows ? (float)(sums[m].rows / (double)rows) : 0.0f;
            diagram[3 * m + 1] = (float)(sums[m].confidence / of);
            diagram[3 * m + 2] = (float)(sums[m].right / of);
        }
    }
    *error = rows ? (float)(total / (double)rows) : 0.0f;
    return ATTN_OK;
}

/* ---- the scales ---------------------------------------------------------------------------------------------- */

#define MOST ATTN_MAX_CHANNELS
#define ROUNDS                                                                                               \
    200 /* of Newton's method; it takes about ten, and more where logits are many times too large */
#define HALVINGS 60
#define ROUNDING 1e-14 /* of a pivot, against what it was */
#define NEAR 1e-18     /* of Newton's decrement, twice what f can still fall by */

typedef struct fitting {
    int64_t channels, rows, classes;
    const float *logits;
    const int32_t *labels;
    double *p; /* [classes] */
    double scales[MOST], gradient[MOST], hessian[MOST][MOST], step[MOST];
} fitting;

static const float *row_of(const fitting *fit, int64_t channel, int64_t b)
{
    return fit->logits + (channel * fit->rows + b) * fit->classes;
}

/* p = softmax of row b's scaled logits; returns -ln p of its label. */
static double read_row(const fitting *fit, const double *scales, int64_t b)
{
    double most = -INFINITY, sum = 0.0;
    for (int64_t k = 0; k < fit->classes; k++) {
        double z = 0.0;
        for (int64_t c = 0; c < fit->channels; c++)
            z += scales[c] * (double)row_of(fit, c, b)[k];
        fit->p[k] = z;
        most = z > most ? z : most;
    }
    const double below = most - fit->p[fit->labels[b]];
    for (int64_t k = 0; k < fit->classes; k++)
        sum += fit->p[k] = exp(fit->p[k] - most);
    for (int64_t k = 0; k < fit->classes; k++)
        fit->p[k] /= sum;
    return below + log(sum);
}

/* What a call that is to end makes of the sums does not matter. */
static int32_t go_on(int64_t b)
{
    return b % ATTNI_STRIDE != 0 || !attni_interrupted();
}

static double add_up(const fitting *fit, const double *scales)
{
    double loss = 0.0;
    for (int64_t b = 0; b < fit->rows && go_on(b); b++)
        loss += read_row(fit, scales, b);
    return loss;
}

static double value(const fitting *fit, const double *scales)
{
    double f = add_up(fit, scales);
    for (int64_t c = 0; c < fit->channels; c++)
        f += scales[c] - 1.0 - log(scales[c]);
    return f;
}

static void add_row(fitting *fit, int64_t b)
{
    double mean[MOST] = {0};
    for (int64_t c = 0; c < fit->channels; c++) {
        const float *x = row_of(fit, c, b);
        for (int64_t k = 0; k < fit->classes; k++)
            mean[c] += fit->p[k] * (double)x[k];
        fit->gradient[c] += mean[c] - (double)x[fit->labels[b]];
    }
    for (int64_t c = 0; c < fit->channels; c++) {
        for (int64_t d = 0; d <= c; d++) {
            const float *x = row_of(fit, c, b), *y = row_of(fit, d, b);
            for (int64_t k = 0; k < fit->classes; k++)
                fit->hessian[c][d] += fit->p[k] * ((double)x[k] - mean[c]) * ((double)y[k] - mean[d]);
        }
    }
}

static void differentiate(fitting *fit)
{
    memset(fit->gradient, 0, sizeof fit->gradient);
    memset(fit->hessian, 0, sizeof fit->hessian);
    for (int64_t b = 0; b < fit->rows && go_on(b); b++) {
        read_row(fit, fit->scales, b);
        add_row(fit, b);
    }
    for (int64_t c = 0; c < fit->channels; c++) {
        fit->gradient[c] += 1.0 - 1.0 / fit->scales[c];
        fit->hessian[c][c] += 1.0 / (fit->scales[c] * fit->scales[c]);
    }
}

/* step = -hessian^-1 gradient, by its factor L L^T in place; returns -gradient . step, Newton's decrement. */
static double solve(fitting *fit)
{
    double(*l)[MOST] = fit->hessian, *step = fit->step, decrement = 0.0;
    for (int64_t i = 0; i < fit->channels; i++) {
        const double least = ROUNDING * l[i][i]; /* where two channels are one */
        for (int64_t j = 0; j <= i; j++) {
            for (int64_t k = 0; k < j; k++)
                l[i][j] -= l[i][k] * l[j][k];
            l[i][j] = i == j ? sqrt(l[i][j] > least ? l[i][j] : least) : l[i][j] / l[j][j];
        }
        step[i] = -fit->gradient[i];
        for (int64_t k = 0; k < i; k++)
            step[i] -= l[i][k] * step[k];
        step[i] /= l[i][i];
        decrement += step[i] * step[i];
    }
    for (int64_t i = fit->channels; i-- > 0;) {
        for (int64_t k = i + 1; k < fit->channels; k++)
            step[i] -= l[k][i] * step[k];
        step[i] /= l[i][i];
    }
    return decrement;
}

/* As far along the step as f falls enough by (Armijo); returns 0 where it falls no more. */
static int32_t walk(fitting *fit, double decrement, double *f)
{
    double length = 1.0, next[MOST];
    for (int64_t c = 0; c < fit->channels; c++) { /* at most nearly down to 0 */
        if (-fit->step[c] * length > 0.99 * fit->scales[c])
            length = 0.99 * fit->scales[c] / -fit->step[c];
    }
    for (int32_t i = 0; i < HALVINGS; i++, length /= 2.0) {
        for (int64_t c = 0; c < fit->channels; c++)
            next[c] = fit->scales[c] + length * fit->step[c];
        const double there = value(fit, next);
        if (there < *f && there <= *f - 1e-4 * length * decrement) {
            memcpy(fit->scales, next, sizeof next);
            *f = there;
            return 1;
        }
    }
    return 0;
}

static void minimise(fitting *fit)
{
    double f = value(fit, fit->scales);
    for (int32_t i = 0; i < ROUNDS && !attni_interrupted(); i++) {
        differentiate(fit);
        const double decrement = solve(fit);
        if (!(decrement > NEAR) || !walk(fit, decrement, &f))
            return;
    }
}

static attn_status check_fit(const char *function, const fitting *fit)
{
    for (int64_t b = 0; b < fit->rows; b++) {
        for (int64_t c = 0; c < fit->channels; c++) {
            for (int64_t k = 0; k < fit->classes; k++)
                ATTNI_REQUIRE(isfinite(row_of(fit, c, b)[k]),
                              "%s: logits[%lld,%lld,%lld] is %g; expected a finite number", function,
                              (long long)c, (long long)b, (long long)k, (double)row_of(fit, c, b)[k]);
        }
        ATTNI_REQUIRE(fit->labels[b] >= 0 && fit->labels[b] < fit->classes,
                      "%s: labels[%lld] is %d; expected 0 to %lld", function, (long long)b, fit->labels[b],
                      (long long)fit->classes - 1);
    }
    return ATTN_OK;
}

attn_status attn_fit_scales(attn_context *context, int64_t channels, int64_t rows, int64_t classes,
                            const float *logits, const int32_t *labels, float *scales, float *loss)
{
    void *memory;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_RANGE(channels, 1, ATTN_MAX_CHANNELS);
    ATTNI_REQUIRE(rows >= 0, "%s: rows is %lld; expected 0 or more", __func__, (long long)rows);
    ATTNI_REQUIRE(classes >= 1, "%s: classes is %lld; expected 1 or more", __func__, (long long)classes);
    ATTNI_REQUIRE(rows == 0 || (logits != NULL && labels != NULL),
                  "%s: logits or labels is NULL; expected [channels, rows, classes] and [rows] numbers",
                  __func__);
    ATTNI_REQUIRE_PTR(scales);
    fitting fit = {
        .channels = channels, .rows = rows, .classes = classes, .logits = logits, .labels = labels};
    ATTNI_TRY(check_fit(__func__, &fit));
    ATTNI_TRY(attn_context_alloc(context, (size_t)classes * sizeof(double), &memory));
    fit.p = memory;
    for (int64_t c = 0; c < channels; c++)
        fit.scales[c] = 1.0;
    if (rows)
        minimise(&fit);
    for (int64_t c = 0; c < channels; c++)
        fit.scales[c] = fmaxf((float)fit.scales[c], FLT_MIN);
    const double sum = rows && loss ? add_up(&fit, fit.scales) / (double)rows : 0.0;
    attn_context_free(context, memory);
    ATTNI_GO_ON();
    for (int64_t c = 0; c < channels; c++)
        scales[c] = (float)fit.scales[c];
    if (loss)
        *loss = (float)sum;
    return ATTN_OK;
}
