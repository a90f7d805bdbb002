/* runs.c - what of a run is in a folder, whose it is, and taking it away. */
#define _GNU_SOURCE /* realpath, flock */
#include "common/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/ranks.h"
#include "common/signals.h"

#define ELSEWHERE "or name another folder by --out"

/* Whether there is a regular file: what is none holds nothing that could be lost. */
static bool is_there(const struct run_place *place, const char *name, struct stat *status)
{
    char *path = print("%s/%s", place->folder, name);
    bool is = stat(path, status) == 0 && S_ISREG(status->st_mode);
    free(path);
    return is;
}

/* Whether `train` of this program wrote the model. */
static bool is_own_model(attn_context *context, const char *path)
{
    attn_file *file;
    if (attn_file_open(context, path, &file) != ATTN_OK)
        return false;
    const char *text = attn_file_config(file);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    const char *program = json_string_value(json_object_get(json, "program"));
    bool own = program && strcmp(program, PROGRAM) == 0;
    json_decref(json);
    attn_file_close(&file);
    return own;
}

/* "epoch,...,seconds": the columns that every program's has. */
static bool is_metrics(const char *path)
{
    static const char first[] = "epoch,", last[] = ",seconds";
    size_t size;
    char *bytes = read_file(path, &size);
    const size_t line = strcspn(bytes, "\n"), most = strlen(last);
    bool is = strncmp(bytes, first, strlen(first)) == 0 && line > most &&
              strncmp(bytes + line - most, last, most) == 0;
    free(bytes);
    return is;
}

/* Models that are there must be the program's; without one, metrics.csv tells that a run was begun. */
static void check_own(attn_context *context, const struct run_place *place, const char *found)
{
    bool own = false;
    struct stat status;
    for (int64_t i = 0; run_files[i]; i++) {
        const char *name = run_files[i], *ending = strrchr(name, '.');
        if (!is_there(place, name, &status))
            continue;
        char *path = print("%s/%s", place->folder, name);
        bool model = strcmp(ending, ".safetensors") == 0, is_own = model && is_own_model(context, path);
        if (model && !is_own)
            fail(EXIT_BAD_INPUT,
                 "--out: %s is no model that " PROGRAM
                 " train wrote, and not replaced by one; move it away, " ELSEWHERE,
                 path);
        own = own || is_own || (strcmp(name, "metrics.csv") == 0 && is_metrics(path));
        free(path);
    }
    if (!own)
        fail(EXIT_BAD_INPUT,
             "--out %s: %s there belongs to no run of " PROGRAM
             " and is not replaced; move it away, " ELSEWHERE,
             place->folder, found);
}

static void check_input(const struct run_place *place, const char *input)
{
    struct stat read, status;
    if (input == NULL || stat(input, &read) != 0)
        return;
    for (int64_t i = 0; run_files[i]; i++) {
        if (is_there(place, run_files[i], &status) && status.st_dev == read.st_dev &&
            status.st_ino == read.st_ino)
            fail(EXIT_BAD_INPUT,
                 "--overwrite would replace %s, which is to be read; move it away, " ELSEWHERE, input);
    }
}

/* The first of the run's files that is in the folder; NULL: none. */
static const char *found_in(const struct run_place *place)
{
    struct stat status;
    for (int64_t i = 0; run_files[i]; i++) {
        if (is_there(place, run_files[i], &status))
            return run_files[i];
    }
    return NULL;
}

static void refuse_to_replace(const struct run_place *place, const char *found)
{
    struct stat status;
    bool resumes = is_there(place, place->resumed, &status);
    fail(EXIT_BAD_INPUT,
         "--out %s: a run is there already (%s); give %s--overwrite to replace it, " ELSEWHERE, place->folder,
         found, resumes ? "--resume to go on with it, " : "");
}

void run_hold(const char *folder)
{
    static int held = -1; /* for as long as the program runs */
    if (held >= 0 || !ranks_lead())
        return;
    held = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (held >= 0 && flock(held, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        fail(EXIT_BAD_INPUT, "--out %s: another training writes there; wait until it ends, " ELSEWHERE,
             folder);
}

void run_check(attn_context *context, const struct run_place *place)
{
    const char *found = found_in(place);
    if (found == NULL)
        return;
    run_hold(place->folder);
    check_own(context, place, found);
    for (int64_t i = 0; i < COUNT(place->inputs); i++)
        check_input(place, place->inputs[i]);
    if (!place->overwrite)
        refuse_to_replace(place, found);
}

void run_begin(const struct run_place *place, const char *metrics_head)
{
    struct stat status;
    signals_catch();
    ranks_meet();
    if (!ranks_lead())
        return;
    make_folder(place->folder);
    run_hold(place->folder);
    const char *found = found_in(place);
    if (found && !place->overwrite) /* it came while the data were read */
        refuse_to_replace(place, found);
    for (int64_t i = 0; run_files[i]; i++) {
        if (!is_there(place, run_files[i], &status))
            continue;
        char *path = print("%s/%s", place->folder, run_files[i]), *target = realpath(path, NULL);
        if (target == NULL || unlink(target) != 0) /* a symbolic link stays, and is written through */
            fail(EXIT_RUNTIME, "--overwrite: %s could not be removed: %s", path, strerror(errno));
        free(target);
        free(path);
    }
    struct text head = {0};
    char *metrics = print("%s/metrics.csv", place->folder);
    text_append(&head, metrics_head, strlen(metrics_head));
    text_save(&head, metrics);
    free(metrics);
    free(head.bytes);
}

void keep_lines(struct text *text, const char *path, const char *head, int64_t epoch)
{
    size_t size;
    struct stat status;
    if (stat(path, &status) != 0)
        return;
    char *bytes = read_file(path, &size), *end = bytes + size;
    for (char *at = bytes, *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at))) != NULL;
         at = stop + 1) {
        if (strncmp(at, head, strlen(head)) != 0)
            continue;
        char *digits = at + strlen(head), *after;
        const long long number = strtoll(digits, &after, 10);
        if (after > digits && number <= epoch)
            text_append(text, at, (size_t)(stop + 1 - at));
    }
    free(bytes);
}
