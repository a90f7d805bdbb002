/* test_layers.c - what all layers must hold besides the right numbers (tests/golden and tests/grad have those): empty
 * batches, steps equal to sequences, frozen tensors, sums of gradients. */
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

/* ---- nothing to do --------------------------------------------------------------------------------------- */

/* Forward and backward of everything on batch rows by time; no array may be needed where there are no numbers. */
static void run_empty(int64_t batch, int64_t time, int32_t padding, int training)
{
    attn_gru_options gru_options = ATTN_GRU_OPTIONS_INIT;
    gru_options.layers = 2;
    gru_options.bidirectional = 1;
    gru_options.layer_norm = 1;
    gru_options.dropout = 0.5f;
    attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
    attention_options.padding = padding;
    attn_dense_options dense_options = ATTN_DENSE_OPTIONS_INIT;
    dense_options.activation = ATTN_ACTIVATION_TANH;
    attn_embedding *embedding = NULL;
    attn_gru *gru = NULL;
    attn_attention *attention = NULL;
    attn_dense *dense = NULL;
    setup();
    OK(attn_embedding_create(params, "e", 5, 3, NULL, &embedding));
    OK(attn_gru_create(params, "g", 3, 4, &gru_options, &gru));
    OK(attn_attention_create(params, "a", 8, &attention_options, &attention));
    OK(attn_dense_create(params, "d", 8, 2, &dense_options, &dense));
    scatter();
    attn_tape *used = training ? tape : NULL;
    float h0[4 * 3 * 4], hn[4 * 3 * 4], attended[3 * 8], y[3 * 2], dh0[4 * 3 * 4];
    unit_fill(h0, 48, 1);
    unit_fill(attended, 24, 2);
    OK(attn_embedding_forward(embedding, used, batch, time, NULL, NULL, NULL));
    OK(attn_gru_forward(gru, used, SEQUENCE(.batch = batch, .time = time), h0, NULL, hn));
    OK(attn_attention_forward(attention, used, batch, time, NULL, NULL, NULL, attended));
    OK(attn_dense_forward(dense, used, batch, batch ? attended : NULL, batch ? y : NULL));
    unit_assert_same_bits(hn, h0, 4 * batch * 4); /* no step was made */
    unit_assert_all(attended, batch * 8, 0.0f);
    if (used) {
        OK(attn_dense_backward(dense, used, batch, batch ? y : NULL, batch ? attended : NULL));
        OK(attn_attention_backward(attention, used, batch, time, 1, NULL, batch ? attended : NULL, NULL,
                                   NULL));
        OK(attn_gru_backward(gru, used, NULL, hn, GRADIENTS(.batch = batch, .time = time), dh0));
        OK(attn_embedding_backward(embedding, used, batch, time, NULL));
        unit_assert_same_bits(dh0, hn, 4 * batch * 4);
    }
    attn_dense_destroy(&dense);
    attn_attention_destroy(&attention);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    teardown();
}

START_TEST(an_empty_batch_and_no_time_are_legal)
{
    for (int training = 0; training < 2; training++) {
        for (int32_t padding = ATTN_PADDING_MASKED; padding <= ATTN_PADDING_KEPT; padding++) {
            run_empty(0, 7, padding, training);
            run_empty(3, 0, padding, training);
            run_empty(0, 0, padding, training);
        }
    }
}
END_TEST

START_TEST(a_row_of_length_0_gives_zeros)
{
    enum { B = 3, T = 4, E = 3, H = 5 };
    const int32_t lengths[] = {2, 0, 4};
    for (int32_t padding = ATTN_PADDING_MASKED; padding <= ATTN_PADDING_KEPT; padding++) {
        setup();
        attn_gru *gru = NULL;
        attn_attention *attention = NULL;
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.padding = padding;
        OK(attn_gru_create(params, "g", E, H, NULL, &gru));
        OK(attn_attention_create(params, "a", H, &options, &attention));
        scatter();
        float *x = unit_floats(B * T * E, 1), *h0 = unit_floats(B * H, 2);
        float y[B * T * H], hn[B * H], weights[B * T], attended[B * H];
        unit_fill(y, B * T * H, 3);
        OK(attn_gru_forward(gru, NULL, SEQUENCE(.batch = B, .time = T, .lengths = lengths, .x = x), h0, y,
                            hn));
        unit_assert_all(y + T * H, T * H, 0.0f);
        unit_assert_all(y + 2 * H, 2 * H, 0.0f); /* row 0 beyond its length */
        unit_assert_same_bits(hn + H, h0 + H, H);
        unit_assert_same_bits(hn, y + 1 * H, H);
        unit_assert_same_bits(hn + 2 * H, y + (2 * T + 3) * H, H);
        OK(attn_attention_forward(attention, NULL, B, T, y, lengths, weights, attended));
        unit_assert_all(attended + H, H, 0.0f);
        if (padding == ATTN_PADDING_MASKED)
            unit_assert_all(weights + T, T, 0.0f);
        else
            unit_assert_all(weights + T, T, 0.25f); /* four states of zeros score alike */
        for (int b = 0; b < B; b += 2) {
            double sum = 0.0;
            for (int t = 0; t < T; t++) {
                sum += (double)weights[b * T + t];
                ck_assert(t < lengths[b] || (weights[b * T + t] > 0.0f) == (padding == ATTN_PADDING_KEPT));
            }
            NEAR(sum, 1.0, 1e-6);
        }
        free(x);
        free(h0);
        attn_attention_destroy(&attention);
        attn_gru_destroy(&gru);
        teardown();
    }
}
END_TEST

