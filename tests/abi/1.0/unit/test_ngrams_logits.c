/* test_ngrams_logits.c - what a layer of n-grams decides and learns, against a slow reference: logits, gradients, and what each word
 * gave. */
#include "unit_memory.h"
#include "unit_ngrams.h"

static attn_context *context;

static void setup(void)
{
    context = unit_context(2);
}

static void teardown(void)
{
    attn_context_destroy(&context);
}

/* ---- logits ---------------------------------------------------------------------------------------------- */

/* The layer's numbers as the reference reads them: parts[g][c] = scale (offset + weight) ratio */
static double part_of(const made_layer *made, const reference *r, int64_t g, int64_t c)
{
    const attn_ngrams_info info = info_of(made->ngrams);
    const float *weights = find_tensor(made->params, "n.weights").values,
                *ratios = find_tensor(made->params, "n.ratios").values;
    const int64_t classes = r->of->classes;
    const double ratio = classes == 2 ? (c ? 1.0 : -1.0) * ratios[g] : (double)ratios[g * classes + c];
    return (double)info.scale * ((double)info.offset + weights[g]) * ratio;
}

static void expected_logits(const made_layer *made, const reference *r, double *logits)
{
    const int64_t classes = r->of->classes;
    const float *bias = info_of(made->ngrams).no_bias ? NULL : find_tensor(made->params, "n.bias").values;
    for (int b = 0; b < TEXTS; b++) {
        for (int64_t c = 0; c < classes; c++) {
            double sum = bias ? (double)bias[c] : 0.0;
            for (int64_t g = 0; g < r->count; g++)
                sum += places_of(r->of, &r->grams[g], b, NULL) ? part_of(made, r, g, c) : 0.0;
            logits[b * classes + c] = sum;
        }
    }
}

/* Weights, and a bias, that are not those of the beginning. */
static void stir(const made_layer *made, uint64_t seed)
{
    const attn_tensor weights = find_tensor(made->params, "n.weights");
    unit_fill(weights.values, weights.size, seed);
    if (!info_of(made->ngrams).no_bias) {
        const attn_tensor bias = find_tensor(made->params, "n.bias");
        unit_fill(bias.values, bias.size, seed + 1);
    }
}

typedef struct trial {
    texts of;
    reference r;
    made_layer made;
} trial;

static void make_trial(trial *t, uint64_t seed)
{
    attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
    make_texts(&t->of, 2 + (int64_t)(seed % 3), 5, seed);
    options.min_count = 1 + (int64_t)(seed % 2);
    options.scale = seed % 2 ? 0.3f : 0.0f;
    options.offset = seed % 4 == 0 ? ATTN_ZERO : seed % 4 == 1 ? 0.7f : 0.0f;
    options.no_bias = seed % 5 == 0;
    make_reference(&t->r, &t->of, 1 + (int32_t)(seed % 4), 2, (int32_t)options.min_count);
    t->made = make_layer(context, &t->of, t->r.longest, 0, &options);
    const attn_ngrams_info info = info_of(t->made.ngrams);
    NEAR((double)info.scale, seed % 2 ? 0.3 : 0.1, 1e-7);
    NEAR((double)info.offset, seed % 4 == 0 ? 0.0 : seed % 4 == 1 ? 0.7 : 0.4, 1e-7);
    stir(&t->made, seed);
}

START_TEST(logits_are_sums_over_distinct_ngrams)
{
    setup();
    for (uint64_t seed = 0; seed < 40; seed++) {
        trial t;
        double expected[TEXTS * 8];
        float logits[TEXTS * 8];
        make_trial(&t, seed);
        expected_logits(&t.made, &t.r, expected);
        OK(attn_ngrams_forward(t.made.ngrams, NULL, TEXTS, TIME, t.of.ids, t.of.lengths, logits));
        for (int64_t i = 0; i < TEXTS * t.of.classes; i++)
            NEAR((double)logits[i], expected[i], 1e-6);
        drop_layer(&t.made);
    }
    teardown();
}
END_TEST

/* ---- gradients ------------------------------------------------------------------------------------------- */

