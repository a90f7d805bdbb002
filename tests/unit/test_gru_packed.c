/* test_gru_packed.c - the GRU packed for inference gives what the GRU does: whole, step by step, and nearly so in bfloat16 and
 * int8. */
#include "unit.h"
#include "unit_ids.h"

static attn_gru_packed *pack(int32_t precision)
{
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = precision;
    options.embedding = embedding;
    attn_gru_packed *packed = NULL;
    OK(attn_gru_packed_create(gru, &options, &packed));
    return packed;
}

static void assert_packed_gives(const attn_gru_packed *packed, const float *y, const float *hn)
{
    static float x[ROWS * TIME * E], y_too[ROWS * TIME * W], hn_too[STATES * ROWS * H];
    size_t y_size = (size_t)(ROWS * TIME * unit_gru_info(gru).output_dim) * sizeof *y,
           hn_size = (size_t)(unit_gru_info(gru).state_count * ROWS * H) * sizeof *hn;
    OK(attn_embedding_forward(embedding, NULL, ROWS, TIME, ids, row_lengths, x));
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = row_lengths[b] * E; i < TIME * E; i++)
            x[b * TIME * E + i] = NAN;
    }
    OK(attn_gru_packed_forward(packed, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = x),
                               h0, y_too, hn_too));
    ck_assert_mem_eq(y_too, y, y_size);
    ck_assert_mem_eq(hn_too, hn, hn_size);
    memset(y_too, 0, sizeof y_too);
    OK(attn_gru_packed_forward(packed,
                               SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .ids = ids), h0,
                               y_too, hn_too));
    ck_assert_mem_eq(y_too, y, y_size);
    ck_assert_mem_eq(hn_too, hn, hn_size);
}

/* Eight bits. */
static float nearest_bfloat16(float x)
{
    int exponent;
    frexpf(x, &exponent);
    float unit = ldexpf(1.0f, exponent - 8);
    return nearbyintf(x / unit) * unit;
}

/* In float32 to the bit; in bfloat16 as if the weights had been rounded before. */
START_TEST(packed_weights_give_what_the_gru_gives)
{
    static float y[ROWS * TIME * W], hn[STATES * ROWS * H];
    for (int variant = 0; variant < 32; variant++) {
        attn_gru_options options = variant_options(variant % 16);
        int32_t narrow = variant / 16;
        setup(&options, 0, 2);
        attn_gru_packed *packed = pack(narrow ? ATTN_PRECISION_BFLOAT16 : ATTN_PRECISION_FLOAT32);
        for (int64_t i = 0; i < attn_params_count(params); i++) {
            attn_tensor view = ATTN_TENSOR_INIT;
            OK(attn_params_tensor(params, i, &view));
            for (int64_t j = 0; narrow && strncmp(view.name, "g.weight", 8) == 0 && j < view.size; j++)
                view.values[j] = nearest_bfloat16(view.values[j]);
        }
        OK(attn_gru_forward(
            gru, NULL,
            SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding, .ids = ids),
            h0, y, hn));
        unit_fill(attn_params_values(params) + WORDS * E, attn_params_size(params) - WORDS * E,
                  1); /* a copy */
        assert_packed_gives(packed, y, hn);
        attn_gru_packed_destroy(&packed);
        teardown();
    }
}
END_TEST

/* T steps against one call on the sequence. 1e-6: the sums of one row are those of several. */
START_TEST(packed_steps_end_where_the_sequence_does)
{
    for (int variant = 0; variant < 12; variant++) {
        attn_gru_options options = variant_options(variant % 4);
        options.layers = 2;
        setup(&options, 0, 2);
        attn_gru_packed *packed = pack(variant / 4); /* each precision */
        for (int64_t b = 0; b < ROWS; b++) {
            float by_ids[2 * H] = {0}, by_vectors[2 * H] = {0}, hn[2 * H], x[E];
            for (int64_t t = 0; t < row_lengths[b]; t++) {
                OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .ids = ids + b * TIME + t),
                                        by_ids));
                OK(attn_embedding_forward(embedding, NULL, 1, 1, ids + b * TIME + t, NULL, x));
                OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .x = x), by_vectors));
            }
            OK(attn_gru_packed_forward(
                packed, SEQUENCE(.batch = 1, .time = TIME, .lengths = row_lengths + b, .ids = ids + b * TIME),
                NULL, NULL, hn));
            for (int64_t i = 0; i < 2 * H; i++) {
                NEAR((double)by_ids[i], (double)hn[i], 1e-6);
                NEAR((double)by_vectors[i], (double)hn[i], 1e-6);
            }
        }
        attn_gru_packed_destroy(&packed);
        teardown();
    }
}
END_TEST

