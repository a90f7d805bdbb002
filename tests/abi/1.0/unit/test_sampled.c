/* test_sampled.c - cross-entropy at a sample of the words: what it is at those that are drawn, and that it is the whole one where all of
 * them are. */
#include "unit_memory.h"
#include "unit_sampled.h"

#define LOSS_OPTIONS(...)                                                                                    \
    (&(attn_sampled_cross_entropy_options){.struct_size = sizeof(attn_sampled_cross_entropy_options),        \
                                           __VA_ARGS__})

enum { DIM = 9, ROWS = 450 };

/* A table with a bias, candidates, and states with the words that follow them. */
typedef struct setup {
    attn_context *context;
    attn_params *params;
    attn_embedding *table, *bias;
    attn_candidates *candidates;
    float *states, *dstates, *losses;
    int32_t *targets;
    int64_t words, rows;
} setup;

/* The context is the setup's from then on. */
static setup setup_make(attn_context *context, int64_t words, int64_t rows, int64_t count)
{
    setup s = {.context = context, .words = words, .rows = rows};
    s.candidates = make_candidates(context, words, count);
    OK(attn_params_create(context, UNIT_SEED(1), &s.params));
    OK(attn_embedding_create(s.params, "table", words, DIM, NULL, &s.table));
    OK(attn_embedding_create(s.params, "bias", words, 1, NULL, &s.bias));
    unit_fill(attn_params_values(s.params), attn_params_size(s.params), 2);
    OK(attn_params_zero_grad(s.params));
    s.states = unit_floats(rows * DIM, 3);
    s.dstates = unit_floats(rows * DIM, 4); /* is to be written */
    s.losses = unit_zeros(rows);
    s.targets = calloc((size_t)rows + 1, sizeof *s.targets);
    uint64_t random = 9;
    for (int64_t i = 0; i < rows; i++) /* some words several times, also of those that are never drawn */
        s.targets[i] = (int32_t)(unit_random(&random) % (i % 2 || words < 12 ? words : 12));
    return s;
}

static void setup_free(setup *s)
{
    free(s->states);
    free(s->dstates);
    free(s->losses);
    free(s->targets);
    attn_embedding_destroy(&s->table);
    attn_embedding_destroy(&s->bias);
    attn_params_destroy(&s->params);
    attn_candidates_destroy(&s->candidates);
    attn_context_destroy(&s->context);
}

static attn_status call(const setup *s, int64_t step, const attn_sampled_cross_entropy_options *options,
                        float *loss, float *dstates)
{
    return attn_sampled_cross_entropy(s->table, s->bias, s->candidates, step, s->rows, s->states, s->targets,
                                      options, loss, NULL, dstates);
}

static float loss_of(const setup *s, int64_t step, float *dstates)
{
    float loss;
    OK(call(s, step, NULL, &loss, dstates));
    return loss;
}

/* Softmax over the words that weigh something, and the right one, in double. */
static double expected_loss(const setup *s, const double *weights, float *dstates, float *gradients)
{
    const float *table = attn_params_values(s->params), *bias = table + s->words * DIM;
    double total = 0.0, *dtable = calloc((size_t)(s->words * (DIM + 1)), sizeof *dtable),
           *dbias = dtable + s->words * DIM, *p = calloc((size_t)s->words, sizeof *p);
    for (int64_t i = 0; i < s->rows; i++) {
        const float *h = s->states + i * DIM;
        double sum = 0.0, right = 0.0;
        for (int64_t k = 0; k < s->words; k++) {
            double logit = (double)bias[k];
            for (int64_t d = 0; d < DIM; d++)
                logit += (double)table[k * DIM + d] * (double)h[d];
            p[k] = (k == s->targets[i] ? 1.0 : weights[k]) * exp(logit);
            sum += p[k];
            right = k == s->targets[i] ? logit : right;
        }
        total += log(sum) - right;
        double dh[DIM] = {0};
        for (int64_t k = 0; k < s->words; k++) {
            const double g = (p[k] / sum - (k == s->targets[i])) / (double)s->rows;
            dbias[k] += g;
            for (int64_t d = 0; d < DIM; d++) {
                dtable[k * DIM + d] += g * (double)h[d];
                dh[d] += g * (double)table[k * DIM + d];
            }
        }
        for (int64_t d = 0; d < DIM; d++)
            dstates[i * DIM + d] = (float)dh[d];
    }
    for (int64_t i = 0; i < s->words * (DIM + 1); i++)
        gradients[i] = (float)dtable[i];
    free(dtable);
    free(p);
    return total / (double)s->rows;
}

