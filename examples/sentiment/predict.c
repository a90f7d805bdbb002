/* predict.c - the command `predict`: the class of each text, and how sure. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "common/terminal.h"
#include "texts.h"

static void print_line(const struct decided *decided, void *user)
{
    (void)user;
    const attn_draw_options options = drawing_options(ATTN_DRAW_ANSI);
    bool broken = false;
    const bool in_terminal = options.width > 0; /* which breaks lines anyway */
    must(attn_reading_draw(decided->reading, &options, in_terminal ? write_output : write_unbroken, &broken));
    fputs(in_terminal ? "" : "\n", stdout);
}

static void print_json(const struct decided *decided, void *user)
{
    (void)user;
    char *label = json_quoted(decided->label);
    printf("{\"label\": %s, \"probability\": %.6f, \"tokens\": %lld", label,
           (double)decided->info.probability,
           (long long)attn_tokens_count(attn_reading_tokens(decided->reading)));
    if (decided->has_both)
        printf(", \"encoder\": %.6f", (double)decided->info.encoder);
    if (decided->has_ngrams)
        printf(", \"ngrams\": %.6f", (double)decided->info.ngrams);
    printf("}\n");
    free(label);
}

int command_predict(int argc, char **argv)
{
    const char *path = bundled_model(), *text = NULL;
    int64_t threads = 0, json = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        switch_option("json", &json, "print {\"label\":, \"probability\":, \"tokens\":}, a line a text"),
        threads_option(&threads),
    };
    options_parse("predict", options, COUNT(options), argc, argv, &text);
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    read_texts(&model, &(struct texts){.text = text}, ATTN_BY_NOTHING, json ? print_json : print_line, NULL);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}
