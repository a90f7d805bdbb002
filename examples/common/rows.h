/* rows.h - rows of numbers, moved between buffers that hold other things beside them. */
#ifndef COMMON_ROWS_H
#define COMMON_ROWS_H

#include <stdint.h>

/* Copy `width` numbers a row, of rows that lie `from_stride` and `to_stride` apart. */
void copy_rows(int64_t rows, int64_t width, const float *from, int64_t from_stride, float *to,
               int64_t to_stride);

/* to[rows, a_dim + b_dim] = a[rows, a_dim] and b[rows, b_dim] side by side; and apart again. */
void join_rows(int64_t rows, int64_t a_dim, const float *a, int64_t b_dim, const float *b, float *to);
void part_rows(int64_t rows, int64_t a_dim, float *a, int64_t b_dim, float *b, const float *from);

/* to[rows, width] = from[which[row]], row by row. */
void pick_rows(int64_t rows, int64_t width, const float *from, const int32_t *which, float *to);

/* to[i] += from[i]. */
void add_numbers(int64_t count, const float *from, float *to);

#endif
