/* fuzz_draw.c - pictures of any bytes, in spans cut anywhere, in every format; a matrix whose names they are.
 *
 * Of the input: a byte of options, a byte that says how many spans, a byte a span for what lies before it and one for its
 * length, and the text. The picture may be no longer than a constant times the text. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static attn_status count(void *user, const void *data, size_t size)
{
    ensure(memchr(data, 0, size) == NULL);
    *(size_t *)user += size;
    return ATTN_OK;
}

#define MOST 255

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    attn_context *context = fuzz_context();
    if (size < 2 || size < 2 + 2 * (size_t)data[1])
        return 0;
    int64_t begins[MOST], ends[MOST], spans = data[1], at = 0;
    float numbers[MOST];
    const uint8_t *cuts = data + 2, *text = cuts + 2 * spans;
    const size_t length = size - 2 - 2 * (size_t)spans;
    for (int64_t i = 0; i < spans; i++) {
        begins[i] = at + cuts[2 * i];
        ends[i] = at = begins[i] + cuts[2 * i + 1];
        numbers[i] = (float)(i * 37 % 11 - (data[0] & 1) * 5);
    }
    char *name = calloc(length + 1, 1);
    ensure(name != NULL);
    memcpy(name, text, length);
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
        size_t drawn = 0;
        options.format = format;
        options.width = data[0] & 2 ? format == ATTN_DRAW_SVG ? 100 : 1 : 0;
        options.logarithmic = data[0] >> 2 & 1;
        options.swap_hues = data[0] >> 3 & 1;
        options.fragment = data[0] >> 4 & 1;
        options.title = data[0] & 32 ? name : NULL;
        options.note = data[0] & 64 ? name : NULL;
        const attn_status status = attn_draw_text(context, (const char *)text, length, spans, begins, ends,
                                                  numbers, &options, count, &drawn);
        ensure((status != ATTN_OK) == (at > (int64_t)length));
        ensure(drawn <= 20000 + 1000 * (length + (size_t)spans));
        const char *const names[] = {name};
        ensure(attn_draw_matrix(context, 1, 1, &(float){0.5f}, names, names, &options, count, &drawn) ==
               ATTN_OK);
    }
    free(name);
    return 0;
}
