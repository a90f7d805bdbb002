/* test_classifier_read.c - what each word gave to a decision, of ids and of texts. */
#include <pthread.h>

#include "unit_classifier.h"
#include "unit_memory.h"

#define ROWS 3
#define TIME UNIT_MAX_LENGTH

static attn_context *context;
static unit_classifier made;

static void setup(const unit_make *make)
{
    context = unit_context(2);
    unit_classifier_create(context, make, &made);
}

static void teardown(void)
{
    unit_classifier_destroy(&made);
    attn_context_destroy(&context);
}

/* What word t of row b gives to the log-odds of class k by n-grams, which are linear: of each class's margin m the shares are known,
 * l_k - mean l is (classes - 1) / classes m_k, and of the log-odds the others' logits have the slopes -p_j / (1 - p_k). */
static double share_of(const unit_make *make, const float *logits, int b, int k, int t, double *others)
{
    const attn_sequence in = unit_classifier_batch();
    const double scale = make->scale > 0 && !make->alone ? 0.6 : 1, part = 1 - 1.0 / make->classes;
    double all = 0, sum = 0;
    if (!make->ngrams)
        return 0;
    for (int j = 0; j < make->classes; j++)
        all += j != k ? exp((double)logits[j]) : 0;
    for (int j = 0; j < make->classes; j++) {
        float shares[ROWS * TIME];
        OK(attn_ngrams_attribute(made.parts.ngrams, ROWS, TIME, in.ids, in.lengths, (int32_t[]){j, j, j},
                                 shares, NULL));
        const double own = scale * part * (double)shares[b * TIME + t];
        if (others)
            others[j] += own;
        sum += own * (j == k ? 1 : -exp((double)logits[j]) / all);
    }
    return sum;
}

/* Its mean on the way from no n-grams, which would take `gone` from the logits, to all of them. */
static double mean_share(const unit_make *make, const float *logits, const double *gone, int b, int k, int t)
{
    enum { STEPS = 100 };
    double sum = 0;
    for (int s = 0; s < STEPS; s++) {
        float there[5];
        for (int j = 0; j < make->classes; j++)
            there[j] = (float)((double)logits[j] - gone[j] * (1 - (s + 0.5) / STEPS));
        sum += share_of(make, there, b, k, t, NULL) / STEPS;
    }
    return sum;
}

START_TEST(attributions_are_what_their_definitions_say)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        const int classes = make->classes;
        attn_sequence in = unit_classifier_batch();
        float logits[ROWS * 5], changed[ROWS * 5], occlusion[ROWS * TIME], gradient[ROWS * TIME],
            integrated[ROWS * TIME];
        float gaps[ROWS], scales[ROWS * TIME];
        setup(make);
        OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
        OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_OCCLUSION, occlusion, NULL));
        OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_GRADIENT, gradient, gaps));
        ck_assert(gaps[0] == 0 && gaps[1] == 0 && gaps[2] == 0);
        OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_INTEGRATED, integrated, gaps));
        for (int b = 0; b < ROWS; b++) {
            const int length = in.lengths[b], k = unit_largest(logits + b * classes, classes);
            const double whole = unit_log_odds(logits + b * classes, classes, k);
            double sum = 0;
            for (int t = 0; t < TIME; t++) {
                int32_t ids[ROWS * TIME] = {0}, lengths[ROWS] = {length - 1};
                attn_sequence without = in;
                if (t >= length) {
                    ck_assert(occlusion[b * TIME + t] == 0 && gradient[b * TIME + t] == 0 &&
                              integrated[b * TIME + t] == 0);
                    continue;
                }
                for (int s = 0; s < length - 1; s++)
                    ids[s] = in.ids[b * TIME + s + (s >= t)];
                without.ids = ids;
                without.lengths = lengths;
                OK(attn_classifier_forward(made.whole, NULL, &without, changed, NULL, NULL));
                NEAR(occlusion[b * TIME + t], whole - unit_log_odds(changed, classes, k),
                     1e-4); /* sums in another order */
                sum += (double)integrated[b * TIME + t];
            }
            /* Completeness: f(x) - f(0), where at 0 all words are vectors of zeros. */
            for (int t = 0; t < ROWS * TIME; t++)
                scales[t] = 0;
            in.scales = scales;
            OK(attn_classifier_forward(made.whole, NULL, &in, changed, NULL, NULL));
            double gone[5] = {0}; /* what each class's logit loses with all n-grams */
            for (int t = 0; t < length; t++)
                share_of(make, logits + b * classes, b, k, t, gone);
            for (int j = 0; j < classes; j++)
                changed[b * classes + j] -= (float)gone[j];
            if (length)
                NEAR(sum + (double)gaps[b], whole - unit_log_odds(changed + b * classes, classes, k), 1e-3);
            /* The gradient, by a central difference of the word's scale. */
            for (int t = 0; t < length; t++) {
                double f[2];
                for (int side = 0; side < 2; side++) {
                    for (int s = 0; s < ROWS * TIME; s++)
                        scales[s] = 1;
                    scales[b * TIME + t] += side ? -0x1p-7f : 0x1p-7f;
                    OK(attn_classifier_forward(made.whole, NULL, &in, changed, NULL, NULL));
                    f[side] = unit_log_odds(changed + b * classes, classes, k);
                }
                const double share = share_of(make, logits + b * classes, b, k, t, NULL);
                NEAR(gradient[b * TIME + t], (f[0] - f[1]) * 64 + share, 1e-2); /* steep, and in float32 */
                if (make->alone) /* of two classes it is linear, to the rounding of a sum; of more the way is gone in few steps */
                    NEAR(integrated[b * TIME + t], mean_share(make, logits + b * classes, gone, b, k, t),
                         classes == 2 ? 1e-5 : 1e-3);
            }
            in.scales = NULL;
        }
        teardown();
    }
}
END_TEST

