/* prepare.c - from the options to a network that is ready to be trained. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training.h"
#include "common/bundled.h"
#include "common/names.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/saved.h"
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

static void check_data(const struct training *training)
{
    const char *given = training->data ? training->data : training->valid_data;
    if (training->config.task == TASK_DATES && given)
        fail(EXIT_BAD_INPUT, "--data %s: dates are made up; leave --data out, or give --task sentences",
             given);
    if (training->config.task == TASK_TOKENISED && training->data == NULL)
        fail(
            EXIT_BAD_INPUT,
            "--task tokenised: no pairs were named, and none that are tokenised come along; add --data PATH");
    if (training->data == NULL && (training->valid_data || training->languages))
        fail(EXIT_BAD_INPUT, "--%s: whose pairs it is of was not said; add --data PATH",
             training->valid_data ? "valid-data" : "languages");
}

static void make_dates(struct training *training)
{
    uint64_t seed = (uint64_t)training->config.seed;
    training->train = pairs_generate(training->config.dates, seed, false);
    training->valid = pairs_generate(VALID_DATES, seed, true);
    say(training, "dates: %lld to train on, %d held out, of days that training never sees",
        (long long)training->config.dates, VALID_DATES);
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

/* Hold out a share of the sources. */
static void split(struct training *training, struct pairs *all, const char *path)
{
    const struct config *config = &training->config;
    int64_t count = all->count, *group = allocate(count, sizeof *group);
    int64_t groups = pairs_group(training->context, config->task, all, group);
    if (groups < 2)
        fail(EXIT_BAD_INPUT, "%s: all pairs have one source; expected at least 2, one of them to hold out",
             path);
    say(training, "data: %lld pairs of %lld sources in %s", (long long)count, (long long)groups, path);
    pairs_split(all, group, groups, config->share, (uint64_t)config->seed, &training->train,
                &training->valid);
    free(group);
    say(training, "split: %lld pairs to train on, %lld held out, no source on both sides",
        (long long)training->train.count, (long long)training->valid.count);
}

static void read_sentences(struct training *training)
{
    struct config *config = &training->config;
    const char *path = training->data ? training->data : bundled("sample.tsv");
    struct pairs all = pairs_read(training->context, path, training->languages, training->quiet);
    uint64_t fingerprint = pairs_fingerprint(HASH_START, &all);
    if (training->valid_data) {
        training->valid =
            pairs_read(training->context, training->valid_data, training->languages, training->quiet);
        fingerprint = pairs_fingerprint(fingerprint, &training->valid);
    }
    training->fingerprint = fingerprint;
    if (training->resume)
        resume_check_data(training->kept_json, fingerprint, "pairs", path, training->checkpoint);
    if (training->valid_data) {
        training->train = all;
        say(training, "data: %lld pairs in %s, %lld held out in %s", (long long)all.count, path,
            (long long)training->valid.count, training->valid_data);
    } else {
        split(training, &all, path);
    }
    int64_t dropped = drop_long(training, &training->train);
    if (training->train.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no target has at most %lld tokens, so there is nothing to train on", path,
             (long long)config->max_length);
    if (dropped)
        say(training, "left out: %lld pairs of more than %lld target tokens", (long long)dropped,
            (long long)config->max_length);
    if (training->train.count < LITTLE_DATA && training->fit_batch)
        config->batch = LITTLE_BATCH;
    if (training->train.count < LITTLE_DATA && training->fit_epochs)
        config->epochs = LITTLE_EPOCHS;
}

static void open_checkpoint(struct training *training)
{
    struct config *config = &training->config;
    struct trained *trained = &training->trained;
    *trained = trained_open(training->context, training->checkpoint, &training->kept, &training->kept_json);
    *config = config_of_json(json_object_get(training->kept_json, "config"), trained->languages.task,
                             training->checkpoint);
    config->max_length = trained->max_length;
    config->epochs = training->epochs ? training->epochs : config->epochs;
    trained->network.dropout = (float)config->dropout_output;
    trained->network.smoothing = (float)config->smoothing;
    const char **names[] = {&training->data, &training->valid_data, &training->languages};
    for (int64_t i = 0; i < COUNT(names); i++) {
        training->kept_names[i] =
            name_of_json(json_array_get(json_object_get(training->kept_json, "data"), (size_t)i));
        if (*names[i] == NULL)
            *names[i] = training->kept_names[i];
    }
}

static void make_network(struct training *training)
{
    const struct config *config = &training->config;
    struct trained *trained = &training->trained;
    trained->max_length = config->max_length;
    trained->languages = languages_make(training->context, config, &training->train);
    trained->network = network_create(training->context, config, attn_vocab_size(trained->languages.source),
                                      attn_vocab_size(trained->languages.target));
}

void prepare(struct training *training)
{
    struct config *config = &training->config;
    training->model = print("%s/model.safetensors", training->out);
    training->checkpoint = print("%s/checkpoint.safetensors", training->out);
    training->context = resume_context(training->threads, &training->train_precision,
                                       training->resume ? training->checkpoint : NULL, training->out);
    if (training->resume)
        open_checkpoint(training);
    else
        run_check(training->context, &training->place);
    check_data(training);
    if (config->task == TASK_DATES)
        make_dates(training);
    else
        read_sentences(training);
    struct pairs *valid = &training->valid;
    training->group = allocate(valid->count, sizeof *training->group);
    training->groups = pairs_group(training->context, config->task, valid, training->group);
    if (!training->resume)
        make_network(training);
    struct trained *trained = &training->trained;
    training->train_corpus = corpus_make(&trained->languages, &training->train);
    training->valid_corpus = corpus_make(&trained->languages, valid);
    int64_t sources = attn_vocab_size(trained->languages.source),
            targets = attn_vocab_size(trained->languages.target);
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
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    for (int64_t i = 0; i < COUNT(training->kept_names); i++)
        free(training->kept_names[i]);
    free(training->model);
    free(training->checkpoint);
    attn_context_destroy(&training->context);
}
