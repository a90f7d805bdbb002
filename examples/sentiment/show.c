/* show.c - what all formats need: ranks and shades of a text's tokens, and the text in pieces. */
#include "show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct format formats[] = {
    {"ansi", NULL, show_ansi, NULL},    {"html", begin_html, show_html, end_html},
    {"svg", NULL, show_svg, end_svg},   {"json", NULL, show_json, NULL},
    {"csv", begin_csv, show_csv, NULL}, {"latex", begin_latex, show_latex, end_latex},
};

const struct format *format_named(const char *name)
{
    const struct format *format = formats;
    while (strcmp(format->name, name) != 0)
        format++;
    return format;
}

bool is_signed(enum method method)
{
    return method > BY_ATTENTION;
}

/* ---- one text after another ------------------------------------------------------------------------------ */

static void write_out(struct show *show)
{
    if (show->out.size > 0)
        fwrite(show->out.bytes, 1, (size_t)show->out.size, stdout);
    show->out.size = 0;
}

struct ranked {
    float size;
    int64_t token;
};

static int by_size(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->size != b->size)
        return a->size < b->size ? 1 : -1;
    return a->token < b->token ? -1 : 1;
}

static void rank_tokens(struct show *show, const struct reading *reading)
{
    int64_t length = reading->length;
    struct ranked *ranked = allocate(length, sizeof *ranked);
    show->ranks = grow(show->ranks, length, &show->ranks_capacity, sizeof *show->ranks);
    show->shades = grow(show->shades, length, &show->shades_capacity, sizeof *show->shades);
    for (int64_t i = 0; i < length; i++)
        ranked[i] = (struct ranked){fabsf(reading->values[i]), i};
    qsort(ranked, (size_t)length, sizeof *ranked, by_size);
    for (int64_t i = 0; i < length; i++)
        show->ranks[ranked[i].token] = i + 1;
    float largest = length ? ranked[0].size : 0, towards = reading->decision_is_blue ? 1.0f : -1.0f;
    for (int64_t i = 0; i < length; i++)
        show->shades[i] = largest > 0 ? towards * reading->values[i] / largest : 0;
    free(ranked);
}

void show_begin(struct show *show, const struct format *format)
{
    if (format->begin)
        format->begin(show);
}

void show_add(struct show *show, const struct format *format, const struct reading *reading)
{
    rank_tokens(show, reading);
    format->add(show, reading);
    show->texts++;
    if (format->add != show_svg) /* whose beginning tells its height */
        write_out(show);
}

void show_end(struct show *show, const struct format *format)
{
    if (format->end)
        format->end(show);
    write_out(show);
    free(show->out.bytes);
    free(show->ranks);
    free(show->shades);
}

/* ---- parts of a text ------------------------------------------------------------------------------------- */

void show_pieces(struct show *show, const struct reading *reading, use_piece *use)
{
    const int64_t *begins = attn_tokens_begins(reading->tokens), *ends = attn_tokens_ends(reading->tokens);
    int64_t at = 0, size = (int64_t)reading->size;
    for (int64_t i = 0; i < reading->length; i++) {
        if (begins[i] == ends[i])
            continue;
        if (begins[i] > at)
            use(show, reading, reading->text + at, (size_t)(begins[i] - at), -1);
        use(show, reading, reading->text + begins[i], (size_t)(ends[i] - begins[i]), i);
        at = ends[i];
    }
    if (size > at)
        use(show, reading, reading->text + at, (size_t)(size - at), -1);
}

void append_value(struct text *out, const struct reading *reading, double value)
{
    text_print(out, is_signed(reading->by) ? "%+.*f" : "%.*f", fabs(value) < 0.01 ? 5 : 3, value);
}

void append_notes(struct text *out, const struct reading *reading)
{
    int64_t all = attn_tokens_count(reading->tokens), begin = out->size;
    if (reading->padding > 0)
        text_print(out, "padding %.3f", reading->padding);
    if (reading->by == BY_INTEGRATED)
        text_print(out, "%scompleteness lacks %.4f log-odds", out->size > begin ? "; " : "",
                   fabs(reading->gap));
    if (all > reading->length)
        text_print(out, "%sread %lld of %lld words", out->size > begin ? "; " : "",
                   (long long)reading->length, (long long)all);
}
