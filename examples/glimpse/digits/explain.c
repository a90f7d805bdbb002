/* explain.c - explain of a model of digits: where each digit of a picture was looked for. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/saved.h"
#include "glimpse/show.h"
#include "glimpse/tasks.h"
#include "photo.h"
#include "saying.h"

/* The picture that `path` names, or a canvas of digits that were held out. */
static void find_canvas(const char *path, const char *data, const json_t *config, int64_t seed,
                        struct canvas *canvas)
{
    if (path) {
        struct picture picture = picture_read(path);
        if (!photo_make(&picture, canvas))
            fail(EXIT_BAD_INPUT,
                 "%s: nothing is written there; expected digits, darker or lighter than the picture's edge",
                 path);
        return;
    }
    struct digits digits = digits_read(data);
    struct pool pool = pool_create(&digits, has_fingerprint(config, digits.fingerprint) ? HELD_OUT : EVERY,
                                   data ? data : "the bundled digits");
    canvas_draw(&pool, (uint64_t)seed, CANVAS_EVAL, 0, 0, canvas);
    pool_free(&pool);
    digits_free(&digits);
}

int explain_digits(int argc, char **argv)
{
    static const char *const names[SAYINGS] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "end"};
    const char *task = NULL, *model = NULL, *data = NULL, *path = NULL, *format = "ansi", *out = NULL;
    int64_t threads = 0, seed = 1, beam = 1;
    json_t *config;
    struct option options[] = {
        task_option(&task),
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "PATH", "without IMAGE: MNIST's files; without both the bundled digits"),
        choice_option("format", &format, FORMATS, "for the terminal, or a picture a digit (ansi)"),
        text_option("out", &out, "FILE", "write it there"),
        integer_option("seed", &seed, 0, 9e15, "without IMAGE: another seed, another canvas (1)"),
        integer_option("beam", &beam, 1, 64, "readings looked at side by side (1)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &path);
    for (int64_t i = 0; i < COUNT(options) && path; i++) {
        if (options[i].given && (options[i].value == &data || options[i].value == &seed))
            fail(EXIT_BAD_INPUT,
                 "--%s chooses the canvas that is drawn without IMAGE, and %s is one; leave one of the two "
                 "out",
                 options[i].name, path);
    }
    attn_context *context = make_context(threads);
    struct reader reader = reader_load(context, model, NULL, &config);
    struct page page = {0};
    page_reserve(&page, 1);
    const struct canvas *canvas = &page.canvases[0];
    find_canvas(path, data, config, seed, &page.canvases[0]);
    page_set(&page);
    page_read(&reader, &page, beam);

    const char *words[MOST_STEPS];
    char right[MOST_DIGITS * 2 + 1] = "";
    uint8_t pixels[CANVAS_BYTES * 3];
    for (int64_t t = 0; t < page.steps; t++)
        words[t] = names[page.said[t]];
    for (int64_t i = 0; i < canvas->count; i++) {
        strcat(right, i ? " " : "");
        strcat(right, names[canvas->labels[i]]);
    }
    canvas_colour(canvas, pixels);
    struct shown shown = {.width = CANVAS_WIDTH,
                          .height = CANVAS_HEIGHT,
                          .down = DOWN,
                          .across = ACROSS,
                          .panel = 2 * CANVAS_WIDTH,
                          .blocks = CANVAS_WIDTH / 2,
                          .pixels = pixels,
                          .count = page.steps,
                          .words = words,
                          .weights = reader_weights(&reader, &page),
                          .right = right};
    show(context, &shown, format, out);
    page_free(&page);
    reader_destroy(&reader);
    json_decref(config);
    attn_context_destroy(&context);
    return 0;
}
