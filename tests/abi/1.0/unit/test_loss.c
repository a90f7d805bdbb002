/* test_loss.c - softmax cross-entropy: values known by hand, every option, extreme logits and such as are not finite, arrays that
 * may share memory. */
#include "unit.h"
#include "unit_data.h"

#define OPTIONS(...)                                                                                         \
    (&(attn_cross_entropy_options){.struct_size = sizeof(attn_cross_entropy_options), __VA_ARGS__})

START_TEST(equal_logits_give_the_log_of_the_classes)
{
    attn_context *context = unit_context(2);
    const float logits[6] = {0, 0, 0, 5, 5, 5};
    const int32_t labels[2] = {0, 2};
    float loss, losses[2], p[6], d[6];
    OK(attn_cross_entropy(context, 2, 3, logits, labels, NULL, &loss, losses, p, d));
    NEAR((double)loss, log(3.0), 1e-7);
    NEAR((double)losses[0], log(3.0), 1e-7);
    NEAR((double)losses[1], log(3.0), 1e-7);
    for (int i = 0; i < 6; i++) {
        NEAR((double)p[i], 1.0 / 3.0, 1e-7);
        NEAR((double)d[i], (1.0 / 3.0 - (i == 0 || i == 5)) / 2.0, 1e-7);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(two_logits_give_a_sigmoid)
{
    attn_context *context = unit_context(2);
    const float logits[2] = {1.0f, 3.0f};
    float loss, p[2], d[2];
    OK(attn_cross_entropy(context, 1, 2, logits, (int32_t[]){1}, NULL, &loss, NULL, p, d));
    double sigmoid = 1.0 / (1.0 + exp(-2.0));
    NEAR((double)p[1], sigmoid, 1e-7);
    NEAR((double)loss, -log(sigmoid), 1e-7);
    NEAR((double)d[1], sigmoid - 1.0, 1e-7);
    NEAR((double)d[0], 1.0 - sigmoid, 1e-7);
    attn_context_destroy(&context);
}
END_TEST

/* ---- options --------------------------------------------------------------------------------------------- */

/* Two rows of p = 1/4, 3/4, of the labels 0 and 1. */
static const float quarters[4] = {0.0f, 1.0986123f, 0.0f, 1.0986123f};
static const int32_t both[2] = {0, 1};

START_TEST(classes_weigh_what_they_are_given)
{
    attn_context *context = unit_context(1);
    float loss, losses[2], d[4];
    const attn_cross_entropy_options *options = OPTIONS(.class_weights = (float[]){3.0f, 0.5f});
    OK(attn_cross_entropy(context, 2, 2, quarters, both, options, &loss, losses, NULL, d));
    NEAR((double)losses[0], 3.0 * log(4.0), 1e-6);
    NEAR((double)losses[1], 0.5 * log(4.0 / 3.0), 1e-6);
    NEAR((double)loss, (3.0 * log(4.0) + 0.5 * log(4.0 / 3.0)) / 3.5, 1e-6);
    NEAR((double)d[0], 3.0 * -0.75 / 3.5, 1e-6);
    NEAR((double)d[2], 0.5 * 0.25 / 3.5, 1e-6);
    options = OPTIONS(.class_weights = (float[]){0.0f, 7.0f}); /* a row of no weight is no part of the mean */
    OK(attn_cross_entropy(context, 2, 2, quarters, both, options, &loss, losses, NULL, d));
    NEAR((double)loss, log(4.0 / 3.0), 1e-6);
    ck_assert_float_eq(losses[0], 0.0f);
    ck_assert(d[0] == 0.0f && d[1] == 0.0f);
    options = OPTIONS(.class_weights = (float[]){0.0f, 0.0f}); /* and of nothing the mean is 0 */
    OK(attn_cross_entropy(context, 2, 2, quarters, both, options, &loss, losses, NULL, d));
    ck_assert_float_eq(loss, 0.0f);
    unit_assert_all(d, 4, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(smoothing_spreads_a_part_of_the_label)
{
    attn_context *context = unit_context(1);
    float loss, losses[2], d[4];
    const double own = 0.9 * log(4.0) + 0.1 * log(4.0 / 3.0), other = 0.1 * log(4.0) + 0.9 * log(4.0 / 3.0);
    OK(attn_cross_entropy(context, 2, 2, quarters, both, OPTIONS(.label_smoothing = 0.2f), &loss, losses,
                          NULL, d));
    NEAR((double)losses[0], own, 1e-6);
    NEAR((double)losses[1], other, 1e-6);
    NEAR((double)loss, (own + other) / 2.0, 1e-6);
    NEAR((double)d[0], (0.25 - 0.9) / 2.0, 1e-6);
    NEAR((double)d[1], (0.75 - 0.1) / 2.0, 1e-6);
    /* All of it: the label says nothing. */
    OK(attn_cross_entropy(context, 2, 2, quarters, both, OPTIONS(.label_smoothing = 1.0f), NULL, losses, NULL,
                          NULL));
    ck_assert_float_eq(losses[0], losses[1]);
    /* A smoothed part has its class's weight. */
    OK(attn_cross_entropy(context, 1, 2, quarters, both,
                          OPTIONS(.label_smoothing = 0.2f, .class_weights = (float[]){3.0f, 0.5f}), &loss,
                          losses, NULL, NULL));
    NEAR((double)losses[0], 0.9 * 3.0 * log(4.0) + 0.1 * 0.5 * log(4.0 / 3.0), 1e-6);
    NEAR((double)loss, (double)losses[0] / 3.0, 1e-6);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_scale_multiplies_losses_and_gradient)
{
    attn_context *context = unit_context(1);
    float loss, losses[2], d[4], loss_of_one, losses_of_one[2], d_of_one[4], p[4];
    OK(attn_cross_entropy(context, 2, 2, quarters, both, NULL, &loss_of_one, losses_of_one, NULL, d_of_one));
    OK(attn_cross_entropy(context, 2, 2, quarters, both, OPTIONS(.scale = 0.25f), &loss, losses, p, d));
    ck_assert_float_eq(loss, 0.25f * loss_of_one);
    NEAR((double)p[1], 0.75, 1e-6);
    for (int i = 0; i < 4; i++)
        ck_assert_float_eq(d[i], 0.25f * d_of_one[i]);
    ck_assert_float_eq(losses[1], 0.25f * losses_of_one[1]);
    OK(attn_cross_entropy(context, 2, 2, quarters, both, OPTIONS(.scale = ATTN_ZERO), &loss, losses, p, d));
    ck_assert(loss == 0.0f && losses[0] == 0.0f && losses[1] == 0.0f);
    unit_assert_all(d, 4, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

/* Every second row is ignored, and holds NaN: the others give to the bit what they give alone, and its outputs are 0. */
START_TEST(ignored_rows_are_never_read)
{
    attn_context *context = unit_context(2);
    enum { ROWS = 6, CLASSES = 4 };
    const int32_t ignored[] = {-100, 2, 77};
    for (int n = 0; n < 3; n++) {
        float alone[ROWS / 2 * CLASSES], logits[ROWS * CLASSES];
        float loss, losses[ROWS], p[ROWS * CLASSES], d[ROWS * CLASSES];
        float loss_alone, losses_alone[ROWS / 2], p_alone[ROWS / 2 * CLASSES], d_alone[ROWS / 2 * CLASSES];
        int32_t labels[ROWS], labels_alone[ROWS / 2] = {3, 0, 1};
        unit_fill(alone, ROWS / 2 * CLASSES, 5);
        for (int i = 0; i < ROWS * CLASSES; i++)
            logits[i] = i / CLASSES % 2 ? NAN : alone[i / CLASSES / 2 * CLASSES + i % CLASSES];
        for (int b = 0; b < ROWS; b++)
            labels[b] = b % 2 ? ignored[n] : labels_alone[b / 2];
        attn_cross_entropy_options options = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
        options.class_weights = (float[]){1.0f, 2.0f, 0.5f, 1.5f};
        options.label_smoothing = 0.1f;
        OK(attn_cross_entropy(context, ROWS / 2, CLASSES, alone, labels_alone, &options, &loss_alone,
                              losses_alone, p_alone, d_alone));
        options.ignore = 1;
        options.ignore_label = ignored[n];
        OK(attn_cross_entropy(context, ROWS, CLASSES, logits, labels, &options, &loss, losses, p, d));
        ck_assert_float_eq(loss, loss_alone);
        for (int b = 0; b < ROWS / 2; b++) {
            ck_assert_float_eq(losses[2 * b], losses_alone[b]);
            ck_assert_float_eq(losses[2 * b + 1], 0.0f);
            unit_assert_same_bits(p + 2 * b * CLASSES, p_alone + b * CLASSES, CLASSES);
            unit_assert_same_bits(d + 2 * b * CLASSES, d_alone + b * CLASSES, CLASSES);
            unit_assert_all(p + (2 * b + 1) * CLASSES, CLASSES, 0.0f);
            unit_assert_all(d + (2 * b + 1) * CLASSES, CLASSES, 0.0f);
        }
        OK(attn_cross_entropy(context, ROWS, CLASSES, logits, labels, &options, NULL, NULL, NULL, logits));
        unit_assert_same_bits(logits, d, ROWS * CLASSES);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_loss_of_ignored_rows_alone_is_0)
{
    attn_context *context = unit_context(1);
    const float logits[4] = {NAN, NAN, INFINITY, NAN};
    float loss = 7.0f, losses[2] = {7.0f, 7.0f}, d[4];
    const attn_cross_entropy_options *options = OPTIONS(.ignore = 1, .ignore_label = -1);
    OK(attn_cross_entropy(context, 2, 2, logits, (int32_t[]){-1, -1}, options, &loss, losses, NULL, d));
    ck_assert(loss == 0.0f && losses[0] == 0.0f && losses[1] == 0.0f);
    unit_assert_all(d, 4, 0.0f);
    loss = 7.0f;
    OK(attn_cross_entropy(context, 0, 4, NULL, NULL, options, &loss, NULL, NULL, NULL));
    ck_assert_float_eq(loss, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(options_of_zeros_are_the_defaults)
{
    attn_context *context = unit_context(1);
    attn_cross_entropy_options init = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    float logits[20], loss, d[20], other_loss, other_d[20];
    const int32_t labels[5] = {3, 0, 1, 2, 0}; /* 0 is ignore_label's number, but nothing is ignored */
    unit_fill(logits, 20, 2);
    OK(attn_cross_entropy(context, 5, 4, logits, labels, NULL, &loss, NULL, NULL, d));
    const attn_cross_entropy_options *all[] = {&init, OPTIONS(.scale = 0.0f)};
    for (int i = 0; i < 2; i++) {
        OK(attn_cross_entropy(context, 5, 4, logits, labels, all[i], &other_loss, NULL, NULL, other_d));
        ck_assert_float_eq(other_loss, loss);
        unit_assert_same_bits(other_d, d, 20);
    }
    attn_context_destroy(&context);
}
END_TEST

/* ---- numbers out of the ordinary ------------------------------------------------------------------------- */

START_TEST(extreme_logits_stay_finite)
{
    attn_context *context = unit_context(2);
    const float logits[6] = {1e30f, -1e30f, 0.0f, -200.0f, -201.0f, -1e4f};
    float loss, p[6], d[6];
    OK(attn_cross_entropy(context, 2, 3, logits, (int32_t[]){0, 1}, NULL, &loss, NULL, p, d));
    ck_assert_float_eq(p[0], 1.0f);
    ck_assert_float_eq(p[1], 0.0f);
    NEAR((double)loss, (log(1.0 + exp(-1.0)) + 1.0) / 2.0, 1e-6);
    for (int i = 0; i < 6; i++)
        ck_assert(isfinite(d[i]) && isfinite(p[i]));
    OK(attn_cross_entropy(context, 1, 2, (float[]){0.0f, 1000.0f}, (int32_t[]){0}, NULL, &loss, NULL, NULL,
                          NULL));
    NEAR((double)loss, 1000.0, 1e-7); /* -log 0 would be infinite; the log is never taken of a probability */
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_class_that_cannot_be_has_a_logit_of_minus_infinity)
{
    attn_context *context = unit_context(1);
    const float logits[3] = {0.0f, -INFINITY, 0.0f};
    float loss, p[3], d[3];
    OK(attn_cross_entropy(context, 1, 3, logits, (int32_t[]){2}, NULL, &loss, NULL, p, d));
    NEAR((double)loss, log(2.0), 1e-7);
    ck_assert(p[1] == 0.0f && d[1] == 0.0f);
    NEAR((double)d[0], 0.5, 1e-7);
    attn_context_destroy(&context);
}
END_TEST

/* Wherever among the classes it stands, so that no kernel's whole vector or rest of one swallows it. */
START_TEST(logits_that_are_not_finite_are_refused_in_a_row_that_counts)
{
    for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512BF16; isa++) {
        attn_context_options given = ATTN_CONTEXT_OPTIONS_INIT;
        attn_context *context;
        given.isa = isa;
        given.threads = 2;
        if (attn_context_create(&given, &context) != ATTN_OK)
            continue;
        enum { CLASSES = 37 };
        for (int k = 0; k < CLASSES; k++) {
            float logits[3 * CLASSES], place[3 * CLASSES], loss, p[3 * CLASSES];
            const int32_t labels[3] = {4, -1, 5};
            const attn_cross_entropy_options *options = OPTIONS(.ignore = 1, .ignore_label = -1);
            unit_fill(logits, 3 * CLASSES, 6);
            logits[2 * CLASSES + k] = NAN;
            FAILS(ATTN_ERR_ARGUMENT, "attn_cross_entropy: row 2 has no finite loss",
                  attn_cross_entropy(context, 3, CLASSES, logits, labels, options, &loss, NULL, NULL, NULL));
            FAILS(ATTN_ERR_ARGUMENT, "attn_cross_entropy: row 2 has no finite probabilities",
                  attn_cross_entropy(context, 3, CLASSES, logits, NULL, NULL, NULL, NULL, p, NULL));
            logits[2 * CLASSES + k] = INFINITY;
            memcpy(place, logits, sizeof place);
            FAILS(ATTN_ERR_ARGUMENT, "row 2 has",
                  attn_cross_entropy(context, 3, CLASSES, place, labels, options, NULL, NULL, NULL, place));
            FAILS(ATTN_ERR_ARGUMENT, "row 2 has",
                  attn_cross_entropy(context, 3, CLASSES, logits, NULL, NULL, NULL, NULL, p, NULL));
        }
        float loss;
        FAILS(ATTN_ERR_ARGUMENT, "row 0 has no finite loss",
              attn_cross_entropy(context, 1, 2, (float[]){-INFINITY, 0.0f}, (int32_t[]){0}, NULL, &loss, NULL,
                                 NULL, NULL));
        FAILS(ATTN_ERR_ARGUMENT, "row 0 has no finite loss",
              attn_cross_entropy(context, 1, 2, (float[]){-INFINITY, -INFINITY}, both, NULL, &loss, NULL,
                                 NULL, NULL));
        FAILS(ATTN_ERR_ARGUMENT, "the mean of the losses is no finite number",
              attn_cross_entropy(context, 1, 2, quarters, both,
                                 OPTIONS(.class_weights = (float[]){1e-40f, 1e10f}, .label_smoothing = 1.0f),
                                 &loss, NULL, NULL, NULL));
        attn_context_destroy(&context);
    }
}
END_TEST

/* 2^25 rows of the same loss: in float the sum would stay at 2^24 of them. */
/* In float, even in 16 sums side by side, the logarithm of the whole is off by a thousandth. */
START_TEST(sums_are_in_double)
{
    attn_context *context = unit_context(2);
    const int64_t many = (int64_t)1 << 21;
    const float below = -1.2f;
    float *logits = unit_zeros(many), loss;
    int32_t *labels = calloc((size_t)many, sizeof *labels);
    OK(attn_cross_entropy(context, many / 2, 2, logits, labels, NULL, &loss, NULL, NULL, NULL));
    NEAR((double)loss, log(2.0), 1e-7);
    for (int64_t k = 1; k < many; k++)
        logits[k] = below;
    const double each = exp((double)below), sum = 1.0 + each * (double)(many - 1);
    OK(attn_cross_entropy(context, 1, many, logits, labels, NULL, &loss, NULL, NULL, logits));
    NEAR((double)loss, log(sum), 2e-6); /* of 13: two units in the last place of a float */
    NEAR((double)logits[1] * sum / each, 1.0, 1e-6);
    free(logits);
    free(labels);
    attn_context_destroy(&context);
}
END_TEST

/* ---- arrays and gradients -------------------------------------------------------------------------------- */

START_TEST(each_output_may_be_null_and_may_be_the_logits)
{
    attn_context *context = unit_context(2);
    float logits[20], loss, other_loss, p[20], d[20], place[20];
    const int32_t labels[5] = {3, 0, 1, 2, 3};
    const attn_cross_entropy_options *options =
        OPTIONS(.class_weights = (float[]){1, 2, 3, 4}, .label_smoothing = 0.1f);
    unit_fill(logits, 20, 1);
    OK(attn_cross_entropy(context, 5, 4, logits, labels, options, &loss, NULL, p, d));
    memcpy(place, logits, sizeof place);
    OK(attn_cross_entropy(context, 5, 4, place, labels, options, &other_loss, NULL, place, NULL));
    unit_assert_same_bits(place, p, 20);
    ck_assert_float_eq(loss, other_loss);
    memcpy(place, logits, sizeof place);
    OK(attn_cross_entropy(context, 5, 4, place, labels, options, &other_loss, NULL, NULL, place));
    unit_assert_same_bits(place, d, 20);
    ck_assert_float_eq(loss, other_loss);
    float other[20];
    memcpy(place, logits, sizeof place);
    OK(attn_cross_entropy(context, 5, 4, place, labels, options, NULL, NULL, place, other));
    unit_assert_same_bits(place, p, 20);
    unit_assert_same_bits(other, d, 20);
    memcpy(place, logits, sizeof place);
    OK(attn_cross_entropy(context, 5, 4, place, labels, options, NULL, NULL, other, place));
    unit_assert_same_bits(other, p, 20);
    unit_assert_same_bits(place, d, 20);
    OK(attn_cross_entropy(context, 5, 4, logits, NULL, options, NULL, NULL, place, NULL));
    unit_assert_same_bits(place, p, 20);
    OK(attn_cross_entropy(context, 5, 4, logits, labels, NULL, NULL, NULL, NULL, NULL));
    attn_context_destroy(&context);
}
END_TEST

/* d loss / d logits by central differences in steps of 2^-6, with every combination of the options: the third derivative leaves
 * at most 1e-5 of it, float32 rounding of the loss 2^-24 / 2^-6 = 4e-6; times what rows weigh of the mean, at most 1. */
START_TEST(the_gradient_is_the_slope_of_the_loss)
{
    attn_context *context = unit_context(2);
    const float weights[3] = {0.5f, 2.0f, 1.0f};
    const int32_t labels[5] = {2, 0, 1, 1, 0};
    for (int n = 0; n < 16; n++) {
        attn_cross_entropy_options options = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
        options.class_weights = n & 1 ? weights : NULL;
        options.label_smoothing = n & 2 ? 0.3f : 0.0f;
        options.scale = n & 4 ? 0.5f : 0.0f;
        options.ignore = n & 8 ? 1 : 0;
        options.ignore_label = 1;
        float logits[15], d[15], up, down;
        unit_fill(logits, 15, 3);
        OK(attn_cross_entropy(context, 5, 3, logits, labels, &options, NULL, NULL, NULL, d));
        for (int i = 0; i < 15; i++) {
            const float x = logits[i];
            logits[i] = x + 0x1p-6f;
            OK(attn_cross_entropy(context, 5, 3, logits, labels, &options, &up, NULL, NULL, NULL));
            logits[i] = x - 0x1p-6f;
            OK(attn_cross_entropy(context, 5, 3, logits, labels, &options, &down, NULL, NULL, NULL));
            logits[i] = x;
            NEAR((double)d[i], ((double)up - (double)down) / 0x1p-5, 2e-5);
        }
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(threads_give_the_same_bits)
{
    enum { ROWS = 301, CLASSES = 517 };
    float *logits = unit_floats(ROWS * CLASSES, 8), *weights = unit_floats(CLASSES, 9);
    float *d[2], *p[2], losses[2][ROWS], loss[2];
    int32_t labels[ROWS];
    for (int k = 0; k < CLASSES; k++)
        weights[k] += 1.0f;
    for (int b = 0; b < ROWS; b++)
        labels[b] = b * 31 % CLASSES;
    for (int i = 0; i < 2; i++) {
        attn_context *context = unit_context(i ? 3 : 1);
        d[i] = unit_zeros(ROWS * CLASSES);
        p[i] = unit_zeros(ROWS * CLASSES);
        OK(attn_cross_entropy(
            context, ROWS, CLASSES, logits, labels,
            OPTIONS(.class_weights = weights, .label_smoothing = 0.1f, .ignore = 1, .ignore_label = 62),
            &loss[i], losses[i], p[i], d[i]));
        attn_context_destroy(&context);
    }
    unit_assert_same_bits(&loss[0], &loss[1], 1);
    unit_assert_same_bits(losses[0], losses[1], ROWS);
    unit_assert_same_bits(p[0], p[1], ROWS * CLASSES);
    unit_assert_same_bits(d[0], d[1], ROWS * CLASSES);
    for (int i = 0; i < 2; i++) {
        free(d[i]);
        free(p[i]);
    }
    free(logits);
    free(weights);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(2);
    float logits[4] = {0}, loss, d[4];
    const int32_t labels[2] = {0, 1};
#define REFUSES(line, rows, classes, logits, labels, options, loss, losses, p, d)                            \
    FAILS(ATTN_ERR_ARGUMENT, line,                                                                           \
          attn_cross_entropy(context, rows, classes, logits, labels, options, loss, losses, p, d))
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL",
          attn_cross_entropy(NULL, 2, 2, logits, labels, NULL, &loss, NULL, NULL, NULL));
    REFUSES("attn_cross_entropy: rows is -1", -1, 2, logits, NULL, NULL, NULL, NULL, NULL, NULL);
    REFUSES("classes is 0", 2, 0, logits, NULL, NULL, NULL, NULL, NULL, NULL);
    REFUSES("logits is NULL", 2, 2, NULL, NULL, NULL, NULL, NULL, d, NULL);
    REFUSES("labels is NULL", 2, 2, logits, NULL, NULL, &loss, NULL, NULL, NULL);
    REFUSES("labels is NULL", 2, 2, logits, NULL, NULL, NULL, d, NULL, NULL);
    REFUSES("labels is NULL", 2, 2, logits, NULL, NULL, NULL, NULL, NULL, d);
    REFUSES("are one array", 2, 2, logits, labels, NULL, NULL, NULL, d, d);
    REFUSES("labels[1] is 2; expected 0 to 1", 2, 2, logits, ((int32_t[]){0, 2}), NULL, &loss, NULL, NULL,
            NULL);
    REFUSES("labels[0] is -1", 2, 2, logits, ((int32_t[]){-1, 0}), NULL, &loss, NULL, NULL, NULL);
    REFUSES("labels[0] is -1", 2, 2, logits, ((int32_t[]){-1, 0}), OPTIONS(.ignore_label = -1), &loss, NULL,
            NULL, NULL);
    REFUSES("labels[1] is 3", 2, 2, logits, ((int32_t[]){-1, 3}), OPTIONS(.ignore = 1, .ignore_label = -1),
            &loss, NULL, NULL, NULL);
#define REFUSES_OPTION(line, ...)                                                                            \
    REFUSES(line, 2, 2, logits, labels, OPTIONS(__VA_ARGS__), &loss, NULL, NULL, NULL)
    REFUSES_OPTION("label_smoothing is -0.1; expected 0 to 1", .label_smoothing = -0.1f);
    REFUSES_OPTION("label_smoothing is 1.5", .label_smoothing = 1.5f);
    REFUSES_OPTION("label_smoothing is nan", .label_smoothing = NAN);
    REFUSES_OPTION("scale is -0.5", .scale = -0.5f);
    REFUSES_OPTION("scale is nan", .scale = NAN);
    REFUSES_OPTION("scale is inf", .scale = INFINITY);
    REFUSES_OPTION("ignore is 2; expected 0 or 1", .ignore = 2);
    REFUSES_OPTION("class_weights[1] is -1; expected 0 or more", .class_weights = (float[]){1.0f, -1.0f});
    REFUSES_OPTION("class_weights[0] is nan", .class_weights = (float[]){NAN, 1.0f});
    REFUSES_OPTION("class_weights[0] is inf", .class_weights = (float[]){INFINITY, 1.0f});
    attn_context_destroy(&context);
}
END_TEST

/* Two rows of three classes: what p should be in place of a label. */
START_TEST(targets_by_hand)
{
    attn_context *context = unit_context(1);
    const float logits[] = {0, logf(2.0f), logf(5.0f), 0, -INFINITY, logf(3.0f)},
                targets[] = {0.5f, 0.5f, 0, 0.25f, 0, 0.75f};
    float loss, losses[2], p[6], d[6];
    OK(attn_cross_entropy(context, 2, 3, logits, NULL, OPTIONS(.targets = targets), &loss, losses, p, d));
    const double first = -0.5 * log(1.0 / 8.0) - 0.5 * log(2.0 / 8.0),
                 second = -0.25 * log(0.25) - 0.75 * log(0.75);
    NEAR((double)losses[0], first, 1e-6);
    NEAR((double)losses[1], second, 1e-6); /* its least: p is what it should be, and the gradient 0 */
    NEAR((double)loss, (first + second) / 2.0, 1e-6);
    const double expected[] = {(1.0 / 8.0 - 0.5) / 2.0, (2.0 / 8.0 - 0.5) / 2.0, 5.0 / 16.0, 0, 0, 0};
    for (int i = 0; i < 6; i++)
        NEAR((double)d[i], expected[i], 1e-6);
    NEAR((double)p[2], 5.0 / 8.0, 1e-6);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(targets_that_are_sure_are_labels)
{
    enum { ROWS = 300, CLASSES = 7 };
    static float logits[ROWS * CLASSES], targets[ROWS * CLASSES], d[2][ROWS * CLASSES], loss[2];
    static int32_t labels[ROWS];
    unit_fill(logits, ROWS * CLASSES, 3);
    for (int b = 0; b < ROWS; b++) {
        labels[b] = b * 5 % CLASSES;
        targets[b * CLASSES + labels[b]] = 1.0f;
    }
    for (int32_t threads = 1; threads <= 3; threads++) {
        attn_context *context = unit_context(threads);
        for (int with = 0; with < 2; with++)
            OK(attn_cross_entropy(
                context, ROWS, CLASSES, logits, with ? NULL : labels,
                OPTIONS(.label_smoothing = 0.1f, .scale = 2.0f, .targets = with ? targets : NULL),
                &loss[with], NULL, NULL, d[with]));
        NEAR((double)loss[1], (double)loss[0], 1e-6);
        for (int i = 0; i < ROWS * CLASSES; i++)
            MUST(fabs((double)d[1][i] - (double)d[0][i]) < 1e-8, "dlogits[%d]", i);
        attn_context_destroy(&context);
    }
}
END_TEST

START_TEST(labels_beside_targets_only_tell_which_rows_are_ignored)
{
    attn_context *context = unit_context(1);
    const float logits[] = {NAN, NAN, 1, 2}, targets[] = {NAN, 7, 0.5f, 0.5f};
    float loss, alone, d[4];
    OK(attn_cross_entropy(context, 2, 2, logits, (int32_t[]){-1, 99},
                          OPTIONS(.ignore = 1, .ignore_label = -1, .targets = targets), &loss, NULL, NULL,
                          d));
    OK(attn_cross_entropy(context, 1, 2, logits + 2, NULL, OPTIONS(.targets = targets + 2), &alone, NULL,
                          NULL, NULL));
    ck_assert_float_eq(loss, alone);
    unit_assert_all(d, 2, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(targets_that_are_no_distribution_are_refused)
{
    attn_context *context = unit_context(1);
    const float logits[] = {1, 2, 3, 4};
    const struct {
        float targets[4];
        const char *says;
    } all[] = {{{0.5f, 0.5f, 0.5f, 0.4f}, "targets[1] sum to 0.9; expected 1"},
               {{0.5f, 0.5f, -0.5f, 1.5f}, "targets[1,0] is -0.5; expected 0 to 1"},
               {{NAN, 0.5f, 0.5f, 0.5f}, "targets[0,0] is nan; expected 0 to 1"}};
    float loss = 5.0f;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        FAILS(ATTN_ERR_ARGUMENT, all[i].says,
              attn_cross_entropy(context, 2, 2, logits, NULL, OPTIONS(.targets = all[i].targets), &loss, NULL,
                                 NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "labels is NULL; expected [rows] labels, or targets",
          attn_cross_entropy(context, 2, 2, logits, NULL, NULL, &loss, NULL, NULL, NULL));
    ck_assert_float_eq(loss, 5.0f);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("loss", targets_by_hand, targets_that_are_sure_are_labels,
          labels_beside_targets_only_tell_which_rows_are_ignored,
          targets_that_are_no_distribution_are_refused, equal_logits_give_the_log_of_the_classes,
          two_logits_give_a_sigmoid, classes_weigh_what_they_are_given, smoothing_spreads_a_part_of_the_label,
          a_scale_multiplies_losses_and_gradient, ignored_rows_are_never_read,
          the_loss_of_ignored_rows_alone_is_0, options_of_zeros_are_the_defaults, extreme_logits_stay_finite,
          a_class_that_cannot_be_has_a_logit_of_minus_infinity,
          logits_that_are_not_finite_are_refused_in_a_row_that_counts, sums_are_in_double,
          each_output_may_be_null_and_may_be_the_logits, the_gradient_is_the_slope_of_the_loss,
          threads_give_the_same_bits, wrong_arguments_are_refused)
