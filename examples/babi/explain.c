/* explain.c - the command `explain`: which facts each pass over a story attended to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/files.h"
#include "common/terminal.h"
#include "trained.h"

/* One question, answered. */
struct reading {
    const struct stories *stories;
    const struct question *question;
    int64_t facts, first; /* how many are seen, and the first one's number among the question's */
    int64_t passes;
    float *weights; /* [facts, passes] */
    const char *answer;
    double probability;
};

static struct reading read_question(struct trained *trained, const struct stories *stories, int64_t number)
{
    struct network *network = &trained->network;
    struct batch batch = {0};
    batch_fill(&batch, stories, &number, 1, trained->most_facts);
    struct outcome outcome = network_answer(network, &batch);
    int32_t answer = likeliest(network, &outcome, 0);
    const struct question *question = &stories->questions[number];
    struct reading reading = {.stories = stories,
                              .question = question,
                              .facts = batch.facts,
                              .first = question->facts - batch.facts,
                              .passes = network->episode.passes,
                              .answer = attn_vocab_token(trained->vocab, answer),
                              .probability = (double)outcome.probabilities[answer]};
    reading.weights = allocate(reading.facts * reading.passes, sizeof(float));
    for (int64_t t = 0; t < reading.passes; t++) {
        for (int64_t j = 0; j < reading.facts; j++)
            reading.weights[j * reading.passes + t] = network->episode.weights[t][j];
    }
    batch_free(&batch);
    return reading;
}

static const struct sentence *fact_of(const struct reading *reading, int64_t j)
{
    return &reading->stories->facts[reading->question->first_fact + reading->first + j];
}

static char *summary(const struct reading *reading)
{
    return print("%s  %s (%.2f); the file has %s", reading->question->sentence.text, reading->answer,
                 reading->probability, reading->question->answer);
}

/* ---- forms ----------------------------------------------------------------------------------------------- */

/* The facts down, the passes across. */
static void draw(const struct reading *reading, attn_context *context, int32_t format, struct text *out)
{
    char **facts = allocate(reading->facts, sizeof *facts),
         **passes = allocate(reading->passes, sizeof *passes);
    char *title = summary(reading);
    for (int64_t j = 0; j < reading->facts; j++) {
        bool support = is_support(reading->stories, reading->question, reading->first + j);
        facts[j] = print("%s %s", fact_of(reading, j)->text, support ? "*" : " ");
    }
    for (int64_t t = 0; t < reading->passes; t++)
        passes[t] = print("pass %lld", (long long)t + 1);
    attn_draw_options options = drawing_options(format);
    if (format != ATTN_DRAW_ANSI)
        options.title = title;
    must(attn_draw_matrix(context, reading->facts, reading->passes, reading->weights,
                          (const char *const *)facts, (const char *const *)passes, &options, text_write,
                          out));
    if (format == ATTN_DRAW_ANSI)
        must(attn_draw_text(context, title, strlen(title), 0, NULL, NULL, NULL, &options, text_write, out));
    for (int64_t j = 0; j < reading->facts; j++)
        free(facts[j]);
    for (int64_t t = 0; t < reading->passes; t++)
        free(passes[t]);
    free(facts);
    free(passes);
    free(title);
}

static void print_json(const struct reading *reading, struct text *out)
{
    const struct sentence *asked = &reading->question->sentence;
    json_t *json = json_object(), *facts = json_array();
    for (int64_t j = 0; j < reading->facts; j++) {
        json_t *fact = json_object(), *weights = json_array();
        for (int64_t t = 0; t < reading->passes; t++)
            json_array_append_new(weights, json_real((double)reading->weights[j * reading->passes + t]));
        json_object_set_new(fact, "text", json_bytes(fact_of(reading, j)->text, fact_of(reading, j)->size));
        json_object_set_new(
            fact, "supports",
            json_boolean(is_support(reading->stories, reading->question, reading->first + j)));
        json_object_set_new(fact, "weights", weights);
        json_array_append_new(facts, fact);
    }
    json_object_set_new(json, "question", json_bytes(asked->text, asked->size));
    json_object_set_new(json, "answer", json_string(reading->answer));
    json_object_set_new(json, "probability", json_real(reading->probability));
    json_object_set_new(json, "expected",
                        json_bytes(reading->question->answer, strlen(reading->question->answer)));
    json_object_set_new(json, "facts", facts);
    char *text = json_dumps(json, JSON_REAL_PRECISION(6));
    text_print(out, "%s\n", text);
    free(text);
    json_decref(json);
}

#define FORMATS "ansi|html|svg|json" /* the first three in the order of ATTN_DRAW_... */

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *data = NULL, *format = "ansi", *out = NULL;
    int64_t number = 1, threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "PATH", "question file, or folder of them (made-up stories)"),
        integer_option("question", &number, 1, 1e9, "which question of the file, from 1 (1)"),
        choice_option("format", &format, FORMATS, "a table, a page, a picture, or {\"question\":, ...}"),
        text_option("out", &out, "FILE", "where all but the table go (standard output)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, NULL);
    bool ansi = strcmp(format, "ansi") == 0;
    if (ansi && out)
        fail(EXIT_BAD_INPUT, "--out %s: a table is for the terminal; add --format svg or --format json", out);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct stories stories = open_stories_for(&trained, data);
    if (number > stories.question_count)
        fail(EXIT_BAD_INPUT, "--question %lld: there are %lld questions", (long long)number,
             (long long)stories.question_count);
    struct reading reading = read_question(&trained, &stories, number - 1);
    struct text text = {0};
    if (strcmp(format, "json") == 0)
        print_json(&reading, &text);
    else
        draw(&reading, context, (int32_t)choice_place(FORMATS, format), &text);
    text_deliver(&text, out);
    free(text.bytes);
    free(reading.weights);
    stories_free(&stories);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
