/* train_options.c - the command line of `train`, and how it agrees with a checkpoint's settings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/bundled.h"
#include "common/names.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/options.h"
#include "language.h"
#include "retell.h"
#include "training.h"
#include "vectors.h"

#define DIVERSITY_WEIGHT 2 /* 0.5 to 2 make attention more faithful and cost no accuracy; 4 costs 2 points */
#define UNDECIDED_WEIGHT 1 /* in small it halves the fraction to flip, and costs half a point of accuracy */

/* An option that is given again must say what the checkpoint says, which stands in its place now. */
static void check_same(const struct training *training, const struct option *option, json_t *given)
{
    json_t *stored = option_json(option);
    if (!json_equal(stored, given))
        fail(EXIT_BAD_INPUT,
             "--%s cannot change: %s was trained with %s; leave the option out, or train anew into another "
             "--out",
             option->name, training->run.checkpoint, json_dumps(stored, JSON_ENCODE_ANY));
    json_decref(stored);
    json_decref(given);
}

static const char *stored_text(const json_t *run, const char *key)
{
    return json_string_value(json_object_get(run, key));
}

/* A name that the training keeps, in the first place that is free. */
static const char *keep_name(struct training *training, const json_t *name)
{
    int64_t place = 0;
    while (training->saved_names[place])
        place++;
    training->saved_names[place] = name_of_json(name);
    return training->saved_names[place];
}

static const char *stored_name(struct training *training, const json_t *run, const char *key)
{
    return keep_name(training, json_object_get(run, key));
}

static struct several stored_teachers(struct training *training, const json_t *names)
{
    struct several teachers = {0};
    for (size_t i = 0; teachers.count < MOST_SEVERAL && i < json_array_size(names); i++) {
        const char *name = keep_name(training, json_array_get(names, i));
        if (name)
            teachers.texts[teachers.count++] = name;
    }
    return teachers;
}

/* The reviews, where the checkpoint has them and nothing else was said. */
static const char *stored_data(struct training *training, const json_t *run)
{
    struct stat status;
    const char *path = stored_name(training, run, "data");
    if (path && stat(path, &status) != 0)
        fail(EXIT_BAD_INPUT, "--resume: the reviews are no longer at %s (%s); name where they are by --data",
             path, strerror(errno));
    return path;
}

/* Take the checkpoint's settings in place of those of the presets. */
static void take_settings(struct training *training)
{
    struct train_options *options = &training->options;
    const json_t *run = json_object_get(training->saved_json, "run");
    options->config = config_read(training->run.checkpoint, json_object_get(training->saved_json, "config"),
                                  training->model.classifier);
    if (options->source.path == NULL)
        options->source.path = stored_data(training, run);
    options->source.text_column = stored_name(training, run, "text_column");
    options->source.label_column = stored_name(training, run, "label_column");
    options->valid_by = stored_text(run, "valid_by");
    options->valid = json_number_value(json_object_get(run, "valid"));
    options->source.only_extreme = json_is_true(json_object_get(run, "only_extreme"));
    options->limit = json_integer_value(json_object_get(run, "limit"));
    options->leave_out = stored_name(training, run, "leave_out");
    options->glove = stored_name(training, run, "glove");
    options->also = stored_name(training, run, "also");
    options->unlabelled = stored_name(training, run, "unlabelled");
    options->teachers = stored_teachers(training, json_object_get(run, "teacher"));
    options->start = stored_name(training, run, "start");
    options->language_epochs = json_integer_value(json_object_get(run, "language_epochs"));
    options->preset = stored_text(run, "preset");
    config_words(&options->config, &options->encoder, &options->pooling, &options->weighting,
                 &options->faithful);
    options->precision = options->config.int8 ? "int8" : options->config.bfloat16 ? "bfloat16" : "float32";
    options->told = retold(options->told, stored_text(training->saved_json, "command"));
    options->fit_batch = options->fit_epochs = options->fit_lr = false;
    if (options->source.path == NULL || options->valid_by == NULL || options->preset == NULL ||
        options->told == NULL || !(options->valid > 0 && options->valid < 1))
        fail(EXIT_BAD_INPUT,
             "%s: it does not say what it was trained on; expected a checkpoint that " PROGRAM " train wrote",
             training->run.checkpoint);
}

