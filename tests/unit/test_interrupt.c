/* test_interrupt.c - calls that end early: each call that may take long, interrupted the first time that it asks, then the second, and
 * so on until it comes to its end before. Each time it is INTERRUPTED, and what the program holds is as it was; and what the call
 * gives in the end is what it gives where nobody has interrupted it.
 *
 * Which calls there are is asked of the headers (tests/abi/promises.py): one that is neither in unit_long_calls.h nor in unit_short_calls.h fails. */
#include <time.h>

#include "unit_declared.h"
#include "unit_short_calls.h"

#include "promises.h"

START_TEST(every_call_is_long_or_short)
{
    (void)destroys, (void)questions;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        ck_assert_msg(
            has_case(calls[i].name),
            "unit_long_calls.h and unit_short_calls.h have no case of %s; add one to that of the two "
            "which it belongs to",
            calls[i].name);
}
END_TEST

/* ---- what is promised --------------------------------------------------------------------------------------- */

/* One time: `end_at` is which question ends the call; 0: none. */
static attn_status once(int which, long long end_at, holds *before)
{
    w.hook.end_at = 0;
    if (long_calls[which].prepare)
        long_calls[which].prepare();
    *before = look();
    memset(&results, 0, sizeof results);
    w.hook.count = 0;
    w.hook.end_at = end_at;
    const attn_status status = long_calls[which].call();
    w.hook.end_at = 0;
    return status;
}

static void assert_as_before(int which, const holds *before)
{
    const int otherwise = long_calls[which].otherwise;
    holds after = look();
    if (otherwise & GRADIENTS_TOO)
        after.gradients = before->gradients;
    if (otherwise & VALUES_TOO)
        after.values = before->values;
    if (otherwise & TAPE_TOO)
        after.depth = before->depth;
    ck_assert_msg(memcmp(&after, before, sizeof after) == 0, "%s changed something", long_calls[which].name);
}

START_TEST(a_call_that_is_interrupted_leaves_all_as_it_was)
{
    const int which = _i / 2;
    const char *name = long_calls[which].name;
    static struct results expected;
    holds before, end;
    world_make(1 + _i % 2);
    OK(once(which, 0, &before));
    const long long questions_asked = w.hook.count;
    expected = results;
    end = look();
    world_destroy();
    ck_assert_msg(questions_asked > 0, "%s never asks", name);

    world_make(1 + _i % 2);
    for (long long at = 1;; at += 1 + at / 16) {
        const attn_status status = once(which, at, &before);
        if (status == ATTN_OK)
            break;
        ck_assert_msg(status == ATTN_ERR_INTERRUPTED, "%s, question %lld: %s: %s", name, at,
                      attn_status_name(status), attn_last_error());
        ck_assert_msg(strstr(attn_last_error(), ": interrupted, as the program asked") != NULL, "%s",
                      attn_last_error());
        assert_as_before(which, &before);
    }
    const holds after = look();
    ck_assert_msg(memcmp(&results, &expected, sizeof expected) == 0, "%s gives something else", name);
    ck_assert_msg(memcmp(&after, &end, sizeof end) == 0, "%s leaves something else", name);
    world_destroy();
}
END_TEST

/* ---- the hook ------------------------------------------------------------------------------------------------ */

static int32_t count_only(void *user)
{
    ++*(long long *)user;
    return 0;
}

static attn_context *context_asking(int32_t (*hook)(void *user), void *user, int32_t interval)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.interrupted = hook;
    options.user = user;
    options.interval = interval;
    attn_context *context;
    OK(attn_context_create(&options, &context));
    return context;
}

static void resample(attn_context *context, int64_t resamples)
{
    static float values[1000], interval[3];
    OK(attn_explain_bootstrap(context, 1000, values, 0.9f, resamples, 1, interval));
}

START_TEST(the_hook_is_asked_once_an_interval)
{
    long long every = 0, hourly = 0;
    attn_context *context = context_asking(count_only, &every, ATTN_INTERVAL_NONE);
    resample(context, 500);
    ck_assert_int_gt(every, 100);
    attn_context_destroy(&context);
    context = context_asking(count_only, &hourly, 3600 * 1000);
    for (int i = 0; i < 20; i++)
        resample(context, 500);
    ck_assert_int_le(hourly, 1); /* this thread's first */
    attn_context_destroy(&context);
    attn_context_options wrong = ATTN_CONTEXT_OPTIONS_INIT;
    wrong.interval = -2;
    FAILS(ATTN_ERR_ARGUMENT, "interval is -2; expected", attn_context_create(&wrong, &context));
}
END_TEST