/* What the n-grams' margin has beside its words is their bias, whatever the text. */
static void check_base(const unit_make *make, int k, double expected)
{
    const int32_t target = k;
    const double scale = make->scale > 0 && !make->alone ? 0.6 : 1;
    float none[1], base;
    OK(attn_ngrams_attribute(made.parts.ngrams, 1, 0, NULL, NULL, &target, none, &base));
    NEAR(scale * (double)base, expected, 1e-5);
}

START_TEST(a_row_of_more_tokens_than_are_asked_about_together_is_asked_about_alone)
{
    enum { LONG = 33000, SHORT = 3 }; /* 32768 together */
    setup(&unit_makes[0]);
    int32_t *ids = malloc(2 * LONG * sizeof *ids), lengths[] = {LONG, SHORT};
    float *numbers = unit_zeros(2 * LONG), alone[SHORT], sum = 0.0f;
    for (int t = 0; t < 2 * LONG; t++)
        ids[t] = 2 + t % 7;
    attn_sequence in = ATTN_SEQUENCE_INIT, short_one = ATTN_SEQUENCE_INIT;
    in.batch = 2;
    in.time = LONG;
    in.ids = ids;
    in.lengths = lengths;
    short_one.batch = 1;
    short_one.time = SHORT;
    short_one.ids = ids + LONG;
    OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_GRADIENT, numbers, NULL));
    OK(attn_classifier_attribute(made.whole, &short_one, NULL, ATTN_BY_GRADIENT, alone, NULL));
    for (int t = 0; t < SHORT; t++)
        ck_assert_float_eq(numbers[LONG + t], alone[t]);
    for (int t = 0; t < LONG; t++)
        sum += fabsf(numbers[t]);
    ck_assert_float_gt(sum, 0.0f);
    free(ids);
    free(numbers);
    teardown();
}
END_TEST

