/* test_padding.c - what lies beyond the lengths is never read and changes no bit; a row does not depend on its neighbours. */
#include "unit.h"
#include "unit_network.h"

static attn_context *context;
static attn_params *params;
static attn_tape *tape;

static void setup(void)
{
    context = unit_context(2);
    OK(attn_params_create(context, UNIT_SEED(7), &params));
    OK(attn_tape_create(context, NULL, &tape));
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

/* Random numbers in all values, so that no bias is 0 and no gain 1. */
static void scatter(void)
{
    unit_fill(attn_params_values(params), attn_params_size(params), 99);
}

enum { ROWS = 15, TIME = 9, WORDS = 20, E = 5, H = 6, W = 2 * H };
static const int32_t row_lengths[ROWS] = {9, 0, 3, 7, 1, 9, 2, 5, 5, 8, 0, 4, 6, 9, 1};

/* Everything that a forward and a backward give. */
typedef struct results {
    float x[ROWS * TIME * E], y[ROWS * TIME * W], hn[4 * ROWS * H], weights[ROWS * TIME], attended[ROWS * W];
    float dmemory[ROWS * TIME * W], dx[ROWS * TIME * E], dh0[4 * ROWS * H];
    float gradients[8192];
    int64_t size;
} results;

/* Put `padding` beyond the lengths of a[ROWS, TIME, width]. */
static void pad(float *a, int64_t width, float padding)
{
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = row_lengths[b] * width; i < TIME * width; i++)
            a[b * TIME * width + i] = padding;
    }
}

static void run_padded(const attn_gru_options *options, int32_t attention_padding, float padding, int32_t id,
                       results *out)
{
    setup();
    attn_embedding *embedding = NULL;
    attn_gru *gru = NULL;
    attn_attention *attention = NULL;
    attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
    attention_options.padding = attention_padding;
    attention_options.outer_tanh = 1;
    OK(attn_embedding_create(params, "e", WORDS, E, NULL, &embedding));
    OK(attn_gru_create(params, "g", E, H, options, &gru));
    OK(attn_attention_create(params, "a", W, &attention_options, &attention));
    scatter();
    int32_t ids[ROWS * TIME];
    uint64_t seed = 4;
    for (int64_t i = 0; i < ROWS * TIME; i++) {
        int32_t word = (int32_t)(unit_random(&seed) % WORDS);
        ids[i] = i % TIME < row_lengths[i / TIME] ? word : id;
    }
    float *h0 = unit_floats(4 * ROWS * H, 5), *dhn = unit_floats(4 * ROWS * H, 6),
          *dcontext = unit_floats(ROWS * W, 7);
    float *dweights = unit_floats(ROWS * TIME, 8), *memory = unit_zeros(ROWS * TIME * W);

    memset(out, 0, sizeof *out);
    OK(attn_tape_begin(tape, 5));
    OK(attn_embedding_forward(embedding, tape, ROWS, TIME, ids, row_lengths, out->x));
    float *x = unit_zeros(ROWS * TIME * E);
    memcpy(x, out->x, sizeof out->x);
    pad(x, E, padding);
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = x), h0,
                        out->y, out->hn));
    memcpy(memory, out->y, sizeof out->y);
    pad(memory, W, padding);
    OK(attn_attention_forward(attention, tape, ROWS, TIME, memory, row_lengths, out->weights, out->attended));
    if (attention_padding == ATTN_PADDING_MASKED)
        pad(dweights, 1, padding);
    OK(attn_attention_backward(attention, tape, ROWS, TIME, 1, dweights, dcontext, out->dmemory, NULL));
    float *dy = unit_zeros(ROWS * TIME * W);
    memcpy(dy, out->dmemory, sizeof out->dmemory);
    pad(dy, W, padding);
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME, .dx = out->dx),
                         out->dh0));
    float *dvectors = unit_zeros(ROWS * TIME * E);
    memcpy(dvectors, out->dx, sizeof out->dx);
    pad(dvectors, E, padding);
    OK(attn_embedding_backward(embedding, tape, ROWS, TIME, dvectors));
    out->size = attn_params_size(params);
    ck_assert_int_le(out->size, 8192);
    memcpy(out->gradients, attn_params_gradients(params), (size_t)out->size * sizeof(float));

    float *arrays[] = {h0, dhn, dcontext, dweights, memory, x, dy, dvectors};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    attn_attention_destroy(&attention);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    teardown();
}

