/* test_adam.c - the optimiser: the published update, schedule, clipping, decay, sparse rows, and what it refuses. */
#include "unit.h"
#include "unit_data.h"

static attn_context *context;
static attn_params *params;

static void setup(int64_t size)
{
    context = unit_context(2);
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    if (size)
        OK(attn_params_add(params, "w", 1, &size, UNIT_INIT(ATTN_INIT_NORMAL)));
}

static void teardown(void)
{
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static attn_adam *adam_of(const attn_adam_options *options)
{
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, options, &adam));
    return adam;
}

/* ---- the update ------------------------------------------------------------------------------------------ */

/* The algorithm as printed in 1412.6980, with 1711.05101's decay, in double. */
static void publish(double *w, const double *g, double *m, double *v, int64_t n, int64_t t,
                    const attn_adam_options *o)
{
    double beta1 = (double)o->beta1, beta2 = (double)o->beta2;
    double rate = fmax((double)o->lr_floor,
                       (double)o->lr * pow((double)o->lr_decay, (double)(t - 1) / (double)o->lr_decay_steps));
    for (int64_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
        double m_hat = m[i] / (1.0 - pow(beta1, (double)t)), v_hat = v[i] / (1.0 - pow(beta2, (double)t));
        w[i] -= rate * (double)o->weight_decay * w[i] + rate * m_hat / (sqrt(v_hat) + (double)o->epsilon);
    }
}

/* The options with the numbers that adam.h says zeros stand for. */
static attn_adam_options meaning(attn_adam_options o)
{
    o.lr = o.lr == 0.0f ? 1e-3f : o.lr;
    o.beta1 = o.beta1 == 0.0f ? 0.9f : o.beta1 == ATTN_ZERO ? 0.0f : o.beta1;
    o.beta2 = o.beta2 == 0.0f ? 0.999f : o.beta2 == ATTN_ZERO ? 0.0f : o.beta2;
    o.epsilon = o.epsilon == 0.0f ? 1e-8f : o.epsilon == ATTN_ZERO ? 0.0f : o.epsilon;
    o.lr_decay = o.lr_decay == 0.0f ? 1.0f : o.lr_decay;
    o.lr_decay_steps = o.lr_decay_steps == 0 ? 1 : o.lr_decay_steps;
    return o;
}

START_TEST(updates_are_the_published_ones)
{
    enum { N = 40000 }; /* more than one span, with a rest */
    static double w[N], g[N], m[N], v[N];
    const attn_adam_options zeros = ATTN_ADAM_OPTIONS_INIT;
    attn_adam_options variants[] = {zeros, zeros, zeros, zeros};
    variants[1].lr = 0.01f;
    variants[1].beta1 = 0.8f;
    variants[1].beta2 = 0.95f;
    variants[1].epsilon = 1e-3f;
    variants[1].weight_decay = 0.1f;
    variants[1].lr_decay = 0.5f;
    variants[1].lr_decay_steps = 2;
    variants[1].lr_floor = 0.002f;
    variants[2].beta1 = variants[2].beta2 = ATTN_ZERO;
    variants[2].epsilon = 1e-6f;
    variants[3].epsilon = ATTN_ZERO;
    for (int o = 0; o < 4; o++) {
        const attn_adam_options meant = meaning(variants[o]);
        setup(N);
        attn_adam *adam = adam_of(&variants[o]);
        float *values = attn_params_values(params), *gradients = unit_gradients(params);
        for (int i = 0; i < N; i++) {
            w[i] = (double)values[i];
            m[i] = v[i] = 0.0;
        }
        for (int t = 1; t <= 6; t++) {
            unit_fill(gradients, N, (uint64_t)t);
            for (int i = 0; i < N; i++)
                g[i] = (double)gradients[i];
            publish(w, g, m, v, N, t, &meant);
            OK(attn_adam_step(adam, NULL));
            ck_assert_int_eq(attn_adam_steps(adam), t);
        }
        for (int i = 0; i < N;
             i++) /* each update is at most about lr; float32 keeps 7 digits of it, and 6 add up */
            ck_assert_msg(fabs((double)values[i] - w[i]) <=
                              2e-5 * (double)meant.lr + 6.0 * 0x1p-24 * (1.0 + fabs(w[i])),
                          "variant %d, number %d: %.9g; expected %.9g", o, i, (double)values[i], w[i]);
        attn_adam_destroy(&adam);
        teardown();
    }
}
END_TEST