START_TEST(a_text_is_decided_and_its_words_have_numbers)
{
    static const char text[] = "The film: not BORING, not bad; a wonderful film! Good.";
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_reading_info info = ATTN_READING_INFO_INIT;
        attn_reading *reading;
        double sum = 0;
        setup(make);
        const int32_t last = make->ngrams ? ATTN_BY_NGRAMS : ATTN_BY_OCCLUSION;
        for (int32_t by = make->attention ? ATTN_BY_ATTENTION : ATTN_BY_GRADIENT; by <= last; by++) {
            OK(attn_classifier_read(made.whole, text, strlen(text), by, &reading));
            OK(attn_reading_get_info(reading, &info));
            const attn_tokens *tokens = attn_reading_tokens(reading);
            const float *p = attn_reading_probabilities(reading), *numbers = attn_reading_numbers(reading);
            const int k = unit_largest(p, make->classes);
            ck_assert_int_eq(attn_reading_class(reading), k);
            ck_assert_str_eq(attn_reading_label(reading), attn_classifier_label(made.whole, k));
            ck_assert(info.probability == p[k]);
            ck_assert_int_eq(info.length, UNIT_MAX_LENGTH); /* of more tokens */
            ck_assert_int_gt(attn_tokens_count(tokens), UNIT_MAX_LENGTH);
            ck_assert(numbers[UNIT_MAX_LENGTH] == 0.0f);
            ck_assert_mem_eq(text + attn_tokens_begins(tokens)[1], "film", 4);
            sum = 0;
            for (int t = 0; t < UNIT_MAX_LENGTH; t++)
                sum += (double)numbers[t];
            if (by == ATTN_BY_ATTENTION)
                NEAR(sum + (double)info.padding, 1, 1e-5);
            if (make->classes == 2)
                NEAR(info.encoder + info.ngrams, log((double)p[k] / (double)p[1 - k]), 1e-4);
            ck_assert((info.encoder == 0) == make->alone && (info.ngrams == 0) == !make->ngrams);
            if (by == ATTN_BY_NGRAMS)
                check_base(make, k, (double)info.ngrams - sum);
            attn_reading_destroy(&reading);
            ck_assert_ptr_null(reading);
        }
        teardown();
    }
}
END_TEST

START_TEST(many_texts_at_once_read_as_one_by_one)
{
    static const char *const texts[] = {"good film", "", "the boring film, not a wonderful one, not good",
                                        "bad", "?"};
    attn_reading *many[5], *one;
    setup(&unit_makes[0]);
    for (int32_t by = ATTN_BY_NOTHING; by <= ATTN_BY_OCCLUSION; by++) {
        OK(attn_classifier_read_many(made.whole, 5, texts, NULL, by, many));
        for (int i = 0; i < 5; i++) {
            OK(attn_classifier_read(made.whole, texts[i], strlen(texts[i]), by, &one));
            ck_assert_int_eq(attn_reading_class(many[i]), attn_reading_class(one));
            NEAR(attn_reading_probabilities(many[i])[0], attn_reading_probabilities(one)[0],
                 1e-6); /* sums of other blocks */
            for (int64_t t = 0; by && t < attn_tokens_count(attn_reading_tokens(one)); t++)
                NEAR(attn_reading_numbers(many[i])[t], attn_reading_numbers(one)[t], 1e-5);
            ck_assert((attn_reading_numbers(one) == NULL) == (by == ATTN_BY_NOTHING));
            attn_reading_destroy(&one);
            attn_reading_destroy(&many[i]);
        }
    }
    teardown();
}
END_TEST

START_TEST(the_words_that_gave_most_are_found)
{
    attn_reading *reading;
    int64_t top[10];
    setup(&unit_makes[0]);
    OK(attn_classifier_read(made.whole, "the good film not bad", 21, ATTN_BY_OCCLUSION, &reading));
    const float *numbers = attn_reading_numbers(reading);
    ck_assert_int_eq(attn_reading_top(reading, 10, top), 5);
    for (int i = 1; i < 5; i++)
        ck_assert(fabsf(numbers[top[i - 1]]) >= fabsf(numbers[top[i]]));
    for (int64_t count = 0; count < 5; count++) { /* fewer are the first of all */
        int64_t fewer[10];
        ck_assert_int_eq(attn_reading_top(reading, count, fewer), count);
        ck_assert_mem_eq(fewer, top, (size_t)count * sizeof *top);
    }
    ck_assert_int_eq(attn_reading_top(reading, -1, top), 0);
    attn_reading_destroy(&reading);
    OK(attn_classifier_read(made.whole, "", 0, ATTN_BY_OCCLUSION, &reading));
    ck_assert_int_eq(attn_reading_top(reading, 10, top), 0);
    attn_reading_destroy(&reading);
    teardown();
}
END_TEST

