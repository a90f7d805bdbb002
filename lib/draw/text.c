/* text.c - attn_draw_text: the check of its spans, and what numbers are as shades and ranks.
 *
 *     part  = |number| / largest
 *     shade = part, or 1 + log10(part) / 3 where that is above 0 */
#include <math.h>

#include "core/sort.h"
#include "draw/page.h"

#define DECADES 3.0

double attni_shade_of(double number, double largest, bool logarithmic, bool swap_hues)
{
    double part = largest > 0 ? fabs(number) / largest : 0;
    part = part > 1 ? 1 : part;
    if (logarithmic && part > 0)
        part = 1 + log10(part) / DECADES;
    part = part > 0 ? part : 0;
    return (number < 0) != swap_hues ? -part : part;
}

int attni_places(double number)
{
    return fabs(number) < 0.01 ? 5 : 3;
}

static attn_status check_spans(const char *function, size_t size, int64_t count, const int64_t *begins,
                               const int64_t *ends, const float *numbers)
{
    int64_t end = 0;
    for (int64_t i = 0; i < count; i++) {
        ATTNI_REQUIRE(begins[i] >= end,
                      "%s: begins[%lld] is %lld; expected %lld or more: spans rise and do not overlap",
                      function, (long long)i, (long long)begins[i], (long long)end);
        ATTNI_REQUIRE(ends[i] >= begins[i] && ends[i] <= (int64_t)size,
                      "%s: ends[%lld] is %lld; expected begins[%lld], %lld, to the text's %lld bytes",
                      function, (long long)i, (long long)ends[i], (long long)i, (long long)begins[i],
                      (long long)size);
        ATTNI_REQUIRE(isfinite(numbers[i]), "%s: numbers[%lld] is %g; expected a finite number", function,
                      (long long)i, (double)numbers[i]);
        end = ends[i];
    }
    return ATTN_OK;
}

static bool is_further(const void *keys, int32_t p, int32_t q)
{
    const float *numbers = keys;
    return fabsf(numbers[p]) > fabsf(numbers[q]);
}

/* Fill in shades and ranks, from the arena. */
static bool shade(attni_shaded *text, float largest, attni_arena *arena)
{
    const size_t size = (size_t)text->count * sizeof(int32_t);
    float *shades = attni_arena_floats(arena, text->count);
    int32_t *ranks = attni_arena_alloc(arena, size), *order = attni_arena_alloc(arena, size),
            *spare = attni_arena_alloc(arena, size);
    if (shades == NULL || ranks == NULL || order == NULL || spare == NULL)
        return false;
    for (int32_t i = 0; i < text->count; i++)
        order[i] = i;
    attni_sort(text->count, order, spare, is_further, text->numbers);
    for (int32_t i = 0; i < text->count; i++)
        ranks[order[i]] = i + 1;
    if (largest == 0 && text->count > 0)
        largest = fabsf(text->numbers[order[0]]);
    for (int64_t i = 0; i < text->count; i++) {
        shades[i] = (float)attni_shade_of((double)text->numbers[i], (double)largest, text->logarithmic,
                                          text->swap_hues);
        text->has_signs = text->has_signs || text->numbers[i] < 0;
    }
    text->shades = shades;
    text->ranks = ranks;
    return true;
}

attn_status attn_draw_text(attn_context *context, const char *text, size_t size, int64_t count,
                           const int64_t *begins, const int64_t *ends, const float *numbers,
                           const attn_draw_options *options, attn_write_fn write, void *user)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(text != NULL || size == 0, "%s: text is NULL; expected %zu bytes", __func__, size);
    const uint64_t bytes = size; /* on 32 bits always below the bound, which gcc warns of */
    ATTNI_REQUIRE(bytes <= UINT64_C(1) << 40, "%s: size is %zu; expected at most 2^40", __func__, size);
    ATTNI_REQUIRE_RANGE(count, 0, INT32_MAX);
    ATTNI_REQUIRE(count == 0 || (begins && ends && numbers),
                  "%s: begins, ends or numbers is NULL; expected [count] of each", __func__);
    attn_draw_options chosen;
    ATTNI_TRY(attni_draw_options(__func__, options, &chosen));
    ATTNI_TRY(check_spans(__func__, size, count, begins, ends, numbers));
    for (int64_t i = 0; chosen.names && i < count; i++)
        ATTNI_REQUIRE(chosen.names[i] != NULL, "%s: options->names[%lld] is NULL; expected a string",
                      __func__, (long long)i);
    attni_shaded shaded = {.text = (const unsigned char *)text,
                           .size = (int64_t)size,
                           .count = count,
                           .begins = begins,
                           .ends = ends,
                           .numbers = numbers,
                           .names = chosen.names,
                           .title = chosen.title,
                           .note = chosen.note,
                           .logarithmic = chosen.logarithmic,
                           .swap_hues = chosen.swap_hues};
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    attn_status status = ATTN_OK;
    if (!shade(&shaded, chosen.largest, arena))
        status = attni_no_memory(__func__, (size_t)count * 4 * sizeof(int32_t));
    attn_page own, *page;
    if (status == ATTN_OK)
        status = attni_page_open(__func__, context, &chosen, write, user, &own, &page);
    if (status == ATTN_OK) {
        page->format->text(&page->canvas, &shaded);
        status = attni_page_close(&own, page);
    }
    attni_scratch_give(context, arena);
    return status;
}
