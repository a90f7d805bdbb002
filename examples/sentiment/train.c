/* train.c - the command `train`: epochs, and what is written after each. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "score.h"
#include "commands.h"
#include "report.h"
#include "common/plan.h"
#include "common/ranks.h"
#include "common/signals.h"
#include "common/terminal.h"
#include "teacher.h"
#include "training.h"

static int64_t count_steps(const struct training *training)
{
    return (training->split.train_count + training->options.config.batch - 1) /
           training->options.config.batch;
}

static void show_progress(const struct training *training, double reviews_a_second)
{
    if (training->options.quiet)
        return;
    const struct progress *progress = &training->progress;
    char label[64], note[96];
    snprintf(label, sizeof label, "epoch %lld/%lld", (long long)progress->epoch + 1,
             (long long)training->options.config.epochs);
    snprintf(note, sizeof note, "%.0f reviews/s  loss %.4f", reviews_a_second,
             progress->loss_sum / (double)progress->seen);
    progress_show(label, progress->step, count_steps(training), note);
}

/* This rank's part of a step: its share of the reviews, and the gradients of all of them. */
static void add_gradients(struct training *training, struct batch *batch, const int64_t *reviews,
                          int64_t rows)
{
    const struct config *config = &training->options.config;
    struct progress *progress = &training->progress;
    const int64_t step = attn_adam_steps(training->adam);
    struct outcome outcome = {0};
    batch_fill_share(batch, &training->corpus, reviews, rows, ranks_share(rows),
                     training->model.info.padded_time);
    batch_drop_words(batch, config->dropout_words, (uint64_t)config->seed, step);
    if (batch->rows)
        outcome = model_gradients(&training->model, training->tape, batch, step, config);
    else
        must(attn_params_zero_grad(training->model.info.params));
    double sums[] = {outcome.loss * (double)batch->rows, (double)outcome.correct};
    ranks_average(training->model.info.params, (double)batch->rows, sums, COUNT(sums));
    progress->loss_sum += sums[0];
    progress->correct += (int64_t)sums[1];
    progress->seen += rows;
}

/* The steps of the current epoch that are still to be made; a signal ends it early. */
static void train_steps(struct training *training, struct batch *batch)
{
    const struct config *config = &training->options.config;
    const struct split *split = &training->split;
    struct progress *progress = &training->progress;
    int64_t steps = count_steps(training),
            *plan = plan_epoch_in_windows(training->corpus.lengths, split->train, split->train_count,
                                          config->batch, (uint64_t)config->seed, progress->epoch);
    double began = now(), before = progress->seconds;
    int64_t seen = progress->seen;
    while (progress->step < steps && !ranks_stop()) {
        int64_t at = progress->step * config->batch, left = split->train_count - at;
        add_gradients(training, batch, plan + at, left < config->batch ? left : config->batch);
        must(attn_adam_step(training->adam, NULL));
        progress->step++;
        progress->seconds = before + now() - began;
        show_progress(training, (double)(progress->seen - seen) / (now() - began));
    }
    progress_clear();
    free(plan);
}

static bool is_best(const struct progress *progress, const struct score *score)
{
    return progress->best_epoch == 0 || score->accuracy > progress->best_accuracy ||
           (score->accuracy == progress->best_accuracy && score->loss < progress->best_loss);
}

/* Put the weights' average in their place, for what is measured and saved; or take it out again. */
static void swap_average(struct training *training)
{
    if (training->options.config.average > 0)
        must(attn_adam_swap_average(training->adam));
}

static void next_epoch(struct progress *progress)
{
    *progress = (struct progress){.epoch = progress->epoch + 1,
                                  .best_epoch = progress->best_epoch,
                                  .best_loss = progress->best_loss,
                                  .best_accuracy = progress->best_accuracy};
}

/* Measure, report and save a complete epoch, calibrated; false when a signal came before it was measured. What is trained on, and the
 * checkpoint, have scales of 1. */
static bool report_epoch(struct training *training)
{
    struct progress *progress = &training->progress;
    double began = now(), seen = (double)progress->seen, training_seconds = progress->seconds;
    swap_average(training);
    struct score score =
        score_calibrated(&training->model, &training->corpus, training->split.valid,
                         training->split.valid_count, training->options.quiet ? NULL : "validation");
    if (score.stopped) {
        swap_average(training);
        return false;
    }
    struct epoch_metrics metrics = {progress->epoch + 1,
                                    attn_adam_lr(training->adam),
                                    progress->loss_sum / seen,
                                    (double)progress->correct / seen,
                                    score.loss,
                                    score.accuracy,
                                    training_seconds + now() - began};
    bool best = is_best(progress, &score);
    if (best) {
        progress->best_epoch = metrics.epoch;
        progress->best_loss = score.loss;
        progress->best_accuracy = score.accuracy;
    }
    next_epoch(progress);
    run_add_metrics(&training->run, &metrics);
    history_add(training, metrics.epoch);
    if (best)
        model_save(training); /* before the lines that tell of it */
    run_save_lines(&training->run);
    model_unscale(&training->model);
    swap_average(training);
    checkpoint_save(training);
    say(training,
        "epoch %2lld/%lld  training loss %.4f accuracy %.4f  validation loss %.4f accuracy %.4f%s  %.0f "
        "reviews/s  %.1f s",
        (long long)metrics.epoch, (long long)training->options.config.epochs, metrics.train_loss,
        metrics.train_accuracy, metrics.valid_loss, metrics.valid_accuracy, best ? " *" : "  ",
        seen / training_seconds, metrics.seconds);
    return true;
}

