/* test_pooling.c - the mean and the largest number over unequal rows, and what is refused. */
#include "unit.h"
#include "unit_data.h"

enum { ROWS = 5, TIME = 6, DIM = 3, NUMBERS = ROWS * TIME * DIM };

static const int32_t lengths[ROWS] = {6, 0, 1, 4, 6};
static const int32_t poolings[] = {ATTN_POOLING_MEAN, ATTN_POOLING_MAX};
static attn_context *context;
static attn_tape *tape;
static float x[NUMBERS], y[ROWS * DIM], dy[ROWS * DIM], dx[NUMBERS];

static int within(int64_t i)
{
    return i / DIM % TIME < lengths[i / DIM / TIME];
}

/* NaN stands in the padding. */
static void setup(void)
{
    context = unit_context(2);
    OK(attn_tape_create(context, NULL, &tape));
    unit_fill(x, NUMBERS, 5);
    unit_fill(dy, ROWS * DIM, 6);
    for (int64_t i = 0; i < NUMBERS; i++)
        x[i] = within(i) ? x[i] : NAN;
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}

/* What one number of y has to be, and dx of it in slopes[TIME]. */
static double by_hand(int32_t pooling, int64_t b, int64_t d, double *slopes)
{
    double sum = 0, most = 0;
    int64_t best = 0;
    for (int64_t t = 0; t < TIME; t++)
        slopes[t] = 0;
    for (int64_t t = 0; t < lengths[b]; t++) {
        const double number = (double)x[(b * TIME + t) * DIM + d];
        sum += number;
        best = t == 0 || number > most ? t : best;
        most = t == 0 || number > most ? number : most;
        slopes[t] = pooling == ATTN_POOLING_MEAN ? 1.0 / lengths[b] : 0;
    }
    if (lengths[b] && pooling == ATTN_POOLING_MAX)
        slopes[best] = 1;
    return lengths[b] == 0 ? 0 : pooling == ATTN_POOLING_MEAN ? sum / lengths[b] : most;
}

START_TEST(rows_of_unequal_lengths_are_pooled_and_gradients_go_back)
{
    setup();
    for (int k = 0; k < 2; k++) {
        float plain[ROWS * DIM];
        OK(attn_tape_begin(tape, 0));
        OK(attn_pooling_forward(context, NULL, ROWS, TIME, DIM, x, lengths, poolings[k], plain));
        OK(attn_pooling_forward(context, tape, ROWS, TIME, DIM, x, lengths, poolings[k], y));
        unit_assert_same_bits(plain, y, ROWS * DIM);
        for (int64_t i = 0; i < NUMBERS; i++)
            dx[i] = NAN; /* written, not added to */
        OK(attn_pooling_backward(context, tape, ROWS, TIME, DIM, dy, dx));
        ck_assert_int_eq(attn_tape_depth(tape), 0);
        for (int64_t b = 0; b < ROWS; b++) {
            for (int64_t d = 0; d < DIM; d++) {
                double slopes[TIME];
                NEAR(y[b * DIM + d], by_hand(poolings[k], b, d, slopes), 1e-6); /* roundings of six sums */
                for (int64_t t = 0; t < TIME; t++)
                    NEAR(dx[(b * TIME + t) * DIM + d], (double)dy[b * DIM + d] * slopes[t], 1e-7);
            }
        }
    }
    teardown();
}
END_TEST

/* Numbers that are all below 0, and of equal ones the first. */
START_TEST(the_largest_number_may_be_negative_and_the_first_of_equals_learns)
{
    const float below[] = {-3, -1, -2, -1};
    float largest, one = 1, slopes[4];
    setup();
    OK(attn_pooling_forward(context, tape, 1, 4, 1, below, NULL, ATTN_POOLING_MAX, &largest));
    ck_assert(largest == -1.0f);
    OK(attn_pooling_backward(context, tape, 1, 4, 1, &one, slopes));
    for (int t = 0; t < 4; t++)
        ck_assert(slopes[t] == (float)(t == 1));
    teardown();
}
END_TEST

