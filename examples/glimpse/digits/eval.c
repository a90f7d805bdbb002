/* eval.c - eval of a model of digits: right readings and pointing, on canvases of digits that training never saw. */
#include <stdio.h>

#include "commands.h"
#include "common/saved.h"
#include "glimpse/tasks.h"
#include "saying.h"

#define EVAL_SEED 1 /* everybody measures on the same canvases */

int eval_digits(int argc, char **argv)
{
    const char *task = NULL, *model = NULL, *data = NULL;
    int64_t json = 0, speed = 0, threads = 0, count = 2000, beam = 1;
    json_t *config;
    struct option options[] = {
        task_option(&task),
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "PATH",
                    "MNIST's files, by their folder or the file of images; without it the bundled digits"),
        integer_option("scenes", &count, 1, 1e9, "how many canvases are drawn (2000)"),
        integer_option("beam", &beam, 1, 64, "readings looked at side by side (1)"),
        switch_option("json", &json, "print {\"exact\":, \"pointing\":, \"loss\":, \"scenes\":, ...}"),
        speed_option(&speed),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct reader reader = reader_load(context, model, NULL, &config);
    struct digits digits = digits_read(data);
    /* Of what it was trained on only those that were held out; of other digits all. */
    struct pool pool = pool_create(&digits, has_fingerprint(config, digits.fingerprint) ? HELD_OUT : EVERY,
                                   data ? data : "the bundled digits");
    const double began = now();
    const struct read_score score = score_canvases(&reader, &pool, EVAL_SEED, CANVAS_EVAL, count, beam);
    printf(
        json ? "{\"exact\": %.6f, \"pointing\": %.6f, \"loss\": %.17g, \"scenes\": %lld, \"seconds\": %.3f, "
               "\"digits\": %lld"
             : "exact %.4f, pointing %.4f, loss %.4f on %lld canvases in %.1f s, of %lld digits that "
               "training never saw",
        score.exact, score.pointing, score.loss, (long long)count, now() - began, (long long)pool.count);
    if (speed)
        speed_print(&score.speed, "canvases", json);
    printf(json ? "}\n" : "\n");
    pool_free(&pool);
    digits_free(&digits);
    reader_destroy(&reader);
    json_decref(config);
    attn_context_destroy(&context);
    return 0;
}
