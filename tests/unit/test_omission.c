/* test_omission.c - words left out: what a packed classifier makes of the rows as they are, beside reading the rest anew. */
#include "attn/experimental.h"
#include "unit_classifier.h"

enum { ROWS = 5, TIME = 70 };
static int32_t lengths[ROWS];
static int time; /* TIME, or where padding counts, and is part of what is read, less */

static attn_context *context;
static unit_classifier made;
static int32_t ids[ROWS * TIME];

static const unit_make makes[] = {
    {.name = "both ways", .bidirectional = 1, .attention = 1, .classes = 2},
    {.name = "one way", .attention = 1, .classes = 3},
    {.name = "normalised", .bidirectional = 1, .layer_norm = 1, .attention = 1, .classes = 2},
    {.name = "padding kept", .bidirectional = 1, .attention = 1, .padding_kept = 1, .classes = 2},
    {.name = "reset before", .bidirectional = 1, .reset = 1, .attention = 1, .outer_tanh = 1, .classes = 2},
    {.name = "sparsemax", .attention = 1, .weighting = ATTN_WEIGHTING_SPARSEMAX, .classes = 5},
    {.name = "entmax",
     .bidirectional = 1,
     .attention = 1,
     .weighting = ATTN_WEIGHTING_ENTMAX15,
     .classes = 2},
    {.name = "n-grams", .bidirectional = 1, .attention = 1, .classes = 2, .scale = 0.7f, .ngrams = 1},
    {.name = "n-grams alone", .classes = 2, .ngrams = 1, .alone = 1},
    {.name = "two layers", .layers = 2, .bidirectional = 1, .attention = 1, .classes = 2},
    {.name = "orthogonal", .bidirectional = 1, .attention = 1, .classes = 2, .orthogonal = 1},
    {.name = "reader", .bidirectional = 1, .attention = 1, .reader = 1, .classes = 2},
    {.name = "last states", .bidirectional = 1, .classes = 2},
};
#define MAKES ((int)(sizeof makes / sizeof *makes))

/* What stands beyond the lengths is no id. */
static attn_sequence setup(const unit_make *make)
{
    static const int32_t full[ROWS] = {70, 0, 1, 23, 44}, few[ROWS] = {6, 0, 1, 3, 5};
    attn_sequence in = ATTN_SEQUENCE_INIT;
    uint64_t seed = 5;
    time = make->padding_kept ? UNIT_MAX_LENGTH : TIME;
    memcpy(lengths, make->padding_kept ? few : full, sizeof lengths);
    context = unit_context(2);
    unit_classifier_create(context, make, &made);
    for (int i = 0; i < ROWS * time; i++)
        ids[i] = i % time < lengths[i / time] ? 2 + (int32_t)(unit_random(&seed) % 8) : -1 - i;
    if (!make->alone)
        OK(attn_classifier_pack(made.whole, NULL));
    in.batch = ROWS;
    in.time = time;
    in.ids = ids;
    in.lengths = lengths;
    return in;
}

static void teardown(void)
{
    unit_classifier_destroy(&made);
    attn_context_destroy(&context);
}

/* One row without the words [from, to), read from its beginning. */
static void read_rest(int b, int from, int to, float *logits)
{
    int32_t rest[TIME];
    int32_t count = 0;
    attn_sequence in = ATTN_SEQUENCE_INIT;
    for (int t = 0; t < lengths[b]; t++) {
        if (t < from || t >= to)
            rest[count++] = ids[b * time + t];
    }
    in.batch = 1;
    in.time = made.parts.attention && time == UNIT_MAX_LENGTH ? time : count;
    in.lengths = &count;
    in.ids = rest;
    OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
}

static void assert_occlusion(const attn_sequence *in, const unit_make *make, double tolerance)
{
    const int classes = make->classes;
    float occlusion[ROWS * TIME], logits[ROWS * 5], rest[5];
    OK(attn_classifier_forward(made.whole, NULL, in, logits, NULL, NULL));
    OK(attn_classifier_attribute(made.whole, in, NULL, ATTN_BY_OCCLUSION, occlusion, NULL));
    for (int b = 0; b < ROWS; b++) {
        const int k = unit_largest(logits + b * classes, classes);
        for (int t = 0; t < lengths[b]; t++) {
            read_rest(b, t, t + 1, rest);
            const double lost =
                unit_log_odds(logits + b * classes, classes, k) - unit_log_odds(rest, classes, k);
            ck_assert_msg(fabs((double)occlusion[b * time + t] - lost) <= tolerance,
                          "%s: word %d of row %d: %g, read anew %g", make->name, t, b,
                          (double)occlusion[b * time + t], lost);
        }
        unit_assert_all(occlusion + b * time + lengths[b], time - lengths[b], 0.0f);
    }
}

