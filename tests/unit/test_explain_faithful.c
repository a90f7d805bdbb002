/* test_explain_faithful.c - the measures of faithfulness, beside values worked out by hand and definitions written out. */
#include "unit.h"
#include "unit_explain.h"

START_TEST(comprehensiveness_and_sufficiency_by_hand)
{
    attn_context *context = unit_context(2);
    /* f of row 0 is 10 + 8 + 6 + 4 + 2 = 30. Ranked by itself, half of 5 tokens are 3: without them f is 6, with them alone 24. Row
     * 1, ranked backwards by equal numbers, loses its first token, 1, and keeps 2 + 3; row 2 is empty. */
    const float values[15] = {10, 8, 6, 4, 2, 1, 2, 3, NAN, NAN};
    const float ranking[15] = {5, 4, 3, 2, 1, 7, 7, 7, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const int32_t lengths[3] = {5, 3, 0};
    const float fractions[3] = {0.0f, 0.3f, 0.5f};
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, 3, 5, lengths, values, &model);
    float scores[9], aopc[3];
    OK(attn_explain_comprehensiveness(context, &model, 3, ranking, fractions, scores, aopc));
    const float lost[9] = {0, 18, 24, 0, 1,
                           3, 0,  0,  0}; /* 0.3 * 5 is 2 rounded up; of 3 it is 1, and half of 3 is 2 */
    unit_assert_same_bits(scores, lost, 9);
    ck_assert_float_eq(aopc[0], 14.0f);
    NEAR((double)aopc[1], 4.0 / 3.0, 1e-7);
    ck_assert_float_eq(aopc[2], 0.0f);
    OK(attn_explain_sufficiency(context, &model, 3, ranking, fractions, scores, NULL));
    const float missing[9] = {30, 12, 6, 6, 5, 3, 0, 0, 0};
    unit_assert_same_bits(scores, missing, 9);
    ck_assert_int_eq(bag.copies, 2 * 2 * 4);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_usual_fractions_are_those_of_eraser)
{
    attn_context *context = unit_context(1);
    float values[200], scores[5], all[5];
    for (int t = 0; t < 200; t++)
        values[t] = 1.0f;
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, 1, 200, NULL, values, &model);
    OK(attn_explain_comprehensiveness(context, &model, 5, values, NULL, scores, all));
    const float lost[5] = {2, 10, 20, 40,
                           100}; /* not one more where the fraction in float32 is a little more */
    unit_assert_same_bits(scores, lost, 5);
    ck_assert_float_eq(all[0], 34.4f);
    model.time = 7;
    OK(attn_explain_comprehensiveness(context, &model, 5, values, NULL, scores, NULL));
    const float few[5] = {1, 1, 1, 2, 4};
    unit_assert_same_bits(scores, few, 5);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(soft_erasure_by_hand)
{
    attn_context *context = unit_context(2);
    /* An attribution of its row's largest is dropped, or kept, in whole, one of the smallest not at all. Row 0: f is 3 + 1 = 4 of class
     * 1, and 0 with nothing: 3 of 4 go without the first token, and with it alone 1 of 4. Row 1, of class 0, has f = 1 + 2: ranked
     * 2, 9, the second decides 2 of 3. Row 2: 4 - 3 = 1; without the first more is lost than there was, and with it alone nothing.
     * Row 3: nothing decides. Row 4 is empty. */
    const float values[10] = {3, 1, -1, -2, 4, -3, 0, 0, NAN, NAN};
    const float a[10] = {0.9f, 0.1f, 2, 9, 0, -5, 1, 0, NAN, NAN};
    const int32_t lengths[5] = {2, 2, 2, 2, 0};
    float comprehensiveness[5], sufficiency[5], range[5];
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, 5, 2, lengths, values, &model);
    bag.dim = 5;
    OK(attn_explain_soft(context, &model, 5, a, 2, 1, comprehensiveness, sufficiency, range));
    const double soft[5][3] = {{0.75, 0.75, 4}, {2.0 / 3, 2.0 / 3, 3}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
    for (int b = 0; b < 5; b++) {
        NEAR((double)comprehensiveness[b], soft[b][0], 1e-6);
        NEAR((double)sufficiency[b], soft[b][1], 1e-6);
        NEAR((double)range[b], soft[b][2], 1e-6);
    }
    ck_assert_int_eq(bag.copies, 4 * (2 * 2 + 2));
    OK(attn_explain_soft(context, &model, 5, a, 2, 1, NULL, NULL, NULL));
    attn_context_destroy(&context);
}
END_TEST

