/* answer.c - the command `answer`: a question about a text, or each line of standard input as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/lines.h"
#include "common/malformed.h"
#include "common/terminal.h"
#include "reading.h"

struct answering {
    struct trained trained;
    attn_context *context;
    struct string text;
    const char *path;
    int64_t longest, json;
    double least;
    struct malformed malformed; /* questions */
};

static void print_json(const struct answering *answering, const struct reading *reading)
{
    const struct string *asked = &reading->question->text, *answer = &reading->answer;
    const int64_t begin = answer->bytes - reading->passage->text.bytes, end = begin + (int64_t)answer->size;
    json_t *json = json_pack(
        "{s:o, s:o, s:f, s:b, s:I, s:I}", "question", json_bytes(asked->bytes, asked->size), "answer",
        json_bytes(answer->bytes, answer->size), "probability", reading->found.probability, "good",
        reading->found.probability > 0 && reading->found.probability >= answering->least, "begin",
        (json_int_t)begin, "end", (json_int_t)end);
    char *line = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", line);
    free(line);
    json_decref(json);
}

static void answer(struct answering *answering, struct string question)
{
    malformed_count(&answering->malformed, answering->context, question.bytes, question.size);
    struct articles articles = articles_of_text(answering->context, answering->text, &question, 1);
    struct lexicon lexicon = trained_lexicon(&answering->trained, &articles);
    struct reading reading =
        read_question(&answering->trained, &articles, &lexicon, 0, answering->longest, answering->path);
    if (answering->json) {
        print_json(answering, &reading);
    } else {
        attn_draw_options options = drawing_options(ATTN_DRAW_ANSI);
        char *title = reading_title(&reading, answering->least);
        options.title = title;
        bool broken = false;
        const bool in_terminal = options.width > 0; /* which breaks lines anyway */
        reading_draw(&reading, answering->context, reading.sentence, options,
                     in_terminal ? write_output : write_unbroken, &broken);
        fputs(in_terminal ? "" : "\n", stdout);
        free(title);
    }
    must_print(); /* whoever asked and waits gets the answer */
    free(reading.shades);
    lexicon_free(&lexicon);
    articles_free(&articles);
}

int command_answer(int argc, char **argv)
{
    const char *model = NULL, *question = NULL;
    struct answering answering = {.longest = LONGEST_SPAN, .least = LEAST};
    int64_t threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        needed_option("text", &answering.path, "FILE", "the text that is asked about"),
        number_option("least", &answering.least, 0, 1,
                      "probability below which it says that no span is good (0.1)"),
        integer_option("longest", &answering.longest, 1, 1e6, "words of an answer (15)"),
        switch_option("json", &answering.json, "print an object, a line"),
        threads_option(&threads),
    };
    options_parse("answer", options, COUNT(options), argc, argv, &question);
    answering.context = make_context(threads);
    answering.text = read_page(answering.context, answering.path);
    answering.trained = trained_open(answering.context, model, NULL, NULL);
    if (question)
        answer(&answering, (struct string){(char *)question, strlen(question)});
    struct line lines[LINES_TOGETHER];
    for (int64_t some; question == NULL && (some = read_lines(lines)) > 0;) {
        for (int64_t i = 0; i < some; i++) {
            answer(&answering, (struct string){lines[i].text, lines[i].size});
            free(lines[i].text);
        }
    }
    malformed_warn(&answering.malformed, "questions");
    trained_close(&answering.trained);
    attn_context_destroy(&answering.context);
    free(answering.text.bytes);
    return 0;
}
