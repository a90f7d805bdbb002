/* explain.c - the command `explain`: where each word of a picture's caption looked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/terminal.h"
#include "show.h"
#include "tell.h"

/* The picture as one example: what `path` holds, or a scene. */
static struct examples find_picture(const char *path, int64_t seed)
{
    return path ? examples_of_pictures(&path, 1) : examples_of_scenes((uint64_t)seed, PART_EVAL, 1);
}

/* Append the text, which takes lines as long as `options` say. */
static void wrap(attn_context *context, const struct text *text, const attn_draw_options *options,
                 struct text *out)
{
    must(attn_draw_text(context, text->bytes, (size_t)text->size, 0, NULL, NULL, NULL, options, text_write,
                        out));
}

static void show(attn_context *context, const struct shown *shown, bool on_output, struct text *out)
{
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT; /* a file has no width */
    struct text caption = {0}, right = {0};
    if (on_output)
        options = drawing_options(ATTN_DRAW_ANSI);
    (on_output && output_has_colours() ? show_blocks : show_digits)(
        shown, options.width ? options.width : USUAL_COLUMNS, out);
    for (int64_t t = 0; t < shown->count; t++)
        text_print(&caption, "%s%s", t ? " " : "", shown->words[t]);
    wrap(context, &caption, &options, out);
    if (shown->right && *shown->right) {
        text_print(&right, "right: %s", shown->right);
        wrap(context, &right, &options, out);
    }
    free(caption.bytes);
    free(right.bytes);
}

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *path = NULL, *format = "ansi", *out = NULL;
    int64_t threads = 0, seed = 1, beam = 1;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, "ansi|svg", "for the terminal, or a picture a word (ansi)"),
        text_option("out", &out, "FILE", "write it there"),
        integer_option("seed", &seed, 0, 9e15, "without IMAGE: another seed, another scene (1)"),
        integer_option("beam", &beam, 1, 64, "captions looked at side by side (1)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &path);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model);
    struct examples examples = find_picture(path, seed);
    struct batch batch = {0};
    batch_fill(&batch, trained.vocab, &examples, &(int64_t){0}, 1);
    tell_batch(context, &trained, &batch, beam);

    const char *words[MAX_WORDS];
    for (int64_t t = 0; t < batch.time; t++)
        words[t] = attn_vocab_token(trained.vocab, batch.words[t]);
    struct shown shown = {batch.examples[0].pixels, batch.time, words,
                          network_weights(&trained.network, &batch), batch.examples[0].caption};
    struct text text = {0};
    if (strcmp(format, "svg") == 0)
        show_svg(&shown, &text);
    else
        show(context, &shown, out == NULL, &text);
    text_deliver(&text, out);
    free(text.bytes);
    batch_free(&batch);
    examples_free(&examples);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