/* The sums are of some hundred float32 products of numbers below 1: errors of 6e-8 each, of which most cancel. */
#define TOLERANCE 2e-6

static void assert_near(const float *got, const float *expected, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++)
        MUST(fabs((double)got[i] - (double)expected[i]) <= TOLERANCE, "%s[%lld] is %.9g; expected %.9g", what,
             (long long)i, (double)got[i], (double)expected[i]);
}

static void assert_by_hand(int64_t words, int64_t rows, int64_t count, int64_t step, int32_t threads)
{
    setup s = setup_make(unit_context(threads), words, rows, count);
    const int64_t most = info_of(s.candidates).count;
    int32_t *ids = calloc((size_t)most, sizeof *ids);
    float *drawn_weights = unit_zeros(most), loss;
    double *weights = calloc((size_t)words, sizeof *weights), sum = 0.0;
    int64_t drawn;
    OK(attn_candidates_draw(s.candidates, step, ids, drawn_weights, &drawn));
    for (int64_t c = 0; c < drawn; c++)
        weights[ids[c]] = (double)drawn_weights[c];
    float *dstates = unit_zeros(rows * DIM), *gradients = unit_zeros(words * (DIM + 1));
    const double expected = expected_loss(&s, weights, dstates, gradients);
    const float alone = loss_of(&s, step, NULL);
    unit_assert_all(attn_params_gradients(s.params), words * (DIM + 1), 0.0f);
    OK(attn_sampled_cross_entropy(s.table, s.bias, s.candidates, step, rows, s.states, s.targets, NULL, &loss,
                                  s.losses, s.dstates));
    ck_assert_float_eq(loss, alone);
    NEAR((double)loss, expected, TOLERANCE);
    for (int64_t i = 0; i < rows; i++)
        sum += (double)s.losses[i];
    NEAR(sum / (double)rows, expected, TOLERANCE);
    assert_near(s.dstates, dstates, rows * DIM, "dstates");
    assert_near(attn_params_gradients(s.params), gradients, words * (DIM + 1), "gradients");
    free(ids);
    free(drawn_weights);
    free(weights);
    free(dstates);
    free(gradients);
    setup_free(&s);
}

/* Targets that are candidates too count once, and the others are weighed; a single row; more rows than a block holds. */
START_TEST(the_loss_is_that_of_the_words_drawn)
{
    assert_by_hand(WORDS, ROWS, 60, 3, 2);
    assert_by_hand(WORDS, 1, 60, 4, 1);
    assert_by_hand(12, ROWS, 1, 0, 1);
    assert_by_hand(9000, 150, 8500, 1, 2); /* blocks of 128 */
}
END_TEST

START_TEST(of_all_words_the_loss_is_exact)
{
    assert_by_hand(WORDS, ROWS, WORDS, 3, 2);
    assert_by_hand(2, 5, 2000, 0, 1);
}
END_TEST

/* 400 draws of 200 among 700 words. One is off by 0.034 on average, as a standard deviation 0.042: the mean of 400 is uncertain by
 * 0.0021, and less than the whole loss by 0.0009, half the variance, since it is the sum in the logarithm that is right on average
 * (Jensen). 1e-3 of 7.1 is three of the one and the other. Of the states' gradient 0.007 was measured. */
