/* predict.c - the command `predict`: the class of each text, and how sure. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "reader.h"
#include "common/terminal.h"

struct predicting {
    attn_context *context;
    int64_t json;
};

static void print_line(const struct reading *reading, void *user)
{
    const struct predicting *predicting = user;
    if (predicting->json) {
        char *label = json_quoted(reading->decision);
        printf("{\"label\": %s, \"probability\": %.6f, \"tokens\": %lld}\n", label, reading->probability,
               (long long)attn_tokens_count(reading->tokens));
        free(label);
        return;
    }
    char *title = print("%s %.2f", reading->decision, reading->probability);
    attn_draw_options options = drawing_options(ATTN_DRAW_ANSI);
    options.title = title;
    must(attn_draw_text(predicting->context, reading->text, reading->size, 0, NULL, NULL, NULL, &options,
                        write_output, NULL));
    free(title);
}

int command_predict(int argc, char **argv)
{
    const char *model = NULL, *text = NULL;
    struct predicting predicting = {0};
    int64_t threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        switch_option("json", &predicting.json,
                      "print {\"label\":, \"probability\":, \"tokens\":}, a line a text"),
        threads_option(&threads),
    };
    options_parse("predict", options, COUNT(options), argc, argv, &text);
    attn_context *context = make_context(threads);
    predicting.context = context;
    struct trained trained = trained_open(context, model);
    read_texts(&trained, context, &(struct texts){.text = text}, BY_NOTHING, print_line, &predicting);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
