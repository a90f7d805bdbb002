/* weighting.c - softmax, sparsemax (1602.02068) and 1.5-entmax (1905.05702).
 *
 * With z = (e - max e) / temperature, which changes none of them and lets nothing overflow:
 *
 *     softmax      a_j = exp(z_j) / sum_k exp(z_k)
 *     sparsemax    a_j = max(z_j - tau, 0)               tau such that they sum to 1
 *     1.5-entmax   a_j = max(z_j / 2 - tau, 0)^2         likewise
 *
 * All three have the same form of gradient: ds_j = g_j (da_j - sum_k g_k da_k / sum_k g_k) / temperature with
 * g = a, g = 1 where a > 0 and 0 elsewhere, and g = sqrt(a). */
#include "layer/attention/weighting.h"

#include <math.h>

#include "attn/attention.h"

#define LANES 8 /* sums that do not wait for each other */

static double sum(int64_t n, const float *x)
{
    double total[LANES] = {0};
    int64_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int i = 0; i < LANES; i++)
            total[i] += (double)x[j + i];
    for (; j < n; j++)
        total[0] += (double)x[j];
    for (int i = 1; i < LANES; i++)
        total[0] += total[i];
    return total[0];
}

static void softmax(const attni_kernels *kernels, int64_t n, float *weights)
{
    kernels->exp(n, weights, weights);
    const float total = (float)sum(n, weights);
    for (int64_t j = 0; j < n; j++)
        weights[j] /= total;
}

/* tau by Newton's method on f(tau) = sum_j max(z_j - tau, 0)^p - 1, p = 1 or 2, where max z = 0. f falls and is convex, so that
 * the steps climb from tau = -1, where f >= 0, to the root and not past it. With each of them f or its slope is at least
 * halved: some 60 steps are the most that there can be, and 5 are usual. No sorting, and no memory beside z. */
static double threshold(int32_t weighting, int64_t n, const float *z)
{
    double tau = -1.0;
    for (int step = 0; step < 100; step++) {
        double sum = 0.0, slope = 0.0;
        for (int64_t j = 0; j < n; j++) {
            double over = (double)z[j] - tau;
            if (!(over > 0.0))
                continue;
            sum += weighting == ATTN_WEIGHTING_SPARSEMAX ? over : over * over;
            slope += weighting == ATTN_WEIGHTING_SPARSEMAX ? 1.0 : 2.0 * over;
        }
        double move = (sum - 1.0) / slope;
        if (!(move > 1e-12))
            break;
        tau += move;
    }
    return tau;
}

static void cut(int32_t weighting, int64_t n, float *weights)
{
    double tau = threshold(weighting, n, weights);
    for (int64_t j = 0; j < n; j++) {
        double over = (double)weights[j] - tau;
        if (over <= 0.0) /* not so for NaN, which must be seen */
            over = 0.0;
        weights[j] = (float)(weighting == ATTN_WEIGHTING_SPARSEMAX ? over : over * over);
    }
}

int32_t attni_weighting_forward(const attni_kernels *kernels, int32_t weighting, float temperature, int64_t n,
                                const float *scores, float *weights)
{
    float most = -INFINITY, rate = (weighting == ATTN_WEIGHTING_ENTMAX15 ? 0.5f : 1.0f) / temperature;
    for (int64_t j = 0; j < n; j++)
        most = scores[j] > most ? scores[j] : most;
    for (int64_t j = 0; j < n; j++)
        weights[j] = (scores[j] - most) * rate;
    if (weighting == ATTN_WEIGHTING_SOFTMAX)
        softmax(kernels, n, weights);
    else if (n > 0)
        cut(weighting, n, weights);
    return kernels->finite(n, weights);
}

static float share(int32_t weighting, float weight)
{
    if (weighting == ATTN_WEIGHTING_SOFTMAX)
        return weight;
    return weighting == ATTN_WEIGHTING_SPARSEMAX ? weight > 0.0f : sqrtf(weight);
}

void attni_weighting_backward(int32_t weighting, float temperature, int64_t n, const float *weights,
                              float *gradient)
{
    double sums[LANES] = {0}, totals[LANES] = {0};
    for (int64_t j = 0; j < n; j++) {
        double g = (double)share(weighting, weights[j]);
        sums[j % LANES] += g * (double)gradient[j];
        totals[j % LANES] += g;
    }
    for (int i = 1; i < LANES; i++) {
        sums[0] += sums[i];
        totals[0] += totals[i];
    }
    const float mean = (float)(sums[0] / totals[0]);
    for (int64_t j = 0; j < n; j++)
        gradient[j] = share(weighting, weights[j]) * (gradient[j] - mean) / temperature;
}