START_TEST(soft_erasure_takes_what_the_attribution_says)
{
    enum { WIDE = 4000 };
    attn_context *context = unit_context(1);
    const float values[3] = {1, 1, 1};
    float once, half, other, kept;
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, 1, 3, NULL, values, &model);
    bag.dim = WIDE;
    /* q is 0, 1/4 and 1: of three tokens alike 1.25 go. The share of 4000 elements varies by sqrt(3 / 16 / 4000) = 0.007. */
    OK(attn_explain_soft(context, &model, WIDE, (float[]){-1, 0, 3}, 1, 5, &once, &kept, NULL));
    NEAR((double)once, 1.25 / 3, 4 * 0.007 / 3);
    NEAR((double)kept, 1.25 / 3, 4 * 0.007 / 3); /* what the one drops the other keeps */
    OK(attn_explain_soft(context, &model, WIDE, (float[]){2, 2, 2}, 1, 5, &half, NULL, NULL));
    NEAR((double)half, 0.5, 4 * 0.5 / sqrt(3 * WIDE));
    OK(attn_explain_soft(context, &model, WIDE, (float[]){2, 2, 2}, 1, 6, &other, NULL, NULL));
    ck_assert(other != half); /* of another seed */
    OK(attn_explain_soft(context, &model, WIDE, (float[]){2, 2, 2}, 2, 5, &other, NULL, NULL));
    ck_assert(other != half); /* a draw more, which is another */
    attn_context_destroy(&context);
}
END_TEST

