/* init.c - uniform, normal and orthogonal first values. */
#include "core/init.h"

#include <math.h>
#include <string.h>

#include "core/call.h"

static int32_t go_on(int64_t i)
{
    return i % ATTNI_STRIDE != 0 || !attni_interrupted();
}

void attni_init_uniform(float *values, int64_t size, float bound, uint64_t seed, uint64_t stream)
{
    for (int64_t i = 0; i < size && go_on(i); i++)
        values[i] = bound * (2.0f * attni_uniform(seed, stream, (uint64_t)i) - 1.0f);
}

static void fill_normal(float *values, int64_t size, float deviation, uint64_t seed, uint64_t stream)
{
    for (int64_t i = 0; i < size && go_on(i); i++)
        values[i] = deviation * attni_normal(seed, stream, (uint64_t)i);
}

static double dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

/* Make rows[count, n], normal numbers with count <= n, orthonormal: Gram-Schmidt, twice for accuracy. */
static void orthonormalize(float *rows, int64_t count, int64_t n)
{
    for (int64_t i = 0; i < count && !attni_interrupted(); i++) {
        float *row = rows + i * n;
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t j = 0; j < i; j++) {
                float along = (float)dot(row, rows + j * n, n);
                for (int64_t k = 0; k < n; k++)
                    row[k] -= along * rows[j * n + k];
            }
        }
        float scale = 1.0f / (float)sqrt(dot(row, row, n));
        for (int64_t k = 0; k < n; k++)
            row[k] *= scale;
    }
}

void attni_init_values(float *values, int32_t rank, const int64_t *shape, int32_t init, uint64_t seed,
                       uint64_t stream)
{
    int64_t size = 1;
    for (int32_t d = 0; d < rank; d++)
        size *= shape[d];
    int64_t fan_out = rank == 1 ? 1 : shape[0], fan_in = size / fan_out;
    float fans = (float)(fan_in + fan_out);
    switch (init) {
    case ATTN_INIT_ONE:
        for (int64_t i = 0; i < size; i++)
            values[i] = 1.0f;
        break;
    case ATTN_INIT_GLOROT:
        attni_init_uniform(values, size, sqrtf(6.0f / fans), seed, stream);
        break;
    case ATTN_INIT_FAN_SUM:
        attni_init_uniform(values, size, 1.0f / sqrtf(fans), seed, stream);
        break;
    case ATTN_INIT_FAN_SUM_RELU:
        attni_init_uniform(values, size, sqrtf(2.0f / fans), seed, stream);
        break;
    case ATTN_INIT_NORMAL:
        fill_normal(values, size, 0.1f, seed, stream);
        break;
    case ATTN_INIT_ORTHOGONAL:
        fill_normal(values, size, 1.0f, seed, stream);
        for (int64_t row = 0; row < fan_out; row += fan_in) /* a GRU's [3H, H] holds three square blocks */
            orthonormalize(values + row * fan_in, fan_out - row < fan_in ? fan_out - row : fan_in, fan_in);
        break;
    default:
        memset(values, 0, (size_t)size * sizeof(float));
    }
}
