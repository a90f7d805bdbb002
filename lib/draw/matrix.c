/* matrix.c - attn_draw_matrix, and what its formats ask of a matrix. */
#include <math.h>

#include "draw/page.h"

#define MOST_CELLS ((int64_t)1 << 24)

double attni_matrix_shade(const attni_matrix *matrix, int64_t row, int64_t column)
{
    const double weight = (double)matrix->weights[row * matrix->columns + column];
    return attni_shade_of(weight, matrix->largest, matrix->logarithmic, matrix->swap_hues);
}

const char *attni_name(const char *const *names, int64_t i)
{
    return names ? names[i] : "";
}

int64_t attni_widest(const char *const *names, int64_t count)
{
    int64_t most = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t columns = attni_columns_of(attni_name(names, i));
        most = columns > most ? columns : most;
    }
    return most;
}

static attn_status check_names(const char *function, const char *argument, const char *const *names,
                               int64_t count)
{
    for (int64_t i = 0; names && i < count; i++)
        ATTNI_REQUIRE(names[i] != NULL, "%s: %s[%lld] is NULL; expected a string", function, argument,
                      (long long)i);
    return ATTN_OK;
}

attn_status attn_draw_matrix(attn_context *context, int64_t rows, int64_t columns, const float *weights,
                             const char *const *row_names, const char *const *column_names,
                             const attn_draw_options *options, attn_write_fn write, void *user)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(rows >= 0 && columns >= 0 && rows <= MOST_CELLS && columns <= MOST_CELLS &&
                      (columns == 0 || rows <= MOST_CELLS / columns),
                  "%s: %lld rows by %lld columns; expected 0 or more of each, and at most 2^24 cells",
                  __func__, (long long)rows, (long long)columns);
    ATTNI_REQUIRE(weights != NULL || rows * columns == 0,
                  "%s: weights is NULL; expected [rows, columns] numbers", __func__);
    ATTNI_TRY(check_names(__func__, "row_names", row_names, rows));
    ATTNI_TRY(check_names(__func__, "column_names", column_names, columns));
    attn_draw_options chosen;
    ATTNI_TRY(attni_draw_options(__func__, options, &chosen));
    attni_matrix matrix = {.rows = rows,
                           .columns = columns,
                           .weights = weights,
                           .row_names = row_names,
                           .column_names = column_names,
                           .title = chosen.title,
                           .note = chosen.note,
                           .logarithmic = chosen.logarithmic,
                           .swap_hues = chosen.swap_hues,
                           .largest = chosen.largest > 0 ? (double)chosen.largest : 1.0};
    for (int64_t i = 0; i < rows * columns; i++) {
        ATTNI_REQUIRE(isfinite(weights[i]), "%s: weights[%lld, %lld] is %g; expected a finite number",
                      __func__, (long long)(i / columns), (long long)(i % columns), (double)weights[i]);
        matrix.has_signs = matrix.has_signs || weights[i] < 0;
    }
    attn_page own, *page;
    ATTNI_TRY(attni_page_open(__func__, context, &chosen, write, user, &own, &page));
    page->format->matrix(&page->canvas, &matrix);
    return attni_page_close(&own, page);
}
