/* orthogonal.c - states made orthogonal to the sum of those before them (Mohankumar et al. 2020, 2004.14243).
 *
 * With g the state that the gates give, and s the sum of the row's states before it, without h0:
 *
 *     a = s . g / (s . s + epsilon)        h = g - a s        s' = s + h        at a row's first step s = 0 and h = g
 *
 * Back, with dh the gradient of h where it goes on from here, and ds that of s':
 *
 *     d = dh + ds        b = s . d / (s . s + epsilon)        dg = d - b s        ds <- ds - a d - b (g - 2 a s)
 *
 * s never gets shorter, since what is added is orthogonal to it. Without epsilon a first state near 0, which a closed gate gives,
 * would have a slope without bound. */
#include <string.h>

#include "layer/gru/gru.h"

#define EPSILON 1e-6f

/* How much of `sum` is in the numbers: a or b. */
static float part_along(const attni_kernels *kernels, int64_t h, const float *sum, const float *numbers)
{
    return kernels->dot(h, sum, numbers) / (kernels->dot(h, sum, sum) + EPSILON);
}

void attni_gru_orthogonalize(const attni_gru_step *step, float *state, float *sums)
{
    const attni_kernels *kernels = step->kernels;
    int64_t m = step->m, h = step->shape->hidden_dim;
    memcpy(step->run.sums, sums, (size_t)(m * h) * sizeof *sums);
    for (int64_t i = 0; i < m; i++, state += h, sums += h) {
        kernels->axpy(h, -part_along(kernels, h, sums, state), sums, state);
        kernels->axpy(h, 1.0f, state, sums);
    }
}

void attni_gru_orthogonalize_backward(const attni_gru_step *step, float *spare, float *dh, float *dsums)
{
    const attni_kernels *kernels = step->kernels;
    int64_t m = step->m, h = step->shape->hidden_dim;
    float *g = spare; /* made again from the gates: [m, H] */
    for (int64_t i = 0; i < m; i++)
        memcpy(g + i * h,
               step->run.kept + i * attni_gru_kept_width(step->shape) + attni_gru_kept_state(step->shape),
               (size_t)h * sizeof *g);
    kernels->gru_update(m, h, step->run.kept, NULL, g);
    for (int64_t i = 0; i < m; i++, g += h, dh += h, dsums += h) {
        const float *sum = step->run.sums + i * h, a = part_along(kernels, h, sum, g);
        kernels->axpy(h, 1.0f, dsums, dh);
        const float b = part_along(kernels, h, sum, dh);
        for (int64_t j = 0; j < h; j++) {
            dsums[j] -= a * dh[j] + b * (g[j] - 2.0f * a * sum[j]);
            dh[j] -= b * sum[j];
        }
    }
}
