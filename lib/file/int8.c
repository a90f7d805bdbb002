/* int8.c - matrices as bytes, each row with a scale: number = scale * byte, where the largest of a row is 127 or -127. As
 * kernel/int8.h rounds, so that of weights which were rounded here packing makes the same bytes again. */
#include <string.h>

#include "core/params.h"
#include "file/file.h"
#include "kernel/int8.h"

#define LEAST_ROW 16 /* numbers: of fewer the scales take what bytes save */
#define BLOCK 16384  /* bytes or scales that are made at a time, on the stack */

int32_t attni_becomes_int8(const attni_tensor *tensor)
{
    return tensor->rank == 2 && tensor->shape[1] >= LEAST_ROW;
}

/* The largest of a row, which is finite. */
static float largest_of(const float *row, int64_t size)
{
    float most = 0.0f;
    for (int64_t i = 0; i < size; i++)
        most = __builtin_fabsf(row[i]) > most ? __builtin_fabsf(row[i]) : most;
    return most;
}

attn_status attni_write_scales(const attni_tensor *tensor, const float *values, attn_write_fn write,
                               void *user)
{
    const int64_t rows = tensor->shape[0], columns = tensor->shape[1];
    float block[BLOCK / sizeof(float)];
    for (int64_t r = 0, filled = 0; r < rows; r++) {
        block[filled++] = largest_of(values + r * columns, columns) / 127.0f;
        if (filled == BLOCK / (int64_t)sizeof(float) || r + 1 == rows) {
            ATTNI_TRY(attni_write_words(block, filled, write, user));
            filled = 0;
        }
    }
    return ATTN_OK;
}

attn_status attni_write_int8(const attni_tensor *tensor, const float *values, attn_write_fn write, void *user)
{
    const int64_t columns = tensor->shape[1];
    float unit = 0.0f;
    int8_t block[BLOCK];
    for (int64_t i = 0, filled = 0; i < tensor->size; i++) {
        if (i % columns == 0)
            unit = attni_int8_unit(largest_of(values + i, columns));
        block[filled++] = (int8_t)__builtin_rintf(unit * values[i]);
        if (filled == BLOCK || i + 1 == tensor->size) {
            ATTNI_TRY(write(user, block, (size_t)filled));
            filled = 0;
        }
    }
    return ATTN_OK;
}

void attni_file_find_scales(attn_file *file)
{
    for (int64_t i = 0; i < file->count; i++) {
        attni_stored *stored = &file->tensors[i];
        if (stored->dtype != ATTN_DTYPE_INT8)
            continue;
        const attni_stored *scales = attni_file_find(file, stored->name, ATTNI_NAME_SCALES);
        if (scales && scales->dtype == ATTN_DTYPE_FLOAT32 && scales->rank == 1 && stored->rank == 2 &&
            scales->shape[0] == stored->shape[0])
            stored->scales = scales;
        else
            stored->dtype = ATTN_DTYPE_OTHER;
    }
}
