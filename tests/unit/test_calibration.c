/* test_calibration.c - the expected calibration error by hand; and scales of logits: where they are known, where the sum that they
 * minimise rises on all sides, and where rows say too little. */
#include "unit.h"
#include "unit_data.h"

static attn_context *context;

static void setup(void)
{
    context = unit_context(2);
}

static void teardown(void)
{
    attn_context_destroy(&context);
}

/* ---- the error ------------------------------------------------------------------------------------------- */

/* Bins of a quarter; 0.75 and 0.5 are the last of theirs, and of equal classes the first is decided on. */
static const float decided[5 * 2] = {0.95f, 0.05f, 0.1f, 0.9f, 0.75f, 0.25f, 0.5f, 0.5f, 0.25f, 0.75f};
static const int32_t truth[5] = {0, 0, 0, 1, 1};

START_TEST(the_error_is_what_bins_lack_by_hand)
{
    float error, diagram[4 * 3];
    const float expected[4 * 3] = {0, 0, 0, 0.2f, 0.5f, 0, 0.4f, 0.75f, 1, 0.4f, 0.925f, 0.5f};
    setup();
    OK(attn_calibration_error(context, 5, 2, decided, truth, 4, &error, diagram));
    NEAR((double)error, 0.2 * 0.5 + 0.4 * 0.25 + 0.4 * 0.425, 1e-7);
    for (int i = 0; i < 12; i++)
        NEAR((double)diagram[i], (double)expected[i], 1e-7);
    OK(attn_calibration_error(context, 5, 2, decided, truth, 1, &error, NULL)); /* one bin: of means alone */
    NEAR((double)error, fabs(3 - (0.95 + 0.9 + 0.75 + 0.5 + 0.75)) / 5, 1e-7);
    teardown();
}
END_TEST

/* 0.5 falls into (7/15, 8/15] and 0.55 into the next; of three bins, both into one. */
START_TEST(fifteen_bins_are_the_default)
{
    const float p[2 * 2] = {0.5f, 0.5f, 0.55f, 0.45f};
    const int32_t labels[2] = {0, 1};
    float error, of_3, of_15;
    setup();
    OK(attn_calibration_error(context, 2, 2, p, labels, 0, &error, NULL));
    OK(attn_calibration_error(context, 2, 2, p, labels, 3, &of_3, NULL));
    OK(attn_calibration_error(context, 2, 2, p, labels, 15, &of_15, NULL));
    NEAR((double)error, (0.5 + 0.55) / 2, 1e-7);
    ck_assert(error == of_15);
    NEAR((double)of_3, 0.025, 1e-7);
    teardown();
}
END_TEST

START_TEST(of_no_rows_the_error_is_none)
{
    float error = 7, diagram[15 * 3];
    memset(diagram, 0x55, sizeof diagram);
    setup();
    OK(attn_calibration_error(context, 0, 2, NULL, NULL, 0, &error, diagram));
    ck_assert(error == 0.0f);
    unit_assert_all(diagram, 15 * 3, 0.0f);
    teardown();
}
END_TEST

