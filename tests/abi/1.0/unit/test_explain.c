/* test_explain.c - attributions: values known by hand, models whose attributions are known exactly, and a real network. */
#include "unit.h"
#include "unit_explain.h"
#include "unit_network.h"

START_TEST(gradient_times_input_by_hand)
{
    /* Two rows of two tokens of two numbers; the second row has one token, and what lies beyond it is never read. */
    const float x[8] = {1, 2, 3, -1, 2, 2, NAN, NAN}, dx[8] = {0.5f, 1, -1, 2, 3, -4, NAN, NAN};
    const int32_t lengths[2] = {2, 1};
    float a[4];
    attn_context *context = unit_context(1);
    OK(attn_explain_gradient_input(context, 2, 2, 2, x, dx, lengths, ATTN_GRADIENT_SIGNED, a));
    ck_assert_float_eq(a[0], 2.5f);  /* 1 * 0.5 + 2 * 1 */
    ck_assert_float_eq(a[1], -5.0f); /* 3 * -1 + -1 * 2 */
    ck_assert_float_eq(a[2], -2.0f); /* 2 * 3 + 2 * -4 */
    ck_assert_float_eq(a[3], 0.0f);
    OK(attn_explain_gradient_input(context, 2, 2, 2, x, dx, lengths, ATTN_GRADIENT_ABSOLUTE, a));
    ck_assert_float_eq(a[1], 5.0f);
    ck_assert_float_eq(a[3], 0.0f);
    OK(attn_explain_gradient_input(context, 2, 2, 2, NULL, dx, lengths, ATTN_GRADIENT_NORM, a));
    NEAR((double)a[0], sqrt(1.25), 1e-7);
    ck_assert_float_eq(a[2], 5.0f); /* sqrt(9 + 16) */

    /* Attention x gradient: one number a token. */
    OK(attn_explain_gradient_input(context, 1, 3, 1, (float[]){0.5f, 0.25f, 0.25f}, (float[]){2, -4, 0}, NULL,
                                   ATTN_GRADIENT_SIGNED, a));
    ck_assert_float_eq(a[0], 1.0f);
    ck_assert_float_eq(a[1], -1.0f);
    ck_assert_float_eq(a[2], 0.0f);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(occlusion_of_a_bag_of_words_is_its_values)
{
    attn_context *context = unit_context(2);
    const float values[8] = {2, -1, 3, 0.5f, -4, 1, NAN, NAN};
    const int32_t lengths[2] = {4, 2};
    attn_explain_model model;
    toy bag;
    model = toy_make(&bag, 2, 4, lengths, values, &model);
    float a[8];
    OK(attn_explain_occlusion(context, &model, a));
    for (int t = 0; t < 4; t++)
        ck_assert_float_eq(a[t], values[t]); /* f = 4.5: the decision is class 1, whose output is f */
    ck_assert_float_eq(a[4], 4.0f);          /* f = -3: it is class 0, whose output is -f */
    ck_assert_float_eq(a[5], -1.0f);
    unit_assert_all(a + 6, 2, 0.0f);
    ck_assert_int_eq(bag.calls, 1); /* 4 + 1 and 2 + 1 copies at once */
    ck_assert_int_eq(bag.copies, 8);

    model.targets = (int32_t[]){0, 1};
    model.copies = 3;
    OK(attn_explain_occlusion(context, &model, a));
    for (int t = 0; t < 4; t++)
        ck_assert_float_eq(a[t], -values[t]);
    ck_assert_float_eq(a[4], -4.0f);
    ck_assert_int_eq(bag.most, 5 + 3); /* of the call before */
    ck_assert_int_eq(bag.calls, 1 + 3);
    attn_context_destroy(&context);
}
END_TEST

/* f(x) - f(0) of each row, by either rule, of f = sum x^power. */
static void integrate(attn_context *context, int64_t power, int32_t steps, int32_t rule, float *a,
                      float *change, float *gap)
{
    const float x[12] = {1, -2, 0.5f, 3, 2, 1, 0.25f, -1, NAN, NAN, NAN, NAN};
    attn_explain_model model;
    toy powers;
    model = toy_make(&powers, 2, 3, (int32_t[]){3, 1}, NULL, &model);
    powers.dim = 2;
    powers.power = power;
    OK(attn_explain_integrated(context, &model, 2, x, steps, rule, a, change, gap));
    ck_assert_int_eq(powers.copies, 2 * (rule == ATTN_QUADRATURE_SECANT ? steps : steps + 2));
    NEAR((double)change[0],
         pow(1, (double)power) + pow(-2, (double)power) + pow(0.5, (double)power) + pow(3, (double)power) +
             pow(2, (double)power) + pow(1, (double)power),
         1e-6);
    /* Completeness, with the gap that is told. */
    NEAR((double)a[0] + (double)a[1] + (double)a[2] + (double)gap[0], (double)change[0], 1e-6);
    NEAR((double)a[3] + (double)gap[1], (double)change[1], 1e-6);
    unit_assert_all(a + 4, 2, 0.0f);
}

/* Shares that cancel are not scaled: of x^3 + y^3 at (1, -1), which changes by 0, trapezoids make what x^3 and y^3 change by, but for
 * their own error, which halving leaves some thousandth of. At (1, -0.5), whose shares 3 and -0.375 do not cancel, they are scaled
 * until nothing is missing. Where all is a millionth of that, so is what is made of it. */
START_TEST(secants_leave_shares_that_cancel)
{
    static const float other[] = {-1.0f, -0.999f, -0.5f};
    attn_context *context = unit_context(1);
    for (int i = 0; i < 6; i++) {
        const float size = i < 3 ? 1.0f : 0.01f, x[2] = {size, size * other[i % 3]};
        const double cube = pow((double)other[i % 3], 3.0), error = i % 3 < 2 ? 1e-3 : 1e-5;
        const double of = pow((double)size, 3.0);
        float a[2], change, gap;
        attn_explain_model model;
        toy powers;
        model = toy_make(&powers, 1, 2, NULL, NULL, &model);
        powers.dim = 1;
        powers.power = 3;
        OK(attn_explain_integrated(context, &model, 1, x, 50, ATTN_QUADRATURE_SECANT, a, &change, &gap));
        NEAR((double)a[0] / of, 1.0, error);
        NEAR((double)a[1] / of, cube, error);
        NEAR((double)change / of, 1.0 + cube, 1e-6);
        NEAR((double)gap / of, ((double)change - (double)a[0] - (double)a[1]) / of, 1e-6);
    }
    attn_context_destroy(&context);
}
END_TEST

/* f(x) = x - H x exp(-x / 1e-4): a cliff at 0, as deep as it is narrow, whose slope there is -H. */
static attn_status cliff_gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                                  const int32_t *lengths, float *outputs, float *dx)
{
    const double depth = *(const double *)user;
    (void)rows;
    (void)lengths;
    for (int64_t i = 0; i < count; i++) {
        const double falls = exp(-(double)x[i] / 1e-4);
        outputs[i] = (float)((double)x[i] - depth * (double)x[i] * falls);
        dx[i] = (float)(1 - depth * falls + depth * (double)x[i] / 1e-4 * falls);
    }
    return ATTN_OK;
}

