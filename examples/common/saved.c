/* saved.c - configurations to and from JSON, and the model file around them. */
#include "common/saved.h"

#include <stdlib.h>
#include <string.h>

json_t *fields_json(const struct field *fields, int64_t count, const void *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < count; i++) {
        const void *value = (const char *)config + fields[i].offset;
        json_object_set_new(json, fields[i].name,
                            fields[i].kind == FIELD_SWITCH    ? json_boolean(*(const int64_t *)value)
                            : fields[i].kind == FIELD_INTEGER ? json_integer(*(const int64_t *)value)
                                                              : json_real(*(const double *)value));
    }
    return json;
}

void fields_read(const struct field *fields, int64_t count, const char *path, const json_t *json,
                 void *config)
{
    for (int64_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        bool right = fields[i].kind == FIELD_SWITCH    ? json_is_boolean(value)
                     : fields[i].kind == FIELD_INTEGER ? json_is_integer(value)
                                                       : json_is_number(value);
        double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
        if (!right || number < fields[i].least || number > fields[i].most)
            fail(EXIT_BAD_INPUT,
                 "%s: its configuration holds no %s, or one out of range; expected a model that " PROGRAM
                 " train wrote",
                 path, fields[i].name);
        void *target = (char *)config + fields[i].offset;
        if (fields[i].kind == FIELD_NUMBER)
            *(double *)target = number;
        else
            *(int64_t *)target = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    }
}

void save_model(const char *path, const attn_params *params, attn_save_options options, json_t *json)
{
    json_object_set_new(json, "program", json_string(PROGRAM));
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    options.config = text;
    must(attn_params_save(params, path, &options));
    free(text);
    json_decref(json);
}

json_t *read_model_json(const attn_file *file, const char *path)
{
    const char *text = attn_file_config(file);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    const char *program = json_string_value(json_object_get(json, "program"));
    if (program == NULL || strcmp(program, PROGRAM) != 0)
        fail(EXIT_BAD_INPUT, "%s: a safetensors file, but not one that " PROGRAM " train wrote", path);
    return json;
}

json_t *open_trained(attn_context *context, const char *path, attn_file **file, attn_vocab **vocab)
{
    must_read(attn_file_open(context, path, file));
    json_t *json = read_model_json(*file, path);
    must_read(attn_file_vocab_create(*file, NULL, vocab));
    return json;
}

void load_trained(attn_file **file, json_t *json, attn_params *params)
{
    must_read(attn_file_load(*file, params, NULL, NULL));
    attn_file_close(file);
    json_decref(json);
}
