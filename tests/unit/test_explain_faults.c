/* test_explain_faults.c - what holds of every function of explain.h: the number of threads and of copies in a call changes no bit,
 * and nothing but the rows' own numbers does; failures come back, of memory, of callbacks, of arguments. */
#include "unit.h"
#include "unit_explain.h"
#include "unit_memory.h"

enum { ROWS = 13, TIME = 17, DIM = 3, FRACTIONS = 2, PERMUTATIONS = 9 };

enum {
    INTEGRATED,
    OCCLUSION,
    COMPREHENSIVENESS,
    SUFFICIENCY,
    FLIP,
    PERMUTATION,
    SOFT,
    ASKING,
    CORRELATION = ASKING,
    CONICITY,
    BOOTSTRAP,
    FUNCTIONS
};

static int32_t lengths[ROWS];
static float x[ROWS * TIME * DIM], a[ROWS * TIME], b[ROWS * TIME];

/* Numbers within the lengths; beyond them `padding`. */
static void make_rows(float padding)
{
    uint64_t seed = 5;
    unit_fill(x, ROWS * TIME * DIM, 1);
    unit_fill(a, ROWS * TIME, 2);
    unit_fill(b, ROWS * TIME, 3);
    for (int r = 0; r < ROWS; r++) {
        lengths[r] = r == 4 ? 0 : (int32_t)(unit_random(&seed) % (TIME + 1));
        for (int t = lengths[r]; t < TIME; t++) {
            a[r * TIME + t] = b[r * TIME + t] = padding;
            for (int d = 0; d < DIM; d++)
                x[(r * TIME + t) * DIM + d] = padding;
        }
    }
}

/* One function with all its outputs, of which the last are left as they are where it has fewer. */
static attn_status call(attn_context *context, int which, const attn_explain_model *model, float *out)
{
    float *second = out + ROWS * TIME, *third = second + ROWS;
    switch (which) {
    case INTEGRATED:
        return attn_explain_integrated(context, model, DIM, x, 7, ATTN_QUADRATURE_SECANT, out, second, third);
    case OCCLUSION:
        return attn_explain_occlusion(context, model, out);
    case COMPREHENSIVENESS:
        return attn_explain_comprehensiveness(context, model, FRACTIONS, a, (float[]){0.2f, 0.7f}, out,
                                              second);
    case SUFFICIENCY:
        return attn_explain_sufficiency(context, model, FRACTIONS, a, (float[]){0.2f, 0.7f}, NULL, second);
    case FLIP:
        return attn_explain_flip(context, model, a, 0, out);
    case PERMUTATION:
        return attn_explain_permutation(context, model, a, PERMUTATIONS, 4, out);
    case SOFT:
        return attn_explain_soft(context, model, DIM, a, 3, 8, out, second, third);
    case CORRELATION:
        return attn_explain_correlation(context, ROWS, TIME, a, b, lengths, out, second);
    case CONICITY:
        return attn_explain_conicity(context, ROWS, TIME, DIM, x, lengths, out);
    default:
        return attn_explain_bootstrap(context, ROWS, b, 0.9f, 200, 6, out);
    }
}

enum { OUTPUTS = ROWS * TIME + 2 * ROWS };

static void run(int32_t threads, int64_t copies, int which, float *out)
{
    attn_context *context = unit_context(threads);
    attn_explain_model model;
    toy of;
    model = toy_make(&of, ROWS, TIME, lengths, b, &model);
    model.copies = copies;
    of.dim = DIM;
    of.power = 3;
    memset(out, 0, OUTPUTS * sizeof *out);
    OK(call(context, which, &model, out));
    if (which < ASKING && copies == 7)
        ck_assert_int_eq(of.most, 7);
    attn_context_destroy(&context);
}

START_TEST(threads_copies_and_padding_change_no_bit)
{
    static float one[OUTPUTS], other[OUTPUTS];
    for (int which = 0; which < FUNCTIONS; which++) {
        make_rows(0.5f);
        if (which == BOOTSTRAP) /* which has no padding */
            unit_fill(b, ROWS, 3);
        run(1, 0, which, one);
        ck_assert(unit_any_differs(one, (float[OUTPUTS]){0}, OUTPUTS));
        if (which != BOOTSTRAP)
            make_rows(NAN);
        run(3, 7, which, other);
        unit_assert_same_bits(one, other, OUTPUTS);
        run(3, 1, which, other);
        unit_assert_same_bits(one, other, OUTPUTS);
    }
}
END_TEST

