/* reference.c - what each kernel computes, in plain C: the variants are tested against this. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "attn/context.h"
#include "kernel/int8.h"

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
                    float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    (void)ahead;
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

static void pack_bfloat16(int64_t size, const float *packed, uint16_t *narrow)
{
    for (int64_t i = 0; i < size; i++)
        narrow[i] = attni_to_bfloat16(packed[i]);
}

static void product_bfloat16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                             const uint16_t *narrow, float *c, int64_t ldc)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            const uint16_t *column = narrow + j / PANEL * PANEL * k + j % PANEL;
            float sum = 0.0f;
            for (int64_t p = 0; p < k; p++)
                sum += a[i * lda + p] * attni_from_bfloat16(column[p * PANEL]);
            c[i * ldc + j] = sum;
        }
    }
}

/* The largest size; infinite where a number is not finite. */
static float largest_of(int64_t n, const float *x)
{
    float most = 0.0f;
    for (int64_t i = 0; i < n; i++)
        most = !isfinite(x[i]) ? INFINITY : fmaxf(most, fabsf(x[i]));
    return most;
}

static int32_t round_to_int8(float x, float most)
{
    return most <= FLT_MAX ? (int32_t)rintf(attni_int8_unit(most) * x) : 0;
}

/* A panel's scales, then its rows of bytes, which as everywhere are so many that four go into a lane; for each piece of k. */
static int64_t panel_size(int64_t k)
{
    return PANEL * ((int64_t)sizeof(float) + (k + 3) / 4 * 4);
}

static void pack_int8(int64_t k, int64_t n, const float *w, int64_t ldw, uint8_t *packed)
{
    for (int64_t p0 = 0, piece; p0 < k; p0 += piece) {
        piece = k - p0 < ATTNI_INT8_PIECE ? k - p0 : ATTNI_INT8_PIECE;
        for (int64_t j0 = 0; j0 < n; j0 += PANEL, packed += panel_size(piece)) {
            memset(packed, 0, (size_t)panel_size(piece));
            for (int64_t j = j0; j < j0 + PANEL && j < n; j++) {
                const float *row = w + j * ldw + p0, most = largest_of(piece, row), scale = most / 127.0f;
                memcpy(packed + (j - j0) * (int64_t)sizeof scale, &scale, sizeof scale);
                for (int64_t p = 0; p < piece; p++)
                    packed[PANEL * ((int64_t)sizeof scale + p) + j - j0] =
                        (uint8_t)round_to_int8(row[p], most);
            }
        }
    }
}

static void product_int8(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const uint8_t *packed,
                         float *c, int64_t ldc, attni_ahead *ahead)
{
    (void)ahead;
    for (int64_t p0 = 0, piece; p0 < k; p0 += piece) {
        piece = k - p0 < ATTNI_INT8_PIECE ? k - p0 : ATTNI_INT8_PIECE;
        for (int64_t i = 0; i < m; i++) {
            const float *row = a + i * lda + p0, most = largest_of(piece, row);
            for (int64_t j = 0; j < n; j++) {
                const uint8_t *panel = packed + j / PANEL * panel_size(piece);
                int32_t sum = 0;
                float scale;
                memcpy(&scale, panel + j % PANEL * (int64_t)sizeof scale, sizeof scale);
                for (int64_t p = 0; p < piece; p++)
                    sum += round_to_int8(row[p], most) *
                           (int8_t)panel[PANEL * ((int64_t)sizeof scale + p) + j % PANEL];
                float part = most <= FLT_MAX ? (float)sum * (most / 127.0f) * scale : NAN;
                c[i * ldc + j] = p0 ? c[i * ldc + j] + part : part;
            }
        }
        packed += (n + PANEL - 1) / PANEL * panel_size(piece);
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

#include "kernel/rounded.h"

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

/* How much of the candidate is taken, and of the state before kept; a is the opening's weight of place j in row i. */
static float weight_of(const attni_opening *opening, int64_t i, int64_t j)
{
    return opening->weights[i * opening->width + (opening->width > 1 ? j : 0)];
}

static void take_and_keep(const attni_opening *opening, float a, float z, float *take, float *keep)
{
    if (opening == NULL) {
        *keep = z;
        *take = 1.0f - z;
    } else if (opening->form == ATTNI_CODE) {
        *keep = (1.0f - a) * z;
        *take = 1.0f - *keep;
    } else {
        *take = opening->form == ATTNI_REPLACE ? a : a * z;
        *keep = 1.0f - *take;
    }
}

static int64_t gate_count(const attni_opening *opening)
{
    return opening && opening->form == ATTNI_REPLACE ? 2 : 3;
}

static void gru_update(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *state)
{
    int64_t gates = gate_count(opening);
    for (int64_t i = 0; i < m; i++, kept += (gates + 2) * h, state += h) {
        for (int64_t j = 0; j < h; j++) {
            float take, keep;
            take_and_keep(opening, opening ? weight_of(opening, i, j) : 0.0f, kept[h + j], &take, &keep);
            state[j] = take * kept[(gates - 1) * h + j] + keep * state[j];
        }
    }
}

static void gru_update_backward(int64_t m, int64_t h, const float *kept, const attni_opening *opening,
                                float *dh, float *da, int64_t ldda, float *dweights)
{
    int64_t gates = gate_count(opening);
    for (int64_t i = 0; i < m; i++, kept += (gates + 2) * h, dh += h, da += ldda) {
        for (int64_t j = 0; dweights && j < opening->width; j++)
            dweights[i * opening->width + j] = 0.0f;
        for (int64_t j = 0; j < h; j++) {
            float z = kept[h + j], n = kept[(gates - 1) * h + j], before = kept[(gates + 1) * h + j];
            float a = opening ? weight_of(opening, i, j) : 0.0f, take, keep;
            take_and_keep(opening, a, z, &take, &keep);
            float dtake = dh[j] * (n - before);
            da[j] = dh[j] * take * (1.0f - n * n);
            float slope = opening == NULL                ? -1.0f /* of take in z */
                          : opening->form == ATTNI_PAPER ? a
                                                         : a - 1.0f;
            if (gates == 3)
                da[2 * h + j] = dtake * slope * z * (1.0f - z);
            if (dweights)
                dweights[i * opening->width + (opening->width > 1 ? j : 0)] += gates == 3 ? dtake * z : dtake;
            dh[j] *= keep;
        }
    }
}

static void gru_forward(int64_t m, int64_t h, const float *const *x, const float *u, int64_t ldu,
                        const float *bias, const attni_opening *opening, float *state, float *kept)
{
    int64_t gates = gate_count(opening), n_at = (gates - 1) * h;
    for (int64_t i = 0; i < m; i++, u += ldu, state += h) {
        for (int64_t j = 0; j < h; j++) {
            float r = sigmoid(x[i][j] + u[j] + bias[j]);
            float z = gates == 3 ? sigmoid(x[i][h + j] + u[h + j] + bias[h + j]) : 0.0f;
            float q = u[n_at + j] + bias[n_at + h + j], take, keep;
            float n = tanhf(x[i][n_at + j] + bias[n_at + j] + r * q);
            float numbers[5] = {r, z, n, q, state[j]};
            if (gates == 2)
                memmove(numbers + 1, numbers + 2, 3 * sizeof *numbers);
            for (int64_t k = 0; kept && k < gates + 2; k++)
                kept[(i * (gates + 2) + k) * h + j] = numbers[k];
            take_and_keep(opening, opening ? weight_of(opening, i, j) : 0.0f, z, &take, &keep);
            state[j] = take * n + keep * state[j];
        }
    }
}

static void gru_backward(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *dh,
                         float *da, int64_t ldda, float *dweights)
{
    int64_t gates = gate_count(opening);
    gru_update_backward(m, h, kept, opening, dh, da, ldda, dweights);
    for (int64_t i = 0; i < m; i++, kept += (gates + 2) * h, da += ldda) {
        for (int64_t j = 0; j < h; j++) {
            float r = kept[j], q = kept[gates * h + j];
            da[gates * h + j] = da[j] * r;
            da[h + j] = da[j] * r * q * (1.0f - r);
        }
    }
}

static void score_forward(int64_t m, int64_t a, const float *bias, const float *v, float *hidden,
                          float *scores)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        scores[j] = 0.0f;
        for (int64_t k = 0; k < a; k++) {
            hidden[k] = tanhf(hidden[k] + bias[k]);
            scores[j] += v[k] * hidden[k];
        }
    }
}

