/* language_train.c - epochs of the language models: the rate falls in a line to 0 over all of them. */
#include "language.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/plan.h"
#include "common/ranks.h"
#include "common/signals.h"
#include "common/terminal.h"

static int64_t count_steps(const struct language_training *training)
{
    return (training->count + training->config->batch - 1) / training->config->batch;
}

void language_training_begin(struct language_training *training)
{
    const struct config *config = training->config;
    attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
    adam.lr = (float)config->lr;
    adam.beta2 = (float)config->beta2;
    adam.clip_norm = (float)config->clip_norm;
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.seed = (uint64_t)config->seed;
    must(attn_params_set_lr_scale(training->language->params, "embedding.weight",
                                  (float)config->embedding_rate));
    must(attn_adam_create(training->language->params, &adam, &training->adam));
    must(attn_tape_create(training->language->context, &tape, &training->tape));
    training->windows = *training->corpus;
    training->windows.begins = allocate(training->corpus->count, sizeof(int64_t));
    training->windows.lengths = allocate(training->corpus->count, sizeof(int32_t));
}

void language_training_end(struct language_training *training)
{
    attn_tape_destroy(&training->tape);
    attn_adam_destroy(&training->adam);
    free(training->windows.begins);
    free(training->windows.lengths);
}

/* Windows of an epoch, by its number from 1; of 0 the first tokens of each. */
static void draw_windows(struct language_training *training, int64_t epoch)
{
    const struct corpus *corpus = training->corpus;
    const int64_t most = training->config->max_length;
    for (int64_t i = 0; i < corpus->count; i++) {
        const int64_t more = corpus->lengths[i] > most ? corpus->lengths[i] - most : 0;
        training->windows.lengths[i] = (int32_t)(corpus->lengths[i] - more);
        training->windows.begins[i] =
            corpus->begins[i] + (more && epoch ? random_below(more + 1, (uint64_t)training->config->seed,
                                                              STREAM_WINDOWS + (uint64_t)epoch, (uint64_t)i)
                                               : 0);
    }
}

/* The rate of the next step. */
static void set_rate(struct language_training *training)
{
    const double done = (double)attn_adam_steps(training->adam),
                 all = (double)(training->config->epochs * count_steps(training));
    must(attn_adam_set_lr(training->adam, (float)(training->config->lr * (1.0 - done / all))));
}

/* "3:20", "1:02:10" */
static char *print_time(double seconds)
{
    const long long whole = (long long)seconds, hours = whole / 3600, minutes = whole / 60 % 60;
    return hours ? print("%lld:%02lld:%02lld", hours, minutes, whole % 60)
                 : print("%lld:%02lld", minutes, whole % 60);
}

/* `made` steps of this run took so many seconds, and read so many tokens. */
static void show_progress(const struct language_training *training, int64_t made, double seconds,
                          int64_t tokens)
{
    const int64_t steps = count_steps(training);
    const double loss = training->loss_sum / (double)training->words,
                 left = (double)((training->config->epochs - training->epoch) * steps - training->step) *
                        seconds / (double)made;
    char *label =
             print("language %lld/%lld", (long long)training->epoch + 1, (long long)training->config->epochs),
         *time = print_time(left),
         *note = print("loss a word %.4f  perplexity %.1f  %s left  %.0f tokens/s", loss, exp(loss), time,
                       (double)tokens / seconds);
    progress_show(label, training->step, steps, note);
    free(label);
    free(time);
    free(note);
}

/* This rank's part of a step, and the gradients of all of it. */
static void add_gradients(struct language_training *training, struct batch *batch, const int64_t *reviews,
                          int64_t rows)
{
    const struct config *config = training->config;
    const int64_t step = attn_adam_steps(training->adam);
    struct predicted all = {0};
    int64_t tokens = 0;
    batch_fill_share(batch, &training->windows, reviews, rows, ranks_share(rows), 0);
    batch_drop_words(batch, config->dropout_words, (uint64_t)config->seed, step);
    if (batch->rows)
        all = language_gradients(training->language, training->tape, batch, step);
    else
        must(attn_params_zero_grad(training->language->params));
    for (int64_t b = 0; b < batch->rows; b++)
        tokens += batch->lengths[b];
    double sums[] = {all.loss, (double)all.words, (double)tokens};
    ranks_average(training->language->params, (double)all.words, sums, COUNT(sums));
    training->loss_sum += sums[0];
    training->words += (int64_t)sums[1];
    training->tokens += (int64_t)sums[2];
}

bool language_epoch(struct language_training *training, bool quiet)
{
    const struct config *config = training->config;
    const int64_t steps = count_steps(training), first = training->step, tokens = training->tokens;
    draw_windows(training, training->epoch + 1);
    int64_t *plan = plan_epoch_in_windows(training->windows.lengths, training->reviews, training->count,
                                          config->batch, (uint64_t)config->seed, training->epoch);
    struct batch batch = {0};
    const double began = now(), before = training->seconds;
    while (training->step < steps && !ranks_stop()) {
        const int64_t at = training->step * config->batch, left = training->count - at;
        add_gradients(training, &batch, plan + at, left < config->batch ? left : config->batch);
        set_rate(training);
        must(attn_adam_step(training->adam, NULL));
        training->step++;
        training->seconds = before + now() - began;
        if (!quiet && training->words > 0)
            show_progress(training, training->step - first, now() - began, training->tokens - tokens);
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
    return training->step == steps;
}

void language_next_epoch(struct language_training *training)
{
    training->epoch++;
    training->step = training->words = training->tokens = 0;
    training->loss_sum = training->seconds = 0;
}

double language_loss(struct language_training *training, const int64_t *reviews, int64_t count, bool quiet)
{
    draw_windows(training, 0);
    const int64_t rows = training->config->batch;
    int64_t *plan = plan_by_length(training->windows.lengths, reviews, count), words = 0;
    double sum = 0;
    struct batch batch = {0};
    for (int64_t at = 0; at < count && !stop_signal(); at += rows) {
        batch_fill(&batch, &training->windows, plan + at, count - at < rows ? count - at : rows, 0);
        const struct predicted all = language_measure(training->language, &batch);
        sum += all.loss;
        words += all.words;
        if (!quiet)
            progress_show("held out", at + batch.rows, count, "");
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
    return stop_signal() ? (double)NAN : words ? sum / (double)words : 0;
}
