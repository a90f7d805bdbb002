/* test_ngrams.c - n-grams against a slow reference: what is counted and kept of which texts, and what a layer of them is. */
#include "unit_ngrams.h"

static void check_kept(const made_layer *made, const reference *r, double smoothing)
{
    const attn_ngrams_info info = info_of(made->ngrams);
    const attn_tensor ratios = find_tensor(made->params, "n.ratios"),
                      weights = find_tensor(made->params, "n.weights");
    const int64_t classes = r->of->classes, columns = classes == 2 ? 1 : classes;
    ck_assert_int_eq(info.ngrams, r->count);
    ck_assert_int_eq(info.classes, classes);
    ck_assert_int_eq(info.longest, r->longest);
    ck_assert_int_eq(ratios.shape[0], r->count);
    ck_assert_int_eq(ratios.shape[1], columns);
    ck_assert_int_eq(ratios.trainable, 0);
    ck_assert_int_eq(weights.shape[0], r->count);
    ck_assert_int_eq(weights.shape[1], 1);
    unit_assert_all(weights.values, r->count, 0.0f);
    for (int64_t i = 0; i < r->count; i++) {
        int64_t length = -1;
        const int32_t *ids = attn_ngrams_get(made->ngrams, i, &length);
        MUST(length == r->grams[i].length && same_gram(&r->grams[i], ids), "n-gram %lld is another",
             (long long)i);
        MUST(attn_ngrams_find(made->ngrams, length, ids) == i, "n-gram %lld is not found", (long long)i);
        for (int64_t k = 0; k < columns; k++) {
            const double expected = ratio_of(r, &r->grams[i], columns == 1 ? 1 : k, smoothing);
            MUST(fabs(ratios.values[i * columns + k] - expected) <= 1e-6 * fmax(1.0, fabs(expected)),
                 "ratio %lld of n-gram %lld is %g; expected %g", (long long)k, (long long)i,
                 (double)ratios.values[i * columns + k], expected);
        }
    }
}

