/* test_sampled.c - cross-entropy at a sample of the words: which are drawn, what the loss is at them, and that it is the whole one
 * where all of them are. */
#include "unit.h"
#include "unit_data.h"
#include "unit_memory.h"

#define OPTIONS(...) (&(attn_candidates_options){.struct_size = sizeof(attn_candidates_options), __VA_ARGS__})
#define LOSS_OPTIONS(...)                                                                                    \
    (&(attn_sampled_cross_entropy_options){.struct_size = sizeof(attn_sampled_cross_entropy_options),        \
                                           __VA_ARGS__})

enum { WORDS = 700, DIM = 9, ROWS = 450 };

/* As words of a text are: the k-th of frequency 20000 / k, and some that are never drawn. */
static int64_t *make_frequencies(int64_t words)
{
    int64_t *frequencies = calloc((size_t)words, sizeof *frequencies);
    for (int64_t k = 0; k < words; k++)
        frequencies[k] = k == 0 || k % 97 == 96 ? 0 : 20000 / k + 1;
    return frequencies;
}

static attn_candidates *make_candidates(attn_context *context, int64_t words, int64_t count)
{
    attn_candidates *candidates = NULL;
    int64_t *frequencies = make_frequencies(words);
    OK(attn_candidates_create(context, words, frequencies, OPTIONS(.count = count, .seed = 5), &candidates));
    free(frequencies);
    return candidates;
}

static attn_candidates_info info_of(const attn_candidates *candidates)
{
    attn_candidates_info info = ATTN_CANDIDATES_INFO_INIT;
    OK(attn_candidates_get_info(candidates, &info));
    return info;
}

/* ---- which words ------------------------------------------------------------------------------------------- */

START_TEST(each_word_stands_for_itself_on_average)
{
    enum { COUNT = 60, DRAWS = 20000 };
    attn_context *context = unit_context(1);
    attn_candidates *candidates = make_candidates(context, WORDS, COUNT);
    const attn_candidates_info info = info_of(candidates);
    int64_t *frequencies = make_frequencies(WORDS);
    static double sums[WORDS], squares[WORDS];
    int32_t ids[COUNT];
    float weights[COUNT];
    ck_assert_int_eq(info.words, WORDS);
    ck_assert_int_eq(info.count, COUNT);
    ck_assert_int_gt(info.certain, 0); /* the most frequent */
    ck_assert_int_lt(info.certain, COUNT);
    for (int64_t step = 0; step < DRAWS; step++) {
        int64_t drawn = -1;
        char seen[WORDS] = {0};
        OK(attn_candidates_draw(candidates, step, ids, weights, &drawn));
        MUST(drawn > COUNT / 2 && drawn <= COUNT, "%lld drawn", (long long)drawn);
        for (int64_t i = 0; i < drawn; i++) {
            MUST(!seen[ids[i]]++, "step %lld: word %d stands there twice", (long long)step, ids[i]);
            MUST(i >= info.certain || weights[i] == 1.0f, "a certain word of weight %g", (double)weights[i]);
            sums[ids[i]] += (double)weights[i];
            squares[ids[i]] += (double)weights[i] * (double)weights[i];
        }
    }
    for (int64_t k = 0; k < WORDS; k++) {
        /* A mean of so many draws is this uncertain; within five of that all 700 are but once in 2,500 runs, of which this is one. */
        const double mean = sums[k] / DRAWS, variance = squares[k] / DRAWS - mean * mean;
        const double error = 5.0 * sqrt(fmax(variance, 0.0) / DRAWS) + 1e-12;
        const double expected = frequencies[k] > 0 ? 1.0 : 0.0;
        MUST(fabs(mean - expected) <= error, "word %lld of frequency %lld weighs %g on average; expected %g",
             (long long)k, (long long)frequencies[k], mean, expected);
    }
    free(frequencies);
    attn_candidates_destroy(&candidates);
    attn_context_destroy(&context);
}
END_TEST

