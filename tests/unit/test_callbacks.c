/* test_callbacks.c - callbacks of the program's that fail: what they return comes back, one line says what was wrong, which is theirs
 * where they set one, and the context's hook is told of it once. Of each call that takes a callback. */
#include "unit.h"
#include "unit_classifier.h"

/* ---- the callback -------------------------------------------------------------------------------------------- */

enum { SAYS_NOTHING, SAYS_WHY, PASSES_ON, PASSES_ON_ANOTHER_CONTEXTS };

static struct {
    int way;
    int64_t calls, fails_at;
    int32_t heard;
    attn_status status;
    char line[256];
    attn_context *context, *other;
    attn_params *params, *others;
    unit_classifier classifier;
    attn_reading *reading;
} w;

static attn_status answer(void)
{
    if (w.calls++ != w.fails_at)
        return ATTN_OK;
    switch (w.way) {
    case SAYS_NOTHING:
        return -9;
    case SAYS_WHY:
        return attn_set_error(-9, "the database is gone");
    case PASSES_ON:
        return attn_params_set_trainable(w.params, "nothing", 1);
    default:
        return attn_params_set_trainable(w.others, "nothing", 1);
    }
}

static attn_status take(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return answer();
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    (void)user, (void)rows, (void)parents, (void)tokens;
    memset(logits, 0, (size_t)count * 3 * sizeof *logits);
    return answer();
}

static attn_status kept(void *user, int64_t count, const int32_t *rows, const uint8_t *keep, float *outputs)
{
    (void)user, (void)rows, (void)keep;
    memset(outputs, 0, (size_t)count * 2 * sizeof *outputs);
    return answer();
}

static attn_status weighted(void *user, int64_t count, const int32_t *rows, const float *weights,
                            float *outputs)
{
    (void)user, (void)rows, (void)weights;
    memset(outputs, 0, (size_t)count * 2 * sizeof *outputs);
    return answer();
}

static attn_status gradient(void *user, int64_t count, const int32_t *rows, const float *embedded,
                            const int32_t *lengths, float *outputs, float *dx)
{
    (void)user, (void)rows, (void)embedded, (void)lengths;
    memset(outputs, 0, (size_t)count * sizeof *outputs);
    memset(dx, 0, (size_t)count * 2 * sizeof *dx);
    return answer();
}

/* ---- the calls ----------------------------------------------------------------------------------------------- */

static const attn_explain_model model = {.struct_size = sizeof model,
                                         .batch = 1,
                                         .time = 2,
                                         .classes = 2,
                                         .masked = kept,
                                         .weighted = weighted,
                                         .gradient = gradient,
                                         .dropped = kept};
static const float x[2] = {0.25f, 0.75f};
static float out[8];

#define CALL(name, ...)                                                                                      \
    static attn_status name(void)                                                                            \
    {                                                                                                        \
        return __VA_ARGS__;                                                                                  \
    }
#define DRAWN_AS(kind) (&(attn_draw_options){.struct_size = sizeof(attn_draw_options), .format = (kind)})

CALL(write_params, attn_params_write(w.classifier.params, NULL, take, NULL))
CALL(write_half, attn_params_write(w.classifier.params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16), take, NULL))
CALL(write_bytes, attn_params_write(w.params, UNIT_SAVE(.dtype = ATTN_DTYPE_INT8), take, NULL))
CALL(write_classifier, attn_classifier_write(w.classifier.whole, NULL, take, NULL))
CALL(draw_text,
     attn_draw_text(w.context, "ab", 2, 2, (int64_t[]){0, 1}, (int64_t[]){1, 2}, x, NULL, take, NULL))
CALL(draw_matrix, attn_draw_matrix(w.context, 1, 2, x, NULL, NULL, NULL, take, NULL))
CALL(draw_reading, attn_reading_draw(w.reading, NULL, take, NULL))
CALL(search, attn_search(w.context, 1, 3, 4, step, NULL,
                         &(attn_search_options){.struct_size = sizeof(attn_search_options), .end_id = 2},
                         (int32_t[4]){0}, (int32_t[1]){0}, NULL))
CALL(occlude, attn_explain_occlusion(w.context, &model, out))
CALL(permute, attn_explain_permutation(w.context, &model, x, 3, 1, out))
CALL(integrate, attn_explain_integrated(w.context, &model, 1, x, 5, ATTN_QUADRATURE_SECANT, out, NULL, NULL))
CALL(erase_softly, attn_explain_soft(w.context, &model, 1, x, 2, 1, out, out + 2, out + 4))

static attn_status begin_page(void)
{
    attn_page *page;
    const attn_status status = attn_page_create(w.context, DRAWN_AS(ATTN_DRAW_HTML), take, NULL, &page);
    attn_page_destroy(&page);
    return status;
}