START_TEST(no_rows_are_no_question)
{
    attn_context *context = unit_context(2);
    attn_explain_model model;
    toy of;
    float out[OUTPUTS];
    const int32_t none[2] = {0, 0};
    for (int which = 0; which < ASKING; which++) {
        model = toy_make(&of, 0, TIME, NULL, NULL, &model);
        OK(call(context, which, &model, out));
        model = toy_make(&of, 2, 0, NULL, NULL, &model);
        OK(call(context, which, &model, out));
        model = toy_make(&of, 2, TIME, none, NULL, &model);
        out[0] = NAN;
        OK(call(context, which, &model, out));
        if (which != SUFFICIENCY)
            ck_assert_float_eq(out[0], 0.0f);
        ck_assert_int_eq(of.calls, 0);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(what_the_callback_returns_comes_back)
{
    attn_context *context = unit_context(2);
    static float out[OUTPUTS];
    make_rows(NAN);
    for (int which = 0; which < ASKING; which++) {
        for (int64_t at = 0; at < 2; at++) {
            attn_explain_model model;
            toy of;
            model = toy_make(&of, ROWS, TIME, lengths, b, &model);
            model.copies = 5;
            of.dim = DIM;
            of.fail_at = at;
            FAILS(ATTN_ERR_ARGUMENT, "attn_params_create: ", call(context, which, &model, out));
            ck_assert_int_eq(of.calls, at + 1);
        }
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(outputs_that_are_no_numbers_are_refused)
{
    attn_context *context = unit_context(2);
    static float out[OUTPUTS];
    make_rows(NAN);
    for (int which = 0; which < ASKING; which++) {
        for (int i = 0; i < 2; i++) {
            attn_explain_model model;
            toy of;
            model = toy_make(&of, ROWS, TIME, NULL, b, &model);
            unit_fill(a, ROWS * TIME, 2);
            unit_fill(b, ROWS * TIME, 3);
            unit_fill(x, ROWS * TIME * DIM, 1);
            model.copies = 3;
            of.dim = DIM;
            of.fault = i ? NAN : -INFINITY;
            FAILS(ATTN_ERR_ARGUMENT,
                  i ? ": the callback gave nan as output" : ": the callback gave -inf as output",
                  call(context, which, &model, out));
        }
    }
    attn_context_destroy(&context);
}
END_TEST

/* A gradient that is no number. */
static attn_status infinite_gradient(void *user, int64_t count, const int32_t *rows, const float *at,
                                     const int32_t *of, float *outputs, float *dx)
{
    (void)user, (void)rows, (void)of, (void)at;
    for (int64_t i = 0; i < count; i++)
        outputs[i] = 0.0f;
    for (int64_t i = 0; i < count * TIME * DIM; i++)
        dx[i] = INFINITY;
    return ATTN_OK;
}

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    attn_explain_model model, wrong;
    toy of;
    static float out[OUTPUTS];
    make_rows(0.0f);
    model = toy_make(&of, ROWS, TIME, lengths, b, &model);
#define REFUSED(part, call) FAILS(ATTN_ERR_ARGUMENT, part, call)
    for (int which = 0; which < ASKING; which++) {
        REFUSED("context is NULL", call(NULL, which, &model, out));
        REFUSED("model is NULL", call(context, which, NULL, out));
        wrong = model;
        wrong.struct_size = 3;
        REFUSED("struct_size is 3", call(context, which, &wrong, out));
        wrong = model;
        wrong.batch = -1;
        REFUSED("a batch of -1 rows", call(context, which, &wrong, out));
        wrong = model;
        wrong.lengths = (int32_t[ROWS]){1, TIME + 1};
        REFUSED("lengths[1] is 18; expected 0 to 17", call(context, which, &wrong, out));
        wrong = model;
        wrong.copies = -1;
        REFUSED("model->copies is -1", call(context, which, &wrong, out));
        wrong = model;
        wrong.masked = NULL, wrong.weighted = NULL, wrong.gradient = NULL, wrong.dropped = NULL;
        REFUSED(which == INTEGRATED    ? "model->gradient is NULL"
                : which == PERMUTATION ? "model->weighted is NULL"
                : which == SOFT        ? "model->dropped is NULL"
                                       : "model->masked is NULL",
                call(context, which, &wrong, out));
        if (which == INTEGRATED)
            continue;
        wrong = model;
        wrong.classes = 0;
        REFUSED("model->classes is 0", call(context, which, &wrong, out));
        wrong = model;
        wrong.targets = (int32_t[ROWS]){0, 1, 2};
        REFUSED("model->targets[2] is 2; expected 0 to 1", call(context, which, &wrong, out));
    }
    ck_assert_int_eq(of.calls, 0);
    wrong = model;
    wrong.gradient = infinite_gradient;
    for (int32_t rule = ATTN_QUADRATURE_SECANT; rule <= ATTN_QUADRATURE_GAUSS_LEGENDRE; rule++) {
        REFUSED("the gradients of row 0 sum to",
                attn_explain_integrated(context, &wrong, DIM, x, 2, rule, out, NULL, NULL));
        REFUSED("dim is 0", attn_explain_integrated(context, &model, 0, x, 5, rule, out, NULL, NULL));
        REFUSED("steps is 0", attn_explain_integrated(context, &model, DIM, x, 0, rule, out, NULL, NULL));
        REFUSED("steps is 4097",
                attn_explain_integrated(context, &model, DIM, x, 4097, rule, out, NULL, NULL));
    }
    REFUSED("steps is 1; expected 2 to 4096",
            attn_explain_integrated(context, &model, DIM, x, 1, ATTN_QUADRATURE_SECANT, out, NULL, NULL));
    REFUSED("rule is 2", attn_explain_integrated(context, &model, DIM, x, 5, 2, out, NULL, NULL));
    REFUSED("x or attributions is NULL",
            attn_explain_integrated(context, &model, DIM, NULL, 5, 0, out, NULL, NULL));
    REFUSED("attributions is NULL", attn_explain_occlusion(context, &model, NULL));
    REFUSED("context is NULL", attn_explain_gradient_input(NULL, 1, 1, 1, x, x, NULL, 0, out));
    REFUSED("context is NULL", attn_explain_random(NULL, 1, 1, NULL, 0, out));
    REFUSED("form is 3", attn_explain_gradient_input(context, 1, 1, 1, x, x, NULL, 3, out));
    REFUSED("dim is 0", attn_explain_gradient_input(context, 1, 1, 0, x, x, NULL, 0, out));
    REFUSED("x, dx or attributions is NULL",
            attn_explain_gradient_input(context, 1, 1, 1, NULL, x, NULL, 0, out));
    REFUSED("attributions is NULL", attn_explain_random(context, 1, 1, NULL, 0, NULL));
    REFUSED("count is 0", attn_explain_comprehensiveness(context, &model, 0, a, x, out, NULL));
    REFUSED("count is 4 and fractions NULL",
            attn_explain_sufficiency(context, &model, 4, a, NULL, out, NULL));
    REFUSED("attn_explain_sufficiency: fractions[1] is 1.5",
            attn_explain_sufficiency(context, &model, 2, a, (float[]){1, 1.5f}, out, NULL));
    REFUSED("fractions[0] is nan",
            attn_explain_comprehensiveness(context, &model, 1, a, (float[]){NAN}, out, NULL));
    REFUSED("attributions is NULL", attn_explain_flip(context, &model, NULL, 0, out));
    REFUSED("fraction is NULL", attn_explain_flip(context, &model, a, 0, NULL));
    REFUSED("resolution is -1", attn_explain_flip(context, &model, a, -1, out));
    wrong = model;
    wrong.classes = 1;
    REFUSED("model->classes is 1; expected 2 or more", attn_explain_flip(context, &wrong, a, 0, out));
    REFUSED("dim is 0", attn_explain_soft(context, &model, 0, a, 1, 0, out, NULL, NULL));
    REFUSED("dim is 1048577", attn_explain_soft(context, &model, 1048577, a, 1, 0, out, NULL, NULL));
    REFUSED("samples is 0", attn_explain_soft(context, &model, DIM, a, 0, 0, out, NULL, NULL));
    REFUSED("attributions is NULL", attn_explain_soft(context, &model, DIM, NULL, 1, 0, out, NULL, NULL));
    REFUSED("permutations is 0", attn_explain_permutation(context, &model, a, 0, 0, out));
    REFUSED("weights or change is NULL", attn_explain_permutation(context, &model, NULL, 1, 0, out));
    REFUSED("context is NULL", attn_explain_correlation(NULL, 1, 1, a, b, NULL, out, NULL));
    REFUSED("b is NULL", attn_explain_correlation(context, 1, 1, a, NULL, NULL, out, NULL));
    REFUSED("context is NULL", attn_explain_divergence(NULL, 1, 1, a, b, NULL, out));
    REFUSED("a is NULL", attn_explain_divergence(context, 1, 1, NULL, b, NULL, out));
    REFUSED("divergence is NULL", attn_explain_divergence(context, 1, 1, a, b, NULL, NULL));
    REFUSED("context is NULL", attn_explain_conicity(NULL, 1, 1, 1, x, NULL, out));
    REFUSED("states or conicity is NULL", attn_explain_conicity(context, 1, 1, 1, NULL, NULL, out));
    REFUSED("dim is 0", attn_explain_conicity(context, 1, 1, 0, x, NULL, out));
    REFUSED("context is NULL", attn_explain_bootstrap(NULL, 1, x, 0.5f, 1, 0, out));
    REFUSED("interval is NULL", attn_explain_bootstrap(context, 1, x, 0.5f, 1, 0, NULL));
    REFUSED("count is -1", attn_explain_bootstrap(context, -1, x, 0.5f, 1, 0, out));
    REFUSED("values is NULL", attn_explain_bootstrap(context, 1, NULL, 0.5f, 1, 0, out));
    REFUSED("confidence is 1;", attn_explain_bootstrap(context, 1, x, 1.0f, 1, 0, out));
    REFUSED("resamples is 0", attn_explain_bootstrap(context, 1, x, 0.5f, 0, 0, out));
    REFUSED("values[0] is inf", attn_explain_bootstrap(context, 1, (float[]){INFINITY}, 0.5f, 1, 0, out));
    b[0] = INFINITY;
    REFUSED("b[0, 0] is inf", attn_explain_correlation(context, 1, 1, a, b, NULL, out, NULL));
    REFUSED("b[0, 0] is inf", attn_explain_divergence(context, 1, 1, a, b, NULL, out));
    lengths[0] = 1;
    a[0] = NAN;
    REFUSED("attributions[0, 0] is nan", attn_explain_soft(context, &model, DIM, a, 1, 0, out, NULL, NULL));
    REFUSED("attributions[0, 0] is nan", attn_explain_flip(context, &model, a, 0, out));
    attn_context_destroy(&context);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static float out[OUTPUTS];
    make_rows(NAN);
    for (int which = 0; which < FUNCTIONS; which++) {
        if (which == BOOTSTRAP)
            unit_fill(b, ROWS, 3);
        unit_memory memory = {.left = UNIT_ENOUGH};
        long long left = 0;
        for (attn_status status = ATTN_ERR_MEMORY; status != ATTN_OK; left++) {
            ck_assert_int_lt(left, 50);
            unit_memory_reset(&memory, UNIT_ENOUGH);
            attn_context *context = unit_memory_context(&memory, 2);
            unit_memory_reset(&memory, left);
            attn_explain_model model;
            toy of;
            model = toy_make(&of, ROWS, TIME, lengths, b, &model);
            of.dim = DIM;
            status = call(context, which, &model, out);
            if (status == ATTN_OK) { /* what it took is kept for the next time */
                unit_memory_reset(&memory, 0);
                OK(call(context, which, &model, out));
            } else {
                ck_assert_int_eq(status, ATTN_ERR_MEMORY);
                ck_assert_ptr_nonnull(strstr(attn_last_error(), "no memory for"));
            }
            attn_context_destroy(&context);
            ck_assert_int_eq(atomic_load(&memory.blocks), 0);
        }
        ck_assert_int_gt(left, 2);
    }
}
END_TEST

UNIT_MAIN("explain_faults", threads_copies_and_padding_change_no_bit, no_rows_are_no_question,
          what_the_callback_returns_comes_back, outputs_that_are_no_numbers_are_refused,
          wrong_arguments_are_refused, every_allocation_may_fail)
