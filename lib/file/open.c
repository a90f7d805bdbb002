/* open.c - opening a model file, and what is asked of it. */
#include "file/file.h"

#include <string.h>

#include "core/file.h"

/* ---- open and close -------------------------------------------------------------------------------------- */

static attn_status create(attn_context *context, const char *function, const char *path, attn_file **out)
{
    attn_file *file = attni_alloc_zero(context, sizeof *file);
    if (file == NULL)
        return attni_no_memory(function, sizeof *file);
    file->context = attni_context_retain(context);
    file->path = attni_strdup(context, path);
    *out = file;
    return file->path ? ATTN_OK : attni_no_memory(function, strlen(path) + 1);
}

attn_status attn_file_open(attn_context *context, const char *path, attn_file **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    attn_status status = create(context, __func__, path, out);
    if (status == ATTN_OK)
        status = attni_file_read_all(context, __func__, path, &(*out)->owned, &(*out)->size);
    if (status == ATTN_OK) {
        (*out)->bytes = (*out)->owned;
        status = attni_file_read_header(*out, __func__);
    }
    if (status != ATTN_OK)
        attn_file_close(out);
    return status;
}

attn_status attn_file_open_memory(attn_context *context, const void *data, size_t size, attn_file **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(data != NULL || size == 0, "%s: data is NULL; expected %zu bytes", __func__, size);
    attn_status status = create(context, __func__, "a file in memory", out);
    if (status == ATTN_OK) {
        (*out)->bytes = data;
        (*out)->size = size;
        status = attni_file_read_header(*out, __func__);
    }
    if (status != ATTN_OK)
        attn_file_close(out);
    return status;
}

void attn_file_close(attn_file **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_file *file = *out;
    attn_context *context = file->context;
    attni_free(context, file->options);
    attni_free(context, file->layers_by_name);
    attni_free(context, file->layers);
    attni_free(context, file->layers_text);
    attni_free(context, file->metadata);
    attni_free(context, file->by_name);
    attni_free(context, file->tensors);
    attni_free(context, file->owned);
    attni_free(context, file->path);
    attni_free(context, file);
    attni_context_release(context);
    *out = NULL;
}

/* ---- tensors --------------------------------------------------------------------------------------------- */

int64_t attn_file_count(const attn_file *file)
{
    return file ? file->count : 0;
}

static attn_status show(const attn_file *file, const char *function, const attni_stored *tensor,
                        attn_tensor *view)
{
    const unsigned char *numbers = file->data + tensor->begin;
    attn_tensor full = ATTN_TENSOR_INIT;
    full.name = tensor->name;
    full.dtype = tensor->dtype;
    full.rank = tensor->rank;
    memcpy(full.shape, tensor->shape, sizeof full.shape);
    full.size = tensor->size;
    full.offset = -1;
    if (ATTNI_IS_LITTLE && tensor->dtype == ATTN_DTYPE_FLOAT32 && (uintptr_t)numbers % sizeof(float) == 0)
        full.values = (float *)(uintptr_t)numbers;
    return attni_fill_struct(function, &full, sizeof full, view);
}

attn_status attn_file_tensor(const attn_file *file, int64_t index, attn_tensor *view)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(view);
    ATTNI_REQUIRE(index >= 0 && index < file->count, "%s: index is %lld; expected 0 to %lld", __func__,
                  (long long)index, (long long)file->count - 1);
    return show(file, __func__, &file->tensors[index], view);
}

attn_status attn_file_find(const attn_file *file, const char *name, attn_tensor *view)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_PTR(view);
    const attni_stored *tensor = attni_file_find(file, "", name);
    if (tensor == NULL)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s has no tensor \"%s\"; attn_file_tensor lists the %lld that it has",
                          __func__, file->path, name, (long long)file->count);
    return show(file, __func__, tensor, view);
}

/* ---- text ------------------------------------------------------------------------------------------------ */

const char *attn_file_metadata(const attn_file *file, const char *key)
{
    const attni_metadata *found = file && key ? attni_file_metadata(file, key) : NULL;
    return found ? found->value : NULL;
}

const char *attn_file_config(const attn_file *file)
{
    return attn_file_metadata(file, "config");
}
