/* train.c - the command `train`: the command line, the run that is gone on from, and what an epoch is. */
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

#define SAMPLE_EPOCHS 20

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "metrics.csv", NULL};

struct training {
    struct config config;
    const char *out, *data, *vectors; /* data NULL: the bundled sample */
    char *kept_data;                  /* where the checkpoint says that it lay */
    const char *train_precision;      /* of products: what their factors are rounded to */
    int64_t threads, resume, overwrite, quiet;
    struct run_place place;
    attn_context *context;
    attn_file *kept; /* the checkpoint that is gone on from */
    json_t *kept_json;
    struct articles articles;
    struct lexicon lexicon;
    int64_t *numbers, count, *held_out, held_count; /* questions to learn from, and to measure on */
    int32_t *lengths;                               /* of each question's passage */
    int64_t *plan, planned;                         /* of epoch planned - 1 */
    struct trained trained;
    struct batch batch;
    char *model, *checkpoint;
};

/* ---- what is asked for ---- */

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    *config = default_config;
    struct option options[] = {
        text_option("data", &training->data, "FILE", "articles with questions; without it the bundled ones"),
        text_option("vectors", &training->vectors, "FILE", "word vectors, GloVe's or word2vec's"),
        needed_option("out", &training->out, "RUN", "the folder that receives the model; made if missing"),
        choice_option("reader", &config->reader, READERS,
                      "passage and question attend to each other, or the question alone asks (bidaf)"),
        integer_option("epochs", &config->epochs, 1, 10000, "how many (8; of the bundled articles 20)"),
        integer_option("limit", &config->limit, 1, 1e12,
                       "learn from at most so many questions, drawn from all (all)"),
        integer_option("valid-limit", &config->valid_limit, 0, 1e12,
                       "measure each epoch on at most so many held-out ones; 0: all (2000)"),
        integer_option("batch", &config->batch, 1, MOST_ROWS, "questions a step (32)"),
        integer_option("hidden", &config->hidden, 1, 4096, "width of the states, each direction (80)"),
        integer_option("layers", &config->layers, 1, 16, "of the GRU that reads first (1)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the words, where no --vectors say it (100)"),
        integer_option("pieces", &config->pieces, 1, 4096, "width of what a word's letters tell (32)"),
        integer_option("max-vocab", &config->max_vocab, 1, 1e9,
                       "words with vectors of their own, the most frequent ones (100000)"),
        switch_option("train-words", &config->train_words, "change the vectors that were read, too"),
        number_option("dropout", &config->dropout, 0, 0.99, "of what goes into the layers (0.2)"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam (0.002)"),
        number_option("lr-decay", &config->lr_decay, 0.01, 1,
                      "what an epoch leaves of the rate (0.75; of the bundled articles 1)"),
        integer_option("seed", &config->seed, 0, 9e15, "of the order, first values and dropout (1)"),
        threads_option(&training->threads),
        train_precision_option(&training->train_precision),
        switch_option("resume", &training->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&training->overwrite),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
    };
    training->train_precision = "float32";
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    training->quiet = training->quiet || !ranks_lead();
    training->place = (struct run_place){
        training->out, training->overwrite, "checkpoint.safetensors", {training->data, training->vectors}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), NULL);
    const bool sample = !training->resume && training->data == NULL;
    if (!option_given(options, COUNT(options), "epochs") && (training->resume || sample))
        config->epochs = training->resume ? 0 : SAMPLE_EPOCHS; /* 0: the checkpoint's */
    if (!option_given(options, COUNT(options), "lr-decay") && sample)
        config->lr_decay = 1;
    if (config->train_words && training->vectors == NULL)
        fail(EXIT_BAD_INPUT,
             "--train-words is about vectors that were read, and none are; add --vectors FILE "
             "(without them words' vectors are always trained)");
    if (training->vectors && option_given(options, COUNT(options), "emb"))
        fail(EXIT_BAD_INPUT,
             "--emb says how wide words are without --vectors, and %s says it itself; leave one "
             "of the two out",
             training->vectors);
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
    training->kept_data = resume_data(training->kept_json, &training->data);
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    trained_save(&training->trained, training->checkpoint, options,
                 resume_json(config_json(&training->config), training->data, training->articles.fingerprint,
                             training->train_precision, progress));
}

