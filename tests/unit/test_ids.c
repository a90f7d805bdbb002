/* test_ids.c - the GRU on ids, and packed for inference, against embedding and GRU one after the other. */
#include "unit.h"
#include "unit_network.h"

enum { ROWS = 15, TIME = 9, WORDS = 11, E = 5, H = 6, STATES = 4, W = 2 * H };
static const int32_t row_lengths[ROWS] = {9, 0, 3, 7, 1, 9, 2, 5, 5, 8, 0, 4, 6, 9, 1};

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static attn_embedding *embedding;
static attn_gru *gru;
static int32_t ids[ROWS * TIME]; /* words repeat; what stands beyond the lengths is no row */
static float *h0, *dy, *dhn;

/* Everything that a forward and a backward give. */
typedef struct results {
    float y[ROWS * TIME * W], hn[STATES * ROWS * H], dh0[STATES * ROWS * H], gradients[4096];
} results;

/* The sixteen variants: reset after and before, with and without layer normalisation, one layer and two each way, states as they
 * come and orthogonal ones. */
static attn_gru_options variant_options(int variant)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.reset = variant % 2;
    options.layer_norm = variant / 2 % 2;
    options.layers = 1 + variant / 4 % 2;
    options.bidirectional = variant / 4 % 2;
    options.orthogonal = variant / 8;
    return options;
}

static void setup(const attn_gru_options *options, int32_t frozen, int32_t threads)
{
    context = unit_context(threads);
    attn_embedding_options table = ATTN_EMBEDDING_OPTIONS_INIT;
    table.frozen = frozen;
    OK(attn_params_create(context, 7, &params));
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_embedding_create(params, "e", WORDS, E, &table, &embedding));
    OK(attn_gru_create(params, "g", E, H, options, &gru));
    unit_fill(attn_params_values(params), attn_params_size(params), 99);
    uint64_t seed = 4;
    for (int64_t i = 0; i < ROWS * TIME; i++) {
        int32_t word = (int32_t)(unit_random(&seed) % WORDS);
        ids[i] = i % TIME < row_lengths[i / TIME] ? word : 1 << 30;
    }
    h0 = unit_floats(STATES * ROWS * H, 5);
    dy = unit_floats(ROWS * TIME * W, 6);
    dhn = unit_floats(STATES * ROWS * H, 7);
    int64_t width = attn_gru_output_dim(gru);
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = row_lengths[b] * width; i < TIME * width; i++)
            dy[b * TIME * width + i] = NAN;
    }
}

static void teardown(void)
{
    free(h0);
    free(dy);
    free(dhn);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static void keep_gradients(results *out)
{
    ck_assert_int_le(attn_params_size(params), 4096);
    memcpy(out->gradients, attn_params_gradients(params), (size_t)attn_params_size(params) * sizeof(float));
}

static void run_vectors(results *out)
{
    float x[ROWS * TIME * E], dx[ROWS * TIME * E];
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_embedding_forward(embedding, tape, ROWS, TIME, ids, row_lengths, x));
    OK(attn_gru_forward(gru, tape, ROWS, TIME, x, row_lengths, h0, out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, dhn, dx, out->dh0));
    OK(attn_embedding_backward(embedding, tape, dx));
    keep_gradients(out);
}

static void run_ids(results *out)
{
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward_ids(gru, tape, embedding, ROWS, TIME, ids, row_lengths, h0, out->y, out->hn));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    OK(attn_gru_backward(gru, tape, dy, dhn, NULL, out->dh0));
    keep_gradients(out);
}

START_TEST(ids_give_what_their_vectors_give)
{
    static results by_vectors, by_ids;
    for (int variant = 0; variant < 16; variant++) {
        attn_gru_options options = variant_options(variant);
        setup(&options, 0, 2);
        run_vectors(&by_vectors);
        run_ids(&by_ids);
        ck_assert_mem_eq(by_ids.y, by_vectors.y, sizeof by_ids.y);
        ck_assert_mem_eq(by_ids.hn, by_vectors.hn, sizeof by_ids.hn);
        ck_assert_mem_eq(by_ids.dh0, by_vectors.dh0, sizeof by_ids.dh0);
        for (int64_t i = 0; i < attn_params_size(params);
             i++) /* the same sums over tokens, in another order */
            NEAR((double)by_ids.gradients[i], (double)by_vectors.gradients[i],
                 2e-5 * (1.0 + fabs((double)by_vectors.gradients[i])));
        teardown();
    }
}
END_TEST

