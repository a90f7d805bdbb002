/* candidates.c - words drawn by their frequency, each on average e_k = min(1, c f_k^power) times, K in all.
 *
 * c is found by turns: with those words left out whose e_k has reached 1, c = (K - how many they are) / sum of the others' f^power,
 * by which others may reach 1; it only grows, and so it ends. Where all words are wanted, by rounding none need reach 1: they are
 * taken without it. */
#include "train/candidates.h"

#include <math.h>
#include <string.h>

#include "core/context.h"
#include "core/random.h"

#define USUAL_COUNT 2000
#define USUAL_POWER 0.75f

_Static_assert(sizeof(attn_candidates_options) ==
                       offsetof(attn_candidates_options, reserved) + sizeof(int32_t) &&
                   sizeof(attn_candidates_info) == offsetof(attn_candidates_info, reserved) + sizeof(int32_t),
               "no tail padding");

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status check(const char *function, int64_t words, const int64_t *frequencies,
                         attn_candidates_options *o, int64_t *drawable)
{
    ATTNI_REQUIRE(o->reserved == 0, "%s: reserved is %d; expected 0", function, o->reserved);
    ATTNI_REQUIRE(o->count >= 0, "%s: count is %lld; expected 1 or more, or 0 for %d", function,
                  (long long)o->count, USUAL_COUNT);
    ATTNI_REQUIRE((o->power >= 0.0f && o->power <= 1.0f) || o->power == ATTN_ZERO,
                  "%s: power is %g; expected more than 0 and at most 1, 0 for %g, or ATTN_ZERO", function,
                  (double)o->power, (double)USUAL_POWER);
    o->count = o->count ? o->count : USUAL_COUNT;
    o->power = o->power == ATTN_ZERO ? 0.0f : o->power == 0.0f ? USUAL_POWER : o->power;
    for (int64_t k = 0; k < words; k++) {
        ATTNI_REQUIRE(frequencies[k] >= 0, "%s: frequencies[%lld] is %lld; expected 0 or more", function,
                      (long long)k, (long long)frequencies[k]);
        *drawable += frequencies[k] > 0;
    }
    ATTNI_REQUIRE(*drawable > 0, "%s: all frequencies are 0; expected a word that can be drawn", function);
    return ATTN_OK;
}

/* The words in two parts, and e_k of the second one. `mass` [words]: f^power, 0 for a word that is never drawn; it becomes -1 for one
 * that is certain. */
static void divide(attn_candidates *candidates, int64_t words, int64_t drawable, double *mass)
{
    attn_candidates_info *info = &candidates->info;
    double c = INFINITY;
    for (int64_t k = 0; k < words && info->count == drawable; k++) {
        info->certain += mass[k] > 0.0;
        mass[k] = mass[k] > 0.0 ? -1.0 : 0.0;
    }
    for (int64_t certain = -1; certain != info->certain;) {
        double sum = 0.0;
        certain = info->certain;
        for (int64_t k = 0; k < words; k++)
            sum += mass[k] > 0.0 ? mass[k] : 0.0;
        if (info->certain < info->count)
            c = (double)(info->count - info->certain) / sum;
        for (int64_t k = 0; k < words && sum > 0.0 && info->certain < info->count; k++) {
            if (mass[k] > 0.0 && c * mass[k] >= 1.0) {
                mass[k] = -1.0;
                info->certain++;
            }
        }
    }
    int32_t *sure = candidates->ids, *others = candidates->ids + info->certain;
    double end = 0.0;
    for (int64_t k = 0; k < words; k++) {
        if (mass[k] < 0.0)
            *sure++ = (int32_t)k;
        if (mass[k] <= 0.0)
            continue;
        *others++ = (int32_t)k;
        candidates->expected[candidates->rest] = c * mass[k];
        candidates->ends[candidates->rest++] = end += c * mass[k];
    }
    candidates->pieces = candidates->rest ? info->count - info->certain : 0;
    if (candidates->rest)
        candidates->ends[candidates->rest - 1] = (double)candidates->pieces; /* but for rounding it is */
}

