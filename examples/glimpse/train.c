/* train.c - the command `train`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/names.h"
#include "common/plan.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/runs.h"
#include "common/saved.h"
#include "common/signals.h"
#include "score.h"
#include "tasks.h"

#define VALID_SCENES 512
#define VOCAB_SCENES 2000 /* all words occur in far fewer */
#define AVERAGE 0.995f    /* of the weights: the decay of their moving average, which is measured and saved */
#define STREAM_SPLIT 1
#define STREAM_PLAN 2 /* and on: an epoch each */

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "metrics.csv", NULL};

struct training {
    struct config config;
    const char *data, *out;      /* data NULL: scenes that are drawn */
    char *kept_data;             /* where the checkpoint says that it lay */
    const char *train_precision; /* of products: what their factors are rounded to */
    int64_t threads, resume, overwrite, quiet;
    struct run_place place;
    attn_context *context;
    attn_file *kept; /* the checkpoint that is gone on from */
    json_t *kept_json;
    struct examples examples, valid_scenes;
    int64_t *
        split; /* the pictures of a folder in random order: those to train on, then those held out; the scenes held out */
    int64_t train, valid;   /* how many */
    int64_t *plan, planned; /* the examples of epoch planned - 1 */
    struct trained trained;
    struct batch batch;
    char *model, *checkpoint;
};

/* ---- what is asked for ---- */

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
        train_precision_option(&training->train_precision),
        switch_option("resume", &training->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&training->overwrite),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
    };
    *config = default_config;
    training->train_precision = "float32";
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    training->quiet = training->quiet || !ranks_lead();
    config->weighting = choice_place(WEIGHTINGS, weighting);
    training->place =
        (struct run_place){training->out, training->overwrite, "checkpoint.safetensors", {NULL}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), NULL);
    if (training->resume && !option_given(options, COUNT(options), "epochs"))
        config->epochs = 0; /* the checkpoint's */
    if (training->data && option_given(options, COUNT(options), "scenes"))
        fail(EXIT_BAD_INPUT,
             "--scenes: with --data an epoch is every picture once; leave one of the two out");
    if (training->data)
        config->scenes = 0;
}

/* ---- the checkpoint ---- */

static void open_checkpoint(struct training *training)
{
    training->trained =
        trained_open(training->context, training->checkpoint, &training->kept, &training->kept_json);
    const int64_t epochs = training->config.epochs;
    training->config = config_of_json(json_object_get(training->kept_json, "config"), training->checkpoint);
    training->config.epochs = epochs ? epochs : training->config.epochs;
    training->kept_data = resume_data(training->kept_json, &training->data);
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    trained_save(&training->trained, training->checkpoint, options,
                 resume_json(config_json(&training->config), training->data, training->examples.fingerprint,
                             training->train_precision, progress));
}

/* ---- pictures ---- */

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
}

static void prepare(struct training *training)
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
    prepare_examples(training);
    if (training->resume) {
        resume_check_data(training->kept_json, training->examples.fingerprint, "pictures", training->data,
                          training->checkpoint);
        return;
    }
    run_begin(&training->place, EPOCHS_METRICS_HEAD);
    training->trained.vocab = words_of(training->context, &training->examples);
    training->trained.network =
        network_create(training->context, config, attn_vocab_size(training->trained.vocab));
}

/* ---- epochs ---- */

static void order_epoch(struct training *training, int64_t epoch)
{
    if (training->plan == NULL)
        training->plan = allocate(training->train, sizeof *training->plan);
    for (int64_t i = 0; i < training->train; i++)
        training->plan[i] = training->data ? training->split[i] : epoch * training->train + i;
    if (training->data)
        shuffle(training->plan, training->train, (uint64_t)training->config.seed,
                STREAM_PLAN + (uint64_t)epoch);
    training->planned = epoch + 1;
}

static double step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    if (training->planned != epoch + 1) /* also in the midst of one, where a run is gone on with */
        order_epoch(training, epoch);
    batch_fill(&training->batch, training->trained.vocab, &training->examples, training->plan + share.begin,
               share.count);
    for (int64_t b = 0; b < share.count; b++)
        *weight += training->batch.lengths[b];
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
    trained_save(&training->trained, training->model, (attn_save_options)ATTN_SAVE_OPTIONS_INIT,
                 json_pack("{s:{s:I, s:f}}", "best", "epoch", (json_int_t)epoch, "loss", loss));
}

static void release(struct training *training)
{
    batch_free(&training->batch);
    trained_close(&training->trained);
    free(training->plan);
    free(training->split);
    examples_free(&training->examples);
    examples_free(&training->valid_scenes);
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    attn_context_destroy(&training->context);
    free(training->kept_data);
    free(training->model);
    free(training->checkpoint);
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
                            .examples = training.train,
                            .batch = config->batch,
                            .quiet = training.quiet,
                            .unit = training.data ? "pictures" : "scenes",
                            .step = step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training.kept,
                            .progress = json_object_get(training.kept_json, "progress"),
                            .fingerprint = training.examples.fingerprint,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.clip_norm = (float)config->clip_norm;
    epochs.adam.average = AVERAGE;
    const int status = epochs_run(&epochs, training.out);
    release(&training);
    return status;
}
