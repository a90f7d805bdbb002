/* model.c - opening a model file: the header is parsed and every word of it checked, the numbers stay where they
 * are, in the mapped file. model.h (internal) describes the format. */
#include "model/model.h"

#include <string.h>

#include "text/vocab.h"

/* ---- the header's text ----------------------------------------------------------------------------------- */

/* Find the header in the file: `*size` bytes behind the prefix. */
static attn_status find_header(const attn_model *model, size_t *size)
{
    const attni_mapping *file = &model->file;
    if (file->size < ATTNI_MODEL_PREFIX + 2 || file->data[ATTNI_MODEL_PREFIX] != '{')
        return attni_fail(ATTN_ERR_FORMAT, "attn_model_open: %s (%zu bytes) is not a safetensors file",
                          model->path, file->size);
    uint64_t length;
    memcpy(&length, file->data, sizeof length);
    if (length < 2 || length > ATTNI_MODEL_MAX_HEADER)
        return attni_fail(ATTN_ERR_FORMAT,
                          "attn_model_open: %s is not a safetensors file: its header would have %llu bytes; "
                          "expected 2 to %d",
                          model->path, (unsigned long long)length, ATTNI_MODEL_MAX_HEADER);
    if (length > file->size - ATTNI_MODEL_PREFIX)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "attn_model_open: %s is truncated: its header ends at byte %llu, the file at %zu; copy it again",
            model->path, (unsigned long long)length + ATTNI_MODEL_PREFIX, file->size);
    *size = (size_t)length;
    return ATTN_OK;
}

/* The metadata must be strings, and of a version that we know where they are ours. */
static attn_status check_metadata(const attn_model *model)
{
    if (!json_is_object(model->metadata))
        return attni_fail(ATTN_ERR_FORMAT,
                          "attn_model_open: %s: " ATTNI_MODEL_METADATA " is not a JSON object", model->path);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)model->metadata, key, value)
    {
        if (!json_is_string(value))
            return attni_fail(ATTN_ERR_FORMAT,
                              "attn_model_open: %s: " ATTNI_MODEL_METADATA ".%.80s is not a string",
                              model->path, key);
    }
    const char *format = json_string_value(json_object_get(model->metadata, "format"));
    const char *version = json_string_value(json_object_get(model->metadata, "version"));
    if (format && strcmp(format, "libattn") == 0 && (!version || strcmp(version, ATTNI_MODEL_VERSION) != 0))
        return attni_fail(ATTN_ERR_FORMAT,
                          "attn_model_open: %s is a libattn file of version \"%.20s\"; libattn %s reads "
                          "\"" ATTNI_MODEL_VERSION "\"; use a newer one",
                          model->path, version ? version : "", attn_version());
    return ATTN_OK;
}

static attn_status parse_header(attn_model *model, size_t size)
{
    json_error_t error;
    const char *text = (const char *)model->file.data + ATTNI_MODEL_PREFIX;
    model->header = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (model->header == NULL) {
        /* Out of memory, jansson says nothing, or that the word it could not store is wrong. */
        if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
            return attni_no_memory("attn_model_open", size);
        return attni_fail(ATTN_ERR_FORMAT, "attn_model_open: %s: the header is not JSON: %s (byte %d of it)",
                          model->path, error.text, error.position);
    }
    model->data = model->file.data + ATTNI_MODEL_PREFIX + size;
    model->metadata = json_object_get(model->header, ATTNI_MODEL_METADATA);
    return model->metadata ? check_metadata(model) : ATTN_OK;
}

/* ---- tensors --------------------------------------------------------------------------------------------- */

/* An integer that is not negative; -1 for anything else. */
static int64_t natural(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 ? (int64_t)json_integer_value(value) : -1;
}

static attn_status read_shape(const attn_model *model, const json_t *shape, attni_stored *tensor)
{
    if (!json_is_array(shape) || json_array_size(shape) > ATTN_MAX_RANK)
        return attni_fail(ATTN_ERR_FORMAT,
                          "attn_model_open: %s: the shape of \"%s\" is not an array of at most %d dimensions",
                          model->path, tensor->name, ATTN_MAX_RANK);
    tensor->rank = (int32_t)json_array_size(shape);
    tensor->size = 1;
    for (int32_t d = 0; d < ATTN_MAX_RANK; d++) {
        tensor->shape[d] = d < tensor->rank ? natural(json_array_get(shape, (size_t)d)) : 1;
        if (tensor->shape[d] < 0)
            return attni_fail(ATTN_ERR_FORMAT,
                              "attn_model_open: %s: dimension %d of \"%s\" is not an integer of 0 or more",
                              model->path, d, tensor->name);
        if (__builtin_mul_overflow(tensor->size, tensor->shape[d], &tensor->size) ||
            tensor->size > INT64_MAX / (int64_t)sizeof(float))
            return attni_fail(ATTN_ERR_FORMAT,
                              "attn_model_open: %s: the shape of \"%s\" has more numbers than any file",
                              model->path, tensor->name);
    }
    return ATTN_OK;
}

static attn_status read_offsets(const attn_model *model, const json_t *offsets, attni_stored *tensor)
{
    tensor->begin = natural(json_array_get(offsets, 0));
    tensor->end = natural(json_array_get(offsets, 1));
    if (json_array_size(offsets) != 2 || tensor->begin < 0 || tensor->end < tensor->begin)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "attn_model_open: %s: data_offsets of \"%s\" are not two integers with 0 <= begin <= end",
            model->path, tensor->name);
    int64_t bytes = tensor->size * (int64_t)sizeof(float);
    if (tensor->end - tensor->begin != bytes)
        return attni_fail(ATTN_ERR_FORMAT,
                          "attn_model_open: %s: data_offsets of \"%s\" span %lld bytes; its shape needs %lld",
                          model->path, tensor->name, (long long)(tensor->end - tensor->begin),
                          (long long)bytes);
    return ATTN_OK;
}