START_TEST(one_point_on_a_cliff_counts_at_most_twenty_times)
{
    attn_context *context = unit_context(1);
    for (double depth = 1; depth <= 1e12; depth *= 100) {
        float a, change, gap;
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        model.batch = model.time = 1;
        model.gradient = cliff_gradient;
        model.user = &depth;
        OK(attn_explain_integrated(context, &model, 1, (float[]){1.0f}, 50, ATTN_QUADRATURE_SECANT, &a,
                                   &change, &gap));
        NEAR((double)change, 1.0, 1e-6);
        ck_assert_msg(fabs((double)a - 1.0) <= 21.1 * 0.5 / 49.0, "%g deep: %g", depth, (double)a);
        NEAR((double)gap, (double)change - (double)a, 1e-6);
    }
    attn_context_destroy(&context);
}
END_TEST

/* f(x, y) = x^3 + 1 / (1 + exp(-steep (y - 0.37))), of which x and y have their parts each. */
typedef struct jump {
    double steep;
    int64_t asked;
} jump;

static attn_status jump_gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                                 const int32_t *lengths, float *outputs, float *dx)
{
    jump *of = user;
    (void)rows;
    (void)lengths;
    of->asked += count;
    for (int64_t i = 0; i < count; i++, x += 2, dx += 2) {
        const double first = (double)x[0], part = 1 / (1 + exp(-of->steep * ((double)x[1] - 0.37)));
        outputs[i] = (float)(pow(first, 3.0) + part);
        dx[0] = (float)(3 * first * first);
        dx[1] = (float)(of->steep * part * (1 - part));
    }
    return ATTN_OK;
}