/* ---- steps ----------------------------------------------------------------------------------------------- */

/* T calls of attn_gru_packed_step against one attn_gru_forward. 1e-6: the same sums, in another order. */
START_TEST(steps_equal_the_sequence)
{
    enum { B = 3, T = 11, IN = 7, HIDDEN = 19 };
    for (int variant = 0; variant < 8; variant++) {
        setup();
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = variant % 2;
        options.layer_norm = variant / 2 % 2;
        options.layers = 1 + variant / 4;
        options.dropout = 0.5f; /* inference does not drop */
        attn_gru *gru = NULL;
        OK(attn_gru_create(params, "g", IN, HIDDEN, &options, &gru));
        int64_t states = unit_gru_info(gru).state_count;
        ck_assert_int_eq(states, options.layers);
        unit_fill(attn_params_values(params), attn_params_size(params), 3);
        for (int64_t i = 0; i < attn_params_size(params); i++)
            attn_params_values(params)[i] *= 0.5f;
        attn_gru_packed *packed = NULL;
        OK(attn_gru_packed_create(gru, NULL, &packed));
        float *x = unit_floats(B * T * IN, 1), *h = unit_floats(states * B * HIDDEN, 2), now[B * IN];
        float *y = unit_zeros(B * T * HIDDEN), *hn = unit_zeros(states * B * HIDDEN);
        OK(attn_gru_forward(gru, NULL, SEQUENCE(.batch = B, .time = T, .x = x), h, y, hn));
        for (int t = 0; t < T; t++) {
            for (int b = 0; b < B; b++)
                memcpy(now + b * IN, x + (b * T + t) * IN, IN * sizeof(float));
            OK(attn_gru_packed_step(packed, SEQUENCE(.batch = B, .time = 1, .x = now), h));
            for (int64_t i = 0; i < B * HIDDEN; i++)
                NEAR((double)h[(states - 1) * B * HIDDEN + i],
                     (double)y[(i / HIDDEN * T + t) * HIDDEN + i % HIDDEN], 1e-6);
        }
        for (int64_t i = 0; i < states * B * HIDDEN; i++)
            NEAR((double)h[i], (double)hn[i], 1e-6);
        OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 0, .time = 1), NULL));
        free(x);
        free(h);
        free(y);
        free(hn);
        attn_gru_packed_destroy(&packed);
        attn_gru_destroy(&gru);
        teardown();
    }
}
END_TEST

/* ---- frozen tensors, gradients --------------------------------------------------------------------------- */

static const int32_t ids[] = {2, 3, 4, 5, 6, 0, 7, 8, 9};
static const int32_t lengths[] = {3, 2, 3};
static const int32_t labels[] = {0, 1, 1};

