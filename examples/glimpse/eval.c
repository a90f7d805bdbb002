/* eval.c - the command `eval`: right captions and pointing nouns, on scenes that training never saw. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "common/plan.h"
#include "score.h"
#include "tasks.h"

#define EVAL_SEED 1 /* everybody measures on the same scenes */

int eval_scenes(int argc, char **argv)
{
    const char *task = NULL, *model = NULL, *data = NULL;
    int64_t json = 0, speed = 0, threads = 0, count = 2000, beam = 1;
    struct option options[] = {
        task_option(&task),
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "FOLDER", "pictures with captions.tsv; without it scenes are drawn"),
        integer_option("scenes", &count, 1, 1e9, "how many scenes are drawn (2000)"),
        integer_option("beam", &beam, 1, 64, "captions looked at side by side (1)"),
        switch_option("json", &json, "print {\"exact\":, \"pointing\":, \"loss\":, \"scenes\":, ...}"),
        speed_option(&speed),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct examples examples = data ? examples_read(data) : examples_of_scenes(EVAL_SEED, PART_EVAL, count);
    double began = now();
    int64_t *indices = plan_all(examples.count);
    struct score score = score_examples(context, &trained, &examples, indices, examples.count, beam);
    double seconds = now() - began;
    printf(json ? "{\"exact\": %.6f, \"pointing\": %.6f, \"loss\": %.17g, \"scenes\": %lld, \"seconds\": %.3f"
                : "exact %.4f, pointing %.4f, loss %.4f on %lld scenes in %.1f s",
           score.exact, score.pointing, score.loss, (long long)examples.count, seconds);
    if (speed)
        speed_print(&score.speed, "captions", json);
    if (data == NULL) {
        struct examples unseen = examples_of_scenes(EVAL_SEED, PART_UNSEEN, count);
        score = score_examples(context, &trained, &unseen, indices, count, beam);
        printf(json
                   ? ", \"unseen_exact\": %.6f, \"unseen_pointing\": %.6f"
                   : "\nexact %.4f, pointing %.4f on as many that show a colour and shape in a relation held "
                     "out of training",
               score.exact, score.pointing);
    }
    printf(json ? "}\n" : "\n");
    free(indices);
    examples_free(&examples);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
