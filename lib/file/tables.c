/* tables.c - the integers that layers are made of. file.h (internal) describes them. */
#include <string.h>

#include "file/file.h"

#define BLOCK 16384 /* integers narrowed at a time, on the stack */

int32_t attni_table_name(const attni_layer_note *note, char name[ATTNI_NAME_ROOM])
{
    if (note->table.values)
        attni_name_join(name, note->name, note->table.name);
    return note->table.values != NULL;
}

/* Bytes an integer of the table: 2 or 4; 0 where there is no table. */
static int64_t bytes_of(const attni_table *table)
{
    int32_t large = 0;
    for (int64_t i = 0; table->values && i < table->rows * table->width; i++)
        large |= table->values[i] > INT16_MAX;
    return table->values == NULL ? 0 : large ? 4 : 2;
}

/* ---- writing --------------------------------------------------------------------------------------------- */

/* , "LAYER.NAME": {"dtype": "I32", "shape": [...], "data_offsets": [begin, end]} */
attn_status attni_file_put_tables(const attn_params *params, const char *function, int64_t bytes, int64_t *at,
                                  attni_buffer *out)
{
    attn_context *context = attn_params_context(params);
    for (int64_t i = 0; i < attni_params_layer_count(params); i++) {
        const attni_layer_note *note = attni_params_layer_at(params, i);
        const attni_table *table = &note->table;
        char name[ATTNI_NAME_ROOM];
        if (!attni_table_name(note, name) || bytes_of(table) != bytes)
            continue;
        const int64_t end = *at + table->rows * table->width * bytes;
        ATTNI_TRY(attni_json_put(out, context, function, ",", 1));
        ATTNI_TRY(attni_json_quote(out, context, function, name, strlen(name)));
        ATTNI_TRY(attni_json_print(out, context, function,
                                   ":{\"dtype\":\"I%d\",\"shape\":[%lld,%lld],\"data_offsets\":[%lld,%lld]}",
                                   (int)(8 * bytes), (long long)table->rows, (long long)table->width,
                                   (long long)*at, (long long)end));
        *at = end;
    }
    return ATTN_OK;
}

static attn_status write_narrow(const attni_table *table, attn_write_fn write, void *user)
{
    const int64_t size = table->rows * table->width;
    uint16_t block[BLOCK];
    for (int64_t i = 0; i < size; i += BLOCK) {
        const int64_t count = size - i < BLOCK ? size - i : BLOCK;
        for (int64_t k = 0; k < count; k++)
            block[k] = attni_little_16((uint16_t)table->values[i + k]);
        ATTNI_TRY(write(user, block, (size_t)count * sizeof *block));
    }
    return ATTN_OK;
}

attn_status attni_file_write_tables(const attn_params *params, int64_t bytes, attn_write_fn write, void *user)
{
    for (int64_t i = 0; i < attni_params_layer_count(params); i++) {
        const attni_table *table = &attni_params_layer_at(params, i)->table;
        if (bytes_of(table) != bytes)
            continue;
        if (bytes == 2)
            ATTNI_TRY(write_narrow(table, write, user));
        else
            ATTNI_TRY(attni_write_words(table->values, table->rows * table->width, write, user));
    }
    return ATTN_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

static int32_t integer_at(const attn_file *file, const attni_stored *stored, int64_t i)
{
    const unsigned char *from = file->data + stored->begin;
    uint32_t large;
    uint16_t small;
    if (stored->end - stored->begin == stored->size * 4) {
        memcpy(&large, from + 4 * i, sizeof large);
        return (int32_t)attni_little_32(large);
    }
    memcpy(&small, from + 2 * i, sizeof small);
    return (int16_t)attni_little_16(small);
}

static attn_status find_table(const attn_file *file, const char *function, const char *name, int64_t rows,
                              int64_t width, const attni_stored **stored)
{
    *stored = attni_file_find(file, "", name);
    if (*stored == NULL || !(*stored)->integer || (*stored)->rank != 2 || (*stored)->shape[0] != rows ||
        (*stored)->shape[1] != width)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "%s: %s has no tensor \"%s\" of type I16 or I32 and shape [%lld, %lld], which its layer "
            "is made of",
            function, file->path, name, (long long)rows, (long long)width);
    return ATTN_OK;
}

attn_status attni_file_read_table(const attn_file *file, const char *function, const char *name, int64_t rows,
                                  int64_t width, int32_t *values)
{
    const attni_stored *stored;
    ATTNI_TRY(find_table(file, function, name, rows, width, &stored));
    for (int64_t i = 0; values && i < stored->size; i++) {
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        values[i] = integer_at(file, stored, i);
        if (values[i] < 0)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: number %lld of tensor \"%s\" is %d; expected 0 or more", function,
                              file->path, (long long)i, name, values[i]);
    }
    return ATTN_OK;
}

attn_status attni_file_compare_table(const attn_file *file, const char *function, const char *layer,
                                     const attni_table *table)
{
    char name[ATTNI_NAME_ROOM];
    const attni_stored *stored;
    attni_name_join(name, layer, table->name);
    ATTNI_TRY(find_table(file, function, name, table->rows, table->width, &stored));
    for (int64_t i = 0; i < stored->size; i++) {
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        const int32_t value = integer_at(file, stored, i);
        if (value != table->values[i])
            return attni_fail(
                ATTN_ERR_FORMAT,
                "%s: %s: number %lld of tensor \"%s\" is %d; the layer in these params is made of %d",
                function, file->path, (long long)i, name, value, table->values[i]);
    }
    return ATTN_OK;
}
