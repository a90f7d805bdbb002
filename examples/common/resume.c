/* resume.c - going on with a run that was stopped. */
#define _GNU_SOURCE /* realpath */
#include "common/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "common/ranks.h"
#include "common/runs.h"
#include "common/saved.h"

json_t *resume_place_json(const char *path)
{
    char *place = path ? realpath(path, NULL) : NULL, folder[4096];
    /* What names of files begin with is no file. */
    if (path && place == NULL && path[0] != '/' && getcwd(folder, sizeof folder))
        place = print("%s/%s", folder, path);
    json_t *json = name_json(place ? place : path);
    free(place);
    return json;
}

json_t *resume_json(json_t *config, const char *data, uint64_t fingerprint, const char *precision,
                    json_t *progress)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o}", "config", config, "data", resume_place_json(data),
                     "fingerprint", fingerprint_json(fingerprint), "train_precision", precision, "progress",
                     progress);
}

char *resume_data(const json_t *kept, const char **data)
{
    char *place = name_of_json(json_object_get(kept, "data"));
    if (*data == NULL)
        *data = place;
    return place;
}

void resume_check_alone(const char *out, bool resume, bool overwrite)
{
    if (resume && overwrite)
        fail(EXIT_BAD_INPUT,
             "--resume goes on with the run in %s, --overwrite replaces it; give one of the two", out);
}

bool resume_may_change(const char *option)
{
    static const char *const names[] = {"task",   "data",    "valid-data", "languages", "out",
                                        "epochs", "threads", "resume",     "quiet"};
    for (int64_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], option) == 0)
            return true;
    }
    return false;
}

void resume_check_options(const struct option *options, int64_t count, const char *fixed)
{
    for (int64_t i = 0; i < count; i++) {
        const char *name = options[i].name;
        if (options[i].given && (!resume_may_change(name) || (fixed && strcmp(name, fixed) == 0)))
            fail(
                EXIT_BAD_INPUT,
                "--%s cannot be given with --resume, which goes on with the options of the run; leave it out",
                name);
    }
}

static void check_there(const char *checkpoint, const char *out)
{
    if (access(checkpoint, R_OK) != 0)
        fail(EXIT_BAD_INPUT,
             "--resume: no run that could go on is in %s (checkpoint.safetensors: %s); leave --resume out to "
             "begin one",
             out, strerror(errno));
}

/* Older checkpoints say nothing. */
static const char *saved_precision(const char *checkpoint)
{
    attn_context *context = make_context(1);
    attn_file *file;
    must_read(attn_file_open(context, checkpoint, &file));
    json_t *json = read_model_json(file, checkpoint);
    const char *said = json_string_value(json_object_get(json, "train_precision"));
    const bool rounds = said && strcmp(said, "bfloat16") == 0;
    json_decref(json);
    attn_file_close(&file);
    attn_context_destroy(&context);
    return rounds ? "bfloat16" : "float32";
}

attn_context *resume_context(int64_t threads, const char **precision, const char *checkpoint, const char *out)
{
    if (checkpoint) {
        check_there(checkpoint, out);
        run_hold(out);
        *precision = saved_precision(checkpoint);
    }
    return make_training_context(ranks_threads(threads), *precision);
}

void resume_check_data(const json_t *json, uint64_t fingerprint, const char *what, const char *place,
                       const char *checkpoint)
{
    if (!has_fingerprint(json, fingerprint))
        fail(EXIT_BAD_INPUT,
             "--resume: the %s%s%s are not those that %s was trained on; name where those are by --data",
             what, place ? " in " : "", place ? place : "", checkpoint);
}