START_TEST(on_average_it_is_near_that_of_all_words)
{
    enum { DRAWS = 400, FEWER = 100 };
    setup some = setup_make(unit_context(2), WORDS, FEWER, 200),
          all = setup_make(unit_context(2), WORDS, FEWER, WORDS);
    const float whole = loss_of(&all, 0, all.dstates);
    double sum = 0.0, *mean = calloc(FEWER * DIM, sizeof *mean), along = 0.0, size = 0.0, off = 0.0;
    for (int64_t step = 0; step < DRAWS; step++) {
        const float loss = loss_of(&some, step, some.dstates);
        sum += (double)loss;
        off += fabs((double)loss - (double)whole);
        for (int64_t i = 0; i < FEWER * DIM; i++)
            mean[i] += (double)some.dstates[i] / DRAWS;
    }
    ck_assert_double_gt(off / DRAWS, 1e-3); /* they are samples */
    NEAR(sum / DRAWS, (double)whole, 1e-3);
    for (int64_t i = 0; i < FEWER * DIM; i++) {
        along += pow(mean[i] - (double)all.dstates[i], 2.0);
        size += pow((double)all.dstates[i], 2.0);
    }
    ck_assert_double_lt(sqrt(along / size), 0.02); /* of its length */
    free(mean);
    setup_free(&some);
    setup_free(&all);
}
END_TEST

/* Adam moves the rows of candidates and targets, and no others; they are those of the gradient. */
START_TEST(only_rows_that_were_used_learn)
{
    setup s = setup_make(unit_context(1), WORDS, 5, 60);
    attn_adam *adam = NULL;
    int32_t ids[60];
    float weights[60], *before = unit_zeros(WORDS * (DIM + 1));
    int64_t drawn, size = attn_params_size(s.params);
    memcpy(before, attn_params_values(s.params), (size_t)size * sizeof *before);
    OK(attn_candidates_draw(s.candidates, 1, ids, weights, &drawn));
    OK(attn_adam_create(s.params, NULL, &adam));
    OK(call(&s, 1, NULL, NULL, s.dstates));
    OK(attn_adam_step(adam, NULL));
    const float *after = attn_params_values(s.params);
    for (int64_t k = 0; k < WORDS; k++) {
        int used = 0;
        for (int64_t c = 0; c < drawn; c++)
            used |= ids[c] == k;
        for (int64_t i = 0; i < 5; i++)
            used |= s.targets[i] == k;
        MUST(unit_any_differs(before + k * DIM, after + k * DIM, DIM) == used, "row %lld of the table",
             (long long)k);
        MUST((before[WORDS * DIM + k] != after[WORDS * DIM + k]) == used, "row %lld of the bias",
             (long long)k);
    }
    free(before);
    attn_adam_destroy(&adam);
    setup_free(&s);
}
END_TEST

START_TEST(a_scale_multiplies_all_and_gradients_are_added)
{
    setup s = setup_make(unit_context(1), WORDS, ROWS, 60);
    const int64_t size = attn_params_size(s.params);
    float *once = unit_zeros(size), *dstates = unit_zeros(ROWS * DIM), other;
    const float loss = loss_of(&s, 0, dstates);
    memcpy(once, attn_params_gradients(s.params), (size_t)size * sizeof *once);
    OK(call(&s, 0, LOSS_OPTIONS(.scale = 0.5f), &other, s.dstates));
    NEAR((double)other, 0.5 * (double)loss, 1e-6);
    for (int64_t i = 0; i < ROWS * DIM; i++)
        MUST(fabs((double)s.dstates[i] - 0.5 * (double)dstates[i]) < 1e-8, "dstates[%lld]", (long long)i);
    for (int64_t i = 0; i < size; i++)
        MUST(fabs((double)attn_params_gradients(s.params)[i] - 1.5 * (double)once[i]) < TOLERANCE,
             "gradient %lld", (long long)i);
    free(once);
    free(dstates);
    setup_free(&s);
}
END_TEST

