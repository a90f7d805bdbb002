/* permutation.c - attention weights that change places.
 *
 *     for t = length - 1 .. 1: exchange places t and j, j uniform in 0 .. t          (Fisher and Yates)
 *
 * j as in sample.c. */
#include "attn/experimental.h"

#include <math.h>

#include "core/random.h"
#include "core/sort.h"
#include "explain/order.h"

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
    return attni_parallel_for(asking->context, batch, median_row, s);
}

attn_status attn_explain_permutation(attn_context *context, const attn_explain_model *model,
                                     const float *weights, int64_t permutations, uint64_t seed, float *change)
{
    ATTNI_ENTER(context);
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
