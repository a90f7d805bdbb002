/* checkpoint.c - the model file; and the checkpoint, which also holds Adam's state, settings and progress. */
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/resume.h"
#include "training.h"

/* What stands beside the model, from the configuration on. Nothing of time and place goes in here: the same seed gives the same
 * file. */
static json_t *describe(const struct training *training)
{
    const struct train_options *options = &training->options;
    char *command = print("%s --epochs %lld", options->told, (long long)options->config.epochs);
    json_t *json = json_pack("{s:s, s:s, s:o}", "program", PROGRAM, "command", command, "config",
                             config_json(&options->config));
    free(command);
    return json;
}

static void save(const struct training *training, const char *path, attn_save_options options, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    options.config = text;
    must(attn_classifier_save(training->model.classifier, path, &options));
    free(text);
    json_decref(json);
}

void model_save(struct training *training)
{
    const struct progress *progress = &training->progress;
    json_t *json = describe(training);
    if (progress->best_epoch)
        json_object_set_new(json, "best",
                            json_pack("{s:I, s:f, s:f}", "epoch", (json_int_t)progress->best_epoch,
                                      "valid_loss", progress->best_loss, "valid_accuracy",
                                      progress->best_accuracy));
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.dtype = training->options.config.int8       ? ATTN_DTYPE_INT8
                    : training->options.config.bfloat16 ? ATTN_DTYPE_BFLOAT16
                                                        : ATTN_DTYPE_FLOAT32;
    save(training, training->run.model, options, json);
}

static json_t *describe_run(const struct training *training)
{
    const struct train_options *options = &training->options;
    char *data = realpath(options->source.path, NULL);
    json_t *run = json_object();
    json_object_set_new(run, "data", name_json(data ? data : options->source.path));
    json_object_set_new(run, "text_column", name_json(options->source.text_column));
    json_object_set_new(run, "label_column", name_json(options->source.label_column));
    json_object_set_new(run, "fingerprint", fingerprint_json(training->fingerprint));
    json_object_set_new(run, "only_extreme", json_boolean(options->source.only_extreme));
    json_object_set_new(run, "leave_out", name_json(options->leave_out));
    json_object_set_new(run, "glove", name_json(options->glove));
    json_object_set_new(run, "also", name_json(options->also));
    json_object_set_new(run, "also_count", json_integer(training->also));
    json_object_set_new(run, "also_fingerprint", fingerprint_json(training->also_fingerprint));
    json_object_set_new(run, "unlabelled", name_json(options->unlabelled));
    json_object_set_new(run, "unlabelled_count", json_integer(training->unlabelled));
    json_object_set_new(run, "teacher", several_json(&options->teachers));
    json_object_set_new(run, "start", name_json(options->start));
    json_object_set_new(run, "language_epochs", json_integer(options->language_epochs));
    json_object_set_new(run, "preset", json_string(options->preset));
    json_object_set_new(run, "valid", json_real(options->valid));
    json_object_set_new(run, "valid_by", json_string(options->valid_by));
    json_object_set_new(run, "limit", json_integer(options->limit));
    free(data);
    return run;
}

void checkpoint_save(struct training *training)
{
    const struct progress *progress = &training->progress;
    json_t *json = describe(training);
    json_object_set_new(json, "command", json_string(training->options.told)); /* without the epochs */
    json_object_set_new(json, "train_precision", json_string(training->options.train_precision));
    json_object_set_new(json, "run", describe_run(training));
    json_object_set_new(json, "progress",
                        json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:f, s:f}", "epoch",
                                  (json_int_t)progress->epoch, "step", (json_int_t)progress->step, "seen",
                                  (json_int_t)progress->seen, "correct", (json_int_t)progress->correct,
                                  "loss_sum", progress->loss_sum, "seconds", progress->seconds, "best_epoch",
                                  (json_int_t)progress->best_epoch, "best_loss", progress->best_loss,
                                  "best_accuracy", progress->best_accuracy));
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = training->adam;
    save(training, training->run.checkpoint, options, json);
}

void checkpoint_open(struct training *training)
{
    const char *path = training->run.checkpoint;
    must_read(attn_file_open(training->context, path, &training->saved));
    training->saved_json = read_model_json(training->saved, path);
    if (json_object_get(training->saved_json, "language"))
        fail(EXIT_BAD_INPUT,
             "--resume: the run in %s is a language model's; go on with " PROGRAM
             " pretrain --out %s --resume",
             training->options.out, training->options.out);
    attn_params *params;
    attn_classifier *classifier;
    must(attn_params_create(training->context, NULL, &params));
    must_read(attn_file_classifier_create(training->saved, params, &classifier));
    training->model = model_of(training->context, classifier);
    attn_params_destroy(&params);
}

void checkpoint_restore(struct training *training)
{
    struct progress *progress = &training->progress;
    const char *path = training->run.checkpoint;
    const json_t *run = json_object_get(training->saved_json, "run");
    resume_check_data(run, training->fingerprint, "reviews", training->options.source.path, path);
    json_t *also = fingerprint_json(training->also_fingerprint);
    if (training->options.also && !json_equal(json_object_get(run, "also_fingerprint"), also))
        fail(EXIT_BAD_INPUT, "--resume: the texts in %s are not those that %s was trained on",
             training->options.also, path);
    json_decref(also);
    json_int_t epoch, step, seen, correct, best_epoch;
    if (json_unpack(json_object_get(training->saved_json, "progress"),
                    "{s:I, s:I, s:I, s:I, s:F, s:F, s:I, s:F, s:F}", "epoch", &epoch, "step", &step, "seen",
                    &seen, "correct", &correct, "loss_sum", &progress->loss_sum, "seconds",
                    &progress->seconds, "best_epoch", &best_epoch, "best_loss", &progress->best_loss,
                    "best_accuracy", &progress->best_accuracy) != 0 ||
        epoch < 0 || step < 0)
        fail(EXIT_BAD_INPUT,
             "%s: its progress is missing; expected a checkpoint that " PROGRAM " train wrote", path);
    progress->epoch = epoch;
    progress->step = step;
    progress->seen = seen;
    progress->correct = correct;
    progress->best_epoch = best_epoch;
    must_read(attn_file_load_adam(training->saved, training->adam));
    attn_file_close(&training->saved);
}
