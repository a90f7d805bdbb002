/* train.c - the command `train`: the command line, the run that is gone on from, and what an epoch is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/dice.h"
#include "common/epochs.h"
#include "common/ranks.h"
#include "common/names.h"
#include "common/resume.h"
#include "common/runs.h"
#include "common/saved.h"
#include "common/signals.h"
#include "score.h"

#define VALID_STRINGS 200
#define SAMPLE_EPOCHS 5
#define STREAM_LENGTHS 1

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "metrics.csv", NULL};

struct training {
    struct config config;
    const char *out, *data;      /* data NULL: the bundled sample */
    char *kept_data;             /* where the checkpoint says that it lay */
    const char *train_precision; /* of products: what their factors are rounded to */
    int64_t threads, resume, overwrite, quiet;
    struct run_place place;
    attn_context *context;
    attn_file *kept; /* the checkpoint that is gone on from */
    json_t *kept_json;
    struct recordings recordings;
    struct strings strings, held_out;
    struct trained trained;
    struct batch batch;
    struct string rows[MOST_ROWS];
    char *model, *checkpoint;
};

/* ---- what is asked for ---- */

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    struct option options[] = {
        text_option("data", &training->data, "FOLDER",
                    "recordings DIGIT_SPEAKER_NUMBER.wav; without it the bundled ones"),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        integer_option("strings", &config->strings, 1, 1e9,
                       "strings of digits an epoch, each of them new (2000)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how many (16; of the bundled recordings 5)"),
        integer_option("warmup", &config->warmup, 0, 10000,
                       "epochs in which strings grow from 1 digit to 7 (2)"),
        integer_option("batch", &config->batch, 1, MOST_ROWS, "strings a step (8)"),
        integer_option("encoder", &config->encoder, 1, 4096, "width of the encoder, each direction (64)"),
        integer_option("memory", &config->memory, 1, 4096, "width of what is attended to (64)"),
        integer_option("decoder", &config->decoder, 1, 4096, "width of the speller (96)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the letters (16)"),
        number_option("dropout", &config->dropout, 0, 0.99,
                      "of the encoder's states and before the last layer (0.15)"),
        number_option("diagonal-cost", &config->diagonal, 0, 100,
                      "at first, what attention off an even pace costs (2)"),
        number_option("silence-cost", &config->silence, 0, 100,
                      "what letters cost that listen where it is quiet (0.5)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002)"),
        number_option("lr-decay", &config->lr_decay, 0.01, 1, "what an epoch leaves of the rate (0.83)"),
        integer_option("seed", &config->seed, 0, 9e15, "of strings, first values and dropout (1)"),
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
    training->place =
        (struct run_place){training->out, training->overwrite, "checkpoint.safetensors", {training->data}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), NULL);
    if (!option_given(options, COUNT(options), "epochs") && (training->resume || training->data == NULL))
        config->epochs = training->resume ? 0 : SAMPLE_EPOCHS; /* 0: the checkpoint's */
}

/* ---- the checkpoint ---- */

static void open_checkpoint(struct training *training)
{
    training->trained =
        trained_open(training->context, training->checkpoint, &training->kept, &training->kept_json);
    const int64_t epochs = training->config.epochs;
    training->config = config_of_json(json_object_get(training->kept_json, "config"), training->checkpoint);
    training->config.epochs = epochs ? epochs : training->config.epochs;
    training->trained.network.dropout = (float)training->config.dropout;
    training->trained.network.smoothing = (float)training->config.smoothing;
    training->kept_data = resume_data(training->kept_json, &training->data);
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    trained_save(&training->trained, training->checkpoint, options,
                 resume_json(config_json(&training->config), training->data, training->recordings.fingerprint,
                             training->train_precision, progress));
}

/* ---- epochs ---- */

/* Strings grow from 1 digit to MAX_DIGITS while the run warms up; all of a step's have as many. */
static double train_step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    const struct config *config = &training->config;
    const int64_t steps = (config->strings + config->batch - 1) / config->batch,
                  at = epoch * steps + share.begin / config->batch;
    const int64_t warm = config->warmup * steps, most = at < warm ? 1 + at * MAX_DIGITS / warm : MAX_DIGITS;
    const int64_t digits = 1 + random_below(most, (uint64_t)config->seed, STREAM_LENGTHS, (uint64_t)at);
    const double guided = at < 2 * warm ? 1.0 - (double)at / (2.0 * (double)warm) : 0;
    training->trained.network.diagonal = (float)(config->diagonal * guided);
    training->trained.network.silence = (float)config->silence;
    batch_set_strings(&training->batch, &training->trained, &training->strings,
                      epoch * steps * config->batch + share.begin, digits, share.count, training->rows);
    *weight = (double)training->batch.tokens;
    return network_gradients(&training->trained.network, tape, &training->batch);
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    struct spelling spelling = spelling_create(training->context, &training->trained, 1);
    const struct score score =
        score_strings(&spelling, &training->held_out, VALID_STRINGS, training->quiet ? NULL : "validation");
    spelling_destroy(&spelling);
    text_print(line, "  wer %.4f  cer %.4f  alignment %.4f", score.wer, score.cer, score.alignment);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    trained_save(&training->trained, training->model, (attn_save_options)ATTN_SAVE_OPTIONS_INIT,
                 json_pack("{s:{s:I, s:f}}", "best", "epoch", (json_int_t)epoch, "loss", loss));
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
    const struct feature_settings settings =
        training->resume ? training->trained.settings : features_default();
    training->recordings = recordings_read(training->data, settings.rate);
    if (training->resume)
        resume_check_data(training->kept_json, training->recordings.fingerprint, "recordings",
                          training->data ? training->data : "the bundled sample", training->checkpoint);
    else
        training->trained = trained_create(training->context, config);
    const char *name = training->data ? training->data : "the bundled recordings";
    training->strings = strings_create(&training->recordings, (uint64_t)config->seed, PART_TRAIN, name);
    training->held_out = strings_create(&training->recordings, (uint64_t)config->seed, PART_VALID, name);
    if (!training->resume)
        run_begin(&training->place, EPOCHS_METRICS_HEAD);
}

static void release(struct training *training)
{
    for (int64_t b = 0; b < MOST_ROWS; b++)
        string_free(&training->rows[b]);
    batch_free(&training->batch);
    trained_close(&training->trained);
    strings_free(&training->strings);
    strings_free(&training->held_out);
    recordings_free(&training->recordings);
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    attn_context_destroy(&training->context);
    free(training->kept_data);
    free(training->model);
    free(training->checkpoint);
}

int command_train(int argc, char **argv)
{
    struct training *training = allocate(1, sizeof *training);
    read_options(training, argc, argv);
    prepare(training);
    const struct config *config = &training->config;
    struct epochs epochs = {.context = training->context,
                            .params = training->trained.network.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .seed = config->seed,
                            .epochs = config->epochs,
                            .examples = config->strings,
                            .batch = config->batch,
                            .quiet = training->quiet,
                            .unit = "strings",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training->kept,
                            .progress = json_object_get(training->kept_json, "progress"),
                            .fingerprint = training->recordings.fingerprint,
                            .user = training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.lr_decay = (float)config->lr_decay;
    epochs.adam.lr_decay_steps = epochs_steps(&epochs);
    epochs.adam.clip_norm = (float)config->clip_norm;
    epochs.adam.average = (float)config->average;
    const int status = epochs_run(&epochs, training->out);
    release(training);
    free(training);
    return status;
}
