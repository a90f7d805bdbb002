/* eval.c - the command `eval`: a model's figures, by SQuAD's own measure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/plan.h"
#include "score.h"

int command_eval(int argc, char **argv)
{
    const char *model = NULL, *data = NULL, *part = NULL, *details = NULL;
    int64_t json = 0, speed = 0, threads = 0, limit = 0, longest = LONGEST_SPAN;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "FILE", "articles; without it the bundled ones, those held out"),
        choice_option("part", &part, "all|held-out",
                      "which articles: all, or those that train holds out (all; of the bundled held-out)"),
        integer_option("limit", &limit, 1, 1e12, "measure at most so many questions, the first ones (all)"),
        integer_option("longest", &longest, 1, 1e6, "words of an answer (15)"),
        text_option("details", &details, "FILE",
                    "a line a question goes there: what was answered, and how right it is"),
        switch_option("json", &json, "print the figures as an object, a line"),
        speed_option(&speed),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct articles articles = articles_read(context, data);
    struct lexicon lexicon = trained_lexicon(&trained, &articles);
    const bool held_out = part ? strcmp(part, "held-out") == 0 : data == NULL;
    int64_t count = articles.question_count, *numbers;
    numbers = held_out ? articles_part(&articles, true, &count) : plan_all(count);
    count = limit && limit < count ? limit : count;
    struct text lines = {0};
    const struct score score = score_questions(&trained, &articles, &lexicon, numbers, count, longest,
                                               "answering", details ? &lines : NULL);
    if (details)
        text_save(&lines, details);
    printf(json ? "{\"exact\": %.6f, \"f1\": %.6f, \"questions\": %lld, \"loss\": %.17g"
                : "exact %.4f, F1 %.4f of %lld questions, loss %.4f",
           score.exact, score.f1, (long long)score.questions, score.loss);
    if (speed)
        speed_print(&score.speed, "questions", json);
    printf(json ? "}\n" : "\n");
    free(lines.bytes);
    free(numbers);
    lexicon_free(&lexicon);
    articles_free(&articles);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
