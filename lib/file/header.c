/* header.c - the header of a model file, every word of it checked. file.h describes it.
 *
 * It is read twice: once to see that it is JSON, and what members it has; then each member by itself. */
#include <stdlib.h>
#include <string.h>

#include "file/file.h"

/* ---- the header's text ----------------------------------------------------------------------------------- */

/* Find the header in the file: `header_size` bytes behind the prefix. */
static attn_status find_header(attn_file *file, const char *function)
{
    if (file->size < ATTNI_FILE_PREFIX + 2 || file->bytes[ATTNI_FILE_PREFIX] != '{')
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s (%zu bytes) is not a safetensors file", function,
                          file->path, file->size);
    uint64_t length;
    memcpy(&length, file->bytes, sizeof length);
    length = attni_little_64(length);
    if (length < 2 || length > ATTNI_FILE_MAX_HEADER)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "%s: %s is not a safetensors file: its header would have %llu bytes; expected 2 to %d", function,
            file->path, (unsigned long long)length, ATTNI_FILE_MAX_HEADER);
    if (length > file->size - ATTNI_FILE_PREFIX)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s is truncated: its header ends at byte %llu, the file at %zu; copy it again",
                          function, file->path, (unsigned long long)length + ATTNI_FILE_PREFIX, file->size);
    file->header_size = (size_t)length;
    file->data = file->bytes + ATTNI_FILE_PREFIX + file->header_size;
    return ATTN_OK;
}

/* The header where it may be written to: in our own memory. */
static attn_status own_header(attn_file *file, const char *function)
{
    if (file->owned) {
        file->header = (char *)file->owned + ATTNI_FILE_PREFIX;
        return ATTN_OK;
    }
    file->owned = file->header = attni_alloc(file->context, file->header_size);
    if (file->header == NULL)
        return attni_no_memory(function, file->header_size);
    memcpy(file->header, file->bytes + ATTNI_FILE_PREFIX, file->header_size);
    return ATTN_OK;
}

static attn_status check_json(const attn_file *file, const char *function, const attni_json *json)
{
    if (json->problem == NULL)
        return ATTN_OK;
    return attni_fail(ATTN_ERR_FORMAT, "%s: %s: the header is not JSON: %s (byte %zu of it)", function,
                      file->path, json->problem, json->at);
}

/* Room for one more item of `bytes` behind `*count` items of an array that doubles; *count is raised. */
static attn_status append(const attn_file *file, const char *function, attni_buffer *array, size_t bytes)
{
    ATTNI_TRY(attni_buffer_reserve(array, file->context, function, bytes));
    memset((char *)array->data + array->size, 0, bytes);
    array->size += bytes;
    return ATTN_OK;
}

/* ---- metadata -------------------------------------------------------------------------------------------- */

static int by_key(const void *left, const void *right)
{
    const attni_metadata *a = left, *b = right;
    return strcmp(a->key, b->key);
}

const attni_metadata *attni_file_metadata(const attn_file *file, const char *key)
{
    attni_metadata wanted = {key, NULL, 0};
    return file->metadata_count
               ? bsearch(&wanted, file->metadata, (size_t)file->metadata_count, sizeof wanted, by_key)
               : NULL;
}

/* A file of ours must be of the version that we know. */
static attn_status check_version(const attn_file *file, const char *function)
{
    const attni_metadata *format = attni_file_metadata(file, "format"),
                         *version = attni_file_metadata(file, "version");
    const char *found = version ? version->value : "";
    if (format == NULL || strcmp(format->value, ATTNI_FILE_FORMAT) != 0 ||
        strcmp(found, ATTNI_FILE_VERSION) == 0)
        return ATTN_OK;
    return attni_fail(ATTN_ERR_FORMAT,
                      "%s: %s is a libattn file of version \"%.20s\"; libattn %s reads \"" ATTNI_FILE_VERSION
                      "\"; %s",
                      function, file->path, found, attn_version(),
                      strcmp(found, "1") == 0 ? "train the model again" : "use a newer one");
}