attn_status attn_candidates_create(attn_context *context, int64_t words, const int64_t *frequencies,
                                   const attn_candidates_options *options, attn_candidates **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_RANGE(words, 1, INT32_MAX);
    ATTNI_REQUIRE_PTR(frequencies);
    attn_candidates_options chosen;
    int64_t drawable = 0;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(check(__func__, words, frequencies, &chosen, &drawable));
    const size_t size = (size_t)drawable * (sizeof(int32_t) + 2 * sizeof(double)),
                 room = (size_t)words * sizeof(double);
    attn_candidates *candidates = attni_alloc_zero(context, sizeof *candidates);
    double *numbers = attni_alloc(context, size), *mass = attni_alloc(context, room);
    if (candidates == NULL || numbers == NULL || mass == NULL) {
        attni_free(context, candidates);
        attni_free(context, numbers);
        attni_free(context, mass);
        return attni_no_memory(__func__, sizeof *candidates + size + room);
    }
    for (int64_t k = 0; k < words; k++)
        mass[k] = frequencies[k] > 0 ? pow((double)frequencies[k], (double)chosen.power) : 0.0;
    candidates->context = attni_context_retain(context);
    candidates->expected = numbers;
    candidates->ends = numbers + drawable;
    candidates->ids = (int32_t *)(numbers + 2 * drawable);
    candidates->info.words = words;
    candidates->info.count = chosen.count < drawable ? chosen.count : drawable;
    candidates->info.seed = chosen.seed;
    candidates->info.power = chosen.power;
    divide(candidates, words, drawable, mass);
    attni_free(context, mass);
    *out = candidates;
    return ATTN_OK;
}

void attn_candidates_destroy(attn_candidates **candidates)
{
    if (candidates == NULL || *candidates == NULL)
        return;
    attn_context *context = (*candidates)->context;
    attni_free(context, (*candidates)->expected);
    attni_free(context, *candidates);
    attni_context_release(context);
    *candidates = NULL;
}

attn_status attn_candidates_get_info(const attn_candidates *candidates, attn_candidates_info *info)
{
    ATTNI_REQUIRE_PTR(candidates);
    ATTNI_ENTER(candidates->context);
    ATTNI_REQUIRE_PTR(info);
    return attni_fill_struct(__func__, &candidates->info, sizeof candidates->info, info);
}

/* ---- drawing --------------------------------------------------------------------------------------------- */

/* The first word from `from` on that ends behind `place`. */
static int64_t word_at(const attn_candidates *candidates, int64_t from, double place)
{
    int64_t low = from, high = candidates->rest - 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (candidates->ends[middle] > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

attn_status attn_candidates_draw(const attn_candidates *candidates, int64_t step, int32_t *ids,
                                 float *weights, int64_t *drawn)
{
    ATTNI_REQUIRE_PTR(candidates);
    ATTNI_ENTER(candidates->context);
    ATTNI_REQUIRE(step >= 0, "%s: step is %lld; expected 0 or more", __func__, (long long)step);
    ATTNI_REQUIRE_PTR(ids);
    ATTNI_REQUIRE_PTR(weights);
    ATTNI_REQUIRE_PTR(drawn);
    const int64_t certain = candidates->info.certain;
    const uint64_t stream = attni_stream("candidates") + (uint64_t)step;
    memcpy(ids, candidates->ids, (size_t)certain * sizeof *ids);
    for (int64_t i = 0; i < certain; i++)
        weights[i] = 1.0f;
    int64_t count = certain, last = -1;
    for (int64_t piece = 0, word = 0; piece < candidates->pieces; piece++) {
        const double place =
            (double)piece + (double)attni_uniform(candidates->info.seed, stream, (uint64_t)piece);
        word = word_at(candidates, word, place);
        const float weight = (float)(1.0 / candidates->expected[word]);
        if (word == last) {
            weights[count - 1] += weight; /* where it goes over from one piece into the next */
            continue;
        }
        ids[count] = candidates->ids[certain + word];
        weights[count++] = weight;
        last = word;
    }
    *drawn = count;
    return ATTN_OK;
}
