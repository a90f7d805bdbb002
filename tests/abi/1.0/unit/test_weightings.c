/* test_weightings.c - softmax, sparsemax and entmax: documented values and limits, and thresholds beside those that sorting finds. */
#include "unit.h"
#include "unit_data.h"

#define WAYS (ATTN_WEIGHTING_ENTMAX15 + 1)

/* The weights of scores[n]: with a query of 1 and items of one number, a dot product is that number. */
static attn_status try_to_weigh(int32_t weighting, float temperature, int64_t n, const float *scores,
                                float *weights)
{
    attn_context *context = unit_context(1);
    attn_params *params = NULL;
    attn_attention *attention = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_DOT;
    options.weighting = weighting;
    options.temperature = temperature;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_attention_create(params, "a", 1, &options, &attention));
    const float one = 1.0f;
    attn_status status =
        attn_attention_forward_queries(attention, NULL, 1, n, 1, scores, NULL, &one, NULL, weights, NULL);
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    return status;
}

static void weigh(int32_t weighting, float temperature, int64_t n, const float *scores, float *weights)
{
    OK(try_to_weigh(weighting, temperature, n, scores, weights));
}

START_TEST(weightings_are_those_of_their_papers)
{
    const float scores[] = {-2.0f, 0.0f, 0.5f};
    float weights[3];
    weigh(ATTN_WEIGHTING_SPARSEMAX, 1.0f, 3, scores, weights);
    unit_assert_all(weights, 1, 0.0f);
    NEAR(weights[1], 0.25, 1e-6);
    NEAR(weights[2], 0.75, 1e-6);
    weigh(ATTN_WEIGHTING_ENTMAX15, 1.0f, 3, scores, weights);
    unit_assert_all(weights, 1, 0.0f);
    NEAR(weights[1], 0.326, 1e-3); /* as printed */
    NEAR(weights[2], 0.674, 1e-3);
    weigh(ATTN_WEIGHTING_SOFTMAX, 0.5f, 3, scores, weights);
    double total = exp(-4.0) + 1.0 + exp(1.0);
    NEAR(weights[0], exp(-4.0) / total, 1e-6);
    NEAR(weights[1], 1.0 / total, 1e-6);
    NEAR(weights[2], exp(1.0) / total, 1e-6);
}
END_TEST

START_TEST(the_same_shift_changes_no_weights)
{
    const float scores[] = {998.0f, 1000.0f, 1000.5f}, low[] = {-2.0f, 0.0f, 0.5f};
    for (int32_t weighting = 0; weighting < WAYS; weighting++) {
        float weights[3], expected[3];
        weigh(weighting, 0.0f, 3, scores, weights);
        weigh(weighting, 1.0f, 3, low, expected);
        unit_assert_same_bits(weights, expected, 3);
    }
}
END_TEST

START_TEST(equal_scores_and_extreme_temperatures)
{
    const float equal[] = {3.0f, 3.0f, 3.0f, 3.0f}, far[] = {-1e20f, 5.0f, 4.0f, 1e20f};
    for (int32_t weighting = 0; weighting < WAYS; weighting++) {
        float weights[4];
        weigh(weighting, 1.0f, 4, equal, weights);
        unit_assert_all(weights, 4, 0.25f);
        weigh(weighting, 1e-6f, 4, far, weights); /* nothing overflows to NaN */
        unit_assert_all(weights, 3, 0.0f);
        unit_assert_all(weights + 3, 1, 1.0f);
        const float near_zero[] = {0.5f, -0.5f, 0.25f, 0.0f};
        weigh(weighting, 1e6f, 4, near_zero, weights);
        for (int j = 0; j < 4; j++)
            NEAR(weights[j], 0.25, 1e-5);
        weigh(weighting, 1.0f, 1, far, weights);
        unit_assert_all(weights, 1, 1.0f);
    }
}
END_TEST

START_TEST(a_score_that_is_not_finite_is_refused)
{
    const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (int32_t weighting = 0; weighting < WAYS; weighting++) {
        for (int w = 0; w < 3; w++) {
            float weights[3], scores[] = {1.0f, wrong[w], 0.5f};
            FAILS(ATTN_ERR_ARGUMENT, "memory[0, 1, 0] is ",
                  try_to_weigh(weighting, 1.0f, 3, scores, weights));
        }
    }
}
END_TEST

