/* gru_gates.c - the gates where layer normalisation or reset before take them apart: r and z, then n; and back.
 *
 * Back, with dh the gradient of h' = n + z (h - n), and a the pre-activations:
 *
 *     da_n = dh (1 - z) (1 - n^2)         da_z = dh (h - n) z (1 - z)         dh <- dh z
 *     reset after:   dq = da_n r          da_r = da_n q r (1 - r)
 *     reset before:  d(r h) = U_n^T da_n  da_r = d(r h) h r (1 - r)           dh += d(r h) r
 *
 * where q = U_n h + c_n. Layer normalisation stands between a gate's sum and its sigmoid or tanh. */
#include <string.h>

#include "layer/gru.h"

/* Normalise gate `g` of m rows where that is on: a = gain * xhat + shift, and keep xhat and rstd. */
static void normalize_gate(const attni_kernels *kernels, const attni_gru_shape *shape,
                           const attni_gru_weights *weights, int64_t m, const attni_gru_run *run, int64_t g)
{
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim;
    float *a = run->kept + g * h, *xhat = run->xhat + g * h;
    const float *gain = weights->gain + g * h, *shift = weights->shift + g * h;
    for (int64_t i = 0; i < m; i++)
        memcpy(xhat + i * 3 * h, a + i * 5 * h, (size_t)h * sizeof(float));
    kernels->normalize(m, h, xhat, 3 * h, run->rstd + g, 3);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++)
            a[i * 5 * h + j] = gain[j] * xhat[i * 3 * h + j] + shift[j];
    }
}

void attni_gru_gates(const attni_kernels *kernels, const attni_gru_shape *shape,
                     const attni_gru_weights *weights, int64_t m, const float *const *x,
                     const attni_gru_run *run, float *state, float *u, float *reset_state)
{
    int64_t h = shape->hidden_dim, after = shape->reset == ATTN_GRU_RESET_AFTER;
    float *kept = run->kept;
    const float *bias = weights->bias;
    attni_gru_product(kernels, weights->recurrent, m, after ? 3 * h : 2 * h, h, state, h, u, 3 * h, NULL);
    for (int64_t i = 0; i < m; i++) {
        float *a = kept + i * 5 * h;
        for (int64_t j = 0; j < 2 * h; j++)
            a[j] = x[i][j] + u[i * 3 * h + j] + bias[j];
        if (a != x[i])
            memcpy(a + 2 * h, x[i] + 2 * h, (size_t)h * sizeof(float));
    }
    normalize_gate(kernels, shape, weights, m, run, 0);
    normalize_gate(kernels, shape, weights, m, run, 1);
    for (int64_t i = 0; i < m; i++)
        kernels->sigmoid(2 * h, kept + i * 5 * h, kept + i * 5 * h);
    if (!after) {
        for (int64_t i = 0; i < m; i++) {
            for (int64_t j = 0; j < h; j++)
                reset_state[i * h + j] = kept[i * 5 * h + j] * state[i * h + j];
        }
        attni_gru_product(kernels, weights->recurrent_n, m, h, h, reset_state, h, u + 2 * h, 3 * h, NULL);
    }
    for (int64_t i = 0; i < m; i++) {
        float *r = kept + i * 5 * h, *n = r + 2 * h, *q = r + 3 * h;
        const float *u_n = u + i * 3 * h + 2 * h;
        for (int64_t j = 0; after && j < h; j++) {
            q[j] = u_n[j] + bias[3 * h + j];
            n[j] += bias[2 * h + j] + r[j] * q[j];
        }
        for (int64_t j = 0; !after && j < h; j++)
            n[j] += bias[2 * h + j] + u_n[j] + bias[3 * h + j];
    }
    normalize_gate(kernels, shape, weights, m, run, 2);
    for (int64_t i = 0; i < m; i++) {
        float *z = kept + i * 5 * h + h, *n = z + h;
        kernels->tanh(h, n, n);
        for (int64_t j = 0; j < h; j++)
            state[i * h + j] = n[j] + z[j] * (state[i * h + j] - n[j]);
    }
}

