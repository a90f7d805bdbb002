/* save.c - writing a model file. model.h (internal) describes the format.
 *
 * The header is built in memory; behind it the file is one large block, or three in a checkpoint: the flat arrays
 * of the params and of the optimiser are already the tensors in the order of the file. */
#include "model/model.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "text/utf8.h"
#include "text/vocab.h"
#include "train/adam.h"

/* ---- what cannot be saved -------------------------------------------------------------------------------- */

/* A file that could not be loaded again must not replace one that can. */
static attn_status check_numbers(const attn_params *params, const float *flat, const char *what)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        int64_t bad = attni_model_first_bad(flat + tensor->offset, tensor->size, -FLT_MAX);
        ATTNI_REQUIRE(bad < 0,
                      "attn_model_save: number %lld of %s\"%s\" is NaN or infinite; nothing was written",
                      (long long)bad, what, tensor->name);
    }
    return ATTN_OK;
}

static attn_status check_adam(const attn_params *params, const attni_adam_state *state)
{
    ATTNI_REQUIRE(state->params == params,
                  "attn_model_save: adam was made for other params than those given");
    ATTNI_REQUIRE(
        state->count == attn_params_count(params) && state->size == attn_params_size(params),
        "attn_model_save: adam was made for %lld tensors and there are %lld now; make it after all layers",
        (long long)state->count, (long long)attn_params_count(params));
    if (state->swapped)
        return attni_fail(
            ATTN_ERR_STATE,
            "attn_model_save: the weights' average is swapped in; save it with adam NULL, or swap "
            "back first");
    for (int32_t k = 0; k < state->arrays; k++)
        ATTNI_TRY(check_numbers(params, state->array[k].values, state->array[k].prefix));
    return ATTN_OK;
}

/* JSON holds nothing but UTF-8. */
static attn_status check_utf8(const char *what, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = strlen(text);
    int32_t code;
    for (size_t i = 0; i < size;) {
        size_t length = attni_utf8_decode(bytes + i, size - i, &code);
        ATTNI_REQUIRE(code >= 0, "attn_model_save: byte %zu of %s is not UTF-8; nothing was written", i,
                      what);
        i += length;
    }
    return ATTN_OK;
}

/* ---- the header ------------------------------------------------------------------------------------------ */

/* Takes over `value`; NULL, or a string that is too long for memory, is MEMORY. */
static attn_status set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? ATTN_OK
                                                        : attni_no_memory("attn_model_save", sizeof(json_t));
}

static attn_status set_vocab(json_t *metadata, const attn_vocab *vocab)
{
    char *text;
    size_t size;
    ATTNI_TRY(attni_vocab_format(vocab, "attn_model_save", &text, &size));
    attn_status status = check_utf8("the vocabulary", text);
    if (status == ATTN_OK)
        status = set(metadata, "vocab", json_stringn(text, size));
    attni_free(attni_vocab_context(vocab), text);
    return status;
}

static attn_status set_metadata(json_t *header, const attn_vocab *vocab, const char *config,
                                const attni_adam_state *state)
{
    json_t *metadata = json_object();
    ATTNI_TRY(set(header, ATTNI_MODEL_METADATA, metadata));
    ATTNI_TRY(set(metadata, "format", json_string("libattn")));
    ATTNI_TRY(set(metadata, "version", json_string(ATTNI_MODEL_VERSION)));
    if (state)
        ATTNI_TRY(set(metadata, ATTNI_MODEL_ADAM_STEPS, json_sprintf("%lld", (long long)*state->steps)));
    if (config) {
        ATTNI_TRY(check_utf8("config", config));
        ATTNI_TRY(set(metadata, "config", json_string(config)));
    }
    return vocab ? set_vocab(metadata, vocab) : ATTN_OK;
}

/* {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}; NULL when there is no memory. */
static json_t *describe(const attni_tensor *tensor, int64_t begin)
{
    json_t *shape = json_array();
    int failed = 0;
    for (int32_t d = 0; d < tensor->rank; d++)
        failed |= json_array_append_new(shape, json_integer(tensor->shape[d]));
    if (failed) {
        json_decref(shape);
        return NULL;
    }
    int64_t end = begin + tensor->size * (int64_t)sizeof(float);
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

/* One member for each tensor of a flat array whose first number is number `first` of the file. */
static attn_status set_tensors(json_t *header, const attn_params *params, const char *prefix, int64_t first)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        char name[ATTNI_MODEL_MAX_NAME + 1];
        snprintf(name, sizeof name, "%s%s", prefix, tensor->name);
        ATTNI_TRY(check_utf8("a tensor's name", name));
        ATTNI_REQUIRE(
            json_object_get(header, name) == NULL,
            "attn_model_save: a tensor is called \"%s\", which the file needs for itself; rename it", name);
        ATTNI_TRY(set(header, name, describe(tensor, (first + tensor->offset) * (int64_t)sizeof(float))));
    }
    return ATTN_OK;
}

