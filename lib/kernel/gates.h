/* gates.h - the GRU's gates and attention's scores, element by element. For simd.c alone; kernel.h says what each computes. */
#ifndef ATTN_KERNEL_GATES_H
#define ATTN_KERNEL_GATES_H

#include "kernel/vector.h"

/* One row; `keep` is a constant: what backward needs is written in training alone. */
INLINE void gru_forward_row(const int keep, int64_t h, const float *x, const float *u, const float *bias,
                            float *state, float *kept)
{
    FOR_VECTORS(h, {
        vec r = vsigmoid(LOAD(x) + LOAD(u) + LOAD(bias));
        vec z = vsigmoid(LOAD(x + h) + LOAD(u + h) + LOAD(bias + h));
        vec q = LOAD(u + 2 * h) + LOAD(bias + 3 * h);
        vec n = vtanh(LOAD(x + 2 * h) + LOAD(bias + 2 * h) + r * q);
        vec before = LOAD(state);
        STORE(state, n + z * (before - n));
        if (keep) {
            STORE(kept, r);
            STORE(kept + h, z);
            STORE(kept + 2 * h, n);
            STORE(kept + 3 * h, q);
            STORE(kept + 4 * h, before);
        }
    });
}

static void gru_forward(int64_t m, int64_t h, const float *const *x, const float *u, int64_t ldu,
                        const float *bias, float *state, float *kept)
{
    for (int64_t row = 0; row < m; row++, u += ldu, state += h) {
        if (kept)
            gru_forward_row(1, h, x[row], u, bias, state, kept + row * 5 * h);
        else
            gru_forward_row(0, h, x[row], u, bias, state, kept);
    }
}

static void gru_backward(int64_t m, int64_t h, const float *kept, float *dh, float *da, int64_t ldda)
{
    for (int64_t row = 0; row < m; row++, kept += 5 * h, dh += h, da += ldda) {
        FOR_VECTORS(h, {
            vec r = LOAD(kept), z = LOAD(kept + h), n = LOAD(kept + 2 * h), d = LOAD(dh);
            vec da_n = d * (1.0f - z) * (1.0f - n * n);
            vec dq = da_n * r;
            STORE(da, da_n);
            STORE(da + h, dq * LOAD(kept + 3 * h) * (1.0f - r));
            STORE(da + 2 * h, d * (LOAD(kept + 4 * h) - n) * z * (1.0f - z));
            STORE(da + 3 * h, dq);
            STORE(dh, d * z);
        });
    }
}

static void score_forward(int64_t m, int64_t a, const float *bias, const float *v, float *hidden,
                          float *scores)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        vec total = {0};
        FOR_VECTORS(a, {
            vec u = vtanh(LOAD(hidden) + LOAD(bias));
            STORE(hidden, u);
            total += LOAD(v) * u; /* the lanes beyond the row hold tanh(0) = 0 */
        });
        scores[j] = sum(total);
    }
}

static void score_backward(int64_t m, int64_t a, const float *dscores, const float *v, float *hidden,
                           float *dbias, float *dv)
{
    FOR_VECTORS(a, { /* a column of vectors at a time, so that its sums stay in registers */
                     vec db = LOAD(dbias), along = LOAD(dv), weight = LOAD(v);
                     float *column = hidden;
                     for (int64_t j = 0; j < m; j++, column += a) {
                         vec u = LOAD(column);
                         along += dscores[j] * u;
                         vec dp = dscores[j] * weight * (1.0f - u * u);
                         STORE(column, dp);
                         db += dp;
                     }
                     STORE(dbias, db);
                     STORE(dv, along);
    });
}

#endif
