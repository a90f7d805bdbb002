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
    void (*add)(struct show *show, const struct decided *decided);
};

static const struct format formats[] = {
    {"ansi", ATTN_DRAW_ANSI, NULL, NULL}, {"html", ATTN_DRAW_HTML, NULL, NULL},
    {"svg", ATTN_DRAW_SVG, NULL, NULL},   {"json", -1, NULL, show_json},
    {"csv", -1, begin_csv, show_csv},     {"latex", ATTN_DRAW_LATEX, NULL, NULL},
};

/* ---- what stands below a text ---------------------------------------------------------------------------- */

/* What is told as 0 has no sign. */
static double told(float number, double step)
{
    return fabs((double)number) < step / 2 ? 0 : (double)number;
}

static void append_notes(struct text *out, const struct decided *decided)
{
    const attn_reading_info *info = &decided->info;
    const int64_t all = attn_tokens_count(attn_reading_tokens(decided->reading));
    if (info->padding > 0)
        text_print(out, "; padding %.3f", (double)info->padding);
    if (info->by == ATTN_BY_INTEGRATED)
        text_print(out, "; completeness lacks %.4f log-odds", fabs((double)info->gap));
    if (decided->has_both)
        text_print(out, "; the encoder gave %+.2f to the decision, n-grams %+.2f", told(info->encoder, 0.01),
                   told(info->ngrams, 0.01));
    if (all > info->length)
        text_print(out, "; read %lld of %lld words", (long long)info->length, (long long)all);
}

/* For a reader without colours as well. */
static void append_top(struct text *out, const attn_reading *reading, int32_t by)
{
    int64_t top[TOP], count = attn_reading_top(reading, TOP, top);
    text_print(out, "%s: %s", method_name(by), count ? "" : "no words");
    for (int64_t i = 0; i < count; i++) {
        const char *token = attn_tokens_get(attn_reading_tokens(reading), top[i]);
        text_print(out, "%s%s ", i ? ", " : "", strcmp(token, ",") == 0 ? "\",\"" : token);
        text_print(out, by > ATTN_BY_ATTENTION ? "%+.3f" : "%.3f",
                   told(attn_reading_numbers(reading)[top[i]], 0.001));
    }
}

static void append_caption(struct text *out, const struct show *show, const struct decided *decided,
                           int32_t by)
{
    if (decided->name)
        text_print(out, "%s, labelled %s\n", decided->name, decided->truth);
    if (by > ATTN_BY_ATTENTION)
        text_print(out, "each word shaded by %s: blue for %s, orange%s for %s", method_title(by),
                   decided->blue, show->format->drawn == ATTN_DRAW_LATEX ? "" : " (underlined)",
                   decided->orange);
    else
        text_print(out, "each word shaded by its share of the attention");
}

/* Beside what was asked for, the same text by its n-grams. */
static void draw_ngrams(struct show *show, const struct decided *decided, attn_draw_options options)
{
    struct text note = {0};
    char *title = print("n-grams %+.2f", told(decided->info.ngrams, 0.01));
    append_caption(&note, show, decided, ATTN_BY_NGRAMS);
    text_append(&note, "", 1);
    options.title = title;
    options.note = note.bytes;
    must(attn_reading_draw(decided->ngrams, &options, NULL, NULL));
    free(title);
    free(note.bytes);
}

static void draw(struct show *show, const struct decided *decided)
{
    const int64_t length = decided->info.length;
    const char **names = allocate(length, sizeof *names);
    for (int64_t i = 0; i < length; i++)
        names[i] = attn_tokens_get(attn_reading_tokens(decided->reading), i);
    struct text note = {0};
    const bool in_terminal = show->format->drawn == ATTN_DRAW_ANSI;
    if (in_terminal)
        append_top(&note, decided->reading, decided->info.by);
    else
        append_caption(&note, show, decided, decided->info.by);
    if (in_terminal && decided->ngrams) {
        text_print(&note, "\n");
        append_top(&note, decided->ngrams, ATTN_BY_NGRAMS);
    }
    append_notes(&note, decided);
    text_append(&note, "", 1);
    attn_draw_options options = drawing_options(show->format->drawn);
    options.page = show->page;
    options.swap_hues = !decided->decision_is_blue;
    options.note = note.bytes;
    options.names = names;
    must(attn_reading_draw(decided->reading, &options, show->page ? NULL : write_output, NULL));
    if (decided->ngrams && !in_terminal)
        draw_ngrams(show, decided, options);
    free(note.bytes);
    free(names);
}

/* ---- one text after another ------------------------------------------------------------------------------ */

static void write_out(struct show *show)
{
    if (show->out.size > 0)
        fwrite(show->out.bytes, 1, (size_t)show->out.size, stdout);
    show->out.size = 0;
}

struct show show_begin(attn_context *context, const char *name, bool both)
{
    const struct format *format = formats;
    while (strcmp(format->name, name) != 0)
        format++;
    struct show show = {.format = format, .context = context, .both = both};
    if (format->begin)
        format->begin(&show);
    if (format->drawn < 0 ||
        format->drawn == ATTN_DRAW_ANSI) /* each text as wide as the terminal is by then */
        return show;
    attn_draw_options options = drawing_options(format->drawn);
    options.title = format->drawn == ATTN_DRAW_HTML ? "What the decision rested on" : NULL;
    must(attn_page_create(context, &options, write_output, NULL, &show.page));
    return show;
}

void show_add(struct show *show, const struct decided *decided)
{
    if (show->format->drawn >= 0)
        draw(show, decided);
    else
        show->format->add(show, decided);
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
}
