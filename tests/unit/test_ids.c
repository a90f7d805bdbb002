/* test_ids.c - the GRU on ids, against embedding and GRU one after the other. */
#include "unit.h"
#include "unit_ids.h"

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
    OK(attn_gru_forward(
        gru, tape,
        SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding, .ids = ids), h0,
        y, NULL));
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

UNIT_MAIN("ids", ids_give_what_their_vectors_give, ids_drop_the_outputs_too, ids_drop_their_rows,
          a_frozen_table_and_frozen_weights_get_no_gradient, ids_do_not_depend_on_the_threads)
