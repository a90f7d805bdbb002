/* ready.c - from the options to a model that is ready to be trained. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "leave_out.h"
#include "ngrams.h"
#include "teacher.h"
#include "training.h"
#include "vectors.h"
#include "common/ranks.h"
#include "common/signals.h"
#include "common/terminal.h"

/* Little data gets smaller batches, larger steps and more epochs, so that it is learned at all. */
#define LITTLE_DATA 4000
#define LITTLE_BATCH 16
#define LITTLE_LR 3e-3
#define LITTLE_DECAY 0.9
#define LITTLE_EMBEDDING_RATE 2
#define LITTLE_MIN_COUNT 2
#define LEAST_STEPS 250
#define MOST_EPOCHS 40

void say(const struct training *training, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_line(training->options.quiet, format, arguments);
    va_end(arguments);
}

static void check_classes(const struct dataset *data, const char *path)
{
    int32_t label = data->reviews[0].label;
    for (int64_t i = 1; i < data->count; i++) {
        if (data->reviews[i].label != label)
            return;
    }
    fail(EXIT_BAD_INPUT, "%s: all its reviews are labelled %s; expected at least two classes to train on",
         path, data->labels.names[label]);
}

static void read_data(struct training *training)
{
    struct train_options *options = &training->options;
    uint64_t seed = (uint64_t)options->config.seed;
    struct dataset *data = &training->data;
    *data = dataset_read(&options->source, "train", NULL);
    if (!options->quiet)
        dataset_warn(data, options->source.path);
    const int64_t left = options->leave_out ? leave_out(data, options->leave_out) : 0;
    if (data->count == 0)
        fail(EXIT_BAD_INPUT, "%s: every review stands in --leave-out %s; expected others to train on",
             options->source.path, options->leave_out);
    check_classes(data, options->source.path);
    if (options->limit)
        dataset_limit(data, options->limit, seed);
    training->fingerprint = dataset_fingerprint(data);
    if (options->valid_by == NULL)
        options->valid_by = data->films > 1 ? "film" : "random";
    bool by_film = strcmp(options->valid_by, "film") == 0;
    if (by_film && data->films < 2)
        fail(EXIT_BAD_INPUT, "--valid-by film: %s",
             data->films ? "all reviews are about one film; use --valid-by random"
                         : "which films the reviews are about is not known, as no urls_pos.txt lies there; "
                           "use --valid-by random");
    training->split = split_make(data, options->valid, by_film, seed);

    char *found = dataset_describe(data);
    say(training, "data: %s", found);
    free(found);
    if (options->leave_out)
        say(training, "left out: %s reviews whose text stands in %s", with_commas(left), options->leave_out);
    say(training, "split: %s to train on, %s held out%s%s (%s, seed %lld)",
        with_commas(training->split.train_count), with_commas(training->split.valid_count),
        by_film ? ", films: " : "", by_film ? with_commas(training->split.valid_films) : "",
        by_film ? "by film" : "at random", (long long)options->config.seed);
}

void train_too(struct training *training, struct dataset *more)
{
    struct split *split = &training->split;
    int64_t *train = allocate(split->train_count + more->count, sizeof *train);
    memcpy(train, split->train, (size_t)split->train_count * sizeof *train);
    for (int64_t i = 0; i < more->count; i++)
        train[split->train_count + i] = training->data.count + i;
    free(split->train);
    split->train = train;
    split->train_count += more->count;
    dataset_append(&training->data, more);
}

void warn_of_held_out(const struct training *training, const struct dataset *more, const char *option,
                      const char *path, const char *learned)
{
    const struct split *split = &training->split;
    const int64_t both = count_in(more, &training->data, split->valid, split->valid_count);
    if (both && !training->options.quiet)
        complain(
            "%lld of %lld held-out reviews stand in --%s %s too, where %s learned; what is measured on them "
            "tells nothing of others",
            (long long)both, (long long)split->valid_count, option, path, learned);
}

