/* eval.c - the command `eval`: a model's figures on strings of recordings that it never heard. */
#include <stdio.h>

#include "commands.h"
#include "score.h"

int command_eval(int argc, char **argv)
{
    const char *model = NULL, *data = NULL;
    int64_t json = 0, speed = 0, threads = 0, beam = 1, count = 1000, seed = 1000;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "FOLDER", "the recordings; without it the bundled ones"),
        integer_option("strings", &count, 1, 1e7, "how many strings of digits are chained (1000)"),
        integer_option("seed", &seed, 0, 9e15, "of these strings (1000)"),
        integer_option("beam", &beam, 1, 256, "texts tried side by side; 1: greedy (1)"),
        switch_option("json", &json, "print the figures as an object, a line"),
        speed_option(&speed),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct recordings recordings = recordings_read(data, trained.settings.rate);
    struct strings strings =
        strings_create(&recordings, (uint64_t)seed, PART_EVAL, data ? data : "the bundled recordings");
    struct spelling spelling = spelling_create(context, &trained, beam);
    const struct score score = score_strings(&spelling, &strings, count, "listening");
    printf(json ? "{\"wer\": %.6f, \"cer\": %.6f, \"alignment\": %.6f, \"loss\": %.17g, \"strings\": %lld"
                : "word error %.4f, letter error %.4f, alignment %.4f, loss %.4f on %lld strings",
           score.wer, score.cer, score.alignment, score.loss, (long long)score.strings);
    if (speed)
        speed_print(&score.speed, "strings", json);
    printf(json ? "}\n" : "\n");
    spelling_destroy(&spelling);
    strings_free(&strings);
    recordings_free(&recordings);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