START_TEST(the_words_that_gave_most_are_found_in_a_long_text)
{
    enum { WORDS = 60 };
    static const char *const words[] = {"the ", "good ", "film ", "not ", "bad ", "a "};
    attn_classifier *long_one;
    attn_reading *reading;
    char text[8 * WORDS] = "";
    uint64_t seed = 1;
    setup(&unit_makes[0]);
    made.parts.max_length = 0;
    OK(attn_classifier_create(&made.parts, &long_one));
    for (int i = 0; i < WORDS; i++)
        strcat(text, words[unit_random(&seed) % 6]);
    OK(attn_classifier_read(long_one, text, strlen(text), ATTN_BY_GRADIENT, &reading));
    const float *numbers = attn_reading_numbers(reading);
    for (int64_t count = 1; count <= WORDS; count++) {
        int64_t top[WORDS], taken[WORDS] = {0};
        ck_assert_int_eq(attn_reading_top(reading, count, top), count);
        for (int64_t i = 0; i < count; i++) {
            ck_assert(i == 0 || fabsf(numbers[top[i - 1]]) >= fabsf(numbers[top[i]]));
            ck_assert_int_eq(taken[top[i]]++, 0);
        }
        for (int64_t t = 0; t < WORDS; t++)
            ck_assert(taken[t] || fabsf(numbers[t]) <= fabsf(numbers[top[count - 1]]));
    }
    attn_reading_destroy(&reading);
    attn_classifier_destroy(&long_one);
    teardown();
}
END_TEST

/* Padding that is counted in: a short text's words and what padding took are all there is. */
START_TEST(what_padding_took_is_told)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    attn_reading_info info = ATTN_READING_INFO_INIT;
    attn_reading *reading;
    float numbers[TIME];
    int32_t ids[TIME] = {0};
    setup(&unit_makes[1]);
    OK(attn_classifier_read(made.whole, "a good film", 11, ATTN_BY_ATTENTION, &reading));
    OK(attn_reading_get_info(reading, &info));
    const float *given = attn_reading_numbers(reading);
    ck_assert(info.padding > 0.01f);
    NEAR(given[0] + given[1] + given[2] + info.padding, 1, 1e-6);
    in.batch = 1;
    in.time = TIME;
    in.ids = ids;
    in.lengths = (const int32_t[]){3};
    for (int64_t t = 0; t < 3; t++)
        ids[t] = attn_vocab_id(made.parts.vocab, attn_tokens_get(attn_reading_tokens(reading), t));
    OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_ATTENTION, numbers, NULL));
    unit_assert_same_bits(numbers, given, 3);
    ck_assert(numbers[3] == 0 && numbers[4] == 0 && numbers[5] == 0);
    attn_reading_destroy(&reading);
    teardown();
}
END_TEST

/* Sparsemax gives many words nothing: of equal numbers the first in the text comes first. */
START_TEST(equal_words_stand_in_the_order_of_the_text)
{
    attn_reading *reading;
    int64_t top[TIME];
    setup(&unit_makes[3]);
    for (int64_t i = 0; i < attn_params_size(made.params); i++)
        attn_params_values(made.params)[i] *= 4.0f;
    OK(attn_classifier_read(made.whole, "the good film not bad a", 23, ATTN_BY_ATTENTION, &reading));
    const float *numbers = attn_reading_numbers(reading);
    int zeros = 0;
    ck_assert_int_eq(attn_reading_top(reading, TIME, top), TIME);
    for (int i = 0; i < TIME; i++)
        zeros += numbers[i] == 0.0f;
    ck_assert_int_gt(zeros, 1);
    for (int i = 1; i < TIME; i++) {
        const float before = fabsf(numbers[top[i - 1]]), here = fabsf(numbers[top[i]]);
        ck_assert(before > here || (before == here && top[i - 1] < top[i]));
    }
    attn_reading_destroy(&reading);
    teardown();
}
END_TEST

static attn_status gather(void *user, const void *data, size_t size)
{
    strncat(user, data, size);
    return ATTN_OK;
}