START_TEST(the_gradients_stay_as_they_are)
{
    setup(9);
    attn_adam *adam = adam_of(NULL);
    float before[9];
    unit_fill(unit_gradients(params), 9, 1);
    memcpy(before, unit_gradients(params), sizeof before);
    OK(attn_adam_step(adam, NULL));
    unit_assert_same_bits(unit_gradients(params), before, 9);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(the_rate_decays_to_its_floor)
{
    setup(3);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = 0.01f;
    options.lr_decay = 0.5f;
    options.lr_decay_steps = 4;
    options.lr_floor = 0.002f;
    attn_adam *adam = adam_of(&options);
    OK(attn_params_zero_grad(params));
    for (int step = 0; step < 20; step++) {
        NEAR((double)attn_adam_lr(adam), fmax(0.002, 0.01 * pow(0.5, step / 4.0)), 1e-9);
        OK(attn_adam_step(adam, NULL));
    }
    ck_assert_float_eq(attn_adam_lr(adam), 0.002f);
    ck_assert_float_eq(attn_adam_lr(NULL), 0.0f);
    ck_assert_int_eq(attn_adam_steps(NULL), 0);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(another_rate_may_be_set)
{
    setup(3);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr_decay = 0.5f;
    attn_adam *adam = adam_of(&options);
    OK(attn_params_zero_grad(params));
    OK(attn_adam_step(adam, NULL));
    OK(attn_adam_set_lr(adam, 0.25f));
    NEAR((double)attn_adam_lr(adam), 0.125, 1e-9); /* the option's decay goes on */
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_set_lr: lr is -1; expected 0 or more",
          attn_adam_set_lr(adam, ATTN_ZERO));
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_set_lr: lr is nan", attn_adam_set_lr(adam, NAN));
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_set_lr: adam is NULL", attn_adam_set_lr(NULL, 0.1f));
    NEAR((double)attn_adam_lr(adam), 0.125, 1e-9);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

/* Asked for when it is made or later: the next rate finds m and v as if no step had been left out. */
START_TEST(at_a_rate_of_zero_weights_stay_and_moments_move)
{
    enum { N = 9 };
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    attn_adam *adam[2];
    float before[N];
    double w[N], g[N], m[N] = {0}, v[N] = {0};
    setup(N);
    memcpy(before, attn_params_values(params), sizeof before);
    options.weight_decay = 0.5f;
    options.average = 0.5f;
    adam[0] = adam_of(&options);
    OK(attn_adam_set_lr(adam[0], 0.0f));
    options.lr = ATTN_ZERO;
    adam[1] = adam_of(&options);
    unit_fill(unit_gradients(params), N, 1);
    for (int step = 0; step < 3; step++)
        for (int i = 0; i < 2; i++) {
            ck_assert_float_eq(attn_adam_lr(adam[i]), 0.0f);
            OK(attn_adam_step(adam[i], NULL));
            unit_assert_same_bits(attn_params_values(params), before, N);
        }
    ck_assert_int_eq(attn_adam_steps(adam[0]), 3);
    for (int i = 0; i < N; i++)
        w[i] = (double)before[i], g[i] = (double)attn_params_gradients(params)[i];
    options = meaning(options);
    for (int t = 1; t <= 4; t++) {
        options.lr = t == 4 ? 0.01f : 0.0f;
        publish(w, g, m, v, N, t, &options);
    }
    for (int i = 0; i < 2; i++) {
        memcpy(attn_params_values(params), before, sizeof before);
        OK(attn_adam_set_lr(adam[i], 0.01f));
        OK(attn_adam_step(adam[i], NULL));
        for (int k = 0; k < N; k++)
            NEAR((double)attn_params_values(params)[k], w[k], 1e-6);
        attn_adam_destroy(&adam[i]);
    }
    teardown();
}
END_TEST

START_TEST(the_norm_is_returned_and_clipped)
{
    /* With epsilon large against sqrt(v), the update is nearly rate * m_hat / epsilon: it shows g's size, not its sign. */
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.epsilon = 1e6f;
    options.lr = 1e6f;
    double moved[2];
    for (int clipped = 0; clipped < 2; clipped++) {
        setup(2);
        options.clip_norm = clipped ? 1.0f : 0.0f;
        attn_adam *adam = adam_of(&options);
        float norm, *values = attn_params_values(params), *gradients = unit_gradients(params);
        values[0] = 0.0f;
        gradients[0] = 3.0f;
        gradients[1] = -4.0f;
        OK(attn_adam_step(adam, &norm));
        NEAR((double)norm, 5.0, 1e-7);
        moved[clipped] = (double)values[0];
        attn_adam_destroy(&adam);
        teardown();
    }
    NEAR(moved[0], -3.0, 1e-5);
    NEAR(moved[1], -3.0 / 5.0, 1e-5);
}
END_TEST

START_TEST(a_norm_below_the_clip_is_left_alone)
{
    float values[2][50];
    for (int clipped = 0; clipped < 2; clipped++) {
        setup(50);
        attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
        options.clip_norm = clipped ? 100.0f : 0.0f;
        attn_adam *adam = adam_of(&options);
        unit_fill(unit_gradients(params), 50, 1);
        OK(attn_adam_step(adam, NULL));
        memcpy(values[clipped], attn_params_values(params), sizeof values[0]);
        attn_adam_destroy(&adam);
        teardown();
    }
    unit_assert_same_bits(values[0], values[1], 50);
}
END_TEST

/* A rate of its own is a factor on the optimiser's: the same as an optimiser of that rate, decay included. */
START_TEST(a_tensor_may_learn_faster_than_the_others)
{
    float values[2][20];
    for (int own = 0; own < 2; own++) {
        setup(20);
        attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
        options.weight_decay = 0.25f;
        options.lr = own ? 0x1p-8f : 0x1p-6f; /* powers of 2, so that the products are exact */
        attn_adam *adam = adam_of(&options);
        if (own)
            OK(attn_params_set_lr_scale(params, "w", 4.0f));
        unit_fill(unit_gradients(params), 20, 1);
        OK(attn_adam_step(adam, NULL));
        memcpy(values[own], attn_params_values(params), sizeof values[own]);
        attn_adam_destroy(&adam);
        teardown();
    }
    unit_assert_same_bits(values[1], values[0], 20);
    setup(20);
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_set_lr_scale: scale is 0",
          attn_params_set_lr_scale(params, "w", 0.0f));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_set_lr_scale: scale is inf",
          attn_params_set_lr_scale(params, "w", INFINITY));
    FAILS(ATTN_ERR_ARGUMENT, "no tensor is called \"x\"", attn_params_set_lr_scale(params, "x", 2.0f));
    teardown();
}
END_TEST

