/* test_conicity.c - conicity as a part of the loss: its value, its gradient, and what must not change either. */
#include "unit.h"
#include "unit_data.h"
#include "unit_memory.h"

enum { ROWS = 7, TIME = 9, DIM = 5 };
static const int32_t row_lengths[ROWS] = {9, 0, 1, 4, 2, 9, 6};

/* States within the lengths; beyond them `padding`. To be freed. */
static float *make_states(float padding)
{
    float *states = unit_floats(ROWS * TIME * DIM, 11);
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = row_lengths[b] * DIM; i < TIME * DIM; i++)
            states[b * TIME * DIM + i] = padding;
    }
    return states;
}

/* (3,4) and (4,3): both have the cosine 7 / (5 sqrt 2) with (7,7). One state, and opposite ones, which have no mean. */
START_TEST(conicity_by_hand)
{
    attn_context *context = unit_context(1);
    const float states[] = {3, 4, 4, 3, 5, -2, 0, 0, 1, 1, -1, -1};
    float loss;
    OK(attn_conicity_loss(context, 1, 2, 2, states, NULL, 2.0f, &loss, NULL));
    NEAR((double)loss, 2.0 * 7.0 / (5.0 * sqrt(2.0)), 1e-6);
    OK(attn_conicity_loss(context, 3, 2, 2, states, (int32_t[]){2, 1, 2}, 1.0f, &loss, NULL));
    NEAR((double)loss, (7.0 / (5.0 * sqrt(2.0)) + 1.0 + 0.0) / 3.0, 1e-6);
    OK(attn_conicity_loss(context, 1, 2, 2, states + 4, NULL, 1.0f, &loss,
                          NULL)); /* the second is 0: no cosine */
    NEAR((double)loss, 0.5, 1e-6);
    OK(attn_conicity_loss(context, 0, 2, 2, NULL, NULL, 1.0f, &loss, NULL));
    ck_assert_float_eq(loss, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_loss_is_the_mean_that_explanation_measures)
{
    attn_context *context = unit_context(2);
    float *states = make_states(NAN), conicity[ROWS], loss;
    double sum = 0.0;
    OK(attn_explain_conicity(context, ROWS, TIME, DIM, states, row_lengths, conicity));
    OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 0.3f, &loss, NULL));
    for (int b = 0; b < ROWS; b++)
        sum += (double)conicity[b];
    NEAR((double)loss, 0.3 * sum / ROWS, 1e-6);
    free(states);
    attn_context_destroy(&context);
}
END_TEST

/* Central differences in steps of 2^-7: float32 rounding of a loss below 1 leaves 2^-24 / 2^-7 = 8e-6 of the slope, and the
 * third derivative, divided by the cubes of norms of about 1, another 2^-14 / 6 = 1e-5 times a few. */
START_TEST(the_gradient_is_the_slope_of_the_loss)
{
    attn_context *context = unit_context(2);
    float *states = make_states(0.0f), *d = unit_zeros(ROWS * TIME * DIM), up, down;
    const float weight = 1.0f, step = 0x1p-7f;
    OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, weight, NULL, d));
    for (int64_t i = 0; i < ROWS * TIME * DIM; i++) {
        const float x = states[i];
        states[i] = x + step;
        OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, weight, &up, NULL));
        states[i] = x - step;
        OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, weight, &down, NULL));
        states[i] = x;
        NEAR((double)d[i], ((double)up - (double)down) / (2.0 * (double)step), 5e-5);
    }
    free(states);
    free(d);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_gradient_is_added_and_padding_is_left_alone)
{
    attn_context *context = unit_context(2);
    float *states = make_states(NAN), *d = make_states(NAN), *alone = unit_zeros(ROWS * TIME * DIM), loss[2];
    OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 0.5f, &loss[0], alone));
    const float *before = states; /* the same numbers as d's */
    OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 0.5f, &loss[1], d));
    ck_assert(isfinite(loss[0]) && memcmp(&loss[0], &loss[1], sizeof *loss) == 0);
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = 0; i < TIME * DIM; i++) {
            const int64_t at = b * TIME * DIM + i;
            if (i >= row_lengths[b] * DIM)
                ck_assert(isnan(d[at]) && alone[at] == 0.0f);
            else
                NEAR((double)d[at], (double)before[at] + (double)alone[at], 1e-6);
        }
    }
    float zeros[2 * DIM] = {0}, none[2 * DIM] = {0}; /* without a direction there is no way to turn */
    OK(attn_conicity_loss(context, 1, 2, DIM, zeros, NULL, 1.0f, &loss[0], none));
    ck_assert_float_eq(loss[0], 0.0f);
    unit_assert_all(none, 2 * DIM, 0.0f);
    free(states);
    free(d);
    free(alone);
    attn_context_destroy(&context);
}
END_TEST