/* ---- questions to learn from ---- */

/* Those that can be: there is a place in the passage at which an answer stands, and words that ask. */
static void choose_questions(struct training *training)
{
    const struct articles *articles = &training->articles;
    const struct config *config = &training->config;
    const char *name = training->data ? training->data : "the bundled sample";
    int64_t all, kept = 0;
    training->numbers = articles_part(articles, false, &all);
    training->held_out = articles_part(articles, true, &training->held_count);
    for (int64_t i = 0; i < all; i++) {
        const struct question *question = &articles->questions[training->numbers[i]];
        if (question->spans > 0 && question->count > 0)
            training->numbers[kept++] = training->numbers[i];
    }
    if (kept == 0 || training->held_count == 0)
        fail(
            EXIT_BAD_INPUT,
            "%s: %s; expected two articles or more, since one in ten is held out, with answers that stand in "
            "their passages",
            name, kept == 0 ? "there is no question to learn from" : "there is no question to hold out");
    if (kept < all && !training->quiet)
        fprintf(stderr,
                PROGRAM ": of %lld questions %lld have no answer that stands in their passage, and are "
                        "not learned from\n",
                (long long)all, (long long)(all - kept));
    if (config->limit && config->limit < kept) {
        shuffle(training->numbers, kept, (uint64_t)config->seed, 1);
        kept = config->limit;
    }
    if (config->valid_limit && config->valid_limit < training->held_count) {
        shuffle(training->held_out, training->held_count, 1, 2); /* whatever the seed, the same ones */
        training->held_count = config->valid_limit;
    }
    training->count = kept;
    training->lengths = allocate(articles->question_count, sizeof *training->lengths);
    for (int64_t i = 0; i < articles->question_count; i++)
        training->lengths[i] = (int32_t)articles->passages[articles->questions[i].passage].count;
}

/* ---- epochs ---- */

static double train_step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    const struct config *config = &training->config;
    if (training->planned != epoch + 1) {
        free(training->plan);
        training->plan = plan_epoch(training->lengths, training->numbers, training->count, config->batch,
                                    (uint64_t)config->seed, epoch);
        training->planned = epoch + 1;
    }
    batch_fill(&training->batch, &training->articles, &training->lexicon, training->plan + share.begin,
               share.count);
    const struct pointed pointed = network_gradients(&training->trained.network, tape, &training->batch);
    *weight = (double)pointed.learned;
    return pointed.loss;
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    const struct score score =
        score_questions(&training->trained, &training->articles, &training->lexicon, training->held_out,
                        training->held_count, LONGEST_SPAN, training->quiet ? NULL : "validation", NULL);
    text_print(line, "  exact %.4f  f1 %.4f", score.exact, score.f1);
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
    training->model = print("%s/model.safetensors", training->out);
    training->checkpoint = print("%s/checkpoint.safetensors", training->out);
    training->context = resume_context(training->threads, &training->train_precision,
                                       training->resume ? training->checkpoint : NULL, training->out);
    if (training->resume)
        open_checkpoint(training);
    else
        run_check(training->context, &training->place);
    training->articles = articles_read(training->context, training->data);
    if (training->resume)
        resume_check_data(training->kept_json, training->articles.fingerprint, "articles",
                          training->data ? training->data : "the bundled sample", training->checkpoint);
    choose_questions(training);
    if (!training->resume)
        training->trained = trained_create(training->context, &training->config, &training->articles,
                                           training->numbers, training->count, training->vectors);
    training->lexicon = trained_lexicon(&training->trained, &training->articles);
    if (!training->resume)
        run_begin(&training->place, EPOCHS_METRICS_HEAD);
}

static void release(struct training *training)
{
    batch_free(&training->batch);
    lexicon_free(&training->lexicon);
    trained_close(&training->trained);
    articles_free(&training->articles);
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    attn_context_destroy(&training->context);
    free(training->numbers);
    free(training->held_out);
    free(training->lengths);
    free(training->plan);
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
                            .examples = training->count,
                            .batch = config->batch,
                            .quiet = training->quiet,
                            .unit = "questions",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training->kept,
                            .progress = json_object_get(training->kept_json, "progress"),
                            .fingerprint = training->articles.fingerprint,
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