/* A gentle slope takes 5 points and the middles between them; a jump, all within a hundredth of the line, more where it is. What is
 * left of both numbers' error is a hundredth at most. (Of the steepest .0013, by 17 points; 50 at even distances leave .0095.) */
START_TEST(secants_take_points_where_f_jumps)
{
    attn_context *context = unit_context(1);
    for (double steep = 1; steep <= 300; steep *= 4) {
        jump of = {steep, 0};
        float a[2], change, gap;
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        model.batch = 1;
        model.time = 2;
        model.gradient = jump_gradient;
        model.user = &of;
        OK(attn_explain_integrated(context, &model, 1, (float[]){1.0f, 1.0f}, 50, ATTN_QUADRATURE_SECANT, a,
                                   &change, &gap));
        const double part = (double)change - 1.0;
        ck_assert_msg(fabs((double)a[0] - 1.0) < 0.01 && fabs((double)a[1] - part) < 0.01, "%g steep: %g, %g",
                      steep, (double)a[0], (double)a[1]);
        ck_assert_msg(steep < 16 ? of.asked == 9 : of.asked > 9 && of.asked <= 45, "%g steep: %lld points",
                      steep, (long long)of.asked);
    }
    attn_context_destroy(&context);
}
END_TEST

/* 4,096 points of 3 tokens are kept of 341 rows at once: a row of many has what it has alone. */
START_TEST(secants_of_many_rows_are_those_of_each)
{
    enum { MANY = 400, TOKENS = 3 };
    attn_context *context = unit_context(2);
    static float x[MANY * TOKENS], a[MANY * TOKENS], change[MANY];
    static int32_t lengths[MANY];
    for (int64_t i = 0; i < MANY * TOKENS; i++)
        x[i] = (float)(i % 17) / 8.0f - 1.0f;
    for (int32_t b = 0; b < MANY; b++)
        lengths[b] = b % 4;
    attn_explain_model model;
    toy powers;
    model = toy_make(&powers, MANY, TOKENS, lengths, NULL, &model);
    powers.dim = 1;
    powers.power = 4;
    OK(attn_explain_integrated(context, &model, 1, x, 4096, ATTN_QUADRATURE_SECANT, a, change, NULL));
    for (int64_t b = 0; b < MANY; b++) {
        float alone[TOKENS], moved;
        toy one;
        model = toy_make(&one, 1, TOKENS, lengths + b, NULL, &model);
        one.dim = 1;
        one.power = 4;
        OK(attn_explain_integrated(context, &model, 1, x + b * TOKENS, 50, ATTN_QUADRATURE_SECANT, alone,
                                   &moved, NULL));
        ck_assert_mem_eq(alone, a + b * TOKENS, sizeof alone);
        ck_assert_float_eq(moved, change[b]);
    }
    attn_context_destroy(&context);
}
END_TEST

/* A decision that changes by `change`, and slopes that do not tell. */
typedef struct deaf {
    float change, slopes[2];
} deaf;

static attn_status deaf_gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                                 const int32_t *lengths, float *outputs, float *dx)
{
    const deaf *of = user;
    (void)rows;
    (void)lengths;
    for (int64_t i = 0; i < count; i++) {
        outputs[i] = x[2 * i] > 0.5f ? of->change : 0.0f;
        memcpy(dx + 2 * i, of->slopes, sizeof of->slopes);
    }
    return ATTN_OK;
}

