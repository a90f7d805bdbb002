/* test_classifier.c - parts in one handle: it does what its parts do by hand, and a file alone gives it back. */
#include "unit_classifier.h"

#define ROWS 3
#define TIME UNIT_MAX_LENGTH
#define MOST_STATES (ROWS * TIME * 10)

static attn_context *context;
static unit_classifier made;

/* What a program that holds the layers itself would write. */
static void encode_by_hand(const unit_make *make, float *logits, float *weights)
{
    const attn_classifier_parts *parts = &made.parts;
    attn_sequence in = unit_classifier_batch();
    const int64_t h = 5, d = make->bidirectional ? 2 : 1, layers = make->layers ? make->layers : 1;
    float states[MOST_STATES], last[4 * ROWS * 5], decides[ROWS * 10];
    in.embedding = parts->embedding;
    OK(attn_gru_forward(parts->encoder, NULL, &in, NULL, states, last));
    if (make->attention)
        OK(attn_attention_forward(parts->attention, NULL, ROWS, TIME, states, in.lengths, weights, decides));
    if (make->reader)
        OK(attn_attngru_forward(
            parts->reader, NULL,
            SEQUENCE(.batch = ROWS, .time = TIME, .lengths = in.lengths, .x = states, .openings = weights),
            NULL, NULL, decides));
    if (make->pooling)
        OK(attn_pooling_forward(context, NULL, ROWS, TIME, h * d, states, in.lengths, make->pooling,
                                decides));
    for (int64_t b = 0; b < ROWS && !make->attention && !make->pooling; b++) {
        for (int64_t k = 0; k < d; k++)
            memcpy(decides + (b * d + k) * h, last + (((layers - 1) * d + k) * ROWS + b) * h,
                   (size_t)h * sizeof(float));
    }
    OK(attn_dense_forward(parts->decision, NULL, ROWS, decides, logits));
}

static void by_hand(const unit_make *make, float *logits, float *weights)
{
    const attn_sequence in = unit_classifier_batch();
    const float scale = make->scale > 0 ? make->scale : 1, beside = make->scale > 0 ? 0.6f : 1;
    float words[ROWS * 5];
    if (make->ngrams)
        OK(attn_ngrams_forward(made.parts.ngrams, NULL, ROWS, TIME, in.ids, in.lengths, words));
    if (make->alone) {
        memcpy(logits, words, sizeof words);
        return;
    }
    encode_by_hand(make, logits, weights);
    for (int64_t i = 0; i < ROWS * make->classes; i++) {
        logits[i] *= scale;
        if (make->ngrams)
            logits[i] += beside * words[i];
    }
}

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

START_TEST(it_decides_what_its_parts_decide)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_sequence in = unit_classifier_batch();
        float expected[ROWS * 5], logits[ROWS * 5], weights[ROWS * TIME], given[ROWS * TIME];
        setup(make);
        by_hand(make, expected, weights);
        OK(attn_classifier_forward(made.whole, NULL, &in, logits, make->attention ? given : NULL, NULL));
        unit_assert_same_bits(logits, expected, ROWS * make->classes);
        if (make->attention)
            unit_assert_same_bits(given, weights, ROWS * TIME);
        if (make->alone) {
            FAILS(ATTN_ERR_ARGUMENT, "has no encoder", attn_classifier_pack(made.whole, NULL));
            teardown();
            continue;
        }
        OK(attn_classifier_pack(made.whole, NULL)); /* float32: the same bits, from another place */
        OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
        unit_assert_same_bits(logits, expected, ROWS * make->classes);
        teardown();
    }
}
END_TEST

