/* rebuild.c - what the descriptions of layers are for: a file is compared with the layers that it is loaded into, and layers
 * are made by it. */
#include <float.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "file/file.h"
#include "layer/kinds.h"

#define MAX_INFO 512 /* bytes of a kind's public info struct */
_Static_assert(sizeof(attn_embedding_info) <= MAX_INFO && sizeof(attn_gru_info) <= MAX_INFO &&
                   sizeof(attn_attngru_info) <= MAX_INFO && sizeof(attn_attention_info) <= MAX_INFO &&
                   sizeof(attn_dense_info) <= MAX_INFO && sizeof(attn_ngrams_info) <= MAX_INFO,
               "an info has no room");

/* ---- values ---------------------------------------------------------------------------------------------- */

static const attni_option *find_option(const attn_file *file, const attni_described *layer, const char *name)
{
    for (int64_t i = 0; i < layer->count; i++) {
        if (strcmp(file->options[layer->first + i].name, name) == 0)
            return &file->options[layer->first + i];
    }
    return NULL;
}

/* The option as the field's type holds it, into the info struct. An option that the file lacks is 0. */
static attn_status set_value(const attn_file *file, const char *function, const attni_described *layer,
                             const attni_field *field, void *info)
{
    const attni_option *option = find_option(file, layer, field->name);
    char *value = (char *)info + field->offset;
    int64_t integer = option ? option->number.integer : 0;
    int32_t small = (int32_t)integer;
    float real = option ? option->number.real : 0.0f;
    int32_t fits =
        option == NULL || (option->is_number &&
                           (field->type == ATTNI_FLOAT32 ||
                            (option->number.is_integer && (field->type == ATTNI_INT64 || small == integer))));
    if (!fits)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: %s of layer \"%.80s\" is not %s", function, file->path,
                          field->name, layer->name,
                          field->type == ATTNI_FLOAT32 ? "a number"
                          : field->type == ATTNI_INT32 ? "an integer of 32 bits"
                                                       : "an integer");
    if (field->type == ATTNI_INT32)
        memcpy(value, &small, sizeof small);
    else if (field->type == ATTNI_INT64)
        memcpy(value, &integer, sizeof integer);
    else
        memcpy(value, &real, sizeof real);
    return ATTN_OK;
}

/* The layer's kind must be this one. An option that the kind does not have was written by a later version; at its default,
 * which is 0, it changes nothing. */
static attn_status check_kind(const attn_file *file, const char *function, const attni_described *layer,
                              const attni_kind *kind)
{
    if (strcmp(layer->kind, kind->kind) != 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\" is of the kind %.40s; expected %s",
                          function, file->path, layer->name, layer->kind, kind->kind);
    for (int64_t i = 0; i < layer->count; i++) {
        const attni_option *option = &file->options[layer->first + i];
        int32_t known = option->is_number && option->number.real == 0;
        for (int32_t f = 0; f < kind->field_count; f++)
            known |= strcmp(kind->fields[f].name, option->name) == 0;
        if (!known)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: layer \"%.80s\" has an option \"%.80s\" that libattn %s does not "
                              "know; use a newer one",
                              function, file->path, layer->name, option->name, attn_version());
    }
    return ATTN_OK;
}

static attn_status read_info(const attn_file *file, const char *function, const attni_described *layer,
                             const attni_kind *kind, void *info)
{
    ATTNI_TRY(check_kind(file, function, layer, kind));
    memset(info, 0, kind->info_size);
    for (int32_t f = 0; f < kind->field_count; f++)
        ATTNI_TRY(set_value(file, function, layer, &kind->fields[f], info));
    return ATTN_OK;
}

/* A value as an error line shows it. */
static void show_value(const attni_field *field, const void *info, char text[32])
{
    const char *value = (const char *)info + field->offset;
    int32_t small;
    int64_t large;
    float real;
    if (field->type == ATTNI_INT32) {
        memcpy(&small, value, sizeof small);
        snprintf(text, 32, "%d", small);
    } else if (field->type == ATTNI_INT64) {
        memcpy(&large, value, sizeof large);
        snprintf(text, 32, "%lld", (long long)large);
    } else {
        memcpy(&real, value, sizeof real);
        snprintf(text, 32, "%.9g", (double)real);
    }
}

/* ---- comparing ------------------------------------------------------------------------------------------- */

/* The file's layer whose tensors become those of the params' layer `name`, where tensors named TO... become FROM...: the prefix
 * may end before the layer's name does, with it, or behind it, as "encoder.weight_hh"; a dot behind it is another layer's. */
static const attni_described *find_counterpart(const attn_file *file, const char *name, const char *from,
                                               const char *to)
{
    char own[ATTNI_NAME_ROOM], its[1024];
    size_t own_length = (size_t)attni_name_join(own, name, ""), to_length = strlen(to),
           from_length = strlen(from);
    size_t shared = own_length < to_length ? own_length : to_length;
    if (memcmp(own, to, shared) != 0)
        return NULL;
    const char *rest = own + shared, *behind = to + shared; /* one of them is empty */
    size_t behind_length = to_length - shared;
    if (strchr(behind, '.') != NULL || behind_length > from_length ||
        strcmp(from + from_length - behind_length, behind) != 0)
        return NULL;
    int length = snprintf(its, sizeof its, "%.*s%s", (int)(from_length - behind_length), from, rest);
    if (from_length >= sizeof its || (size_t)length >= sizeof its || (length > 0 && its[length - 1] != '.'))
        return NULL;
    its[length > 0 ? length - 1 : 0] = '\0';
    return attni_file_find_layer(file, its);
}