static attn_status read_metadata(attn_file *file, const char *function, attni_json *json)
{
    if (attni_json_peek(json) != '{')
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: " ATTNI_NAME_METADATA " is not a JSON object", function,
                          file->path);
    attni_buffer array = {NULL, 0, 0};
    attn_status status = ATTN_OK;
    const char *key;
    size_t length;
    for (int32_t first = attni_json_open(json, '{');
         status == ATTN_OK && attni_json_member(json, &first, &key, &length);) {
        if (attni_json_peek(json) != '"')
            status = attni_fail(ATTN_ERR_FORMAT, "%s: %s: " ATTNI_NAME_METADATA ".%.80s is not a string",
                                function, file->path, key);
        if (status == ATTN_OK)
            status = append(file, function, &array, sizeof *file->metadata);
        if (status == ATTN_OK) {
            file->metadata = array.data;
            attni_metadata *entry = &file->metadata[file->metadata_count++];
            entry->key = key;
            entry->value = attni_json_string(json, &entry->length);
        }
    }
    file->metadata = array.data;
    ATTNI_TRY(status);
    if (file->metadata_count > 1)
        qsort(file->metadata, (size_t)file->metadata_count, sizeof *file->metadata, by_key);
    for (int64_t i = 1; i < file->metadata_count; i++) {
        if (strcmp(file->metadata[i - 1].key, file->metadata[i].key) == 0)
            return attni_fail(ATTN_ERR_FORMAT, "%s: %s: " ATTNI_NAME_METADATA " has a duplicate, \"%.80s\"",
                              function, file->path, file->metadata[i].key);
    }
    return check_version(file, function);
}

/* ---- tensors --------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int32_t dtype;
    int32_t bytes; /* a number; 0: not whole ones, or not known: at least a bit */
} dtypes[] = {
    {"F32", ATTN_DTYPE_FLOAT32, 4}, {"BF16", ATTN_DTYPE_BFLOAT16, 2}, {"F16", ATTN_DTYPE_FLOAT16, 2},
    {"F64", ATTN_DTYPE_OTHER, 8},   {"I64", ATTN_DTYPE_OTHER, 8},     {"U64", ATTN_DTYPE_OTHER, 8},
    {"I32", ATTN_DTYPE_OTHER, 4},   {"U32", ATTN_DTYPE_OTHER, 4},     {"I16", ATTN_DTYPE_OTHER, 2},
    {"U16", ATTN_DTYPE_OTHER, 2},   {"I8", ATTN_DTYPE_INT8, 1},       {"U8", ATTN_DTYPE_OTHER, 1},
    {"BOOL", ATTN_DTYPE_OTHER, 1},  {NULL, ATTN_DTYPE_OTHER, 0},
};

#define ABSENT (-2) /* how many integers an array has that is not there */

/* The integers of an array, the first `most` of them into `out`: how many there are; -1 where it is no array. An item that
 * is not an integer of 0 or more is -1. */
static int64_t read_naturals(attni_json *json, int64_t most, int64_t *out)
{
    if (attni_json_peek(json) != '[') {
        attni_json_skip(json);
        return -1;
    }
    int64_t count = 0;
    for (int32_t first = attni_json_open(json, '['); attni_json_item(json, &first); count++) {
        int64_t number = -1;
        if (attni_json_peek(json) == '0') {
            attni_json_number read = attni_json_number_of(json);
            number = read.is_integer && read.integer >= 0 ? read.integer : -1;
        } else
            attni_json_skip(json);
        if (count < most)
            out[count] = number;
    }
    return count;
}

