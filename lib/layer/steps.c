/* steps.c - steps of a batch of unequal sequences as rows, and back. */
#include "attn/sequence.h"

#include <string.h>

#include "core/apart.h"
#include "core/context.h"
#include "core/lengths.h"

_Static_assert(sizeof(attn_steps) == offsetof(attn_steps, width) + sizeof(int64_t), "no tail padding");

/* Read and check them, and put numbers in the places of zeros; *count becomes how many rows there are. Of ids a step has one. */
static attn_status read_steps(const char *function, const attn_steps *given, int32_t of_ids,
                              attn_steps *steps, int64_t *count)
{
    ATTNI_REQUIRE(given != NULL, "%s: steps is NULL; expected a valid pointer", function);
    ATTNI_TRY(attni_read_options(function, given, steps, sizeof *steps));
    ATTNI_TRY(attni_check_lengths(function, steps->batch, steps->time, steps->lengths));
    ATTNI_REQUIRE(steps->skip_first >= 0 && steps->skip_last >= 0,
                  "%s: skip_first is %lld and skip_last %lld; expected 0 or more", function,
                  (long long)steps->skip_first, (long long)steps->skip_last);
    if (of_ids)
        steps->dim = steps->column = steps->width = 0;
    steps->dim = steps->dim ? steps->dim : 1;
    ATTNI_REQUIRE(steps->dim > 0 && steps->dim <= INT32_MAX, "%s: dim is %lld; expected 1 to 2^31 - 1",
                  function, (long long)steps->dim);
    ATTNI_REQUIRE(steps->column >= 0 && steps->column < steps->dim && steps->width >= 0 &&
                      steps->width <= steps->dim - steps->column,
                  "%s: columns %lld and %lld more; expected some of a step's %lld", function,
                  (long long)steps->column, (long long)steps->width, (long long)steps->dim);
    steps->width = steps->width ? steps->width : steps->dim - steps->column;
    *count = 0;
    for (int64_t b = 0; b < steps->batch; b++) {
        const int64_t left = (steps->lengths ? steps->lengths[b] : steps->time) - steps->skip_first;
        *count += left > steps->skip_last ? left - steps->skip_last : 0;
    }
    return ATTN_OK;
}

/* The steps of sequence b that are rows: [*begin, the result). */
static int64_t steps_of(const attn_steps *steps, int64_t b, int64_t *begin)
{
    const int64_t length = steps->lengths ? steps->lengths[b] : steps->time;
    *begin = b * steps->time + (steps->skip_first < length ? steps->skip_first : length);
    return b * steps->time + (length > steps->skip_last ? length - steps->skip_last : 0);
}

/* Numbers and ids are of four bytes alike. */
_Static_assert(sizeof(float) == sizeof(int32_t), "rows of either");

/* Either, as rows; both arrays NULL: only their number. */
static attn_status gather(const char *function, const attn_steps *given, int32_t of_ids, const void *from,
                          void *rows, int64_t *count)
{
    const char *name = of_ids ? "ids" : "x";
    attn_steps s;
    int64_t all;
    ATTNI_TRY(read_steps(function, given, of_ids, &s, &all));
    ATTNI_REQUIRE((from == NULL) == (rows == NULL) || all == 0,
                  "%s: %s or rows is NULL; expected both, or neither where only their number is wanted",
                  function, name);
    if (count)
        *count = all;
    if (from == NULL || rows == NULL)
        return ATTN_OK;
    ATTNI_REQUIRE_APART(function, 1, {"rows", rows, all > 0}, {name, from, all > 0});
    const size_t size = (size_t)s.width * sizeof(float);
    unsigned char *to = rows;
    for (int64_t b = 0; b < s.batch; b++) {
        int64_t begin, end = steps_of(&s, b, &begin);
        for (int64_t t = begin; t < end; t++, to += size)
            memcpy(to, (const unsigned char *)from + (size_t)(t * s.dim + s.column) * sizeof(float), size);
    }
    return ATTN_OK;
}

attn_status attn_steps_gather(attn_context *context, const attn_steps *steps, const float *x, float *rows,
                              int64_t *count)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    return gather(__func__, steps, 0, x, rows, count);
}

attn_status attn_steps_gather_ids(attn_context *context, const attn_steps *steps, const int32_t *ids,
                                  int32_t *rows, int64_t *count)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    return gather(__func__, steps, 1, ids, rows, count);
}

attn_status attn_steps_scatter(attn_context *context, const attn_steps *steps, const float *rows, float *x)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_steps s;
    int64_t all;
    ATTNI_TRY(read_steps(__func__, steps, 0, &s, &all));
    ATTNI_REQUIRE((rows != NULL && x != NULL) || all == 0,
                  "%s: rows or x is NULL; expected [count, width] and [batch, time, dim] numbers", __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"x", x, all > 0}, {"rows", rows, all > 0});
    const attni_kernels *kernels = attni_context_kernels(context);
    for (int64_t b = 0; all > 0 && b < s.batch; b++) {
        int64_t begin, end = steps_of(&s, b, &begin);
        for (int64_t t = begin; t < end; t++, rows += s.width)
            kernels->axpy(s.width, 1.0f, rows, x + t * s.dim + s.column);
    }
    return ATTN_OK;
}