/* What classifier.h promises: what is foretold (omit_one.c) leaves out the second order, most of it where scores lie far
 * apart; beside it rounding, 3e-5 of log-odds of some units in float32, is small. */
#define PROMISED 2e-4

START_TEST(occlusion_is_what_reading_the_rest_gives)
{
    for (int i = 0; i < MAKES; i++) {
        const attn_sequence in = setup(&makes[i]);
        assert_occlusion(&in, &makes[i], PROMISED);
        teardown();
    }
}
END_TEST

/* The word 9 stands once in each row, and scores are as many times as far apart. */
static void sharpen(float times)
{
    attn_tensor weight = ATTN_TENSOR_INIT;
    for (int i = 0; i < ROWS * time; i++) {
        const int32_t length = lengths[i / time];
        if (i % time < length)
            ids[i] = i % time == length / 2 ? 9 : ids[i] == 9 ? 8 : ids[i];
    }
    OK(attn_params_find(made.params, "attention.score_weight", &weight));
    for (int64_t i = 0; i < weight.size; i++)
        weight.values[i] *= times;
}

/* Where one word has nearly all the weight, what decides without it is small beside it, down to nothing in any float. Scores of some
 * units times as much are as many times 6e-8 off in float32, and log-odds some ten times that: 5e-6 in all. */
START_TEST(without_the_word_that_had_all_the_weight_the_rest_decides)
{
    static const float all_times[] = {-4.0f, 4.0f, -700.0f, 700.0f};
    for (int i = 0; i < 4 * MAKES; i++) {
        const unit_make *make = &makes[i / 4];
        const float times = all_times[i % 4];
        if (!make->attention || make->padding_kept)
            continue;
        const attn_sequence in = setup(make);
        sharpen(times);
        assert_occlusion(&in, make, PROMISED + 5e-6 * fabs((double)times));
        teardown();
    }
}
END_TEST

/* In one question copies without no word, one, and several, of rows in any number. 1e-5: probabilities. */
START_TEST(a_probe_answers_for_any_words)
{
    static const struct {
        int32_t row, from, to;
    } copies[] = {{0, 0, 0},   {0, 5, 6},   {0, 69, 70}, {0, 0, 1},   {0, 10, 40}, {2, 0, 0}, {2, 0, 1},
                  {3, 11, 12}, {3, 11, 13}, {3, 0, 23},  {4, 43, 44}, {4, 0, 1},   {4, 0, 0}};
    enum { COPIES = sizeof copies / sizeof *copies };
    for (int i = 0; i < MAKES; i++) {
        const int classes = makes[i].classes;
        if (!makes[i].attention || makes[i].padding_kept) /* whose rows have not so many words */
            continue;
        const attn_sequence in = setup(&makes[i]);
        attn_probe *probe;
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        int32_t rows[COPIES];
        static uint8_t keep[COPIES * TIME];
        float outputs[COPIES * 5], logits[5];
        for (int c = 0; c < COPIES; c++) {
            rows[c] = copies[c].row;
            for (int t = 0; t < TIME; t++)
                keep[c * TIME + t] = t < lengths[rows[c]] && (t < copies[c].from || t >= copies[c].to);
        }
        OK(attn_probe_create(made.whole, &in, &probe));
        OK(attn_probe_model(probe, ATTN_MASK_LEAVE_OUT, &model));
        OK(model.masked(model.user, COPIES, rows, keep, outputs));
        for (int c = 0; c < COPIES; c++) {
            read_rest(rows[c], copies[c].from, copies[c].to, logits);
            for (int k = 0; k < classes; k++)
                NEAR(outputs[c * classes + k], 1 / (1 + exp(-unit_log_odds(logits, classes, k))), 1e-5);
        }
        attn_probe_destroy(&probe);
        teardown();
    }
}
END_TEST

UNIT_MAIN("omission", occlusion_is_what_reading_the_rest_gives,
          without_the_word_that_had_all_the_weight_the_rest_decides, a_probe_answers_for_any_words)
