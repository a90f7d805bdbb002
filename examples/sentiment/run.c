/* run.c - the folder of a run and its two logs. */
#include "run.h"

#include "common/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HISTORY_HEAD "{\"epoch\":"

const char *const run_files[] = {"model.safetensors",
                                 "checkpoint.safetensors",
                                 "vocab.txt",
                                 "attention_history.jsonl",
                                 "report.html",
                                 "plausibility.json",
                                 "targets.safetensors",
                                 "metrics.csv",
                                 NULL};

struct run run_name(const char *folder)
{
    struct stat status;
    if (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode))
        fail(EXIT_BAD_INPUT, "--out %s: not a folder", folder);
    struct run run = {
        .model = print("%s/model.safetensors", folder),
        .checkpoint = print("%s/checkpoint.safetensors", folder),
        .vocab = print("%s/vocab.txt", folder),
        .metrics = print("%s/metrics.csv", folder),
        .history = print("%s/attention_history.jsonl", folder),
        .report = print("%s/report.html", folder),
        .people = print("%s/plausibility.json", folder),
        .targets = print("%s/targets.safetensors", folder),
    };
    return run;
}

void run_head(struct run *run, const char *metrics_head)
{
    text_append(&run->metrics_lines, metrics_head, strlen(metrics_head));
}

void run_free(struct run *run)
{
    char *all[] = {run->model,
                   run->checkpoint,
                   run->vocab,
                   run->metrics,
                   run->history,
                   run->report,
                   run->people,
                   run->targets,
                   run->metrics_lines.bytes,
                   run->history_lines.bytes};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

uint64_t run_fingerprint(const struct run *run)
{
    size_t size;
    char *bytes = read_file(run->model, &size);
    const uint64_t fingerprint = hash_bytes(HASH_START, bytes, size);
    free(bytes);
    return fingerprint;
}

void run_continue(struct run *run, int64_t epoch)
{
    keep_lines(&run->metrics_lines, run->metrics, "", epoch);
    keep_lines(&run->history_lines, run->history, HISTORY_HEAD, epoch);
}

void run_add_metrics(struct run *run, const struct epoch_metrics *metrics)
{
    text_print(&run->metrics_lines, "%lld,%.9g,%.6f,%.6f,%.6f,%.6f,%.3f\n", (long long)metrics->epoch,
               metrics->learning_rate, metrics->train_loss, metrics->train_accuracy, metrics->valid_loss,
               metrics->valid_accuracy, metrics->seconds);
}

void run_add_history(struct run *run, const json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    text_append(&run->history_lines, text, strlen(text));
    text_append(&run->history_lines, "\n", 1);
    free(text);
}

void run_save_lines(const struct run *run)
{
    text_save(&run->metrics_lines, run->metrics);
    text_save(&run->history_lines, run->history);
}