static void score_backward(int64_t m, int64_t a, const float *dscores, const float *v, float *hidden,
                           float *dbias, float *dv)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        for (int64_t k = 0; k < a; k++) {
            float u = hidden[k];
            hidden[k] = dscores[j] * v[k] * (1.0f - u * u);
            dbias[k] += hidden[k];
            dv[k] += dscores[j] * u;
        }
    }
}

static void query_forward(int64_t m, int64_t a, const float *asked, const float *v, const float *hidden,
                          float *scores)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        scores[j] = 0.0f;
        for (int64_t k = 0; k < a; k++)
            scores[j] += v[k] * tanhf(hidden[k] + asked[k]);
    }
}

static void query_backward(int64_t m, int64_t a, const float *dscores, const float *asked, const float *v,
                           const float *hidden, float *dhidden, float *dasked, float *dv)
{
    for (int64_t j = 0; j < m; j++, hidden += a, dhidden += a) {
        for (int64_t k = 0; k < a; k++) {
            float u = tanhf(hidden[k] + asked[k]), dp = dscores[j] * v[k] * (1.0f - u * u);
            dhidden[k] += dp;
            dasked[k] += dp;
            dv[k] += dscores[j] * u;
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
    uint32_t words[4], lower[4];
    for (int64_t i = 0; i < n; i++) {
        if (i % 8 == 0) {
            philox(seed, stream, position + (uint64_t)(i / 8), words);
            philox(seed, ~stream, position + (uint64_t)(i / 8), lower);
        }
        uint32_t bits = words[i % 8 / 2] >> (i % 2 * 16) << 16;
        bits |= lower[i % 8 / 2] >> (i % 2 * 16) & 0xFFFF;
        y[i] = bits < threshold ? 0.0f : scale * x[i];
    }
}

static int32_t all_finite(int64_t n, const float *x)
{
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return 0;
    }
    return 1;
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

static void column_sums(int64_t m, int64_t n, const float *a, int64_t lda, float *sums)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++)
            sums[j] += a[i * lda + j];
    }
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
    .pack_bfloat16 = pack_bfloat16,
    .product_bfloat16 = product_bfloat16,
    .pack_int8 = pack_int8,
    .product_int8 = product_int8,
    .product_over = product_over,
    .rounded = ROUNDED_PRODUCTS,
    .exp = vector_exp,
    .tanh = vector_tanh,
    .sigmoid = vector_sigmoid,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .gru_update = gru_update,
    .gru_update_backward = gru_update_backward,
    .score_forward = score_forward,
    .score_backward = score_backward,
    .query_forward = query_forward,
    .query_backward = query_backward,
    .normalize = normalize,
    .normalize_backward = normalize_backward,
    .dropout = dropout,
    .finite = all_finite,
    .axpy = axpy,
    .dot = dot,
    .column_sums = column_sums,
    .adam = adam,
};