/* sum of logits * slopes, in the reference */
static double loss_of(const trial *t, const float *slopes)
{
    double logits[TEXTS * 8], sum = 0;
    expected_logits(&t->made, &t->r, logits);
    for (int64_t i = 0; i < TEXTS * t->of.classes; i++)
        sum += logits[i] * (double)slopes[i];
    return sum;
}

static void check_gradient(const trial *t, const char *name, const float *slopes)
{
    const attn_tensor tensor = find_tensor(t->made.params, name);
    for (int64_t i = 0; i < tensor.size; i++) {
        const float before = tensor.values[i], step = 0.25f; /* the loss is linear in each */
        tensor.values[i] = before + step;
        const double above = loss_of(t, slopes);
        tensor.values[i] = before - step;
        const double below = loss_of(t, slopes);
        tensor.values[i] = before;
        const double expected = (above - below) / ((double)(before + step) - (double)(before - step));
        MUST(fabs(tensor.gradients[i] - expected) <= 2e-5 * fmax(1.0, fabs(expected)),
             "the gradient of %s at %lld is %g; expected %g", name, (long long)i, (double)tensor.gradients[i],
             expected);
    }
}

START_TEST(gradients_are_the_slopes_of_the_reference)
{
    setup();
    attn_tape *tape = NULL;
    OK(attn_tape_create(context, NULL, &tape));
    for (uint64_t seed = 0; seed < 24; seed++) {
        trial t;
        float logits[TEXTS * 8], slopes[TEXTS * 8];
        make_trial(&t, seed);
        if (seed % 2)
            OK(attn_params_set_trainable(t.made.params, "n.ratios", 1));
        unit_fill(slopes, TEXTS * t.of.classes, seed + 7);
        OK(attn_params_zero_grad(t.made.params));
        OK(attn_tape_begin(tape, 0));
        OK(attn_ngrams_forward(t.made.ngrams, tape, TEXTS, TIME, t.of.ids, t.of.lengths, logits));
        OK(attn_ngrams_backward(t.made.ngrams, tape, TEXTS, TIME, slopes));
        check_gradient(&t, "n.weights", slopes);
        if (!info_of(t.made.ngrams).no_bias)
            check_gradient(&t, "n.bias", slopes);
        const attn_tensor ratios = find_tensor(t.made.params, "n.ratios");
        if (seed % 2)
            check_gradient(&t, "n.ratios", slopes);
        else
            unit_assert_all(ratios.gradients, ratios.size, 0.0f);
        drop_layer(&t.made);
    }
    attn_tape_destroy(&tape);
    teardown();
}
END_TEST

START_TEST(gradients_accumulate_and_not_on_a_tape_of_inputs)
{
    setup();
    trial t;
    float logits[TEXTS * 8], slopes[TEXTS * 8], once[MOST];
    attn_tape *tape = NULL, *inputs = NULL;
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_tape_create(context, &(attn_tape_options){sizeof(attn_tape_options), ATTN_TAPE_INPUTS, 0, 0},
                        &inputs));
    make_trial(&t, 3);
    unit_fill(slopes, TEXTS * t.of.classes, 1);
    OK(attn_params_zero_grad(t.made.params));
    attn_tensor weights = find_tensor(t.made.params, "n.weights");
    OK(attn_ngrams_forward(t.made.ngrams, inputs, TEXTS, TIME, t.of.ids, t.of.lengths, logits));
    OK(attn_ngrams_backward(t.made.ngrams, inputs, TEXTS, TIME, slopes));
    ck_assert_int_eq(attn_tape_depth(inputs), 0);
    unit_assert_all(weights.gradients, weights.size, 0.0f);
    for (int round = 1; round <= 2; round++) {
        OK(attn_ngrams_forward(t.made.ngrams, tape, TEXTS, TIME, t.of.ids, t.of.lengths, logits));
        OK(attn_ngrams_backward(t.made.ngrams, tape, TEXTS, TIME, slopes));
        for (int64_t i = 0; i < weights.size; i++) {
            once[i] = round == 1 ? weights.gradients[i] : once[i];
            NEAR((double)weights.gradients[i], round * (double)once[i], 1e-6);
        }
    }
    attn_tape_destroy(&inputs);
    attn_tape_destroy(&tape);
    drop_layer(&t.made);
    teardown();
}
END_TEST