/* Also where a block's share of it is none of the floats: of 150 rows the second block has 22. */
START_TEST(a_scale_may_be_any_float)
{
    enum { FEWER = 150 };
    setup s = setup_make(unit_context(1), 9000, FEWER, 8500);
    float loss;
    OK(call(&s, 0, LOSS_OPTIONS(.scale = 1e37f), &loss, s.dstates));
    ck_assert_float_gt(loss, 1e37f);
    OK(call(&s, 0, LOSS_OPTIONS(.scale = 1e-45f), &loss, s.dstates));
    for (int64_t i = 0; i < FEWER * DIM; i++)
        MUST(fabsf(s.dstates[i]) < 1e-43f, "dstates[%lld] is %g", (long long)i, (double)s.dstates[i]);
    setup_free(&s);
}
END_TEST

START_TEST(a_frozen_table_gets_no_gradient_and_a_bias_may_be_left_out)
{
    setup s = setup_make(unit_context(1), WORDS, ROWS, 60);
    const float *gradients = attn_params_gradients(s.params);
    setup without = s;
    without.bias = NULL;
    float *dstates = unit_zeros(ROWS * DIM);
    OK(attn_params_set_trainable(s.params, "table.weight", 0));
    loss_of(&s, 0, dstates);
    unit_assert_all(gradients, WORDS * DIM, 0.0f);
    float of_bias = 0.0f;
    for (int64_t k = 0; k < WORDS; k++)
        of_bias += fabsf(gradients[WORDS * DIM + k]);
    ck_assert_float_gt(of_bias, 0.0f);
    OK(attn_params_zero_grad(s.params));
    memset(attn_params_values(s.params) + WORDS * DIM, 0, WORDS * sizeof(float));
    const float loss = loss_of(&s, 0, dstates);
    OK(attn_params_zero_grad(s.params));
    ck_assert_float_eq(loss, loss_of(&without, 0, s.dstates));
    unit_assert_same_bits(dstates, s.dstates, ROWS * DIM);
    unit_assert_all(gradients, WORDS * (DIM + 1), 0.0f);
    free(dstates);
    setup_free(&s);
}
END_TEST

START_TEST(the_number_of_threads_changes_no_bit)
{
    enum { MANY = 5000, SIZE = MANY * (DIM + 1) };
    static float gradients[3][SIZE], dstates[3][ROWS * DIM], losses[3];
    for (int t = 0; t < 3; t++) {
        setup s = setup_make(unit_context(t + 1), MANY, ROWS, 3000);
        losses[t] = loss_of(&s, 2, dstates[t]);
        memcpy(gradients[t], attn_params_gradients(s.params), sizeof gradients[t]);
        setup_free(&s);
        unit_assert_same_bits(gradients[t], gradients[0], SIZE);
        unit_assert_same_bits(dstates[t], dstates[0], ROWS * DIM);
        unit_assert_same_bits(&losses[t], &losses[0], 1);
    }
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_named)
{
    setup s = setup_make(unit_context(2), WORDS, ROWS, 60);
    float loss, *values = attn_params_values(s.params);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        s.states[7 * DIM + 2] = bad[i];
        FAILS(ATTN_ERR_ARGUMENT, "attn_sampled_cross_entropy: states[7,",
              call(&s, 0, NULL, &loss, s.dstates));
        s.states[7 * DIM + 2] = 0.0f;
        values[s.targets[5] * DIM] = bad[i];
        FAILS(ATTN_ERR_STATE, "table.weight", call(&s, 0, NULL, &loss, s.dstates));
        values[s.targets[5] * DIM] = 0.0f;
    }
    setup_free(&s);
}
END_TEST