START_TEST(what_is_no_probability_is_refused_by_its_place)
{
    float error, wrong[] = {-0.25f, 1.5f, NAN, INFINITY};
    setup();
    for (int i = 0; i < 4; i++) {
        const float p[2 * 2] = {0.5f, 0.5f, 0.25f, wrong[i]};
        FAILS(ATTN_ERR_ARGUMENT, "probabilities[1,1] is",
              attn_calibration_error(context, 2, 2, p, truth, 0, &error, NULL));
    }
    FAILS(ATTN_ERR_ARGUMENT, "labels[2] is 2; expected 0 to 1",
          attn_calibration_error(context, 5, 2, decided, (int32_t[]){0, 1, 2, 0, 0}, 0, &error, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "bins is 1025; expected 0 to 1024",
          attn_calibration_error(context, 5, 2, decided, truth, 1025, &error, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "classes is 0",
          attn_calibration_error(context, 5, 0, decided, truth, 0, &error, NULL));
    teardown();
}
END_TEST

/* ---- scales ---------------------------------------------------------------------------------------------- */

#define ROWS 4000

/* The sum that is minimised, in the header's words. */
static double total(int64_t channels, int64_t rows, int64_t classes, const float *logits,
                    const int32_t *labels, const double *scales)
{
    double sum = 0;
    for (int64_t b = 0; b < rows; b++) {
        double z[8] = {0}, all = 0;
        for (int64_t k = 0; k < classes; k++) {
            for (int64_t c = 0; c < channels; c++)
                z[k] += scales[c] * (double)logits[(c * rows + b) * classes + k];
            all += exp(z[k]);
        }
        sum += log(all) - z[labels[b]];
    }
    for (int64_t c = 0; c < channels; c++)
        sum += scales[c] - 1 - log(scales[c]);
    return sum;
}

/* Three of four rows are labelled as their logits say, so that log 3 is right. They are four times as large. */
START_TEST(a_temperature_is_found)
{
    static float logits[ROWS * 2];
    static int32_t labels[ROWS];
    float scale, loss;
    setup();
    for (int b = 0; b < ROWS; b++) {
        const int said = b / 4 % 2;
        logits[2 * b + said] = 4.0f * 1.0986123f;
        labels[b] = b % 4 == 0 ? 1 - said : said;
    }
    OK(attn_fit_scales(context, 1, ROWS, 2, logits, labels, &scale, &loss));
    NEAR((double)scale, 0.25, 1e-3); /* the second sum is as one row of 4000 */
    NEAR((double)loss, 0.75 * log(4.0 / 3.0) + 0.25 * log(4.0), 1e-6);
    teardown();
}
END_TEST

/* The first channel knows, the second guesses. */
START_TEST(a_channel_that_knows_nothing_hardly_counts)
{
    static float logits[2 * ROWS * 2];
    static int32_t labels[ROWS];
    float scales[2];
    setup();
    for (int b = 0; b < ROWS; b++) {
        const int said = b / 4 % 2;
        logits[2 * b + said] = 1.0986123f;
        logits[2 * (ROWS + b) + b / 8 % 2] = 3.0f;
        labels[b] = b % 4 == 0 ? 1 - said : said;
    }
    OK(attn_fit_scales(context, 2, ROWS, 2, logits, labels, scales, NULL));
    NEAR((double)scales[0], 1.0, 5e-3);
    ck_assert(scales[1] > 0.0f && scales[1] < 0.02f);
    teardown();
}
END_TEST

START_TEST(on_all_sides_of_the_scales_the_sum_rises)
{
    enum { CHANNELS = 3, FEW = 40, CLASSES = 5 };
    float logits[CHANNELS * FEW * CLASSES], scales[CHANNELS], loss;
    int32_t labels[FEW];
    setup();
    unit_fill(logits, CHANNELS * FEW * CLASSES, 3);
    for (int b = 0; b < FEW; b++) {
        labels[b] = b * 7 % CLASSES;
        logits[b * CLASSES + labels[b]] += 1.5f;         /* the first channel knows something, */
        logits[(FEW + b) * CLASSES + labels[b]] += 0.4f; /* the second less, */
        for (int k = 0; k < CLASSES; k++)                /* and it shouts */
            logits[(FEW + b) * CLASSES + k] *= 20.0f;
    }
    OK(attn_fit_scales(context, CHANNELS, FEW, CLASSES, logits, labels, scales, &loss));
    const double found[CHANNELS] = {(double)scales[0], (double)scales[1], (double)scales[2]};
    const double least = total(CHANNELS, FEW, CLASSES, logits, labels, found);
    for (int c = 0; c < CHANNELS; c++) {
        for (int side = -1; side <= 1; side += 2) {
            double beside[CHANNELS] = {found[0], found[1], found[2]};
            beside[c] *= 1 + 1e-3 * side;
            ck_assert_double_gt(total(CHANNELS, FEW, CLASSES, logits, labels, beside), least);
        }
    }
    double prior = 0;
    for (int c = 0; c < CHANNELS; c++)
        prior += found[c] - 1 - log(found[c]);
    NEAR((double)loss, (least - prior) / FEW, 1e-6);
    teardown();
}
END_TEST

/* Rows that are all right call for no end of certainty, rows that are all wrong for none: neither is believed whole. */
START_TEST(few_rows_cannot_say_much)
{
    float scale, least, huge[4] = {1e30f, -1e30f, -3e30f, 2e30f};
    setup();
    OK(attn_fit_scales(context, 1, 2, 2, (float[]){3, 0, 0, 2}, (int32_t[]){0, 1}, &scale, NULL));
    ck_assert(scale > 1.0f && scale < 2.0f);
    OK(attn_fit_scales(context, 1, 2, 2, (float[]){3, 0, 0, 2}, (int32_t[]){1, 0}, &least, NULL));
    ck_assert(least > 0.0f && least < 1.0f);
    OK(attn_fit_scales(context, 1, 0, 2, NULL, NULL, &scale, NULL));
    ck_assert(scale == 1.0f);
    OK(attn_fit_scales(context, 1, 2, 2, huge, (int32_t[]){1, 1}, &scale, NULL));
    ck_assert(scale > 0.0f && scale < 1e-29f);
    OK(attn_fit_scales(context, 1, 2, 2, (float[]){0, 0, 0, 0}, (int32_t[]){1, 1}, &scale, NULL));
    ck_assert(scale == 1.0f); /* nothing to scale */
    teardown();
}
END_TEST

/* Twice the same channel: each counts half of what it does alone, but for the sum that holds both near 1. */
START_TEST(channels_that_are_one_share_its_scale)
{
    static float logits[2 * ROWS * 2];
    static int32_t labels[ROWS];
    float alone, scales[2];
    setup();
    for (int b = 0; b < ROWS; b++) {
        logits[2 * b] = logits[2 * (ROWS + b)] = (float)(b % 16) / 4 - 2.0f;
        labels[b] = (b * 5 % 16 < b % 16) ^ 1;
    }
    OK(attn_fit_scales(context, 1, ROWS, 2, logits, labels, &alone, NULL));
    OK(attn_fit_scales(context, 2, ROWS, 2, logits, labels, scales, NULL));
    NEAR((double)scales[0], (double)alone / 2, 1e-3);
    NEAR((double)scales[1], (double)scales[0], 1e-5);
    teardown();
}
END_TEST

START_TEST(what_cannot_be_fitted_is_refused)
{
    float scales[8], bad[4] = {1, 2, NAN, 4};
    const int32_t labels[] = {0, 2};
    setup();
    FAILS(ATTN_ERR_ARGUMENT, "logits[0,1,0] is nan",
          attn_fit_scales(context, 1, 2, 2, bad, truth, scales, NULL));
    bad[2] = -INFINITY;
    FAILS(ATTN_ERR_ARGUMENT, "logits[1,0,0] is -inf",
          attn_fit_scales(context, 2, 1, 2, bad, truth, scales, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "labels[1] is 2; expected 0 to 1",
          attn_fit_scales(context, 1, 2, 2, decided, labels, scales, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "channels is 0; expected 1 to 8",
          attn_fit_scales(context, 0, 2, 2, decided, truth, scales, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "channels is 9; expected 1 to 8",
          attn_fit_scales(context, 9, 2, 2, decided, truth, scales, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "classes is 0", attn_fit_scales(context, 1, 2, 0, decided, truth, scales, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "logits or labels is NULL",
          attn_fit_scales(context, 1, 2, 2, decided, NULL, scales, NULL));
    teardown();
}
END_TEST

UNIT_MAIN("calibration", the_error_is_what_bins_lack_by_hand, fifteen_bins_are_the_default,
          of_no_rows_the_error_is_none, what_is_no_probability_is_refused_by_its_place,
          a_temperature_is_found, a_channel_that_knows_nothing_hardly_counts,
          on_all_sides_of_the_scales_the_sum_rises, few_rows_cannot_say_much,
          channels_that_are_one_share_its_scale, what_cannot_be_fitted_is_refused)
