/* run.h - the folder RUN: what training leaves there. Each file is written beside its place and renamed into
 * it when it is whole, so that a full disk or a kill never damages what was there. */
#ifndef SENTIMENT_RUN_H
#define SENTIMENT_RUN_H

#include "common/files.h"

struct run {
    char *model, *checkpoint, *vocab, *metrics, *history, *report, *people, *targets; /* paths */
    struct text metrics_lines, history_lines; /* what those two files hold */
};

/* One line of metrics.csv. */
struct epoch_metrics {
    int64_t epoch; /* from 1 */
    double learning_rate, train_loss, train_accuracy, valid_loss, valid_accuracy, seconds;
};

/* Name the files of a run in `folder`; nothing is written. A place where none can be ends the program. */
struct run run_name(const char *folder);
void run_free(struct run *run);

/* A number that changes when the model's file does. */
uint64_t run_fingerprint(const struct run *run);

#define METRICS_HEAD "epoch,learning_rate,train_loss,train_accuracy,valid_loss,valid_accuracy,seconds\n"

/* The first line of its metrics.csv. */
void run_head(struct run *run, const char *metrics_head);

/* Take over the lines of metrics and history up to `epoch`. */
void run_continue(struct run *run, int64_t epoch);

void run_add_metrics(struct run *run, const struct epoch_metrics *metrics);
void run_add_history(struct run *run, const json_t *line);

/* Write metrics.csv and attention_history.jsonl. */
void run_save_lines(const struct run *run);

#endif