/* Rounding moves a state by some 2^-8 of the sums inside a gate, of a few units here: bfloat16 rounds weights to 8 bits each,
 * int8 to 7 bits of a row's largest, and what they are multiplied with likewise. All forms of the GRU, rows of unequal lengths
 * with NaN behind their ends, by vectors and by ids, which give the same bits. */
START_TEST(narrow_weights_are_near)
{
    static float y[ROWS * TIME * W], hn[STATES * ROWS * H], near_y[ROWS * TIME * W],
        near_hn[STATES * ROWS * H];
    for (int variant = 0; variant < 32; variant++) {
        attn_gru_options options = variant_options(variant % 16);
        setup(&options, 0, 2);
        attn_gru_packed *packed = pack(variant / 16 ? ATTN_PRECISION_INT8 : ATTN_PRECISION_BFLOAT16);
        const attn_sequence *in =
            SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding, .ids = ids);
        const int64_t numbers = ROWS * TIME * unit_gru_info(gru).output_dim;
        OK(attn_gru_forward(gru, NULL, in, h0, y, hn));
        OK(attn_gru_packed_forward(packed, in, h0, near_y, near_hn));
        double most = 0.0;
        for (int64_t i = 0; i < numbers; i++) {
            double off = fabs((double)y[i] - (double)near_y[i]);
            most = off > most ? off : most;
        }
        /* With layer normalisation some sums are divided by less than 1: what they are off by grows. */
        ck_assert_msg(most > 0.0 && most < (options.layer_norm ? 0.2 : 3e-2), "%d: the states differ by %g",
                      variant, most);
        assert_packed_gives(packed, near_y, near_hn);
        attn_gru_packed_destroy(&packed);
        teardown();
    }
}
END_TEST

/* By hand: one unit without biases, whose state begins with 1. Its weights are the largest of their rows and so are whole; 0.3,
 * beside 1, becomes 38/127, of x and of w: a sum of 1 + 0.3 * 0.3 becomes 1 + (38/127)^2. */
START_TEST(int8_is_rounded_as_it_says)
{
    attn_context *one;
    attn_params *own;
    attn_gru *unit;
    attn_gru_packed *packed;
    const float x[2] = {1.0f, 0.3f}, large = 40.0f;
    float h = 1.0f;
    OK(attn_context_create(NULL, &one));
    OK(attn_params_create(one, NULL, &own));
    OK(attn_gru_create(own, "g", 2, 1, NULL, &unit));
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(own, "g.weight_ih_l0", &view));              /* r z n by two */
    const float weights[6] = {0.0f, 0.0f, -large, 0.0f, 1.0f, 0.3f}; /* z: 0, so that the state is n */
    memcpy(view.values, weights, sizeof weights);
    OK(attn_params_find(own, "g.weight_hh_l0", &view));
    for (int64_t i = 0; i < 3; i++)
        view.values[i] = i == 2 ? -0.5f : 0.0f; /* r is 1/2 */
    OK(attn_gru_packed_create(
        unit, &(attn_gru_packed_options){sizeof(attn_gru_packed_options), ATTN_PRECISION_INT8, 0, NULL},
        &packed));
    OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .x = x), &h));
    NEAR((double)h, tanh(1.0 + 38.0 / 127.0 * 38.0 / 127.0 - 0.25), 1e-6);
    attn_gru_packed_destroy(&packed);
    attn_gru_destroy(&unit);
    attn_params_destroy(&own);
    attn_context_destroy(&one);
}
END_TEST

