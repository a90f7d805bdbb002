/* soft.c - soft erasure: of each embedded token as many elements are dropped, at random, as its attribution says.
 *
 *     q_t    = (a_t - min a) / (max a - min a)                     of the row's tokens; 1/2 where all are equal
 *     m_te   ~ Bernoulli(q_t)                                      of each draw
 *     Soft-C = max(0, f(x) - f((1 - m) x))                         the more important, the more is dropped
 *     Soft-S = 1 - max(0, f(x) - f(m x))                           ... the more is kept
 *     range  = max(0, f(x) - f(0)) = 1 - S(0)
 *     Soft-NC = Soft-C / range,   Soft-NS = (Soft-S - S(0)) / (1 - S(0)) = 1 - max(0, f(x) - f(m x)) / range
 *
 * Both are cut to 0..1 in each draw, as their authors do. Copy 0 of a row is the whole of it, copy 1 has nothing; copies 2 s + 2 and
 * 2 s + 3 are draw s dropped and draw s kept. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/random.h"
#include "explain/ask.h"

#define MOST_DIM (1 << 20)
#define MOST_SAMPLES (1 << 20)

typedef struct softening {
    const attni_asking *asking;
    attni_whole whole;
    int64_t dim, samples;
    uint64_t seed, stream;
    double *shares; /* [batch, time]: q */
    double *range;  /* [batch] */
    double *sums;   /* [batch, 2]: over the draws of what is lost of the range, dropped and kept, 0..1 each */
} softening;

static int64_t copies(const void *self, int64_t row)
{
    (void)row;
    return 2 * ((const softening *)self)->samples + 2;
}

static void fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const softening *s = self;
    const int64_t numbers = attni_asking_length(s->asking, row) * s->dim;
    const double *shares = s->shares + row * s->asking->model.time;
    const uint64_t draw = (uint64_t)(copy / 2 - 1);
    const uint8_t kept = (uint8_t)(copy % 2); /* where the draw says 1 */
    uint8_t *keep = item;
    uint32_t words[4];
    if (copy == 0)
        return;
    if (copy == 1) {
        memset(keep, 0, (size_t)numbers);
        return;
    }
    for (int64_t i = 0; i < numbers; i++) {
        if (i % 4 == 0)
            attni_philox(s->seed, s->stream + (uint64_t)row, draw << 32 | (uint64_t)i / 4, words);
        const bool drawn = (double)words[i % 4] < shares[i / s->dim] * 0x1p32;
        keep[i] = drawn ? kept : !kept;
    }
}

static void take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    (void)dx;
    softening *s = self;
    if (copy == 0) {
        attni_whole_take(&s->whole, row, outputs);
        return;
    }
    const double lost = fmax(0.0, (double)attni_whole_loss(&s->whole, row, outputs));
    if (copy == 1)
        s->range[row] = lost;
    else if (s->range[row] > 0.0)
        s->sums[2 * row + copy % 2] += fmin(1.0, lost / s->range[row]);
}

static const attni_measure soft_measure = {copies, fill, take};

/* q of each row. */
static attn_status share_out(softening *s, const float *attributions)
{
    const int64_t batch = s->asking->model.batch, time = s->asking->model.time;
    ATTNI_REQUIRE(attributions != NULL || batch * time == 0,
                  "%s: attributions is NULL; expected [batch, time] numbers", s->asking->function);
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = attni_asking_length(s->asking, b);
        const float *a = attributions + b * time;
        double least = INFINITY, most = -INFINITY;
        for (int64_t t = 0; t < length; t++) {
            ATTNI_REQUIRE(isfinite(a[t]), "%s: attributions[%lld, %lld] is %g; expected a finite number",
                          s->asking->function, (long long)b, (long long)t, (double)a[t]);
            least = fmin(least, (double)a[t]);
            most = fmax(most, (double)a[t]);
        }
        for (int64_t t = 0; t < length; t++)
            s->shares[b * time + t] = most > least ? ((double)a[t] - least) / (most - least) : 0.5;
    }
    return ATTN_OK;
}

static attn_status make_rooms(softening *s)
{
    const int64_t batch = s->asking->model.batch, time = s->asking->model.time;
    s->shares = attni_asking_alloc(s->asking, batch * time, sizeof *s->shares);
    s->range = attni_asking_alloc(s->asking, batch, sizeof *s->range);
    s->sums = attni_asking_alloc(s->asking, batch, 2 * sizeof *s->sums);
    if (!s->shares || !s->range || !s->sums)
        return attni_no_memory(s->asking->function, (size_t)(batch * (time + 3)) * sizeof *s->shares);
    memset(s->range, 0, (size_t)batch * sizeof *s->range);
    memset(s->sums, 0, (size_t)batch * 2 * sizeof *s->sums);
    return attni_whole_make(&s->whole, s->asking, s->asking->model.targets);
}

static attn_status soften(softening *s, const float *attributions, float *comprehensiveness,
                          float *sufficiency, float *range)
{
    const char *const function = s->asking->function;
    ATTNI_REQUIRE(s->dim >= 1 && s->dim <= MOST_DIM, "%s: dim is %lld; expected 1 to %d", function,
                  (long long)s->dim, MOST_DIM);
    ATTNI_REQUIRE(s->samples >= 1 && s->samples <= MOST_SAMPLES, "%s: samples is %lld; expected 1 to %d",
                  function, (long long)s->samples, MOST_SAMPLES);
    ATTNI_TRY(make_rooms(s));
    ATTNI_TRY(share_out(s, attributions));
    ATTNI_TRY(attni_ask(s->asking, s->dim, &soft_measure, s));
    for (int64_t b = 0; b < s->asking->model.batch; b++) {
        const bool ranges = s->range[b] > 0.0;
        if (comprehensiveness)
            comprehensiveness[b] = (float)(s->sums[2 * b] / (double)s->samples);
        if (sufficiency)
            sufficiency[b] = ranges ? (float)(1.0 - s->sums[2 * b + 1] / (double)s->samples) : 0.0f;
        if (range)
            range[b] = (float)s->range[b];
    }
    return ATTN_OK;
}

attn_status attn_explain_soft(attn_context *context, const attn_explain_model *model, int64_t dim,
                              const float *attributions, int64_t samples, uint64_t seed,
                              float *comprehensiveness, float *sufficiency, float *range)
{
    ATTNI_ENTER(context);
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_DROPPED));
    softening s = {.asking = &asking,
                   .dim = dim,
                   .samples = samples,
                   .seed = seed,
                   .stream = attni_stream("attn_explain_soft")};
    attn_status status = soften(&s, attributions, comprehensiveness, sufficiency, range);
    attni_asking_close(&asking);
    return status;
}
