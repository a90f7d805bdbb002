/* transcribe.c - the command `transcribe`: a line a file, as soon as it was heard. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "common/lines.h"
#include "common/terminal.h"
#include "spell.h"

struct transcribing {
    struct spelling spelling;
    struct batch batch;
    struct texts texts;
    bool named;  /* several files: a line begins with its name */
    bool failed; /* one of them could not be read */
};

/* A file that cannot be read gets its line on standard error, and the others are heard all the same. */
static void transcribe(struct transcribing *t, const char *path)
{
    struct trained *trained = t->spelling.trained;
    struct sound sound;
    struct text text = {0};
    char *reason = NULL;
    if (!sound_try(path, trained->settings.rate, &sound, &reason)) {
        complain("%s", reason);
        free(reason);
        t->failed = true;
        return;
    }
    sound_surround(&sound, SILENCE_AROUND);
    batch_set_sounds(&t->batch, trained->features, &trained->settings, 1, &sound);
    spell(&t->spelling, &t->batch, &t->texts);
    append_letters(trained, &text, t->texts.ids, t->texts.lengths[0]);
    text_append(&text, "\n", 1);
    if (t->named)
        printf("%s\t", path);
    fwrite(text.bytes, 1, (size_t)text.size, stdout);
    must_print(); /* whoever gave the file and waits gets its answer */
    free(text.bytes);
    sound_free(&sound);
}

int command_transcribe(int argc, char **argv)
{
    const char *model = NULL, **paths = allocate(argc, sizeof *paths);
    int64_t threads = 0, beam = 4;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        integer_option("beam", &beam, 1, 256, "texts tried side by side; 1: greedy (4)"),
        threads_option(&threads),
    };
    const int64_t count = options_parse_all("transcribe", options, COUNT(options), argc, argv, paths, argc);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct transcribing transcribing = {.spelling = spelling_create(context, &trained, beam),
                                        .named = count > 1};
    for (int64_t i = 0; i < count; i++)
        transcribe(&transcribing, paths[i]);
    struct line lines[LINES_TOGETHER];
    for (int64_t some; count == 0 && (some = read_lines(lines)) > 0;) {
        for (int64_t i = 0; i < some; i++) {
            transcribe(&transcribing, lines[i].text);
            free(lines[i].text);
        }
    }
    spelling_destroy(&transcribing.spelling);
    batch_free(&transcribing.batch);
    texts_free(&transcribing.texts);
    trained_close(&trained);
    attn_context_destroy(&context);
    free(paths);
    return transcribing.failed ? EXIT_BAD_INPUT : 0;
}
