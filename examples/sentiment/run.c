/* run.c - the folder of a run and its two logs. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define METRICS_HEAD "epoch,learning_rate,train_loss,train_accuracy,valid_loss,valid_accuracy,seconds\n"
#define HISTORY_HEAD "{\"epoch\":"

static void append(struct text *text, const char *bytes, size_t size)
{
    text->bytes = grow(text->bytes, text->size + (int64_t)size + 1, &text->capacity, 1);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += (int64_t)size;
}

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
    };
    append(&run.metrics_lines, METRICS_HEAD, strlen(METRICS_HEAD));
    return run;
}

void run_free(struct run *run)
{
    char *all[] = {run->model,
                   run->checkpoint,
                   run->vocab,
                   run->metrics,
                   run->history,
                   run->metrics_lines.bytes,
                   run->history_lines.bytes};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

void run_create(const char *folder)
{
    char *path = print("%s", folder), *probe = print("%s/.probe", folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0777); /* one that cannot be made shows at the last */
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(EXIT_BAD_INPUT, "--out %s: the folder cannot be made: %s", folder, strerror(errno));
    int file = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        fail(EXIT_BAD_INPUT, "--out %s: nothing can be written there: %s", folder, strerror(errno));
    close(file);
    unlink(probe);
    free(path);
    free(probe);
}

/* The lines of `path` that begin with `head` and then a number up to `epoch`, appended to `text`. */
static void keep_lines(struct text *text, const char *path, const char *head, int64_t epoch)
{
    size_t size;
    struct stat status;
    if (stat(path, &status) != 0)
        return;
    char *bytes = read_file(path, &size), *end = bytes + size;
    for (char *at = bytes, *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at))) != NULL;
         at = stop + 1) {
        char *digits = at + strlen(head), *after;
        long long number = strncmp(at, head, strlen(head)) == 0 ? strtoll(digits, &after, 10) : epoch + 1;
        if (number <= epoch && after > digits)
            append(text, at, (size_t)(stop + 1 - at));
    }
    free(bytes);
}

void run_continue(struct run *run, int64_t epoch)
{
    keep_lines(&run->metrics_lines, run->metrics, "", epoch);
    keep_lines(&run->history_lines, run->history, HISTORY_HEAD, epoch);
}

void run_add_metrics(struct run *run, const struct epoch_metrics *metrics)
{
    char *line = print("%lld,%.9g,%.6f,%.6f,%.6f,%.6f,%.3f\n", (long long)metrics->epoch,
                       metrics->learning_rate, metrics->train_loss, metrics->train_accuracy,
                       metrics->valid_loss, metrics->valid_accuracy, metrics->seconds);
    append(&run->metrics_lines, line, strlen(line));
    free(line);
}

void run_add_history(struct run *run, const json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    append(&run->history_lines, text, strlen(text));
    append(&run->history_lines, "\n", 1);
    free(text);
}

static void replace(const char *path, const struct text *text)
{
    char *beside = print("%s.part", path);
    FILE *file = fopen(beside, "wb");
    bool written = file && fwrite(text->bytes, 1, (size_t)text->size, file) == (size_t)text->size &&
                   fflush(file) == 0 && fsync(fileno(file)) == 0;
    int reason = errno;
    if (file && fclose(file) != 0 && written) {
        reason = errno;
        written = false;
    }
    if (written && rename(beside, path) != 0) {
        reason = errno;
        written = false;
    }
    if (!written) {
        unlink(beside);
        fail(EXIT_RUNTIME, "%s could not be written, the old one stays: %s", path, strerror(reason));
    }
    free(beside);
}

void run_save_lines(const struct run *run)
{
    replace(run->metrics, &run->metrics_lines);
    replace(run->history, &run->history_lines);
}
