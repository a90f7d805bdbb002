/* predict.c - the command `predict`: the class of each text, and how sure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "reader.h"
#include "common/terminal.h"

static void print_line(const struct reading *reading, void *user)
{
    const int64_t *json = user;
    if (*json) {
        char *label = json_quoted(reading->decision);
        printf("{\"label\": %s, \"probability\": %.6f, \"tokens\": %lld}\n", label, reading->probability,
               (long long)attn_tokens_count(reading->tokens));
        free(label);
        return;
    }
    print_shaded(reading->decision, strlen(reading->decision), 0, NULL, NULL, NULL, false);
    printf(" %.2f  ", reading->probability);
    print_shaded(reading->text, reading->size, 0, NULL, NULL, NULL, false);
    putchar('\n');
}

int command_predict(int argc, char **argv)
{
    const char *model = NULL, *text = NULL;
    int64_t json = 0, threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        switch_option("json", &json, "print {\"label\":, \"probability\":, \"tokens\":}, a line a text"),
        threads_option(&threads),
    };
    options_parse("predict", options, COUNT(options), argc, argv, &text);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model);
    read_texts(&trained, context, &(struct texts){.text = text}, BY_NOTHING, print_line, &json);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
