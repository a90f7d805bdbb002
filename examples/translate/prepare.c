/* prepare.c - from the options to a network that is ready to be trained. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training.h"
#include "common/terminal.h"

#define VALID_DATES 1000
#define LITTLE_DATA                                                                                          \
    4000 /* pairs; fewer get smaller batches and more epochs, so that they are learned at all */
#define LITTLE_BATCH 16
#define LITTLE_EPOCHS 24

void say(const struct training *training, const char *format, ...)
{
    if (training->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    flush_output();
}

static void make_dates(struct training *training)
{
    uint64_t seed = (uint64_t)training->config.seed;
    training->train = pairs_generate(training->dates, seed, false);
    training->valid = pairs_generate(VALID_DATES, seed, true);
    say(training, "dates: %lld to train on, %d held out, of days that training never sees",
        (long long)training->dates, VALID_DATES);
}

/* Leave out pairs whose target is longer than the model may say. */
static int64_t drop_long(const struct training *training, struct pairs *pairs)
{
    struct words words = {0};
    int64_t kept = 0, dropped;
    for (int64_t i = 0; i < pairs->count; i++) {
        split_target(training->config.task, pairs->items[i].target, strlen(pairs->items[i].target), &words);
        if (words.count <= training->config.max_length)
            pairs->items[kept++] = pairs->items[i];
        else
            pair_free(&pairs->items[i]);
    }
    words_free(&words);
    dropped = pairs->count - kept;
    pairs->count = kept;
    return dropped;
}

static void read_sentences(struct training *training)
{
    struct config *config = &training->config;
    const char *path = training->data ? training->data : SAMPLE;
    struct pairs all = pairs_read(path);
    int64_t count = all.count, *group = allocate(count, sizeof *group);
    int64_t groups = pairs_group(training->context, config->task, &all, group);
    if (groups < 2)
        fail(EXIT_BAD_INPUT, "%s: all pairs have one source; expected at least 2, one of them to hold out",
             path);
    pairs_split(&all, group, groups, training->share, (uint64_t)config->seed, &training->train,
                &training->valid);
    free(group);
    int64_t dropped = drop_long(training, &training->train);
    if (training->train.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no target has at most %lld tokens, so there is nothing to train on", path,
             (long long)config->max_length);
    say(training, "data: %lld pairs of %lld sources in %s", (long long)count, (long long)groups, path);
    say(training, "split: %lld pairs to train on, %lld held out, no source on both sides",
        (long long)training->train.count, (long long)training->valid.count);
    if (dropped)
        say(training, "left out: %lld pairs of more than %lld target tokens", (long long)dropped,
            (long long)config->max_length);
    if (training->train.count < LITTLE_DATA && training->fit_batch)
        config->batch = LITTLE_BATCH;
    if (training->train.count < LITTLE_DATA && training->fit_epochs)
        config->epochs = LITTLE_EPOCHS;
}

void prepare(struct training *training)
{
    struct config *config = &training->config;
    training->context = make_context(training->threads);
    run_check(training->context, &training->place);
    if (config->task == TASK_DATES)
        make_dates(training);
    else
        read_sentences(training);
    struct pairs *valid = &training->valid;
    training->group = allocate(valid->count, sizeof *training->group);
    training->groups = pairs_group(training->context, config->task, valid, training->group);
    struct trained *trained = &training->trained;
    trained->max_length = config->max_length;
    trained->languages = languages_make(training->context, config->task, &training->train, config->min_count);
    training->train_corpus = corpus_make(&trained->languages, &training->train);
    training->valid_corpus = corpus_make(&trained->languages, valid);
    int64_t sources = attn_vocab_size(trained->languages.source),
            targets = attn_vocab_size(trained->languages.target);
    trained->network = network_create(training->context, config, sources, targets);

    must(attn_params_set_lr_scale(trained->network.params, "source.weight", (float)config->embedding_rate));
    must(attn_params_set_lr_scale(trained->network.params, "target.weight", (float)config->embedding_rate));
    say(training, "vocabulary: %lld source tokens, %lld target tokens; parameters: %lld",
        (long long)sources - 2, (long long)targets - 2, (long long)attn_params_size(trained->network.params));
}

void training_free(struct training *training)
{
    trained_close(&training->trained);
    batch_free(&training->batch);
    corpus_free(&training->train_corpus);
    corpus_free(&training->valid_corpus);
    pairs_free(&training->train);
    pairs_free(&training->valid);
    free(training->group);
    free(training->plan);
    attn_context_destroy(&training->context);
}