/* Scales are those of the last call, and what a channel says of itself is without them. */
START_TEST(logits_are_scaled_and_channels_are_not)
{
    attn_sequence in = unit_classifier_batch();
    attn_classifier_info info = ATTN_CLASSIFIER_INFO_INIT;
    float expected[ROWS * 2], logits[ROWS * 2];
    setup(&unit_makes[0]);
    OK(attn_classifier_forward(made.whole, NULL, &in, expected, NULL, NULL));
    OK(attn_classifier_get_info(made.whole, &info));
    ck_assert_int_eq(info.channels, 1);
    ck_assert(info.scales[0] == 1.0f);
    for (int i = 1; i < 4; i++) {
        const float scale = 0.3f * (float)i;
        OK(attn_classifier_set_scales(made.whole, 1, &scale));
        ck_assert(info.scales[0] == scale);
        OK(attn_classifier_channels(made.whole, &in, logits));
        unit_assert_same_bits(logits, expected, ROWS * 2);
        OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
        for (int k = 0; k < ROWS * 2; k++)
            ck_assert(logits[k] == scale * expected[k]);
    }
    for (int i = 0; i < 4; i++) {
        const float wrong[] = {0.0f, -1.0f, INFINITY, NAN};
        FAILS(ATTN_ERR_ARGUMENT, "scales[0] is", attn_classifier_set_scales(made.whole, 1, &wrong[i]));
    }
    FAILS(ATTN_ERR_ARGUMENT, "channels is 2; expected 1",
          attn_classifier_set_scales(made.whole, 2, (float[]){1, 1}));
    ck_assert(info.scales[0] == 0.3f * 3.0f);
    teardown();
}
END_TEST

/* A classifier's own records on the tape change nothing of what its layers drop. */
START_TEST(in_training_it_drops_what_its_parts_drop)
{
    attn_tape *tape;
    attn_classifier *dropping;
    attn_sequence in = unit_classifier_batch();
    float states[MOST_STATES], decides[ROWS * 10], expected[ROWS * 2], logits[ROWS * 2], weights[ROWS * TIME];
    setup(&unit_makes[0]);
    const attn_classifier_parts *parts = &made.parts;
    made.parts.context_dropout = 0.5f;
    OK(attn_classifier_create(parts, &dropping));
    OK(attn_tape_create(context, NULL, &tape));
    in.embedding = parts->embedding;
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward(parts->encoder, tape, &in, NULL, states, NULL));
    OK(attn_attention_forward(parts->attention, tape, ROWS, TIME, states, in.lengths, weights, decides));
    OK(attn_dropout_forward(context, tape, ROWS * 10, decides, 0.5f, decides));
    OK(attn_dense_forward(parts->decision, tape, ROWS, decides, expected));
    OK(attn_tape_begin(tape, 3));
    OK(attn_classifier_forward(dropping, tape, &in, logits, NULL, NULL));
    unit_assert_same_bits(logits, expected, ROWS * 2);
    attn_tape_destroy(&tape);
    attn_classifier_destroy(&dropping);
    teardown();
}
END_TEST

/* The loss of a batch: sum of c . logits, of weights and of states, with numbers c that differ. */
static double loss(const unit_make *make, attn_tape *tape, const attn_sequence *in)
{
    float logits[ROWS * 5], weights[ROWS * TIME] = {0}, states[MOST_STATES] = {0};
    double sum = 0;
    const int64_t width = make->bidirectional ? 10 : 5;
    OK(attn_classifier_forward(made.whole, tape, in, logits, make->attention ? weights : NULL,
                               make->attention ? states : NULL));
    for (int64_t i = 0; i < ROWS * make->classes; i++)
        sum += logits[i] * (0.3 + 0.1 * (double)(i % 7));
    for (int64_t i = 0; make->attention && i < ROWS * TIME; i++)
        sum += weights[i] * (0.2 * (double)(i % 5));
    for (int64_t i = 0; make->attention && i < ROWS * TIME * width; i++)
        sum += states[i] * (0.05 * (double)(i % 3));
    return sum;
}

