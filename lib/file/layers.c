/* layers.c - the descriptions of layers, written and read. file.h (internal) describes them; core/layer.h has the tables that
 * they are written by. */
#include <stdlib.h>
#include <string.h>

#include "core/layer.h"
#include "file/file.h"

#define MAX_OPTIONS 1000 /* of a layer */

/* ---- writing --------------------------------------------------------------------------------------------- */

static attn_status put_value(attni_buffer *out, attn_context *context, const char *function,
                             const attni_field *field, const void *info)
{
    const char *value = (const char *)info + field->offset;
    int32_t small;
    int64_t large;
    float real;
    switch (field->type) {
    case ATTNI_INT32:
        memcpy(&small, value, sizeof small);
        return attni_json_print(out, context, function, ",\"%s\":%d", field->name, small);
    case ATTNI_INT64:
        memcpy(&large, value, sizeof large);
        return attni_json_print(out, context, function, ",\"%s\":%lld", field->name, (long long)large);
    default:
        memcpy(&real, value, sizeof real);
        ATTNI_TRY(attni_json_print(out, context, function, ",\"%s\":", field->name));
        return attni_json_put_float(out, context, function, real);
    }
}

attn_status attni_file_put_layers(const attn_params *params, const char *function, attni_buffer *out)
{
    attn_context *context = attn_params_context(params);
    for (int64_t i = 0; i < attni_params_layer_count(params); i++) {
        const attni_layer_note *note = attni_params_layer_at(params, i);
        ATTNI_TRY(attni_json_put(out, context, function, i ? "," : "{", 1));
        ATTNI_TRY(attni_json_quote(out, context, function, note->name, strlen(note->name)));
        ATTNI_TRY(attni_json_print(out, context, function, ":{\"kind\":\"%s\"", note->kind->kind));
        for (int32_t f = 0; f < note->kind->field_count; f++)
            ATTNI_TRY(put_value(out, context, function, &note->kind->fields[f], note->info));
        ATTNI_TRY(attni_json_put(out, context, function, "}", 1));
    }
    return out->size ? attni_json_put(out, context, function, "}", 1) : ATTN_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

/* One layer's members; its options go behind those of the layers before it. */
static attn_status read_layer(const attn_file *file, const char *function, attni_json *json,
                              attni_described *layer, attni_buffer *options)
{
    const char *key;
    size_t length;
    if (attni_json_peek(json) != '{')
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\" is not a JSON object", function,
                          file->path, layer->name);
    layer->first = (int64_t)(options->size / sizeof(attni_option));
    for (int32_t first = attni_json_open(json, '{'); attni_json_member(json, &first, &key, &length);) {
        int32_t again = layer->kind != NULL && strcmp(key, "kind") == 0;
        for (int64_t i = 0; i < layer->count; i++)
            again |= strcmp(((attni_option *)options->data)[layer->first + i].name, key) == 0;
        if (again || layer->count == MAX_OPTIONS)
            return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\" has %s \"%.80s\"", function,
                              file->path, layer->name, again ? "a duplicate," : "more than 1000 options, at",
                              key);
        if (strcmp(key, "kind") == 0 && attni_json_peek(json) == '"') {
            layer->kind = attni_json_string(json, &length);
            continue;
        }
        attni_option option = {.name = key, .is_number = attni_json_peek(json) == '0'};
        if (option.is_number)
            option.number = attni_json_number_of(json);
        else
            attni_json_skip(json);
        ATTNI_TRY(attni_buffer_reserve(options, file->context, function, sizeof option));
        memcpy((char *)options->data + options->size, &option, sizeof option);
        options->size += sizeof option;
        layer->count++;
    }
    if (json->problem == NULL && layer->kind == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\" has no kind", function, file->path,
                          layer->name);
    return ATTN_OK;
}

static attn_status read_all(const attn_file *file, const char *function, attni_json *json,
                            attni_buffer *layers, attni_buffer *options)
{
    const char *name;
    size_t length;
    for (int32_t first = attni_json_open(json, '{'); attni_json_member(json, &first, &name, &length);) {
        attni_described layer = {.name = name};
        ATTNI_TRY(read_layer(file, function, json, &layer, options));
        ATTNI_TRY(attni_buffer_reserve(layers, file->context, function, sizeof layer));
        memcpy((char *)layers->data + layers->size, &layer, sizeof layer);
        layers->size += sizeof layer;
    }
    attni_json_end(json);
    if (json->problem)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: the description of the layers is not JSON: %s (byte %zu of it)", function,
                          file->path, json->problem, json->at);
    return ATTN_OK;
}

static int by_name(const void *left, const void *right)
{
    const attni_described *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static attn_status sort_names(attn_file *file, const char *function)
{
    size_t bytes = (size_t)file->layer_count * sizeof *file->layers_by_name;
    file->layers_by_name = attni_alloc(file->context, bytes);
    if (file->layers_by_name == NULL)
        return attni_no_memory(function, bytes);
    for (int64_t i = 0; i < file->layer_count; i++)
        file->layers_by_name[i] = &file->layers[i];
    if (file->layer_count > 1)
        qsort(file->layers_by_name, (size_t)file->layer_count, sizeof *file->layers_by_name, by_name);
    for (int64_t i = 1; i < file->layer_count; i++) {
        if (strcmp(file->layers_by_name[i - 1]->name, file->layers_by_name[i]->name) == 0)
            return attni_fail(ATTN_ERR_FORMAT, "%s: %s: two layers are called \"%.80s\"", function,
                              file->path, file->layers_by_name[i]->name);
    }
    return ATTN_OK;
}

attn_status attni_file_read_layers(attn_file *file, const char *function)
{
    const attni_metadata *format = attni_file_metadata(file, "format"),
                         *text = attni_file_metadata(file, ATTNI_FILE_LAYERS);
    if (text == NULL || format == NULL || strcmp(format->value, ATTNI_FILE_FORMAT) != 0)
        return ATTN_OK;
    file->layers_text = attni_alloc(file->context, text->length + 1);
    if (file->layers_text == NULL)
        return attni_no_memory(function, text->length + 1);
    memcpy(file->layers_text, text->value, text->length + 1);
    attni_json json = attni_json_of(file->layers_text, text->length);
    attni_buffer layers = {NULL, 0, 0}, options = {NULL, 0, 0};
    attn_status status = read_all(file, function, &json, &layers, &options);
    file->layers = layers.data;
    file->layer_count = (int64_t)(layers.size / sizeof *file->layers);
    file->options = options.data;
    return status == ATTN_OK ? sort_names(file, function) : status;
}

const attni_described *attni_file_find_layer(const attn_file *file, const char *name)
{
    const attni_described wanted = {.name = name}, *key = &wanted;
    const attni_described **found =
        file->layer_count
            ? bsearch(&key, file->layers_by_name, (size_t)file->layer_count, sizeof key, by_name)
            : NULL;
    return found ? *found : NULL;
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

int64_t attn_file_layer_count(const attn_file *file)
{
    return file ? file->layer_count : 0;
}

attn_status attn_file_layer(const attn_file *file, int64_t index, attn_layer_info *info)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(info);
    ATTNI_REQUIRE(index >= 0 && index < file->layer_count, "%s: index is %lld; expected 0 to %lld", __func__,
                  (long long)index, (long long)file->layer_count - 1);
    const attn_layer_info full = {sizeof full, file->layers[index].name, file->layers[index].kind};
    return attni_fill_struct(__func__, &full, sizeof full, info);
}