static attn_status read_tensor(const attn_model *model, const char *name, const json_t *entry,
                               attni_stored *tensor)
{
    tensor->name = name;
    if (strlen(name) > ATTNI_MODEL_MAX_NAME)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "attn_model_open: %s: the tensor name \"%.40s...\" has %zu bytes; expected at most %d",
            model->path, name, strlen(name), ATTNI_MODEL_MAX_NAME);
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (type == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "attn_model_open: %s: \"%s\" has no dtype: it is not a tensor",
                          model->path, name);
    if (strcmp(type, "F32") != 0)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "attn_model_open: %s: tensor \"%s\" is of type %.20s; expected F32: convert it to float32 "
            "before saving",
            model->path, name, type);
    ATTNI_TRY(read_shape(model, json_object_get(entry, "shape"), tensor));
    return read_offsets(model, json_object_get(entry, "data_offsets"), tensor);
}

static int by_place(const void *left, const void *right)
{
    const attni_stored *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Put them in the order of their data, which must cover all that is behind the header, exactly. */
static attn_status check_places(const attn_model *model)
{
    qsort(model->tensors, (size_t)model->count, sizeof *model->tensors, by_place);
    int64_t covered = 0;
    for (int64_t i = 0; i < model->count; i++) {
        const attni_stored *tensor = &model->tensors[i];
        if (tensor->begin != covered)
            return attni_fail(ATTN_ERR_FORMAT,
                              "attn_model_open: %s: tensor \"%s\" begins at byte %lld of the data; "
                              "expected %lld: it %s",
                              model->path, tensor->name, (long long)tensor->begin, (long long)covered,
                              tensor->begin < covered ? "overlaps another" : "leaves a hole");
        covered = tensor->end;
    }
    uint64_t before = (uint64_t)(model->data - model->file.data);
    if (before + (uint64_t)covered != model->file.size)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "attn_model_open: %s %s: it has %zu bytes, its header describes %llu; copy it again", model->path,
            before + (uint64_t)covered > model->file.size ? "is truncated" : "is too long", model->file.size,
            (unsigned long long)(before + (uint64_t)covered));
    return ATTN_OK;
}

static attn_status read_tensors(attn_model *model)
{
    size_t members = json_object_size(model->header);
    model->tensors = attni_alloc(model->context, members * sizeof *model->tensors);
    if (model->tensors == NULL)
        return attni_no_memory("attn_model_open", members * sizeof *model->tensors);
    const char *name;
    json_t *entry;
    json_object_foreach(model->header, name, entry)
    {
        if (strcmp(name, ATTNI_MODEL_METADATA) != 0)
            ATTNI_TRY(read_tensor(model, name, entry, &model->tensors[model->count++]));
    }
    return check_places(model);
}

/* ---- open and close -------------------------------------------------------------------------------------- */

static attn_status read_model(attn_model *model, const char *path)
{
    model->path = attni_strdup(model->context, path);
    if (model->path == NULL)
        return attni_no_memory("attn_model_open", strlen(path) + 1);
    ATTNI_TRY(attni_mapping_open("attn_model_open", path, &model->file));
    size_t size = 0;
    ATTNI_TRY(find_header(model, &size));
    ATTNI_TRY(parse_header(model, size));
    return read_tensors(model);
}

attn_status attn_model_open(attn_context *context, const char *path, attn_model **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_REQUIRE_PTR(path);
    attn_model *model = attni_alloc_zero(context, sizeof *model);
    if (model == NULL)
        return attni_no_memory(__func__, sizeof *model);
    model->context = attni_context_retain(context);
    attn_status status = read_model(model, path);
    if (status == ATTN_OK)
        *out = model;
    else
        attn_model_close(&model);
    return status;
}

void attn_model_close(attn_model **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_model *model = *out;
    attn_context *context = model->context;
    json_decref(model->header);
    attni_mapping_close(&model->file);
    attni_free(context, model->tensors);
    attni_free(context, model->path);
    attni_free(context, model);
    attni_context_release(context);
    *out = NULL;
}

/* ---- looking --------------------------------------------------------------------------------------------- */

const char *attn_model_config(const attn_model *model)
{
    return model ? json_string_value(json_object_get(model->metadata, "config")) : NULL;
}

attn_status attn_model_vocab(const attn_model *model, attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(model);
    const json_t *text = json_object_get(model->metadata, "vocab");
    if (text == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s holds no vocabulary; give attn_model_save one", __func__,
                          model->path);
    return attni_vocab_parse(model->context, __func__, model->path, json_string_value(text),
                             json_string_length(text), out);
}

int64_t attn_model_count(const attn_model *model)
{
    return model ? model->count : 0;
}

attn_status attn_model_tensor(const attn_model *model, int64_t index, const char **name, int32_t *rank,
                              int64_t *shape)
{
    ATTNI_REQUIRE_PTR(model);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_PTR(rank);
    ATTNI_REQUIRE_PTR(shape);
    ATTNI_REQUIRE(index >= 0 && index < model->count, "%s: index is %lld; expected 0 to %lld", __func__,
                  (long long)index, (long long)model->count - 1);
    const attni_stored *tensor = &model->tensors[index];
    *name = tensor->name;
    *rank = tensor->rank;
    memcpy(shape, tensor->shape, sizeof tensor->shape);
    return ATTN_OK;
}
