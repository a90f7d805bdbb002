/* sample.c - what is drawn: attributions in random order, resampled means.
 *
 *     bootstrap     mean over i of values[j_i], j_i uniform in 0 .. count - 1
 *
 * j = floor(u * n / 2^32) of a word u of 32 bits: one n-th part differs from another by n / 2^32 of itself at most. */
#include "core/random.h"

#include <math.h>

#include "core/lengths.h"
#include "explain/order.h"

/* ---- random attributions ---- */

attn_status attn_explain_random(attn_context *context, int64_t batch, int64_t time, const int32_t *lengths,
                                uint64_t seed, float *attributions)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE(attributions != NULL || batch * time == 0,
                  "%s: attributions is NULL; expected [batch, time] numbers", __func__);
    const uint64_t stream = attni_stream("attn_explain_random");
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = 0; t < time; t++) {
            if ((b * time + t) % ATTNI_STRIDE == 0)
                ATTNI_GO_ON();
            attributions[b * time + t] =
                t < length ? attni_uniform(seed, stream + (uint64_t)b, (uint64_t)t) : 0.0f;
        }
    }
    return ATTN_OK;
}

/* ---- the bootstrap ---- */

typedef struct resampling {
    int64_t count, resamples;
    const float *values;
    uint64_t seed, stream;
    double *means;   /* [resamples] */
    int32_t *places; /* [2, resamples] */
} resampling;

static void resample(void *argument, int64_t i, int32_t worker)
{
    (void)worker;
    const resampling *r = argument;
    uint32_t words[4];
    double sum = 0.0;
    for (int64_t k = 0; k < r->count; k++) {
        if (k % ATTNI_STRIDE == 0 && attni_interrupted())
            return;
        if (k % 4 == 0)
            attni_philox(r->seed, r->stream + (uint64_t)i, (uint64_t)k / 4, words);
        sum += (double)r->values[(uint64_t)words[k % 4] * (uint64_t)r->count >> 32];
    }
    r->means[i] = sum / (double)r->count;
}

static bool is_smaller_mean(const void *keys, int32_t p, int32_t q)
{
    const double *means = keys;
    return means[p] < means[q];
}

/* Of the sorted means, linear between neighbours. */
static float quantile(const resampling *r, double q)
{
    const double at = q * (double)(r->resamples - 1);
    const int64_t below = (int64_t)at, above = below + 1 < r->resamples ? below + 1 : below;
    const double low = r->means[r->places[below]], high = r->means[r->places[above]];
    return (float)(low + (at - (double)below) * (high - low));
}

static attn_status bootstrap(attn_context *context, const char *function, attni_arena *arena, resampling *r,
                             float confidence, float *interval)
{
    const size_t n = (size_t)r->resamples;
    r->means = attni_arena_alloc(arena, n * sizeof *r->means);
    r->places = attni_arena_alloc(arena, 2 * n * sizeof *r->places);
    if (r->means == NULL || r->places == NULL)
        return attni_no_memory(function, n * sizeof *r->means);
    ATTNI_TRY(attni_parallel_for(context, r->resamples, resample, r));
    for (int32_t i = 0; i < r->resamples; i++)
        r->places[i] = i;
    attni_sort(r->resamples, r->places, r->places + n, is_smaller_mean, r->means);
    ATTNI_GO_ON();
    double sum = 0.0;
    for (int64_t i = 0; i < r->count; i++)
        sum += (double)r->values[i];
    interval[0] = (float)(sum / (double)r->count);
    interval[1] = quantile(r, (1.0 - (double)confidence) / 2.0);
    interval[2] = quantile(r, (1.0 + (double)confidence) / 2.0);
    return ATTN_OK;
}

attn_status attn_explain_bootstrap(attn_context *context, int64_t count, const float *values,
                                   float confidence, int64_t resamples, uint64_t seed, float *interval)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(interval);
    ATTNI_REQUIRE_RANGE(count, 0, 1 << 30);
    ATTNI_REQUIRE_RANGE(resamples, 1, 1 << 24);
    ATTNI_REQUIRE(confidence > 0.0f && confidence < 1.0f, "%s: confidence is %g; expected between 0 and 1",
                  __func__, (double)confidence);
    ATTNI_REQUIRE(values != NULL || count == 0, "%s: values is NULL; expected [count] numbers", __func__);
    for (int64_t i = 0; i < count; i++)
        ATTNI_REQUIRE(isfinite(values[i]), "%s: values[%lld] is %g; expected a finite number", __func__,
                      (long long)i, (double)values[i]);
    interval[0] = interval[1] = interval[2] = 0.0f;
    if (count == 0)
        return ATTN_OK;
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    resampling r = {.count = count, .resamples = resamples, .values = values, .seed = seed};
    r.stream = attni_stream("attn_explain_bootstrap");
    attn_status status = bootstrap(context, __func__, arena, &r, confidence, interval);
    attni_scratch_give(context, arena);
    return status;
}
