/* test_candidates.c - candidates for a sampled loss: which words are drawn, how often, and with what weights. */
#include "unit_sampled.h"

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
        OK(attn_candidates_create(context, 4, frequencies, CANDIDATES(.count = 1, .power = all[a].power),
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
                                  CANDIDATES(.count = counts[c]), &candidates));
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
        OK(attn_candidates_create(context, words, frequencies, CANDIDATES(.count = words), &candidates));
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
    OK(attn_candidates_create(context, WORDS, frequencies, CANDIDATES(.count = COUNT, .seed = 6), &other));
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

START_TEST(wrong_frequencies_and_options_are_refused)
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
          attn_candidates_create(context, 2, one, CANDIDATES(.count = -3), &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "power is 1.5",
          attn_candidates_create(context, 2, one, CANDIDATES(.power = 1.5f), &candidates));
    FAILS(ATTN_ERR_ARGUMENT, "reserved is 1",
          attn_candidates_create(context, 2, one, CANDIDATES(.reserved = 1), &candidates));
    OK(attn_candidates_create(context, 2, one, NULL, &candidates));
    attn_candidates_destroy(&candidates);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("candidates", each_word_stands_for_itself_on_average, words_are_drawn_by_a_power_of_their_frequency,
          as_many_as_there_are_words_are_all_of_them, all_words_are_certain_however_many_there_are,
          a_draw_is_a_function_of_seed_and_step, wrong_frequencies_and_options_are_refused)
