/* saved.c - the program's own JSON in a model file, and questions to the layers that come out of one. */
#include "common/saved.h"

#include <stdlib.h>
#include <string.h>

#define EXPECTED "expected a model that " PROGRAM " train wrote"

json_t *fingerprint_json(uint64_t fingerprint)
{
    return json_sprintf("%016llx", (unsigned long long)fingerprint);
}

bool has_fingerprint(const json_t *json, uint64_t fingerprint)
{
    json_t *own = fingerprint_json(fingerprint);
    const bool same = json_equal(json_object_get(json, "fingerprint"), own);
    json_decref(own);
    return same;
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

void hand_over(attn_file *own, attn_file **file, json_t *config, json_t **json)
{
    if (file)
        *file = own;
    else
        attn_file_close(&own);
    if (json)
        *json = config;
    else
        json_decref(config);
}

int64_t saved_integer(const json_t *json, const char *path, const char *name, int64_t least, int64_t most)
{
    const json_t *value = json_object_get(json, name);
    if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most)
        fail(EXIT_BAD_INPUT, "%s: its configuration holds no %s, or one out of range; " EXPECTED, path, name);
    return json_integer_value(value);
}

bool file_describes(const attn_file *file, const char *name)
{
    attn_layer_info layer = ATTN_LAYER_INFO_INIT;
    bool found = false;
    for (int64_t i = 0; i < attn_file_layer_count(file) && !found; i++) {
        must(attn_file_layer(file, i, &layer));
        found = strcmp(layer.name, name) == 0;
    }
    return found;
}

void must_fit(bool fits, const char *path)
{
    if (!fits)
        fail(EXIT_BAD_INPUT, "%s: its layers or vocabularies do not fit each other; " EXPECTED, path);
}

/* ---- layers ---- */

#define DEFINE_INFO(kind, initial)                                                                           \
    attn_##kind##_info kind##_info(const attn_##kind *layer)                                                 \
    {                                                                                                        \
        attn_##kind##_info info = initial;                                                                   \
        must(attn_##kind##_get_info(layer, &info));                                                          \
        return info;                                                                                         \
    }

DEFINE_INFO(embedding, ATTN_EMBEDDING_INFO_INIT)
DEFINE_INFO(gru, ATTN_GRU_INFO_INIT)
DEFINE_INFO(attention, ATTN_ATTENTION_INFO_INIT)
DEFINE_INFO(attngru, ATTN_ATTNGRU_INFO_INIT)
DEFINE_INFO(dense, ATTN_DENSE_INFO_INIT)
