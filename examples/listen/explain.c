/* explain.c - the command `explain`: a sound, what is spelt, and where each letter listened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/markup.h"
#include "common/terminal.h"
#include "figure.h"
#include "spell.h"

#define FORMATS "ansi|html|svg|png"
enum form { FORM_ANSI, FORM_HTML, FORM_SVG, FORM_PNG }; /* in this order */

/* The sound of a file, or where that is NULL string `seed` of recordings that are held out. */
static bool find_sound(const struct trained *trained, const char *path, const char *data, int64_t seed,
                       struct string *string)
{
    if (path) {
        string->sound = sound_read(path, trained->settings.rate);
        sound_surround(&string->sound, SILENCE_AROUND);
        return false;
    }
    struct recordings recordings = recordings_read(data, trained->settings.rate);
    struct strings strings =
        strings_create(&recordings, (uint64_t)seed, PART_EVAL, data ? data : "the bundled recordings");
    string_make(&strings, 0, 0, string);
    strings_free(&strings);
    recordings_free(&recordings);
    return true;
}

static void show_terminal(const struct figure *figure, attn_context *context, struct text *out)
{
    attn_draw_options options = drawing_options(ATTN_DRAW_ANSI);
    options.title = figure->title;
    figure_print(figure, context, &options, text_write, out);
}

static void show_page(const struct figure *figure, struct text *out)
{
    struct text svg = figure_draw(figure, true);
    append_page(out, figure->title, &svg);
    free(svg.bytes);
}

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *path = NULL, *format = "ansi", *out = NULL, *data = NULL;
    int64_t threads = 0, beam = 1, seed = 1;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, FORMATS,
                      "for the terminal, or the spectrogram and a row a letter (ansi)"),
        text_option("out", &out, "FILE", "write it there"),
        text_option("data", &data, "FOLDER",
                    "without FILE: the recordings that are chained (the bundled ones)"),
        integer_option("seed", &seed, 0, 9e15, "without FILE: another seed, another string (1)"),
        integer_option("beam", &beam, 1, 256, "texts tried side by side; 1: greedy (1)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &path);
    for (int64_t i = 0; i < COUNT(options) && path; i++) {
        if (options[i].given && (options[i].value == &data || options[i].value == &seed))
            fail(EXIT_BAD_INPUT,
                 "--%s chooses the string that is chained without FILE, and %s is one; leave one of the two "
                 "out",
                 options[i].name, path);
    }
    const int64_t form = choice_place(FORMATS, format);
    if (form == FORM_PNG && out == NULL && isatty(STDOUT_FILENO))
        fail(EXIT_BAD_INPUT, "--format png is nothing for a terminal; give --out FILE");
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct string string = {0};
    const bool known = find_sound(&trained, path, data, seed, &string);
    struct batch batch = {0};
    struct texts texts = {0};
    struct spelling spelling = spelling_create(context, &trained, beam);
    batch_set_sounds(&batch, trained.features, &trained.settings, 1, &string.sound);
    spell(&spelling, &batch, &texts);
    batch_set_texts(&batch, texts.length, texts.ids, texts.lengths);
    struct text title = {0};
    append_letters(&trained, &title, texts.ids, texts.lengths[0]);
    text_append(&title, "", 1);
    struct figure figure = {.trained = &trained,
                            .title = title.bytes,
                            .frames = batch.time,
                            .begin = known ? 0 : SILENCE_AROUND,
                            .count = texts.lengths[0],
                            .letters = texts.ids,
                            .truth = known ? &string : NULL};
    figure.weights = network_weights(&trained.network, &batch, &figure.items);
    float *spectrum = allocate(batch.time * batch.bands, sizeof *spectrum);
    features_make(trained.features, string.sound.samples, string.sound.count, batch.features, spectrum);
    figure.spectrum = spectrum;

    struct text text = {0};
    if (form == FORM_ANSI)
        show_terminal(&figure, context, &text);
    else if (form == FORM_HTML)
        show_page(&figure, &text);
    else
        text = figure_draw(&figure, form == FORM_SVG);
    text_deliver(&text, out);
    free(text.bytes);
    free(title.bytes);
    free(spectrum);
    spelling_destroy(&spelling);
    texts_free(&texts);
    batch_free(&batch);
    string_free(&string);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