/* Masks are drawn by place on the tape: the encoder stands one place further where an embedding stands before it. */
START_TEST(ids_drop_the_outputs_too)
{
    static results once, twice;
    attn_gru_options options = variant_options(4);
    options.dropout = 0.5f;
    setup(&options, 0, 2);
    run_ids(&once);
    run_ids(&twice);
    ck_assert_mem_eq(&once, &twice, sizeof once);
    int64_t dropped = 0, kept = 0;
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = 0; i < row_lengths[b] * W; i++)
            *(once.y[b * TIME * W + i] == 0.0f ? &dropped : &kept) += 1;
    }
    ck_assert_int_gt(dropped, kept / 2);
    ck_assert_int_gt(kept, dropped / 2);
    teardown();
}
END_TEST

/* sum of y * dy, as the tape of run_ids drops. */
static double dropped_loss(void)
{
    static float y[ROWS * TIME * W];
    double loss = 0.0;
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward_ids(gru, tape, embedding, ROWS, TIME, ids, row_lengths, h0, y, NULL));
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = b * TIME * W; i < (b * TIME + row_lengths[b]) * W; i++)
            loss += (double)y[i] * (double)dy[i];
    }
    return loss;
}

/* A row's mask is the same wherever its id stands: what it drops has no gradient, and all gradients are those of the dropped
 * model, by central differences (their error: the third derivative times 1e-6, and rounding over 1e-3). */
START_TEST(ids_drop_their_rows)
{
    static results out;
    attn_gru_options options = variant_options(4);
    options.input_dropout = 0.4f;
    setup(&options, 0, 2);
    memset(dhn, 0, STATES * ROWS * H * sizeof(float));
    run_ids(&out);
    int64_t zeros = 0;
    for (int64_t i = 0; i < WORDS * E; i++)
        zeros += out.gradients[i] == 0.0f;
    ck_assert_int_gt(zeros, WORDS * E / 5);
    ck_assert_int_lt(zeros, WORDS * E * 3 / 5);
    for (int64_t i = 0; i < attn_params_size(params); i += 7) {
        float *value = attn_params_values(params) + i, before = *value;
        *value = before + 1e-3f;
        double loss = dropped_loss();
        *value = before - 1e-3f;
        loss -= dropped_loss();
        *value = before;
        NEAR(loss / 2e-3, (double)out.gradients[i], 1e-2 * (1.0 + fabs((double)out.gradients[i])));
    }
    teardown();
}
END_TEST

START_TEST(a_frozen_table_and_frozen_weights_get_no_gradient)
{
    static results out;
    attn_gru_options options = variant_options(0);
    setup(&options, 1, 2);
    OK(attn_params_set_trainable(params, "g.weight_ih_l0", 0));
    run_ids(&out);
    attn_tensor view = ATTN_TENSOR_INIT;
    for (int64_t k = 0; k < attn_params_count(params); k++) {
        OK(attn_params_tensor(params, k, &view));
        double size = 0.0;
        for (int64_t i = 0; i < view.size; i++)
            size += fabs((double)view.gradients[i]);
        ck_assert_msg((size == 0.0) == !view.trainable, "%s has a gradient of size %g", view.name, size);
    }
    teardown();
}
END_TEST

START_TEST(ids_do_not_depend_on_the_threads)
{
    static results one, three;
    attn_gru_options options = variant_options(4);
    setup(&options, 0, 1);
    run_ids(&one);
    teardown();
    setup(&options, 0, 3);
    run_ids(&three);
    teardown();
    ck_assert_mem_eq(&one, &three, sizeof one);
}
END_TEST

/* ---- scales ---------------------------------------------------------------------------------------------- */

static float scales[ROWS * TIME], dscales[ROWS * TIME];

/* From -1 to 1, and NaN where nothing is read. */
static void make_scales(void)
{
    unit_fill(scales, ROWS * TIME, 12);
    for (int64_t i = 0; i < ROWS * TIME; i++)
        scales[i] = i % TIME < row_lengths[i / TIME] ? scales[i] : NAN;
}

static void run_scaled(results *out)
{
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward_scaled(gru, tape, embedding, ROWS, TIME, ids, scales, row_lengths, h0, out->y,
                               out->hn));
    OK(attn_gru_backward_scaled(gru, tape, dy, dhn, dscales, out->dh0));
    keep_gradients(out);
}

