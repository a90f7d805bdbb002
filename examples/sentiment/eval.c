/* eval.c - the command `eval`: accuracy and loss of a model on labelled reviews. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "score.h"

int command_eval(int argc, char **argv)
{
    const char *model = NULL, *data = NULL, *precision = "float32";
    int64_t json = 0, threads = 0;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        needed_option("data", &data, "PATH", "the reviews"),
        switch_option("json", &json, "print {\"accuracy\":, \"loss\":, \"reviews\":, \"seconds\":}"),
        choice_option("precision", &precision, "float32|bfloat16", "of the GRU's weights (float32)"),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model);
    struct dataset dataset = dataset_read(data, "test");
    double began = now();
    struct corpus corpus = corpus_make(context, &dataset, trained.vocab, trained.network.config.max_length);
    corpus_warn(&corpus);
    int64_t *reviews = allocate(corpus.count, sizeof *reviews);
    for (int64_t i = 0; i < corpus.count; i++)
        reviews[i] = i;
    network_pack(&trained.network,
                 strcmp(precision, "bfloat16") == 0 ? ATTN_PRECISION_BFLOAT16 : ATTN_PRECISION_FLOAT32);
    struct score score = score_reviews(&trained.network, &corpus, reviews, corpus.count, "reviews");
    double seconds = now() - began;
    printf(json ? "{\"accuracy\": %.6f, \"loss\": %.6f, \"reviews\": %lld, \"seconds\": %.3f}\n"
                : "accuracy %.4f, loss %.4f on %lld reviews in %.1f s\n",
           score.accuracy, score.loss, (long long)corpus.count, seconds);
    free(reviews);
    corpus_free(&corpus);
    dataset_free(&dataset);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}