/* ---- sparse rows ----------------------------------------------------------------------------------------- */

START_TEST(only_ngrams_that_were_met_are_updated_and_cleared)
{
    setup();
    texts of;
    attn_tape *tape = NULL;
    attn_adam *adam = NULL;
    float logits[2];
    make_texts(&of, 2, 5, 2);
    made_layer made = make_layer(context, &of, 2, 0, NULL);
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_adam_create(made.params, NULL, &adam));
    const attn_tensor ratios = find_tensor(made.params, "n.ratios");
    const int64_t met = attn_ngrams_find(made.ngrams, 1, (int32_t[]){2});
    ck_assert_int_ge(met, 0);
    ratios.values[met] = 1.0f;
    for (int step = 0; step < 3; step++) {
        OK(attn_params_zero_grad(made.params));
        OK(attn_tape_begin(tape, step));
        OK(attn_ngrams_forward(made.ngrams, tape, 1, 1, (int32_t[]){2}, NULL, logits));
        OK(attn_ngrams_backward(made.ngrams, tape, 1, 1, (float[]){-1.0f, 1.0f}));
        attn_tensor weights = find_tensor(made.params, "n.weights");
        if (step == 0)
            weights.gradients[met == 0] =
                7.0f; /* of no row that was met: nothing clears it, and no step reads it */
        OK(attn_adam_step(adam, NULL));
        for (int64_t i = 0; i < weights.size; i++)
            MUST((weights.values[i] != 0.0f) == (i == met), "weight %lld is %g", (long long)i,
                 (double)weights.values[i]);
        ck_assert_float_eq(weights.gradients[met == 0], 7.0f);
        NEAR((double)weights.gradients[met], 0.2, 1e-6); /* 2 * scale * ratio */
    }
    attn_adam_destroy(&adam);
    attn_tape_destroy(&tape);
    drop_layer(&made);
    teardown();
}
END_TEST

/* ---- shares ---------------------------------------------------------------------------------------------- */

START_TEST(shares_are_each_words_part_and_sum_to_the_margin)
{
    setup();
    for (uint64_t seed = 0; seed < 24; seed++) {
        trial t;
        float logits[TEXTS * 8], shares[TEXTS * TIME], base[TEXTS];
        int32_t targets[TEXTS];
        make_trial(&t, seed);
        const int64_t classes = t.of.classes;
        OK(attn_ngrams_forward(t.made.ngrams, NULL, TEXTS, TIME, t.of.ids, t.of.lengths, logits));
        for (int b = 0; b < TEXTS; b++) {
            targets[b] = seed % 2 ? b % (int32_t)classes : 0;
            for (int64_t c = 1; seed % 2 == 0 && c < classes; c++)
                targets[b] =
                    logits[b * classes + c] > logits[b * classes + targets[b]] ? (int32_t)c : targets[b];
        }
        OK(attn_ngrams_attribute(t.made.ngrams, TEXTS, TIME, t.of.ids, t.of.lengths,
                                 seed % 2 ? targets : NULL, shares, base));
        for (int b = 0; b < TEXTS; b++) {
            double expected[TIME] = {0}, margin = 0, sum = base[b];
            for (int64_t c = 0; c < classes; c++)
                margin += (c == targets[b] ? 1.0 : -1.0 / (double)(classes - 1)) * logits[b * classes + c];
            for (int64_t g = 0; g < t.r.count; g++) {
                int places[TIME];
                const int count = places_of(&t.of, &t.r.grams[g], b, places);
                double part = 0;
                for (int64_t c = 0; c < classes; c++)
                    part +=
                        (c == targets[b] ? 1.0 : -1.0 / (double)(classes - 1)) * part_of(&t.made, &t.r, g, c);
                for (int i = 0; i < count; i++) {
                    for (int k = 0; k < t.r.grams[g].length; k++)
                        expected[places[i] + k] += part / count / t.r.grams[g].length;
                }
            }
            for (int i = 0; i < TIME; i++) {
                NEAR((double)shares[b * TIME + i], expected[i], 2e-6);
                sum += (double)shares[b * TIME + i];
            }
            NEAR(sum, margin, 5e-6);
            if (classes == 2) { /* ln p / (1 - p) of the softmax */
                const double p =
                    1 / (1 + exp((double)logits[2 * b + !targets[b]] - (double)logits[2 * b + targets[b]]));
                NEAR(sum, log(p / (1 - p)), 5e-6);
            }
        }
        drop_layer(&t.made);
    }
    teardown();
}
END_TEST

