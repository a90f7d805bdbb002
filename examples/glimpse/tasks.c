/* tasks.c - which task a command line is about: what --task says, or else the model that it names or goes on with. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/saved.h"
#include "digits/commands.h"

struct option task_option(const char **task)
{
    return choice_option("task", task, "scenes|digits",
                         "captions of scenes, or digits that people wrote (scenes, or the model's)");
}

/* The value of an option on the line, NULL where it is not there. What is wrong with the line is said when it is parsed. */
static const char *find_value(int argc, char **argv, const char *name)
{
    const size_t length = strlen(name);
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], name, length) != 0)
            continue;
        if (argv[i][length] == '=')
            return argv[i] + length + 1;
        if (argv[i][length] == '\0' && i + 1 < argc)
            return argv[i + 1];
    }
    return NULL;
}

static const char *task_of(const json_t *json)
{
    const char *task = json_string_value(json_object_get(json, "task"));
    return task && strcmp(task, "digits") == 0 ? "digits" : "scenes";
}

void require_task(const json_t *json, const char *path, const char *task)
{
    const char *own = task_of(json);
    if (strcmp(own, task) != 0)
        fail(EXIT_BAD_INPUT, "%s: a model of %s; expected one of %s, which " PROGRAM " %s takes", path, own,
             strcmp(task, "digits") == 0 ? "--task digits" : "scenes",
             strcmp(task, "digits") == 0 ? "read" : "caption");
}

static bool is_given(int argc, char **argv, const char *name)
{
    bool given = false;
    for (int i = 0; i < argc; i++)
        given = given || strcmp(argv[i], name) == 0;
    return given;
}

/* The file that tells the task: the model that is named, or the checkpoint of the run that is gone on with. NULL: there is none. To be
 * freed. */
static char *find_model(int argc, char **argv)
{
    const char *model = find_value(argc, argv, "--model"), *out = find_value(argc, argv, "--out");
    if (is_given(argc, argv, "--help") || is_given(argc, argv, "-h"))
        return NULL;
    if (model)
        return print("%s", model);
    if (out == NULL || !is_given(argc, argv, "--resume"))
        return NULL;
    char *checkpoint = print("%s/checkpoint.safetensors", out);
    if (access(checkpoint, R_OK) == 0)
        return checkpoint;
    free(checkpoint); /* which train says */
    return NULL;
}

static bool is_digits(int argc, char **argv)
{
    const char *task = find_value(argc, argv, "--task");
    char *model = find_model(argc, argv);
    if (model == NULL)
        return task && strcmp(task, "digits") == 0;
    attn_context *context = make_context(1);
    attn_file *file;
    must_read(attn_file_open(context, model, &file));
    json_t *json = read_model_json(file, model);
    const char *own = task_of(json);
    if (task && strcmp(task, own) != 0)
        fail(EXIT_BAD_INPUT, "--task %s: %s was trained with --task %s; leave --task out", task, model, own);
    const bool digits = strcmp(own, "digits") == 0;
    json_decref(json);
    attn_file_close(&file);
    attn_context_destroy(&context);
    free(model);
    return digits;
}

int command_train(int argc, char **argv)
{
    return is_digits(argc, argv) ? train_digits(argc, argv) : train_scenes(argc, argv);
}

int command_eval(int argc, char **argv)
{
    return is_digits(argc, argv) ? eval_digits(argc, argv) : eval_scenes(argc, argv);
}

int command_explain(int argc, char **argv)
{
    return is_digits(argc, argv) ? explain_digits(argc, argv) : explain_scenes(argc, argv);
}
