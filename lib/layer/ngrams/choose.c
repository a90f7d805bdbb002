/* choose.c - of the n-grams that were counted, those that enough texts hold, and of these the ones that tell most of the class.
 *
 *     n[c]  texts of class c that hold it, in all n;   T[c]  texts of class c, in all T
 *
 *     chi-square = sum over c of (n[c] - T[c] n / T)^2 / (T[c] (n / T) (1 - n / T))    against n and the class being independent
 *     ratio[c]   = ln ((n[c] + s) / (T[c] + 2 s)) - ln ((n - n[c] + s) / (T - T[c] + 2 s))
 *     bias[c]    = ln (T[c] + s) less the mean of all classes */
#include "layer/ngrams/choose.h"

#include <math.h>
#include <string.h>

#include "core/sort.h"

static double all_texts(const attn_ngrams_builder *builder)
{
    double all = 0.0;
    for (int64_t c = 0; c < builder->classes; c++)
        all += (double)builder->texts[c];
    return all;
}

static float chi_square(const attn_ngrams_builder *builder, double texts, int32_t length, int32_t number)
{
    const int32_t *counts = attni_ngrams_counts(builder, length, number);
    const double share = (double)attni_ngrams_total(builder, length, number) / texts;
    double sum = 0.0;
    for (int64_t c = 0; c < builder->classes && share < 1.0; c++) {
        const double expected = (double)builder->texts[c] * share, over = counts[c] - expected;
        if (expected > 0.0)
            sum += over * over / (expected * (1.0 - share));
    }
    return (float)sum;
}

/* The most telling first; of equals the shorter, and the one that came first. */
static bool by_telling(const void *keys, int32_t p, int32_t q)
{
    const struct attni_chosen *of = keys, *a = of + p, *b = of + q;
    if (a->telling != b->telling)
        return a->telling > b->telling;
    return a->length != b->length ? a->length < b->length : a->number < b->number;
}

static bool by_ids(const void *keys, int32_t p, int32_t q)
{
    const struct attni_chosen *of = keys, *a = of + p, *b = of + q;
    if (a->length != b->length)
        return a->length < b->length;
    for (int32_t n = 0; n < a->length; n++) {
        if (a->ids[n] != b->ids[n])
            return a->ids[n] < b->ids[n];
    }
    return false;
}

static attn_status sort(const attni_choice *choice, const char *function, int64_t count, attni_before *before)
{
    attn_context *context = choice->builder->table.context;
    const size_t bytes = (size_t)count * (sizeof *choice->of + 2 * sizeof(int32_t));
    struct attni_chosen *sorted = attni_alloc(context, bytes);
    if (sorted == NULL)
        return attni_no_memory(function, bytes);
    int32_t *places = (int32_t *)(void *)(sorted + count);
    for (int32_t i = 0; i < count; i++)
        places[i] = i;
    attni_sort(count, places, places + count, before, choice->of);
    for (int64_t i = 0; i < count; i++)
        sorted[i] = choice->of[places[i]];
    memcpy(choice->of, sorted, (size_t)count * sizeof *sorted);
    attni_free(context, sorted);
    return attni_go_on();
}

/* List those of enough texts into of[], or only count them where that is NULL. */
static int64_t list(const attn_ngrams_builder *builder, int64_t min_count, struct attni_chosen *of)
{
    int64_t count = 0;
    for (int32_t n = 1; n <= builder->table.longest; n++) {
        const attni_grams *grams = &builder->table.of[n - 1];
        for (int32_t number = 0; number < grams->count; number++) {
            if (attni_ngrams_total(builder, n, number) < min_count)
                continue;
            if (of)
                of[count] = (struct attni_chosen){attni_grams_ids(grams, number), 0.0f, n, number};
            count++;
        }
    }
    return count;
}

/* Of all that are listed the most telling. */
static attn_status keep_telling(attni_choice *choice, const char *function, int64_t most)
{
    const double texts = all_texts(choice->builder);
    for (int64_t i = 0; i < choice->count; i++) {
        struct attni_chosen *of = &choice->of[i];
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        of->telling = chi_square(choice->builder, texts, of->length, of->number);
    }
    ATTNI_TRY(sort(choice, function, choice->count, by_telling));
    choice->count = most;
    return ATTN_OK;
}

attn_status attni_choice_make(attni_choice *choice, const char *function, const attn_ngrams_builder *builder,
                              const attn_ngrams_options *options)
{
    const int64_t count = list(builder, options->min_count, NULL);
    ATTNI_REQUIRE(
        count > 0,
        "%s: none of %lld n-grams stands in min_count, %lld, texts; expected some that do: count more "
        "texts, or lower it",
        function, (long long)attn_ngrams_builder_size(builder), (long long)options->min_count);
    *choice = (attni_choice){.builder = builder, .count = count, .smoothing = options->smoothing};
    choice->of = attni_alloc(builder->table.context, (size_t)count * sizeof *choice->of);
    if (choice->of == NULL)
        return attni_no_memory(function, (size_t)count * sizeof *choice->of);
    list(builder, options->min_count, choice->of);
    attn_status status = ATTN_OK;
    if (count > options->max_ngrams)
        status = keep_telling(choice, function, options->max_ngrams);
    if (status == ATTN_OK)
        status = sort(choice, function, choice->count, by_ids);
    if (status != ATTN_OK)
        attni_choice_clear(choice);
    return status;
}

void attni_choice_clear(attni_choice *choice)
{
    attni_free(choice->builder->table.context, choice->of);
}

/* ---- what a layer is filled with ------------------------------------------------------------------------- */

void attni_choice_ids(const attni_choice *choice, int32_t *ids)
{
    const int32_t longest = choice->builder->table.longest;
    for (int64_t i = 0; i < choice->count; i++) {
        const struct attni_chosen *of = &choice->of[i];
        for (int32_t n = 0; n < longest; n++)
            ids[i * longest + n] = n < of->length ? of->ids[n] : ATTN_PAD_ID;
    }
}

void attni_choice_ratios(const attni_choice *choice, float *ratios)
{
    const attn_ngrams_builder *builder = choice->builder;
    const double texts = all_texts(builder), smoothing = choice->smoothing;
    const int64_t classes = builder->classes, columns = classes == 2 ? 1 : classes;
    for (int64_t i = 0; i < choice->count; i++) {
        const struct attni_chosen *of = &choice->of[i];
        const int32_t *counts = attni_ngrams_counts(builder, of->length, of->number);
        const double total = (double)attni_ngrams_total(builder, of->length, of->number);
        for (int64_t k = 0; k < columns; k++) {
            const int64_t c = columns == 1 ? 1 : k;
            const double in = (counts[c] + smoothing) / ((double)builder->texts[c] + 2.0 * smoothing);
            const double others =
                (total - counts[c] + smoothing) / (texts - (double)builder->texts[c] + 2.0 * smoothing);
            ratios[i * columns + k] = (float)(log(in) - log(others));
        }
    }
}

void attni_choice_bias(const attni_choice *choice, float *bias)
{
    const attn_ngrams_builder *builder = choice->builder;
    double mean = 0.0;
    for (int64_t c = 0; c < builder->classes; c++)
        mean += log((double)builder->texts[c] + choice->smoothing) / (double)builder->classes;
    for (int64_t c = 0; c < builder->classes; c++)
        bias[c] = (float)(log((double)builder->texts[c] + choice->smoothing) - mean);
}
