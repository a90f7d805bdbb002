/* test_grad_rows.c - a batch is its rows: each row gets the same bits as when it comes alone, and the
 * gradients of the tensors are the sum over the rows. The batch is large enough that its tokens are cut into
 * blocks, windows and parts, and a weight into tasks; the rows alone are not. (Parts of several blocks: test_sizes.c.) */
#include "grad.h"

#define BATCH 29 /* eight blocks, each a part of its own */
#define TIME 180 /* 2104 tokens in all, in windows of 128 */
#define INPUT 3
#define HIDDEN 53 /* and a second layer's input weights, of 159 x 106, in two tasks */

/* Sums over up to BATCH * TIME tokens, in another order: some thousand float32 roundings of 6e-8, most of
 * which cancel. */
#define TOLERANCE 3e-5

static void expect_sum(const char *test, attn_params *params, attn_params *batch)
{
    const float *whole = attn_params_gradients(batch);
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, i, &tensor));
        double most = 1.0;
        for (int64_t j = 0; j < tensor.size; j++) {
            double absolute = fabs((double)tensor.gradients[j]);
            most = absolute > most ? absolute : most;
        }
        for (int64_t j = 0; j < tensor.size; j++) { /* ck_assert writes to a pipe: too slow for each number */
            if (!(fabs((double)whole[tensor.offset + j] - (double)tensor.gradients[j]) <= TOLERANCE * most))
                ck_abort_msg("%s: the batch's gradient of %s[%lld] is %.9g; expected the rows' sum %.9g, and "
                             "%.3g at most",
                             test, tensor.name, (long long)j, (double)whole[tensor.offset + j],
                             (double)tensor.gradients[j], most);
        }
    }
}

/* Move the values of both params by the same little. */
static void shake_both(attn_params *batch, attn_params *alone)
{
    grad_shake(batch);
    memcpy(attn_params_values(alone), attn_params_values(batch),
           (size_t)attn_params_size(batch) * sizeof(float));
}

static void expect_bits(const char *test, const char *what, int64_t row, int64_t count, const float *alone,
                        const float *batch)
{
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(alone + i, batch + i, sizeof *alone) != 0)
            ck_abort_msg("%s: %s of row %lld, number %lld is %.9g; alone %.9g", test, what, (long long)row,
                         (long long)i, (double)batch[i], (double)alone[i]);
    }
}

/* ---- GRU ----------------------------------------------------------------------------------------------- */

/* Arrays of one GRU's forward and backward, for a batch or for a row. */
typedef struct gru_arrays {
    float *x, *h0, *y, *hn, *dy, *dhn, *dx, *dh0;
} gru_arrays;

static gru_arrays gru_arrays_open(const attn_gru *gru, int64_t batch)
{
    int64_t states = unit_gru_info(gru).state_count * batch * HIDDEN, outputs = batch * TIME * unit_gru_info(gru).output_dim;
    gru_arrays a = {.x = grad_numbers(batch * TIME * INPUT, 1.0f),
                    .h0 = grad_numbers(states, 0.8f),
                    .dy = grad_numbers(outputs, 1.0f),
                    .dhn = grad_numbers(states, 1.0f)};
    a.y = grad_room(outputs, sizeof(float));
    a.hn = grad_room(states, sizeof(float));
    a.dx = grad_room(batch * TIME * INPUT, sizeof(float));
    a.dh0 = grad_room(states, sizeof(float));
    return a;
}

static void gru_arrays_close(gru_arrays *a)
{
    for (float **array = &a->x; array <= &a->dh0; array++)
        free(*array);
}

static void gru_run(const attn_gru *gru, attn_tape *tape, int64_t batch, const int32_t *lengths,
                    const gru_arrays *a)
{
    OK(attn_tape_begin(tape, 0));
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = batch, .time = TIME, .lengths = lengths, .x = a->x),
                        a->h0, a->y, a->hn));
    OK(attn_gru_backward(gru, tape, a->dy, a->dhn, GRADIENTS(.batch = batch, .time = TIME, .dx = a->dx),
                         a->dh0));
}

/* Row b of states[states, BATCH, HIDDEN], to row[states, HIDDEN]. */
static void take_states(int64_t states, int64_t b, const float *from, float *row)
{
    for (int64_t s = 0; s < states; s++)
        memcpy(row + s * HIDDEN, from + (s * BATCH + b) * HIDDEN, HIDDEN * sizeof(float));
}

