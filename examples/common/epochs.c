/* epochs.c - the loop of training. */
#include "common/epochs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/runs.h"
#include "common/signals.h"
#include "common/terminal.h"

struct progress {
    attn_adam *adam;
    attn_tape *tape;
    int64_t epoch, best_epoch; /* complete ones; the best of them, from 1 */
    int64_t step, examples;    /* made and seen in the epoch after them */
    double loss_sum, seconds;  /* of those examples */
    double best_loss;
    struct text metrics;
    struct text best_line; /* what was measured at the best epoch, where this process saw it */
};

int64_t epochs_steps(const struct epochs *epochs)
{
    return (epochs->examples + epochs->batch - 1) / epochs->batch;
}

/* The gradients of a step, of which this rank works out its part. */
static void add_gradients(const struct epochs *epochs, struct progress *progress)
{
    const int64_t at = progress->step * epochs->batch, left = epochs->examples - at,
                  rows = left < epochs->batch ? left : epochs->batch;
    const struct share part = ranks_share(rows);
    double loss = 0, weight = 0;
    must(attn_params_zero_grad(epochs->params));
    must(attn_tape_begin_part(progress->tape, attn_adam_steps(progress->adam), part.begin, part.count));
    if (part.count)
        loss = epochs->step(epochs->user, progress->tape, progress->epoch,
                            (struct share){at + part.begin, part.count}, &weight);
    if (ranks() > 1) {
        double sums[] = {loss * weight, weight};
        ranks_average(epochs->params, weight, sums, COUNT(sums));
        loss = sums[1] > 0 ? sums[0] / sums[1] : 0;
    }
    progress->examples += rows;
    progress->loss_sum += loss * (double)rows;
}

/* The steps of an epoch that are still to be made; a signal ends it early. */
static void run_steps(const struct epochs *epochs, struct progress *progress)
{
    const double began = now(), seconds = progress->seconds;
    const int64_t seen = progress->examples, steps = epochs_steps(epochs);
    while (progress->step < steps && !ranks_stop()) {
        add_gradients(epochs, progress);
        must(attn_adam_step(progress->adam, NULL));
        progress->step++;
        progress->seconds = seconds + now() - began;
        if (epochs->quiet)
            continue;
        char *label = print("epoch %lld/%lld", (long long)progress->epoch + 1, (long long)epochs->epochs);
        char *note = print("%.0f %s/s  loss %.4f", (double)(progress->examples - seen) / (now() - began),
                           epochs->unit, progress->loss_sum / (double)progress->examples);
        progress_show(label, progress->step, steps, note);
        free(label);
        free(note);
    }
    progress_clear();
}

/* Put the average in the weights' place, or take it out. */
static void swap_average(const struct epochs *epochs, const struct progress *progress)
{
    if (epochs->adam.average > 0)
        must(attn_adam_swap_average(progress->adam));
}

static void next_epoch(struct progress *progress)
{
    progress->epoch++;
    progress->step = progress->examples = 0;
    progress->loss_sum = progress->seconds = 0;
}

/* A complete epoch's measurement and its line. */
static void report_epoch(const struct epochs *epochs, struct progress *progress)
{
    const double began = now(), examples = (double)progress->examples, trained = progress->seconds;
    const double train_loss = examples > 0 ? progress->loss_sum / examples : 0;
    struct text line = {0};
    swap_average(epochs, progress);
    double valid_loss = epochs->measure(epochs->user, &line), seconds = trained + now() - began;
    if (!isfinite(valid_loss))
        fail(EXIT_RUNTIME, "the loss is %g after epoch %lld; try a lower --lr", valid_loss,
             (long long)progress->epoch + 1);
    bool best = progress->best_epoch == 0 || valid_loss < progress->best_loss;
    next_epoch(progress);
    if (best) {
        progress->best_epoch = progress->epoch;
        progress->best_loss = valid_loss;
        epochs->save(epochs->user, progress->epoch, valid_loss);
    }
    swap_average(epochs, progress);
    text_print(&progress->metrics, "%lld,%.6f,%.6f,%.3f\n", (long long)progress->epoch, train_loss,
               valid_loss, seconds);
    if (!epochs->quiet) {
        printf("epoch %2lld/%lld  training loss %.4f  validation loss %.4f%.*s%s  %.0f %s/s  %.1f s\n",
               (long long)progress->epoch, (long long)epochs->epochs, train_loss, valid_loss, (int)line.size,
               line.size ? line.bytes : "", best ? " *" : "  ", examples / trained, epochs->unit, seconds);
        flush_output();
    }
    if (best) {
        free(progress->best_line.bytes);
        progress->best_line = line;
    } else {
        free(line.bytes);
    }
}

