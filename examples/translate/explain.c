/* explain.c - the command `explain`: a translation and the matrix of its alignment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/files.h"
#include "common/terminal.h"
#include "reader.h"

/* What explain writes to, and how. */
struct explaining {
    attn_context *context;
    const char *path; /* NULL: standard output */
    attn_page *page;  /* of html, which holds all texts */
    struct text out;  /* of what is not for the terminal, until it is delivered */
};

/* To standard output goes each text at once, to a file all of them in the end. */
static void deliver(struct explaining *explaining)
{
    if (explaining->path == NULL) {
        text_deliver(&explaining->out, NULL);
        explaining->out.size = 0;
    }
}

static const char **names_of(const struct words *words)
{
    const char **names = allocate(words->count, sizeof *names);
    for (int64_t i = 0; i < words->count; i++)
        names[i] = words_get(words, i);
    return names;
}

/* Source words across, those of the translation down. */
static void draw(const struct reading *reading, struct explaining *explaining,
                 const attn_draw_options *options, attn_write_fn write, void *user)
{
    const char **rows = names_of(reading->target), **columns = names_of(reading->source);
    must(attn_draw_matrix(explaining->context, reading->target->count, reading->source->count,
                          reading->weights, rows, columns, options, write, user));
    free(rows);
    free(columns);
}

static void explain_ansi(const struct reading *reading, void *user)
{
    attn_draw_options options = drawing_options(ATTN_DRAW_ANSI);
    options.title = reading->translation;
    draw(reading, user, &options, write_output, NULL);
    putchar('\n');
}

static void explain_svg(const struct reading *reading, void *user)
{
    struct explaining *explaining = user;
    attn_draw_options options = drawing_options(ATTN_DRAW_SVG);
    draw(reading, explaining, &options, text_write, &explaining->out);
    deliver(explaining);
}

static void explain_html(const struct reading *reading, void *user)
{
    struct explaining *explaining = user;
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.title = reading->translation;
    options.page = explaining->page;
    draw(reading, explaining, &options, NULL, NULL);
    deliver(explaining);
}

static json_t *words_json(const struct words *words)
{
    json_t *json = json_array();
    for (int64_t i = 0; i < words->count; i++)
        json_array_append_new(json, json_bytes(words_get(words, i), strlen(words_get(words, i))));
    return json;
}

static void explain_json(const struct reading *reading, void *user)
{
    struct explaining *explaining = user;
    json_t *weights = json_array();
    const float *weight = reading->weights;
    for (int64_t i = 0; i < reading->target->count; i++) {
        json_t *row = json_array();
        for (int64_t j = 0; j < reading->source->count; j++)
            json_array_append_new(row, json_real((double)*weight++));
        json_array_append_new(weights, row);
    }
    json_t *json =
        json_pack("{s:s, s:o, s:o, s:o}", "translation", reading->translation, "source",
                  words_json(reading->source), "target", words_json(reading->target), "weights", weights);
    char *line = json_dumps(json, JSON_REAL_PRECISION(6));
    text_print(&explaining->out, "%s\n", line);
    deliver(explaining);
    free(line);
    json_decref(json);
}

/* The formats, in this order, and what draws one. */
#define FORMATS "ansi|html|svg|json"
static use_reading *const explainers[] = {explain_ansi, explain_html, explain_svg, explain_json};

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *text = NULL, *format = "ansi", *out = NULL;
    int64_t threads = 0, copies = 0, beam = 4;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, FORMATS,
                      "a matrix in the terminal, a page, a picture, or a line a text"),
        text_option("out", &out, "FILE", "write there, but for ansi, and not to standard output"),
        integer_option("beam", &beam, 1, 256, "hypotheses of a text; 1: greedy (4)"),
        switch_option("copy", &copies, "copy unknown words from where attention looks"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &text);
    use_reading *const explain = explainers[choice_place(FORMATS, format)];
    if (explain == explain_svg && text == NULL)
        fail(EXIT_BAD_INPUT, "--format svg draws one text, and none was given; put it last, in quotes");
    if (explain == explain_ansi && out)
        fail(EXIT_BAD_INPUT, "--out %s: a matrix in the terminal is not written to a file; add --format svg",
             out);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct explaining explaining = {.context = context, .path = out};
    if (explain == explain_html) {
        attn_draw_options on_page = drawing_options(ATTN_DRAW_HTML);
        on_page.title = PROGRAM;
        must(attn_page_create(context, &on_page, text_write, &explaining.out, &explaining.page));
    }
    read_texts(&trained, context, beam, copies, text, explain, &explaining);
    if (explaining.page) {
        must(attn_page_finish(explaining.page));
        deliver(&explaining);
        attn_page_destroy(&explaining.page);
    }
    if (out)
        text_save(&explaining.out, out);
    free(explaining.out.bytes);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