static attn_status life(attn_context *context, void *user)
{
    (void)user;
    attn_params *params = NULL;
    attn_embedding *table = NULL;
    attn_candidates *candidates = NULL;
    float states[4] = {1, 2, 3, 4}, dstates[4], loss;
    attn_status status = attn_params_create(context, NULL, &params);
    if (status == ATTN_OK)
        status = attn_embedding_create(params, "table", 5, 2, NULL, &table);
    if (status == ATTN_OK)
        status = attn_candidates_create(context, 5, (int64_t[]){0, 1, 2, 3, 4}, CANDIDATES(.count = 2),
                                        &candidates);
    if (status == ATTN_OK)
        status = attn_sampled_cross_entropy(table, NULL, candidates, 0, 2, states, (int32_t[]){1, 2}, NULL,
                                            &loss, NULL, dstates);
    attn_candidates_destroy(&candidates);
    attn_embedding_destroy(&table);
    attn_params_destroy(&params);
    return status;
}

START_TEST(a_lack_of_memory_comes_back)
{
    ck_assert_int_gt(unit_memory_starve(life, NULL), 5);
}
END_TEST

START_TEST(a_second_step_allocates_nothing)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    setup s = setup_make(unit_memory_context(&memory, 1), WORDS, ROWS, 200);
    for (int64_t step = 0; step < 20; step++) {
        OK(call(&s, step, NULL, NULL, s.dstates));
        if (step > 0)
            ck_assert_int_eq(atomic_load(&memory.calls), 0);
        unit_memory_reset(&memory, UNIT_ENOUGH);
    }
    setup_free(&s);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    setup s = setup_make(unit_context(1), 2, 3, 1);
    int32_t targets[] = {0, 1, 2};
    float loss = 5.0f;
#define CALL(table, bias, step, rows, targets, options)                                                      \
    attn_sampled_cross_entropy(table, bias, s.candidates, step, rows, s.states, targets, options, &loss,     \
                               NULL, s.dstates)
    FAILS(ATTN_ERR_ARGUMENT, "targets[2] is 2; expected 0 to 1", CALL(s.table, s.bias, 0, 3, targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "bias is an embedding of 2 rows and width 9; expected 2 rows of width 1",
          CALL(s.table, s.table, 0, 3, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "step is -1", CALL(s.table, s.bias, -1, 3, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rows is -1", CALL(s.table, s.bias, 0, -1, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "scale is -1; expected more than 0, or 0 for 1",
          CALL(s.table, s.bias, 0, 3, s.targets, LOSS_OPTIONS(.scale = -1.0f)));
    FAILS(ATTN_ERR_ARGUMENT, "dstates and states are one array",
          attn_sampled_cross_entropy(s.table, s.bias, s.candidates, 0, 3, s.states, s.targets, NULL, &loss,
                                     NULL, s.states));
    setup other = setup_make(unit_context(1), 3, 3, 1);
    FAILS(ATTN_ERR_ARGUMENT, "candidates are of 2 words and the table has 3 rows",
          CALL(other.table, NULL, 0, 3, other.targets, NULL));
    ck_assert_float_eq(loss, 5.0f);
    OK(CALL(s.table, s.bias, 0, 0, NULL, NULL)); /* no rows at all */
    ck_assert_float_eq(loss, 0.0f);
    setup_free(&other);
    setup_free(&s);
}
END_TEST

UNIT_MAIN("sampled", the_loss_is_that_of_the_words_drawn, of_all_words_the_loss_is_exact,
          on_average_it_is_near_that_of_all_words, only_rows_that_were_used_learn,
          a_scale_multiplies_all_and_gradients_are_added, a_scale_may_be_any_float,
          a_frozen_table_gets_no_gradient_and_a_bias_may_be_left_out, the_number_of_threads_changes_no_bit,
          numbers_that_are_not_finite_are_named, a_lack_of_memory_comes_back, a_second_step_allocates_nothing,
          wrong_arguments_are_refused)
