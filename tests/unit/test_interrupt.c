/* test_interrupt.c - calls that end early: each call that may take long, interrupted the first time that it asks, then the second, and
 * so on until it comes to its end before. Each time it is INTERRUPTED, and what the program holds is as it was; and what the call
 * gives in the end is what it gives where nobody has interrupted it.
 *
 * Which calls there are is asked of the headers (tests/abi/promises.py): one that is in neither list below fails. */
#include <time.h>

#include "unit_declared.h"
#include "unit_interrupt_calls.h"

#include "promises.h"

/* ---- the lists ---------------------------------------------------------------------------------------------- */

/* What may be otherwise after a call that was interrupted. */
#define GRADIENTS_TOO 1 /* a part was added */
#define VALUES_TOO 2    /* rows were written */
#define TAPE_TOO 4      /* to be begun anew */

static const struct {
    const char *name;
    attn_status (*call)(void);
    void (*prepare)(void); /* before each time; NULL: nothing */
    int otherwise;
} long_calls[] = {
    {"attn_params_add", add_tensor, NULL, 0},
    {"attn_embedding_create", make_embedding, NULL, 0},
    {"attn_gru_create", make_gru, NULL, 0},
    {"attn_attention_create", make_attention, NULL, 0},
    {"attn_attngru_create", make_attngru, NULL, 0},
    {"attn_dense_create", make_dense, NULL, 0},
    {"attn_ngrams_create", make_ngrams, NULL, 0},
    {"attn_gru_packed_create", make_packed, NULL, 0},
    {"attn_attention_memory_create", make_memory, NULL, 0},
    {"attn_tokens_set_text", tokenize, NULL, 0},
    {"attn_vocab_builder_add", count_words, tokenized, 0},
    {"attn_vocab_create", make_vocab, NULL, 0},
    {"attn_vocab_load", load_vocab, NULL, 0},
    {"attn_vocab_save", save_vocab, NULL, 0},
    {"attn_vocab_encode", look_up, tokenized, 0},
    {"attn_pieces_learn", learn_pieces, NULL, 0},
    {"attn_pieces_split", split_word, NULL, 0},
    {"attn_vectors_read", read_vectors, write_vectors, 0},
    {"attn_vectors_read", read_binary, write_vectors, 0},
    {"attn_embedding_load", load_vectors, write_vectors, VALUES_TOO},
    {"attn_embedding_forward", embed, begun, 0},
    {"attn_embedding_backward", embed_back, embedded, GRADIENTS_TOO | TAPE_TOO},
    {"attn_dropout_forward", drop, begun, 0},
    {"attn_dropout_backward", drop_back, dropped, TAPE_TOO},
    {"attn_pooling_forward", pool, begun, 0},
    {"attn_pooling_backward", pool_back, pooled, TAPE_TOO},
    {"attn_gru_forward", encode, begun, 0},
    {"attn_gru_backward", encode_back, encoded, GRADIENTS_TOO | TAPE_TOO},
    {"attn_gru_forward", encode_ids, begun, 0},
    {"attn_gru_backward", encode_ids_back, encoded_ids, GRADIENTS_TOO | TAPE_TOO},
    {"attn_gru_packed_forward", encode_packed, NULL, 0},
    {"attn_attention_forward", attend, begun, 0},
    {"attn_attention_backward", attend_back, attended, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_forward_queries", ask, begun, 0},
    {"attn_attention_backward", ask_back, been_asked, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_memory_attend", ask_memory, remembered, 0},
    {"attn_attention_score", score, NULL, 0},
    {"attn_attention_score_slopes", slope, NULL, 0},
    {"attn_attention_weigh", weigh, NULL, 0},
    {"attn_attngru_forward", read_again, begun, 0},
    {"attn_attngru_backward", read_again_back, been_read_again, GRADIENTS_TOO | TAPE_TOO},
    {"attn_dense_forward", decide, begun, 0},
    {"attn_dense_backward", decide_back, decided, GRADIENTS_TOO | TAPE_TOO},
    {"attn_ngrams_builder_add", count_ngrams, NULL, 0},
    {"attn_ngrams_forward", find_ngrams, begun, 0},
    {"attn_ngrams_backward", find_ngrams_back, found_ngrams, GRADIENTS_TOO | TAPE_TOO},
    {"attn_ngrams_shares", share_out, NULL, 0},
    {"attn_fit_scales", calibrate, NULL, 0},
    {"attn_calibration_error", measure_calibration, NULL, 0},
    {"attn_edit_distance", measure_edits, NULL, 0},
    {"attn_search", search, NULL, 0},
    {"attn_cross_entropy", lose, NULL, 0},
    {"attn_sampled_cross_entropy", predict, begun, GRADIENTS_TOO},
    {"attn_conicity_loss", cone, NULL, 0},
    {"attn_adam_step", learn, with_gradients, 0},
    {"attn_params_save", save, NULL, 0},
    {"attn_params_write", write_half, NULL, 0},
    {"attn_file_replace", replace, NULL, 0},
    {"attn_file_open", open_file, NULL, 0},
    {"attn_file_open_memory", open_memory, NULL, 0},
    {"attn_file_load", load, opened_checkpoint, 0},
    {"attn_file_load_adam", load_adam, opened_checkpoint, 0},
    {"attn_file_vocab_create", vocab_of_file, NULL, 0},
    {"attn_file_pieces_create", pieces_of_file, opened_checkpoint, 0},
    {"attn_file_embedding_create", embedding_of_file, NULL, 0},
    {"attn_file_gru_create", gru_of_file, NULL, 0},
    {"attn_file_attention_create", attention_of_file, NULL, 0},
    {"attn_file_attngru_create", attngru_of_file, NULL, 0},
    {"attn_file_dense_create", dense_of_file, NULL, 0},
    {"attn_file_ngrams_create", ngrams_of_file, NULL, 0},
    {"attn_file_classifier_create", classifier_of_file, NULL, 0},
    {"attn_explain_gradient_input", multiply, NULL, 0},
    {"attn_explain_integrated", secants, NULL, 0},
    {"attn_explain_integrated", gauss, NULL, 0},
    {"attn_explain_soft", soften, NULL, 0},
    {"attn_explain_occlusion", occlude, NULL, 0},
    {"attn_explain_comprehensiveness", comprehend, NULL, 0},
    {"attn_explain_sufficiency", suffice, NULL, 0},
    {"attn_explain_choose", choose, NULL, 0},
    {"attn_explain_precision_recall", follow, NULL, 0},
    {"attn_explain_flip", flip, NULL, 0},
    {"attn_explain_permutation", permute, NULL, 0},
    {"attn_explain_correlation", correlate, NULL, 0},
    {"attn_explain_bootstrap", bootstrap, NULL, 0},
    {"attn_explain_random", explain_at_random, NULL, 0},
    {"attn_explain_conicity", measure_cone, NULL, 0},
    {"attn_draw_text", draw_words, tokenized, 0},
    {"attn_draw_matrix", draw_matrix, NULL, 0},
    {"attn_page_finish", finish_page, NULL, 0},
    {"attn_classifier_open", open_classifier, saved_classifier, 0},
    {"attn_classifier_save", save_classifier, saved_classifier, 0},
    {"attn_classifier_write", write_classifier, NULL, 0},
    {"attn_classifier_pack", pack_classifier, NULL, 0},
    {"attn_classifier_forward", classify, NULL, 0},
    {"attn_classifier_channels", classify_apart, NULL, 0},
    {"attn_classifier_forward", classify_to_learn, begun, TAPE_TOO},
    {"attn_classifier_backward", classify_back, classified, GRADIENTS_TOO | TAPE_TOO},
    {"attn_classifier_attribute", by_gradient, NULL, 0},
    {"attn_classifier_attribute", by_integrated, NULL, 0},
    {"attn_classifier_attribute", by_occlusion, NULL, 0},
    {"attn_classifier_read", read_text, NULL, 0},
    {"attn_classifier_read_many", read_texts, NULL, 0},
    {"attn_reading_draw", draw_reading, NULL, 0},
    {"attn_probe_create", make_probe, NULL, 0},
    {"attn_probe_gradient", differentiate, NULL, 0},
};
#define LONG_CALLS ((int)(sizeof long_calls / sizeof *long_calls))

/* What never takes long, or only as long as one pass over memory that is there. */
static const char *const short_calls[] = {
    "attn_context_create",
    "attn_context_alloc",
    "attn_params_create",
    "attn_params_seal",
    "attn_params_tensor",
    "attn_params_find",
    "attn_params_set_trainable",
    "attn_params_set_lr_scale",
    "attn_params_use_rows",
    "attn_params_zero_grad",
    "attn_tape_create",
    "attn_tape_begin",
    "attn_tape_begin_part",
    "attn_tape_top",
    "attn_tape_push",
    "attn_tape_peek",
    "attn_tape_pop",
    "attn_tokens_create",
    "attn_tokens_get_info",
    "attn_vocab_builder_create",
    "attn_vocab_builder_add_token",
    "attn_vocab_get_info",
    "attn_vocab_tokens_create",
    "attn_vocab_decode",
    "attn_pieces_get",
    "attn_vectors_probe",
    "attn_embedding_get_info",
    "attn_pyramid_forward",
    "attn_pyramid_backward",
    "attn_steps_gather",
    "attn_steps_gather_ids",
    "attn_steps_scatter",
    "attn_candidates_create",
    "attn_candidates_get_info",
    "attn_candidates_draw",
    "attn_gru_get_info",
    "attn_gru_packed_get_info",
    "attn_gru_packed_step",
    "attn_gru_packed_direction",
    "attn_attention_get_info",
    "attn_attngru_get_info",
    "attn_dense_get_info",
    "attn_adam_create",
    "attn_adam_swap_average",
    "attn_adam_set_lr",
    "attn_file_tensor",
    "attn_file_find",
    "attn_file_read",
    "attn_file_layer",
    "attn_page_create",
    "attn_classifier_create",
    "attn_classifier_set_scales",
    "attn_explain_divergence",
    "attn_explain_token_match",
    "attn_explain_span_match",
    "attn_ngrams_builder_create",
    "attn_ngrams_get_info",
    "attn_classifier_get_info",
    "attn_reading_get_info",
    "attn_probe_model",
};

static int is_listed(const char *name)
{
    for (int i = 0; i < LONG_CALLS; i++)
        if (strcmp(long_calls[i].name, name) == 0)
            return 1;
    for (size_t i = 0; i < sizeof short_calls / sizeof *short_calls; i++)
        if (strcmp(short_calls[i], name) == 0)
            return 1;
    return 0;
}

START_TEST(every_call_is_long_or_short)
{
    (void)destroys, (void)questions;
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        ck_assert_msg(is_listed(calls[c].name), "test_interrupt.c does not know whether %s may take long",
                      calls[c].name);
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
