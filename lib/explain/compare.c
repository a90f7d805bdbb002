/* compare.c - two attributions of the same tokens beside one another.
 *
 *     tau = (n0 - n1 - n2 + n3 - 2 d) / sqrt((n0 - n1) (n0 - n2))
 *         n0 pairs in all, n1 tied in a, n2 tied in b, n3 in both; d that disagree: the exchanges that sorting by b makes in the
 *         order by a, then b (Knight 1966)
 *     r   = sum (a - mean a)(b - mean b) / sqrt(sum (a - mean a)^2 * sum (b - mean b)^2)
 *     JS  = 1/2 sum p ln(p / m) + 1/2 sum q ln(q / m)      p, q: sizes of a and b by their sums, m = (p + q) / 2 */
#include <math.h>

#include "core/lengths.h"
#include "explain/order.h"

typedef struct pair_of {
    const float *a, *b;
} pair_of;

typedef struct comparison {
    int64_t time;
    const int32_t *lengths;
    const float *a, *b;
    float *tau, *pearson;
    int32_t *places; /* [threads, 2, time] */
} comparison;

static bool goes_before(const void *keys, int32_t p, int32_t q)
{
    const pair_of *of = keys;
    return of->a[p] != of->a[q] ? of->a[p] < of->a[q] : of->b[p] < of->b[q];
}

static bool is_smaller_b(const void *keys, int32_t p, int32_t q)
{
    const pair_of *of = keys;
    return of->b[p] < of->b[q];
}

/* Pairs of sorted places that are equal in a (NULL: any) and in b (likewise). */
static int64_t count_ties(int64_t count, const int32_t *places, const float *a, const float *b)
{
    int64_t ties = 0, run = 0; /* run: how many before this one are equal to it */
    for (int64_t i = 1; i < count; i++) {
        const int32_t p = places[i - 1], q = places[i];
        run = (a == NULL || a[p] == a[q]) && (b == NULL || b[p] == b[q]) ? run + 1 : 0;
        ties += run;
    }
    return ties;
}

static double kendall(int64_t count, const float *a, const float *b, int32_t *places, int32_t *spare)
{
    const pair_of keys = {a, b};
    for (int32_t t = 0; t < count; t++)
        places[t] = t;
    attni_sort(count, places, spare, goes_before, &keys);
    const int64_t pairs = count * (count - 1) / 2;
    const int64_t tied_a = count_ties(count, places, a, NULL), tied_both = count_ties(count, places, a, b);
    const int64_t disagree = attni_sort(count, places, spare, is_smaller_b, &keys);
    const int64_t tied_b = count_ties(count, places, NULL, b);
    if (tied_a == pairs || tied_b == pairs)
        return 0.0;
    return (double)(pairs - tied_a - tied_b + tied_both - 2 * disagree) /
           (sqrt((double)(pairs - tied_a)) * sqrt((double)(pairs - tied_b)));
}

static bool is_constant(int64_t count, const float *values)
{
    for (int64_t t = 1; t < count; t++) {
        if (values[t] != values[0])
            return false;
    }
    return true;
}

static double mean(int64_t count, const float *values)
{
    double sum = 0.0;
    for (int64_t t = 0; t < count; t++)
        sum += (double)values[t];
    return sum / (double)count;
}

static double correlate(int64_t count, const float *a, const float *b)
{
    /* Asked exactly: rounded, the differences from the mean of equal numbers need not be 0. */
    if (is_constant(count, a) || is_constant(count, b))
        return 0.0;
    const double mean_a = mean(count, a), mean_b = mean(count, b);
    double aa = 0.0, bb = 0.0, ab = 0.0;
    for (int64_t t = 0; t < count; t++) {
        const double da = (double)a[t] - mean_a, db = (double)b[t] - mean_b;
        aa += da * da;
        bb += db * db;
        ab += da * db;
    }
    const double r = ab / (sqrt(aa) * sqrt(bb));
    return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

static void compare_row(void *argument, int64_t b, int32_t worker)
{
    const comparison *c = argument;
    const int64_t length = c->lengths ? c->lengths[b] : c->time;
    const float *first = c->a + b * c->time, *second = c->b + b * c->time;
    int32_t *places = c->places + worker * 2 * c->time;
    if (c->tau)
        c->tau[b] = (float)kendall(length, first, second, places, places + c->time);
    if (c->pearson)
        c->pearson[b] = (float)correlate(length, first, second);
}

static attn_status check_finite(const char *function, const char *name, int64_t batch, int64_t time,
                                const int32_t *lengths, const float *values)
{
    ATTNI_REQUIRE(values != NULL || batch * time == 0, "%s: %s is NULL; expected [batch, time] numbers",
                  function, name);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = 0; t < (lengths ? lengths[b] : time); t++)
            ATTNI_REQUIRE(isfinite(values[b * time + t]),
                          "%s: %s[%lld, %lld] is %g; expected a finite number", function, name, (long long)b,
                          (long long)t, (double)values[b * time + t]);
    }
    return ATTN_OK;
}

attn_status attn_explain_correlation(attn_context *context, int64_t batch, int64_t time, const float *a,
                                     const float *b, const int32_t *lengths, float *tau, float *pearson)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_TRY(check_finite(__func__, "a", batch, time, lengths, a));
    ATTNI_TRY(check_finite(__func__, "b", batch, time, lengths, b));
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    const size_t size = (size_t)attn_context_threads(context) * 2 * (size_t)time * sizeof(int32_t);
    comparison c = {time, lengths, a, b, tau, pearson, attni_arena_alloc(arena, size)};
    attn_status status = c.places ? ATTN_OK : attni_no_memory(__func__, size);
    if (status == ATTN_OK)
        status = attni_parallel_for(context, batch, compare_row, &c);
    attni_scratch_give(context, arena);
    return status;
}

/* ---- how they are spread -------------------------------------------------------------------------------------------------------- */

static double sum_sizes(int64_t count, const float *values)
{
    double sum = 0.0;
    for (int64_t t = 0; t < count; t++)
        sum += fabs((double)values[t]);
    return sum;
}

/* p ln(p / m), which goes to 0 with p. */
static double surprise(double p, double m)
{
    return p > 0.0 ? p * log(p / m) : 0.0;
}

static double diverge(int64_t count, const float *a, const float *b)
{
    const double all_a = sum_sizes(count, a), all_b = sum_sizes(count, b), even = 1.0 / (double)count;
    double sum = 0.0;
    for (int64_t t = 0; t < count; t++) {
        const double p = all_a > 0.0 ? fabs((double)a[t]) / all_a : even;
        const double q = all_b > 0.0 ? fabs((double)b[t]) / all_b : even;
        sum += surprise(p, (p + q) / 2.0) + surprise(q, (p + q) / 2.0);
    }
    return fmin(fmax(sum / 2.0, 0.0), 0.69314718055994531); /* ln 2, which rounding could pass */
}

attn_status attn_explain_divergence(attn_context *context, int64_t batch, int64_t time, const float *a,
                                    const float *b, const int32_t *lengths, float *divergence)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_TRY(check_finite(__func__, "a", batch, time, lengths, a));
    ATTNI_TRY(check_finite(__func__, "b", batch, time, lengths, b));
    ATTNI_REQUIRE(divergence != NULL || batch == 0,
                  "%s: divergence is NULL; expected room for [batch] numbers", __func__);
    for (int64_t i = 0; i < batch; i++)
        divergence[i] = (float)diverge(lengths ? lengths[i] : time, a + i * time, b + i * time);
    return ATTN_OK;
}
