/* sample.c - what is drawn: attributions in random order, attention weights that change places, resampled means.
 *
 *     permutation   for t = length - 1 .. 1: exchange places t and j, j uniform in 0 .. t          (Fisher and Yates)
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
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE(attributions != NULL || batch * time == 0,
                  "%s: attributions is NULL; expected [batch, time] numbers", __func__);
    const uint64_t stream = attni_stream("attn_explain_random");
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = 0; t < time; t++)
            attributions[b * time + t] =
                t < length ? attni_uniform(seed, stream + (uint64_t)b, (uint64_t)t) : 0.0f;
    }
    return ATTN_OK;
}

/* ---- permuted attention ---- */

typedef struct shuffling {
    const attni_asking *asking;
    const float *weights;
    int64_t permutations;
    uint64_t seed, stream;
    attni_whole whole;
    float *distances; /* [batch, permutations] */
    int32_t *places;  /* [threads, 2, permutations] */
    float *change;
} shuffling;

static int64_t shuffle_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const shuffling *)self)->permutations + 1;
}

static void shuffle_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const shuffling *s = self;
    const int64_t length = attni_asking_length(s->asking, row);
    const float *weights = s->weights + row * s->asking->model.time;
    float *shuffled = item;
    for (int64_t t = 0; t < length; t++)
        shuffled[t] = weights[t];
    for (int64_t t = length - 1; copy > 0 && t > 0; t--) {
        uint32_t words[4];
        attni_philox(s->seed, s->stream + (uint64_t)row, (uint64_t)copy << 32 | (uint64_t)t, words);
        const int64_t j = (int64_t)((uint64_t)words[0] * (uint64_t)(t + 1) >> 32);
        const float moved = shuffled[t];
        shuffled[t] = shuffled[j];
        shuffled[j] = moved;
    }
}

static void shuffle_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    (void)dx;
    shuffling *s = self;
    if (copy == 0) {
        attni_whole_take(&s->whole, row, outputs);
        return;
    }
    const float *whole = s->whole.outputs + row * s->whole.classes;
    double sum = 0.0;
    for (int64_t k = 0; k < s->whole.classes; k++)
        sum += fabs((double)whole[k] - (double)outputs[k]);
    s->distances[row * s->permutations + copy - 1] = (float)(sum / 2.0);
}

static const attni_measure shuffle_measure = {shuffle_copies, shuffle_fill, shuffle_take};

static bool is_smaller(const void *keys, int32_t p, int32_t q)
{
    const float *distances = keys;
    return distances[p] < distances[q];
}

static void median_row(void *argument, int64_t b, int32_t worker)
{
    const shuffling *s = argument;
    const int64_t n = s->permutations;
    const float *distances = s->distances + b * n;
    int32_t *places = s->places + worker * 2 * n;
    s->change[b] = 0.0f;
    if (attni_asking_length(s->asking, b) == 0)
        return;
    for (int32_t i = 0; i < n; i++)
        places[i] = i;
    attni_sort(n, places, places + n, is_smaller, distances);
    s->change[b] = (distances[places[(n - 1) / 2]] + distances[places[n / 2]]) / 2.0f;
}

static attn_status shuffle(shuffling *s)
{
    const attni_asking *asking = s->asking;
    const int64_t batch = asking->model.batch, time = asking->model.time, n = s->permutations;
    ATTNI_REQUIRE(n >= 1 && n <= 1 << 20, "%s: permutations is %lld; expected 1 to %d", asking->function,
                  (long long)n, 1 << 20);
    ATTNI_REQUIRE((s->weights || batch * time == 0) && (s->change || batch == 0),
                  "%s: weights or change is NULL; expected valid pointers", asking->function);
    ATTNI_TRY(attni_whole_make(&s->whole, asking, NULL));
    s->distances = attni_asking_alloc(asking, batch * n, sizeof *s->distances);
    s->places = attni_asking_alloc(asking, attn_context_threads(asking->context) * 2 * n, sizeof *s->places);
    if (s->distances == NULL || s->places == NULL)
        return attni_no_memory(asking->function, (size_t)(batch * n) * sizeof *s->distances);
    ATTNI_TRY(attni_ask(asking, 1, &shuffle_measure, s));
    attni_parallel_for(asking->context, batch, median_row, s);
    return ATTN_OK;
}

attn_status attn_explain_permutation(attn_context *context, const attn_explain_model *model,
                                     const float *weights, int64_t permutations, uint64_t seed, float *change)
{
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_WEIGHTED));
    shuffling s = {.asking = &asking,
                   .weights = weights,
                   .permutations = permutations,
                   .seed = seed,
                   .stream = attni_stream("attn_explain_permutation"),
                   .change = change};
    attn_status status = shuffle(&s);
    attni_asking_close(&asking);
    return status;
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
    attni_parallel_for(context, r->resamples, resample, r);
    for (int32_t i = 0; i < r->resamples; i++)
        r->places[i] = i;
    attni_sort(r->resamples, r->places, r->places + n, is_smaller_mean, r->means);
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