static attn_status check_shape(const attn_file *file, const char *function, int64_t rank, int32_t bytes,
                               attni_stored *tensor)
{
    if (rank < 0 || rank > ATTN_MAX_RANK)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: the shape of \"%s\" is not an array of at most %d dimensions", function,
                          file->path, tensor->name, ATTN_MAX_RANK);
    tensor->rank = (int32_t)rank;
    tensor->size = 1;
    for (int32_t d = 0; d < ATTN_MAX_RANK; d++) {
        tensor->shape[d] = d < rank ? tensor->shape[d] : 1;
        if (tensor->shape[d] < 0)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: dimension %d of \"%s\" is not an integer of 0 or more", function,
                              file->path, d, tensor->name);
        if (__builtin_mul_overflow(tensor->size, tensor->shape[d], &tensor->size) ||
            tensor->size > INT64_MAX / (bytes ? bytes : 1))
            return attni_fail(ATTN_ERR_FORMAT, "%s: %s: the shape of \"%s\" has more numbers than any file",
                              function, file->path, tensor->name);
    }
    return ATTN_OK;
}

static attn_status check_offsets(const attn_file *file, const char *function, int64_t count,
                                 const int64_t offsets[2], int32_t bytes, attni_stored *tensor)
{
    if (count != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: data_offsets of \"%s\" are not two integers with 0 <= begin <= end",
                          function, file->path, tensor->name);
    tensor->begin = offsets[0];
    tensor->end = offsets[1];
    int64_t span = tensor->end - tensor->begin, needed = bytes ? tensor->size * bytes : tensor->size / 8;
    if (bytes ? span != needed : span < needed)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: data_offsets of \"%s\" span %lld bytes; its shape needs %lld", function,
                          file->path, tensor->name, (long long)span, (long long)needed);
    return ATTN_OK;
}

static attn_status read_tensor(const attn_file *file, const char *function, attni_json *json,
                               attni_stored *tensor)
{
    const char *key, *type = NULL;
    int64_t rank = ABSENT, offset_count = ABSENT, offsets[2] = {-1, -1};
    size_t length;
    if (attni_json_peek(json) == '{') {
        for (int32_t first = attni_json_open(json, '{'); attni_json_member(json, &first, &key, &length);) {
            int32_t again = 0;
            if (strcmp(key, "dtype") == 0 && attni_json_peek(json) == '"') {
                again = type != NULL;
                type = attni_json_string(json, &length);
            } else if (strcmp(key, "shape") == 0) {
                again = rank != ABSENT;
                rank = read_naturals(json, ATTN_MAX_RANK, tensor->shape);
            } else if (strcmp(key, "data_offsets") == 0) {
                again = offset_count != ABSENT;
                offset_count = read_naturals(json, 2, offsets);
            } else
                attni_json_skip(json);
            if (again)
                return attni_fail(ATTN_ERR_FORMAT, "%s: %s: \"%s\" has a duplicate, \"%s\"", function,
                                  file->path, tensor->name, key);
        }
    }
    if (type == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: \"%s\" has no dtype: it is not a tensor", function,
                          file->path, tensor->name);
    int32_t known = 0;
    while (dtypes[known].name && strcmp(dtypes[known].name, type) != 0)
        known++;
    tensor->dtype = dtypes[known].dtype;
    tensor->integer = strcmp(type, "I32") == 0 || strcmp(type, "I16") == 0;
    ATTNI_TRY(check_shape(file, function, rank, dtypes[known].bytes, tensor));
    return check_offsets(file, function, offset_count, offsets, dtypes[known].bytes, tensor);
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
static attn_status check_places(const attn_file *file, const char *function)
{
    if (file->count > 1)
        qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, by_place);
    int64_t covered = 0;
    for (int64_t i = 0; i < file->count; i++) {
        const attni_stored *tensor = &file->tensors[i];
        if (tensor->begin != covered)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: tensor \"%s\" begins at byte %lld of the data; expected %lld: it %s",
                              function, file->path, tensor->name, (long long)tensor->begin,
                              (long long)covered,
                              tensor->begin < covered ? "overlaps another" : "leaves a hole");
        covered = tensor->end;
    }
    uint64_t described = (uint64_t)(file->data - file->bytes) + (uint64_t)covered;
    if (described != file->size)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s %s: it has %zu bytes, its header describes %llu; copy it again", function,
                          file->path, described > file->size ? "is truncated" : "is too long", file->size,
                          (unsigned long long)described);
    return ATTN_OK;
}