/* 1/n / |h_t|, of which the smaller of two is at least 1e-3: 500, and less than 1 from the mean. */
START_TEST(the_gradient_stays_bounded_as_a_state_vanishes)
{
    attn_context *context = unit_context(1);
    for (float size = 1.0f; size > 1e-30f; size /= 10.0f) {
        float states[2 * DIM] = {1, 2, 3, 4, 5}, d[2 * DIM] = {0}, loss;
        for (int i = 0; i < DIM; i++)
            states[DIM + i] = size * (float)(i - 2);
        OK(attn_conicity_loss(context, 1, 2, DIM, states, NULL, 1.0f, &loss, d));
        ck_assert(isfinite(loss));
        for (int i = 0; i < 2 * DIM; i++)
            ck_assert_msg(fabsf(d[i]) <= 501.0f, "at %g the gradient is %g", (double)size, (double)d[i]);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_number_of_threads_changes_no_bit)
{
    float *states = make_states(0.0f), *d[2], loss[2];
    for (int k = 0; k < 2; k++) {
        attn_context *context = unit_context(1 + 2 * k);
        d[k] = unit_zeros(ROWS * TIME * DIM);
        OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 0.7f, &loss[k], d[k]));
        attn_context_destroy(&context);
    }
    unit_assert_same_bits(d[0], d[1], ROWS * TIME * DIM);
    unit_assert_same_bits(&loss[0], &loss[1], 1);
    free(states);
    free(d[0]);
    free(d[1]);
}
END_TEST

START_TEST(a_lack_of_memory_comes_back)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 2);
    float *states = make_states(0.0f);
    unit_memory_reset(&memory, 0);
    FAILS(ATTN_ERR_MEMORY, "attn_conicity_loss: no memory for",
          attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 1.0f, NULL, NULL));
    unit_memory_reset(&memory, UNIT_ENOUGH);
    OK(attn_conicity_loss(context, ROWS, TIME, DIM, states, row_lengths, 1.0f, NULL, NULL));
    attn_context_destroy(&context);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    free(states);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    float states[4] = {0}, loss;
    FAILS(ATTN_ERR_ARGUMENT, "attn_conicity_loss: context is NULL",
          attn_conicity_loss(NULL, 1, 2, 2, states, NULL, 1.0f, &loss, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "1 rows by -2",
          attn_conicity_loss(context, 1, -2, 2, states, NULL, 1.0f, &loss, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 3; expected 0 to 2",
          attn_conicity_loss(context, 1, 2, 2, states, (int32_t[]){3}, 1.0f, &loss, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "dim is 0",
          attn_conicity_loss(context, 1, 2, 0, states, NULL, 1.0f, &loss, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "weight is nan",
          attn_conicity_loss(context, 1, 2, 2, states, NULL, NAN, &loss, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "states is NULL",
          attn_conicity_loss(context, 1, 2, 2, NULL, NULL, 1.0f, &loss, NULL));
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("conicity", conicity_by_hand, the_loss_is_the_mean_that_explanation_measures,
          the_gradient_is_the_slope_of_the_loss, the_gradient_is_added_and_padding_is_left_alone,
          the_gradient_stays_bounded_as_a_state_vanishes, the_number_of_threads_changes_no_bit,
          a_lack_of_memory_comes_back, wrong_arguments_are_refused)