/* Of weights 1 / e_k: with a power of 0 all alike, with 1 as the frequencies are. */
START_TEST(words_are_drawn_by_a_power_of_their_frequency)
{
    attn_context *context = unit_context(1);
    const int64_t frequencies[] = {1, 16, 81, 256};
    const struct {
        float power;
        double of[4];
    } all[] = {{ATTN_ZERO, {1, 1, 1, 1}}, {1.0f, {1, 16, 81, 256}}, {0.0f, {1, 8, 27, 64}}};
    for (int a = 0; a < 3; a++) {
        attn_candidates *candidates = NULL;
        double sum = 0.0;
        OK(attn_candidates_create(context, 4, frequencies, OPTIONS(.count = 1, .power = all[a].power),
                                  &candidates));
        for (int k = 0; k < 4; k++)
            sum += all[a].of[k];
        for (int64_t step = 0; step < 50; step++) {
            int32_t id;
            int64_t drawn;
            float weight;
            OK(attn_candidates_draw(candidates, step, &id, &weight, &drawn));
            ck_assert_int_eq(drawn, 1);
            NEAR((double)weight, sum / all[a].of[id], 1e-6);
        }
        attn_candidates_destroy(&candidates);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(as_many_as_there_are_words_are_all_of_them)
{
    attn_context *context = unit_context(1);
    const int64_t counts[] = {5, 6, 100000};
    for (int c = 0; c < 3; c++) {
        attn_candidates *candidates = NULL;
        OK(attn_candidates_create(context, 6, (int64_t[]){3, 0, 1000000, 1, 1, 2},
                                  OPTIONS(.count = counts[c]), &candidates));
        ck_assert_int_eq(info_of(candidates).count, 5);
        ck_assert_int_eq(info_of(candidates).certain, 5);
        int32_t ids[5];
        float weights[5];
        int64_t drawn;
        OK(attn_candidates_draw(candidates, 7, ids, weights, &drawn));
        ck_assert_int_eq(drawn, 5);
        for (int i = 0; i < 5; i++) {
            ck_assert_int_eq(ids[i], i + (i > 0)); /* but for word 1 */
            ck_assert_float_eq(weights[i], 1.0f);
        }
        attn_candidates_destroy(&candidates);
    }
    attn_context_destroy(&context);
}
END_TEST

/* Of sums that round up. */
START_TEST(all_words_are_certain_however_many_there_are)
{
    enum { MOST = 600 };
    attn_context *context = unit_context(1);
    int64_t frequencies[MOST];
    for (int64_t k = 0; k < MOST; k++)
        frequencies[k] = k % 2 ? 7 : 3;
    for (int64_t words = 1; words <= MOST; words++) {
        attn_candidates *candidates = NULL;
        OK(attn_candidates_create(context, words, frequencies, OPTIONS(.count = words), &candidates));
        ck_assert_int_eq(info_of(candidates).certain, words);
        attn_candidates_destroy(&candidates);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_draw_is_a_function_of_seed_and_step)
{
    enum { COUNT = 100 };
    attn_context *context = unit_context(1);
    attn_candidates *one = make_candidates(context, WORDS, COUNT),
                    *same = make_candidates(context, WORDS, COUNT), *other = NULL;
    int64_t *frequencies = make_frequencies(WORDS);
    OK(attn_candidates_create(context, WORDS, frequencies, OPTIONS(.count = COUNT, .seed = 6), &other));
    free(frequencies);
    const struct {
        const attn_candidates *from;
        int64_t step;
        int differs;
    } all[] = {{one, 3, 0}, {same, 3, 0}, {one, 4, 1}, {other, 3, 1}};
    int32_t ids[4][COUNT] = {{0}};
    for (int a = 0; a < 4; a++) {
        float weights[COUNT];
        int64_t drawn;
        OK(attn_candidates_draw(all[a].from, all[a].step, ids[a], weights, &drawn));
        ck_assert_int_eq(memcmp(ids[a], ids[0], sizeof *ids) != 0, all[a].differs);
    }
    attn_candidates_destroy(&one);
    attn_candidates_destroy(&same);
    attn_candidates_destroy(&other);
    attn_context_destroy(&context);
}
END_TEST

/* ---- the loss ---------------------------------------------------------------------------------------------- */

/* A table with a bias, and states with the words that follow them. */
typedef struct setup {
    attn_context *context;
    attn_params *params;
    attn_embedding *table, *bias;
    float *states, *dstates, *losses;
    int32_t *targets;
    int64_t words, rows;
} setup;

static setup setup_make(attn_context *context, int64_t words, int64_t rows)
{
    setup s = {.context = context, .words = words, .rows = rows};
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
    attn_context *context = unit_context(threads);
    setup s = setup_make(context, words, rows);
    attn_candidates *candidates = make_candidates(context, words, count);
    const int64_t most = info_of(candidates).count;
    int32_t *ids = calloc((size_t)most, sizeof *ids);
    float *drawn_weights = unit_zeros(most), loss, alone;
    double *weights = calloc((size_t)words, sizeof *weights), sum = 0.0;
    int64_t drawn;
    OK(attn_candidates_draw(candidates, step, ids, drawn_weights, &drawn));
    for (int64_t c = 0; c < drawn; c++)
        weights[ids[c]] = (double)drawn_weights[c];
    float *dstates = unit_zeros(rows * DIM), *gradients = unit_zeros(words * (DIM + 1));
    const double expected = expected_loss(&s, weights, dstates, gradients);
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, step, rows, s.states, s.targets, NULL, &alone,
                                  NULL, NULL));
    unit_assert_all(attn_params_gradients(s.params), words * (DIM + 1), 0.0f);
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, step, rows, s.states, s.targets, NULL, &loss,
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
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
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
    attn_context *context = unit_context(2);
    setup s = setup_make(context, WORDS, FEWER);
    attn_candidates *some = make_candidates(context, WORDS, 200),
                    *all = make_candidates(context, WORDS, WORDS);
    float whole, loss, *gradient = unit_zeros(FEWER * DIM);
    OK(attn_sampled_cross_entropy(s.table, s.bias, all, 0, FEWER, s.states, s.targets, NULL, &whole, NULL,
                                  gradient));
    double sum = 0.0, *mean = calloc(FEWER * DIM, sizeof *mean), along = 0.0, size = 0.0, off = 0.0;
    for (int64_t step = 0; step < DRAWS; step++) {
        OK(attn_sampled_cross_entropy(s.table, s.bias, some, step, FEWER, s.states, s.targets, NULL, &loss,
                                      NULL, s.dstates));
        sum += (double)loss;
        off += fabs((double)loss - (double)whole);
        for (int64_t i = 0; i < FEWER * DIM; i++)
            mean[i] += (double)s.dstates[i] / DRAWS;
    }
    ck_assert_double_gt(off / DRAWS, 1e-3); /* they are samples */
    NEAR(sum / DRAWS, (double)whole, 1e-3);
    for (int64_t i = 0; i < FEWER * DIM; i++) {
        along += pow(mean[i] - (double)gradient[i], 2.0);
        size += pow((double)gradient[i], 2.0);
    }
    ck_assert_double_lt(sqrt(along / size), 0.02); /* of its length */
    free(mean);
    free(gradient);
    attn_candidates_destroy(&some);
    attn_candidates_destroy(&all);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

/* Adam moves the rows of candidates and targets, and no others; they are those of the gradient. */
START_TEST(only_rows_that_were_used_learn)
{
    attn_context *context = unit_context(1);
    setup s = setup_make(context, WORDS, 5);
    attn_candidates *candidates = make_candidates(context, WORDS, 60);
    attn_adam *adam = NULL;
    int32_t ids[60];
    float weights[60], *before = unit_zeros(WORDS * (DIM + 1));
    int64_t drawn, size = attn_params_size(s.params);
    memcpy(before, attn_params_values(s.params), (size_t)size * sizeof *before);
    OK(attn_candidates_draw(candidates, 1, ids, weights, &drawn));
    OK(attn_adam_create(s.params, NULL, &adam));
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 1, 5, s.states, s.targets, NULL, NULL, NULL,
                                  s.dstates));
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
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_scale_multiplies_all_and_gradients_are_added)
{
    attn_context *context = unit_context(1);
    setup s = setup_make(context, WORDS, ROWS);
    attn_candidates *candidates = make_candidates(context, WORDS, 60);
    const int64_t size = attn_params_size(s.params);
    float *once = unit_zeros(size), *dstates = unit_zeros(ROWS * DIM), loss, other;
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets, NULL, &loss,
                                  NULL, dstates));
    memcpy(once, attn_params_gradients(s.params), (size_t)size * sizeof *once);
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets,
                                  LOSS_OPTIONS(.scale = 0.5f), &other, NULL, s.dstates));
    NEAR((double)other, 0.5 * (double)loss, 1e-6);
    for (int64_t i = 0; i < ROWS * DIM; i++)
        MUST(fabs((double)s.dstates[i] - 0.5 * (double)dstates[i]) < 1e-8, "dstates[%lld]", (long long)i);
    for (int64_t i = 0; i < size; i++)
        MUST(fabs((double)attn_params_gradients(s.params)[i] - 1.5 * (double)once[i]) < TOLERANCE,
             "gradient %lld", (long long)i);
    free(once);
    free(dstates);
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