static attn_status count_copies(void *user, int64_t count, const int32_t *rows, const uint8_t *kept,
                                float *outputs)
{
    (void)rows, (void)kept;
    ++*(long long *)user;
    memset(outputs, 0, (size_t)count * sizeof *outputs);
    return ATTN_OK;
}

START_TEST(the_hook_is_asked_before_each_callback)
{
    long long questions_asked = 0, callbacks = 0;
    float attributions[200];
    attn_context *context = context_asking(count_only, &questions_asked, 3600 * 1000);
    const attn_explain_model model = {.struct_size = sizeof model,
                                      .batch = 1,
                                      .time = 200,
                                      .classes = 1,
                                      .masked = count_copies,
                                      .user = &callbacks,
                                      .copies = 1};
    OK(attn_explain_occlusion(context, &model, attributions));
    ck_assert_int_eq(callbacks, 201);
    ck_assert_int_ge(questions_asked, callbacks);
    attn_context_destroy(&context);
}
END_TEST

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int32_t end_later(void *user)
{
    return seconds() > *(const double *)user;
}

/* Two tasks, of which one is long; whichever thread has that, the caller's is asked meanwhile. */
START_TEST(the_hook_is_asked_while_one_thread_waits_for_another)
{
    enum { STEPS = 1 << 19 };
    static const int32_t lengths[2] = {1, STEPS};
    double end_at = INFINITY, begin;
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.interrupted = end_later;
    options.user = &end_at;
    attn_context *context;
    attn_params *params;
    attn_gru *gru;
    OK(attn_context_create(&options, &context));
    OK(attn_params_create(context, NULL, &params));
    OK(attn_gru_create(params, "gru", 1, 64, NULL, &gru));
    float *numbers = unit_zeros(2 * STEPS);
    const attn_sequence *in = SEQUENCE(.batch = 2, .time = STEPS, .lengths = lengths, .x = numbers);
    begin = seconds();
    OK(attn_gru_forward(gru, NULL, in, NULL, NULL, NULL));
    const double whole = seconds() - begin;
    for (int time = 0; time < 4; time++) {
        begin = seconds();
        end_at = begin + whole / 8;
        FAILS(ATTN_ERR_INTERRUPTED, "attn_gru_forward: interrupted",
              attn_gru_forward(gru, NULL, in, NULL, NULL, NULL));
        if (seconds() - begin < whole / 2)
            break;
        ck_assert_msg(time < 3, "it ended after %g s of %g", seconds() - begin, whole);
    }
    free(numbers);
    attn_gru_destroy(&gru);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* What ends a call is asked in it, and not of the next one. */
static int32_t end_once(void *user)
{
    return ++*(long long *)user == 3;
}

START_TEST(a_call_after_one_that_was_interrupted_goes_on)
{
    long long count = 0;
    float values[1000] = {0}, interval[3];
    attn_context *context = context_asking(end_once, &count, ATTN_INTERVAL_NONE);
    FAILS(ATTN_ERR_INTERRUPTED, "attn_explain_bootstrap: interrupted, as the program asked",
          attn_explain_bootstrap(context, 1000, values, 0.9f, 500, 1, interval));
    OK(attn_explain_bootstrap(context, 1000, values, 0.9f, 500, 1, interval));
    ck_assert_str_eq(attn_status_name(ATTN_ERR_INTERRUPTED), "interrupted");
    attn_context_destroy(&context);
}
END_TEST

/* A hook that calls the library is not asked about that call. */
static int32_t call_again(void *user)
{
    attn_context **context = user;
    static int depth;
    ck_assert_int_eq(depth++, 0);
    resample(*context, 20);
    depth--;
    return 0;
}

START_TEST(the_hook_may_call_the_library)
{
    attn_context *context = NULL;
    context = context_asking(call_again, &context, ATTN_INTERVAL_NONE);
    resample(context, 50);
    attn_context_destroy(&context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interrupt");
    TCase *group = tcase_create("interrupt");
    const TTest *tests[] = {every_call_is_long_or_short,
                            the_hook_is_asked_once_an_interval,
                            the_hook_is_asked_before_each_callback,
                            the_hook_is_asked_while_one_thread_waits_for_another,
                            a_call_after_one_that_was_interrupted_goes_on,
                            the_hook_may_call_the_library};
    tcase_set_timeout(group, 120);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(group, tests[i]);
    tcase_add_loop_test(group, a_call_that_is_interrupted_leaves_all_as_it_was, 0, 2 * LONG_CALLS);
    suite_add_tcase(suite, group);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
