/* show.c - one explained text after another: drawn by attn/draw.h, or as data. */
#include "show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"

#define TOP 5 /* words that are named below a text in the terminal */

struct format {
    const char *name;
    int32_t drawn;                    /* ATTN_DRAW_...; -1: data, by: */
    void (*begin)(struct show *show); /* NULL: nothing stands before the texts */
    void (*add)(struct show *show, const struct reading *reading);
};

static const struct format formats[] = {
    {"ansi", ATTN_DRAW_ANSI, NULL, NULL}, {"html", ATTN_DRAW_HTML, NULL, NULL},
    {"svg", ATTN_DRAW_SVG, NULL, NULL},   {"json", -1, NULL, show_json},
    {"csv", -1, begin_csv, show_csv},     {"latex", ATTN_DRAW_LATEX, NULL, NULL},
};

/* ---- ranks ----------------------------------------------------------------------------------------------- */

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
    for (int64_t i = 0; i < length; i++)
        ranked[i] = (struct ranked){fabsf(reading->values[i]), i};
    qsort(ranked, (size_t)length, sizeof *ranked, by_size);
    for (int64_t i = 0; i < length; i++)
        show->ranks[ranked[i].token] = i + 1;
    free(ranked);
}

/* ---- what stands below a text ---------------------------------------------------------------------------- */

void append_notes(struct text *out, const struct reading *reading)
{
    int64_t all = attn_tokens_count(reading->tokens);
    if (reading->padding > 0)
        text_print(out, "; padding %.3f", reading->padding);
    if (reading->by == BY_INTEGRATED)
        text_print(out, "; completeness lacks %.4f log-odds", fabs(reading->gap));
    if (all > reading->length)
        text_print(out, "; read %lld of %lld words", (long long)reading->length, (long long)all);
}

static bool is_signed(enum method method)
{
    return method > BY_ATTENTION;
}

/* For a reader without colours as well. */
static void append_top(struct text *out, const struct show *show, const struct reading *reading)
{
    text_print(out, "%s: ", method_name(reading->by));
    for (int64_t rank = 1; rank <= TOP && rank <= reading->length; rank++) {
        int64_t token = 0;
        while (show->ranks[token] != rank)
            token++;
        text_print(out, "%s%s ", rank > 1 ? ", " : "", attn_tokens_get(reading->tokens, token));
        text_print(out, is_signed(reading->by) ? "%+.3f" : "%.3f", reading->values[token]);
    }
}

static void append_caption(struct text *out, const struct show *show, const struct reading *reading)
{
    if (reading->name)
        text_print(out, "%s, labelled %s\n", reading->name, reading->truth);
    if (is_signed(reading->by))
        text_print(out, "each word shaded by %s: blue for %s, orange%s for %s", method_title(reading->by),
                   reading->blue, show->format->drawn == ATTN_DRAW_LATEX ? "" : " (underlined)",
                   reading->orange);
    else
        text_print(out, "each word shaded by its share of the attention");
}

static void draw(struct show *show, const struct reading *reading)
{
    int64_t length = reading->length;
    show->names = grow(show->names, length, &show->names_capacity, sizeof *show->names);
    for (int64_t i = 0; i < length; i++)
        show->names[i] = attn_tokens_get(reading->tokens, i);
    char *title = print("%s %.2f", reading->decision, reading->probability);
    struct text note = {0};
    if (show->format->drawn == ATTN_DRAW_ANSI)
        append_top(&note, show, reading);
    else
        append_caption(&note, show, reading);
    append_notes(&note, reading);
    text_append(&note, "", 1);
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.page = show->page;
    options.swap_hues = !reading->decision_is_blue;
    options.title = title;
    options.note = note.bytes;
    options.names = show->names;
    must(attn_draw_text(show->context, reading->text, reading->size, length,
                        attn_tokens_begins(reading->tokens), attn_tokens_ends(reading->tokens),
                        reading->values, &options, NULL, NULL));
    free(title);
    free(note.bytes);
}

/* ---- one text after another ------------------------------------------------------------------------------ */

static void write_out(struct show *show)
{
    if (show->out.size > 0)
        fwrite(show->out.bytes, 1, (size_t)show->out.size, stdout);
    show->out.size = 0;
}

struct show show_begin(attn_context *context, const char *name)
{
    const struct format *format = formats;
    while (strcmp(format->name, name) != 0)
        format++;
    struct show show = {.format = format, .context = context};
    if (format->begin)
        format->begin(&show);
    if (format->drawn < 0)
        return show;
    attn_draw_options options = drawing_options(format->drawn);
    options.title = format->drawn == ATTN_DRAW_HTML ? "What the decision rested on" : NULL;
    must(attn_page_create(context, &options, write_output, NULL, &show.page));
    return show;
}

void show_add(struct show *show, const struct reading *reading)
{
    rank_tokens(show, reading);
    if (show->page)
        draw(show, reading);
    else
        show->format->add(show, reading);
    show->texts++;
    write_out(show);
}

void show_end(struct show *show)
{
    if (show->page)
        must(attn_page_finish(show->page));
    write_out(show);
    attn_page_destroy(&show->page);
    free(show->out.bytes);
    free(show->ranks);
    free(show->names);
}