/* However long its label is, and whatever it is written in. */
START_TEST(a_title_holds_the_whole_label)
{
    attn_reading *reading;
    attn_classifier *named;
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    static char drawn[65536], one[402], two[402];
    for (int i = 0; i < 400; i += 2) {
        memcpy(one + i, "\xc3\xa9", 2);
        memcpy(two + i, "\xc3\xb8", 2);
    }
    setup(&unit_makes[0]);
    made.parts.labels = (const char *const[]){one, two};
    OK(attn_classifier_create(&made.parts, &named));
    OK(attn_classifier_read(named, "good", 4, ATTN_BY_NOTHING, &reading));
    options.format = ATTN_DRAW_HTML;
    OK(attn_reading_draw(reading, &options, gather, drawn));
    ck_assert_ptr_nonnull(strstr(drawn, attn_reading_label(reading)));
    attn_reading_destroy(&reading);
    attn_classifier_destroy(&named);
    teardown();
}
END_TEST

START_TEST(a_reading_draws_itself_under_its_decision)
{
    attn_reading *reading;
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    static char drawn[65536];
    char title[64];
    setup(&unit_makes[0]);
    OK(attn_classifier_read(made.whole, "a good film", 11, ATTN_BY_ATTENTION, &reading));
    options.format = ATTN_DRAW_HTML;
    OK(attn_reading_draw(reading, &options, gather, drawn));
    snprintf(title, sizeof title, "%s %.2f", attn_reading_label(reading),
             (double)attn_reading_probabilities(reading)[attn_reading_class(reading)]);
    ck_assert_ptr_nonnull(strstr(drawn, title));
    ck_assert_ptr_nonnull(strstr(drawn, "good"));
    attn_reading_destroy(&reading);
    teardown();
}
END_TEST

/* The vocabulary of a file has the file's context; a reading has the classifier's. */
START_TEST(a_reading_outlives_the_classifier_and_both_contexts)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *of_file = unit_context(1), *of_params;
    attn_file *file;
    attn_params *params;
    attn_classifier *again;
    attn_reading *reading;
    unit_folder_make();
    setup(&unit_makes[0]);
    OK(attn_classifier_save(made.whole, unit_path("m.safetensors"), NULL));
    OK(attn_file_open(of_file, unit_path("m.safetensors"), &file));
    of_params = unit_memory_context(&memory, 1);
    OK(attn_params_create(of_params, NULL, &params));
    OK(attn_file_classifier_create(file, params, &again));
    attn_params_destroy(&params);
    attn_file_close(&file);
    attn_context_destroy(&of_file);
    attn_context_destroy(&of_params);
    OK(attn_classifier_read(again, "a good film", 11, ATTN_BY_ATTENTION, &reading));
    attn_classifier_destroy(&again);
    ck_assert_str_eq(attn_tokens_get(attn_reading_tokens(reading), 1), "good");
    attn_reading_destroy(&reading);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    unit_folder_remove("m.safetensors");
    teardown();
}
END_TEST

START_TEST(what_was_not_read_is_drawn_but_not_shaded)
{
    const char *text = "a good film not the bad wonderful boring";
    static const char *const names[] = {"0th", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th"};
    attn_reading *reading;
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    static char drawn[65536];
    setup(&unit_makes[0]);
    OK(attn_classifier_read(made.whole, text, strlen(text), ATTN_BY_ATTENTION, &reading));
    options.format = ATTN_DRAW_HTML;
    options.names = names;
    OK(attn_reading_draw(reading, &options, gather, drawn));
    ck_assert(strstr(drawn, "5th") && !strstr(drawn, "6th") && !strstr(drawn, "7th"));
    ck_assert_ptr_nonnull(strstr(drawn, "wonderful boring"));
    attn_reading_destroy(&reading);
    teardown();
}
END_TEST

/* ---- many threads, one classifier ---- */

static void *read_often(void *expected)
{
    for (int i = 0; i < 20; i++) {
        attn_reading *reading;
        OK(attn_classifier_read(made.whole, "not a boring film", 17, ATTN_BY_INTEGRATED, &reading));
        unit_assert_same_bits(attn_reading_numbers(reading), expected, 4);
        attn_reading_destroy(&reading);
    }
    return NULL;
}

START_TEST(threads_share_a_classifier_and_read_the_same_bits)
{
    pthread_t threads[4];
    attn_reading *reading;
    float expected[4];
    setup(&unit_makes[5]);
    OK(attn_classifier_read(made.whole, "not a boring film", 17, ATTN_BY_INTEGRATED, &reading));
    memcpy(expected, attn_reading_numbers(reading), sizeof expected);
    attn_reading_destroy(&reading);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_often, expected), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_ptr_null(attn_params_gradients(made.params)); /* reading leaves the params alone */
    teardown();
}
END_TEST

