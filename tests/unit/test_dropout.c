/* test_dropout.c - dropout by itself and inside the GRU: its rate, its scale, and what its masks depend on. */
#include "unit.h"
#include "unit_data.h"

enum { N = 100000 };

static attn_context *context;
static float ones[N], y[N], other[N];

static attn_tape *tape_of(int32_t mode, uint64_t seed)
{
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = mode;
    options.seed = seed;
    attn_tape *tape = NULL;
    OK(attn_tape_create(context, &options, &tape));
    return tape;
}

static void setup(void)
{
    context = unit_context(2);
    for (int i = 0; i < N; i++)
        ones[i] = 1.0f;
}

START_TEST(the_rate_and_the_scale_are_right)
{
    setup();
    const float rates[] = {0.1f, 0.5f, 0.9f};
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    for (int r = 0; r < 3; r++) {
        OK(attn_dropout_forward(context, tape, N, ones, rates[r], y));
        int64_t kept = 0;
        for (int i = 0; i < N; i++) {
            if (y[i] == 0.0f)
                continue;
            kept++;
            NEAR((double)y[i], 1.0 / (1.0 - (double)rates[r]), 1e-6);
        }
        /* five deviations of a binomial count, and half of the 2^-16 steps that the rate is rounded to */
        double rate = (double)rates[r], deviation = sqrt(N * rate * (1.0 - rate));
        ck_assert_double_le(fabs((double)kept - N * (1.0 - rate)), 5.0 * deviation + N / 131072.0);
    }
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

/* Of n ones each is 1 / (1 - p) with probability 1 - p: their mean is 1, give or take sqrt(p / (1 - p) / n). */
START_TEST(the_mean_stays_at_rates_near_1_and_near_0)
{
    setup();
    const float rates[] = {0.99f, 0.999f, 0.9999f, 0.99999f, 0.999999f, 1e-3f, 1e-5f, 5e-6f};
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    for (int r = 0; r < 8; r++) {
        const int rounds = 400;
        double sum = 0.0, kept = 0.0, n = (double)N * rounds, rate = (double)rates[r];
        for (int round = 0; round < rounds; round++) {
            OK(attn_tape_begin(tape, round));
            OK(attn_dropout_forward(context, tape, N, ones, rates[r], y));
            for (int i = 0; i < N; i++) {
                sum += (double)y[i];
                kept += y[i] != 0.0f;
            }
        }
        ck_assert_msg(fabs(sum / n - 1.0) <= 5.0 * sqrt(rate / (1.0 - rate) / n), "rate %g: a mean of %g",
                      rate, sum / n);
        ck_assert_msg(fabs(kept - n * (1.0 - rate)) <= 5.0 * sqrt(n * rate * (1.0 - rate)),
                      "rate %g: %g kept of %g", rate, kept, n);
    }
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(neighbours_are_dropped_independently)
{
    setup();
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    OK(attn_dropout_forward(context, tape, N, ones, 0.5f, y));
    for (int distance = 1; distance <= 33; distance++) { /* both dropped: a quarter of the pairs */
        double both = 0.0;
        for (int i = 0; i + distance < N; i++)
            both += y[i] == 0.0f && y[i + distance] == 0.0f;
        ck_assert_double_le(fabs(both / N - 0.25), 5.0 * sqrt(0.25 * 0.75 / N) + (double)distance / N);
    }
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(backward_uses_the_same_mask)
{
    setup();
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    OK(attn_dropout_forward(context, tape, N, ones, 0.3f, y));
    OK(attn_dropout_backward(context, tape, N, ones, other));
    unit_assert_same_bits(y, other, N);
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    memcpy(other, ones, sizeof other); /* and in place */
    OK(attn_tape_begin(tape, 0));
    OK(attn_dropout_forward(context, tape, N, other, 0.3f, other));
    unit_assert_same_bits(y, other, N);
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

/* The mask of the `place`th dropout of a step. */
static void mask_of(uint64_t seed, int64_t step, int place, int64_t size, float *mask)
{
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, seed);
    OK(attn_tape_begin(tape, step));
    for (int p = 0; p <= place; p++)
        OK(attn_dropout_forward(context, tape, size, ones, 0.5f, mask));
    attn_tape_destroy(&tape);
}

START_TEST(masks_depend_on_seed_step_and_place)
{
    setup();
    mask_of(1, 2, 0, N, y);
    mask_of(1, 2, 0, N, other);
    unit_assert_same_bits(y, other, N);
    mask_of(1, 2, 0, 77, other); /* and not on the size */
    unit_assert_same_bits(y, other, 77);
    const struct {
        uint64_t seed;
        int64_t step;
        int place;
    } others[] = {
        {2, 2, 0}, {1, 3, 0}, {1, 2, 1}, {UINT64_C(1) << 32 | 1, 2, 0}, {1, (int64_t)1 << 32 | 2, 0}};
    for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
        mask_of(others[o].seed, others[o].step, others[o].place, N, other);
        double same = 0.0; /* independent masks agree on half of the numbers */
        for (int i = 0; i < N; i++)
            same += y[i] == other[i];
        ck_assert_double_le(fabs(same / N - 0.5), 5.0 * 0.5 / sqrt(N));
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(nothing_is_dropped_without_a_tape_for_gradients_and_at_rate_0)
{
    setup();
    attn_tape *gradient = tape_of(ATTN_TAPE_GRADIENT, 1), *train = tape_of(ATTN_TAPE_TRAIN, 1);
    float x[100], dx[100];
    unit_fill(x, 100, 1);
    OK(attn_dropout_forward(context, NULL, 100, x, 0.5f, y));
    unit_assert_same_bits(y, x, 100);
    OK(attn_dropout_forward(context, gradient, 100, x, 0.5f, y));
    unit_assert_same_bits(y, x, 100);
    OK(attn_dropout_backward(context, gradient, 100, x, dx));
    unit_assert_same_bits(dx, x, 100);
    OK(attn_dropout_forward(context, train, 100, x, 0.0f, y));
    unit_assert_same_bits(y, x, 100);
    OK(attn_dropout_forward(context, train, 0, NULL, 0.5f, NULL));
    OK(attn_dropout_backward(context, train, 0, NULL, NULL));
    attn_tape_destroy(&gradient);
    attn_tape_destroy(&train);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_tape_of_another_context_is_refused)
{
    setup();
    attn_context *elsewhere = unit_context(1);
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    FAILS(ATTN_ERR_ARGUMENT, "attn_dropout_forward: the tape is of another context than the call",
          attn_dropout_forward(elsewhere, tape, N, ones, 0.5f, y));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_dropout_forward(context, tape, N, ones, 0.5f, y));
    FAILS(ATTN_ERR_ARGUMENT, "attn_dropout_backward: the tape is of another context than the call",
          attn_dropout_backward(elsewhere, tape, N, ones, y));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    attn_tape_destroy(&tape);
    attn_context_destroy(&elsewhere);
    attn_context_destroy(&context);
}
END_TEST

/* A GRU's outputs with and without dropout, from the same values. */
static void gru_outputs(attn_tape *tape, float rate, int64_t layers, float *out, float *hn)
{
    enum { B = 20, T = 10, E = 3, H = 17 };
    attn_params *params = NULL;
    attn_gru *gru = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.dropout = rate;
    options.layers = (int32_t)layers;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_gru_create(params, "g", E, H, &options, &gru));
    float *x = unit_floats(B * T * E, 1);
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = B, .time = T, .x = x), NULL, out, hn));
    free(x);
    attn_gru_destroy(&gru);
    attn_params_destroy(&params);
}

