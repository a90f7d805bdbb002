/* translate.c - the command `translate`: a line of translation for each text. */
#include <stdio.h>

#include "commands.h"
#include "reader.h"

static void print_translation(const struct reading *reading, void *user)
{
    (void)user;
    puts(reading->translation);
}

int command_translate(int argc, char **argv)
{
    const char *model = NULL, *text = NULL;
    int64_t threads = 0, copies = 0, beam = 4;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        integer_option("beam", &beam, 1, 256, "hypotheses of a text; 1: greedy (4)"),
        switch_option("copy", &copies, "copy unknown words from where attention looks"),
        threads_option(&threads),
    };
    options_parse("translate", options, COUNT(options), argc, argv, &text);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    read_texts(&trained, context, beam, copies, text, print_translation, NULL);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