/* Gradients of that loss: in the params, and dscales. NaN stands in the padding of what backward must not read. */
static void differentiate(const unit_make *make, attn_tape *tape, const attn_sequence *in, float *dscales)
{
    const int64_t width = make->bidirectional ? 10 : 5;
    float dlogits[ROWS * 5], dweights[ROWS * TIME], dstates[MOST_STATES];
    for (int64_t i = 0; i < ROWS * make->classes; i++)
        dlogits[i] = 0.3f + 0.1f * (float)(i % 7);
    for (int64_t i = 0; i < ROWS * TIME; i++)
        dweights[i] = i % TIME < in->lengths[i / TIME] || make->padding_kept ? 0.2f * (float)(i % 5) : NAN;
    for (int64_t i = 0; i < ROWS * TIME * width; i++)
        dstates[i] = i / width % TIME < in->lengths[i / width / TIME] ? 0.05f * (float)(i % 3) : NAN;
    OK(attn_tape_begin(tape, 0));
    loss(make, tape, in);
    OK(attn_classifier_backward(made.whole, tape, dlogits, make->attention ? dweights : NULL,
                                make->attention ? dstates : NULL,
                                GRADIENTS(.batch = ROWS, .time = TIME, .dscales = dscales)));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
}

/* Central differences of float32 forwards with steps of 2^-8: rounding of sums near 10 makes up to 1e-3. */
START_TEST(gradients_are_those_of_finite_differences)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_sequence in = unit_classifier_batch();
        attn_tape *tape;
        attn_tape_options mode = ATTN_TAPE_OPTIONS_INIT;
        float scales[ROWS * TIME], dscales[ROWS * TIME];
        const float step = 1.0f / 256;
        setup(make);
        if (make->ngrams)
            OK(attn_params_set_trainable(made.params, "words.ratios", 1));
        float *values = attn_params_values(made.params);
        for (int64_t k = 0; k < attn_params_size(made.params); k++)
            values[k] /= 3.0f; /* gentle slopes, so that differences tell them */
        mode.mode = ATTN_TAPE_GRADIENT;
        OK(attn_tape_create(context, &mode, &tape));
        for (int k = 0; k < ROWS * TIME; k++)
            scales[k] = k % TIME < in.lengths[k / TIME] ? 1.0f + 0.05f * (float)(k % 4) : NAN;
        in.scales = scales;
        OK(attn_params_zero_grad(made.params));
        differentiate(make, tape, &in, dscales);
        const float *gradients = attn_params_gradients(made.params);
        for (int64_t k = 0; k < attn_params_size(made.params); k += 17) {
            const float value = values[k];
            values[k] = value + step;
            double more = loss(make, NULL, &in);
            values[k] = value - step;
            double less = loss(make, NULL, &in);
            values[k] = value;
            NEAR(gradients[k], (more - less) / (2.0 * (double)step), 4e-3);
        }
        for (int k = 0; k < ROWS * TIME; k++) {
            const float value = scales[k];
            if (k % TIME >= in.lengths[k / TIME]) {
                ck_assert(dscales[k] == 0.0f);
                continue;
            }
            scales[k] = value + step;
            double more = loss(make, NULL, &in);
            scales[k] = value - step;
            double less = loss(make, NULL, &in);
            scales[k] = value;
            NEAR(dscales[k], (more - less) / (2.0 * (double)step), 4e-3);
        }
        attn_tape_destroy(&tape);
        teardown();
    }
}
END_TEST

START_TEST(a_backward_of_other_sizes_or_another_tape_is_refused)
{
    attn_sequence in = unit_classifier_batch();
    attn_tape *tape;
    float logits[ROWS * 2] = {0}, dscales[ROWS * TIME] = {42};
    setup(&unit_makes[0]);
    OK(attn_tape_create(context, NULL, &tape));
    FAILS(ATTN_ERR_STATE, "attn_classifier_backward: the tape is empty",
          attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                   GRADIENTS(.batch = ROWS, .time = TIME)));
    OK(attn_classifier_forward(made.whole, tape, &in, logits, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_classifier_backward: batch is 3 and time 5; expected forward's, 3 and 6",
          attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                   GRADIENTS(.batch = 3, .time = 5, .dscales = dscales)));
    ck_assert(dscales[0] == 42.0f);
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL",
          attn_classifier_backward(made.whole, tape, logits, NULL, NULL, NULL));
    OK(attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                GRADIENTS(.batch = ROWS, .time = TIME)));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    attn_tape_destroy(&tape);
    teardown();
}
END_TEST

