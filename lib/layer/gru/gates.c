/* gates.c - the gates where layer normalisation or reset before take them apart: r and z, then n; and back.
 *
 * Back, with dh the gradient of h' = n + z (h - n), and a the pre-activations (an attention GRU's: kernel.h):
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dh <- dh z
 *     reset after:   dq = da_n r          da_r = da_n q r (1 - r)
 *     reset before:  d(r h) = U_n^T da_n  da_r = d(r h) h r (1 - r)           dh += d(r h) r
 *
 * where q = U_n h + c_n. Layer normalisation stands between a gate's sum and its sigmoid or tanh. */
#include <string.h>

#include "layer/gru/gru.h"

/* Normalise gate `g` of m rows where that is on: a = gain * xhat + shift, and keep xhat and rstd. */
static void normalize_gate(const attni_kernels *kernels, const attni_gru_shape *shape,
                           const attni_gru_weights *weights, int64_t m, const attni_gru_run *run, int64_t g)
{
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim, gates = shape->gates, width = (gates + 2) * h;
    float *a = run->kept + g * h, *xhat = run->xhat + g * h;
    const float *gain = weights->gain + g * h, *shift = weights->shift + g * h;
    for (int64_t i = 0; i < m; i++)
        memcpy(xhat + i * gates * h, a + i * width, (size_t)h * sizeof(float));
    kernels->normalize(m, h, xhat, gates * h, run->rstd + g, gates);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++)
            a[i * width + j] = gain[j] * xhat[i * gates * h + j] + shift[j];
    }
}

void attni_gru_gates(const attni_kernels *kernels, const attni_gru_shape *shape,
                     const attni_gru_weights *weights, int64_t m, const float *const *x,
                     const attni_gru_run *run, float *state, float *u, float *reset_state)
{
    int64_t h = shape->hidden_dim, after = shape->reset == ATTN_GRU_RESET_AFTER;
    int64_t all = shape->gates * h, at_n = all - h, width = all + 2 * h; /* n stands behind the other gates */
    float *kept = run->kept;
    const float *bias = weights->bias;
    attni_gru_product(kernels, weights->recurrent, m, after ? all : at_n, h, state, h, u, all, NULL);
    for (int64_t i = 0; i < m; i++) {
        float *a = kept + i * width;
        for (int64_t j = 0; j < at_n; j++)
            a[j] = x[i][j] + u[i * all + j] + bias[j];
        if (a != x[i])
            memcpy(a + at_n, x[i] + at_n, (size_t)h * sizeof(float));
    }
    for (int64_t g = 0; g < shape->gates - 1; g++)
        normalize_gate(kernels, shape, weights, m, run, g);
    for (int64_t i = 0; i < m; i++)
        kernels->sigmoid(at_n, kept + i * width, kept + i * width);
    if (!after) {
        for (int64_t i = 0; i < m; i++) {
            for (int64_t j = 0; j < h; j++)
                reset_state[i * h + j] = kept[i * width + j] * state[i * h + j];
        }
        attni_gru_product(kernels, weights->recurrent_n, m, h, h, reset_state, h, u + at_n, all, NULL);
    }
    for (int64_t i = 0; i < m; i++) {
        float *r = kept + i * width, *n = r + at_n, *q = n + h;
        const float *u_n = u + i * all + at_n;
        for (int64_t j = 0; after && j < h; j++) {
            q[j] = u_n[j] + bias[all + j];
            n[j] += bias[at_n + j] + r[j] * q[j];
        }
        for (int64_t j = 0; !after && j < h; j++)
            n[j] += bias[at_n + j] + u_n[j] + bias[all + j];
    }
    normalize_gate(kernels, shape, weights, m, run, shape->gates - 1);
    for (int64_t i = 0; i < m; i++)
        kernels->tanh(h, kept + i * width + at_n, kept + i * width + at_n);
    attni_opening opening;
    kernels->gru_update(m, h, kept, attni_gru_opening(shape, run, &opening), state);
}

/* ---- backward -------------------------------------------------------------------------------------------- */

/* Back through gain * xhat + shift and the normalisation of gate `g`, in place of its gradient da[m, H] (ldda). */
static void normalize_gate_backward(const attni_kernels *kernels, const attni_gru_shape *shape,
                                    const float *gain, int64_t m, const attni_gru_run *run, int64_t g,
                                    float *da, int64_t ldda, float *sums)
{
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim, all = shape->gates * h;
    const float *xhat = run->xhat + g * h;
    float *dgain = sums + g * h, *dshift = dgain + all;
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++) {
            float d = da[i * ldda + j];
            dgain[j] += d * xhat[i * all + j];
            dshift[j] += d;
            da[i * ldda + j] = d * gain[g * h + j];
        }
    }
    kernels->normalize_backward(m, h, xhat, all, run->rstd + g, shape->gates, da, ldda);
}

static void reset_after_backward(const attni_gru_shape *shape, int64_t m, const attni_gru_run *run, float *da,
                                 int64_t ldda)
{
    int64_t h = shape->hidden_dim, all = shape->gates * h;
    for (int64_t i = 0; i < m; i++) {
        const float *r = run->kept + i * (all + 2 * h), *q = r + all, *da_n = da + i * ldda;
        float *da_r = da + i * ldda + h, *dq = da + i * ldda + all;
        for (int64_t j = 0; j < h; j++) {
            dq[j] = da_n[j] * r[j];
            da_r[j] = dq[j] * q[j] * (1.0f - r[j]);
        }
    }
}

static void reset_before_backward(const attni_kernels *kernels, const attni_gru_shape *shape,
                                  const float *packed_n, int64_t m, const attni_gru_run *run, float *dh,
                                  float *da, int64_t ldda, float *d_reset_state)
{
    int64_t h = shape->hidden_dim, all = shape->gates * h;
    kernels->product(m, h, h, da, ldda, packed_n, d_reset_state, h, 0, NULL);
    for (int64_t i = 0; i < m; i++) {
        const float *r = run->kept + i * (all + 2 * h), *before = r + all + h, *d = d_reset_state + i * h;
        float *da_r = da + i * ldda + h, *reset_state = da + i * ldda + all;
        for (int64_t j = 0; j < h; j++) {
            reset_state[j] = r[j] * before[j];
            dh[i * h + j] += d[j] * r[j];
            da_r[j] = d[j] * before[j] * r[j] * (1.0f - r[j]);
        }
    }
}

void attni_gru_gates_backward(const attni_kernels *kernels, const attni_gru_shape *shape, const float *gain,
                              const float *packed_n, int64_t m, const attni_gru_run *run, float *dh,
                              float *da, int64_t ldda, float *dweights, float *spare, float *sums)
{
    int64_t h = shape->hidden_dim, n = shape->gates - 1;
    attni_opening opening;
    kernels->gru_update_backward(m, h, run->kept, attni_gru_opening(shape, run, &opening), dh, da, ldda,
                                 dweights);
    if (n == 2)
        normalize_gate_backward(kernels, shape, gain, m, run, 1, da + 2 * h, ldda, sums);
    normalize_gate_backward(kernels, shape, gain, m, run, n, da, ldda, sums);
    if (shape->reset == ATTN_GRU_RESET_AFTER)
        reset_after_backward(shape, m, run, da, ldda);
    else
        reset_before_backward(kernels, shape, packed_n, m, run, dh, da, ldda, spare);
    normalize_gate_backward(kernels, shape, gain, m, run, 0, da + h, ldda, sums);
}