/* The other ranks wait meanwhile, and hear whether it was done. */
static bool finish_epoch(struct training *training)
{
    ranks_same_weights(training->model.info.params);
    const bool reported = ranks_told(!ranks_lead() || report_epoch(training));
    if (reported && !ranks_lead())
        next_epoch(&training->progress);
    return reported;
}

static void start(struct training *training)
{
    if (training->saved_json) {
        if (!ranks_lead())
            return;
        make_folder(training->options.out);
        run_continue(&training->run, training->progress.epoch);
        say(training, "resumed after epoch %lld, step %lld", (long long)training->progress.epoch,
            (long long)training->progress.step);
        return;
    }
    run_begin(&training->place, METRICS_HEAD);
    if (!ranks_lead())
        return;
    must(attn_vocab_save(training->vocab, training->run.vocab));
    if (training->unlabelled)
        teacher_save(training);
    history_add(training, 0);
    run_save_lines(&training->run);
    checkpoint_save(training); /* also shows a full disk before an epoch is spent */
}

static int stop(struct training *training)
{
    if (!ranks_lead())
        return 128 + ranks_stop();
    if (training->progress.best_epoch == 0) {
        swap_average(training);
        model_save(training);
        swap_average(training);
    }
    checkpoint_save(training);
    progress_clear();
    say(training, "stopped in epoch %lld after step %lld; go on with: " PROGRAM " train --out %s --resume",
        (long long)training->progress.epoch + 1, (long long)training->progress.step, training->options.out);
    return 128 + ranks_stop();
}

static void release(struct training *training, struct batch *batch)
{
    batch_free(batch);
    attn_tape_destroy(&training->tape);
    attn_adam_destroy(&training->adam);
    model_close(&training->model);
    corpus_free(&training->corpus);
    attn_vocab_destroy(&training->vocab);
    split_free(&training->split);
    dataset_free(&training->data);
    json_decref(training->saved_json);
    free(training->options.told);
    for (int64_t i = 0; i < COUNT(training->saved_names); i++)
        free(training->saved_names[i]);
    run_free(&training->run);
    attn_context_destroy(&training->context);
}

static void write_report(const struct training *training)
{
    const char *folder = training->options.out;
    char *done =
        print("%s/model.safetensors is trained, but its report is missing (" PROGRAM " report %s writes it)",
              folder, folder);
    signals_release();
    fail_after(done);
    attn_context *context = make_context(training->options.threads);
    report_write(context, folder, NULL, NULL);
    attn_context_destroy(&context);
    fail_after(NULL);
    free(done);
    say(training, "report: %s/report.html", folder);
}

static struct rusage use(void)
{
    struct rusage use = {0};
    getrusage(RUSAGE_SELF, &use);
    return use;
}

static double processor_seconds(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
           (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6;
}

/* What the epochs since `before` took, and what memory the program did at most. */
static void say_cost(const struct training *training, const struct rusage *before, int64_t epochs)
{
    const struct rusage after = use();
    if (epochs > 0)
        say(training, "cost: %.2f s of processor time an epoch, %.0f MB of memory at most",
            (processor_seconds(&after) - processor_seconds(before)) / (double)epochs,
            (double)after.ru_maxrss / 1024);
}

int command_train(int argc, char **argv)
{
    struct training training = {0};
    struct batch batch = {0};
    train_options_read(&training, argc, argv);
    prepare(&training);
    signals_catch();
    ranks_same(training.fingerprint, "reviews", "let all machines read the same --data");
    ranks_same_weights(training.model.info.params);
    start(&training);
    const struct rusage before = use();
    const int64_t first = training.progress.epoch;
    int status = 0;
    while (status == 0 && training.progress.epoch < training.options.config.epochs) {
        train_steps(&training, &batch);
        if (ranks_stop() || !finish_epoch(&training))
            status = stop(&training);
    }
    if (status == 0)
        say(&training, "best: epoch %lld, validation accuracy %.4f; the model is %s",
            (long long)training.progress.best_epoch, training.progress.best_accuracy, training.run.model);
    if (status == 0)
        say_cost(&training, &before, training.progress.epoch - first);
    release(&training, &batch);
    if (status == 0 && ranks_lead())
        write_report(&training);
    return status;
}