/* ---- the average ----------------------------------------------------------------------------------------- */

START_TEST(the_average_follows_its_equation)
{
    enum { N = 40000 };
    static double average[N];
    static float last[N];
    setup(N);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = 0.1f;
    options.average = 0.6f; /* reached at t = 13 */
    attn_adam *adam = adam_of(&options);
    float *values = attn_params_values(params);
    for (int i = 0; i < N; i++)
        average[i] = (double)values[i];
    for (int t = 1; t <= 20; t++) {
        unit_fill(unit_gradients(params), N, (uint64_t)t);
        OK(attn_adam_step(adam, NULL));
        double d = fmin(0.6, (1.0 + t) / (10.0 + t));
        for (int i = 0; i < N; i++)
            average[i] = d * average[i] + (1.0 - d) * (double)values[i];
    }
    memcpy(last, values, sizeof last);
    OK(attn_adam_swap_average(adam));
    for (int i = 0; i < N; i++) /* float32 rounds each of the last few sums */
        MUST(fabs((double)values[i] - average[i]) <= 1e-6, "number %d is %g; expected %g", i,
             (double)values[i], average[i]);
    ck_assert(unit_any_differs(values, last, N));
    FAILS(ATTN_ERR_STATE, "attn_adam_step: the weights' average is swapped in", attn_adam_step(adam, NULL));
    ck_assert_int_eq(attn_adam_steps(adam), 20);
    OK(attn_adam_swap_average(adam));
    unit_assert_same_bits(values, last, N);
    OK(attn_adam_step(adam, NULL));
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(before_the_first_step_the_average_is_the_first_values)
{
    setup(50);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.average = 0.999f;
    attn_adam *adam = adam_of(&options);
    float before[50];
    memcpy(before, attn_params_values(params), sizeof before);
    OK(attn_adam_swap_average(adam));
    unit_assert_same_bits(attn_params_values(params), before, 50);
    attn_adam_destroy(&adam);
    adam = adam_of(NULL);
    FAILS(ATTN_ERR_STATE, "attn_adam_swap_average: no average is kept", attn_adam_swap_average(adam));
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_swap_average: adam is NULL", attn_adam_swap_average(NULL));
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

/* ---- sparse rows ----------------------------------------------------------------------------------------- */

START_TEST(only_used_rows_of_an_embedding_move)
{
    enum { ROWS = 8, DIM = 3 };
    setup(4);
    attn_embedding *embedding = NULL;
    attn_tape *tape = NULL;
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.weight_decay = 0.5f;
    OK(attn_embedding_create(params, "e", ROWS, DIM, NULL, &embedding));
    OK(attn_tape_create(context, NULL, &tape));
    attn_adam *adam = adam_of(&options);
    float *values = attn_params_values(params), before[4 + ROWS * DIM], y[9], dy[9];
    for (int i = 0; i < 9; i++)
        dy[i] = 1.0f;
    const int32_t steps[2][3] = {{2, 5, 2}, {7, 7, 7}};
    for (int s = 0; s < 2; s++) {
        memcpy(before, values, sizeof before);
        OK(attn_params_zero_grad(params));
        OK(attn_embedding_forward(embedding, tape, 1, 3, steps[s], NULL, y));
        OK(attn_embedding_backward(embedding, tape, 1, 3, dy));
        OK(attn_adam_step(adam, NULL));
        for (int row = 0; row < ROWS; row++) {
            int used = row == steps[s][0] || row == steps[s][1];
            for (int d = 0; d < DIM; d++) {
                int i = 4 + row * DIM + d; /* the dense tensor comes first */
                if (!used) /* m of rows 2 and 5 is not 0 in the second step, and yet they stay */
                    ck_assert_float_eq(values[i], before[i]);
                else /* the step of Adam alone: decay leaves embeddings alone. The bias correction counts all steps */
                    ck_assert_float_lt(values[i], before[i]);
                if (used && s == 0)
                    NEAR((double)values[i], (double)before[i] - 1e-3, 1e-7);
            }
        }
        for (int i = 0; i < 4; i++) /* a dense tensor without gradient only decays */
            NEAR((double)values[i], (double)before[i] * (1.0 - 0.5e-3), 1e-7);
    }
    attn_tape_destroy(&tape);
    attn_embedding_destroy(&embedding);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(rows_used_by_two_backwards_move_once)
{
    setup(0);
    attn_embedding *embedding = NULL;
    attn_tape *tape = NULL;
    OK(attn_embedding_create(params, "e", 4, 2, NULL, &embedding));
    OK(attn_tape_create(context, NULL, &tape));
    attn_adam *adam = adam_of(NULL);
    float y[2], dy[2] = {3.0f, 4.0f}, norm, before = attn_params_values(params)[4];
    for (int i = 0; i < 2; i++) {
        OK(attn_embedding_forward(embedding, tape, 1, 1, (int32_t[]){2}, NULL, y));
        OK(attn_embedding_backward(embedding, tape, 1, 1, dy));
    }
    OK(attn_adam_step(adam, &norm));
    NEAR((double)norm, 10.0, 1e-7);
    NEAR((double)attn_params_values(params)[4], (double)before - 1e-3, 1e-7);
    attn_tape_destroy(&tape);
    attn_embedding_destroy(&embedding);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

/* ---- refusals -------------------------------------------------------------------------------------------- */

START_TEST(a_gradient_that_is_not_finite_changes_nothing)
{
    setup(3);
    OK(attn_params_add(params, "second", 1, (int64_t[]){20000}, UNIT_INIT(ATTN_INIT_NORMAL)));
    attn_adam *adam = adam_of(NULL);
    float *before = unit_zeros(20003), *gradients = unit_gradients(params), norm;
    unit_fill(gradients, 20003, 1);
    OK(attn_adam_step(adam, NULL));
    memcpy(before, attn_params_values(params), 20003 * sizeof(float));
    const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        gradients[3 + 17000] = wrong[i];
        FAILS(ATTN_ERR_STATE, "attn_adam_step: the gradient of \"second\" is ", attn_adam_step(adam, &norm));
        ck_assert_ptr_nonnull(strstr(attn_last_error(), "at 17000"));
        ck_assert(!isfinite(norm));
    }
    gradients[3 + 17000] = 0.0f;
    gradients[2] = NAN;
    FAILS(ATTN_ERR_STATE, "attn_adam_step: the gradient of \"w\" is nan at 2;", attn_adam_step(adam, NULL));
    gradients[2] = 1.0f;
    gradients[3 + 17000] = 1e30f; /* finite, but not its square */
    FAILS(ATTN_ERR_STATE, "norm", attn_adam_step(adam, NULL));
    unit_assert_same_bits(attn_params_values(params), before, 20003);
    ck_assert_int_eq(attn_adam_steps(adam), 1);
    gradients[3 + 17000] = 0.0f;
    OK(attn_adam_step(adam, NULL)); /* m and v are sound */
    for (int i = 0; i < 20003; i++)
        ck_assert(isfinite(attn_params_values(params)[i]));
    free(before);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(tensors_added_later_are_refused)
{
    setup(3);
    attn_adam *adam = adam_of(NULL);
    OK(attn_params_add(params, "late", 1, (int64_t[]){2}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_step: the params have 2 tensors now, and had 1",
          attn_adam_step(adam, NULL));
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(params_without_tensors_are_fine)
{
    setup(0);
    attn_adam *adam = adam_of(NULL);
    float norm = 1.0f;
    OK(attn_adam_step(adam, &norm));
    ck_assert_float_eq(norm, 0.0f);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

static void refuse(attn_adam_options options, const char *part)
{
    attn_adam *adam = (attn_adam *)&options;
    FAILS(ATTN_ERR_ARGUMENT, part, attn_adam_create(params, &options, &adam));
    ck_assert_ptr_null(adam);
}

START_TEST(options_out_of_range_are_refused)
{
    setup(3);
    const attn_adam_options standard = ATTN_ADAM_OPTIONS_INIT;
    attn_adam_options o;
#define WITH(member, value, part)                                                                            \
    o = standard;                                                                                            \
    o.member = (value);                                                                                      \
    refuse(o, part);
    WITH(lr, -2.0f, "lr is -2; expected 0 (for 1e-3) or more, or ATTN_ZERO")
    WITH(lr, INFINITY, "lr is inf")
    WITH(lr, NAN, "lr is nan")
    WITH(beta1, 1.0f, "beta1 is 1")
    WITH(beta2, -0.5f, "beta2 is -0.5")
    WITH(epsilon, -2.0f, "epsilon is -2")
    WITH(weight_decay, -1.0f, "weight_decay is -1")
    WITH(clip_norm, -1.0f, "clip_norm is -1")
    WITH(clip_norm, NAN, "clip_norm is nan")
    WITH(lr_decay, ATTN_ZERO, "lr_decay is -1")
    WITH(lr_decay, 1.5f, "lr_decay is 1.5")
    WITH(lr_floor, -1.0f, "lr_floor is -1")
    WITH(lr_floor, NAN, "lr_floor is nan")
    WITH(lr_decay_steps, -1, "lr_decay_steps is -1")
    WITH(average, 1.0f, "average is 1")
    WITH(average, -0.5f, "average is -0.5")
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_create: out is NULL", attn_adam_create(params, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_adam_step: adam is NULL", attn_adam_step(NULL, NULL));
    teardown();
}
END_TEST

/* The squares of these gradients are beyond the floats; the last ones' norm is, too. */
START_TEST(gradients_of_any_finite_size_are_clipped)
{
    static const float sizes[] = {1e17f, 1e19f, 1e25f, 1e30f, 3e38f, 1e-30f};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        enum { N = 20000 }; /* more than one span */
        setup(N);
        attn_adam *adam = adam_of(&(attn_adam_options){.struct_size = sizeof(attn_adam_options),
                                                       .clip_norm = sizes[s] < 1 ? 1e-35f : 1.0f});
        float *gradients = unit_gradients(params), *before = unit_zeros(N), norm;
        memcpy(before, attn_params_values(params), N * sizeof(float));
        for (int i = 0; i < N; i++)
            gradients[i] = i % 3 ? sizes[s] : -sizes[s];
        OK(attn_adam_step(adam, &norm));
        const double expected = sqrt((double)N) * (double)sizes[s];
        if (expected < 3.4e38)
            NEAR((double)norm / expected, 1.0, 1e-5);
        for (int i = 0; i < N && sizes[s] > 1; i++) /* the first step is lr, whatever the gradient's size */
            NEAR((double)(before[i] - attn_params_values(params)[i]), i % 3 ? 1e-3 : -1e-3, 1e-5);
        free(before);
        attn_adam_destroy(&adam);
        teardown();
    }
}
END_TEST

START_TEST(large_gradients_count_by_their_ratio)
{
    setup(2);
    attn_adam *adam = adam_of(&(attn_adam_options){.struct_size = sizeof(attn_adam_options),
                                                   .clip_norm = 1.0f,
                                                   .beta1 = ATTN_ZERO,
                                                   .beta2 = ATTN_ZERO,
                                                   .epsilon = 1.0f});
    float *gradients = unit_gradients(params), *values = attn_params_values(params),
          before[2] = {values[0], values[1]};
    gradients[0] = 3e38f; /* clipped to 0.6 and 0.8: a step of lr g / (|g| + 1) */
    gradients[1] = -3e38f * 4.0f / 3.0f < -3.4e38f ? -3.4e38f : 0.0f;
    const double norm = hypot((double)gradients[0], (double)gradients[1]);
    OK(attn_adam_step(adam, NULL));
    for (int i = 0; i < 2; i++) {
        const double g = (double)gradients[i] / norm;
        NEAR((double)(before[i] - values[i]) * 1e3, g / (fabs(g) + 1.0), 1e-4);
    }
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

START_TEST(gradients_too_large_for_a_step_are_refused_without_clipping)
{
    setup(3);
    attn_adam *adam = adam_of(NULL);
    const float size = 1e20f;
    unit_gradients(params)[1] = size;
    FAILS(ATTN_ERR_STATE, "attn_adam_step: the gradients' norm is 1e+20", attn_adam_step(adam, NULL));
    ck_assert_int_eq(attn_adam_steps(adam), 0);
    attn_adam_destroy(&adam);
    teardown();
}
END_TEST

UNIT_MAIN("adam", gradients_of_any_finite_size_are_clipped, large_gradients_count_by_their_ratio,
          gradients_too_large_for_a_step_are_refused_without_clipping, updates_are_the_published_ones,
          the_gradients_stay_as_they_are, the_rate_decays_to_its_floor, another_rate_may_be_set,
          at_a_rate_of_zero_weights_stay_and_moments_move, the_norm_is_returned_and_clipped,
          a_norm_below_the_clip_is_left_alone, a_tensor_may_learn_faster_than_the_others,
          the_average_follows_its_equation, before_the_first_step_the_average_is_the_first_values,
          only_used_rows_of_an_embedding_move, rows_used_by_two_backwards_move_once,
          a_gradient_that_is_not_finite_changes_nothing, tensors_added_later_are_refused,
          params_without_tensors_are_fine, options_out_of_range_are_refused)