/* In float32 a sum of ones stands still at 2^24. */
START_TEST(many_weights_sum_to_1)
{
    const int64_t n = (int64_t)1 << 25;
    float *scores = calloc((size_t)n, sizeof *scores), *weights = malloc((size_t)n * sizeof *weights);
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; round && i < n; i++)
            scores[i] = (float)(i * 7919 % 10007) / 10007.0f;
        weigh(ATTN_WEIGHTING_SOFTMAX, 1.0f, n, scores, weights);
        double sum = 0.0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)weights[i];
        NEAR(sum, 1.0, 1e-6);
    }
    free(scores);
    free(weights);
}
END_TEST

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* tau by sorting: of the k largest alone, for the last k whose tau is below the kth. */
static double tau_by_sorting(int32_t weighting, int64_t n, double *z)
{
    double sum = 0.0, squares = 0.0, tau = 0.0;
    qsort(z, (size_t)n, sizeof *z, compare);
    for (int64_t k = 1; k <= n; k++) {
        double top = z[k - 1];
        sum += top;
        squares += top * top;
        double mean = sum / (double)k, spread = squares - mean * sum;
        double of_k = weighting == ATTN_WEIGHTING_SPARSEMAX ? (sum - 1.0) / (double)k
                      : spread < 1.0                        ? mean - sqrt((1.0 - spread) / (double)k)
                                                            : INFINITY;
        if (of_k >= top)
            break;
        tau = of_k;
    }
    return tau;
}

START_TEST(thresholds_are_those_that_sorting_finds)
{
    enum { N = 700 };
    float scores[N], weights[N];
    for (int shape = 0; shape < 4; shape++) {
        unit_fill(scores, N, (uint64_t)shape + 1);
        for (int j = 0; j < N; j++) { /* spread out, close together, ever closer to the largest, with ties */
            if (shape == 1)
                scores[j] *= 0.01f;
            else if (shape == 2)
                scores[j] = -powf(0.97f, (float)j);
            else if (shape == 3)
                scores[j] = roundf(scores[j] * 4.0f);
        }
        for (int32_t weighting = ATTN_WEIGHTING_SPARSEMAX; weighting < WAYS; weighting++) {
            double z[N], most = -INFINITY, total = 0.0,
                         factor = weighting == ATTN_WEIGHTING_ENTMAX15 ? 0.5 : 1.0;
            for (int j = 0; j < N; j++)
                most = (double)scores[j] > most ? (double)scores[j] : most;
            for (int j = 0; j < N; j++)
                z[j] = ((double)scores[j] - most) * factor;
            double tau = tau_by_sorting(weighting, N, z);
            weigh(weighting, 1.0f, N, scores, weights);
            for (int j = 0; j < N; j++) {
                double over = fmax(((double)scores[j] - most) * factor - tau, 0.0);
                double expected = weighting == ATTN_WEIGHTING_ENTMAX15 ? over * over : over;
                MUST(fabs((double)weights[j] - expected) <= 2e-7, "shape %d: weight %d is %.9g, not %.9g",
                     shape, j, (double)weights[j], expected);
                total += (double)weights[j];
            }
            NEAR(total, 1.0, 1e-5);
        }
    }
}
END_TEST

/* Two items whose scores are 40 apart, by FEEDFORWARD: v = 20, W = 1 and h = 3 and -3, so that tanh is all but 1 and -1. */
static float ratio(const attn_attention_options *options)
{
    attn_context *context = unit_context(1);
    attn_params *params = NULL;
    attn_attention *attention = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_attention_create(params, "a", 1, options, &attention));
    const float values[] = {1.0f, 0.0f, 20.0f, 0.0f}, memory[] = {3.0f, -3.0f}; /* W, b, v, c */
    memcpy(attn_params_values(params), values, sizeof values);
    float weights[2];
    OK(attn_attention_forward(attention, NULL, 1, 2, memory, NULL, weights, NULL));
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    return weights[0] / weights[1];
}

START_TEST(weights_are_bounded_only_where_the_outer_tanh_is_asked_for)
{
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    ck_assert_float_gt(ratio(NULL), 1e15f);
    ck_assert_float_eq(ratio(&options), ratio(NULL));
    options.outer_tanh = 1;
    NEAR((double)ratio(&options), exp(2.0), 1e-4); /* e^2 of scores 1 and -1 */
}
END_TEST

/* ---- forward in two halves ------------------------------------------------------------------------------------ */

enum { BATCH = 5, ITEMS = 70, DIM = 7, INSIDE = 9, FIRST = 4 };
static const int32_t item_lengths[BATCH] = {70, 0, 1, 49, 33};

/* Scores of single items and weights of scores are what forward makes of both, to the bit; by columns to rounding: 1e-5 of scores of
 * some units. What stands beyond the lengths, or in columns that are not read, is NaN. */
