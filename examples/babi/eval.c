/* eval.c - the command `eval`: the share of questions that a model answers wrong. */
#include <stdlib.h>

#include "commands.h"
#include "common/plan.h"
#include "trained.h"

int command_eval(int argc, char **argv)
{
    const char *model = NULL, *data = NULL;
    int64_t json = 0, threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "PATH", "question file, or folder of them (made-up stories)"),
        switch_option("json", &json, "print {\"error\":, \"loss\":, \"questions\":}, error from 0 to 1"),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct stories stories = open_stories_for(&trained, data);
    int64_t count = stories.question_count, *questions = plan_all(count);
    struct score score = score_questions(&trained, &stories, questions, count);
    printf(json ? "{\"error\": %.6f, \"loss\": %.17g, \"questions\": %lld}\n"
                : "error %.4f, loss %.4f on %lld questions\n",
           (double)score.wrong / (double)count, score.loss, (long long)count);
    free(questions);
    stories_free(&stories);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
