/* test_pyramid.c - steps joined and parted, against sums of indices done by hand. */
#include "unit.h"
#include "unit_data.h"

enum { BATCH = 5, TIME = 7, DIM = 3, MOST = BATCH * (TIME + 3) * DIM };

static const int32_t lengths[BATCH] = {7, 0, 4, 1, 5};
static attn_context *context;
static attn_tape *tape;
static float x[MOST], y[MOST], dy[MOST], dx[MOST];
static int32_t joined[BATCH];

static void setup(void)
{
    context = unit_context(1);
    OK(attn_tape_create(context, NULL, &tape));
    unit_fill(x, MOST, 1);
    unit_fill(dy, MOST, 2);
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}

static int64_t width(int64_t join)
{
    return (TIME + join - 1) / join * join * DIM;
}

/* Number d of step t of row b, as it lies in joined rows: step t / join, number (t % join) * dim + d of it. */
static float at(const float *joined_rows, int64_t join, int64_t b, int64_t t, int64_t d)
{
    return joined_rows[b * width(join) + t / join * (join * DIM) + t % join * DIM + d];
}

START_TEST(steps_stand_side_by_side_and_what_lacks_is_zero)
{
    setup();
    for (int64_t join = 1; join <= 4; join++) {
        const int64_t steps = (TIME + join - 1) / join;
        for (int64_t b = 0; b < BATCH; b++)
            for (int64_t i = lengths[b] * DIM; i < TIME * DIM; i++)
                x[b * TIME * DIM + i] = NAN; /* never read */
        OK(attn_pyramid_forward(context, NULL, BATCH, TIME, DIM, join, x, lengths, y, joined));
        for (int64_t b = 0; b < BATCH; b++) {
            ck_assert_int_eq(joined[b], (lengths[b] + join - 1) / join);
            for (int64_t t = 0; t < steps * join; t++)
                for (int64_t d = 0; d < DIM; d++)
                    ck_assert(at(y, join, b, t, d) == (t < lengths[b] ? x[(b * TIME + t) * DIM + d] : 0.0f));
        }
    }
    teardown();
}
END_TEST

START_TEST(gradients_go_back_to_their_steps)
{
    setup();
    for (int64_t join = 1; join <= 4; join++) {
        OK(attn_tape_begin(tape, 0));
        OK(attn_pyramid_forward(context, tape, BATCH, TIME, DIM, join, x, lengths, y, NULL));
        for (int64_t b = 0; b < BATCH; b++)
            for (int64_t i = lengths[b] * DIM; i < width(join); i++)
                dy[b * width(join) + i] = NAN; /* stands for no step */
        OK(attn_pyramid_backward(context, tape, BATCH, TIME, DIM, join, dy, dx));
        for (int64_t b = 0; b < BATCH; b++)
            for (int64_t t = 0; t < TIME; t++)
                for (int64_t d = 0; d < DIM; d++)
                    ck_assert(dx[(b * TIME + t) * DIM + d] ==
                              (t < lengths[b] ? at(dy, join, b, t, d) : 0.0f));
        ck_assert_int_eq(attn_tape_depth(tape), 0);
        unit_fill(dy, MOST, 2);
    }
    teardown();
}
END_TEST

START_TEST(without_lengths_all_rows_are_full_and_lengths_may_be_halved_in_place)
{
    setup();
    int32_t own[BATCH];
    memcpy(own, lengths, sizeof own);
    OK(attn_pyramid_forward(context, tape, BATCH, TIME, DIM, 2, x, own, y,
                            own)); /* the record keeps x's lengths */
    for (int b = 0; b < BATCH; b++)
        ck_assert_int_eq(own[b], (lengths[b] + 1) / 2);
    OK(attn_pyramid_backward(context, tape, BATCH, TIME, DIM, 2, dy, dx));
    for (int b = 0; b < BATCH; b++)
        for (int i = 0; i < TIME * DIM; i++)
            ck_assert((dx[b * TIME * DIM + i] != 0.0f) == (i < lengths[b] * DIM));
    OK(attn_pyramid_forward(context, NULL, BATCH, TIME, DIM, 2, x, NULL, y, joined));
    for (int b = 0; b < BATCH; b++)
        ck_assert_int_eq(joined[b], 4);
    ck_assert(y[width(2) - DIM - 1] == x[TIME * DIM - 1] && y[width(2) - 1] == 0.0f);
    teardown();
}
END_TEST