START_TEST(batches_of_nothing_are_pooled_to_nothing)
{
    setup();
    for (int k = 0; k < 2; k++) {
        OK(attn_tape_begin(tape, 0));
        OK(attn_pooling_forward(context, tape, 0, 3, 2, NULL, NULL, poolings[k], NULL));
        OK(attn_pooling_backward(context, tape, 0, 3, 2, NULL, NULL));
        OK(attn_pooling_forward(context, tape, 1, 0, 2, NULL, NULL, poolings[k], y));
        ck_assert(y[0] == 0.0f && y[1] == 0.0f);
        OK(attn_pooling_backward(context, tape, 1, 0, 2, dy, NULL));
    }
    teardown();
}
END_TEST

START_TEST(what_is_no_pooling_and_numbers_that_are_none_are_refused)
{
    setup();
    FAILS(ATTN_ERR_ARGUMENT, "pooling is 0; expected ATTN_POOLING_MEAN or ATTN_POOLING_MAX",
          attn_pooling_forward(context, tape, ROWS, TIME, DIM, x, lengths, 0, y));
    FAILS(ATTN_ERR_ARGUMENT, "pooling is 3",
          attn_pooling_forward(context, tape, ROWS, TIME, DIM, x, lengths, 3, y));
    FAILS(ATTN_ERR_ARGUMENT, "dim is 0",
          attn_pooling_forward(context, tape, ROWS, TIME, 0, x, lengths, ATTN_POOLING_MAX, y));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 6",
          attn_pooling_forward(context, tape, ROWS, 5, DIM, x, lengths, ATTN_POOLING_MAX, y));
    for (int k = 0; k < 2; k++) { /* the padding's NaN, read as if it were within */
        FAILS(ATTN_ERR_ARGUMENT, "attn_pooling_forward: x[1, 0, 0] is ",
              attn_pooling_forward(context, tape, ROWS, TIME, DIM, x, NULL, poolings[k], y));
        for (int w = 0; w < 2; w++) {
            x[7] = w ? INFINITY : -INFINITY; /* which is the largest of none */
            FAILS(ATTN_ERR_ARGUMENT, "attn_pooling_forward: x[0, 2, 1] is ",
                  attn_pooling_forward(context, tape, ROWS, TIME, DIM, x, lengths, poolings[k], y));
            x[7] = 0;
        }
    }
    const float large[] = {3e38f, 3e38f};
    FAILS(ATTN_ERR_ARGUMENT, "the means are beyond the floats",
          attn_pooling_forward(context, tape, 1, 2, 1, large, NULL, ATTN_POOLING_MEAN, y));
    OK(attn_pooling_forward(context, tape, 1, 2, 1, large, NULL, ATTN_POOLING_MAX, y));
    ck_assert(y[0] == 3e38f);
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    FAILS(ATTN_ERR_ARGUMENT, "batch is 1 and time 2 and dim 2; expected forward's, 1 and 2 and 1",
          attn_pooling_backward(context, tape, 1, 2, 2, dy, dx));
    teardown();
}
END_TEST

START_TEST(a_tape_of_another_context_is_refused)
{
    setup();
    attn_context *other = unit_context(1);
    FAILS(ATTN_ERR_ARGUMENT, "another context",
          attn_pooling_forward(other, tape, ROWS, TIME, DIM, x, lengths, ATTN_POOLING_MEAN, y));
    attn_context_destroy(&other);
    teardown();
}
END_TEST

UNIT_MAIN("pooling", rows_of_unequal_lengths_are_pooled_and_gradients_go_back,
          the_largest_number_may_be_negative_and_the_first_of_equals_learns,
          batches_of_nothing_are_pooled_to_nothing, what_is_no_pooling_and_numbers_that_are_none_are_refused,
          a_tape_of_another_context_is_refused)
