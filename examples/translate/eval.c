/* eval.c - the command `eval`: a model's figures on a file of pairs, or on dates that it never saw. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "score.h"

static void print_score(const struct score *score, bool dates, bool json, bool speed)
{
    long long sources = (long long)score->sources;
    if (dates)
        printf(json ? "{\"exact\": %.6f, \"alignment\": %.6f, \"loss\": %.17g, \"dates\": %lld"
                    : "exact %.4f, alignment %.4f, loss %.4f on %lld dates",
               score->exact, score->alignment, score->loss, sources);
    else
        printf(json ? "{\"loss\": %.17g, \"bleu\": %.6f, \"exact\": %.6f, \"sources\": %lld"
                    : "loss %.4f, BLEU %.4f, exact %.4f on %lld sources",
               score->loss, score->bleu, score->exact, sources);
    if (speed)
        speed_print(&score->speed, dates ? "dates" : "sources", json);
    printf(json ? "}\n" : "\n");
}

/* The pairs of `data`, or where it is NULL those that stand beside the model. */
static struct pairs read_pairs(attn_context *context, const char *data, const char *languages,
                               const char *model)
{
    const char *slash = strrchr(model, '/');
    char *path =
        data ? print("%s", data) : print("%.*svalid.tsv", slash ? (int)(slash + 1 - model) : 0, model);
    if (data == NULL && access(path, F_OK) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s; the pairs that training held out stand there, name others by --data",
             path, strerror(errno));
    struct pairs pairs = pairs_read(context, path, data ? languages : NULL, false);
    free(path);
    return pairs;
}

int command_eval(int argc, char **argv)
{
    const char *model = NULL, *data = NULL, *languages = NULL;
    int64_t json = 0, speed = 0, threads = 0, copies = 0, beam = 4, dates = 2000, seed = 1000;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        text_option("data", &data, "PATH", "the pairs (valid.tsv beside the model)"),
        text_option("languages", &languages, "en-fr", "PATH.en holds the sources, PATH.fr the targets"),
        integer_option("beam", &beam, 1, 256, "hypotheses of a text; 1: greedy (4)"),
        switch_option("json", &json, "print the figures as an object, a line"),
        speed_option(&speed),
        integer_option("dates", &dates, 1, 1e7, "how many dates are made up (2000)"),
        integer_option("seed", &seed, 0, 9e15, "of these dates (1000)"),
        switch_option("copy", &copies, "copy unknown words from where attention looks"),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    bool of_dates = trained.languages.task == TASK_DATES;
    if (of_dates && data)
        fail(EXIT_BAD_INPUT,
             "--data %s: %s writes dates and is measured on dates that are made up; leave --data out", data,
             model);
    struct pairs pairs =
        of_dates ? pairs_generate(dates, (uint64_t)seed, true) : read_pairs(context, data, languages, model);
    struct corpus corpus = corpus_make(&trained.languages, &pairs);
    int64_t *group = allocate(pairs.count, sizeof *group),
            groups = pairs_group(context, trained.languages.task, &pairs, group);
    struct translator translator = translator_create(context, &trained, beam, copies);
    struct score score = score_pairs(&translator, &pairs, &corpus, group, groups, "translating");
    print_score(&score, of_dates, json, speed);
    translator_destroy(&translator);
    free(group);
    corpus_free(&corpus);
    pairs_free(&pairs);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
