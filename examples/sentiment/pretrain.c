/* pretrain.c - the command `pretrain`: language models of texts, labelled or not, for classifiers to begin with. */
#define _GNU_SOURCE /* realpath */
#include "pretrain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/names.h"
#include "common/resume.h"
#include "common/ranks.h"
#include "common/signals.h"
#include "common/terminal.h"
#include "leave_out.h"
#include "vectors.h"

#define MOST_HELD_OUT 250 /* texts: the exact loss over all words takes as long as many epochs' steps */
#define LITTLE_DATA 4000  /* texts, of which batches are smaller and words rarer */
#define LITTLE_BATCH 16
#define LITTLE_MIN_COUNT 2

static void tell(const struct pretraining *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(const struct pretraining *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_line(run->options.quiet, format, arguments);
    va_end(arguments);
}

/* ---- what it works on ------------------------------------------------------------------------------------ */

static void limit_texts(struct dataset *data, int64_t limit, uint64_t seed)
{
    int64_t *order = allocate(data->count, sizeof *order);
    char *keep = allocate(data->count, 1);
    for (int64_t i = 0; i < data->count; i++)
        order[i] = i;
    shuffle(order, data->count, seed, STREAM_LIMIT);
    for (int64_t i = 0; i < limit && i < data->count; i++)
        keep[order[i]] = 1;
    dataset_keep(data, keep);
    free(order);
    free(keep);
}

static void read_texts_of_all(struct pretraining *run)
{
    const struct pretrain_options *options = &run->options;
    struct dataset *data = &run->data;
    for (int64_t i = 0; i < options->data.count; i++) {
        const struct source source = {
            .path = options->data.texts[i], .text_column = options->text_column, .unlabelled = true};
        struct dataset more = dataset_load(&source, "train");
        if (!options->quiet)
            dataset_warn(&more, source.path);
        tell(run, "data: %s texts (%s)", with_commas(more.count), more.found);
        dataset_append(data, &more);
    }
    if (options->leave_out)
        tell(run, "left out: %s texts that stand in %s", with_commas(leave_out(data, options->leave_out)),
             options->leave_out);
    if (options->limit)
        limit_texts(data, options->limit, (uint64_t)options->config.seed);
    run->fingerprint = dataset_fingerprint(data);
}

/* Those held out are one in ten, but no more than show how it goes. */
static void split_texts(struct pretraining *run)
{
    const int64_t count = run->data.count, tenth = (count + 9) / 10;
    if (count < 2)
        fail(EXIT_BAD_INPUT, "%lld texts: expected two or more, of which one is held out", (long long)count);
    run->valid_count = tenth < MOST_HELD_OUT ? tenth : MOST_HELD_OUT;
    run->train_count = count - run->valid_count;
    run->reviews = allocate(count, sizeof *run->reviews);
    for (int64_t i = 0; i < count; i++)
        run->reviews[i] = i;
    shuffle(run->reviews, count, (uint64_t)run->options.config.seed, STREAM_SPLIT);
    tell(run, "split: %s to train on, %s held out at random", with_commas(run->train_count),
         with_commas(run->valid_count));
}

static void fit_to_data(struct pretraining *run)
{
    struct config *config = &run->options.config;
    if (run->saved || run->data.count >= LITTLE_DATA)
        return;
    config->min_count = LITTLE_MIN_COUNT;
    if (run->options.fit_batch)
        config->batch = LITTLE_BATCH;
}

static void read_vocab(struct pretraining *run)
{
    const struct config *config = &run->options.config;
    int64_t tokens = 0;
    if (run->saved)
        must_read(attn_file_vocab_create(run->saved, NULL, &run->vocab));
    else
        run->vocab = make_vocab(run->context, &run->data, run->reviews, run->data.count, config->max_vocab,
                                config->min_count, &tokens);
    run->corpus = corpus_make(&run->data, run->vocab, 0);
    if (!run->options.quiet)
        corpus_warn(&run->corpus);
    char *line = vocab_describe(run->vocab, config->min_count, tokens);
    tell(run, "%s", line);
    free(line);
}

static void make_models(struct pretraining *run)
{
    const struct pretrain_options *options = &run->options;
    if (run->saved)
        run->language = language_open(run->context, run->saved, run->run.checkpoint);
    else
        run->language = language_create(run->context, &options->config, attn_vocab_size(run->vocab));
    must_fit(embedding_info(run->language.embedding).rows == attn_vocab_size(run->vocab),
             run->run.checkpoint);
    if (options->glove && run->saved == NULL) {
        char *line = vectors_load(run->context, run->vocab, run->language.params, options->glove);
        tell(run, "%s", line);
        free(line);
    }
    language_count(&run->language, &options->config, &run->corpus, run->reviews, run->train_count,
                   run->saved == NULL);
    tell(run, "parameters: %s, of which %s in the embedding",
         with_commas(attn_params_size(run->language.params)),
         with_commas(attn_vocab_size(run->vocab) * run->language.emb));
}

/* ---- the files of the run -------------------------------------------------------------------------------- */

static json_t *describe(const struct pretraining *run)
{
    return json_pack("{s:s, s:o}", "command", run->options.told, "language",
                     config_language_json(&run->options.config));
}

static void save_best(const struct pretraining *run)
{
    json_t *json = describe(run);
    if (run->best_epoch)
        json_object_set_new(json, "best",
                            json_pack("{s:I, s:f, s:f}", "epoch", (json_int_t)run->best_epoch, "valid_loss",
                                      run->best_loss, "valid_perplexity", exp(run->best_loss)));
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.vocab = run->vocab;
    save_model(run->run.model, run->language.params, options, json);
}

static json_t *describe_run(const struct pretraining *run)
{
    const struct pretrain_options *options = &run->options;
    json_t *json = json_object(), *data = json_array();
    for (int64_t i = 0; i < options->data.count; i++) {
        char *path = realpath(options->data.texts[i], NULL);
        json_array_append_new(data, name_json(path ? path : options->data.texts[i]));
        free(path);
    }
    json_object_set_new(json, "data", data);
    json_object_set_new(json, "text_column", name_json(options->text_column));
    json_object_set_new(json, "leave_out", name_json(options->leave_out));
    json_object_set_new(json, "glove", name_json(options->glove));
    json_object_set_new(json, "limit", json_integer(options->limit));
    json_object_set_new(json, "fingerprint", fingerprint_json(run->fingerprint));
    return json;
}

static void save_checkpoint(const struct pretraining *run)
{
    const struct language_training *at = &run->training;
    json_t *json = describe(run);
    json_object_set_new(json, "train_precision", json_string(run->options.train_precision));
    json_object_set_new(json, "run", describe_run(run));
    json_object_set_new(json, "progress",
                        json_pack("{s:I, s:I, s:f, s:I, s:I, s:f, s:I, s:f}", "epoch", (json_int_t)at->epoch,
                                  "step", (json_int_t)at->step, "loss_sum", at->loss_sum, "words",
                                  (json_int_t)at->words, "tokens", (json_int_t)at->tokens, "seconds",
                                  at->seconds, "best_epoch", (json_int_t)run->best_epoch, "best_loss",
                                  run->best_loss));
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.vocab = run->vocab;
    options.adam = at->adam;
    save_model(run->run.checkpoint, run->language.params, options, json);
}

static void restore(struct pretraining *run)
{
    struct language_training *at = &run->training;
    const char *path = run->run.checkpoint;
    resume_check_data(json_object_get(run->saved_json, "run"), run->fingerprint, "texts", NULL, path);
    json_int_t epoch, step, words, tokens, best_epoch;
    if (json_unpack(json_object_get(run->saved_json, "progress"), "{s:I, s:I, s:F, s:I, s:I, s:F, s:I, s:F}",
                    "epoch", &epoch, "step", &step, "loss_sum", &at->loss_sum, "words", &words, "tokens",
                    &tokens, "seconds", &at->seconds, "best_epoch", &best_epoch, "best_loss",
                    &run->best_loss) != 0 ||
        epoch < 0 || step < 0)
        fail(EXIT_BAD_INPUT,
             "%s: its progress is missing; expected a checkpoint that " PROGRAM " pretrain wrote", path);
    at->epoch = epoch;
    at->step = step;
    at->words = words;
    at->tokens = tokens;
    run->best_epoch = best_epoch;
    must_read(attn_file_load_adam(run->saved, at->adam));
    attn_file_close(&run->saved);
}

/* ---- the epochs ------------------------------------------------------------------------------------------ */

static void prepare(struct pretraining *run)
{
    read_texts_of_all(run);
    split_texts(run);
    fit_to_data(run);
    read_vocab(run);
    make_models(run);
    run->training = (struct language_training){.language = &run->language,
                                               .config = &run->options.config,
                                               .corpus = &run->corpus,
                                               .reviews = run->reviews,
                                               .count = run->train_count};
    language_training_begin(&run->training);
    if (run->saved)
        restore(run);
}

static void start(struct pretraining *run)
{
    if (run->saved_json) {
        if (!ranks_lead())
            return;
        make_folder(run->options.out);
        run_continue(&run->run, run->training.epoch);
        tell(run, "resumed after epoch %lld, step %lld", (long long)run->training.epoch,
             (long long)run->training.step);
        return;
    }
    run_begin(&run->place, LANGUAGE_METRICS_HEAD);
    if (!ranks_lead())
        return;
    must(attn_vocab_save(run->vocab, run->run.vocab));
    text_save(&run->run.metrics_lines, run->run.metrics);
    save_checkpoint(run); /* also shows a full disk before an epoch is spent */
}

/* Measure, report and save a complete epoch; false when a signal came before it was measured. */
static bool report_epoch(struct pretraining *run)
{
    struct language_training *at = &run->training;
    const double began = now(),
                 loss =
                     language_loss(at, run->reviews + run->train_count, run->valid_count, run->options.quiet),
                 train_loss = at->loss_sum / (double)(at->words ? at->words : 1);
    if (isnan(loss))
        return false;
    const double seconds = at->seconds + now() - began;
    const bool best = run->best_epoch == 0 || loss < run->best_loss;
    text_print(&run->run.metrics_lines, "%lld,%.9g,%.6f,%.6f,%.4f,%.3f\n", (long long)at->epoch + 1,
               (double)attn_adam_lr(at->adam), train_loss, loss, exp(loss), seconds);
    if (best) {
        run->best_epoch = at->epoch + 1;
        run->best_loss = loss;
        save_best(run); /* before the line that tells of it */
    }
    text_save(&run->run.metrics_lines, run->run.metrics);
    tell(run,
         "epoch %2lld/%lld  training loss a word %.4f perplexity %.1f  held-out %.4f perplexity %.1f%s  %.0f "
         "tokens/s  %.1f s",
         (long long)at->epoch + 1, (long long)run->options.config.epochs, train_loss, exp(train_loss), loss,
         exp(loss), best ? " *" : "  ", (double)at->tokens / at->seconds, seconds);
    language_next_epoch(at);
    save_checkpoint(run);
    return true;
}

/* The other ranks wait meanwhile, and hear whether it was done. */
static bool finish_epoch(struct pretraining *run)
{
    ranks_same_weights(run->language.params);
    const bool reported = ranks_told(!ranks_lead() || report_epoch(run));
    if (reported && !ranks_lead())
        language_next_epoch(&run->training);
    return reported;
}

static int stop(struct pretraining *run)
{
    if (!ranks_lead())
        return 128 + ranks_stop();
    if (run->best_epoch == 0)
        save_best(run);
    save_checkpoint(run);
    progress_clear();
    tell(run, "stopped in epoch %lld after step %lld; go on with: " PROGRAM " pretrain --out %s --resume",
         (long long)run->training.epoch + 1, (long long)run->training.step, run->options.out);
    return 128 + ranks_stop();
}

static void release(struct pretraining *run)
{
    language_training_end(&run->training);
    language_free(&run->language);
    corpus_free(&run->corpus);
    attn_vocab_destroy(&run->vocab);
    dataset_free(&run->data);
    free(run->reviews);
    json_decref(run->saved_json);
    free(run->options.told);
    run_free(&run->run);
    attn_context_destroy(&run->context);
}

int command_pretrain(int argc, char **argv)
{
    struct pretraining run = {0};
    pretrain_options_read(&run, argc, argv);
    prepare(&run);
    signals_catch();
    ranks_same(run.fingerprint, "texts", "let all machines read the same --data");
    ranks_same_weights(run.language.params);
    start(&run);
    int status = 0;
    while (status == 0 && run.training.epoch < run.options.config.epochs) {
        if (!language_epoch(&run.training, run.options.quiet) || !finish_epoch(&run))
            status = stop(&run);
    }
    if (status == 0)
        tell(&run,
             "best: epoch %lld, held-out perplexity %.1f; begin with it: " PROGRAM
             " train --start %s --data PATH --out RUN",
             (long long)run.best_epoch, exp(run.best_loss), run.run.model);
    release(&run);
    return status;
}