START_TEST(no_text_at_all_is_an_empty_one)
{
    attn_reading *empty, *none, *many[2];
    const char *const texts[] = {NULL, "good"};
    const size_t sizes[] = {0, 4};
    setup(&unit_makes[0]);
    OK(attn_classifier_read(made.whole, "", 0, ATTN_BY_GRADIENT, &empty));
    OK(attn_classifier_read(made.whole, NULL, 0, ATTN_BY_GRADIENT, &none));
    OK(attn_classifier_read_many(made.whole, 2, texts, sizes, ATTN_BY_GRADIENT, many));
    for (int k = 0; k < 2; k++) {
        ck_assert_float_eq(attn_reading_probabilities(none)[k], attn_reading_probabilities(empty)[k]);
        ck_assert_float_eq(attn_reading_probabilities(many[0])[k], attn_reading_probabilities(empty)[k]);
    }
    ck_assert_int_eq(attn_tokens_count(attn_reading_tokens(none)), 0);
    ck_assert_int_eq(attn_tokens_count(attn_reading_tokens(many[1])), 1);
    attn_reading *all[] = {empty, none, many[0], many[1]};
    for (int i = 0; i < 4; i++)
        attn_reading_destroy(&all[i]);
    teardown();
}
END_TEST

START_TEST(what_cannot_be_read_is_refused)
{
    attn_reading *reading, *many[2];
    const char *const texts[] = {"good", NULL};
    const size_t sizes[] = {4, 1};
    setup(&unit_makes[2]);
    FAILS(ATTN_ERR_ARGUMENT, "has no attention",
          attn_classifier_read(made.whole, "good", 4, ATTN_BY_ATTENTION, &reading));
    ck_assert_ptr_null(reading);
    FAILS(ATTN_ERR_ARGUMENT, "has no n-grams",
          attn_classifier_read(made.whole, "good", 4, ATTN_BY_NGRAMS, &reading));
    FAILS(ATTN_ERR_ARGUMENT, "by is 6", attn_classifier_read(made.whole, "good", 4, 6, &reading));
    FAILS(ATTN_ERR_ARGUMENT, "text is NULL; expected 4 bytes",
          attn_classifier_read(made.whole, NULL, 4, ATTN_BY_NOTHING, &reading));
    FAILS(ATTN_ERR_ARGUMENT, "text 1 is NULL",
          attn_classifier_read_many(made.whole, 2, texts, NULL, ATTN_BY_NOTHING, many));
    FAILS(ATTN_ERR_ARGUMENT, "text 1 is NULL",
          attn_classifier_read_many(made.whole, 2, texts, sizes, ATTN_BY_NOTHING, many));
    ck_assert(many[0] == NULL && many[1] == NULL);
    attn_classifier_parts parts = made.parts;
    attn_classifier *blind;
    parts.vocab = NULL;
    OK(attn_classifier_create(&parts, &blind));
    FAILS(ATTN_ERR_STATE, "has no vocabulary",
          attn_classifier_read(blind, "good", 4, ATTN_BY_NOTHING, &reading));
    attn_classifier_destroy(&blind);
    teardown();
}
END_TEST

/* ---- what the measures ask ---- */

