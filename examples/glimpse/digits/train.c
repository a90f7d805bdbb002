/* train.c - train --task digits: the command line, the run that is gone on from, and what an epoch is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/names.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/runs.h"
#include "common/saved.h"
#include "common/signals.h"
#include "glimpse/tasks.h"
#include "saying.h"

#define VALID_CANVASES 300
#define MOST_ROWS 256
#define SAMPLE_EPOCHS 8
#define SAMPLE_SCENES 1500
#define AVERAGE 0.998f /* of the weights: the decay of their moving average, which is measured and saved */
#define STREAM_COUNTS 1

struct config {
    struct reader_config reader;
    int64_t scenes, epochs, batch; /* canvases an epoch, each of them new */
    int64_t warmup;                /* epochs until canvases show as many digits as they may */
    double lr, lr_decay;
    double diagonal, empty; /* guide.h; the first falls to 0 in twice the warm-up */
};

static const struct config default_config = {
    .reader =
        {.hidden = 96, .weighting = ATTN_WEIGHTING_ENTMAX15, .temperature = 1, .dropout = 0.1, .seed = 1},
    .scenes = 4000,
    .epochs = 40,
    .batch = 16,
    .warmup = 2,
    .lr = 2e-3,
    .lr_decay = 0.93,
    .diagonal = 2,
    .empty = 1,
};

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
    struct digits digits;
    struct pool pool, held_out;
    struct reader reader;
    struct page page;
    char *model, *checkpoint;
};

/* ---- what is asked for ---- */

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    const char *task = "digits", *weighting = "entmax";
    struct option options[] = {
        task_option(&task),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        text_option("data", &training->data, "PATH",
                    "MNIST's files, by their folder or the file of images; without it the bundled digits"),
        integer_option("scenes", &config->scenes, 1, 1e9,
                       "canvases an epoch, each of them new (4000; of the bundled digits 1500)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how many (40; of the bundled digits 8)"),
        integer_option("warmup", &config->warmup, 0, 10000,
                       "epochs in which canvases grow from 1 digit to 5 (2)"),
        integer_option("batch", &config->batch, 1, MOST_ROWS, "canvases a step (16)"),
        integer_option("hidden", &config->reader.hidden, 1, 4096, "width of the network (96)"),
        number_option("dropout", &config->reader.dropout, 0, 0.99, "before the last layer (0.1)"),
        number_option("diagonal-cost", &config->diagonal, 0, 100,
                      "at first, what looking off an even pace costs (2)"),
        number_option("empty-cost", &config->empty, 0, 100,
                      "what looking where nothing is written costs (1)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002)"),
        number_option("lr-decay", &config->lr_decay, 0.01, 1, "what is left of it after an epoch (0.93)"),
        choice_option("weighting", &weighting, WEIGHTINGS, "from scores to weights (entmax)"),
        number_option("temperature", &config->reader.temperature, 0.001, 1000,
                      "of the weights: below 1 they are sharper (1)"),
        integer_option("seed", &config->reader.seed, 0, 9e15, "of canvases, first values and dropout (1)"),
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
    config->reader.weighting = choice_place(WEIGHTINGS, weighting);
    training->place =
        (struct run_place){training->out, training->overwrite, "checkpoint.safetensors", {training->data}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), NULL);
    if (!option_given(options, COUNT(options), "epochs") && (training->resume || training->data == NULL))
        config->epochs = training->resume ? 0 : SAMPLE_EPOCHS; /* 0: the checkpoint's */
    if (!option_given(options, COUNT(options), "scenes") && training->data == NULL)
        config->scenes = SAMPLE_SCENES;
}

/* ---- the checkpoint ---- */

static json_t *config_json(const struct config *config)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "scenes",
                     (json_int_t)config->scenes, "epochs", (json_int_t)config->epochs, "warmup",
                     (json_int_t)config->warmup, "batch", (json_int_t)config->batch, "seed",
                     (json_int_t)config->reader.seed, "dropout", config->reader.dropout, "lr", config->lr,
                     "lr_decay", config->lr_decay, "diagonal", config->diagonal, "empty", config->empty);
}

static void take_config(struct training *training)
{
    struct config *config = &training->config;
    json_int_t scenes, epochs, warmup, batch, seed;
    const json_t *json = json_object_get(training->kept_json, "config");
    if (json_unpack((json_t *)json, "{s:I, s:I, s:I, s:I, s:I, s:F, s:F, s:F, s:F, s:F}", "scenes", &scenes,
                    "epochs", &epochs, "warmup", &warmup, "batch", &batch, "seed", &seed, "dropout",
                    &config->reader.dropout, "lr", &config->lr, "lr_decay", &config->lr_decay, "diagonal",
                    &config->diagonal, "empty", &config->empty) != 0 ||
        scenes < 1 || epochs < 1 || warmup < 0 || batch < 1 || batch > MOST_ROWS || seed < 0 ||
        !(config->reader.dropout >= 0 && config->reader.dropout < 1 && config->lr > 0 &&
          config->lr_decay > 0 && config->lr_decay <= 1))
        fail(EXIT_BAD_INPUT,
             "%s: its settings are missing; expected a checkpoint that " PROGRAM " train --task digits wrote",
             training->checkpoint);
    config->scenes = scenes;
    config->epochs = config->epochs ? config->epochs : epochs;
    config->warmup = warmup;
    config->batch = batch;
    config->reader.seed = seed;
    training->reader.dropout = (float)config->reader.dropout;
}