/* One epoch; false when it was stopped before it was measured. The first of several ranks measures it, and says which was the best. */
static bool run_epoch(const struct epochs *epochs, struct progress *progress)
{
    run_steps(epochs, progress);
    if (ranks_stop())
        return false;
    ranks_same_weights(epochs->params);
    if (ranks_lead())
        report_epoch(epochs, progress);
    else
        next_epoch(progress);
    progress->best_epoch = ranks_told(progress->best_epoch);
    return true;
}

/* ---- checkpoints ---- */

static void keep(const struct epochs *epochs, const struct progress *progress)
{
    if (!ranks_lead())
        return;
    epochs->keep(epochs->user, progress->adam,
                 json_pack("{s:I, s:I, s:I, s:f, s:f, s:I, s:f}", "epoch", (json_int_t)progress->epoch,
                           "step", (json_int_t)progress->step, "examples", (json_int_t)progress->examples,
                           "loss_sum", progress->loss_sum, "seconds", progress->seconds, "best_epoch",
                           (json_int_t)progress->best_epoch, "best_loss", progress->best_loss));
}

static void restore(const struct epochs *epochs, struct progress *progress)
{
    json_int_t epoch, step, examples, best_epoch;
    if (json_unpack((json_t *)epochs->progress, "{s:I, s:I, s:I, s:F, s:F, s:I, s:F}", "epoch", &epoch,
                    "step", &step, "examples", &examples, "loss_sum", &progress->loss_sum, "seconds",
                    &progress->seconds, "best_epoch", &best_epoch, "best_loss", &progress->best_loss) != 0 ||
        epoch < 0 || step < 0 || step > epochs_steps(epochs) || examples < 0 || best_epoch < 0 ||
        best_epoch > epoch)
        fail(EXIT_BAD_INPUT,
             "--resume: the checkpoint's progress is missing; expected one that " PROGRAM " train wrote");
    progress->epoch = epoch;
    progress->step = step;
    progress->examples = examples;
    progress->best_epoch = best_epoch;
    must_read(attn_file_load_adam(epochs->kept, progress->adam));
}

static void save_metrics(const struct progress *progress, const char *path)
{
    if (ranks_lead())
        text_save(&progress->metrics, path);
}

/* Asked before an epoch and not after it, so that a run that was over stays so when it is gone on with. */
static bool is_patience_over(const struct epochs *epochs, const struct progress *progress)
{
    return epochs->patience && progress->epoch - progress->best_epoch >= epochs->patience;
}

int epochs_run(const struct epochs *epochs, const char *folder)
{
    struct progress progress = {0};
    char *path = print("%s/metrics.csv", folder);
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.seed = (uint64_t)epochs->seed;
    must(attn_adam_create(epochs->params, &epochs->adam, &progress.adam));
    must(attn_tape_create(epochs->context, &tape, &progress.tape));
    text_print(&progress.metrics, EPOCHS_METRICS_HEAD);
    if (epochs->kept) {
        restore(epochs, &progress);
        keep_lines(&progress.metrics, path, "", progress.epoch);
    }
    ranks_same(epochs->fingerprint, "examples", "let all machines read the same --data");
    ranks_same_weights(epochs->params);
    save_metrics(&progress, path);
    signals_catch();
    if (epochs->kept == NULL)
        keep(epochs, &progress); /* also shows a full disk before an epoch is spent */
    while (progress.epoch < epochs->epochs && !is_patience_over(epochs, &progress) &&
           run_epoch(epochs, &progress)) {
        save_metrics(&progress, path);
        keep(epochs, &progress);
    }
    if (ranks_stop()) {
        keep(epochs, &progress);
        if (!epochs->quiet)
            printf("stopped in epoch %lld; --resume goes on from there\n", (long long)progress.epoch + 1);
    }
    if (progress.best_epoch && !epochs->quiet)
        printf("best: epoch %lld%.*s; the model is %s/model.safetensors\n", (long long)progress.best_epoch,
               (int)progress.best_line.size, progress.best_line.size ? progress.best_line.bytes : "", folder);
    attn_tape_destroy(&progress.tape);
    attn_adam_destroy(&progress.adam);
    free(path);
    free(progress.metrics.bytes);
    free(progress.best_line.bytes);
    return ranks_stop() ? 128 + ranks_stop() : 0;
}