START_TEST(a_frozen_tensor_gets_no_gradient)
{
    context = unit_context(1);
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layer_norm = 1;
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, 10, 4, 5, &options, NULL, &network));
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
    int64_t size = attn_params_size(network.params);
    float *free_gradients = unit_zeros(size);
    OK(unit_network_forward(&network, network.tape, &batch, NULL));
    OK(unit_network_backward(&network, &batch));
    memcpy(free_gradients, attn_params_gradients(network.params), (size_t)size * sizeof(float));

    for (int64_t frozen = 0; frozen < attn_params_count(network.params); frozen++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(network.params, frozen, &tensor));
        float *before = unit_zeros(tensor.size), *values = attn_params_values(network.params);
        memcpy(before, tensor.values, (size_t)tensor.size * sizeof(float));
        OK(attn_params_set_trainable(network.params, tensor.name, 0));
        OK(attn_params_zero_grad(network.params));
        OK(unit_network_forward(&network, network.tape, &batch, NULL));
        OK(unit_network_backward(&network, &batch));
        unit_assert_all(tensor.gradients, tensor.size, 0.0f);
        const float *gradients = attn_params_gradients(network.params);
        unit_assert_same_bits(gradients, free_gradients, tensor.offset); /* the others' are as ever */
        unit_assert_same_bits(gradients + tensor.offset + tensor.size,
                              free_gradients + tensor.offset + tensor.size,
                              size - tensor.offset - tensor.size);
        float *all_before = unit_zeros(size);
        memcpy(all_before, values, (size_t)size * sizeof(float));
        OK(attn_adam_step(network.adam, NULL));
        unit_assert_same_bits(tensor.values, before, tensor.size);
        memcpy(values, all_before, (size_t)size * sizeof(float));
        OK(attn_params_set_trainable(network.params, tensor.name, 1));
        free(all_before);
        free(before);
    }
    free(free_gradients);
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_frozen_embedding_backward_needs_no_gradient)
{
    setup();
    attn_embedding *embedding = NULL;
    attn_embedding_options options = ATTN_EMBEDDING_OPTIONS_INIT;
    options.frozen = 1;
    OK(attn_embedding_create(params, "e", 10, 4, &options, &embedding));
    float y[9 * 4];
    OK(attn_embedding_forward(embedding, tape, 3, 3, ids, lengths, y));
    OK(attn_embedding_backward(embedding, tape, 3, 3, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    ck_assert_ptr_null(attn_params_gradients(params));
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

START_TEST(gradients_accumulate)
{
    context = unit_context(1);
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
    int64_t size = attn_params_size(network.params);
    float *once = unit_zeros(size);
    for (int time = 0; time < 2; time++) {
        OK(unit_network_forward(&network, network.tape, &batch, NULL));
        OK(unit_network_backward(&network, &batch));
        if (time == 0)
            memcpy(once, attn_params_gradients(network.params), (size_t)size * sizeof(float));
    }
    for (int64_t i = 0; i < size; i++)
        NEAR((double)attn_params_gradients(network.params)[i], 2.0 * (double)once[i], 1e-6);
    free(once);
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

enum { ROWS = 15, TIME = 9, WORDS = 20, E = 5, H = 6, W = 2 * H };
static const int32_t row_lengths[ROWS] = {9, 0, 3, 7, 1, 9, 2, 5, 5, 8, 0, 4, 6, 9, 1};

/* What backward gives does not depend on which of its outputs are wanted. */
START_TEST(unwanted_gradients_may_be_null)
{
    setup();
    attn_gru *gru = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 2;
    options.bidirectional = 1;
    OK(attn_gru_create(params, "g", E, H, &options, &gru));
    float *x = unit_floats(ROWS * TIME * E, 1), *dy = unit_floats(ROWS * TIME * W, 2),
          *dx = unit_zeros(ROWS * TIME * E);
    float *zeros = unit_zeros(4 * ROWS * H), *dh0 = unit_zeros(4 * ROWS * H),
          *first = unit_zeros(attn_params_size(params));
    for (int wanted = 0; wanted < 2; wanted++) {
        OK(attn_params_zero_grad(params));
        OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = x),
                            wanted ? zeros : NULL, NULL, NULL));
        OK(attn_gru_backward(gru, tape, dy, wanted ? zeros : NULL,
                             GRADIENTS(.batch = ROWS, .time = TIME, .dx = wanted ? dx : NULL),
                             wanted ? dh0 : NULL));
        if (wanted)
            unit_assert_same_bits(attn_params_gradients(params), first, attn_params_size(params));
        memcpy(first, attn_params_gradients(params), (size_t)attn_params_size(params) * sizeof(float));
    }
    float *arrays[] = {x, dy, dx, zeros, dh0, first};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    attn_gru_destroy(&gru);
    teardown();
}
END_TEST

UNIT_MAIN("layers", an_empty_batch_and_no_time_are_legal, a_row_of_length_0_gives_zeros,
          steps_equal_the_sequence, a_frozen_tensor_gets_no_gradient,
          a_frozen_embedding_backward_needs_no_gradient, gradients_accumulate, unwanted_gradients_may_be_null)