START_TEST(a_file_alone_gives_it_back_to_the_bit)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_sequence in = unit_classifier_batch();
        attn_classifier *again;
        attn_classifier_info info = ATTN_CLASSIFIER_INFO_INIT;
        float before[ROWS * 5], after[ROWS * 5];
        unit_folder_make();
        setup(make);
        OK(attn_classifier_forward(made.whole, NULL, &in, before, NULL, NULL));
        OK(attn_classifier_save(made.whole, unit_path("m.safetensors"), NULL));
        unit_classifier_destroy(&made);
        OK(attn_classifier_open(context, unit_path("m.safetensors"), &again));
        OK(attn_classifier_forward(again, NULL, &in, after, NULL, NULL));
        unit_assert_same_bits(after, before, ROWS * make->classes);
        OK(attn_classifier_get_info(again, &info));
        ck_assert_int_eq(info.classes, make->classes);
        ck_assert_int_eq(info.max_length, UNIT_MAX_LENGTH);
        ck_assert_int_eq(info.padded_time, make->padding_kept ? UNIT_MAX_LENGTH : 0);
        ck_assert(!info.attention == !make->attention && !info.reader == !make->reader);
        ck_assert((info.encoder == NULL) == make->alone && (info.embedding == NULL) == make->alone);
        ck_assert((info.ngrams != NULL) == make->ngrams);
        ck_assert_int_eq(info.channels, 1 + (make->ngrams && !make->alone));
        ck_assert_str_eq(attn_vocab_token(info.vocab, 2), "good");
        ck_assert_str_eq(attn_classifier_label(again, 1), "positive");
        ck_assert_ptr_null(attn_classifier_label(again, make->classes));
        attn_classifier_destroy(&again);
        attn_context_destroy(&context);
        unit_folder_remove("m.safetensors");
    }
}
END_TEST

/* Where nothing decided before, a new one is made: `change` is what the parts have wrong. */
#define REFUSED(line, change)                                                                                \
    do {                                                                                                     \
        attn_classifier_parts parts = made.parts;                                                            \
        attn_classifier *none = made.whole;                                                                  \
        change;                                                                                              \
        FAILS(ATTN_ERR_ARGUMENT, line, attn_classifier_create(&parts, &none));                               \
        ck_assert_ptr_null(none);                                                                            \
    } while (0)