static attn_status compare(const attn_file *file, const char *function, const attni_described *layer,
                           const attni_layer_note *note)
{
    _Alignas(max_align_t) char info[MAX_INFO];
    char theirs[32], ours[32];
    ATTNI_TRY(read_info(file, function, layer, note->kind, info));
    for (int32_t f = 0; f < note->kind->field_count; f++) {
        const attni_field *field = &note->kind->fields[f];
        size_t size = field->type == ATTNI_INT64 ? 8 : 4;
        if (!field->decides ||
            memcmp(info + field->offset, (const char *)note->info + field->offset, size) == 0)
            continue;
        show_value(field, info, theirs);
        show_value(field, note->info, ours);
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\" has %s %s; these params have %s",
                          function, file->path, layer->name, field->name, theirs, ours);
    }
    return note->table.values ? attni_file_compare_table(file, function, layer->name, &note->table) : ATTN_OK;
}

attn_status attni_file_compare_layers(const attn_file *file, const char *function, const attn_params *params,
                                      const char *from, const char *to)
{
    for (int64_t i = 0; i < attni_params_layer_count(params); i++) {
        const attni_layer_note *note = attni_params_layer_at(params, i);
        const attni_described *layer = find_counterpart(file, note->name, from, to);
        if (layer)
            ATTNI_TRY(compare(file, function, layer, note));
    }
    return ATTN_OK;
}

/* ---- making ---------------------------------------------------------------------------------------------- */

typedef struct origin {
    const attn_file *file;
    const char *function;
} origin;

/* A description may say anything. A tensor that the file does not hold, in the shape that the description needs, is refused
 * before there is memory for it. */
static attn_status check_tensor(const void *source, const char *name, int32_t rank, const int64_t *shape)
{
    const origin *from = source;
    return attni_file_check(from->file, from->function, "", name, rank, shape, -FLT_MAX);
}

static attn_status read_table(const void *source, const char *name, int64_t rows, int64_t width,
                              int32_t *values)
{
    const origin *from = source;
    return attni_file_read_table(from->file, from->function, name, rows, width, values);
}

/* What the caller could have known, and is no fault of the file. */
static attn_status check_name(const char *function, const char *name, const attn_params *params)
{
    char own[ATTNI_NAME_ROOM];
    const size_t length = (size_t)attni_name_join(own, name, "");
    for (int64_t i = 0; i < attni_params_layer_count(params); i++)
        ATTNI_REQUIRE(strcmp(attni_params_layer_at(params, i)->name, name) != 0,
                      "%s: there is already a layer called \"%s\"; give the params one of each name",
                      function, name);
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const char *tensor = attni_params_at(params, i)->name;
        ATTNI_REQUIRE(strncmp(tensor, own, length) != 0 || strchr(tensor + length, '.') != NULL,
                      "%s: there is already a tensor called \"%s\"; give the params one of each name",
                      function, tensor);
    }
    return ATTN_OK;
}

static attn_status create(const attn_file *file, const char *function, const char *name, attn_params *params,
                          const attni_kind *kind, void **out)
{
    _Alignas(max_align_t) char info[MAX_INFO];
    ATTNI_REQUIRE(file != NULL && name != NULL && params != NULL,
                  "%s: file, name or params is NULL; expected valid pointers", function);
    ATTNI_ENTER_AS(function, file->context);
    const attni_described *layer = attni_file_find_layer(file, name);
    if (layer == NULL)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s describes no layer \"%.80s\"; attn_file_layer lists the %lld that it does",
                          function, file->path, name, (long long)file->layer_count);
    ATTNI_TRY(read_info(file, function, layer, kind, info));
    ATTNI_TRY(check_name(function, name, params));
    int64_t before = attn_params_count(params);
    const origin from = {file, function};
    attni_params_set_source(params, &(attni_source){check_tensor, read_table, &from});
    attn_status status = kind->create(params, name, info, out);
    attni_params_set_source(params, NULL);
    if (status == ATTN_ERR_ARGUMENT) /* what stands in the file is no argument of the caller's */
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: layer \"%.80s\": %s", function, file->path, name,
                          attn_last_error());
    ATTNI_TRY(status);
    for (int64_t i = before; i < attn_params_count(params); i++)
        attni_file_copy(file, "", attni_params_at(params, i)->name, attni_params_value(params, i));
    return ATTN_OK;
}

attn_status attn_file_embedding_create(const attn_file *file, const char *name, attn_params *params,
                                       attn_embedding **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_embedding_kind, &made);
    *out = made;
    return status;
}

attn_status attn_file_gru_create(const attn_file *file, const char *name, attn_params *params, attn_gru **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_gru_kind, &made);
    *out = made;
    return status;
}

attn_status attn_file_attention_create(const attn_file *file, const char *name, attn_params *params,
                                       attn_attention **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_attention_kind, &made);
    *out = made;
    return status;
}

attn_status attn_file_attngru_create(const attn_file *file, const char *name, attn_params *params,
                                     attn_attngru **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_attngru_kind, &made);
    *out = made;
    return status;
}

attn_status attn_file_dense_create(const attn_file *file, const char *name, attn_params *params,
                                   attn_dense **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_dense_kind, &made);
    *out = made;
    return status;
}

attn_status attn_file_ngrams_create(const attn_file *file, const char *name, attn_params *params,
                                    attn_ngrams **out)
{
    void *made = NULL;
    ATTNI_REQUIRE_PTR(out);
    attn_status status = create(file, __func__, name, params, &attni_ngrams_kind, &made);
    *out = made;
    return status;
}