/* ---- backward -------------------------------------------------------------------------------------------- */

/* Back through gain * xhat + shift and the normalisation of gate `g`, in place of its gradient da[m, H] (ldda). */
static void normalize_gate_backward(const attni_kernels *kernels, const attni_gru_shape *shape,
                                    const float *gain, int64_t m, const attni_gru_run *run, int64_t g,
                                    float *da, int64_t ldda, float *sums)
{
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim;
    const float *xhat = run->xhat + g * h;
    float *dgain = sums + g * h, *dshift = dgain + 3 * h;
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < h; j++) {
            float d = da[i * ldda + j];
            dgain[j] += d * xhat[i * 3 * h + j];
            dshift[j] += d;
            da[i * ldda + j] = d * gain[g * h + j];
        }
    }
    kernels->normalize_backward(m, h, xhat, 3 * h, run->rstd + g, 3, da, ldda);
}

static void reset_after_backward(int64_t h, int64_t m, const attni_gru_run *run, float *da, int64_t ldda)
{
    for (int64_t i = 0; i < m; i++) {
        const float *r = run->kept + i * 5 * h, *q = r + 3 * h, *da_n = da + i * ldda;
        float *da_r = da + i * ldda + h, *dq = da + i * ldda + 3 * h;
        for (int64_t j = 0; j < h; j++) {
            dq[j] = da_n[j] * r[j];
            da_r[j] = dq[j] * q[j] * (1.0f - r[j]);
        }
    }
}

static void reset_before_backward(const attni_kernels *kernels, const float *packed_n, int64_t h, int64_t m,
                                  const attni_gru_run *run, float *dh, float *da, int64_t ldda,
                                  float *d_reset_state)
{
    kernels->product(m, h, h, da, ldda, packed_n, d_reset_state, h, 0, NULL);
    for (int64_t i = 0; i < m; i++) {
        const float *r = run->kept + i * 5 * h, *before = r + 4 * h, *d = d_reset_state + i * h;
        float *da_r = da + i * ldda + h, *reset_state = da + i * ldda + 3 * h;
        for (int64_t j = 0; j < h; j++) {
            reset_state[j] = r[j] * before[j];
            dh[i * h + j] += d[j] * r[j];
            da_r[j] = d[j] * before[j] * r[j] * (1.0f - r[j]);
        }
    }
}

void attni_gru_gates_backward(const attni_kernels *kernels, const attni_gru_shape *shape, const float *gain,
                              const float *packed_n, int64_t m, const attni_gru_run *run, float *dh,
                              float *da, int64_t ldda, float *spare, float *sums)
{
    int64_t h = shape->hidden_dim;
    for (int64_t i = 0; i < m; i++) {
        const float *z = run->kept + i * 5 * h + h, *n = z + h, *before = z + 3 * h;
        float *da_n = da + i * ldda, *da_z = da_n + 2 * h;
        for (int64_t j = 0; j < h; j++) {
            float d = dh[i * h + j];
            da_z[j] = d * (before[j] - n[j]) * z[j] * (1.0f - z[j]);
            da_n[j] = d * (1.0f - z[j]) * (1.0f - n[j] * n[j]);
            dh[i * h + j] = d * z[j];
        }
    }
    normalize_gate_backward(kernels, shape, gain, m, run, 1, da + 2 * h, ldda, sums);
    normalize_gate_backward(kernels, shape, gain, m, run, 2, da, ldda, sums);
    if (shape->reset == ATTN_GRU_RESET_AFTER)
        reset_after_backward(h, m, run, da, ldda);
    else
        reset_before_backward(kernels, packed_n, h, m, run, dh, da, ldda, spare);
    normalize_gate_backward(kernels, shape, gain, m, run, 0, da + h, ldda, sums);
}