static void check_gru(const char *test, const attn_gru_options *options)
{
    grad_bench two = grad_open(2), one = grad_open(1); /* threads: for the batch, and for its rows */
    attn_gru *gru = NULL, *alone = NULL;
    OK(attn_gru_create(two.params, "gru", INPUT, HIDDEN, options, &gru));
    OK(attn_gru_create(one.params, "gru", INPUT, HIDDEN, options, &alone));
    shake_both(two.params, one.params);
    int32_t *lengths = grad_lengths(BATCH, TIME);
    int64_t width = TIME * unit_gru_info(gru).output_dim, states = unit_gru_info(gru).state_count;
    gru_arrays all = gru_arrays_open(gru, BATCH), row = gru_arrays_open(gru, 1);
    float *expected = grad_room(states * HIDDEN, sizeof *expected);
    gru_run(gru, two.tape, BATCH, lengths, &all);
    for (int64_t b = 0; b < BATCH; b++) {
        memcpy(row.x, all.x + b * TIME * INPUT, TIME * INPUT * sizeof(float));
        memcpy(row.dy, all.dy + b * width, (size_t)width * sizeof(float));
        take_states(states, b, all.h0, row.h0);
        take_states(states, b, all.dhn, row.dhn);
        gru_run(alone, one.tape, 1, &lengths[b], &row);
        expect_bits(test, "y", b, width, row.y, all.y + b * width);
        expect_bits(test, "dx", b, TIME * INPUT, row.dx, all.dx + b * TIME * INPUT);
        take_states(states, b, all.hn, expected);
        expect_bits(test, "hn", b, states * HIDDEN, row.hn, expected);
        take_states(states, b, all.dh0, expected);
        expect_bits(test, "dh0", b, states * HIDDEN, row.dh0, expected);
    }
    expect_sum(test, one.params, two.params);
    free(expected);
    free(lengths);
    gru_arrays_close(&all);
    gru_arrays_close(&row);
    attn_gru_destroy(&gru);
    attn_gru_destroy(&alone);
    grad_close(&two);
    grad_close(&one);
}

START_TEST(a_batch_through_the_gru_is_its_rows)
{
    for (int32_t k = 0; k < 6; k++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = k & 1 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k >> 1 & 1;
        options.bidirectional = 1;
        options.layers = 2;
        options.experimental = k >> 2 & 1 ? ATTN_GRU_ORTHOGONAL : 0;
        char test[128];
        snprintf(test, sizeof test, "reset %d, norm %d, experimental %d", options.reset, options.layer_norm,
                 options.experimental);
        check_gru(test, &options);
    }
}
END_TEST

/* ---- attention ----------------------------------------------------------------------------------------- */

static void check_attention(const char *test, const attn_attention_options *options)
{
    grad_bench two = grad_open(2), one = grad_open(1);
    attn_attention *attention = NULL, *alone = NULL;
    OK(attn_attention_create(two.params, "attention", HIDDEN, options, &attention));
    OK(attn_attention_create(one.params, "attention", HIDDEN, options, &alone));
    shake_both(two.params, one.params);
    int32_t *lengths = grad_lengths(BATCH, TIME);
    float *memory = grad_numbers(BATCH * TIME * HIDDEN, 1.0f), *dweights = grad_numbers(BATCH * TIME, 1.0f);
    float *dcontext = grad_numbers(BATCH * HIDDEN, 1.0f), *weights = grad_room(BATCH * TIME, sizeof(float));
    float *context = grad_room(BATCH * HIDDEN, sizeof(float)),
          *dmemory = grad_room(BATCH * TIME * HIDDEN, sizeof(float));
    float row_weights[TIME], row_context[HIDDEN], *row_dmemory = grad_room(TIME * HIDDEN, sizeof(float));
    OK(attn_attention_forward(attention, two.tape, BATCH, TIME, memory, lengths, weights, context));
    OK(attn_attention_backward(attention, two.tape, BATCH, TIME, 1, dweights, dcontext, dmemory, NULL));
    for (int64_t b = 0; b < BATCH; b++) {
        OK(attn_attention_forward(alone, one.tape, 1, TIME, memory + b * TIME * HIDDEN, &lengths[b],
                                  row_weights, row_context));
        OK(attn_attention_backward(alone, one.tape, 1, TIME, 1, dweights + b * TIME, dcontext + b * HIDDEN,
                                   row_dmemory, NULL));
        expect_bits(test, "weights", b, TIME, row_weights, weights + b * TIME);
        expect_bits(test, "context", b, HIDDEN, row_context, context + b * HIDDEN);
        expect_bits(test, "dmemory", b, TIME * HIDDEN, row_dmemory, dmemory + b * TIME * HIDDEN);
    }
    expect_sum(test, one.params, two.params);
    free(lengths);
    free(memory);
    free(dweights);
    free(dcontext);
    free(weights);
    free(context);
    free(dmemory);
    free(row_dmemory);
    attn_attention_destroy(&attention);
    attn_attention_destroy(&alone);
    grad_close(&two);
    grad_close(&one);
}

START_TEST(a_batch_under_attention_is_its_rows)
{
    for (int32_t k = 0; k < 4; k++) {
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.padding = k & 1 ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
        options.outer_tanh = k >> 1 & 1;
        char test[128];
        snprintf(test, sizeof test, "padding %d, outer tanh %d", options.padding, options.outer_tanh);
        check_attention(test, &options);
    }
}
END_TEST

UNIT_MAIN("grad_rows", a_batch_through_the_gru_is_its_rows, a_batch_under_attention_is_its_rows)
