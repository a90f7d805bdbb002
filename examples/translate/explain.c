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
    struct text out;  /* of svg and json, until it is delivered */
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

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *text = NULL, *format = "ansi", *out = NULL;
    int64_t threads = 0, copies = 0, beam = 4;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, "ansi|svg|json",
                      "a matrix in the terminal, a picture, or a line a text"),
        text_option("out", &out, "FILE", "write there, svg or json, and not to standard output"),
        integer_option("beam", &beam, 1, 256, "hypotheses of a text; 1: greedy (4)"),
        switch_option("copy", &copies, "copy unknown words from where attention looks"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &text);
    bool ansi = strcmp(format, "ansi") == 0, svg = strcmp(format, "svg") == 0;
    if (svg && text == NULL)
        fail(EXIT_BAD_INPUT, "--format svg draws one text, and none was given; put it last, in quotes");
    if (ansi && out)
        fail(EXIT_BAD_INPUT, "--out %s: only svg and json are written to a file; add --format svg", out);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct explaining explaining = {.context = context, .path = out};
    read_texts(&trained, context, beam, copies, text,
               ansi  ? explain_ansi
               : svg ? explain_svg
                     : explain_json,
               &explaining);
    if (out)
        text_save(&explaining.out, out);
    free(explaining.out.bytes);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