/* Two GRUs with a join between, whose gradient is that of its sum of outputs by finite differences. */
START_TEST(between_two_grus_the_chain_has_the_gradient_of_finite_differences)
{
    setup();
    enum { IN = 2, H = 3 };
    attn_params *params;
    attn_gru *lower, *upper;
    float in[BATCH * TIME * IN], states[BATCH * TIME * H], pair[BATCH * 4 * 2 * H], out[BATCH * 4 * H];
    float ones[BATCH * 4 * H], dpair[BATCH * 4 * 2 * H], dstates[BATCH * TIME * H], din[BATCH * TIME * IN];
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    OK(attn_gru_create(params, "lower", IN, H, NULL, &lower));
    OK(attn_gru_create(params, "upper", 2 * H, H, NULL, &upper));
    unit_fill(in, BATCH * TIME * IN, 4);
    for (int i = 0; i < BATCH * 4 * H; i++)
        ones[i] = 1.0f;
    double sums[2] = {0.0, 0.0}; /* lower and upper side of the difference */
    for (int number = -1; number < BATCH * TIME * IN; number += 1) {
        for (int side = 0; side < 2; side++) {
            attn_tape *used = number < 0 && side == 0 ? tape : NULL;
            const float kept = number < 0 ? 0.0f : in[number], step = 0x1p-7f;
            if (number >= 0)
                in[number] = side ? kept + step : kept - step;
            OK(attn_gru_forward(lower, used,
                                SEQUENCE(.batch = BATCH, .time = TIME, .lengths = lengths, .x = in), NULL,
                                states, NULL));
            OK(attn_pyramid_forward(context, used, BATCH, TIME, H, 2, states, lengths, pair, joined));
            OK(attn_gru_forward(upper, used,
                                SEQUENCE(.batch = BATCH, .time = 4, .lengths = joined, .x = pair), NULL, out,
                                NULL));
            if (number >= 0)
                in[number] = kept;
            if (used) {
                OK(attn_params_zero_grad(params));
                OK(attn_gru_backward(upper, tape, ones, NULL,
                                     GRADIENTS(.batch = BATCH, .time = 4, .dx = dpair), NULL));
                OK(attn_pyramid_backward(context, tape, BATCH, TIME, H, 2, dpair, dstates));
                OK(attn_gru_backward(lower, tape, dstates, NULL,
                                     GRADIENTS(.batch = BATCH, .time = TIME, .dx = din), NULL));
            }
            sums[side] = 0.0;
            for (int i = 0; i < BATCH * 4 * H; i++)
                sums[side] += (double)out[i];
        }
        if (number >= 0) /* float32 sums of 60 numbers over 2^-6: some 1e-4; the third derivative as much */
            NEAR((sums[1] - sums[0]) / 0x1p-6, (double)din[number], 1e-3);
    }
    attn_gru_destroy(&lower);
    attn_gru_destroy(&upper);
    attn_params_destroy(&params);
    teardown();
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    setup();
    const int32_t long_one[BATCH] = {8};
    FAILS(ATTN_ERR_ARGUMENT, "dim is 0 and join 2",
          attn_pyramid_forward(context, NULL, 1, 2, 0, 2, x, NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "dim is 3 and join 0",
          attn_pyramid_forward(context, NULL, 1, 2, 3, 0, x, NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "at most 65536",
          attn_pyramid_forward(context, NULL, 1, 2, 40000, 2, x, NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "at most 65536",
          attn_pyramid_forward(context, NULL, 1, 2, 2, INT64_MAX, x, NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 8",
          attn_pyramid_forward(context, tape, BATCH, TIME, DIM, 2, x, long_one, y, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_pyramid_forward(context, tape, BATCH, TIME, DIM, 2, x, lengths, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "join 3; expected forward's",
          attn_pyramid_backward(context, tape, BATCH, TIME, DIM, 3, dy, dx));
    FAILS(ATTN_ERR_ARGUMENT, "time 8; expected forward's",
          attn_pyramid_backward(context, tape, BATCH, TIME + 1, DIM, 2, dy, dx));
    OK(attn_pyramid_backward(context, tape, BATCH, TIME, DIM, 2, dy, dx));
    OK(attn_pyramid_forward(context, tape, 0, TIME, DIM, 2, NULL, NULL, NULL, NULL));
    OK(attn_pyramid_backward(context, tape, 0, TIME, DIM, 2, NULL, NULL));
    OK(attn_pyramid_forward(context, NULL, BATCH, 0, DIM, 2, NULL, NULL, NULL, joined));
    ck_assert_int_eq(joined[0], 0);
    teardown();
}
END_TEST

START_TEST(a_tape_of_another_context_is_refused)
{
    setup();
    attn_context *other = unit_context(1);
    FAILS(ATTN_ERR_ARGUMENT, "attn_pyramid_forward: the tape is of another context",
          attn_pyramid_forward(other, tape, BATCH, TIME, DIM, 2, x, lengths, y, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_pyramid_forward(context, tape, BATCH, TIME, DIM, 2, x, lengths, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_pyramid_backward: the tape is of another context",
          attn_pyramid_backward(other, tape, BATCH, TIME, DIM, 2, dy, dx));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    attn_context_destroy(&other);
    teardown();
}
END_TEST

UNIT_MAIN("pyramid", steps_stand_side_by_side_and_what_lacks_is_zero, gradients_go_back_to_their_steps,
          without_lengths_all_rows_are_full_and_lengths_may_be_halved_in_place,
          between_two_grus_the_chain_has_the_gradient_of_finite_differences, wrong_arguments_are_refused,
          a_tape_of_another_context_is_refused)
