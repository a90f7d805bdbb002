/* test_steps.c - steps of unequal sequences as rows, and their gradients back. */
#include "unit.h"
#include "unit_data.h"

#define STEPS(...) (&(attn_steps){.struct_size = sizeof(attn_steps), __VA_ARGS__})

enum { BATCH = 5, TIME = 4, DIM = 3 };
static const int32_t lengths[BATCH] = {4, 0, 1, 2, 3};

START_TEST(rows_are_the_steps_within_the_lengths)
{
    attn_context *context = unit_context(1);
    float *x = unit_floats(BATCH * TIME * DIM, 1), rows[BATCH * TIME * DIM];
    int64_t count;
    OK(attn_steps_gather(context, STEPS(.batch = BATCH, .time = TIME, .lengths = lengths, .dim = DIM), x,
                         rows, &count));
    ck_assert_int_eq(count, 10);
    const int64_t places[] = {0, 1, 2, 3, 8, 12, 13, 16, 17, 18};
    for (int i = 0; i < 10; i++)
        unit_assert_same_bits(rows + i * DIM, x + places[i] * DIM, DIM);
    OK(attn_steps_gather(context, STEPS(.batch = BATCH, .time = TIME, .dim = DIM), x, rows, &count));
    ck_assert_int_eq(count, BATCH * TIME);
    unit_assert_same_bits(rows, x, BATCH * TIME * DIM);
    free(x);
    attn_context_destroy(&context);
}
END_TEST

/* The states from which a language model that reads forward predicts, and what it predicts from them; and backward. */
START_TEST(first_and_last_steps_and_columns_can_be_left_out)
{
    attn_context *context = unit_context(1);
    const int32_t ids[BATCH * TIME] = {10, 11, 12, 13, -1, -1, -1, -1, 30, -1,
                                       -1, -1, 40, 41, -1, -1, 50, 51, 52, -1};
    float *x = unit_floats(BATCH * TIME * DIM, 1), rows[6 * 2];
    int32_t words[6];
    int64_t count, expected_places[] = {0, 1, 2, 12, 16, 17};
    const int32_t next[] = {11, 12, 13, 41, 51, 52}, before[] = {10, 11, 12, 40, 50, 51};
#define OF .batch = BATCH, .time = TIME, .lengths = lengths, .dim = DIM
    OK(attn_steps_gather(context, STEPS(OF, .skip_last = 1, .column = 1), x, rows, &count));
    ck_assert_int_eq(count, 6);
    for (int i = 0; i < 6; i++)
        unit_assert_same_bits(rows + i * 2, x + expected_places[i] * DIM + 1, 2);
    OK(attn_steps_gather_ids(context, STEPS(OF, .skip_first = 1), ids, words, &count));
    ck_assert_int_eq(count, 6);
    ck_assert_mem_eq(words, next, sizeof next);
    OK(attn_steps_gather_ids(context,
                             STEPS(.batch = BATCH, .time = TIME, .lengths = lengths, .dim = -1, .column = 9,
                                   .width = 4, .skip_last = 1),
                             ids, words, NULL)); /* of which the last three say nothing */
    ck_assert_mem_eq(words, before, sizeof before);
    OK(attn_steps_gather_ids(context, STEPS(OF, .skip_first = 2, .skip_last = 1), ids, words, &count));
    ck_assert_int_eq(count, 1);
    ck_assert_int_eq(words[0], 12);
    OK(attn_steps_gather(context, STEPS(OF, .skip_first = 3, .skip_last = 9), NULL, NULL, &count));
    ck_assert_int_eq(count, 0);
    OK(attn_steps_gather(context, STEPS(OF), NULL, NULL, &count)); /* how many alone */
    ck_assert_int_eq(count, 10);
    free(x);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(what_is_scattered_is_added_where_it_was_gathered)
{
    attn_context *context = unit_context(1);
    float *x = unit_floats(BATCH * TIME * DIM, 1), *before = unit_floats(BATCH * TIME * DIM, 1),
          rows[6] = {1, 2, 3, 4, 5, 6}, again[6];
    const attn_steps *steps = STEPS(OF, .skip_last = 1, .column = 2, .width = 1);
    OK(attn_steps_scatter(context, steps, rows, x));
    OK(attn_steps_gather(context, steps, x, again, NULL));
    int changed = 0;
    for (int64_t i = 0; i < BATCH * TIME * DIM; i++)
        changed += x[i] != before[i];
    ck_assert_int_eq(changed, 6);
    const int64_t places[] = {0, 1, 2, 12, 16, 17};
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq(again[i], before[places[i] * DIM + 2] + rows[i]);
    free(x);
    free(before);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    float x[8] = {0}, rows[8];
    int32_t ids[8] = {0}, words[8];
    FAILS(ATTN_ERR_ARGUMENT, "attn_steps_gather: steps is NULL",
          attn_steps_gather(context, NULL, x, rows, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 3; expected 0 to 2",
          attn_steps_gather(context, STEPS(.batch = 1, .time = 2, .lengths = (int32_t[]){3}), x, rows, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "skip_first is -1 and skip_last 0",
          attn_steps_gather(context, STEPS(.batch = 1, .time = 2, .skip_first = -1), x, rows, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "columns 2 and 2 more; expected some of a step's 3",
          attn_steps_scatter(context, STEPS(.batch = 1, .time = 2, .dim = 3, .column = 2, .width = 2), x,
                             rows));
    FAILS(ATTN_ERR_ARGUMENT, "dim is -3", attn_steps_gather(context, STEPS(.dim = -3), x, rows, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_steps_gather: x or rows is NULL; expected both",
          attn_steps_gather(context, STEPS(.batch = 1, .time = 2), x, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "ids or rows is NULL; expected both",
          attn_steps_gather_ids(context, STEPS(.batch = 1, .time = 2), NULL, words, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rows or x is NULL",
          attn_steps_scatter(context, STEPS(.batch = 1, .time = 2), NULL, x));
    OK(attn_steps_gather_ids(context, STEPS(.batch = 0, .time = 2), ids, words, NULL));
    OK(attn_steps_scatter(context, STEPS(.batch = 0, .time = 2), NULL, NULL));
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("steps", rows_are_the_steps_within_the_lengths, first_and_last_steps_and_columns_can_be_left_out,
          what_is_scattered_is_added_where_it_was_gathered, wrong_arguments_are_refused)
