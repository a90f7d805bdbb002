/* train.c - the command `train`: options, data, network, epochs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/plan.h"
#include "common/signals.h"
#include "score.h"

#define VALID_DATES 1000
#define LITTLE_DATA 4000 /* pairs; fewer get smaller batches and more epochs */
#define LITTLE_BATCH 16
#define LITTLE_EPOCHS 24

struct training {
    const char *task, *data, *out;
    double valid;
    int64_t dates, threads, quiet;
    bool fit_batch, fit_epochs; /* not given, so that little data may change them */
    struct config config;

    attn_context *context;
    struct pairs all, train,
        valid_pairs;        /* train and valid_pairs share the texts of `all` where it holds any */
    int64_t *group, groups; /* of valid_pairs */
    struct languages languages;
    struct corpus corpus, valid_corpus;
    struct network network;
    attn_adam *adam;
    attn_tape *tape;
    int64_t *plan, planned_epoch;
    struct batch batch;
};

/* ---- options ---- */

static bool is_given(const struct option *options, int64_t count, const char *name)
{
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, name) == 0)
            return options[i].given;
    }
    return false;
}

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    struct option options[] = {
        choice_option("task", &training->task, "sentences|dates", "what is learned (sentences)"),
        text_option("data", &training->data, "PATH", "the pairs; without it the bundled sample"),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        integer_option("seed", &config->seed, 0, 9e15, "of split, first values, order and dropout (1)"),
        number_option("valid", &training->valid, 0.0001, 0.9, "share of the sources held out (0.1)"),
        integer_option("dates", &training->dates, 1, 1e7, "how many dates are made up to train on (20000)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how often every pair is seen, at most"),
        integer_option("patience", &config->patience, 0, 10000,
                       "stop after N epochs without a better one; 0: never"),
        integer_option("batch", &config->batch, 1, 4096, "pairs a step (64; fewer for little data)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the embeddings (sentences 128, dates 32)"),
        integer_option("encoder", &config->encoder, 1, 4096,
                       "width of the encoder, each direction (128, 32)"),
        integer_option("decoder", &config->decoder, 1, 4096, "width of the decoder (256, 64)"),
        integer_option("min-count", &config->min_count, 1, 1e9, "a token seen less often is unknown (2, 1)"),
        number_option("dropout-embedding", &config->dropout_embedding, 0, 0.99, "of the embeddings (0.2, 0)"),
        number_option("dropout-states", &config->dropout_states, 0, 0.99, "of the encoder's states (0.2, 0)"),
        number_option("dropout-output", &config->dropout_output, 0, 0.99, "before the last layer (0.5, 0)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002, 0.004)"),
        threads_option(&training->threads),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
    };
    /* Read twice: the first time tells the task, whose settings the other options override. */
    *training = (struct training){.task = "sentences", .valid = 0.1, .dates = 20000, .planned_epoch = -1};
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    *config = config_default(strcmp(training->task, "dates") == 0 ? TASK_DATES : TASK_SENTENCES);
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    if (config->task == TASK_DATES && training->data)
        fail(EXIT_BAD_INPUT, "--data %s: dates are made up; leave --data out, or give --task sentences",
             training->data);
    training->fit_batch = !is_given(options, COUNT(options), "batch");
    training->fit_epochs = !is_given(options, COUNT(options), "epochs");
}

/* ---- data ---- */