/* ---- threads and memory ---------------------------------------------------------------------------------- */

START_TEST(results_are_the_same_bits_at_any_number_of_threads)
{
    setup();
    float logits[3][TEXTS * 8], shares[3][TEXTS * TIME], gradients[3][MOST];
    attn_context *first = context;
    for (int k = 0; k < 3; k++) {
        trial t;
        attn_tape *tape = NULL;
        float slopes[TEXTS * 8];
        context = unit_context(k == 0 ? 1 : k == 1 ? 2 : 7);
        make_trial(&t, 14);
        unit_fill(slopes, TEXTS * t.of.classes, 1);
        OK(attn_tape_create(context, NULL, &tape));
        OK(attn_ngrams_forward(t.made.ngrams, tape, TEXTS, TIME, t.of.ids, t.of.lengths, logits[k]));
        OK(attn_ngrams_backward(t.made.ngrams, tape, TEXTS, TIME, slopes));
        OK(attn_ngrams_attribute(t.made.ngrams, TEXTS, TIME, t.of.ids, t.of.lengths, NULL, shares[k], NULL));
        memcpy(gradients[k], attn_params_gradients(t.made.params), (size_t)t.r.count * sizeof(float));
        unit_assert_same_bits(logits[k], logits[0], TEXTS * t.of.classes);
        unit_assert_same_bits(shares[k], shares[0], TEXTS * TIME);
        unit_assert_same_bits(gradients[k], gradients[0], t.r.count);
        attn_tape_destroy(&tape);
        drop_layer(&t.made);
        attn_context_destroy(&context);
    }
    context = first;
    teardown();
}
END_TEST

static attn_status live(attn_context *of, void *user)
{
    const texts *given = user;
    const attn_ngrams_builder_options counting = {sizeof counting, 2, 20, 3,
                                                  0}; /* which is too few: some are forgotten */
    attn_ngrams_builder *builder = NULL;
    attn_params *params = NULL;
    attn_ngrams *ngrams = NULL;
    attn_tape *tape = NULL;
    float logits[2 * TEXTS], shares[TEXTS * TIME];
    attn_status status = attn_ngrams_builder_create(of, &counting, &builder);
    if (status == ATTN_OK)
        status = attn_ngrams_builder_add(builder, TEXTS, TIME, given->ids, given->lengths, given->labels);
    if (status == ATTN_OK)
        status = attn_params_create(of, NULL, &params);
    if (status == ATTN_OK) {
        status = attn_ngrams_create(params, "n", builder, NULL, &ngrams);
        ck_assert_int_eq(attn_params_count(params), status == ATTN_OK ? 3 : 0);
    }
    if (status == ATTN_OK)
        status = attn_tape_create(of, NULL, &tape);
    if (status == ATTN_OK) {
        status = attn_ngrams_forward(ngrams, tape, TEXTS, TIME, given->ids, given->lengths, logits);
        ck_assert_int_eq(attn_tape_depth(tape), status == ATTN_OK);
    }
    if (status == ATTN_OK)
        status = attn_ngrams_backward(ngrams, tape, TEXTS, TIME, logits);
    if (status == ATTN_OK)
        status = attn_ngrams_attribute(ngrams, TEXTS, TIME, given->ids, given->lengths, NULL, shares, NULL);
    attn_tape_destroy(&tape);
    attn_ngrams_destroy(&ngrams);
    attn_params_destroy(&params);
    attn_ngrams_builder_destroy(&builder);
    return status;
}