START_TEST(every_ngram_of_enough_texts_is_kept_with_its_ratio)
{
    attn_context *context = unit_context(2);
    for (uint64_t seed = 0; seed < 30; seed++) {
        texts of;
        reference r;
        const int32_t longest = 1 + (int32_t)(seed % 4), min_count = 1 + (int32_t)(seed % 3);
        const float smoothing = seed % 2 ? 0.5f : 0.0f; /* 0 is 1 */
        const int32_t keep_unknown = seed % 5 == 0;
        make_texts(&of, 2 + (int64_t)(seed % 3), 5, seed);
        make_reference(&r, &of, longest, keep_unknown ? 1 : 2, min_count);
        attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
        options.min_count = min_count;
        options.smoothing = smoothing;
        made_layer made = make_layer(context, &of, longest, keep_unknown, &options);
        check_kept(&made, &r, smoothing != 0.0f ? (double)smoothing : 1.0);
        drop_layer(&made);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(texts_count_alike_in_one_call_and_in_many)
{
    attn_context *context = unit_context(2);
    texts of;
    reference r;
    make_texts(&of, 2, 5, 3);
    make_reference(&r, &of, 3, 2, 1);
    attn_ngrams_builder *builder = NULL;
    OK(attn_ngrams_builder_create(context, NULL, &builder));
    ck_assert_int_eq(attn_ngrams_builder_size(builder), 0);
    for (int b = 0; b < TEXTS; b++)
        OK(attn_ngrams_builder_add(builder, 1, of.lengths[b], of.ids + b * TIME, NULL, of.labels + b));
    OK(attn_ngrams_builder_add(builder, 0, 0, NULL, NULL, NULL));
    ck_assert_int_eq(attn_ngrams_builder_size(builder), r.count);
    made_layer made = {NULL, NULL};
    OK(attn_params_create(context, NULL, &made.params));
    attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
    options.min_count = 1;
    OK(attn_ngrams_create(made.params, "n", builder, &options, &made.ngrams));
    attn_ngrams_builder_destroy(&builder);
    check_kept(&made, &r, 1.0);
    drop_layer(&made);
    attn_context_destroy(&context);
}
END_TEST

/* chi-square of two classes, from the four fields of the table */
static double chi_square(const reference *r, const gram *g)
{
    const double a = g->counts[0], b = r->texts[0] - a, c = g->counts[1], d = r->texts[1] - c,
                 n = a + b + c + d, under = (a + b) * (c + d) * (a + c) * (b + d);
    return under > 0 ? n * (a * d - b * c) * (a * d - b * c) / under : 0;
}

START_TEST(of_too_many_the_most_telling_are_kept)
{
    attn_context *context = unit_context(2);
    for (uint64_t seed = 0; seed < 40; seed++) {
        texts of;
        reference r;
        make_texts(&of, 2, 4, seed);
        make_reference(&r, &of, 2, 2, 1);
        attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
        options.min_count = 1;
        options.max_ngrams = 1 + (int64_t)seed % (r.count / 2);
        made_layer made = make_layer(context, &of, 2, 0, &options);
        ck_assert_int_eq(info_of(made.ngrams).ngrams, options.max_ngrams);
        double least_in = INFINITY, most_out = 0;
        for (int64_t i = 0; i < r.count; i++) {
            const double telling = chi_square(&r, &r.grams[i]);
            if (attn_ngrams_find(made.ngrams, r.grams[i].length, r.grams[i].ids) >= 0)
                least_in = fmin(least_in, telling);
            else
                most_out = fmax(most_out, telling);
        }
        ck_assert_double_gt(most_out, 0);
        ck_assert_double_ge(least_in, most_out - 1e-6);
        drop_layer(&made);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_full_builder_forgets_those_of_fewest_texts)
{
    attn_context *context = unit_context(2);
    /* 2 3 stands in every text; each text has a word of its own beside it */
    attn_ngrams_builder_options options = ATTN_NGRAMS_BUILDER_OPTIONS_INIT;
    attn_ngrams_builder *builder = NULL;
    options.max_ngrams = 40;
    OK(attn_ngrams_builder_create(context, &options, &builder));
    for (int32_t b = 0; b < 1000; b++) {
        const int32_t ids[] = {2, 3, 10 + b};
        OK(attn_ngrams_builder_add(builder, 1, 3, ids, NULL, &(int32_t){b % 2}));
        ck_assert_int_le(attn_ngrams_builder_size(builder), 40);
    }
    attn_params *params = NULL;
    attn_ngrams *ngrams = NULL;
    OK(attn_params_create(context, NULL, &params));
    attn_ngrams_options all = ATTN_NGRAMS_OPTIONS_INIT;
    all.min_count = 1000;
    OK(attn_ngrams_create(params, "n", builder, &all, &ngrams));
    ck_assert_int_eq(info_of(ngrams).ngrams, 3);
    ck_assert_int_eq(attn_ngrams_find(ngrams, 2, (int32_t[]){2, 3}), 2);
    const attn_tensor ratios = find_tensor(params, "n.ratios");
    unit_assert_all(ratios.values, 3, 0.0f); /* 500 texts of each class were counted */
    attn_ngrams_destroy(&ngrams);
    attn_params_destroy(&params);
    attn_ngrams_builder_destroy(&builder);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(at_first_the_bias_is_what_the_classes_shares_say)
{
    attn_context *context = unit_context(2);
    static const int32_t ids[] = {2, 2, 2, 2, 2}, labels[] = {0, 0, 0, 1, 2};
    const attn_ngrams_builder_options options = {sizeof options, 3, 0, 1, 0};
    attn_ngrams_builder *builder = NULL;
    attn_params *params = NULL;
    attn_ngrams *ngrams = NULL;
    OK(attn_ngrams_builder_create(context, &options, &builder));
    OK(attn_ngrams_builder_add(builder, 5, 1, ids, NULL, labels));
    OK(attn_params_create(context, NULL, &params));
    OK(attn_ngrams_create(params, "n", builder, NULL, &ngrams));
    const float *bias = find_tensor(params, "n.bias").values;
    const double mean = (log(4.0) + log(2.0) + log(2.0)) / 3.0; /* texts and smoothing */
    NEAR((double)bias[0], log(4.0) - mean, 1e-6);
    NEAR((double)bias[1], log(2.0) - mean, 1e-6);
    NEAR((double)bias[2], log(2.0) - mean, 1e-6);
    attn_ngrams_destroy(&ngrams);
    attn_params_destroy(&params);
    attn_ngrams_builder_destroy(&builder);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_layer_answers_what_it_is)
{
    attn_context *context = unit_context(2);
    texts of;
    make_texts(&of, 2, 5, 1);
    made_layer made = make_layer(context, &of, 3, 0, NULL);
    const int64_t count = info_of(made.ngrams).ngrams;
    int64_t length = 7;
    ck_assert_str_eq(info_of(made.ngrams).name, "n");
    ck_assert_ptr_eq(info_of(made.ngrams).params, made.params);
    ck_assert_ptr_null(attn_ngrams_get(made.ngrams, count, &length));
    ck_assert_int_eq(length, 0);
    ck_assert_ptr_null(attn_ngrams_get(made.ngrams, -1, NULL));
    ck_assert_ptr_nonnull(attn_ngrams_get(made.ngrams, count - 1, NULL));
    ck_assert_int_eq(attn_ngrams_find(made.ngrams, 2, (int32_t[]){99, 98}), -1);
    ck_assert_int_eq(attn_ngrams_find(made.ngrams, 0, (int32_t[]){2}), -1);
    ck_assert_int_eq(attn_ngrams_find(made.ngrams, 4, (int32_t[]){2, 2, 2, 2}), -1);
    ck_assert_int_eq(attn_ngrams_find(made.ngrams, 1, NULL), -1);
    attn_ngrams *shared = attn_ngrams_share(made.ngrams);
    attn_ngrams_destroy(&made.ngrams);
    ck_assert_int_eq(info_of(shared).ngrams, count);
    attn_ngrams_destroy(&shared);
    attn_params_destroy(&made.params);
    attn_context_destroy(&context);
}
END_TEST

/* ---- arguments ------------------------------------------------------------------------------------------- */

START_TEST(wrong_options_are_refused)
{
    attn_context *context = unit_context(2);
    attn_ngrams_builder *builder = NULL;
    attn_params *params = NULL;
    attn_ngrams *ngrams = NULL;
    OK(attn_params_create(context, NULL, &params));
#define COUNTING(part, ...)                                                                                  \
    do {                                                                                                     \
        attn_ngrams_builder_options options = ATTN_NGRAMS_BUILDER_OPTIONS_INIT;                              \
        __VA_ARGS__;                                                                                         \
        FAILS(ATTN_ERR_ARGUMENT, part, attn_ngrams_builder_create(context, &options, &builder));             \
        ck_assert_ptr_null(builder);                                                                         \
    } while (0)
    COUNTING("classes is 1", options.classes = 1);
    COUNTING("classes is 65537", options.classes = 65537);
    COUNTING("max_ngrams is -1", options.max_ngrams = -1);
    COUNTING("longest is 9", options.longest = 9);
    COUNTING("longest is -1", options.longest = -1);
    COUNTING("keep_unknown is 2", options.keep_unknown = 2);

    OK(attn_ngrams_builder_create(context, NULL, &builder));
    FAILS(ATTN_ERR_ARGUMENT, "none of 0 n-grams", attn_ngrams_create(params, "n", builder, NULL, &ngrams));
    OK(attn_ngrams_builder_add(builder, 2, 2, (int32_t[]){2, 3, 3, 2}, NULL, (int32_t[]){0, 1}));
#define MAKING(part, ...)                                                                                    \
    do {                                                                                                     \
        attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;                                              \
        __VA_ARGS__;                                                                                         \
        FAILS(ATTN_ERR_ARGUMENT, part, attn_ngrams_create(params, "n", builder, &options, &ngrams));         \
        ck_assert_ptr_null(ngrams);                                                                          \
        ck_assert_int_eq(attn_params_count(params), 0);                                                      \
    } while (0)
    MAKING("none of 4 n-grams stands in min_count, 3, texts", options.min_count = 3);
    MAKING("min_count is -1", options.min_count = -1);
    MAKING("max_ngrams is -1", options.max_ngrams = -1);
    MAKING("smoothing is -1", options.smoothing = -1.0f);
    MAKING("smoothing is nan", options.smoothing = NAN);
    MAKING("scale is -1", options.scale = -1.0f);
    MAKING("scale is inf", options.scale = INFINITY);
    MAKING("offset is -2", options.offset = -2.0f);
    MAKING("init is 8", options.init = 8);
    MAKING("no_bias is 2", options.no_bias = 2);
    MAKING("reserved is 1", options.reserved = 1);
    OK(attn_ngrams_create(params, "n", builder, NULL, &ngrams));
    attn_ngrams *again = NULL;
    FAILS(ATTN_ERR_ARGUMENT, "already a layer called \"n\"",
          attn_ngrams_create(params, "n", builder, NULL, &again));
    ck_assert_int_eq(attn_params_count(params), 3);
    attn_ngrams_destroy(&ngrams);
    attn_ngrams_builder_destroy(&builder);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(wrong_texts_are_refused_and_not_counted)
{
    attn_context *context = unit_context(2);
    texts of;
    float logits[4], shares[4];
    attn_ngrams_builder *builder = NULL;
    make_texts(&of, 2, 5, 1);
    made_layer made = make_layer(context, &of, 3, 0, NULL);
    OK(attn_ngrams_builder_create(context, NULL, &builder));
    const int32_t ids[] = {2, 3, -4, 2}, good[] = {2, 3, 2, 2}, labels[] = {0, 1};
    FAILS(ATTN_ERR_ARGUMENT, "ids[1,0] is -4", attn_ngrams_builder_add(builder, 2, 2, ids, NULL, labels));
    FAILS(ATTN_ERR_ARGUMENT, "labels[1] is 2",
          attn_ngrams_builder_add(builder, 2, 2, good, NULL, (int32_t[]){0, 2}));
    FAILS(ATTN_ERR_ARGUMENT, "labels[0] is -1",
          attn_ngrams_builder_add(builder, 2, 2, good, NULL, (int32_t[]){-1, 1}));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 3",
          attn_ngrams_builder_add(builder, 2, 2, good, (int32_t[]){3, 1}, labels));
    ck_assert_int_eq(attn_ngrams_builder_size(builder), 0);
    FAILS(ATTN_ERR_ARGUMENT, "ids[1,0] is -4",
          attn_ngrams_forward(made.ngrams, NULL, 2, 2, ids, NULL, logits));
    FAILS(ATTN_ERR_ARGUMENT, "ids[1,0] is -4",
          attn_ngrams_attribute(made.ngrams, 2, 2, ids, NULL, NULL, shares, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "targets[1] is 2",
          attn_ngrams_attribute(made.ngrams, 2, 2, good, NULL, (int32_t[]){0, 2}, shares, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "logits is ids; expected an array of its own",
          attn_ngrams_forward(made.ngrams, NULL, 2, 2, good, NULL, (float *)(void *)(uintptr_t)good));
    FAILS(ATTN_ERR_ARGUMENT, "shares is base; expected an array of its own",
          attn_ngrams_attribute(made.ngrams, 2, 2, good, NULL, NULL, shares, shares));
    OK(attn_ngrams_forward(made.ngrams, NULL, 2, 2, ids, (int32_t[]){2, 0}, logits)); /* beyond the length */
    OK(attn_ngrams_forward(made.ngrams, NULL, 0, 5, NULL, NULL, NULL));
    OK(attn_ngrams_forward(made.ngrams, NULL, 2, 0, NULL, NULL, logits)); /* the bias alone */
    unit_assert_same_bits(logits, find_tensor(made.params, "n.bias").values, 2);
    OK(attn_ngrams_attribute(made.ngrams, 2, 0, NULL, NULL, NULL, NULL, shares));
    attn_ngrams_builder_destroy(&builder);
    drop_layer(&made);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("ngrams", every_ngram_of_enough_texts_is_kept_with_its_ratio,
          texts_count_alike_in_one_call_and_in_many, of_too_many_the_most_telling_are_kept,
          a_full_builder_forgets_those_of_fewest_texts, at_first_the_bias_is_what_the_classes_shares_say,
          a_layer_answers_what_it_is, wrong_options_are_refused, wrong_texts_are_refused_and_not_counted)