/* Also where a block's share of it is none of the floats: of 150 rows the second block has 22. */
START_TEST(a_scale_may_be_any_float)
{
    enum { FEWER = 150 };
    attn_context *context = unit_context(1);
    setup s = setup_make(context, 9000, FEWER);
    attn_candidates *candidates = make_candidates(context, 9000, 8500);
    float loss;
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, FEWER, s.states, s.targets,
                                  LOSS_OPTIONS(.scale = 1e37f), &loss, NULL, s.dstates));
    ck_assert_float_gt(loss, 1e37f);
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, FEWER, s.states, s.targets,
                                  LOSS_OPTIONS(.scale = 1e-45f), &loss, NULL, s.dstates));
    for (int64_t i = 0; i < FEWER * DIM; i++)
        MUST(fabsf(s.dstates[i]) < 1e-43f, "dstates[%lld] is %g", (long long)i, (double)s.dstates[i]);
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_frozen_table_gets_no_gradient_and_a_bias_may_be_left_out)
{
    attn_context *context = unit_context(1);
    setup s = setup_make(context, WORDS, ROWS);
    attn_candidates *candidates = make_candidates(context, WORDS, 60);
    const float *gradients = attn_params_gradients(s.params);
    float loss, without, *dstates = unit_zeros(ROWS * DIM);
    OK(attn_params_set_trainable(s.params, "table.weight", 0));
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets, NULL, &loss,
                                  NULL, dstates));
    unit_assert_all(gradients, WORDS * DIM, 0.0f);
    float of_bias = 0.0f;
    for (int64_t k = 0; k < WORDS; k++)
        of_bias += fabsf(gradients[WORDS * DIM + k]);
    ck_assert_float_gt(of_bias, 0.0f);
    OK(attn_params_zero_grad(s.params));
    memset(attn_params_values(s.params) + WORDS * DIM, 0, WORDS * sizeof(float));
    OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets, NULL, &loss,
                                  NULL, dstates));
    OK(attn_params_zero_grad(s.params));
    OK(attn_sampled_cross_entropy(s.table, NULL, candidates, 0, ROWS, s.states, s.targets, NULL, &without,
                                  NULL, s.dstates));
    ck_assert_float_eq(loss, without);
    unit_assert_same_bits(dstates, s.dstates, ROWS * DIM);
    unit_assert_all(gradients, WORDS * (DIM + 1), 0.0f);
    free(dstates);
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(the_number_of_threads_changes_no_bit)
{
    enum { MANY = 5000, SIZE = MANY * (DIM + 1) };
    static float gradients[3][SIZE], dstates[3][ROWS * DIM], losses[3];
    for (int t = 0; t < 3; t++) {
        attn_context *context = unit_context(t + 1);
        setup s = setup_make(context, MANY, ROWS);
        attn_candidates *candidates = make_candidates(context, MANY, 3000);
        OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, 2, ROWS, s.states, s.targets, NULL,
                                      &losses[t], NULL, dstates[t]));
        memcpy(gradients[t], attn_params_gradients(s.params), sizeof gradients[t]);
        attn_candidates_destroy(&candidates);
        setup_free(&s);
        attn_context_destroy(&context);
        unit_assert_same_bits(gradients[t], gradients[0], SIZE);
        unit_assert_same_bits(dstates[t], dstates[0], ROWS * DIM);
        unit_assert_same_bits(&losses[t], &losses[0], 1);
    }
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_named)
{
    attn_context *context = unit_context(2);
    setup s = setup_make(context, WORDS, ROWS);
    attn_candidates *candidates = make_candidates(context, WORDS, 60);
    float loss, *values = attn_params_values(s.params);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        s.states[7 * DIM + 2] = bad[i];
        FAILS(ATTN_ERR_ARGUMENT, "attn_sampled_cross_entropy: states[7,",
              attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets, NULL,
                                         &loss, NULL, s.dstates));
        s.states[7 * DIM + 2] = 0.0f;
        values[s.targets[5] * DIM] = bad[i];
        FAILS(ATTN_ERR_STATE, "table.weight",
              attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, ROWS, s.states, s.targets, NULL,
                                         &loss, NULL, s.dstates));
        values[s.targets[5] * DIM] = 0.0f;
    }
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
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
        status =
            attn_candidates_create(context, 5, (int64_t[]){0, 1, 2, 3, 4}, OPTIONS(.count = 2), &candidates);
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
    unit_memory memory = {UNIT_ENOUGH, 0, 0};
    attn_context *context = unit_memory_context(&memory, 1);
    setup s = setup_make(context, WORDS, ROWS);
    attn_candidates *candidates = make_candidates(context, WORDS, 200);
    for (int64_t step = 0; step < 20; step++) {
        OK(attn_sampled_cross_entropy(s.table, s.bias, candidates, step, ROWS, s.states, s.targets, NULL,
                                      NULL, NULL, s.dstates));
        if (step > 0)
            ck_assert_int_eq(atomic_load(&memory.calls), 0);
        unit_memory_reset(&memory, UNIT_ENOUGH);
    }
    attn_candidates_destroy(&candidates);
    setup_free(&s);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    attn_candidates *candidates = (attn_candidates *)&context;
    const int64_t one[] = {1, 2}, none[] = {0, 0}, less[] = {1, -1};
    FAILS(ATTN_ERR_ARGUMENT, "attn_candidates_create: words is 0; expected 1",
          attn_candidates_create(context, 0, one, NULL, &candidates));
    ck_assert_ptr_null(candidates);
    FAILS(ATTN_ERR_ARGUMENT, "all frequencies are 0",
          attn_candidates_create(context, 2, none, NULL, &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "frequencies[1] is -1; expected 0 or more",
          attn_candidates_create(context, 2, less, NULL, &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "count is -3",
          attn_candidates_create(context, 2, one, OPTIONS(.count = -3), &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "power is 1.5",
          attn_candidates_create(context, 2, one, OPTIONS(.power = 1.5f), &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "reserved is 1",
          attn_candidates_create(context, 2, one, OPTIONS(.reserved = 1), &candidates));

    setup s = setup_make(context, 2, 3);
    int32_t targets[] = {0, 1, 2};
    float loss = 5.0f;
    OK(attn_candidates_create(context, 2, one, NULL, &candidates));
#define CALL(table, bias, candidates, step, rows, targets, options)                                          \
    attn_sampled_cross_entropy(table, bias, candidates, step, rows, s.states, targets, options, &loss, NULL, \
                               s.dstates)
    FAILS(ATTN_ERR_ARGUMENT, "targets[2] is 2; expected 0 to 1",
          CALL(s.table, s.bias, candidates, 0, 3, targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "bias is an embedding of 2 rows and width 9; expected 2 rows of width 1",
          CALL(s.table, s.table, candidates, 0, 3, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "step is -1", CALL(s.table, s.bias, candidates, -1, 3, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rows is -1", CALL(s.table, s.bias, candidates, 0, -1, s.targets, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "scale is -1; expected more than 0, or 0 for 1",
          CALL(s.table, s.bias, candidates, 0, 3, s.targets, LOSS_OPTIONS(.scale = -1.0f)));
    FAILS(ATTN_ERR_ARGUMENT, "dstates and states are one array",
          attn_sampled_cross_entropy(s.table, s.bias, candidates, 0, 3, s.states, s.targets, NULL, &loss,
                                     NULL, s.states));
    setup other = setup_make(context, 3, 3);
    FAILS(ATTN_ERR_ARGUMENT, "candidates are of 2 words and the table has 3 rows",
          CALL(other.table, NULL, candidates, 0, 3, other.targets, NULL));
    ck_assert_float_eq(loss, 5.0f);
    OK(CALL(s.table, s.bias, candidates, 0, 0, NULL, NULL)); /* no rows at all */
    ck_assert_float_eq(loss, 0.0f);
    setup_free(&other);
    setup_free(&s);
    attn_candidates_destroy(&candidates);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("sampled", each_word_stands_for_itself_on_average, words_are_drawn_by_a_power_of_their_frequency,
          as_many_as_there_are_words_are_all_of_them, all_words_are_certain_however_many_there_are,
          a_draw_is_a_function_of_seed_and_step, the_loss_is_that_of_the_words_drawn,
          of_all_words_the_loss_is_exact, on_average_it_is_near_that_of_all_words,
          only_rows_that_were_used_learn, a_scale_multiplies_all_and_gradients_are_added,
          a_scale_may_be_any_float, a_frozen_table_gets_no_gradient_and_a_bias_may_be_left_out,
          the_number_of_threads_changes_no_bit, numbers_that_are_not_finite_are_named,
          a_lack_of_memory_comes_back, a_second_step_allocates_nothing, wrong_arguments_are_refused)