START_TEST(parts_that_do_not_fit_are_refused)
{
    setup(&unit_makes[5]);
    attn_params *others;
    attn_dense *wide, *foreign, *single, *active;
    attn_dense_options activation = ATTN_DENSE_OPTIONS_INIT;
    attn_attention *asking;
    const char *same[] = {"a", "a"}, *empty[] = {"a", ""};
    OK(attn_params_create(context, NULL, &others));
    OK(attn_dense_create(others, "decision", 7, 2, NULL, &foreign));
    OK(attn_dense_create(made.params, "wide", 8, 2, NULL, &wide));
    OK(attn_dense_create(made.params, "single", 7, 1, NULL, &single));
    activation.activation = ATTN_ACTIVATION_TANH;
    OK(attn_dense_create(made.params, "active", 7, 2, &activation, &active));
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_ADDITIVE;
    OK(attn_attention_create(made.params, "asking", 10, &options, &asking));
    REFUSED("embedding, encoder or decision is NULL", parts.embedding = NULL);
    REFUSED("embedding, encoder or decision is NULL", parts.decision = NULL);
    REFUSED("of different params", parts.decision = foreign);
    REFUSED("the decision reads 8 numbers and is given 7", parts.decision = wide);
    REFUSED("the decision has 1 output", parts.decision = single);
    REFUSED("the decision's activation is", parts.decision = active);
    REFUSED("asks a query", parts.attention = asking);
    REFUSED("a reader without attention", parts.attention = NULL);
    REFUSED("are both \"a\"", parts.labels = same);
    REFUSED("labels[1] is empty", parts.labels = empty);
    REFUSED("max_length is -1", parts.max_length = -1);
    REFUSED("context_dropout is 1", parts.context_dropout = 1);
    REFUSED("context_dropout is nan", parts.context_dropout = NAN);
    REFUSED("pooling is 3; expected 0 or ATTN_POOLING_...", parts.pooling = 3);
    REFUSED("pooling is -1", parts.pooling = -1);
    REFUSED("pooling is of an encoder's states without attention", parts.pooling = ATTN_POOLING_MAX);
    attn_ngrams *five = unit_words_in_a_row(context, made.params, 5),
                *elsewhere = unit_words_in_a_row(context, others, 2);
    REFUSED("the n-grams have 5 classes and the decision 2", parts.ngrams = five);
    REFUSED("of different params", parts.ngrams = elsewhere);
    REFUSED("these three, or n-grams alone", parts.ngrams = five; parts.encoder = NULL);
    attn_ngrams_destroy(&five);
    attn_ngrams_destroy(&elsewhere);
    attn_attention_destroy(&asking);
    attn_dense_destroy(&active);
    attn_dense_destroy(&single);
    attn_dense_destroy(&wide);
    attn_dense_destroy(&foreign);
    attn_params_destroy(&others);
    teardown();
}
END_TEST

START_TEST(a_file_of_something_else_is_no_classifier)
{
    unit_folder_make();
    setup(&unit_makes[0]);
    attn_classifier *none = made.whole;
    OK(attn_params_save(made.params, unit_path("plain.safetensors"), NULL));
    FAILS(ATTN_ERR_FORMAT, "describes no classifier",
          attn_classifier_open(context, unit_path("plain.safetensors"), &none));
    ck_assert_ptr_null(none);
    FAILS(ATTN_ERR_IO, "nothing.safetensors",
          attn_classifier_open(context, unit_path("nothing.safetensors"), &none));
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.vocab = made.parts.vocab;
    FAILS(ATTN_ERR_ARGUMENT, "options->vocab is given",
          attn_classifier_save(made.whole, unit_path("x"), &options));
    options.vocab = NULL;
    options.metadata_count = 1;
    options.metadata = (const char *const[]){"classifier.encoder", "mine"};
    FAILS(ATTN_ERR_ARGUMENT, "the classifier's own",
          attn_classifier_save(made.whole, unit_path("x"), &options));
    teardown();
    unit_folder_remove("plain.safetensors");
}
END_TEST

START_TEST(after_the_handles_are_gone_it_goes_on)
{
    attn_sequence in = unit_classifier_batch();
    float before[ROWS * 2], after[ROWS * 2];
    setup(&unit_makes[0]);
    OK(attn_classifier_forward(made.whole, NULL, &in, before, NULL, NULL));
    attn_classifier *kept = made.whole;
    made.whole = NULL;
    teardown();
    OK(attn_classifier_forward(kept, NULL, &in, after, NULL, NULL));
    unit_assert_same_bits(after, before, ROWS * 2);
    attn_classifier_destroy(&kept);
    attn_classifier_destroy(&kept);
    attn_classifier_destroy(NULL);
}
END_TEST

UNIT_MAIN("classifier", it_decides_what_its_parts_decide, logits_are_scaled_and_channels_are_not,
          in_training_it_drops_what_its_parts_drop, gradients_are_those_of_finite_differences,
          a_backward_of_other_sizes_or_another_tape_is_refused, a_file_alone_gives_it_back_to_the_bit,
          parts_that_do_not_fit_are_refused, a_file_of_something_else_is_no_classifier,
          after_the_handles_are_gone_it_goes_on)