static void read_also(struct training *training)
{
    const struct train_options *options = &training->options;
    const struct source source = {.path = options->also};
    struct dataset more = dataset_read(&source, "train", &training->data.labels);
    if (!options->quiet)
        dataset_warn(&more, source.path);
    if (options->leave_out && leave_out(&more, options->leave_out) && more.count == 0)
        fail(EXIT_BAD_INPUT, "%s: every text stands in --leave-out %s", source.path, options->leave_out);
    warn_of_held_out(training, &more, "also", source.path, "they are");
    training->also = more.count;
    training->also_fingerprint = dataset_fingerprint(&more);
    say(training, "also: %s texts, all of them to train on (%s)", with_commas(more.count), more.found);
    train_too(training, &more);
}

int64_t epochs_for(int64_t reviews, int64_t batch, int64_t epochs)
{
    const int64_t steps = (reviews + batch - 1) / batch, wanted = (LEAST_STEPS + steps - 1) / steps,
                  most = wanted < MOST_EPOCHS ? wanted : MOST_EPOCHS;
    return most > epochs ? most : epochs;
}

static void fit_to_data(struct training *training)
{
    const struct train_options *options = &training->options;
    struct config *config = &training->options.config;
    int64_t count = training->split.train_count;
    if (count >= LITTLE_DATA)
        return;
    config->min_count = config->min_count < LITTLE_MIN_COUNT ? config->min_count : LITTLE_MIN_COUNT;
    if (config->ngrams_min_count > LITTLE_MIN_COUNT)
        config->ngrams_min_count = LITTLE_MIN_COUNT;
    if (!(options->fit_batch || options->fit_epochs || options->fit_lr))
        return;
    if (options->fit_batch)
        config->batch = LITTLE_BATCH;
    if (options->fit_epochs)
        config->epochs = epochs_for(count, config->batch, config->epochs);
    if (options->fit_lr && !config->no_encoder) {
        config->lr = LITTLE_LR;
        config->decay_rate = LITTLE_DECAY;
        config->embedding_rate = LITTLE_EMBEDDING_RATE;
    }
    say(training,
        "little data: %lld reviews a batch, %lld epochs, learning rate %g, unless options say otherwise",
        (long long)config->batch, (long long)config->epochs, config->lr);
}

static void read_vocab(struct training *training)
{
    const struct config *config = &training->options.config;
    int64_t tokens = 0;
    if (training->saved)
        must_read(attn_file_vocab_create(training->saved, NULL, &training->vocab));
    else if (training->start)
        training->vocab = start_vocab(training->context, training->start, config->max_vocab);
    else
        training->vocab =
            make_vocab(training->context, &training->data, training->split.train, training->split.train_count,
                       config->max_vocab, config->min_count, &tokens);
    attn_vocab *vocab = training->vocab;
    training->corpus = corpus_make(&training->data, vocab, config->max_length);
    if (!training->options.quiet)
        corpus_warn(&training->corpus);
    char *line = vocab_describe(vocab, config->min_count, tokens);
    say(training, "%s", line);
    free(line);
}

static void say_vectors(struct training *training)
{
    char *line = vectors_load(training->context, training->vocab, training->model.info.params,
                              training->options.glove);
    say(training, "%s", line);
    free(line);
}

