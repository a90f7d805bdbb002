/* edits.c - Levenshtein's distance, a row of its table at a time, each cell with the edits of the way that leads there. */
#include "attn/loss.h"
#include "core/context.h"
#include "core/lengths.h"

typedef struct edit_cell {
    int32_t distance;
    int32_t edits[3]; /* substituted, deleted, inserted */
} edit_cell;

enum { SUBSTITUTED, DELETED, INSERTED };

/* The cell that one more edit leads to. */
static edit_cell after(edit_cell cell, int32_t edit)
{
    cell.distance++;
    cell.edits[edit]++;
    return cell;
}

/* row[j] goes from i - 1 given tokens to i; `diagonal` is the old row[j - 1]. */
static void advance(edit_cell *row, int32_t token, int64_t expected_length, const int32_t *expected)
{
    edit_cell diagonal = row[0];
    row[0] = after(row[0], INSERTED);
    for (int64_t j = 1; j <= expected_length; j++) {
        edit_cell best = token == expected[j - 1] ? diagonal : after(diagonal, SUBSTITUTED);
        if (row[j - 1].distance + 1 < best.distance)
            best = after(row[j - 1], DELETED);
        if (row[j].distance + 1 < best.distance)
            best = after(row[j], INSERTED);
        diagonal = row[j];
        row[j] = best;
    }
}

static attn_status measure(edit_cell *row, int64_t given_length, const int32_t *given,
                           int64_t expected_length, const int32_t *expected)
{
    row[0] = (edit_cell){0};
    for (int64_t j = 1; j <= expected_length; j++)
        row[j] = after(row[j - 1], DELETED);
    for (int64_t i = 0; i < given_length; i++) {
        ATTNI_GO_ON();
        advance(row, given[i], expected_length, expected);
    }
    return ATTN_OK;
}

/* One of the two: [batch, time] tokens, under the name that the call has for them. */
static attn_status check_side(const char *function, const char *name, int64_t batch, int64_t time,
                              const int32_t *tokens, const int32_t *lengths)
{
    ATTNI_TRY(attni_check_lengths(function, batch, time, NULL));
    ATTNI_REQUIRE(tokens != NULL || batch == 0 || time == 0,
                  "%s: %s is NULL; expected [batch, %s_time] tokens", function, name, name);
    for (int64_t b = 0; lengths && b < batch; b++)
        ATTNI_REQUIRE(lengths[b] >= 0 && lengths[b] <= time, "%s: %s_lengths[%lld] is %d; expected 0 to %lld",
                      function, name, (long long)b, lengths[b], (long long)time);
    return ATTN_OK;
}

attn_status attn_edit_distance(attn_context *context, int64_t batch, int64_t given_time, const int32_t *given,
                               const int32_t *given_lengths, int64_t expected_time, const int32_t *expected,
                               const int32_t *expected_lengths, int32_t *distances, int32_t *edits)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(check_side(__func__, "given", batch, given_time, given, given_lengths));
    ATTNI_TRY(check_side(__func__, "expected", batch, expected_time, expected, expected_lengths));
    const size_t size = (size_t)(expected_time + 1) * sizeof(edit_cell);
    edit_cell *row = attni_alloc(context, size);
    if (row == NULL)
        return attni_no_memory(__func__, size);
    attn_status status = ATTN_OK;
    for (int64_t b = 0; b < batch && status == ATTN_OK; b++) {
        const int64_t length = expected_lengths ? expected_lengths[b] : expected_time;
        status = measure(row, given_lengths ? given_lengths[b] : given_time,
                         given_time ? given + b * given_time : NULL, length,
                         expected_time ? expected + b * expected_time : NULL);
        if (status != ATTN_OK)
            break;
        if (distances)
            distances[b] = row[length].distance;
        for (int64_t edit = 0; edits && edit < 3; edit++)
            edits[3 * b + edit] = row[length].edits[edit];
    }
    attni_free(context, row);
    return status;
}
