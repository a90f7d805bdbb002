/* reference.c - what each kernel computes, in plain C: the variants are tested against this. */
#include <math.h>
#include <string.h>

#include "attn/context.h"
#include "kernel/kernel.h"

#define PANEL 8

static void pack(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed)
{
    for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
        for (int64_t p = 0; p < k; p++) {
            for (int64_t j = j0; j < j0 + PANEL; j++)
                *packed++ = j < n ? b[p * ldb + j] : 0.0f;
        }
    }
}

static void pack_transposed(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
        for (int64_t p = 0; p < k; p++) {
            for (int64_t j = j0; j < j0 + PANEL; j++)
                *packed++ = j < n ? w[j * ldw + p] : 0.0f;
        }
    }
}

static void product(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            const float *column = packed + j / PANEL * PANEL * k + j % PANEL;
            float sum = accumulate ? c[i * ldc + j] : 0.0f;
            for (int64_t p = 0; p < k; p++)
                sum += a[i * lda + p] * column[p * PANEL];
            c[i * ldc + j] = sum;
        }
    }
}

static void product_over(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            const float *column = packed + j / PANEL * PANEL * k + j % PANEL;
            for (int64_t p = 0; p < k; p++)
                c[i * ldc + j] += a[p * lda + i] * column[p * PANEL];
        }
    }
}

static void vector_exp(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = expf(x[i]);
}

static void vector_tanh(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = tanhf(x[i]);
}

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static void vector_sigmoid(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = sigmoid(x[i]);
}

static void gru_forward(int64_t m, int64_t h, float *a, const float *u, int64_t ldu, const float *bias,
                        float *q, const float *h0, float *h1)
{
    for (int64_t i = 0; i < m; i++, a += 3 * h, u += ldu, q += h, h0 += h, h1 += h) {
        for (int64_t j = 0; j < h; j++) {
            float r = sigmoid(a[j] + u[j] + bias[j]);
            float z = sigmoid(a[h + j] + u[h + j] + bias[h + j]);
            q[j] = u[2 * h + j] + bias[3 * h + j];
            float n = tanhf(a[2 * h + j] + bias[2 * h + j] + r * q[j]);
            h1[j] = n + z * (h0[j] - n);
            a[j] = r;
            a[h + j] = z;
            a[2 * h + j] = n;
        }
    }
}

static void gru_backward(int64_t m, int64_t h, float *a, float *q, const float *h0, float *dh)
{
    for (int64_t i = 0; i < m; i++, a += 3 * h, q += h, h0 += h, dh += h) {
        for (int64_t j = 0; j < h; j++) {
            float r = a[j], z = a[h + j], n = a[2 * h + j];
            float da_n = dh[j] * (1.0f - z) * (1.0f - n * n);
            a[j] = da_n * q[j] * r * (1.0f - r);
            a[h + j] = dh[j] * (h0[j] - n) * z * (1.0f - z);
            a[2 * h + j] = da_n;
            q[j] = da_n * r;
            dh[j] *= z;
        }
    }
}

static void normalize(int64_t m, int64_t n, float *x, int64_t ld, float *rstd, int64_t ldr)
{
    for (int64_t i = 0; i < m; i++, x += ld, rstd += ldr) {
        float sum = 0.0f, squares = 0.0f;
        for (int64_t j = 0; j < n; j++)
            sum += x[j];
        float mean = sum / (float)n;
        for (int64_t j = 0; j < n; j++)
            squares += (x[j] - mean) * (x[j] - mean);
        *rstd = 1.0f / sqrtf(squares / (float)n + 1e-5f);
        for (int64_t j = 0; j < n; j++)
            x[j] = (x[j] - mean) * *rstd;
    }
}

static void normalize_backward(int64_t m, int64_t n, const float *xhat, int64_t ldx, const float *rstd,
                               int64_t ldr, float *g, int64_t ldg)
{
    for (int64_t i = 0; i < m; i++, xhat += ldx, rstd += ldr, g += ldg) {
        float sum = 0.0f, along = 0.0f;
        for (int64_t j = 0; j < n; j++) {
            sum += g[j];
            along += g[j] * xhat[j];
        }
        float mean = sum / (float)n, slope = along / (float)n;
        for (int64_t j = 0; j < n; j++)
            g[j] = *rstd * (g[j] - mean - xhat[j] * slope);
    }
}

static void philox(uint64_t seed, uint64_t stream, uint64_t position, uint32_t c[4])
{
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    c[0] = (uint32_t)position;
    c[1] = (uint32_t)(position >> 32);
    c[2] = (uint32_t)stream;
    c[3] = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        uint64_t p0 = UINT64_C(0xD2511F53) * c[0], p1 = UINT64_C(0xCD9E8D57) * c[2];
        c[0] = (uint32_t)(p1 >> 32) ^ c[1] ^ k0;
        c[1] = (uint32_t)p1;
        c[2] = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
        c[3] = (uint32_t)p0;
    }
}

static void dropout(int64_t n, uint32_t threshold, float scale, uint64_t seed, uint64_t stream,
                    uint64_t position, const float *x, float *y)
{
    uint32_t words[4];
    for (int64_t i = 0; i < n; i++) {
        if (i % 8 == 0)
            philox(seed, stream, position + (uint64_t)(i / 8), words);
        uint32_t bits = words[i % 8 / 2] >> (i % 2 * 16) & 0xFFFF;
        y[i] = bits < threshold ? 0.0f : scale * x[i];
    }
}

static void axpy(int64_t n, float scale, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

static float dot(int64_t n, const float *a, const float *b)
{
    float sum = 0.0f;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void adam(int64_t n, float *w, const float *gradient, float *m, float *v, float clip, float beta1,
                 float beta2, float rate, float epsilon, float decay)
{
    for (int64_t i = 0; i < n; i++) {
        float g = clip * gradient[i];
        m[i] = beta1 * m[i] + (1.0f - beta1) * g;
        v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
        w[i] -= decay * w[i] + rate * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

const attni_kernels attni_kernels_reference = {
    .name = "reference",
    .isa = ATTN_ISA_REFERENCE,
    .panel = PANEL,
    .row_block = 1,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .product = product,
    .product_over = product_over,
    .exp = vector_exp,
    .tanh = vector_tanh,
    .sigmoid = vector_sigmoid,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .normalize = normalize,
    .normalize_backward = normalize_backward,
    .dropout = dropout,
    .axpy = axpy,
    .dot = dot,
    .adam = adam,
};
