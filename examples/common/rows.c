/* rows.c - rows of numbers, copied and added. */
#include "common/rows.h"

#include <string.h>

void copy_rows(int64_t rows, int64_t width, const float *from, int64_t from_stride, float *to,
               int64_t to_stride)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(to + i * to_stride, from + i * from_stride, (size_t)width * sizeof *to);
}

void join_rows(int64_t rows, int64_t a_dim, const float *a, int64_t b_dim, const float *b, float *to)
{
    copy_rows(rows, a_dim, a, a_dim, to, a_dim + b_dim);
    copy_rows(rows, b_dim, b, b_dim, to + a_dim, a_dim + b_dim);
}

void part_rows(int64_t rows, int64_t a_dim, float *a, int64_t b_dim, float *b, const float *from)
{
    copy_rows(rows, a_dim, from, a_dim + b_dim, a, a_dim);
    copy_rows(rows, b_dim, from + a_dim, a_dim + b_dim, b, b_dim);
}

void pick_rows(int64_t rows, int64_t width, const float *from, const int32_t *which, float *to)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(to + i * width, from + which[i] * width, (size_t)width * sizeof *to);
}

void add_numbers(int64_t count, const float *from, float *to)
{
    for (int64_t i = 0; i < count; i++)
        to[i] += from[i];
}