static attn_status build_header(json_t *header, const attn_params *params, const attn_vocab *vocab,
                                const char *config, const attni_adam_state *state)
{
    int64_t size = attn_params_size(params);
    ATTNI_TRY(set_metadata(header, vocab, config, state));
    ATTNI_TRY(set_tensors(header, params, "", 0));
    for (int32_t k = 0; state && k < state->arrays; k++)
        ATTNI_TRY(set_tensors(header, params, state->array[k].prefix, (k + 1) * size));
    return ATTN_OK;
}

/* ---- the file -------------------------------------------------------------------------------------------- */

/* Prefix, JSON and padding, as one block. Printing needs memory of jansson's own each time; 0 is its failure. */
static attn_status print_header(attn_context *context, const json_t *header, char **block, size_t *size)
{
    size_t length = json_dumpb(header, NULL, 0, JSON_COMPACT);
    uint64_t padded = (length + 7) / 8 * 8;
    ATTNI_REQUIRE(
        padded <= ATTNI_MODEL_MAX_HEADER,
        "attn_model_save: vocabulary and config would take %llu bytes; safetensors allows %d: limit the "
        "vocabulary",
        (unsigned long long)padded, ATTNI_MODEL_MAX_HEADER);
    *size = ATTNI_MODEL_PREFIX + (size_t)padded;
    *block = length ? attni_alloc(context, *size) : NULL;
    if (*block == NULL)
        return attni_no_memory("attn_model_save", *size);
    memcpy(*block, &padded, sizeof padded);
    memset(*block + ATTNI_MODEL_PREFIX, ' ', (size_t)padded);
    if (json_dumpb(header, *block + ATTNI_MODEL_PREFIX, length, JSON_COMPACT) == length)
        return ATTN_OK;
    attni_free(context, *block);
    return attni_no_memory("attn_model_save", *size);
}

static attn_status write_blocks(attni_writer *writer, const char *header, size_t header_size,
                                attn_params *params, const attni_adam_state *state)
{
    size_t size = (size_t)attn_params_size(params) * sizeof(float);
    ATTNI_TRY(attni_writer_write(writer, header, header_size));
    ATTNI_TRY(attni_writer_write(writer, attn_params_values(params), size));
    for (int32_t k = 0; state && k < state->arrays; k++)
        ATTNI_TRY(attni_writer_write(writer, state->array[k].values, size));
    return ATTN_OK;
}

static attn_status write_file(const char *path, const json_t *header, attn_params *params,
                              const attni_adam_state *state)
{
    attn_context *context = attni_params_context(params);
    char *block = NULL;
    size_t size = 0;
    ATTNI_TRY(print_header(context, header, &block, &size));
    attni_writer *writer = NULL;
    attn_status status = attni_writer_open(context, "attn_model_save", path, &writer);
    if (status == ATTN_OK)
        status = write_blocks(writer, block, size, params, state);
    if (status == ATTN_OK)
        status = attni_writer_commit(&writer);
    attni_writer_abort(&writer);
    attni_free(context, block);
    return status;
}

attn_status attn_model_save(const char *path, attn_params *params, const attn_vocab *vocab,
                            const char *config, const attn_adam *adam)
{
    ATTNI_REQUIRE_PTR(path);
    ATTNI_REQUIRE_PTR(params);
    attni_adam_state values = {0};
    const attni_adam_state *state = NULL;
    ATTNI_TRY(check_numbers(params, attn_params_values(params), ""));
    if (adam) {
        values = attni_adam_state_of(adam);
        state = &values;
        ATTNI_TRY(check_adam(params, state));
    }
    json_t *header = json_object();
    if (header == NULL)
        return attni_no_memory(__func__, sizeof *header);
    attn_status status = build_header(header, params, vocab, config, state);
    if (status == ATTN_OK)
        status = write_file(path, header, params, state);
    json_decref(header);
    return status;
}