/* ---- members --------------------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    const attni_stored *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

const attni_stored *attni_file_find(const attn_file *file, const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    for (int64_t low = 0, high = file->count; low < high;) {
        int64_t middle = low + (high - low) / 2;
        const char *found = file->by_name[middle]->name;
        int order = strncmp(found, prefix, length);
        if (order == 0)
            order = strcmp(found + length, name);
        if (order == 0)
            return file->by_name[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Every member's name and place. That all of it is JSON is known behind this. */
static attn_status list_members(attn_file *file, const char *function)
{
    attni_buffer array = {NULL, 0, 0};
    attn_status status = ATTN_OK;
    attni_json json = attni_json_of(file->header, file->header_size);
    const char *name;
    size_t length;
    for (int32_t first = attni_json_open(&json, '{');
         status == ATTN_OK && attni_json_member(&json, &first, &name, &length);) {
        status = file->count % ATTNI_STRIDE ? ATTN_OK : attni_go_on();
        if (status == ATTN_OK)
            status = append(file, function, &array, sizeof *file->tensors);
        if (status == ATTN_OK) {
            file->tensors = array.data;
            file->tensors[file->count].name = name;
            file->tensors[file->count++].at = json.at;
            attni_json_skip(&json);
        }
    }
    file->tensors = array.data;
    ATTNI_TRY(status);
    attni_json_end(&json);
    return check_json(file, function, &json);
}

static attn_status sort_names(attn_file *file, const char *function)
{
    size_t bytes = (size_t)file->count * sizeof *file->by_name;
    attni_free(file->context, file->by_name);
    file->by_name = attni_alloc(file->context, bytes);
    if (file->by_name == NULL)
        return attni_no_memory(function, bytes);
    for (int64_t i = 0; i < file->count; i++)
        file->by_name[i] = &file->tensors[i];
    if (file->count > 1)
        qsort(file->by_name, (size_t)file->count, sizeof *file->by_name, by_name);
    for (int64_t i = 1; i < file->count; i++) {
        if (strcmp(file->by_name[i - 1]->name, file->by_name[i]->name) == 0)
            return attni_fail(ATTN_ERR_FORMAT, "%s: %s: the header has a duplicate, \"%.80s\"", function,
                              file->path, file->by_name[i]->name);
    }
    return ATTN_OK;
}

/* The metadata leaves the list, the tensors are read. */
static attn_status read_members(attn_file *file, const char *function)
{
    int64_t members = file->count;
    file->count = 0;
    for (int64_t i = 0; i < members; i++) {
        attni_stored member = file->tensors[i];
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        attni_json json = attni_json_of(file->header, file->header_size);
        json.at = member.at;
        if (strcmp(member.name, ATTNI_NAME_METADATA) == 0) {
            ATTNI_TRY(read_metadata(file, function, &json));
            continue;
        }
        if (strlen(member.name) > ATTNI_FILE_MAX_NAME)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: the tensor name \"%.40s...\" has %zu bytes; expected at most %d",
                              function, file->path, member.name, strlen(member.name), ATTNI_FILE_MAX_NAME);
        ATTNI_TRY(read_tensor(file, function, &json, &member));
        file->tensors[file->count++] = member;
    }
    ATTNI_TRY(check_places(file, function));
    return sort_names(file, function);
}

attn_status attni_file_read_header(attn_file *file, const char *function)
{
    ATTNI_TRY(find_header(file, function));
    ATTNI_TRY(own_header(file, function));
    ATTNI_TRY(list_members(file, function));
    ATTNI_TRY(sort_names(file, function));
    ATTNI_TRY(read_members(file, function));
    attni_file_find_scales(file);
    return attni_file_read_layers(file, function);
}