START_TEST(scores_and_their_weights_are_those_of_forward)
{
    for (int variant = 0; variant < 4 * WAYS; variant++) {
        attn_context *context = unit_context(2);
        attn_params *params;
        attn_attention *attention;
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.weighting = variant / 4;
        options.outer_tanh = variant % 2;
        options.padding = variant / 2 % 2 ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
        options.attention_dim = INSIDE;
        options.temperature = 0.5f;
        OK(attn_params_create(context, UNIT_SEED(3), &params));
        OK(attn_attention_create(params, "a", DIM, &options, &attention));
        unit_fill(attn_params_values(params), attn_params_size(params), 4);
        float *memory = unit_floats(BATCH * ITEMS * DIM, 5), *half = unit_floats(BATCH * ITEMS * DIM, 5);
        static float scores[BATCH * ITEMS], by_columns[BATCH * ITEMS], keys[BATCH * ITEMS * INSIDE],
            weights[BATCH * ITEMS], expected[BATCH * ITEMS];
        memset(keys, 0, sizeof keys);
        OK(attn_attention_score(attention, BATCH * ITEMS, memory, 0, DIM, keys, scores));
        memset(keys, 0, sizeof keys);
        for (int64_t i = 0; i < BATCH * ITEMS * DIM; i++)
            half[i] = i % DIM < FIRST ? memory[i] : NAN;
        OK(attn_attention_score(attention, BATCH * ITEMS, half, 0, FIRST, keys, NULL));
        for (int64_t i = 0; i < BATCH * ITEMS * DIM; i++)
            half[i] = i % DIM < FIRST ? NAN : memory[i];
        OK(attn_attention_score(attention, BATCH * ITEMS, half, FIRST, DIM - FIRST, keys, by_columns));
        for (int64_t i = 0; i < BATCH * ITEMS; i++) {
            NEAR(scores[i], by_columns[i], 1e-5);
            if (i % ITEMS < item_lengths[i / ITEMS])
                continue;
            scores[i] = NAN;
            for (int64_t d = 0; d < DIM; d++)
                memory[i * DIM + d] = NAN;
        }
        OK(attn_attention_forward(attention, NULL, BATCH, ITEMS, memory, item_lengths, expected, NULL));
        OK(attn_attention_weigh(attention, BATCH, ITEMS, scores, item_lengths, weights));
        unit_assert_same_bits(weights, expected, BATCH * ITEMS);
        OK(attn_attention_weigh(attention, BATCH, ITEMS, scores, item_lengths, scores)); /* in place */
        unit_assert_same_bits(scores, expected, BATCH * ITEMS);
        free(memory);
        free(half);
        attn_attention_destroy(&attention);
        attn_params_destroy(&params);
        attn_context_destroy(&context);
    }
}
END_TEST

/* Central differences of 1e-2 in float32, of scores of some units: their own error is 1e-4. */
START_TEST(slopes_are_what_scores_move_by)
{
    for (int32_t outer_tanh = 0; outer_tanh < 2; outer_tanh++) {
        attn_context *context = unit_context(2);
        attn_params *params;
        attn_attention *attention;
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.outer_tanh = outer_tanh;
        options.attention_dim = INSIDE;
        OK(attn_params_create(context, UNIT_SEED(3), &params));
        OK(attn_attention_create(params, "a", DIM, &options, &attention));
        unit_fill(attn_params_values(params), attn_params_size(params), 4);
        float *memory = unit_floats(ITEMS * DIM, 5), slopes[ITEMS * DIM], scores[2][ITEMS];
        OK(attn_attention_score_slopes(attention, ITEMS, memory, slopes));
        for (int64_t d = 0; d < DIM; d++) {
            for (int side = 0; side < 2; side++) {
                float keys[ITEMS * INSIDE] = {0}, *moved = unit_floats(ITEMS * DIM, 5);
                for (int64_t j = 0; j < ITEMS; j++)
                    moved[j * DIM + d] += side ? 0.01f : -0.01f;
                OK(attn_attention_score(attention, ITEMS, moved, 0, DIM, keys, scores[side]));
                free(moved);
            }
            for (int64_t j = 0; j < ITEMS; j++)
                NEAR(slopes[j * DIM + d], ((double)scores[1][j] - (double)scores[0][j]) / 0.02, 5e-4);
        }
        memory[DIM + 2] = NAN;
        FAILS(ATTN_ERR_ARGUMENT, "memory[0, 1, 2] is nan",
              attn_attention_score_slopes(attention, ITEMS, memory, slopes));
        free(memory);
        attn_attention_destroy(&attention);
        attn_params_destroy(&params);
        attn_context_destroy(&context);
    }
}
END_TEST