START_TEST(divergence_by_hand)
{
    attn_context *context = unit_context(1);
    /* p = (3/4, 1/4), q = (1/4, 3/4): 3/4 ln(3/2) + 1/4 ln(1/2); then the same numbers, by another sum; nothing in common; zeros, which
     * are even; and a row of none. */
    const float a[10] = {3, -1, 1, 3, 1, 0, 0, 0, NAN, NAN}, b[10] = {1, 3, 2, -6, 0, 5, 2, 2, NAN, NAN};
    const int32_t lengths[5] = {2, 2, 2, 2, 0};
    float divergence[5];
    OK(attn_explain_divergence(context, 5, 2, a, b, lengths, divergence));
    NEAR((double)divergence[0], 0.75 * log(1.5) + 0.25 * log(0.5), 1e-7);
    NEAR((double)divergence[1], 0.0, 1e-7);
    NEAR((double)divergence[2], log(2.0), 1e-7);
    NEAR((double)divergence[3], 0.0, 1e-7);
    ck_assert_float_eq(divergence[4], 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_fraction_to_flip_by_hand)
{
    attn_context *context = unit_context(2);
    /* Row 0: 5 - 1 - 1 - 1 + 1 = 3 without its largest is -2: 1 of 5. Row 1: never, for what is left is above 0. Row 2: 1 token. Row
     * 3: none. Row 4: 3 - 2 - 1 = 0 is a tie, which class 0 has; without its largest, -3, it still has it. */
    const float values[25] = {5, -1, -1, -1, 1, 1, 2, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, -2, -1, 0, 0};
    const int32_t lengths[5] = {5, 3, 1, 0, 3};
    attn_explain_model model;
    toy bag;
    float fraction[5];
    model = toy_make(&bag, 5, 5, lengths, values, &model);
    OK(attn_explain_flip(context, &model, values, 0, fraction));
    ck_assert_float_eq(fraction[0], 0.2f);
    ck_assert_float_eq(fraction[1], 1.0f);
    ck_assert_float_eq(fraction[2], 1.0f);
    ck_assert_float_eq(fraction[3], 0.0f);
    ck_assert_float_eq(fraction[4], 1.0f);

    /* 60 times 1, 39 times -1 and a 0: f = 21, and without 21 of the first it is 0, a tie, which class 0 has. 1 + 8 copies are asked
     * first, then 16. */
    float bag_of_100[100];
    for (int t = 0; t < 100; t++)
        bag_of_100[t] = t < 60 ? 1.0f : t < 99 ? -1.0f : 0.0f;
    model = toy_make(&bag, 1, 100, NULL, bag_of_100, &model);
    OK(attn_explain_flip(context, &model, bag_of_100, 0, fraction));
    ck_assert_float_eq(fraction[0], 0.21f);
    ck_assert_int_eq(bag.copies, 9 + 16);
    OK(attn_explain_flip(context, &model, bag_of_100, 10, fraction)); /* 10, 20, 30 */
    ck_assert_float_eq(fraction[0], 0.3f);
    OK(attn_explain_flip(context, &model, bag_of_100, 1000, fraction));
    ck_assert_float_eq(fraction[0], 0.21f);
    OK(attn_explain_flip(context, &model, bag_of_100, 1, fraction)); /* nothing is tried */
    ck_assert_float_eq(fraction[0], 1.0f);
    attn_context_destroy(&context);
}
END_TEST

enum { BAGS = 50, WORDS = 40 };

START_TEST(a_faithful_ranking_flips_earlier_than_a_random_one)
{
    attn_context *context = unit_context(2);
    float *values = unit_floats(BAGS * WORDS, 8), ranking[BAGS * WORDS], fraction[2][BAGS], aopc[2][BAGS];
    double means[2] = {0}, losses[2] = {0};
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, BAGS, WORDS, NULL, values, &model);
    for (int i = 0; i < BAGS * WORDS; i++)
        values[i] += 0.4f; /* so that all decide for class 1 */
    OK(attn_explain_flip(context, &model, values, 0, fraction[0]));
    OK(attn_explain_comprehensiveness(context, &model, 5, values, NULL, NULL, aopc[0]));
    OK(attn_explain_random(context, BAGS, WORDS, NULL, 1, ranking));
    OK(attn_explain_flip(context, &model, ranking, 0, fraction[1]));
    OK(attn_explain_comprehensiveness(context, &model, 5, ranking, NULL, NULL, aopc[1]));
    for (int i = 0; i < 2 * BAGS; i++) {
        means[i / BAGS] += (double)fraction[i / BAGS][i % BAGS] / BAGS;
        losses[i / BAGS] += (double)aopc[i / BAGS][i % BAGS] / BAGS;
    }
    for (int b = 0; b < BAGS; b++)
        ck_assert_float_le(fraction[0][b], fraction[1][b]); /* the order of the values is the best there is */
    ck_assert_double_lt(means[0], 0.5 * means[1]);
    ck_assert_double_gt(losses[0], 2.0 * losses[1]);
    free(values);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(random_attributions_are_a_function_of_seed_row_and_place)
{
    float one[12], other[15];
    attn_context *context = unit_context(1);
    OK(attn_explain_random(context, 3, 4, (int32_t[]){4, 2, 0}, 9, one));
    OK(attn_explain_random(context, 3, 5, (int32_t[]){5, 2, 0}, 9, other));
    unit_assert_same_bits(one, other, 4);
    unit_assert_same_bits(one + 4, other + 5, 2);
    unit_assert_all(one + 6, 6, 0.0f);
    ck_assert(one[0] != one[1] && one[0] != one[4]);
    OK(attn_explain_random(context, 3, 4, NULL, 10, other));
    ck_assert(unit_any_differs(one, other, 4));
    attn_context_destroy(&context);
}
END_TEST

/* Tau-b by its definition, over all pairs. */
static double tau_by_pairs(int64_t count, const float *a, const float *b)
{
    double difference = 0.0, in_a = 0.0, in_b = 0.0;
    for (int64_t p = 0; p < count; p++) {
        for (int64_t q = 0; q < p; q++) {
            const int sign_a = (a[p] > a[q]) - (a[p] < a[q]), sign_b = (b[p] > b[q]) - (b[p] < b[q]);
            difference += sign_a * sign_b;
            in_a += sign_a != 0;
            in_b += sign_b != 0;
        }
    }
    return in_a * in_b > 0.0 ? difference / sqrt(in_a * in_b) : 0.0;
}

START_TEST(tau_and_pearson_by_hand)
{
    attn_context *context = unit_context(2);
    /* Row 0: of 6 pairs one disagrees, (5 - 1) / 6; deviations -1.5 -.5 .5 1.5 and -1.5 .5 -.5 1.5, 4 / 5.
     * Row 1: 3 agree, 1 disagrees, 1 is tied in a and 1 in b, (3 - 1) / sqrt(5 * 5); -1 0 0 1 and -1 1 0 0, 1 / 2.
     * Row 2: a is constant, of numbers that float64 rounds. Row 3: reversed. Row 4: one token. Row 5: none. */
    const float a[24] = {1, 2, 3, 4, 1, 2, 2, 3, 0.1f, 0.1f, 0.1f, NAN, 1, 2, NAN, NAN, 1, NAN};
    const float b[24] = {1, 3, 2, 4, 1, 3, 2, 2, 1, 2, 3, NAN, 4, 3, NAN, NAN, 1, NAN};
    const int32_t lengths[6] = {4, 4, 3, 2, 1, 0};
    float tau[6], pearson[6];
    OK(attn_explain_correlation(context, 6, 4, a, b, lengths, tau, pearson));
    const double expected[6][2] = {{2.0 / 3.0, 0.8}, {0.4, 0.5}, {0, 0}, {-1, -1}, {0, 0}, {0, 0}};
    for (int i = 0; i < 6; i++) {
        NEAR((double)tau[i], expected[i][0], 1e-7);
        NEAR((double)pearson[i], expected[i][1], 1e-7);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(tau_is_what_all_pairs_give)
{
    attn_context *context = unit_context(2);
    for (int64_t n = 2; n < 260; n += 1 + n / 4) {
        float *a = unit_floats(n, (uint64_t)n), *b = unit_floats(n, 1000 + (uint64_t)n), tau, itself, r;
        for (int levels = 1; levels <= 1000;
             levels *= 10) { /* few levels, many ties; one level is constant */
            for (int64_t t = 0; t < n; t++) {
                a[t] = (float)((int)(a[t] * (float)levels) % levels);
                b[t] = a[t] / 2.0f + b[t];
            }
            OK(attn_explain_correlation(context, 1, n, a, b, NULL, &tau, NULL));
            NEAR((double)tau, tau_by_pairs(n, a, b), 1e-7);
            OK(attn_explain_correlation(context, 1, n, b, b, NULL, &itself, &r));
            ck_assert_float_eq(itself, 1.0f);
            ck_assert_float_eq(r, 1.0f);
        }
        free(a);
        free(b);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(permuted_attention_by_hand)
{
    attn_context *context = unit_context(2);
    /* All weight on one of three tokens, only the first of which says 1: p falls from 1 to 0 wherever it moves to, in two of three
     * permutations, so the median is 1. Equal weights cannot move; nor can one token's. */
    const float weights[12] = {1, 0, 0, 0.25f, 0.25f, 0.25f, 0.7f, NAN, NAN},
                values[12] = {1, 0, 0, 1, 0, 0, 1};
    attn_explain_model model;
    toy pointer;
    float change[4];
    model = toy_make(&pointer, 4, 3, (int32_t[]){3, 3, 1, 0}, values, &model);
    OK(attn_explain_permutation(context, &model, weights, 51, 3, change));
    ck_assert_float_eq(change[0], 1.0f);
    ck_assert_float_eq(change[1], 0.0f);
    ck_assert_float_eq(change[2], 0.0f);
    ck_assert_float_eq(change[3], 0.0f);
    ck_assert_int_eq(pointer.copies, 3 * 52);

    /* Two tokens either change places, by .5 / 2 + .5 / 2, or do not: of two permutations the median is 0, .25 or .5, half of the
     * time the middle one. */
    int middle = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        model = toy_make(&pointer, 1, 2, NULL, values, &model);
        OK(attn_explain_permutation(context, &model, (float[]){0.75f, 0.25f}, 2, seed, change));
        ck_assert(change[0] == 0.0f || change[0] == 0.25f || change[0] == 0.5f);
        middle += change[0] == 0.25f;
    }
    ck_assert_int_gt(middle, 30); /* four standard deviations of 50 */
    ck_assert_int_lt(middle, 70);
    attn_context_destroy(&context);
}
END_TEST

enum { PLACES = 5, DRAWS = 20000 };

/* Where weight 1 and weight 2 went. */
static attn_status count_places(void *user, int64_t count, const int32_t *rows, const float *weights,
                                float *outputs)
{
    (void)rows;
    int64_t(*counts)[PLACES] = user;
    for (int64_t i = 0; i < count; i++) {
        int one = 0, two = 0;
        for (int t = 0; t < PLACES; t++) {
            one = weights[i * PLACES + t] == 1.0f ? t : one;
            two = weights[i * PLACES + t] == 2.0f ? t : two;
        }
        counts[one][two]++;
        outputs[i] = 0.0f;
    }
    return ATTN_OK;
}

/* Of each copy, what the place says that weight 1 went to. */
typedef struct said {
    int64_t count;
    double at[64];
} said;

static attn_status say_place(void *user, int64_t count, const int32_t *rows, const float *weights,
                             float *outputs)
{
    static const float values[PLACES] = {0.05f, 0.1f, 0.25f, 0.5f, 0.9f};
    said *of = user;
    (void)rows;
    for (int64_t i = 0; i < count; i++) {
        for (int t = 0; t < PLACES; t++)
            outputs[i] = weights[i * PLACES + t] == 1.0f ? values[t] : outputs[i];
        of->at[of->count++] = (double)outputs[i];
    }
    return ATTN_OK;
}

START_TEST(the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle)
{
    attn_context *context = unit_context(1);
    for (int n = 1; n < 60; n++) {
        said of = {0};
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        model.batch = 1;
        model.time = PLACES;
        model.classes = 1;
        model.weighted = say_place;
        model.user = &of;
        float change;
        OK(attn_explain_permutation(context, &model, (float[]){0, 0, 1, 0, 0}, n, (uint64_t)n, &change));
        ck_assert_int_eq(of.count, n + 1); /* the row as it is comes first */
        for (int i = 1; i <= n; i++)
            of.at[i] = fabs(of.at[i] - of.at[0]) / 2;
        for (int i = 2; i <= n; i++) { /* in order */
            for (int j = i; j > 1 && of.at[j] < of.at[j - 1]; j--) {
                const double earlier = of.at[j];
                of.at[j] = of.at[j - 1];
                of.at[j - 1] = earlier;
            }
        }
        NEAR((double)change, (of.at[1 + (n - 1) / 2] + of.at[1 + n / 2]) / 2, 1e-7);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(permutations_are_uniform)
{
    attn_context *context = unit_context(1);
    int64_t counts[PLACES][PLACES] = {{0}};
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    model.batch = 1;
    model.time = PLACES;
    model.classes = 1;
    model.weighted = count_places;
    model.user = counts;
    float change;
    OK(attn_explain_permutation(context, &model, (float[]){0, 1, 0, 2, 0}, DRAWS, 1, &change));
    counts[1][3]--; /* the row as it is */
    const double expected = DRAWS / (PLACES * (PLACES - 1.0));
    for (int i = 0; i < PLACES * PLACES; i++) /* 4 standard deviations */
        ck_assert_double_lt(
            fabs((double)counts[i / PLACES][i % PLACES] - (i / PLACES == i % PLACES ? 0.0 : expected)),
            4.0 * sqrt(expected));
    attn_context_destroy(&context);
}
END_TEST

START_TEST(conicity_by_hand)
{
    attn_context *context = unit_context(2);
    /* Row 0: (1, 0) and (0, 1) stand at 45 degrees from their mean. Row 1: alike. Row 2: opposite, their mean is 0. Row 3: (2, 0) and
     * (0, 0), whose cosine is 0. Row 4: none. */
    const float states[20] = {1, 0, 0, 1, 3, 4, 3, 4, 1, 2, -1, -2, 2, 0, 0, 0, NAN, NAN, NAN, NAN};
    float conicity[5];
    OK(attn_explain_conicity(context, 5, 2, 2, states, (int32_t[]){2, 2, 2, 2, 0}, conicity));
    const double expected[5] = {sqrt(0.5), 1.0, 0.0, 0.5, 0.0};
    for (int b = 0; b < 5; b++)
        NEAR((double)conicity[b], expected[b], 1e-7);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(bootstrap_intervals_by_hand)
{
    attn_context *context = unit_context(2);
    float interval[3];
    OK(attn_explain_bootstrap(context, 4, (float[]){3, 3, 3, 3}, 0.95f, 100, 1, interval));
    unit_assert_all(interval, 3, 3.0f);
    OK(attn_explain_bootstrap(context, 0, NULL, 0.95f, 100, 1, interval));
    unit_assert_all(interval, 3, 0.0f);
    /* The mean of two draws of 0 and 1 is 0, 1/2 or 1, in 1/4, 1/2 and 1/4 of the cases: 95 % need all, the middle 40 % only 1/2. */
    OK(attn_explain_bootstrap(context, 2, (float[]){0, 1}, 0.95f, 1000, 1, interval));
    ck_assert(interval[0] == 0.5f && interval[1] == 0.0f && interval[2] == 1.0f);
    OK(attn_explain_bootstrap(context, 2, (float[]){0, 1}, 0.4f, 1000, 1, interval));
    unit_assert_all(interval, 3, 0.5f);
    /* Of two resamples: linear between the smaller and the larger mean, a quarter from either side. */
    float both[3], half[3];
    OK(attn_explain_bootstrap(context, 3, (float[]){0, 1, 5}, 0.999999f, 2, 7, both));
    OK(attn_explain_bootstrap(context, 3, (float[]){0, 1, 5}, 0.5f, 2, 7, half));
    NEAR((double)half[1], 0.75 * (double)both[1] + 0.25 * (double)both[2], 1e-5);
    /* Many values: 1.96 standard deviations of the mean, to a tenth; a uniform's in -1 .. 1 is sqrt(1/3). */
    float *values = unit_floats(400, 3);
    OK(attn_explain_bootstrap(context, 400, values, 0.95f, 4000, 2, interval));
    NEAR((double)(interval[2] - interval[1]) / (2.0 * 1.96 * sqrt(1.0 / 3.0 / 400.0)), 1.0, 0.1);
    ck_assert(interval[1] < interval[0] && interval[0] < interval[2]);
    free(values);
    attn_context_destroy(&context);
}
END_TEST

static int64_t most_masked;

static attn_status count_masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                float *out)
{
    const int64_t time = *(const int64_t *)user;
    (void)rows;
    for (int64_t i = 0; i < count; i++) {
        int64_t masked = 0;
        for (int64_t t = 0; t < time; t++)
            masked += !keep[i * time + t];
        most_masked = masked > most_masked ? masked : most_masked;
        out[2 * i] = 1.0f;
        out[2 * i + 1] = 0.0f;
    }
    return ATTN_OK;
}

/* The fewest tokens whose share is the fraction or more. */
START_TEST(fractions_of_many_tokens)
{
    static const struct {
        int64_t time;
        float fraction;
        int64_t masked;
    } cases[] = {{1000, 1.0f, 1000},
                 {999999, 1.0f, 999999},
                 {1500000, 1.0f, 1500000},
                 {4000000, 0.5f, 2000000},
                 {1000000, 0.05f, 50000},
                 {1000000, 0.999999f, 999999},
                 {3000000, 1.0f / 3, 1000000},
                 {3, 1.0f / 3, 1},
                 {7, 0.5f, 4},
                 {1000000, 0.0f, 0}};
    attn_context *context = unit_context(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t time = cases[i].time;
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        model.batch = 1;
        model.time = time;
        model.classes = 2;
        model.copies = 2;
        model.masked = count_masked;
        model.user = &time;
        float *ranking = calloc((size_t)time, sizeof *ranking), score;
        most_masked = 0;
        OK(attn_explain_comprehensiveness(context, &model, 1, ranking, &cases[i].fraction, &score, NULL));
        ck_assert_msg(most_masked == cases[i].masked, "%g of %lld tokens: %lld; expected %lld",
                      (double)cases[i].fraction, (long long)time, (long long)most_masked,
                      (long long)cases[i].masked);
        free(ranking);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(states_that_are_not_finite_have_no_conicity)
{
    attn_context *context = unit_context(1);
    float conicity, loss, states[6] = {1, 1, 1, 1, 1, 1};
    for (int w = 0; w < 2; w++) {
        states[3] = w ? INFINITY : NAN;
        FAILS(ATTN_ERR_ARGUMENT, "states[0, 1, 1] is ",
              attn_explain_conicity(context, 1, 3, 2, states, NULL, &conicity));
        FAILS(ATTN_ERR_ARGUMENT, "states[0, 1, 1] is ",
              attn_conicity_loss(context, 1, 3, 2, states, NULL, 1.0f, &loss, NULL));
    }
    attn_context_destroy(&context);
}
END_TEST

/* Their squares are beyond the floats, and so many sums of ones. */
START_TEST(large_and_many_states_have_the_conicity_of_others)
{
    attn_context *context = unit_context(2);
    const float large[4] = {3e30f, 4e30f, 4e30f, 3e30f};
    float loss, conicity;
    OK(attn_explain_conicity(context, 1, 2, 2, large, NULL, &conicity));
    NEAR((double)conicity, sqrt(0.98), 1e-6);
    OK(attn_conicity_loss(context, 1, 2, 2, large, NULL, 1.0f, &loss, NULL));
    NEAR((double)loss, sqrt(0.98), 1e-6);
    const int64_t many = (int64_t)1 << 25;
    float *ones = malloc((size_t)many * sizeof *ones);
    for (int64_t t = 0; t < many; t++)
        ones[t] = 1.0f;
    OK(attn_conicity_loss(context, 1, many, 1, ones, NULL, 1.0f, &loss, NULL));
    NEAR((double)loss, 1.0, 1e-6);
    free(ones);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("explain_faithful", fractions_of_many_tokens, states_that_are_not_finite_have_no_conicity,
          large_and_many_states_have_the_conicity_of_others, comprehensiveness_and_sufficiency_by_hand,
          the_usual_fractions_are_those_of_eraser, soft_erasure_by_hand,
          soft_erasure_takes_what_the_attribution_says, divergence_by_hand, the_fraction_to_flip_by_hand,
          a_faithful_ranking_flips_earlier_than_a_random_one,
          random_attributions_are_a_function_of_seed_row_and_place, tau_and_pearson_by_hand,
          tau_is_what_all_pairs_give, permuted_attention_by_hand,
          the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle, permutations_are_uniform,
          conicity_by_hand, bootstrap_intervals_by_hand)