/* Each direction gives its columns, from its state, to the bit; it outlives the whole. */
START_TEST(a_direction_gives_its_part)
{
    static float y[ROWS * TIME * W], part[ROWS * TIME * H], hn[2 * ROWS * H], last[ROWS * H];
    for (int variant = 0; variant < 16; variant++) {
        attn_gru_options options = variant_options(variant);
        options.layers = 1;
        options.bidirectional = 1;
        setup(&options, 0, 2);
        attn_gru_packed *packed = pack(ATTN_PRECISION_FLOAT32), *directions[2];
        const attn_sequence *in = SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .ids = ids);
        OK(attn_gru_packed_forward(packed, in, h0, y, hn));
        for (int d = 0; d < 2; d++)
            OK(attn_gru_packed_direction(packed, d, &directions[d]));
        attn_gru_packed_destroy(&packed);
        for (int d = 0; d < 2; d++) {
            attn_gru_packed_info info = ATTN_GRU_PACKED_INFO_INIT;
            OK(attn_gru_packed_get_info(directions[d], &info));
            ck_assert(info.output_dim == H && info.state_count == 1 && info.bidirectional == 0);
            OK(attn_gru_packed_forward(directions[d], in, h0 + d * ROWS * H, part, last));
            unit_assert_same_bits(last, hn + d * ROWS * H, ROWS * H);
            for (int64_t i = 0; i < ROWS * TIME; i++)
                unit_assert_same_bits(part + i * H, y + i * W + d * H, H);
            attn_gru_packed_destroy(&directions[d]);
        }
        teardown();
    }
}
END_TEST

/* Of the row read from its end: word by word, the last one first. */
START_TEST(a_direction_steps)
{
    attn_gru_options options = variant_options(0);
    options.bidirectional = 1;
    setup(&options, 0, 1);
    attn_gru_packed *packed = pack(ATTN_PRECISION_FLOAT32), *backward;
    float h[H] = {0}, hn[2 * H];
    OK(attn_gru_packed_forward(packed, SEQUENCE(.batch = 1, .time = TIME, .ids = ids), NULL, NULL, hn));
    OK(attn_gru_packed_direction(packed, 1, &backward));
    for (int64_t t = TIME - 1; t >= 0; t--)
        OK(attn_gru_packed_step(backward, SEQUENCE(.batch = 1, .time = 1, .ids = ids + t), h));
    for (int64_t i = 0; i < H; i++)
        NEAR((double)h[i], (double)hn[H + i], 1e-6); /* the sums of one row are those of several */
    attn_gru_packed_destroy(&backward);
    attn_gru_packed_destroy(&packed);
    teardown();
}
END_TEST

START_TEST(a_direction_that_is_none_is_refused)
{
    attn_gru_options options = variant_options(4);
    attn_gru_packed *packed, *direction;
    setup(&options, 0, 1);
    packed = pack(ATTN_PRECISION_FLOAT32);
    FAILS(ATTN_ERR_ARGUMENT, "has 2 bidirectional layers", attn_gru_packed_direction(packed, 0, &direction));
    ck_assert_ptr_null(direction);
    FAILS(ATTN_ERR_ARGUMENT, "direction is 2; expected 0 to 1",
          attn_gru_packed_direction(packed, 2, &direction));
    attn_gru_packed_destroy(&packed);
    teardown();
    options.bidirectional = 0;
    setup(&options, 0, 1);
    packed = pack(ATTN_PRECISION_FLOAT32);
    FAILS(ATTN_ERR_ARGUMENT, "direction is 1; expected 0 to 0",
          attn_gru_packed_direction(packed, 1, &direction));
    OK(attn_gru_packed_direction(packed, 0, &direction)); /* of one, all of it */
    attn_gru_packed_destroy(&direction);
    attn_gru_packed_destroy(&packed);
    teardown();
}
END_TEST

UNIT_MAIN("gru_packed", packed_weights_give_what_the_gru_gives, packed_steps_end_where_the_sequence_does,
          narrow_weights_are_near, int8_is_rounded_as_it_says, a_direction_gives_its_part, a_direction_steps,
          a_direction_that_is_none_is_refused)