static void open_checkpoint(struct training *training)
{
    training->reader =
        reader_load(training->context, training->checkpoint, &training->kept, &training->kept_json);
    take_config(training);
    training->kept_data = resume_data(training->kept_json, &training->data);
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    reader_save(&training->reader, &training->digits, training->checkpoint, options,
                json_pack("{s:o, s:o, s:s, s:o}", "config", config_json(&training->config), "data",
                          resume_place_json(training->data), "train_precision", training->train_precision,
                          "progress", progress));
}

/* ---- epochs ---- */

/* Canvases grow from 1 digit to MOST_DIGITS while the run warms up; all of a step's have as many, and none is padded. The larger of two
 * numbers is taken: a digit more on a canvas costs less than a canvas more. */
static double train_step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    const struct config *config = &training->config;
    const int64_t steps = (config->scenes + config->batch - 1) / config->batch,
                  at = epoch * steps + share.begin / config->batch;
    const int64_t warm = config->warmup * steps, most = at < warm ? 1 + at * MOST_DIGITS / warm : MOST_DIGITS;
    const uint64_t seed = (uint64_t)config->reader.seed;
    const int64_t one = random_below(most, seed, STREAM_COUNTS, 2 * (uint64_t)at),
                  other = random_below(most, seed, STREAM_COUNTS, 2 * (uint64_t)at + 1),
                  count = 1 + (one > other ? one : other);
    const double guided = at < 2 * warm ? 1 - (double)at / (2 * (double)warm) : 0;
    training->reader.diagonal = (float)(config->diagonal * guided);
    training->reader.empty = (float)config->empty;
    page_reserve(&training->page, share.count);
    for (int64_t b = 0; b < share.count; b++)
        canvas_draw(&training->pool, seed, CANVAS_TRAIN, epoch * steps * config->batch + share.begin + b,
                    count, &training->page.canvases[b]);
    page_set(&training->page);
    *weight = (double)share.count;
    return reader_gradients(&training->reader, tape, &training->page);
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    const struct read_score score =
        score_canvases(&training->reader, &training->held_out, (uint64_t)training->config.reader.seed,
                       CANVAS_VALID, VALID_CANVASES, 1);
    text_print(line, "  exact %.4f  pointing %.4f", score.exact, score.pointing);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    reader_save(&training->reader, &training->digits, training->model,
                (attn_save_options)ATTN_SAVE_OPTIONS_INIT,
                json_pack("{s:{s:I, s:f}}", "best", "epoch", (json_int_t)epoch, "loss", loss));
}

static void prepare(struct training *training)
{
    training->model = print("%s/model.safetensors", training->out);
    training->checkpoint = print("%s/checkpoint.safetensors", training->out);
    training->context = resume_context(training->threads, &training->train_precision,
                                       training->resume ? training->checkpoint : NULL, training->out);
    if (training->resume)
        open_checkpoint(training);
    else
        run_check(training->context, &training->place);
    const char *name = training->data ? training->data : "the bundled digits";
    training->digits = digits_read(training->data);
    training->pool = pool_create(&training->digits, TRAINED, name);
    training->held_out = pool_create(&training->digits, HELD_OUT, name);
    if (training->resume) {
        resume_check_data(training->kept_json, training->digits.fingerprint, "digits",
                          training->data ? training->data : "the bundled sample", training->checkpoint);
    } else {
        training->reader = reader_create(training->context, &training->config.reader);
        run_begin(&training->place, EPOCHS_METRICS_HEAD);
    }
}

static void release(struct training *training)
{
    page_free(&training->page);
    reader_destroy(&training->reader);
    pool_free(&training->pool);
    pool_free(&training->held_out);
    digits_free(&training->digits);
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    attn_context_destroy(&training->context);
    free(training->kept_data);
    free(training->model);
    free(training->checkpoint);
}

int train_digits(int argc, char **argv)
{
    struct training training = {0};
    read_options(&training, argc, argv);
    prepare(&training);
    const struct config *config = &training.config;
    struct epochs epochs = {.context = training.context,
                            .params = training.reader.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .seed = config->reader.seed,
                            .epochs = config->epochs,
                            .examples = config->scenes,
                            .batch = config->batch,
                            .quiet = training.quiet,
                            .unit = "canvases",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training.kept,
                            .progress = json_object_get(training.kept_json, "progress"),
                            .fingerprint = training.digits.fingerprint,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.lr_decay = (float)config->lr_decay;
    epochs.adam.lr_decay_steps = epochs_steps(&epochs);
    epochs.adam.clip_norm = 1;
    epochs.adam.average = AVERAGE;
    const int status = epochs_run(&epochs, training.out);
    release(&training);
    return status;
}
