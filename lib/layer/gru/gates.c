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

#include "layer/gru/backward.h"

/* Normalise gate `g` of m rows where that is on: a = gain * xhat + shift, and keep xhat and rstd. */
static void normalize_gate(const attni_gru_step *step, const attni_gru_weights *weights, int64_t g)
{
    const attni_gru_shape *shape = step->shape;
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim, all = attni_gru_width(shape), width = attni_gru_kept_width(shape);
    float *a = step->run.kept + g * h, *xhat = step->run.xhat + g * h;
    const float *gain = weights->gain + g * h, *shift = weights->shift + g * h;
    for (int64_t i = 0; i < step->m; i++)
        memcpy(xhat + i * all, a + i * width, (size_t)h * sizeof(float));
    step->kernels->normalize(step->m, h, xhat, all, step->run.rstd + g, shape->gates);
    for (int64_t i = 0; i < step->m; i++) {
        for (int64_t j = 0; j < h; j++)
            a[i * width + j] = gain[j] * xhat[i * all + j] + shift[j];
    }
}

void attni_gru_gates(const attni_gru_step *step, const attni_gru_weights *weights, const float *const *x,
                     float *state, float *u, float *reset_state)
{
    const attni_kernels *kernels = step->kernels;
    const attni_gru_shape *shape = step->shape;
    int64_t m = step->m, h = shape->hidden_dim, after = shape->reset == ATTN_GRU_RESET_AFTER;
    int64_t all = attni_gru_width(shape), at_n = attni_gru_at_n(shape), width = attni_gru_kept_width(shape);
    float *kept = step->run.kept;
    const float *bias = weights->bias, *c = bias + attni_gru_at_c(shape);
    attni_gru_product(kernels, weights->recurrent, m, attni_gru_joint(shape), h, state, h, u, all, NULL);
    for (int64_t i = 0; i < m; i++) {
        float *a = kept + i * width;
        for (int64_t j = 0; j < at_n; j++)
            a[j] = x[i][j] + u[i * all + j] + bias[j];
        if (a != x[i])
            memcpy(a + at_n, x[i] + at_n, (size_t)h * sizeof(float));
    }
    for (int64_t g = 0; g < attni_gru_n(shape); g++)
        normalize_gate(step, weights, g);
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
        float *r = kept + i * width, *n = r + at_n, *q = r + attni_gru_kept_q(shape);
        const float *u_n = u + i * all + at_n;
        for (int64_t j = 0; after && j < h; j++) {
            q[j] = u_n[j] + c[j];
            n[j] += bias[at_n + j] + r[j] * q[j];
        }
        for (int64_t j = 0; !after && j < h; j++)
            n[j] += bias[at_n + j] + u_n[j] + c[j];
    }
    normalize_gate(step, weights, attni_gru_n(shape));
    for (int64_t i = 0; i < m; i++)
        kernels->tanh(h, kept + i * width + at_n, kept + i * width + at_n);
    attni_opening opening;
    kernels->gru_update(m, h, kept, attni_gru_opening(shape, &step->run, &opening), state);
}

/* ---- backward -------------------------------------------------------------------------------------------- */

/* Back through gain * xhat + shift and the normalisation of gate `g`, in place of its gradient in da. */
static void normalize_gate_backward(const attni_gru_step *step, const attni_gru_apart_back *apart, int64_t g,
                                    float *da)
{
    const attni_gru_shape *shape = step->shape;
    if (!shape->layer_norm)
        return;
    int64_t h = shape->hidden_dim, all = attni_gru_width(shape), stride = attni_gru_da_stride(shape);
    const float *xhat = step->run.xhat + g * h, *gain = apart->gain + g * h;
    float *dgain = apart->sums + attni_gru_sums_gain(shape) + g * h;
    float *dshift = apart->sums + attni_gru_sums_shift(shape) + g * h;
    da += attni_gru_da_gate(shape, g);
    for (int64_t i = 0; i < step->m; i++) {
        for (int64_t j = 0; j < h; j++) {
            float d = da[i * stride + j];
            dgain[j] += d * xhat[i * all + j];
            dshift[j] += d;
            da[i * stride + j] = d * gain[j];
        }
    }
    step->kernels->normalize_backward(step->m, h, xhat, all, step->run.rstd + g, shape->gates, da, stride);
}

static void reset_after_backward(const attni_gru_step *step, float *da)
{
    const attni_gru_shape *shape = step->shape;
    int64_t h = shape->hidden_dim;
    for (int64_t i = 0; i < step->m; i++, da += attni_gru_da_stride(shape)) {
        const float *r = step->run.kept + i * attni_gru_kept_width(shape), *q = r + attni_gru_kept_q(shape);
        const float *da_n = da + ATTNI_GRU_DA_N;
        float *da_r = da + attni_gru_da_gate(shape, ATTNI_GRU_R), *dq = da + attni_gru_da_q(shape);
        for (int64_t j = 0; j < h; j++) {
            dq[j] = da_n[j] * r[j];
            da_r[j] = dq[j] * q[j] * (1.0f - r[j]);
        }
    }
}

static void reset_before_backward(const attni_gru_step *step, const attni_gru_apart_back *apart, float *dh,
                                  float *da)
{
    const attni_gru_shape *shape = step->shape;
    int64_t h = shape->hidden_dim, stride = attni_gru_da_stride(shape);
    float *d_reset_state = apart->spare;
    step->kernels->product(step->m, h, h, da + ATTNI_GRU_DA_N, stride, apart->packed_n, d_reset_state, h, 0,
                           NULL);
    for (int64_t i = 0; i < step->m; i++, da += stride) {
        const float *r = step->run.kept + i * attni_gru_kept_width(shape);
        const float *before = r + attni_gru_kept_state(shape), *d = d_reset_state + i * h;
        float *da_r = da + attni_gru_da_gate(shape, ATTNI_GRU_R), *reset_state = da + attni_gru_da_q(shape);
        for (int64_t j = 0; j < h; j++) {
            reset_state[j] = r[j] * before[j];
            dh[i * h + j] += d[j] * r[j];
            da_r[j] = d[j] * before[j] * r[j] * (1.0f - r[j]);
        }
    }
}

void attni_gru_gates_backward(const attni_gru_step *step, const attni_gru_apart_back *apart, float *dh,
                              float *da, float *dweights)
{
    const attni_gru_shape *shape = step->shape;
    attni_opening opening;
    step->kernels->gru_update_backward(step->m, shape->hidden_dim, step->run.kept,
                                       attni_gru_opening(shape, &step->run, &opening), dh, da,
                                       attni_gru_da_stride(shape), dweights);
    for (int64_t g = 1; g < shape->gates; g++)
        normalize_gate_backward(step, apart, g, da);
    if (shape->reset == ATTN_GRU_RESET_AFTER)
        reset_after_backward(step, da);
    else
        reset_before_backward(step, apart, dh, da);
    normalize_gate_backward(step, apart, ATTNI_GRU_R, da);
}
