/* unit_draw.h - what was drawn, kept in memory and looked at. */
#ifndef UNIT_DRAW_H
#define UNIT_DRAW_H

#include "unit.h"

static attn_context *context;

static inline void setup(void)
{
    context = unit_context(1);
}

static inline void teardown(void)
{
    attn_context_destroy(&context);
}

/* What was drawn, NUL-terminated. */
typedef struct picture {
    char *bytes;
    size_t size;
    int64_t calls, calls_left; /* of `write` that still succeed, where that is above 0 */
} picture;

#define FULL -77

static inline attn_status write_picture(void *user, const void *data, size_t size)
{
    picture *out = user;
    out->calls++;
    if (out->calls_left > 0 && out->calls > out->calls_left)
        return FULL;
    out->bytes = realloc(out->bytes, out->size + size + 1);
    memcpy(out->bytes + out->size, data, size);
    out->size += size;
    out->bytes[out->size] = 0;
    return ATTN_OK;
}

static inline void clear(picture *out)
{
    free(out->bytes);
    *out = (picture){0};
}

static inline attn_draw_options options_of(int32_t format)
{
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.format = format;
    return options;
}

static inline int64_t count_of(const char *text, const char *part)
{
    int64_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

#define HOLDS(out, part)                                                                                     \
    ck_assert_msg(strstr((out).bytes, (part)) != NULL, "\"%s\" lacks \"%s\"", (out).bytes, (part))
#define LACKS(out, part)                                                                                     \
    ck_assert_msg(strstr((out).bytes, (part)) == NULL, "\"%s\" has \"%s\"", (out).bytes, (part))

/* A text without spans, in a format. */
static inline picture plain(int32_t format, int32_t width, const char *text, size_t size)
{
    picture out = {0};
    attn_draw_options options = options_of(format);
    options.no_colours = 1;
    options.width = width;
    OK(attn_draw_text(context, text, size, 0, NULL, NULL, NULL, &options, write_picture, &out));
    return out;
}

static inline void draws(int32_t format, int32_t width, const char *text, const char *expected)
{
    picture out = plain(format, width, text, strlen(text));
    HOLDS(out, expected);
    clear(&out);
}

#endif