START_TEST(a_gru_drops_its_outputs_and_not_its_state)
{
    setup();
    enum { SIZE = 20 * 10 * 17, STATE = 20 * 17 };
    static float plain[SIZE], dropped[SIZE], again[SIZE], plain_state[2 * STATE], state[2 * STATE];
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1), *gradient = tape_of(ATTN_TAPE_GRADIENT, 1);
    gru_outputs(NULL, 0.5f, 1, plain, plain_state);
    gru_outputs(tape, 0.5f, 1, dropped, state);
    unit_assert_same_bits(state, plain_state, STATE);
    int zeros = 0;
    for (int i = 0; i < SIZE; i++) {
        zeros += dropped[i] == 0.0f;
        ck_assert(dropped[i] == 0.0f || fabsf(dropped[i] - 2.0f * plain[i]) <= 1e-6f);
    }
    ck_assert_int_le(abs(zeros - SIZE / 2), (int)(5.0 * 0.5 * sqrt(SIZE)));

    OK(attn_tape_begin(tape, 1));
    gru_outputs(tape, 0.5f, 1, again, NULL);
    ck_assert(unit_any_differs(again, dropped, SIZE));
    OK(attn_tape_begin(tape, 0));
    gru_outputs(tape, 0.5f, 1, again, NULL);
    unit_assert_same_bits(again, dropped, SIZE);

    gru_outputs(gradient, 0.5f, 1, again, NULL);
    unit_assert_same_bits(again, plain, SIZE);
    gru_outputs(NULL, 0.5f, 2, plain, plain_state);
    gru_outputs(tape, 0.5f, 2, again, state);
    unit_assert_same_bits(state, plain_state,
                          STATE); /* the first layer's state; the second reads what is dropped */
    ck_assert(unit_any_differs(state + STATE, plain_state + STATE, STATE));
    attn_tape_destroy(&gradient);
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