/* Words of which all is kept are the words; those of which nothing is are vectors of zeros. */
static void answers_about_less_of_each_word(attn_probe *probe, const unit_make *make)
{
    enum { DIM = 4, ALL = TIME * DIM }; /* as unit_classifier.h makes the embedding */
    const int32_t rows[2] = {0, 2};
    const int classes = make->classes;
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    attn_sequence in = unit_classifier_batch();
    uint8_t keep[2 * ALL];
    float outputs[2 * 5], logits[ROWS * 5], zeros[ROWS * TIME] = {0};
    OK(attn_probe_model(probe, ATTN_MASK_ERASE, &model));
    memset(keep, 1, sizeof keep);
    OK(model.dropped(model.user, 2, rows, keep, outputs));
    for (int k = 0; k < 2 * classes; k++)
        NEAR(outputs[k], attn_probe_probabilities(probe)[rows[k / classes] * classes + k % classes], 1e-5);
    memset(keep, 0, ALL);
    OK(model.dropped(model.user, 2, rows, keep, outputs));
    in.scales = zeros;
    OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
    double gone[5] = {0}; /* by n-grams */
    for (int t = 0; t < TIME; t++)
        share_of(make, logits, 0, 0, t, gone);
    for (int k = 0; k < classes; k++) {
        double sum = 0;
        for (int j = 0; j < classes; j++)
            sum += exp((double)logits[j] - gone[j] - (double)logits[k] + gone[k]);
        NEAR((double)outputs[k], 1 / sum, 1e-5);
        NEAR(outputs[classes + k], attn_probe_probabilities(probe)[2 * classes + k], 1e-5);
    }
}

START_TEST(a_probe_answers_as_the_classifier_decides)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_sequence in = unit_classifier_batch();
        attn_probe *probe;
        if (!make->attention)
            continue;
        setup(make);
        OK(attn_probe_create(made.whole, &in, &probe));
        for (int32_t masking = ATTN_MASK_LEAVE_OUT; masking <= ATTN_MASK_ERASE; masking++) {
            attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
            const int32_t rows[2] = {0, 2};
            uint8_t keep[2 * TIME] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
            float outputs[2 * 5];
            OK(attn_probe_model(probe, masking, &model));
            ck_assert_int_eq(model.batch, ROWS);
            OK(model.masked(model.user, 2, rows, keep, outputs)); /* nothing is masked */
            for (int k = 0; k < 2 * make->classes; k++)
                NEAR(outputs[k],
                     attn_probe_probabilities(
                         probe)[rows[k / make->classes] * make->classes + k % make->classes],
                     1e-5);
            memset(keep, 0, TIME); /* row 0: all of it */
            OK(model.masked(model.user, 2, rows, keep, outputs));
            for (int k = 0; masking == ATTN_MASK_ERASE && !make->padding_kept && k < make->classes; k++)
                NEAR(outputs[k], attn_probe_probabilities(probe)[k], 1e-5); /* it stays as it was */
            OK(model.weighted(model.user, 1, rows, attn_probe_weights(probe), outputs));
            for (int k = 0; k < make->classes; k++)
                NEAR(outputs[k], attn_probe_probabilities(probe)[k], 1e-5);
        }
        answers_about_less_of_each_word(probe, make);
        float gradients[ROWS * TIME], tau[ROWS];
        OK(attn_probe_gradient(probe, gradients));
        for (int t = 0; t < ROWS * TIME; t++)
            ck_assert(t % TIME < in.lengths[t / TIME] ? gradients[t] >= 0 : gradients[t] == 0);
        OK(attn_explain_correlation(context, ROWS, TIME, gradients, attn_probe_weights(probe), in.lengths,
                                    tau, NULL));
        attn_probe_destroy(&probe);
        ck_assert_ptr_null(probe);
        teardown();
    }
}
END_TEST

UNIT_MAIN("classifier_read", attributions_are_what_their_definitions_say,
          a_row_of_more_tokens_than_are_asked_about_together_is_asked_about_alone,
          a_text_is_decided_and_its_words_have_numbers, many_texts_at_once_read_as_one_by_one,
          the_words_that_gave_most_are_found, the_words_that_gave_most_are_found_in_a_long_text,
          what_padding_took_is_told, equal_words_stand_in_the_order_of_the_text,
          a_title_holds_the_whole_label, a_reading_draws_itself_under_its_decision,
          what_was_not_read_is_drawn_but_not_shaded, a_reading_outlives_the_classifier_and_both_contexts,
          threads_share_a_classifier_and_read_the_same_bits, no_text_at_all_is_an_empty_one,
          what_cannot_be_read_is_refused, a_probe_answers_as_the_classifier_decides)