/* The same with x = scale * vector laid out; dscales is x's vector . dx, and what the vectors get is scale * dx. */
static void run_scaled_vectors(results *out, float *x, float *dx)
{
    static float table[ROWS * TIME * E];
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_embedding_forward(embedding, tape, ROWS, TIME, ids, row_lengths, table));
    for (int64_t i = 0; i < ROWS * TIME * E; i++)
        x[i] = scales[i / E] * table[i];
    OK(attn_gru_forward(gru, tape, ROWS, TIME, x, row_lengths, h0, out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, dhn, dx, out->dh0));
    for (int64_t i = 0; i < ROWS * TIME; i++) {
        x[i] = 0.0f; /* from here on: vector . dx */
        for (int64_t e = 0; e < E; e++) {
            float gradient = dx[i * E + e];
            dx[i * E + e] = scales[i] * gradient;
            x[i] += table[i * E + e] * gradient;
        }
    }
    OK(attn_embedding_backward(embedding, tape, dx));
    keep_gradients(out);
}

/* The same sums in another order: 2e-5 of their size, as above. */
START_TEST(scales_give_what_scaled_vectors_give)
{
    static results by_vectors, scaled;
    static float x[ROWS * TIME * E], dx[ROWS * TIME * E];
    for (int variant = 0; variant < 8; variant++) {
        attn_gru_options options = variant_options(variant);
        setup(&options, 0, 2);
        make_scales();
        run_scaled_vectors(&by_vectors, x, dx);
        run_scaled(&scaled);
        const float *all[][2] = {{scaled.y, by_vectors.y},
                                 {scaled.hn, by_vectors.hn},
                                 {scaled.dh0, by_vectors.dh0},
                                 {scaled.gradients, by_vectors.gradients},
                                 {dscales, x}};
        const int64_t counts[] = {ROWS * TIME * W, STATES * ROWS * H, STATES * ROWS * H, 4096, ROWS * TIME};
        for (int k = 0; k < 5; k++) {
            for (int64_t i = 0; i < counts[k]; i++) {
                int padding = k == 4 && i % TIME >= row_lengths[i / TIME];
                double expected = padding ? 0.0 : (double)all[k][1][i];
                NEAR((double)all[k][0][i], expected, 2e-5 * (1.0 + fabs(expected)));
            }
        }
        teardown();
    }
}
END_TEST

START_TEST(scales_of_1_are_ids)
{
    static results by_ids, scaled;
    for (int variant = 0; variant < 8; variant++) {
        attn_gru_options options = variant_options(variant);
        setup(&options, 0, 2);
        for (int64_t i = 0; i < ROWS * TIME; i++)
            scales[i] = 1.0f;
        run_ids(&by_ids);
        run_scaled(&scaled);
        ck_assert_mem_eq(&scaled, &by_ids, sizeof scaled);
        OK(attn_tape_begin(tape, 3));
        OK(attn_gru_forward_scaled(gru, tape, embedding, ROWS, TIME, ids, scales, row_lengths, h0, scaled.y,
                                   NULL));
        OK(attn_gru_backward(gru, tape, dy, dhn, NULL, scaled.dh0)); /* takes it too */
        ck_assert_mem_eq(scaled.dh0, by_ids.dh0, sizeof scaled.dh0);
        teardown();
    }
}
END_TEST

START_TEST(scales_have_gradients_where_all_is_frozen)
{
    static results out;
    static float free_dscales[ROWS * TIME];
    attn_gru_options options = variant_options(4);
    setup(&options, 0, 3);
    make_scales();
    run_scaled(&out);
    memcpy(free_dscales, dscales, sizeof dscales);
    for (int64_t k = 0; k < attn_params_count(params); k++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, k, &view));
        OK(attn_params_set_trainable(params, view.name, 0));
    }
    run_scaled(&out);
    ck_assert_mem_eq(dscales, free_dscales, sizeof dscales);
    for (int64_t i = 0; i < attn_params_size(params); i++)
        ck_assert(out.gradients[i] == 0.0f);
    teardown();
}
END_TEST

