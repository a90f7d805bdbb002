/* test_scales.c - ids of which only so much is there, against scaled vectors. */
#include "unit.h"
#include "unit_ids.h"

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
    OK(attn_gru_forward(gru, tape,
                        SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding,
                                 .ids = ids, .scales = scales),
                        h0, out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME, .dscales = dscales),
                         out->dh0));
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
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = x), h0,
                        out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx), out->dh0));
    for (int64_t i = 0; i < ROWS * TIME; i++) {
        x[i] = 0.0f; /* from here on: vector . dx */
        for (int64_t e = 0; e < E; e++) {
            float gradient = dx[i * E + e];
            dx[i * E + e] = scales[i] * gradient;
            x[i] += table[i * E + e] * gradient;
        }
    }
    OK(attn_embedding_backward(embedding, tape, ROWS, TIME, dx));
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
        OK(attn_gru_forward(gru, tape,
                            SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths,
                                     .embedding = embedding, .ids = ids, .scales = scales),
                            h0, scaled.y, NULL));
        OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME),
                             scaled.dh0)); /* takes it too */
        ck_assert_mem_eq(scaled.dh0, by_ids.dh0, sizeof scaled.dh0);
        teardown();
    }
}
END_TEST

START_TEST(scales_do_not_know_the_number_of_threads)
{
    static results one, three;
    static float by_one[ROWS * TIME];
    for (int variant = 0; variant < 8; variant++) {
        attn_gru_options options = variant_options(variant);
        for (int32_t threads = 1; threads <= 3; threads += 2) {
            setup(&options, 0, threads);
            make_scales();
            run_scaled(threads == 1 ? &one : &three);
            if (threads == 1)
                memcpy(by_one, dscales, sizeof by_one);
            teardown();
        }
        ck_assert_mem_eq(&one, &three, sizeof one);
        ck_assert_mem_eq(by_one, dscales, sizeof by_one);
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
    OK(attn_gru_forward(
        gru, tape,
        SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding, .ids = ids), h0,
        out.y, NULL));
    ck_assert_int_eq(attn_gru_backward(gru, tape, dy, dhn,
                                       GRADIENTS(.batch = ROWS, .time = TIME, .dscales = dscales), NULL),
                     ATTN_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(attn_last_error(), "was given no scales"));
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME), NULL));
    teardown();
}
END_TEST

UNIT_MAIN("scales", scales_give_what_scaled_vectors_give, scales_of_1_are_ids,
          scales_do_not_know_the_number_of_threads, scales_have_gradients_where_all_is_frozen,
          scales_that_are_not_there_are_errors)
