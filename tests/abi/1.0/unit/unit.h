/* unit.h - what every libcheck program of these tests shares.
 *
 *     START_TEST(adding_one_gives_two) { ... } END_TEST
 *     UNIT_MAIN("arithmetic", adding_one_gives_two, ...)   one line with all tests
 */
#ifndef UNIT_H
#define UNIT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../checks.h"
#include "attn/attn.h"

/* Must succeed; otherwise the test fails with the library's line. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        attn_status ok_status_ = (call);                                                                     \
        ck_assert_msg(ok_status_ == ATTN_OK, "%s: %s: %s", #call, attn_status_name(ok_status_),              \
                      attn_last_error());                                                                    \
    } while (0)

/* Must fail with this status and a one-line message that contains `part`. */
#define FAILS(expected, part, call)                                                                          \
    do {                                                                                                     \
        attn_status fails_status_ = (call);                                                                  \
        ck_assert_msg(fails_status_ == (expected), "%s: got %s, expected %s", #call,                         \
                      attn_status_name(fails_status_), attn_status_name(expected));                          \
        ck_assert_msg(strstr(attn_last_error(), (part)) != NULL, "%s: \"%s\" lacks \"%s\"", #call,           \
                      attn_last_error(), (part));                                                            \
        ck_assert_ptr_null(strchr(attn_last_error(), '\n'));                                                 \
    } while (0)

/* What a recurrent layer reads, and the gradients that its backward is to write, by their members. */
#define SEQUENCE(...) (&(attn_sequence){.struct_size = sizeof(attn_sequence), __VA_ARGS__})
#define GRADIENTS(...)                                                                                       \
    (&(attn_sequence_gradients){.struct_size = sizeof(attn_sequence_gradients), __VA_ARGS__})

/* |a - b| <= tolerance * max(1, |b|) */
#define NEAR(a, b, tolerance)                                                                                \
    do {                                                                                                     \
        double near_a_ = (a), near_b_ = (b);                                                                 \
        ck_assert_msg(fabs(near_a_ - near_b_) <= (tolerance)*fmax(1.0, fabs(near_b_)),                       \
                      "%s = %.9g; expected %s = %.9g", #a, near_a_, #b, near_b_);                            \
    } while (0)

#define UNIT_MAIN(name, ...)                                                                                 \
    int main(void)                                                                                           \
    {                                                                                                        \
        const TTest *tests[] = {__VA_ARGS__};                                                                \
        Suite *suite = suite_create(name);                                                                   \
        TCase *group = tcase_create(name);                                                                   \
        tcase_set_timeout(group, 120);                                                                       \
        for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)                                            \
            tcase_add_test(group, tests[i]);                                                                 \
        suite_add_tcase(suite, group);                                                                       \
        SRunner *runner = srunner_create(suite);                                                             \
        srunner_run_all(runner, CK_ENV);                                                                     \
        int failed = srunner_ntests_failed(runner);                                                          \
        srunner_free(runner);                                                                                \
        return failed != 0;                                                                                  \
    }

/* The options that are given most. */
#define UNIT_SEED(number) (&(attn_params_options){sizeof(attn_params_options), (number)})
#define UNIT_INIT(rule) (&(attn_tensor_options){sizeof(attn_tensor_options), (rule), 0, 0.0f, 0.0f})

/* The gradients; made where they are not there yet, as attn_params_zero_grad does. */
static inline float *unit_gradients(attn_params *params)
{
    if (attn_params_gradients(params) == NULL)
        OK(attn_params_zero_grad(params));
    return attn_params_gradients(params);
}

static inline attn_gru_info unit_gru_info(const attn_gru *gru)
{
    attn_gru_info info = ATTN_GRU_INFO_INIT;
    OK(attn_gru_get_info(gru, &info));
    return info;
}

static inline attn_context *unit_context(int32_t threads)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    attn_context *context = NULL;
    OK(attn_context_create(&options, &context));
    return context;
}

#endif