/* Vectors from a file decide the width of the embedding. */
static void take_vectors(struct training *training, bool emb_given)
{
    struct train_options *options = &training->options;
    options->config.emb =
        vectors_width(training->context, options->glove, emb_given ? options->config.emb : 0);
    if (strcmp(options->preset, "article") == 0)
        options->config.freeze_embedding = 1;
}

/* A language model decides on words, vectors and sizes. */
static void take_start(struct training *training, const struct option *options, int64_t count)
{
    if (option_given(options, count, "glove"))
        fail(EXIT_BAD_INPUT, "--glove: --start has vectors of its own; give one of the two");
    training->start =
        start_open(training->context, training->options.start, &training->options.config, options, count);
}

/* Options of the encoder, where there is none; its presets too. */
static void refuse_layers(const struct option *options, int64_t count)
{
    static const char *const names[] = {
        "preset",          "glove",         "unlabelled",      "teacher",          "start",
        "language-epochs", "weighting",     "faithful",        "diversity-weight", "undecided-weight",
        "hidden",          "emb",           "layers",          "directions",       "pooling",
        "layer-norm",      "dropout-words", "freeze-embedding"};
    for (int64_t i = 0; i < COUNT(names); i++) {
        if (option_given(options, count, names[i]))
            fail(EXIT_BAD_INPUT,
                 "--%s is of the encoder, which --encoder none leaves out; give one of the two", names[i]);
    }
}

/* The weight of a part of --faithful diversity's loss, which is 0 without; on --resume one that is given is held against the
 * checkpoint's. */
static void take_weight(const struct train_options *chosen, const struct option *options, int64_t count,
                        const char *name, double otherwise, double *weight)
{
    const bool given = option_given(options, count, name),
               diversity = strcmp(chosen->faithful, "diversity") == 0;
    if (given && !diversity && !chosen->resume)
        fail(EXIT_BAD_INPUT, "--%s is of --faithful diversity, but --faithful is %s", name, chosen->faithful);
    if (!given)
        *weight = otherwise;
}

/* What --encoder, --pooling, --weighting and --faithful mean in the configuration. */
static void take_words(struct train_options *chosen, const struct option *options, int64_t count)
{
    struct config *config = &chosen->config;
    bool diversity = strcmp(chosen->faithful, "diversity") == 0, none = strcmp(chosen->faithful, "none") == 0;
    config->attngru = strcmp(chosen->encoder, "attngru") == 0;
    config->no_encoder = strcmp(chosen->encoder, "none") == 0;
    config->ngrams = config->ngrams || config->no_encoder;
    config->orthogonal = !diversity && !none;
    /* With it .887 are right of orthogonal states' decisions, .909 without; of diverse ones' fewer too. */
    if (!none && config_language_epochs(chosen->preset) && !option_given(options, count, "layer-norm"))
        config->layer_norm = 0;
    config->pooling = choice_place(POOLINGS, chosen->pooling);
    if (config->pooling && config->attngru)
        fail(EXIT_BAD_INPUT,
             "--pooling %s leaves no attention to open --encoder attngru; give one of the two",
             chosen->pooling);
    if (config->pooling && !none)
        fail(EXIT_BAD_INPUT,
             "--pooling %s leaves no attention that --faithful %s could make faithful; give one of the two",
             chosen->pooling, chosen->faithful);
    if (config->pooling && chosen->weighting)
        fail(EXIT_BAD_INPUT, "--pooling %s leaves no scores for --weighting %s; give one of the two",
             chosen->pooling, chosen->weighting);
    take_weight(chosen, options, count, "diversity-weight", diversity ? DIVERSITY_WEIGHT : 0,
                &config->diversity_weight);
    if (config->attngru && diversity && !chosen->resume && option_given(options, count, "undecided-weight"))
        fail(EXIT_BAD_INPUT,
             "--undecided-weight is of a mean that decides, but --encoder attngru has none; leave it out");
    take_weight(chosen, options, count, "undecided-weight",
                diversity && !config->attngru ? UNDECIDED_WEIGHT : 0, &config->undecided_weight);
    if (chosen->weighting == NULL)
        chosen->weighting = diversity ? "entmax" : "softmax";
    config->weighting = choice_place(WEIGHTINGS, chosen->weighting);
}