START_TEST(scales_that_are_not_there_are_errors)
{
    static results out;
    attn_gru_options options = variant_options(0);
    setup(&options, 0, 1);
    OK(attn_tape_begin(tape, 3));
    ck_assert_int_eq(
        attn_gru_forward_scaled(gru, tape, embedding, ROWS, TIME, ids, NULL, row_lengths, h0, out.y, NULL),
        ATTN_ERR_ARGUMENT);
    ck_assert_str_eq(attn_last_error(),
                     "attn_gru_forward_scaled: scales is NULL; expected [batch, time] numbers");
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_gru_forward_ids(gru, tape, embedding, ROWS, TIME, ids, row_lengths, h0, out.y, NULL));
    ck_assert_int_eq(attn_gru_backward_scaled(gru, tape, dy, dhn, dscales, NULL), ATTN_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(attn_last_error(), "had no scales"));
    OK(attn_gru_backward(gru, tape, dy, dhn, NULL, NULL));
    teardown();
}
END_TEST

/* ---- packed ---------------------------------------------------------------------------------------------- */

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
    size_t y_size = (size_t)(ROWS * TIME * attn_gru_output_dim(gru)) * sizeof *y,
           hn_size = (size_t)(attn_gru_states(gru) * ROWS * H) * sizeof *hn;
    OK(attn_embedding_forward(embedding, NULL, ROWS, TIME, ids, row_lengths, x));
    OK(attn_gru_packed_forward(packed, ROWS, TIME, x, row_lengths, h0, y_too, hn_too));
    ck_assert_mem_eq(y_too, y, y_size);
    ck_assert_mem_eq(hn_too, hn, hn_size);
    memset(y_too, 0, sizeof y_too);
    OK(attn_gru_packed_forward_ids(packed, ROWS, TIME, ids, row_lengths, h0, y_too, hn_too));
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
        OK(attn_gru_forward_ids(gru, NULL, embedding, ROWS, TIME, ids, row_lengths, h0, y, hn));
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
    for (int variant = 0; variant < 4; variant++) {
        attn_gru_options options = variant_options(variant);
        options.layers = 2;
        setup(&options, 0, 2);
        attn_gru_packed *packed = pack(variant % 2 ? ATTN_PRECISION_BFLOAT16 : ATTN_PRECISION_FLOAT32);
        for (int64_t b = 0; b < ROWS; b++) {
            float by_ids[2 * H] = {0}, by_vectors[2 * H] = {0}, hn[2 * H], x[E];
            for (int64_t t = 0; t < row_lengths[b]; t++) {
                OK(attn_gru_packed_step_ids(packed, 1, ids + b * TIME + t, by_ids));
                OK(attn_embedding_forward(embedding, NULL, 1, 1, ids + b * TIME + t, NULL, x));
                OK(attn_gru_packed_step(packed, 1, x, by_vectors));
            }
            OK(attn_gru_packed_forward_ids(packed, 1, TIME, ids + b * TIME, row_lengths + b, NULL, NULL, hn));
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

/* Rounding weights to 8 bits moves a state by some 2^-8 of the sums inside a gate, of a few units here. */
START_TEST(bfloat16_is_near)
{
    static float y[ROWS * TIME * W], y_narrow[ROWS * TIME * W];
    attn_gru_options options = variant_options(0);
    setup(&options, 0, 2);
    attn_gru_packed *packed = pack(ATTN_PRECISION_BFLOAT16);
    OK(attn_gru_forward_ids(gru, NULL, embedding, ROWS, TIME, ids, row_lengths, NULL, y, NULL));
    OK(attn_gru_packed_forward_ids(packed, ROWS, TIME, ids, row_lengths, NULL, y_narrow, NULL));
    double most = 0.0;
    for (int64_t i = 0; i < ROWS * TIME * H; i++) {
        double absolute = fabs((double)y[i] - (double)y_narrow[i]);
        most = absolute > most ? absolute : most;
    }
    ck_assert_msg(most > 0.0 && most < 3e-2, "the states differ by %g", most);
    attn_gru_packed_destroy(&packed);
    teardown();
}
END_TEST

UNIT_MAIN("ids", ids_give_what_their_vectors_give, ids_drop_the_outputs_too, ids_drop_their_rows,
          a_frozen_table_and_frozen_weights_get_no_gradient, ids_do_not_depend_on_the_threads,
          scales_give_what_scaled_vectors_give, scales_of_1_are_ids,
          scales_have_gradients_where_all_is_frozen, scales_that_are_not_there_are_errors,
          packed_weights_give_what_the_gru_gives, packed_steps_end_where_the_sequence_does, bfloat16_is_near)
