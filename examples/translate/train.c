/* train.c - the command `train`: its options, and the epochs. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/names.h"
#include "common/plan.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/saved.h"
#include "common/signals.h"
#include "training.h"

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "valid.tsv", "metrics.csv",
                                 NULL};

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    struct option options[] = {
        choice_option("task", &training->task, TASKS, "what is learned (sentences)"),
        text_option("data", &training->data, "PATH", "the pairs; without it the bundled sample"),
        text_option("languages", &training->languages, "en-fr",
                    "PATH.en holds the sources, PATH.fr the targets"),
        text_option("valid-data", &training->valid_data, "PATH",
                    "the pairs held out, in place of a share of the data"),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        integer_option("seed", &config->seed, 0, 9e15, "of split, first values, order and dropout (1)"),
        number_option("valid", &config->share, 0.0001, 0.9, "share of the sources held out (0.1)"),
        integer_option("dates", &config->dates, 1, 1e7, "how many dates are made up to train on (20000)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how often every pair is seen, at most (24, 12)"),
        integer_option("patience", &config->patience, 0, 10000,
                       "stop after N epochs without a better one; 0: never (4, 0)"),
        integer_option("batch", &config->batch, 1, 4096, "pairs a step (64; fewer for little data)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the embeddings (sentences 128, dates 32)"),
        integer_option("encoder", &config->encoder, 1, 4096,
                       "width of the encoder, each direction (192, 32)"),
        integer_option("decoder", &config->decoder, 1, 4096, "width of the decoder (320, 64)"),
        integer_option("pieces", &config->pieces, 0, 1e7,
                       "split words into pieces, learned by N joins; 0: words stay whole (0)"),
        integer_option("min-count", &config->min_count, 1, 1e9, "a token seen less often is unknown (2, 1)"),
        number_option("dropout-embedding", &config->dropout_embedding, 0, 0.99, "of the embeddings (0.4, 0)"),
        number_option("dropout-states", &config->dropout_states, 0, 0.99, "of the encoder's states (0.3, 0)"),
        number_option("dropout-output", &config->dropout_output, 0, 0.99, "before the last layer (0.5, 0)"),
        number_option("smoothing", &config->smoothing, 0, 0.99, "of the labels, in training (0)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002, 0.004)"),
        number_option("lr-decay", &config->lr_decay, 0.01, 1,
                      "what an epoch leaves of the rate (0.9, 0.7; tokenised 0.85)"),
        threads_option(&training->threads),
        train_precision_option(&training->train_precision),
        switch_option("resume", &training->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&training->overwrite),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
    };
    /* Read twice: the first time tells the task, whose settings the other options override. */
    *training = (struct training){.task = "sentences", .train_precision = "float32"};
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    *config = config_default(choice_place(TASKS, training->task));
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    training->quiet = training->quiet || !ranks_lead();
    if (config->task == TASK_DATES && config->pieces)
        fail(EXIT_BAD_INPUT, "--pieces: dates are read and written by characters; leave it out");
    training->place = (struct run_place){
        training->out, training->overwrite, "checkpoint.safetensors", {training->data, training->valid_data}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), "task");
    training->fit_batch = !training->resume && !option_given(options, COUNT(options), "batch");
    training->fit_epochs = !training->resume && !option_given(options, COUNT(options), "epochs");
    training->epochs = option_given(options, COUNT(options), "epochs") ? config->epochs : 0;
}

static double train_step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    const struct config *config = &training->config;
    const int64_t count = training->train.count;
    if (training->planned != epoch + 1) { /* also in the midst of one, where a run is gone on with */
        int64_t *items = plan_all(count);
        free(training->plan);
        training->plan = plan_epoch(training->train_corpus.source.lengths, items, count, config->batch,
                                    (uint64_t)config->seed, epoch);
        free(items);
        training->planned = epoch + 1;
    }
    batch_fill(&training->batch, &training->train_corpus, training->plan + share.begin, share.count);
    *weight = (double)training->batch.tokens;
    return network_gradients(&training->trained.network, tape, &training->batch);
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    struct translator translator = translator_create(training->context, &training->trained, 1, false);
    struct score score = score_pairs(&translator, &training->valid, &training->valid_corpus, training->group,
                                     training->groups, training->quiet ? NULL : "validation");
    translator_destroy(&translator);
    if (training->config.task == TASK_DATES)
        text_print(line, "  exact %.4f  alignment %.4f", score.exact, score.alignment);
    else
        text_print(line, "  BLEU %.4f  exact %.4f", score.bleu, score.exact);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    trained_save(&training->trained, training->model, (attn_save_options)ATTN_SAVE_OPTIONS_INIT,
                 json_pack("{s:{s:I, s:f}}", "best", "epoch", (json_int_t)epoch, "loss", loss));
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    json_t *data = json_array();
    json_array_append_new(data, resume_place_json(training->data));
    json_array_append_new(data, resume_place_json(training->valid_data));
    json_array_append_new(data, name_json(training->languages));
    trained_save(&training->trained, training->checkpoint, options,
                 json_pack("{s:o, s:o, s:o, s:s, s:o}", "config", config_json(&training->config), "data",
                           data, "fingerprint", fingerprint_json(training->fingerprint), "train_precision",
                           training->train_precision, "progress", progress));
}

static void begin(struct training *training)
{
    run_begin(&training->place, EPOCHS_METRICS_HEAD);
    if (training->config.task == TASK_DATES)
        return;
    char *path = print("%s/valid.tsv", training->out);
    pairs_save(&training->valid, path);
    free(path);
}

int command_train(int argc, char **argv)
{
    struct training training;
    const struct config *config = &training.config;
    read_options(&training, argc, argv);
    prepare(&training);
    if (!training.resume)
        begin(&training);
    struct epochs epochs = {.context = training.context,
                            .params = training.trained.network.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .seed = config->seed,
                            .epochs = config->epochs,
                            .examples = training.train.count,
                            .batch = config->batch,
                            .patience = config->patience,
                            .quiet = training.quiet,
                            .unit = config->task == TASK_DATES ? "dates" : "pairs",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training.kept,
                            .progress = json_object_get(training.kept_json, "progress"),
                            .fingerprint = training.fingerprint,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.lr_decay = (float)config->lr_decay;
    epochs.adam.lr_decay_steps = epochs_steps(&epochs);
    epochs.adam.clip_norm = (float)config->clip_norm;
    epochs.adam.average = (float)config->average;
    const int status = epochs_run(&epochs, training.out);
    training_free(&training);
    return status;
}
