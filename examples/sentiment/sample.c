/* sample.c - the command `sample`: one review as the model will read it, like the article's sample_data. */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "corpus.h"
#include "commands.h"

static void print_review(const struct dataset *dataset, const struct corpus *corpus, int64_t review,
                         const attn_vocab *vocab)
{
    int64_t length = corpus->lengths[review];
    int32_t *ids = allocate(length, sizeof *ids);
    corpus_read(corpus, corpus->begins[review], length, ids);
    char *found = dataset_describe(dataset);
    const char **tokens = allocate(length, sizeof *tokens);
    must(attn_vocab_decode(vocab, length, ids, tokens));
    printf("data: %s\nreview: %s\nids:", found, dataset->reviews[review].name);
    for (int64_t i = 0; i < length; i++)
        printf(" %d", ids[i]);
    printf("\nlength: %lld\nlabel: %d (%s)\ntokens:", (long long)length, corpus->labels[review],
           dataset->labels.names[corpus->labels[review]]);
    for (int64_t i = 0; i < length; i++)
        printf(" %s", tokens[i]);
    putchar('\n');
    free(tokens);
    free(ids);
    free(found);
}

int command_sample(int argc, char **argv)
{
    struct source source = {0};
    struct config config = config_preset("default");
    struct option options[] = {
        needed_option("data", &source.path, "PATH", "the reviews"),
        SOURCE_OPTIONS(source),
        integer_option("seed", &config.seed, 0, 9e15, "another number, another review (1)"),
        integer_option("max-length", &config.max_length, 1, 100000, "tokens read of a review (1000)"),
    };
    options_parse("sample", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(1);
    struct dataset dataset = dataset_read(&source, "train", NULL);
    dataset_warn(&dataset, source.path);
    int64_t *all = allocate(dataset.count, sizeof *all);
    for (int64_t i = 0; i < dataset.count; i++)
        all[i] = i;
    attn_vocab *vocab =
        make_vocab(context, &dataset, all, dataset.count, config.max_vocab, config.min_count, NULL);
    struct corpus corpus = corpus_make(&dataset, vocab, config.max_length);
    corpus_warn(&corpus);
    int64_t review = random_below(dataset.count, (uint64_t)config.seed, STREAM_SAMPLE, 0);
    print_review(&dataset, &corpus, review, vocab);
    corpus_free(&corpus);
    attn_vocab_destroy(&vocab);
    dataset_free(&dataset);
    free(all);
    attn_context_destroy(&context);
    return 0;
}