static void say(const struct training *training, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct training *training, const char *format, ...)
{
    if (training->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static void make_dates(struct training *training)
{
    uint64_t seed = (uint64_t)training->config.seed;
    training->train = pairs_generate(training->dates, seed, false);
    training->valid_pairs = pairs_generate(VALID_DATES, seed, true);
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
    training->all = pairs_read(path);
    int64_t *group = allocate(training->all.count, sizeof *group);
    int64_t groups = pairs_group(training->context, config->task, &training->all, group);
    if (groups < 2)
        fail(EXIT_BAD_INPUT, "%s: all pairs have one source; expected at least 2, one of them to hold out",
             path);
    pairs_split(&training->all, group, groups, training->valid, (uint64_t)config->seed, &training->train,
                &training->valid_pairs);
    free(group);
    int64_t dropped = drop_long(training, &training->train);
    if (training->train.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no target has at most %lld tokens, so there is nothing to train on", path,
             (long long)config->max_length);
    say(training, "data: %lld pairs of %lld sources in %s", (long long)training->all.count, (long long)groups,
        path);
    say(training, "split: %lld pairs to train on, %lld held out, no source on both sides",
        (long long)training->train.count, (long long)training->valid_pairs.count);
    if (dropped)
        say(training, "left out: %lld pairs of more than %lld target tokens", (long long)dropped,
            (long long)config->max_length);
    if (training->train.count >= LITTLE_DATA)
        return;
    config->batch = training->fit_batch ? LITTLE_BATCH : config->batch;
    config->epochs = training->fit_epochs ? LITTLE_EPOCHS : config->epochs;
    config->patience = training->fit_epochs ? 0 : config->patience;
}

/* ---- network ---- */

static int64_t steps_of(const struct training *training)
{
    return (training->train.count + training->config.batch - 1) / training->config.batch;
}

static void prepare(struct training *training)
{
    struct config *config = &training->config;
    training->context = make_context(training->threads);
    if (config->task == TASK_DATES)
        make_dates(training);
    else
        read_sentences(training);
    struct pairs *valid = &training->valid_pairs;
    training->group = allocate(valid->count, sizeof *training->group);
    training->groups = pairs_group(training->context, config->task, valid, training->group);
    training->languages =
        languages_make(training->context, config->task, &training->train, config->min_count);
    training->corpus = corpus_make(&training->languages, &training->train);
    training->valid_corpus = corpus_make(&training->languages, valid);
    int64_t sources = attn_vocab_size(training->languages.source),
            targets = attn_vocab_size(training->languages.target);
    training->network = network_create(training->context, config, sources, targets);

    attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
    adam.lr = (float)config->lr;
    adam.decay_rate = (float)config->decay_rate;
    adam.decay_steps = steps_of(training);
    adam.clip_norm = (float)config->clip_norm;
    adam.average = (float)config->average;
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.seed = (uint64_t)config->seed;
    must(attn_params_set_rate(training->network.params, "source.weight", (float)config->embedding_rate));
    must(attn_params_set_rate(training->network.params, "target.weight", (float)config->embedding_rate));
    must(attn_adam_create(training->network.params, &adam, &training->adam));
    must(attn_tape_create(training->context, &tape, &training->tape));
    say(training, "vocabulary: %lld source tokens, %lld target tokens; parameters: %lld",
        (long long)sources - 2, (long long)targets - 2,
        (long long)attn_params_size(training->network.params));
}

static void training_free(struct training *training)
{
    attn_tape_destroy(&training->tape);
    attn_adam_destroy(&training->adam);
    network_destroy(&training->network);
    batch_free(&training->batch);
    corpus_free(&training->corpus);
    corpus_free(&training->valid_corpus);
    languages_free(&training->languages);
    if (training->all.count) { /* its texts are theirs */
        free(training->train.items);
        free(training->valid_pairs.items);
    } else {
        pairs_free(&training->train);
        pairs_free(&training->valid_pairs);
    }
    pairs_free(&training->all);
    free(training->group);
    free(training->plan);
    attn_context_destroy(&training->context);
}

/* ---- epochs ---- */

static double train_step(void *user, int64_t epoch, int64_t step, int64_t *examples)
{
    struct training *training = user;
    const struct config *config = &training->config;
    int64_t count = training->train.count, at = step * config->batch;
    if (training->planned_epoch != epoch) {
        int64_t *items = allocate(count, sizeof *items);
        for (int64_t i = 0; i < count; i++)
            items[i] = i;
        free(training->plan);
        training->plan = plan_epoch(training->corpus.source.lengths, items, count, config->batch,
                                    (uint64_t)config->seed, epoch);
        training->planned_epoch = epoch;
        free(items);
    }
    batch_fill(&training->batch, &training->corpus, training->plan + at,
               count - at < config->batch ? count - at : config->batch);
    double loss = network_gradients(&training->network, training->tape, &training->batch,
                                    attn_adam_steps(training->adam));
    must(attn_adam_step(training->adam, NULL));
    *examples += training->batch.rows;
    return loss;
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    must(attn_adam_swap_average(training->adam));
    struct translator translator = translator_create(training->context, &training->network, 1);
    struct score score =
        score_pairs(&translator, &training->valid_pairs, &training->valid_corpus, training->group,
                    training->groups, training->quiet ? NULL : "validation");
    translator_destroy(&translator);
    must(attn_adam_swap_average(training->adam));
    if (training->config.task == TASK_DATES)
        text_print(line, "  exact %.4f  alignment %.4f", score.exact, score.alignment);
    else
        text_print(line, "  BLEU %.4f  exact %.4f", score.bleu, score.exact);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    char *path = print("%s/model.safetensors", training->out);
    json_t *json =
        json_pack("{s:o, s:o, s:{s:I, s:f}}", "config", config_json(&training->config), "target",
                  vocab_json(training->languages.target), "best", "epoch", (json_int_t)epoch, "loss", loss);
    must(attn_adam_swap_average(training->adam));
    save_model(path, training->network.params, training->languages.source, json, NULL);
    must(attn_adam_swap_average(training->adam));
    free(path);
}

int command_train(int argc, char **argv)
{
    struct training training;
    read_options(&training, argc, argv);
    prepare(&training);
    make_folder(training.out);
    if (training.config.task == TASK_SENTENCES) {
        char *path = print("%s/valid.tsv", training.out);
        pairs_save(&training.valid_pairs, path);
        free(path);
    }
    struct epochs epochs = {.epochs = training.config.epochs,
                            .steps = steps_of(&training),
                            .patience = training.config.patience,
                            .quiet = training.quiet,
                            .unit = training.config.task == TASK_DATES ? "dates" : "pairs",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .user = &training};
    int64_t best = epochs_run(&epochs, training.out);
    if (best)
        say(&training, "%s/model.safetensors holds epoch %lld", training.out, (long long)best);
    training_free(&training);
    return stop_signal() ? 128 + stop_signal() : 0;
}