START_TEST(without_memory_every_call_fails_and_leaves_nothing)
{
    setup();
    texts of;
    make_texts(&of, 2, 5, 1);
    ck_assert_int_gt(unit_memory_starve(live, &of), 20);
    teardown();
}
END_TEST

START_TEST(after_the_first_step_nothing_is_allocated)
{
    setup();
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *counted = unit_memory_context(&memory, 2);
    attn_tape *tape = NULL;
    texts of;
    float logits[2 * TEXTS];
    make_texts(&of, 2, 5, 1);
    made_layer made = make_layer(counted, &of, 3, 0, NULL);
    OK(attn_tape_create(counted, NULL, &tape));
    for (int step = 0; step < 4; step++) {
        unit_memory_reset(&memory, UNIT_ENOUGH);
        OK(attn_params_zero_grad(made.params));
        OK(attn_tape_begin(tape, step));
        OK(attn_ngrams_forward(made.ngrams, tape, TEXTS, TIME, of.ids, of.lengths, logits));
        OK(attn_ngrams_backward(made.ngrams, tape, TEXTS, TIME, logits));
        ck_assert_msg(step == 0 || atomic_load(&memory.calls) == 0, "%lld allocations in step %d",
                      (long long)atomic_load(&memory.calls), step);
    }
    attn_tape_destroy(&tape);
    drop_layer(&made);
    attn_context_destroy(&counted);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    teardown();
}
END_TEST

/* ---- numbers that are not finite ------------------------------------------------------------------------- */

START_TEST(numbers_that_are_not_finite_are_refused_where_they_are_used)
{
    setup();
    trial t;
    float logits[TEXTS * 8], shares[TEXTS * TIME];
    attn_tape *tape = NULL;
    make_trial(&t, 1);
    OK(attn_tape_create(context, NULL, &tape));
    static const char *const names[] = {"n.weights", "n.ratios", "n.bias"};
    const int32_t *first = attn_ngrams_get(t.made.ngrams, 0, NULL);
    int32_t other = 2; /* a word that is not the first n-gram */
    while (other == *first)
        other++;
    for (int i = 0; i < 3; i++) {
        float *value = find_tensor(t.made.params, names[i]).values, before = *value;
        *value = i == 1 ? INFINITY : NAN;
        FAILS(ATTN_ERR_STATE, names[i], attn_ngrams_forward(t.made.ngrams, tape, 1, 1, first, NULL, logits));
        FAILS(ATTN_ERR_STATE, names[i],
              attn_ngrams_attribute(t.made.ngrams, 1, 1, first, NULL, NULL, shares, NULL));
        ck_assert_int_eq(attn_tape_depth(tape), 0);
        if (i < 2) /* a row that no text names is not looked at */
            OK(attn_ngrams_forward(t.made.ngrams, NULL, 1, 1, &other, NULL, logits));
        *value = before;
    }
    find_tensor(t.made.params, "n.ratios").values[0] = 3e38f;
    find_tensor(t.made.params, "n.weights").values[0] = 3e38f;
    FAILS(ATTN_ERR_ARGUMENT, "logits are beyond the floats",
          attn_ngrams_forward(t.made.ngrams, tape, 1, 1, first, NULL, logits));
    attn_tape_destroy(&tape);
    drop_layer(&t.made);
    teardown();
}
END_TEST

UNIT_MAIN("ngrams_logits", logits_are_sums_over_distinct_ngrams, gradients_are_the_slopes_of_the_reference,
          gradients_accumulate_and_not_on_a_tape_of_inputs, only_ngrams_that_were_met_are_updated_and_cleared,
          shares_are_each_words_part_and_sum_to_the_margin,
          results_are_the_same_bits_at_any_number_of_threads,
          without_memory_every_call_fails_and_leaves_nothing, after_the_first_step_nothing_is_allocated,
          numbers_that_are_not_finite_are_refused_where_they_are_used)
