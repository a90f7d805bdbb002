/* train.c - the command `train`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/plan.h"
#include "common/runs.h"
#include "common/signals.h"
#include "score.h"
#include "tasks.h"

#define VALID_SCENES 512
#define VOCAB_SCENES 2000 /* all words occur in far fewer */
#define AVERAGE 0.995f    /* of the weights: the decay of their moving average, which is measured and saved */
#define STREAM_SPLIT 1
#define STREAM_PLAN 2 /* and on: an epoch each */

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "metrics.csv", NULL};

static const struct config default_config = {
    .hidden = 96,
    .emb = 32,
    .weighting = ATTN_WEIGHTING_ENTMAX15,
    .temperature = 0.7,
    .batch = 16,
    .epochs = 10,
    .seed = 1,
    .scenes = 5000,
    .lr = 2e-3,
    .clip_norm = 1,
};

struct training {
    struct config config;
    const char *data, *out;
    int64_t threads, overwrite, quiet;
    attn_context *context;
    struct examples examples, valid_scenes;
    int64_t *
        split; /* the pictures of a folder in random order: those to train on, then those held out; the scenes held out */
    int64_t train, valid; /* how many */
    int64_t *plan;        /* an epoch's examples */
    struct trained trained;
    struct batch batch;
    char *model;
};

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    const char *task = "scenes", *weighting = "entmax";
    struct option options[] = {
        task_option(&task),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        text_option("data", &training->data, "FOLDER",
                    "pictures with captions.tsv; without it scenes are drawn"),
        integer_option("scenes", &config->scenes, 1, 1e9, "scenes an epoch, each of them new (5000)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how many (10)"),
        integer_option("batch", &config->batch, 1, 4096, "pictures a step (16)"),
        integer_option("hidden", &config->hidden, 1, 4096, "width of the network (96)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002)"),
        choice_option("weighting", &weighting, WEIGHTINGS, "from scores to weights (entmax)"),
        number_option("temperature", &config->temperature, 0.001, 1000,
                      "of the weights: below 1 they are sharper (0.7)"),
        integer_option("seed", &config->seed, 0, 9e15, "of scenes, first values and order (1)"),
        threads_option(&training->threads),
        overwrite_option(&training->overwrite),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
    };
    *config = default_config;
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    config->weighting = choice_place(WEIGHTINGS, weighting);
    if (training->data && option_given(options, COUNT(options), "scenes"))
        fail(EXIT_BAD_INPUT,
             "--scenes: with --data an epoch is every picture once; leave one of the two out");
    if (training->data)
        config->scenes = 0;
}

/* Scenes: every epoch draws new ones. A folder: a tenth of its pictures is held out. */
static void prepare_examples(struct training *training)
{
    struct config *config = &training->config;
    uint64_t seed = (uint64_t)config->seed;
    if (training->data == NULL) {
        training->examples = examples_of_scenes(seed, PART_TRAIN, VOCAB_SCENES);
        training->valid_scenes = examples_of_scenes(seed, PART_VALID, VALID_SCENES);
        examples_keep(&training->valid_scenes);
        training->train = config->scenes;
        training->valid = VALID_SCENES;
        training->split = plan_all(VALID_SCENES);
    } else {
        training->examples = examples_read(training->data);
        int64_t count = training->examples.count;
        if (count < 10)
            fail(EXIT_BAD_INPUT,
                 "%s: %lld pictures; at least 10 are needed to train on some and measure on others",
                 training->data, (long long)count);
        training->valid = count / 10;
        training->train = count - training->valid;
        training->split = plan_all(count);
        shuffle(training->split, count, seed, STREAM_SPLIT);
    }
    training->plan = allocate(training->train, sizeof *training->plan);
}

static void prepare(struct training *training)
{
    struct config *config = &training->config;
    training->context = make_context(training->threads);
    const struct run_place place = {training->out, training->overwrite, NULL, {NULL}};
    run_check(training->context, &place);
    prepare_examples(training);
    run_begin(&place, EPOCHS_METRICS_HEAD);
    training->model = print("%s/model.safetensors", training->out);
    training->trained.vocab = words_of(training->context, &training->examples);
    training->trained.network =
        network_create(training->context, config, attn_vocab_size(training->trained.vocab));
}

static void order_epoch(struct training *training, int64_t epoch)
{
    for (int64_t i = 0; i < training->train; i++)
        training->plan[i] = training->data ? training->split[i] : epoch * training->train + i;
    if (training->data)
        shuffle(training->plan, training->train, (uint64_t)training->config.seed,
                STREAM_PLAN + (uint64_t)epoch);
}

static double step(void *user, attn_tape *tape, int64_t epoch, int64_t number, int64_t *examples)
{
    struct training *training = user;
    int64_t at = number * training->config.batch, rows = training->config.batch;
    if (number == 0)
        order_epoch(training, epoch);
    rows = training->train - at < rows ? training->train - at : rows;
    batch_fill(&training->batch, training->trained.vocab, &training->examples, training->plan + at, rows);
    *examples += rows;
    return network_gradients(&training->trained.network, tape, &training->batch);
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    bool drawn = training->data == NULL;
    const int64_t *held_out = training->split + (drawn ? 0 : training->train);
    struct score score = score_examples(training->context, &training->trained,
                                        drawn ? &training->valid_scenes : &training->examples, held_out,
                                        training->valid, drawn);
    if (drawn)
        text_print(line, "  exact %.4f  pointing %.4f", score.exact, score.pointing);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    trained_save(&training->trained, training->model, epoch, loss);
}

static void release(struct training *training)
{
    batch_free(&training->batch);
    trained_close(&training->trained);
    free(training->plan);
    free(training->split);
    examples_free(&training->examples);
    examples_free(&training->valid_scenes);
    attn_context_destroy(&training->context);
    free(training->model);
}

int train_scenes(int argc, char **argv)
{
    struct training training = {0};
    read_options(&training, argc, argv);
    prepare(&training);
    const struct config *config = &training.config;
    struct epochs epochs = {.context = training.context,
                            .params = training.trained.network.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .epochs = config->epochs,
                            .steps = (training.train + config->batch - 1) / config->batch,
                            .quiet = training.quiet,
                            .unit = training.data ? "pictures" : "scenes",
                            .step = step,
                            .measure = measure,
                            .save = save,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.clip_norm = (float)config->clip_norm;
    epochs.adam.average = AVERAGE;
    const int status = epochs_run(&epochs, training.out);
    release(&training);
    return status;
}