/* 7 rows of 13 numbers: parts begin within the eight numbers that are drawn at once. */
START_TEST(parts_of_a_batch_drop_what_the_whole_drops)
{
    setup();
    enum { ROWS = 7, WIDTH = 13 };
    const int64_t begins[] = {0, 1, 1, 4, 6, ROWS};
    float *x = unit_floats(ROWS * WIDTH, 1), whole[2][ROWS * WIDTH], parts[2][ROWS * WIDTH];
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    OK(attn_tape_begin(tape, 3));
    OK(attn_dropout_forward(context, tape, ROWS * WIDTH, x, 0.4f, whole[0]));
    OK(attn_dropout_backward(context, tape, ROWS * WIDTH, x, whole[1]));
    for (int p = 0; p < 5; p++) {
        const int64_t at = begins[p] * WIDTH, rows = begins[p + 1] - begins[p];
        OK(attn_tape_begin_part(tape, 3, begins[p], rows));
        OK(attn_dropout_forward(context, tape, rows * WIDTH, x + at, 0.4f, parts[0] + at));
        OK(attn_dropout_backward(context, tape, rows * WIDTH, x + at, parts[1] + at));
    }
    unit_assert_same_bits(parts[0], whole[0], ROWS * WIDTH);
    unit_assert_same_bits(parts[1], whole[1], ROWS * WIDTH);
    float *last = x + 4 * WIDTH;
    last[0] = NAN; /* before the first whole eight of the part of rows 4 and 5 */
    OK(attn_tape_begin_part(tape, 3, 4, 2));
    FAILS(ATTN_ERR_ARGUMENT, "x[0, 0, 0] is nan",
          attn_dropout_forward(context, tape, 2 * WIDTH, last, 0.4f, parts[0]));
    OK(attn_tape_begin(tape, 3)); /* and the part is forgotten */
    OK(attn_dropout_forward(context, tape, WIDTH, x, 0.4f, parts[0]));
    unit_assert_same_bits(parts[0], whole[0], WIDTH);
    free(x);
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_gru_drops_in_parts_of_a_batch_what_it_drops_in_the_whole)
{
    setup();
    enum { B = 5, T = 4, E = 3, H = 9, ROW = T * 2 * H };
    attn_params *params = NULL;
    attn_gru *gru = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.dropout = 0.5f;
    options.bidirectional = 1;
    options.layers = 2;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_gru_create(params, "g", E, H, &options, &gru));
    float *x = unit_floats(B * T * E, 1), whole[B * ROW], parts[B * ROW];
    attn_tape *tape = tape_of(ATTN_TAPE_TRAIN, 1);
    const int64_t begins[] = {0, 2, B};
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = B, .time = T, .x = x), NULL, whole, NULL));
    for (int p = 0; p < 2; p++) {
        const int64_t at = begins[p], rows = begins[p + 1] - at;
        OK(attn_tape_begin_part(tape, 3, at, rows));
        OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = rows, .time = T, .x = x + at * T * E), NULL,
                            parts + at * ROW, NULL));
    }
    for (int i = 0; i < B * ROW; i++) /* the rows of a product may be added up in another order */
        ck_assert((parts[i] == 0.0f) == (whole[i] == 0.0f) && fabsf(parts[i] - whole[i]) <= 1e-6f);
    free(x);
    attn_tape_destroy(&tape);
    attn_gru_destroy(&gru);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("dropout", parts_of_a_batch_drop_what_the_whole_drops,
          a_gru_drops_in_parts_of_a_batch_what_it_drops_in_the_whole, the_rate_and_the_scale_are_right,
          the_mean_stays_at_rates_near_1_and_near_0, neighbours_are_dropped_independently,
          backward_uses_the_same_mask, masks_depend_on_seed_step_and_place,
          nothing_is_dropped_without_a_tape_for_gradients_and_at_rate_0, a_tape_of_another_context_is_refused,
          a_gru_drops_its_outputs_and_not_its_state)