/* The first epochs, which are a language model's. Nothing is written before they are done: a signal ends the program. */
static void learn_language(struct training *training)
{
    const struct train_options *options = &training->options;
    struct config config = config_preset("language");
    config.emb = options->config.emb;
    config.hidden = options->config.hidden;
    config.layers = options->config.layers;
    config.directions = options->config.directions;
    config.reset_before = options->config.reset_before;
    config.layer_norm = options->config.layer_norm;
    config.seed = options->config.seed;
    config.batch = options->config.batch < config.batch ? options->config.batch : config.batch;
    config.epochs = options->language_epochs;
    struct language language = language_create(training->context, &config, attn_vocab_size(training->vocab));
    start_copy(training->model.info.params, language.params);
    must(attn_params_set_trainable(language.params, "embedding.weight", !options->config.freeze_embedding));
    language_count(&language, &config, &training->corpus, training->split.train, training->split.train_count,
                   true);
    struct language_training lessons = {.language = &language,
                                        .config = &config,
                                        .corpus = &training->corpus,
                                        .reviews = training->split.train,
                                        .count = training->split.train_count};
    language_training_begin(&lessons);
    signals_catch();
    while (lessons.epoch < config.epochs) {
        if (!language_epoch(&lessons, options->quiet)) {
            say(training,
                "stopped in language epoch %lld; nothing is kept of these, but " PROGRAM
                " pretrain can go on, and train --start begins with what it learns",
                (long long)lessons.epoch + 1);
            exit(128 + ranks_stop());
        }
        const double loss = lessons.loss_sum / (double)(lessons.words ? lessons.words : 1);
        say(training, "language, epoch %lld/%lld  training loss a word %.4f perplexity %.1f  %.1f s",
            (long long)lessons.epoch + 1, (long long)config.epochs, loss, exp(loss), lessons.seconds);
        language_next_epoch(&lessons);
    }
    start_copy(language.params, training->model.info.params);
    language_training_end(&lessons);
    language_free(&language);
}

static void make_optimiser(struct training *training)
{
    const struct config *config = &training->options.config;
    int64_t steps = (training->split.train_count + config->batch - 1) / config->batch;
    attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
    adam.lr = (float)config->lr;
    adam.beta2 = config->beta2 > 0 ? (float)config->beta2 : ATTN_ZERO;
    adam.lr_decay = (float)config->decay_rate;
    adam.lr_decay_steps = config->decay_steps ? config->decay_steps : steps;
    adam.lr_floor = (float)config->lr_floor;
    adam.clip_norm = (float)config->clip_norm;
    adam.average = (float)config->average;
    if (!config->no_encoder)
        must(attn_params_set_lr_scale(training->model.info.params, "embedding.weight",
                                      (float)config->embedding_rate));
    must(attn_adam_create(training->model.info.params, &adam, &training->adam));
}

static void make_model(struct training *training)
{
    const struct config *config = &training->options.config;
    attn_ngrams_builder *counted = NULL;
    if (config->ngrams)
        counted =
            ngrams_count(training->context, &training->corpus, training->split.train,
                         training->split.train_count - training->unlabelled, training->data.labels.count);
    training->model =
        model_create(training->context, config, &training->data.labels, training->vocab, counted);
    attn_ngrams_builder_destroy(&counted);
}

static void say_size(const struct training *training)
{
    const struct config *config = &training->options.config;
    const int64_t all = attn_params_size(training->model.info.params);
    if (config->no_encoder)
        say(training, "parameters: %s, of n-grams alone", with_commas(all));
    else
        say(training, "parameters: %s, of which %s in the embedding, %s", with_commas(all),
            with_commas(attn_vocab_size(training->vocab) * config->emb),
            config->freeze_embedding ? "frozen" : "trained");
}

void prepare(struct training *training)
{
    read_data(training);
    if (training->options.also)
        read_also(training);
    if (training->options.unlabelled)
        teacher_read_texts(training);
    fit_to_data(training);
    read_vocab(training);
    if (training->saved == NULL)
        make_model(training);
    if (training->options.glove && training->saved == NULL)
        say_vectors(training);
    if (training->start)
        start_from_file(training->start, training->options.start, training->model.info.params);
    attn_file_close(&training->start);
    if (training->options.language_epochs && training->saved == NULL)
        learn_language(training);
    if (training->options.unlabelled)
        teacher_ask(training);
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.seed = (uint64_t)training->options.config.seed;
    must(attn_tape_create(training->context, &tape, &training->tape));
    if (training->model.trained && training->saved == NULL)
        ngrams_train(training);
    if (training->model.trained)
        ngrams_freeze(training);
    make_optimiser(training);
    if (training->saved)
        checkpoint_restore(training);
    say_size(training);
}
