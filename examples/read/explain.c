/* explain.c - the command `explain`: a question, its passage shaded by both pointers, and what attended to what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/bundled.h"
#include "common/malformed.h"
#include "common/terminal.h"
#include "reading.h"

#define FORMATS "ansi|html|svg" /* in the order of ATTN_DRAW_... */

/* ---- pictures, one below the other ----------------------------------------------------------------------- */

/* The words as they stand, as names of rows and columns; to be freed by free_names. */
static const char **name_words(const struct string *text, const struct word *words, int64_t count)
{
    const char **names = allocate(count, sizeof *names);
    for (int64_t i = 0; i < count; i++)
        names[i] = print("%.*s", (int)(words[i].end - words[i].begin), text->bytes + words[i].begin);
    return names;
}

static void free_names(const char **names, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        free((char *)names[i]);
    free(names);
}

/* The question, shaded by how much of it each word is in its one vector. */
static void draw_question(const struct reading *reading, attn_context *context, attn_draw_options options)
{
    const int64_t count = reading->question->count;
    int64_t *begins = allocate(count, sizeof *begins), *ends = allocate(count, sizeof *ends);
    for (int64_t i = 0; i < count; i++) {
        begins[i] = reading->asked[i].begin;
        ends[i] = reading->asked[i].end;
    }
    must(attn_draw_text(context, reading->question->text.bytes, reading->question->text.size, count, begins,
                        ends, reading->pointed.summary, &options, NULL, NULL));
    free(begins);
    free(ends);
}

/* A row a word of the question, a column a word of the passage: to which of the question's words it attends. */
static void draw_flow(const struct reading *reading, attn_context *context, struct span words,
                      attn_draw_options options)
{
    const int64_t columns = words.end - words.begin + 1, rows = reading->question->count;
    float *weights = allocate(rows * columns, sizeof *weights);
    for (int64_t t = 0; t < columns; t++) {
        for (int64_t j = 0; j < rows; j++)
            weights[j * columns + t] = reading->pointed.flow[(words.begin + t) * rows + j];
    }
    const char **asked = name_words(&reading->question->text, reading->asked, rows),
               **read = name_words(&reading->passage->text, reading->words + words.begin, columns);
    must(attn_draw_matrix(context, rows, columns, weights, asked, read, &options, NULL, NULL));
    free_names(asked, rows);
    free_names(read, columns);
    free(weights);
}

static void draw(const struct reading *reading, attn_context *context, int32_t format, bool whole,
                 double least, const char *expected, struct text *out)
{
    attn_draw_options options = drawing_options(format), own = ATTN_DRAW_OPTIONS_INIT;
    attn_page *page;
    must(attn_page_create(context, &options, text_write, out, &page));
    own.page = page;
    draw_question(reading, context, own);
    char *title = reading_title(reading, least);
    own.title = title;
    own.note = expected;
    const struct span all = {0, (int32_t)reading->passage->count - 1};
    reading_draw(reading, context, all, own, NULL, NULL);
    free(title);
    own.title = own.note = NULL;
    if (reading->pointed.flow && reading->question->count > 0 && reading->found.probability > 0)
        draw_flow(reading, context, whole ? all : reading->sentence, own);
    must(attn_page_finish(page));
    attn_page_destroy(&page);
}

/* ---- the command ----------------------------------------------------------------------------------------- */

/* "expected: the first answer; another one"; NULL where none is known. */
static char *expected_of(const struct articles *articles, const struct question *question)
{
    struct text text = {0};
    for (int64_t k = 0; k < question->answers; k++)
        text_print(&text, "%s%s",
                   k ? "; " : "expected: ", articles->answers[question->first_answer + k].bytes);
    if (text.size)
        text_append(&text, "", 1);
    return text.bytes;
}

int command_explain(int argc, char **argv)
{
    const char *model = NULL, *path = NULL, *asked = NULL, *data = NULL, *format = "ansi", *out = NULL,
               *matrix = "sentence";
    int64_t threads = 0, longest = LONGEST_SPAN, number = 1;
    double least = LEAST;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("text", &path, "FILE", "the text that QUESTION is about"),
        text_option("data", &data, "FILE", "without --text: articles (the bundled ones)"),
        integer_option("question", &number, 1, 1e12, "without --text: which question of theirs, from 1 (1)"),
        choice_option("format", &format, FORMATS, "for the terminal, a page, or a picture (ansi)"),
        choice_option("matrix", &matrix, "sentence|text",
                      "of which words: the sentence of the answer, or all (sentence)"),
        text_option("out", &out, "FILE", "write it there"),
        number_option("least", &least, 0, 1, "probability below which it says that no span is good (0.1)"),
        integer_option("longest", &longest, 1, 1e6, "words of an answer (15)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &asked);
    if ((path == NULL) != (asked == NULL))
        fail(EXIT_BAD_INPUT, path ? "--text is there, but no question; add it, in quotes"
                                  : "a question is there, but no text; add --text FILE");
    if (path && (data || option_given(options, COUNT(options), "question")))
        fail(EXIT_BAD_INPUT,
             "--%s chooses what is asked where no --text is given, and %s is one; leave one of the two out",
             data ? "data" : "question", path);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct string text = {0};
    struct articles articles;
    if (path) {
        struct malformed malformed = {0};
        malformed_count(&malformed, context, asked, strlen(asked));
        malformed_warn(&malformed, "question");
        text = read_page(context, path);
        articles = articles_of_text(context, text, &(struct string){(char *)asked, strlen(asked)}, 1);
    } else {
        articles = articles_read(context, data);
    }
    if (number > articles.question_count)
        fail(EXIT_BAD_INPUT, "--question %lld: there are %lld questions", (long long)number,
             (long long)articles.question_count);
    struct lexicon lexicon = trained_lexicon(&trained, &articles);
    struct reading reading = read_question(&trained, &articles, &lexicon, number - 1, longest,
                                           path   ? path
                                           : data ? data
                                                  : bundled("sample.jsonl"));
    char *expected = expected_of(&articles, reading.question);
    struct text drawn = {0};
    draw(&reading, context, (int32_t)choice_place(FORMATS, format), strcmp(matrix, "text") == 0, least,
         expected, &drawn);
    text_deliver(&drawn, out);
    free(drawn.bytes);
    free(expected);
    free(reading.shades);
    free(text.bytes);
    lexicon_free(&lexicon);
    articles_free(&articles);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
