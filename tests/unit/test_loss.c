/* test_loss.c - softmax cross-entropy: values known by hand, extreme logits, arrays that may share memory. */
#include "unit.h"
#include "unit_data.h"

START_TEST(equal_logits_give_the_log_of_the_classes)
{
    attn_context *context = unit_context(2);
    const float logits[6] = {0, 0, 0, 5, 5, 5};
    const int32_t labels[2] = {0, 2};
    float loss, p[6], d[6];
    OK(attn_softmax_cross_entropy(context, 2, 3, logits, labels, &loss, p, d));
    NEAR((double)loss, log(3.0), 1e-7);
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
    OK(attn_softmax_cross_entropy(context, 1, 2, logits, (int32_t[]){1}, &loss, p, d));
    double sigmoid = 1.0 / (1.0 + exp(-2.0));
    NEAR((double)p[1], sigmoid, 1e-7);
    NEAR((double)loss, -log(sigmoid), 1e-7);
    NEAR((double)d[1], sigmoid - 1.0, 1e-7);
    NEAR((double)d[0], 1.0 - sigmoid, 1e-7);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(extreme_logits_stay_finite)
{
    attn_context *context = unit_context(2);
    const float logits[6] = {1e30f, -1e30f, 0.0f, -200.0f, -201.0f, -1e4f};
    float loss, p[6], d[6];
    OK(attn_softmax_cross_entropy(context, 2, 3, logits, (int32_t[]){0, 1}, &loss, p, d));
    ck_assert_float_eq(p[0], 1.0f);
    ck_assert_float_eq(p[1], 0.0f);
    NEAR((double)loss, (log(1.0 + exp(-1.0)) + 1.0) / 2.0, 1e-6);
    for (int i = 0; i < 6; i++)
        ck_assert(isfinite(d[i]) && isfinite(p[i]));
    OK(attn_softmax_cross_entropy(context, 1, 2, (float[]){0.0f, 1000.0f}, (int32_t[]){0}, &loss, NULL,
                                  NULL));
    NEAR((double)loss, 1000.0, 1e-7); /* -log 0 would be infinite; the log is never taken of a probability */
    attn_context_destroy(&context);
}
END_TEST

START_TEST(each_output_may_be_null_and_may_be_the_logits)
{
    attn_context *context = unit_context(2);
    float logits[20], loss, other_loss, p[20], d[20], place[20];
    const int32_t labels[5] = {3, 0, 1, 2, 3};
    unit_fill(logits, 20, 1);
    OK(attn_softmax_cross_entropy(context, 5, 4, logits, labels, &loss, p, d));
    memcpy(place, logits, sizeof place);
    OK(attn_softmax_cross_entropy(context, 5, 4, place, labels, &other_loss, place, NULL));
    unit_assert_same_bits(place, p, 20);
    ck_assert_float_eq(loss, other_loss);
    memcpy(place, logits, sizeof place);
    OK(attn_softmax_cross_entropy(context, 5, 4, place, labels, &other_loss, NULL, place));
    unit_assert_same_bits(place, d, 20);
    ck_assert_float_eq(loss, other_loss);
    OK(attn_softmax_cross_entropy(context, 5, 4, logits, NULL, NULL, place, NULL));
    unit_assert_same_bits(place, p, 20);
    OK(attn_softmax_cross_entropy(context, 5, 4, logits, labels, NULL, NULL, NULL));
    loss = 7.0f;
    OK(attn_softmax_cross_entropy(context, 0, 4, NULL, NULL, &loss, NULL, NULL));
    ck_assert_float_eq(loss, 0.0f);
    attn_context_destroy(&context);
}
END_TEST

/* d loss / d logits by central differences in steps of 2^-6: the third derivative leaves at most 1e-5 of it, float32
 * rounding of the loss 2^-24 / 2^-6 = 4e-6. */
START_TEST(the_gradient_is_the_slope_of_the_loss)
{
    attn_context *context = unit_context(2);
    float logits[12], d[12], up, down;
    const int32_t labels[4] = {2, 0, 1, 1};
    unit_fill(logits, 12, 3);
    OK(attn_softmax_cross_entropy(context, 4, 3, logits, labels, NULL, NULL, d));
    for (int i = 0; i < 12; i++) {
        const float x = logits[i];
        logits[i] = x + 0x1p-6f;
        OK(attn_softmax_cross_entropy(context, 4, 3, logits, labels, &up, NULL, NULL));
        logits[i] = x - 0x1p-6f;
        OK(attn_softmax_cross_entropy(context, 4, 3, logits, labels, &down, NULL, NULL));
        logits[i] = x;
        NEAR((double)d[i], ((double)up - (double)down) / 0x1p-5, 2e-5);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(2);
    float logits[4] = {0}, loss, d[4];
    FAILS(ATTN_ERR_ARGUMENT, "attn_softmax_cross_entropy: rows is -1",
          attn_softmax_cross_entropy(context, -1, 2, logits, NULL, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "classes is 0",
          attn_softmax_cross_entropy(context, 2, 0, logits, NULL, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "logits is NULL",
          attn_softmax_cross_entropy(context, 2, 2, NULL, NULL, NULL, d, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "labels is NULL",
          attn_softmax_cross_entropy(context, 2, 2, logits, NULL, &loss, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "labels is NULL",
          attn_softmax_cross_entropy(context, 2, 2, logits, NULL, NULL, NULL, d));
    FAILS(ATTN_ERR_ARGUMENT, "labels[1] is 2; expected 0 to 1",
          attn_softmax_cross_entropy(context, 2, 2, logits, (int32_t[]){0, 2}, &loss, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "labels[0] is -1",
          attn_softmax_cross_entropy(context, 2, 2, logits, (int32_t[]){-1, 0}, &loss, NULL, NULL));
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("loss", equal_logits_give_the_log_of_the_classes, two_logits_give_a_sigmoid,
          extreme_logits_stay_finite, each_output_may_be_null_and_may_be_the_logits,
          the_gradient_is_the_slope_of_the_loss, wrong_arguments_are_refused)
