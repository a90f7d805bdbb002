/* epochs.c - the loop of training. */
#include "common/epochs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/signals.h"
#include "common/terminal.h"

struct progress {
    attn_adam *adam;
    attn_tape *tape;
    int64_t epoch, best_epoch;
    double best_loss;
};

/* The mean loss of an epoch's steps. */
static double run_steps(const struct epochs *epochs, const struct progress *progress, int64_t *examples)
{
    double sum = 0, began = now();
    for (int64_t step = 0; step < epochs->steps && !stop_signal(); step++) {
        int64_t before = *examples;
        must(attn_params_zero_grad(epochs->params));
        must(attn_tape_begin(progress->tape, attn_adam_steps(progress->adam)));
        double loss = epochs->step(epochs->user, progress->tape, progress->epoch, step, examples);
        must(attn_adam_step(progress->adam, NULL));
        sum += loss * (double)(*examples - before);
        if (epochs->quiet)
            continue;
        char *label = print("epoch %lld/%lld", (long long)progress->epoch + 1, (long long)epochs->epochs);
        char *note = print("%.0f %s/s  loss %.4f", (double)*examples / (now() - began), epochs->unit,
                           sum / (double)*examples);
        progress_show(label, step + 1, epochs->steps, note);
        free(label);
        free(note);
    }
    progress_clear();
    return *examples ? sum / (double)*examples : 0;
}

/* Put the average in the weights' place, or take it out. */
static void swap_average(const struct epochs *epochs, const struct progress *progress)
{
    if (epochs->adam.average > 0)
        must(attn_adam_swap_average(progress->adam));
}

/* One epoch, its measurement and its line; false when it was stopped before it was measured. */
static bool run_epoch(const struct epochs *epochs, struct progress *progress, struct text *metrics)
{
    double began = now();
    int64_t examples = 0;
    double train_loss = run_steps(epochs, progress, &examples), trained = now() - began;
    if (stop_signal())
        return false;
    struct text line = {0};
    swap_average(epochs, progress);
    double valid_loss = epochs->measure(epochs->user, &line), seconds = now() - began;
    if (!isfinite(valid_loss))
        fail(EXIT_RUNTIME, "the loss is %g after epoch %lld; try a lower --lr", valid_loss,
             (long long)progress->epoch + 1);
    bool best = progress->best_epoch == 0 || valid_loss < progress->best_loss;
    progress->epoch++;
    if (best) {
        progress->best_epoch = progress->epoch;
        progress->best_loss = valid_loss;
        epochs->save(epochs->user, progress->epoch, valid_loss);
    }
    swap_average(epochs, progress);
    text_print(metrics, "%lld,%.6f,%.6f,%.3f\n", (long long)progress->epoch, train_loss, valid_loss, seconds);
    if (!epochs->quiet) {
        printf("epoch %2lld/%lld  training loss %.4f  validation loss %.4f%.*s%s  %.0f %s/s  %.1f s\n",
               (long long)progress->epoch, (long long)epochs->epochs, train_loss, valid_loss, (int)line.size,
               line.size ? line.bytes : "", best ? " *" : "  ", (double)examples / trained, epochs->unit,
               seconds);
        flush_output();
    }
    free(line.bytes);
    return true;
}

int64_t epochs_run(const struct epochs *epochs, const char *folder)
{
    struct progress progress = {0};
    struct text metrics = {0};
    char *path = print("%s/metrics.csv", folder);
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.seed = (uint64_t)epochs->seed;
    must(attn_adam_create(epochs->params, &epochs->adam, &progress.adam));
    must(attn_tape_create(epochs->context, &tape, &progress.tape));
    text_print(&metrics, "epoch,train_loss,valid_loss,seconds\n");
    text_save(&metrics, path); /* also shows a full disk before an epoch is spent */
    signals_catch();
    while (progress.epoch < epochs->epochs && run_epoch(epochs, &progress, &metrics)) {
        text_save(&metrics, path);
        if (epochs->patience && progress.epoch - progress.best_epoch >= epochs->patience)
            break;
    }
    if (stop_signal() && !epochs->quiet)
        printf("stopped in epoch %lld\n", (long long)progress.epoch + 1);
    attn_tape_destroy(&progress.tape);
    attn_adam_destroy(&progress.adam);
    free(path);
    free(metrics.bytes);
    return progress.best_epoch;
}