/* s . h / sqrt(D) of s = (2, 0, 0, 0) and h = (2, 0, 0, 0) is 2. */
START_TEST(a_scaled_score_is_not_scaled_again)
{
    attn_context *context = unit_context(1);
    attn_params *params;
    attn_attention *attention;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    const float query[4] = {2}, memory[8] = {2}, scores[2] = {2, 0};
    float weights[2], expected[2];
    options.score = ATTN_SCORE_SCALED_DOT;
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    OK(attn_attention_create(params, "a", 4, &options, &attention));
    OK(attn_attention_forward_queries(attention, NULL, 1, 2, 1, memory, NULL, query, NULL, expected, NULL));
    OK(attn_attention_weigh(attention, 1, 2, scores, NULL, weights));
    NEAR(weights[0], expected[0], 1e-7); /* a unit in the last place */
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* Of padding that is kept the score is the tensors', which are named. */
START_TEST(a_tensor_that_is_not_finite_is_named)
{
    attn_context *context = unit_context(1);
    attn_params *params;
    attn_attention *attention;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    float scores[2] = {0};
    options.padding = ATTN_PADDING_KEPT;
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    OK(attn_attention_create(params, "a", DIM, &options, &attention));
    attn_params_values(params)[attn_params_size(params) - 1] = NAN;
    FAILS(ATTN_ERR_STATE, "tensor \"a.score_bias\" is nan",
          attn_attention_weigh(attention, 1, 2, scores, (int32_t[]){1}, scores));
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(halves_of_what_is_none_are_refused)
{
    attn_context *context = unit_context(1);
    attn_params *params;
    attn_attention *attention, *asking;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    float memory[2 * DIM] = {0}, keys[2 * DIM] = {0}, scores[2] = {0};
    options.score = ATTN_SCORE_DOT;
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    OK(attn_attention_create(params, "a", DIM, NULL, &attention));
    OK(attn_attention_create(params, "b", DIM, &options, &asking));
    FAILS(ATTN_ERR_ARGUMENT, "needs a query", attn_attention_score(asking, 2, memory, 0, DIM, keys, scores));
    FAILS(ATTN_ERR_ARGUMENT, "needs a query", attn_attention_score_slopes(asking, 2, memory, keys));
    FAILS(ATTN_ERR_ARGUMENT, "first is 1 and width 7; expected columns of the memory's 7",
          attn_attention_score(attention, 2, memory, 1, DIM, keys, scores));
    FAILS(ATTN_ERR_ARGUMENT, "first is -1", attn_attention_score(attention, 2, memory, -1, 1, keys, scores));
    FAILS(ATTN_ERR_ARGUMENT, "width -1", attn_attention_score(attention, 2, memory, 0, -1, keys, scores));
    memory[DIM + 2] = INFINITY;
    FAILS(ATTN_ERR_ARGUMENT, "memory[0, 1, 2] is inf",
          attn_attention_score(attention, 2, memory, 0, DIM, keys, scores));
    FAILS(ATTN_ERR_ARGUMENT, "scores[0, 1, 0] is nan",
          attn_attention_weigh(attention, 1, 2, (float[]){0, NAN}, NULL, scores));
    FAILS(ATTN_ERR_ARGUMENT, "scores[0, 1, 0] is -inf",
          attn_attention_weigh(attention, 1, 2, (float[]){0, -INFINITY}, NULL, scores));
    scores[1] = INFINITY; /* in place too they are named */
    FAILS(ATTN_ERR_ARGUMENT, "scores[0, 1, 0] is inf",
          attn_attention_weigh(attention, 1, 2, scores, NULL, scores));
    memory[DIM + 2] = 0;
    keys[DIM + 3] = NAN;
    FAILS(ATTN_ERR_ARGUMENT, "keys[0, 1, 3] is nan",
          attn_attention_score(attention, 2, memory, 0, DIM, keys, scores));
    OK(attn_attention_score(attention, 0, NULL, 0, DIM, NULL, NULL));
    OK(attn_attention_weigh(asking, 0, 5, NULL, NULL, NULL));
    OK(attn_attention_weigh(asking, 5, 0, NULL, NULL, NULL));
    attn_attention_destroy(&asking);
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("weightings", weightings_are_those_of_their_papers, the_same_shift_changes_no_weights,
          equal_scores_and_extreme_temperatures, a_score_that_is_not_finite_is_refused, many_weights_sum_to_1,
          thresholds_are_those_that_sorting_finds, weights_are_bounded_only_where_the_outer_tanh_is_asked_for,
          scores_and_their_weights_are_those_of_forward, slopes_are_what_scores_move_by,
          a_scaled_score_is_not_scaled_again, a_tensor_that_is_not_finite_is_named,
          halves_of_what_is_none_are_refused)