static attn_status finish_page(void)
{
    attn_page *page;
    OK(attn_page_create(w.context, DRAWN_AS(ATTN_DRAW_SVG), take, NULL, &page));
    const attn_status status = attn_page_finish(page);
    attn_page_destroy(&page);
    return status;
}

static const struct {
    attn_status (*call)(void);
    const char *says;
} calls[] = {
    {write_params, "attn_params_write: the callback write"},
    {write_half, "attn_params_write: the callback write"},
    {write_bytes, "attn_params_write: the callback write"},
    {write_classifier, "attn_params_write: the callback write"},
    {draw_text, "attn_draw_text: the callback write"},
    {draw_matrix, "attn_draw_matrix: the callback write"},
    {draw_reading, "attn_draw_text: the callback write"},
    {begin_page, "attn_page_create: the callback write"},
    {finish_page, "attn_page_finish: the callback write"},
    {search, "attn_search: the callback step"},
    {occlude, "attn_explain_occlusion: the callback masked"},
    {permute, "attn_explain_permutation: the callback weighted"},
    {integrate, "attn_explain_integrated: the callback gradient"},
    {erase_softly, "attn_explain_soft: the callback dropped"},
};
#define CALLS ((int)(sizeof calls / sizeof *calls))

/* ---- what must hold ------------------------------------------------------------------------------------------ */

static void listen(void *user, attn_status status, const char *line)
{
    (void)user;
    w.heard++;
    w.status = status;
    snprintf(w.line, sizeof w.line, "%s", line);
}

static void make_all(void)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.failed = listen;
    OK(attn_context_create(&options, &w.context));
    OK(attn_params_create(w.context, NULL, &w.params));
    OK(attn_params_add(w.params, "matrix", 2, (int64_t[]){3, 20}, UNIT_INIT(ATTN_INIT_NORMAL)));
    w.other = unit_context(1);
    OK(attn_params_create(w.other, NULL, &w.others));
    unit_classifier_create(w.context, &unit_makes[8], &w.classifier); /* with n-grams: a table of integers */
    OK(attn_classifier_read(w.classifier.whole, "good film", 9, ATTN_BY_NOTHING, &w.reading));
}

static void destroy_all(void)
{
    attn_reading_destroy(&w.reading);
    unit_classifier_destroy(&w.classifier);
    attn_params_destroy(&w.params);
    attn_params_destroy(&w.others);
    attn_context_destroy(&w.context);
    attn_context_destroy(&w.other);
}

/* Have the callback fail the first time, the second, and so on until the call comes to its end before. */
static void fail_each_time(int which, int way, attn_status expected, const char *line)
{
    w.way = way;
    for (w.fails_at = 0;; w.fails_at++) {
        attn_set_error(ATTN_OK, "a failure of before");
        w.calls = w.heard = 0;
        const attn_status status = calls[which].call();
        if (w.calls <= w.fails_at)
            break;
        ck_assert_int_eq(w.calls, w.fails_at + 1);
        ck_assert_int_eq(status, expected);
        ck_assert_msg(strncmp(attn_last_error(), line, strlen(line)) == 0, "%s", attn_last_error());
        ck_assert_int_eq(w.heard, 1);
        ck_assert_int_eq(w.status, expected);
        ck_assert_str_eq(w.line, attn_last_error());
    }
    ck_assert_int_gt(w.fails_at, 0);
}

START_TEST(one_that_says_nothing_is_spoken_for)
{
    char line[200];
    make_all();
    snprintf(line, sizeof line, "%s returned -9; it may say why by attn_set_error", calls[_i].says);
    fail_each_time(_i, SAYS_NOTHING, -9, line);
    destroy_all();
}
END_TEST

START_TEST(what_one_says_stays)
{
    make_all();
    fail_each_time(_i, SAYS_WHY, -9, "the database is gone");
    destroy_all();
}
END_TEST

START_TEST(a_failure_that_one_passes_on_stays)
{
    static const char line[] = "attn_params_set_trainable: no tensor is called \"nothing\"";
    make_all();
    fail_each_time(_i, PASSES_ON, ATTN_ERR_ARGUMENT, line);
    fail_each_time(_i, PASSES_ON_ANOTHER_CONTEXTS, ATTN_ERR_ARGUMENT, line);
    destroy_all();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("callbacks");
    TCase *group = tcase_create("callbacks");
    tcase_add_loop_test(group, one_that_says_nothing_is_spoken_for, 0, CALLS);
    tcase_add_loop_test(group, what_one_says_stays, 0, CALLS);
    tcase_add_loop_test(group, a_failure_that_one_passes_on_stays, 0, CALLS);
    suite_add_tcase(suite, group);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