START_TEST(padding_changes_no_bit)
{
    static results clean, dirty;
    const struct {
        float number;
        int32_t id;
    } paddings[] = {{NAN, -1}, {INFINITY, 1 << 30}, {1e30f, 3}};
    for (int variant = 0; variant < 16; variant++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.layers = 2;
        options.bidirectional = 1;
        options.layer_norm = variant % 2;
        options.reset = variant / 2 % 2;
        options.dropout = variant / 4 % 2 ? 0.3f : 0.0f;
        options.experimental = variant / 8 * ATTN_GRU_ORTHOGONAL;
        int32_t attention_padding = variant % 2 ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
        run_padded(&options, attention_padding, 0.0f, 0, &clean);
        for (int64_t i = 0; i < clean.size; i++)
            ck_assert(isfinite(clean.gradients[i]));
        for (size_t p = 0; p < sizeof paddings / sizeof *paddings; p++) {
            run_padded(&options, attention_padding, paddings[p].number, paddings[p].id, &dirty);
            ck_assert_mem_eq(&clean, &dirty, sizeof clean);
        }
        float *written[] = {clean.x, clean.y, clean.dmemory, clean.dx};
        const int64_t widths[] = {E, W, W, E};
        for (int a = 0; a < 4; a++) { /* what comes out has 0 there */
            for (int64_t b = 0; b < ROWS; b++)
                unit_assert_all(written[a] + (b * TIME + row_lengths[b]) * widths[a],
                                (TIME - row_lengths[b]) * widths[a], 0.0f);
        }
    }
}
END_TEST

START_TEST(lengths_null_means_all_full)
{
    setup();
    enum { B = 3, T = 4 };
    const int32_t full[B] = {T, T, T};
    attn_gru *gru = NULL;
    attn_attention *attention = NULL;
    OK(attn_gru_create(params, "g", 3, 5, NULL, &gru));
    OK(attn_attention_create(params, "a", 5, NULL, &attention));
    float *x = unit_floats(B * T * 3, 1), y[2][B * T * 5], weights[2][B * T], attended[2][B * 5];
    for (int given = 0; given < 2; given++) {
        OK(attn_gru_forward(gru, NULL,
                            SEQUENCE(.batch = B, .time = T, .lengths = given ? full : NULL, .x = x), NULL,
                            y[given], NULL));
        OK(attn_attention_forward(attention, NULL, B, T, y[given], given ? full : NULL, weights[given],
                                  attended[given]));
    }
    unit_assert_same_bits(y[0], y[1], B * T * 5);
    unit_assert_same_bits(weights[0], weights[1], B * T);
    unit_assert_same_bits(attended[0], attended[1], B * 5);
    free(x);
    attn_attention_destroy(&attention);
    attn_gru_destroy(&gru);
    teardown();
}
END_TEST

/* A row alone, in a batch, and in a longer one: 1e-6, since the dense layer orders the sums of a few rows otherwise. */
START_TEST(a_row_does_not_depend_on_its_neighbours)
{
    static results all;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 2;
    options.bidirectional = 1;
    attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
    attention_options.outer_tanh = 1;
    run_padded(&options, ATTN_PADDING_MASKED, 0.0f, 0, &all);
    setup();
    attn_embedding *embedding = NULL; /* the tensors as in run_padded, for the same values */
    attn_gru *gru = NULL;
    attn_attention *attention = NULL;
    OK(attn_embedding_create(params, "e", WORDS, E, NULL, &embedding));
    OK(attn_gru_create(params, "g", E, H, &options, &gru));
    OK(attn_attention_create(params, "a", W, &attention_options, &attention));
    scatter();
    float *h0 = unit_floats(4 * ROWS * H, 5), y[TIME * W], state[4 * H], attended[W];
    for (int64_t b = 0; b < ROWS; b++) {
        int64_t length = row_lengths[b];
        for (int64_t s = 0; s < 4; s++)
            memcpy(state + s * H, h0 + (s * ROWS + b) * H, H * sizeof(float));
        OK(attn_gru_forward(gru, NULL, SEQUENCE(.batch = 1, .time = length, .x = all.x + b * TIME * E), state,
                            y, NULL));
        OK(attn_attention_forward(attention, NULL, 1, length, y, NULL, NULL, attended));
        for (int64_t i = 0; i < length * W; i++)
            NEAR((double)y[i], (double)all.y[b * TIME * W + i], 1e-6);
        for (int64_t i = 0; i < W; i++)
            NEAR((double)attended[i], (double)all.attended[b * W + i], 1e-6);
    }
    free(h0);
    attn_attention_destroy(&attention);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

UNIT_MAIN("padding", padding_changes_no_bit, lengths_null_means_all_full,
          a_row_does_not_depend_on_its_neighbours)