/* Two points, at which the shares of x = (1, 1) are the slopes. */
START_TEST(secants_scale_what_points_along_f_and_is_a_twentieth)
{
    static const struct {
        deaf of;
        float a[2];
    } cases[] = {
        {{6.0f, {2.0f, 1.0f}}, {4.0f, 2.0f}},     {{-6.0f, {2.0f, 1.0f}}, {2.0f, 1.0f}},
        {{0.0f, {2.0f, 1.0f}}, {2.0f, 1.0f}},     {{1.0f, {1.0f, -0.9f}}, {10.0f, -9.0f}}, /* 0.1 of 1.9 */
        {{1.0f, {1.0f, -0.91f}}, {1.0f, -0.91f}},                                          /* 0.09 of 1.91 */
    };
    attn_context *context = unit_context(1);
    for (int i = 0; i < 5; i++) {
        deaf of = cases[i].of;
        float a[2], change, gap;
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        model.batch = 1;
        model.time = 2;
        model.gradient = deaf_gradient;
        model.user = &of;
        OK(attn_explain_integrated(context, &model, 1, (float[]){1.0f, 1.0f}, 2, ATTN_QUADRATURE_SECANT, a,
                                   &change, &gap));
        NEAR((double)a[0], (double)cases[i].a[0], 1e-5);
        NEAR((double)a[1], (double)cases[i].a[1], 1e-5);
        ck_assert_float_eq(change, of.change);
        NEAR((double)gap, (double)change - (double)a[0] - (double)a[1], 1e-5);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(integrated_gradients_of_polynomials_by_hand)
{
    attn_context *context = unit_context(2);
    float a[6], change[2], gap[2];
    for (int32_t rule = 0; rule < 2; rule++) {
        /* Linear: gradient x input, by one step, or between two points. */
        const int32_t fewest = rule == ATTN_QUADRATURE_SECANT ? 2 : 1;
        integrate(context, 1, fewest, rule, a, change, gap);
        ck_assert_float_eq(a[0], -1.0f);
        ck_assert_float_eq(a[1], 3.5f);
        ck_assert_float_eq(a[2], 3.0f);
        ck_assert_float_eq(a[3], -0.75f);
        ck_assert_float_eq(gap[0], 0.0f);
        /* Quadratic: x * integral of 2 s x ds = x^2, to which one point in the middle is exact, and one trapezoid. */
        integrate(context, 2, fewest, rule, a, change, gap);
        ck_assert_float_eq(a[0], 5.0f);
        ck_assert_float_eq(a[1], 9.25f);
        NEAR((double)gap[0], 0.0, 1e-6);
    }
    /* Cubic: x * integral of 3 s^2 x^2 ds = x^3. Two points of Gauss and Legendre are exact up to s^3; so are secants, to any
     * power, since the tokens' shares of the slope are the same everywhere. */
    for (int32_t rule = 0; rule < 2; rule++) {
        integrate(context, 3, 2, rule, a, change, gap);
        NEAR((double)a[0], -7.0, 1e-6);
        NEAR((double)a[1], 27.125, 1e-6);
        NEAR((double)gap[0], 0.0, 1e-5); /* of numbers of float32 around 29 */
    }
    integrate(context, 20, 5, ATTN_QUADRATURE_SECANT, a, change, gap);
    NEAR((double)a[0] / (1.0 + pow(2.0, 20.0)), 1.0, 1e-6);
    NEAR((double)gap[0] / (double)change[0], 0.0, 1e-6);
    /* Degree 2 n - 1 of the gradient is exact with n points; so are many points. */
    integrate(context, 8, 4, ATTN_QUADRATURE_GAUSS_LEGENDRE, a, change, gap);
    NEAR((double)gap[0] / (double)change[0], 0.0, 1e-6);
    integrate(context, 9, 501, ATTN_QUADRATURE_GAUSS_LEGENDRE, a, change, gap);
    NEAR((double)gap[0] / (double)change[0], 0.0, 1e-6);
    attn_context_destroy(&context);
}
END_TEST

/* ---- a real network ---- */

enum { ROWS = 6, TIME = 9, WORDS = 12, DIM = 6 };

/* Embedded tokens to the logit of a row's class less that of the other, and back. */
typedef struct explained {
    unit_network network;
    attn_tape *tape;
    int32_t targets[ROWS];
} explained;

static attn_status explained_gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                                      const int32_t *lengths, float *outputs, float *dx)
{
    explained *of = user;
    const unit_network *n = &of->network;
    unit_batch b;
    unit_batch_make(n, count, TIME, NULL, lengths, NULL, &b);
    OK(attn_tape_begin(of->tape, 0));
    OK(attn_gru_forward(n->encoder, of->tape,
                        SEQUENCE(.batch = count, .time = TIME, .lengths = lengths, .x = x), NULL, b.states,
                        NULL));
    OK(attn_attention_forward(n->attention, of->tape, count, TIME, b.states, lengths, b.weights, b.context));
    OK(attn_dense_forward(n->decision, of->tape, count, b.context, b.logits));
    for (int64_t i = 0; i < count; i++) {
        const int32_t target = of->targets[rows[i]];
        outputs[i] = b.logits[2 * i + target] - b.logits[2 * i + 1 - target];
        b.dlogits[2 * i + target] = 1.0f;
        b.dlogits[2 * i + 1 - target] = -1.0f;
    }
    OK(attn_dense_backward(n->decision, of->tape, count, b.dlogits, b.dcontext));
    OK(attn_attention_backward(n->attention, of->tape, count, TIME, 1, NULL, b.dcontext, b.dstates, NULL));
    OK(attn_gru_backward(n->encoder, of->tape, b.dstates, NULL,
                         GRADIENTS(.batch = count, .time = TIME, .dx = dx), NULL));
    unit_batch_free(&b);
    return ATTN_OK;
}

/* Rows of random words, one of which, 1 or 2, decides. */
static void make_rows(uint64_t seed, int32_t *ids, int32_t *lengths, int32_t *labels)
{
    for (int b = 0; b < ROWS; b++) {
        lengths[b] = TIME - b;
        labels[b] = (int32_t)(unit_random(&seed) % 2);
        for (int t = 0; t < TIME; t++)
            ids[b * TIME + t] = 3 + (int32_t)(unit_random(&seed) % (WORDS - 3));
        ids[b * TIME + (int)unit_random(&seed) % lengths[b]] = 1 + labels[b];
    }
}

static void train(unit_network *network, unit_batch *batch, int32_t *ids, int32_t *lengths, int32_t *labels)
{
    float loss = 1.0f;
    for (int step = 0; step < 300; step++) {
        make_rows((uint64_t)step, ids, lengths, labels);
        OK(unit_network_train(network, step, batch, &loss));
    }
    ck_assert_float_lt(loss, 0.1f);
}

START_TEST(integrated_gradients_of_a_trained_network_are_complete)
{
    attn_context *context = unit_context(2);
    int32_t ids[ROWS * TIME], lengths[ROWS], labels[ROWS];
    attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
    adam.lr = 0.01f;
    explained of;
    unit_batch batch;
    float a[ROWS * TIME], change[ROWS], gap[ROWS];
    OK(unit_network_create(context, WORDS, DIM, 8, NULL, &adam, &of.network));
    unit_batch_make(&of.network, ROWS, TIME, ids, lengths, labels, &batch);
    train(&of.network, &batch, ids, lengths, labels);
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_GRADIENT;
    OK(attn_tape_create(context, &options, &of.tape));

    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    model.batch = ROWS;
    model.time = TIME;
    model.lengths = lengths;
    model.gradient = explained_gradient;
    model.user = &of;
    for (uint64_t seed = 1000; seed < 1010; seed++) {
        make_rows(seed, ids, lengths, labels);
        memcpy(of.targets, labels, sizeof of.targets);
        OK(attn_embedding_forward(of.network.embedding, NULL, ROWS, TIME, ids, lengths, batch.vectors));
        OK(attn_explain_integrated(context, &model, DIM, batch.vectors, 50, seed % 2, a, change, gap));
        for (int b = 0; b < ROWS; b++) {
            ck_assert_float_gt(change[b], 1.0f);
            ck_assert_double_lt(fabs((double)gap[b]), 0.01 * (double)change[b]);
            int32_t largest = 0;
            for (int32_t t = 1; t < lengths[b]; t++)
                largest = a[b * TIME + t] > a[b * TIME + largest] ? t : largest;
            ck_assert_int_eq(ids[b * TIME + largest], 1 + labels[b]); /* the word that decides */
        }
    }
    unit_batch_free(&batch);
    attn_tape_destroy(&of.tape);
    unit_network_destroy(&of.network);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("explain", gradient_times_input_by_hand, occlusion_of_a_bag_of_words_is_its_values,
          integrated_gradients_of_polynomials_by_hand, secants_leave_shares_that_cancel,
          one_point_on_a_cliff_counts_at_most_twenty_times, secants_take_points_where_f_jumps,
          secants_of_many_rows_are_those_of_each, secants_scale_what_points_along_f_and_is_a_twentieth,
          integrated_gradients_of_a_trained_network_are_complete)
