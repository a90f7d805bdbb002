/* explain.c - the command `explain`: the original text shaded by attention, or tokens and weights as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "reader.h"
#include "common/terminal.h"

#define TOP 5 /* words that are named below a shaded text */

static void explain_json(const struct reading *reading, void *user)
{
    (void)user;
    const int64_t *begins = attn_tokens_begins(reading->tokens), *ends = attn_tokens_ends(reading->tokens);
    json_t *json = json_object(), *tokens = json_array();
    for (int64_t i = 0; i < attn_tokens_count(reading->tokens); i++) {
        double weight = i < reading->length ? reading->weights[i] : 0; /* beyond what the model reads */
        json_array_append_new(
            tokens, json_pack("{s:s, s:I, s:I, s:f}", "token", attn_tokens_get(reading->tokens, i), "begin",
                              (json_int_t)begins[i], "end", (json_int_t)ends[i], "weight", weight));
    }
    json_object_set_new(json, "decision", json_string(label_name(reading->label)));
    json_object_set_new(json, "probability", json_real(reading->probability));
    if (reading->padding > 0)
        json_object_set_new(json, "padding_weight", json_real(reading->padding));
    json_object_set_new(json, "tokens", tokens);
    json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

/* Name the tokens of largest weight, for a reader without colours as well. */
static void print_top(const struct reading *reading)
{
    float above = 2;
    int64_t last = -1;
    for (int64_t n = 0; n < TOP && n < reading->length; n++) {
        int64_t best = -1;
        for (int64_t i = 0; i < reading->length; i++) {
            float weight = reading->weights[i];
            bool left = weight < above || (weight == above && i > last);
            if (left && (best < 0 || weight > reading->weights[best]))
                best = i;
        }
        above = reading->weights[best];
        last = best;
        printf("%s%s %.3f", n ? ", " : "  attention: ", attn_tokens_get(reading->tokens, best), above);
    }
    if (reading->padding > 0)
        printf("; padding %.3f", reading->padding);
    putchar('\n');
}

static void explain_ansi(const struct reading *reading, void *user)
{
    const bool *colours = user;
    printf("%s %.2f  ", label_name(reading->label), reading->probability);
    print_shaded(reading->text, reading->size, reading->length, attn_tokens_begins(reading->tokens),
                 attn_tokens_ends(reading->tokens), reading->weights, reading->label, *colours);
    putchar('\n');
    print_top(reading);
}

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *text = NULL, *format = "ansi";
    int64_t threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, "ansi|json", "shaded text, or {\"decision\":, ...} a line a text"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &text);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model);
    if (trained.network.attention == NULL)
        fail(EXIT_BAD_INPUT,
             "%s: this model was trained with --no-attention, so there are no weights to show", model);
    bool colours = output_has_colours();
    read_texts(&trained, context, text, strcmp(format, "json") == 0 ? explain_json : explain_ansi, &colours);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