void train_options_read(struct training *training, int argc, char **argv)
{
    struct train_options *chosen = &training->options;
    struct config *config = &chosen->config;
    struct option options[] = {
        text_option("data", &chosen->source.path, "PATH", "the reviews (the bundled sample)"),
        SOURCE_OPTIONS(chosen->source),
        needed_option("out", &chosen->out, "RUN", "the folder that receives the model; made if missing"),
        text_option("glove", &chosen->glove, "FILE", "word vectors to start from: GloVe or word2vec"),
        text_option("also", &chosen->also, "PATH",
                    "more labelled texts, of the same classes, that are learned and never held out"),
        text_option("unlabelled", &chosen->unlabelled, "PATH",
                    "texts that are trained on too, in any form that pretrain reads, by what --teacher says"),
        several_option(
            "teacher", &chosen->teachers, "FILE",
            "a model whose probabilities of those are learned in place of labels; of several, their mean"),
        text_option("start", &chosen->start, "FILE",
                    "begin with the words, embedding and GRU of a language model that pretrain wrote"),
        integer_option("language-epochs", &chosen->language_epochs, 0, 10000,
                       "first learn to predict the words of the training reviews, so many epochs (0)"),
        text_option("leave-out", &chosen->leave_out, "PATH",
                    "leave out reviews whose text stands there, in any of those forms, to measure on them"),
        choice_option("preset", &chosen->preset, "default|gru|best|article",
                      "start from; gru: --layer-norm (but for --faithful), --language-epochs 8, --epochs 3; "
                      "best: --ngrams"),
        choice_option(
            "encoder", &chosen->encoder, "gru|attngru|none",
            "decide by the attended mean of the states, by an attention GRU over them, or by n-grams "
            "alone (gru)"),
        switch_option("ngrams", &config->ngrams,
                      "decide by runs of 1 to 3 words too, each channel weighed as fits held-out reviews"),
        integer_option("max-ngrams", &config->max_ngrams, 1, 1e8,
                       "keep those that tell most of the class (200000)"),
        integer_option("max-vocab", &config->max_vocab, 2, 1e8,
                       "keep the most frequent words (50000; with --start all of its)"),
        choice_option(
            "precision", &chosen->precision, "float32|bfloat16|int8",
            "of the numbers in the model's file; bfloat16 halves it, int8 takes a quarter for matrices (float32)"),
        train_precision_option(&chosen->train_precision),
        choice_option("pooling", &chosen->pooling, POOLINGS,
                      "decide by the states attended to; or by their mean, their largest numbers, or the "
                      "last (attention)"),
        choice_option("weighting", &chosen->weighting, WEIGHTINGS,
                      "from scores to weights (softmax; entmax with --faithful diversity): the last two give "
                      "most words none"),
        choice_option("faithful", &chosen->faithful, "none|diversity|orthogonal",
                      "keep the states from growing alike, so that attention shows what decides (none)"),
        number_option("diversity-weight", &config->diversity_weight, 0.0001, 1000,
                      "of the states' likeness in the loss, with --faithful diversity (2)"),
        number_option("undecided-weight", &config->undecided_weight, 0, 1000,
                      "likewise, of what the states' plain mean decides (1; 0 with attngru)"),
        number_option("valid", &chosen->valid, 0.0001, 0.9, "fraction of the reviews held out (0.1)"),
        choice_option("valid-by", &chosen->valid_by, "film|random",
                      "hold out whole films (default where known) or reviews"),
        integer_option("epochs", &config->epochs, 1, 10000,
                       "how often every review is seen (5; more for little data)"),
        integer_option("batch", &config->batch, 1, 4096, "reviews a step (64; fewer for little data)"),
        integer_option("hidden", &config->hidden, 1, 4096, "width of the GRU, each direction (128)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the word vectors (100; told by --glove)"),
        integer_option("max-length", &config->max_length, 1, 100000, "tokens read of a review (1000)"),
        integer_option("layers", &config->layers, 1, 16, "layers of the GRU (1)"),
        integer_option("directions", &config->directions, 1, 2, "1: read forward only; 2: both ways (2)"),
        switch_option("layer-norm", &config->layer_norm, "normalise the gates' sums over the GRU's width"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002)"),
        number_option("dropout-words", &config->dropout_words, 0, 0.99,
                      "share of the words that a step leaves out (0.2)"),
        integer_option("seed", &config->seed, 0, 9e15, "of split, first values, order and dropout (1)"),
        threads_option(&chosen->threads),
        integer_option("limit", &chosen->limit, 2, 1e9, "use N reviews only, all classes alike"),
        switch_option("freeze-embedding", &config->freeze_embedding, "leave the word vectors as they are"),
        switch_option("resume", &chosen->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&chosen->overwrite),
        switch_option("quiet", &chosen->quiet, "print nothing but errors"),
    };
    /* Read twice: the first time tells the preset that the others override. */
    *chosen = (struct train_options){.preset = "default",
                                     .encoder = "gru",
                                     .pooling = "attention",
                                     .faithful = "none",
                                     .precision = "float32",
                                     .train_precision = "float32",
                                     .valid = 0.1};
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    const bool alone = strcmp(chosen->encoder, "none") == 0;
    *config = config_preset(alone ? "none" : chosen->preset);
    if (!alone && chosen->start == NULL)
        chosen->language_epochs = config_language_epochs(chosen->preset);
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    chosen->quiet = chosen->quiet || !ranks_lead();
    if (alone)
        refuse_layers(options, COUNT(options));
    config->bfloat16 = strcmp(chosen->precision, "bfloat16") == 0;
    config->int8 = strcmp(chosen->precision, "int8") == 0;
    take_words(chosen, options, COUNT(options));
    if (chosen->source.path == NULL && !chosen->resume)
        chosen->source.path = bundled("sample.tsv");
    bool fits = strcmp(chosen->preset, "article") != 0,
         epochs_given = option_given(options, COUNT(options), "epochs");
    chosen->fit_epochs = fits && !epochs_given;
    chosen->fit_batch = fits && !option_given(options, COUNT(options), "batch");
    chosen->told = retell("train", options, COUNT(options), "epochs");
    chosen->fit_lr = fits && !option_given(options, COUNT(options), "lr");

    training->run = run_name(chosen->out);
    run_head(&training->run, METRICS_HEAD);
    resume_check_alone(chosen->out, chosen->resume, chosen->overwrite);
    const char *precision = chosen->train_precision;
    training->context = resume_context(chosen->threads, &precision,
                                       chosen->resume ? training->run.checkpoint : NULL, chosen->out);
    training->place = (struct run_place){chosen->out,
                                         chosen->overwrite,
                                         "checkpoint.safetensors",
                                         {chosen->source.path, chosen->glove, chosen->leave_out, chosen->also,
                                          chosen->start, chosen->unlabelled}};
    for (int64_t i = 0; i < chosen->teachers.count; i++)
        training->place.inputs[6 + i] = chosen->teachers.texts[i];
    if ((chosen->unlabelled == NULL) != (chosen->teachers.count == 0) && !chosen->resume)
        fail(EXIT_BAD_INPUT,
             "--%s: texts without labels are learned by what a teacher says of them; give --%s too",
             chosen->unlabelled ? "unlabelled" : "teacher", chosen->unlabelled ? "teacher" : "unlabelled");
    if (chosen->resume) {
        int64_t given_epochs = config->epochs;
        json_t *given[COUNT(options)] = {0};
        for (int64_t i = 0; i < COUNT(options); i++)
            given[i] =
                options[i].given && !resume_may_change(options[i].name) ? option_json(&options[i]) : NULL;
        checkpoint_open(training);
        take_settings(training);
        chosen->train_precision = precision;
        for (int64_t i = 0; i < COUNT(options); i++) {
            if (given[i])
                check_same(training, &options[i], given[i]);
        }
        if (epochs_given)
            config->epochs = given_epochs;
    } else {
        run_check(training->context, &training->place);
        if (chosen->start)
            take_start(training, options, COUNT(options));
        if (chosen->glove)
            take_vectors(training, option_given(options, COUNT(options), "emb"));
        if (chosen->language_epochs)
            language_check(config, option_given(options, COUNT(options), "language-epochs")
                                       ? "--language-epochs"
                                       : "--preset gru and best");
    }
}
