/* test_explain_marked.c - attributions beside what people marked: values worked out by hand, those of scikit-learn's documentation, and
 * definitions written out. */
#include "unit.h"
#include "unit_data.h"
#include "unit_memory.h"

static attn_context *context;

static void setup(void)
{
    context = unit_context(2);
}

static void teardown(void)
{
    attn_context_destroy(&context);
}

START_TEST(the_first_tokens_are_chosen)
{
    setup();
    /* 0.4 of 5 tokens are 2, and of equal numbers the earlier; of 3 they are 1.2, rounded up; of none none. */
    const float a[15] = {-1, 7, 3, 7, 7, 2, 1, 3, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const int32_t lengths[3] = {5, 3, 0};
    const uint8_t expected[15] = {0, 1, 0, 1, 0, 1, 0, 1};
    uint8_t chosen[15];
    memset(chosen, 9, sizeof chosen);
    OK(attn_explain_choose(context, 3, 5, a, lengths, 0.4f, chosen));
    ck_assert_mem_eq(chosen, expected, sizeof chosen);
    OK(attn_explain_choose(context, 3, 5, a, lengths, 0.0f, chosen));
    ck_assert_mem_eq(chosen, (uint8_t[15]){0}, sizeof chosen);
    OK(attn_explain_choose(context, 1, 5, a, NULL, 1.0f, chosen));
    ck_assert_mem_eq(chosen, ((uint8_t[5]){1, 1, 1, 1, 1}), 5);
    teardown();
}
END_TEST

START_TEST(tokens_match_by_hand)
{
    setup();
    /* 2 of 3 chosen are marked, of 4 marked: F1 is 2 (2/3) (1/2) / (7/6) = 4/7. Nothing in common; nothing chosen; nothing marked. What
     * stands beyond a length does not count. */
    const uint8_t chosen[30] = {1, 0, 255, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint8_t marked[30] = {1, 1, 0, 7, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1};
    const int32_t lengths[5] = {6, 4, 4, 4, 0};
    float precision[5], recall[5], f1[5];
    OK(attn_explain_token_match(context, 5, 6, chosen, marked, lengths, precision, recall, f1));
    const double expected[5][3] = {{2.0 / 3, 0.5, 4.0 / 7}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    for (int b = 0; b < 5; b++) {
        NEAR((double)precision[b], expected[b][0], 1e-7);
        NEAR((double)recall[b], expected[b][1], 1e-7);
        NEAR((double)f1[b], expected[b][2], 1e-7);
    }
    OK(attn_explain_token_match(context, 5, 6, chosen, marked, lengths, NULL, NULL, f1));
    ck_assert_float_eq_tol(f1[0], 4.0f / 7, 1e-7f);
    teardown();
}
END_TEST

/* One row of spans that a string draws, '#' chosen and '=' marked, both '*'. */
static void match(const char *row, float overlap, double precision, double recall, double f1)
{
    uint8_t chosen[32], marked[32];
    const int64_t time = (int64_t)strlen(row);
    float found[3];
    for (int64_t t = 0; t < time; t++) {
        chosen[t] = row[t] == '#' || row[t] == '*';
        marked[t] = row[t] == '=' || row[t] == '*';
    }
    OK(attn_explain_span_match(context, 1, time, chosen, marked, NULL, overlap, found, found + 1, found + 2));
    NEAR((double)found[0], precision, 1e-7);
    NEAR((double)found[1], recall, 1e-7);
    NEAR((double)found[2], f1, 1e-7);
}

START_TEST(spans_match_by_hand)
{
    setup();
    match("***..", 0.5f, 1, 1, 1);
    match("", 0.5f, 0, 0, 0);
    match(".....", 0.5f, 0, 0, 0);
    match("##...", 0.5f, 0, 0, 0);
    match("==...", 0.5f, 0, 0, 0);
    match("#*=..", 0.5f, 0, 0, 0);   /* 1 of 3 */
    match(".#**=.", 0.5f, 1, 1, 1);  /* 2 of 4 reach a half */
    match(".#**=.", 0.51f, 0, 0, 0); /* and no more */
    match("=***#", 0.6f, 1, 1, 1);   /* 3 of 5, though 0.6 in float32 is a little more */
    match("*.*.#.=.*", 0.5f, 3.0 / 4, 3.0 / 4, 0.75);
    match("*#*", 0.5f, 0, 0, 0);            /* two marked, each 1 of 3 */
    match("**#*", 0.5f, 1, 0.5, 2.0 / 3);   /* the longer is 2 of 4 */
    match("=*=*=", 0.5f, 0, 0, 0);          /* one marked, two chosen, each 1 of 5 */
    match("**.===**", 0.5f, 0.5, 0.5, 0.5); /* the second is 2 of 5 */
    match("*.*#########", 0.5f, 0.5, 0.5, 0.5);
    teardown();
}
END_TEST

START_TEST(the_curve_is_that_of_scikit_learn)
{
    setup();
    /* What its documentation shows for these scores: precision 2/3 at recall 1, 0.5 and 1 at recall 0.5, 1 at 0. Average precision is
     * 0.83..., auc(recall, precision) 0.791666... */
    const float scores[4] = {0.1f, 0.4f, 0.35f, 0.8f};
    float area, average;
    OK(attn_explain_precision_recall(context, 1, 4, scores, (uint8_t[]){0, 0, 1, 1}, NULL, &area, &average));
    NEAR((double)average, 1.0 / 2 + 1.0 / 2 * 2 / 3, 1e-7);
    NEAR((double)area, 1.0 / 2 + 1.0 / 2 * (1.0 / 2 + 2.0 / 3) / 2, 1e-7);
    teardown();
}
END_TEST

START_TEST(curves_by_hand)
{
    setup();
    /* Equal numbers are one point, (1, 1/4), after (0, 1). All marked, which is always right. None marked. Row 3, of 3 tokens: 2 of 2
     * equal first ones are 1 right of 1 marked: (1, 1/2), then (1, 1/3) without any width. */
    const float a[20] = {5, 5, 5, 5, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 2, NAN};
    const uint8_t marked[20] = {0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1};
    const int32_t lengths[5] = {4, 4, 4, 3, 0};
    float area[5], average[5];
    OK(attn_explain_precision_recall(context, 5, 4, a, marked, lengths, area, average));
    const double areas[5] = {(1 + 0.25) / 2, 1, 0, 0.75, 0}, averages[5] = {0.25, 1, 0, 0.5, 0};
    for (int b = 0; b < 5; b++) {
        NEAR((double)area[b], areas[b], 1e-7);
        NEAR((double)average[b], averages[b], 1e-7);
    }
    OK(attn_explain_precision_recall(context, 5, 4, a, marked, lengths, NULL, NULL));
    teardown();
}
END_TEST

/* Average precision as it is often written: for each marked token the precision among those that are at least as large, and their
 * mean. */
START_TEST(average_precision_is_the_mean_of_precisions)
{
    setup();
    enum { TIME = 40 };
    uint64_t seed = 11;
    for (int round = 0; round < 200; round++) {
        float a[TIME], average;
        uint8_t marked[TIME];
        double sum = 0, all = 0;
        for (int t = 0; t < TIME; t++) {
            a[t] = (float)(unit_random(&seed) % (round % 2 ? 8 : 100000));
            marked[t] = unit_random(&seed) % 4 == 0;
            all += marked[t];
        }
        for (int t = 0; t < TIME; t++) {
            double first = 0, right = 0;
            for (int other = 0; other < TIME; other++) {
                first += a[other] >= a[t];
                right += a[other] >= a[t] && marked[other];
            }
            sum += marked[t] ? right / first : 0;
        }
        OK(attn_explain_precision_recall(context, 1, TIME, a, marked, NULL, NULL, &average));
        NEAR((double)average, all > 0 ? sum / all : 0, 1e-6);
    }
    teardown();
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    setup();
    const float a[2] = {1, NAN};
    const uint8_t marked[2] = {1, 0};
    uint8_t chosen[2];
    float out[1];
    const int32_t one[1] = {1}, far[1] = {3};
#define REFUSED(part, call) FAILS(ATTN_ERR_ARGUMENT, part, call)
    REFUSED("context is NULL", attn_explain_choose(NULL, 1, 1, a, NULL, 1, chosen));
    REFUSED("context is NULL", attn_explain_token_match(NULL, 1, 1, chosen, marked, NULL, out, out, out));
    REFUSED("context is NULL", attn_explain_span_match(NULL, 1, 1, chosen, marked, NULL, 1, out, out, out));
    REFUSED("context is NULL", attn_explain_precision_recall(NULL, 1, 1, a, marked, NULL, out, out));
    REFUSED("attributions[0, 1] is nan", attn_explain_choose(context, 1, 2, a, NULL, 1, chosen));
    OK(attn_explain_choose(context, 1, 2, a, one, 1, chosen));
    REFUSED("attributions is NULL", attn_explain_choose(context, 1, 1, NULL, NULL, 1, chosen));
    REFUSED("chosen is NULL", attn_explain_choose(context, 1, 1, a, NULL, 1, NULL));
    REFUSED("fraction is 1.5; expected 0 to 1", attn_explain_choose(context, 1, 1, a, NULL, 1.5f, chosen));
    REFUSED("fraction is nan", attn_explain_choose(context, 1, 1, a, NULL, NAN, chosen));
    REFUSED("lengths[0] is 3; expected 0 to 2", attn_explain_choose(context, 1, 2, a, far, 1, chosen));
    REFUSED("chosen is NULL", attn_explain_token_match(context, 1, 1, NULL, marked, NULL, out, out, out));
    REFUSED("marked is NULL", attn_explain_token_match(context, 1, 1, chosen, NULL, NULL, out, out, out));
    REFUSED("lengths[0] is 3", attn_explain_token_match(context, 1, 2, chosen, marked, far, out, out, out));
    REFUSED("marked is NULL", attn_explain_span_match(context, 1, 1, chosen, NULL, NULL, 1, out, out, out));
    REFUSED("overlap is 0.25; expected 0.5 to 1",
            attn_explain_span_match(context, 1, 1, chosen, marked, NULL, 0.25f, out, out, out));
    REFUSED("marked is NULL", attn_explain_precision_recall(context, 1, 1, a, NULL, NULL, out, out));
    REFUSED("attributions[0, 1] is nan",
            attn_explain_precision_recall(context, 1, 2, a, marked, NULL, out, out));
    teardown();
}
END_TEST

/* Looked at once; were each span held against the marked one from its beginning, it were 2^41 steps. */
START_TEST(spans_of_a_long_row_are_matched_at_once)
{
    const int64_t time = (int64_t)1 << 21;
    uint8_t *chosen = malloc((size_t)time), *marked = malloc((size_t)time);
    float p = -1, r = -1, f1 = -1;
    setup();
    ck_assert(chosen && marked);
    memset(marked, 1, (size_t)time);
    for (int64_t t = 0; t < time; t++)
        chosen[t] = t % 2 == 1;
    OK(attn_explain_span_match(context, 1, time, chosen, marked, NULL, 0.5f, &p, &r, &f1));
    ck_assert(p == 0 && r == 0 && f1 == 0);
    OK(attn_explain_span_match(context, 1, time, chosen, chosen, NULL, 1.0f, &p, &r, &f1));
    ck_assert(p == 1 && r == 1 && f1 == 1);
    free(chosen);
    free(marked);
    teardown();
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const float a[4] = {1, 2, 4, 3};
    const uint8_t marked[4] = {1, 0, 1, 0};
    uint8_t chosen[4];
    float area;
    for (int which = 0; which < 2; which++) {
        unit_memory memory = {.left = UNIT_ENOUGH};
        long long left = 0;
        for (attn_status status = ATTN_ERR_MEMORY; status != ATTN_OK; left++) {
            attn_context *small;
            ck_assert_int_lt(left, 50);
            unit_memory_reset(&memory, UNIT_ENOUGH);
            small = unit_memory_context(&memory, 2);
            unit_memory_reset(&memory, left);
            status = which ? attn_explain_precision_recall(small, 1, 4, a, marked, NULL, &area, NULL)
                           : attn_explain_choose(small, 1, 4, a, NULL, 0.5f, chosen);
            ck_assert(status == ATTN_OK || status == ATTN_ERR_MEMORY);
            attn_context_destroy(&small);
            ck_assert_int_eq(atomic_load(&memory.blocks), 0);
        }
        ck_assert_int_gt(left, 1);
    }
}
END_TEST

UNIT_MAIN("explain_marked", the_first_tokens_are_chosen, tokens_match_by_hand, spans_match_by_hand,
          the_curve_is_that_of_scikit_learn, curves_by_hand, average_precision_is_the_mean_of_precisions,
          wrong_arguments_are_refused, spans_of_a_long_row_are_matched_at_once, every_allocation_may_fail)
