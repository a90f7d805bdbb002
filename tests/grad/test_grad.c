/* test_grad.c - every backward against finite differences of its forward, in all combinations of options. */
#include "grad.h"

static const int64_t batches[] = {1, 3, 13, 29};
#define BATCHES ((int32_t)(sizeof batches / sizeof *batches))

/* ---- GRU ----------------------------------------------------------------------------------------------- */

#define GRU_TIME 6
#define GRU_INPUT 3
#define GRU_HIDDEN 5

typedef struct gru_setup {
    grad_bench bench;
    attn_gru *gru;
    int64_t batch;
    int32_t *lengths;
    float *x, *h0, *y, *hn, *dy, *dhn, *dx, *dh0;
} gru_setup;

static double gru_loss(void *argument)
{
    gru_setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 5));
    OK(attn_gru_forward(s->gru, s->bench.tape,
                        SEQUENCE(.batch = s->batch, .time = GRU_TIME, .lengths = s->lengths, .x = s->x),
                        s->h0, s->y, s->hn));
    return grad_sum(s->batch, GRU_TIME, unit_gru_info(s->gru).output_dim, s->lengths, s->dy, s->y) +
           grad_sum(1, 1, unit_gru_info(s->gru).state_count * s->batch * GRU_HIDDEN, NULL, s->dhn, s->hn);
}

static void check_gru(const char *test, const attn_gru_options *options, int64_t batch)
{
    gru_setup s = {.bench = grad_open(2), .batch = batch, .lengths = grad_lengths(batch, GRU_TIME)};
    OK(attn_gru_create(s.bench.params, "gru", GRU_INPUT, GRU_HIDDEN, options, &s.gru));
    grad_shake(s.bench.params);
    int64_t outputs = batch * GRU_TIME * unit_gru_info(s.gru).output_dim,
            inputs = batch * GRU_TIME * GRU_INPUT;
    int64_t states = unit_gru_info(s.gru).state_count * batch * GRU_HIDDEN;
    s.x = grad_numbers(inputs, 1.5f);
    s.h0 = grad_numbers(states, 0.8f);
    s.dy = grad_numbers(outputs, 1.0f);
    s.dhn = grad_numbers(states, 1.0f);
    s.y = grad_room(outputs, sizeof(float));
    s.hn = grad_room(states, sizeof(float));
    s.dx = grad_room(inputs, sizeof(float));
    s.dh0 = grad_room(states, sizeof(float));
    grad_poison(batch, GRU_TIME, GRU_INPUT, s.lengths, s.x);
    grad_poison(batch, GRU_TIME, unit_gru_info(s.gru).output_dim, s.lengths, s.dy);

    gru_loss(&s);
    OK(attn_gru_backward(s.gru, s.bench.tape, s.dy, s.dhn,
                         GRADIENTS(.batch = batch, .time = GRU_TIME, .dx = s.dx), s.dh0));
    grad_check(test, "x", gru_loss, &s, inputs, s.x, s.dx);
    grad_check(test, "h0", gru_loss, &s, states, s.h0, s.dh0);
    grad_check_params(test, gru_loss, &s, s.bench.params);

    for (float **array = &s.x; array <= &s.dh0; array++)
        free(*array);
    free(s.lengths);
    attn_gru_destroy(&s.gru);
    grad_close(&s.bench);
}

START_TEST(gru_in_every_combination)
{
    for (int32_t k = 0; k < 16 * BATCHES; k++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = k & 1 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k >> 1 & 1;
        options.bidirectional = k >> 2 & 1;
        options.layers = 1 + (k >> 3 & 1);
        char test[128];
        snprintf(test, sizeof test, "reset %d, norm %d, bidirectional %d, layers %d, batch %d", options.reset,
                 options.layer_norm, options.bidirectional, options.layers, (int)batches[k >> 4]);
        check_gru(test, &options, batches[k >> 4]);
    }
}
END_TEST

START_TEST(gru_with_dropout_on_its_outputs)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 2;
    options.bidirectional = 1;
    options.dropout = 0.4f;
    check_gru("dropout", &options, 13);
    options.reset = ATTN_GRU_RESET_BEFORE;
    options.layer_norm = 1;
    check_gru("dropout, reset before, norm", &options, 13);
}
END_TEST

START_TEST(gru_with_orthogonal_states)
{
    for (int32_t k = 0; k < 4 * BATCHES; k++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.experimental = ATTN_GRU_ORTHOGONAL;
        options.reset = k & 1 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k & 1;
        options.bidirectional = k >> 1 & 1;
        options.layers = 1 + (k >> 1 & 1);
        options.dropout = k >> 1 & 1 ? 0.4f : 0.0f;
        char test[128];
        snprintf(test, sizeof test, "orthogonal, reset %d, layers %d, batch %d", options.reset,
                 options.layers, (int)batches[k >> 2]);
        check_gru(test, &options, batches[k >> 2]);
    }
}
END_TEST

/* ---- attention ----------------------------------------------------------------------------------------- */

#define ITEMS 7
#define MEMORY 5

typedef struct attention_setup {
    grad_bench bench;
    attn_attention *attention;
    int64_t batch;
    int32_t *lengths;
    int32_t kept;
    float *memory, *weights, *attended, *dweights, *dcontext, *dmemory;
} attention_setup;

static double attention_loss(void *argument)
{
    attention_setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 0));
    OK(attn_attention_forward(s->attention, s->bench.tape, s->batch, ITEMS, s->memory, s->lengths, s->weights,
                              s->attended));
    return grad_sum(s->batch, ITEMS, 1, s->kept ? NULL : s->lengths, s->dweights, s->weights) +
           grad_sum(s->batch, 1, MEMORY, NULL, s->dcontext, s->attended);
}

static void check_attention(const char *test, const attn_attention_options *options, int64_t batch)
{
    attention_setup s = {.bench = grad_open(2),
                         .batch = batch,
                         .lengths = grad_lengths(batch, ITEMS),
                         .kept = options->padding == ATTN_PADDING_KEPT};
    OK(attn_attention_create(s.bench.params, "attention", MEMORY, options, &s.attention));
    grad_shake(s.bench.params);
    s.memory = grad_numbers(batch * ITEMS * MEMORY, 1.5f);
    s.dweights = grad_numbers(batch * ITEMS, 1.0f);
    s.dcontext = grad_numbers(batch * MEMORY, 1.0f);
    s.weights = grad_room(batch * ITEMS, sizeof(float));
    s.attended = grad_room(batch * MEMORY, sizeof(float));
    s.dmemory = grad_room(batch * ITEMS * MEMORY, sizeof(float));
    grad_poison(batch, ITEMS, MEMORY, s.lengths, s.memory);
    if (!s.kept)
        grad_poison(batch, ITEMS, 1, s.lengths, s.dweights);

    attention_loss(&s);
    OK(attn_attention_backward(s.attention, s.bench.tape, batch, ITEMS, 1, s.dweights, s.dcontext, s.dmemory,
                               NULL));
    grad_check(test, "memory", attention_loss, &s, batch * ITEMS * MEMORY, s.memory, s.dmemory);
    grad_check_params(test, attention_loss, &s, s.bench.params);

    for (float **array = &s.memory; array <= &s.dmemory; array++)
        free(*array);
    free(s.lengths);
    attn_attention_destroy(&s.attention);
    grad_close(&s.bench);
}

START_TEST(attention_in_every_combination)
{
    for (int32_t k = 0; k < 8 * BATCHES; k++) {
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.padding = k & 1 ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
        options.outer_tanh = k >> 1 & 1;
        options.attention_dim = k >> 2 & 1 ? 9 : 0;
        char test[128];
        snprintf(test, sizeof test, "padding %d, outer tanh %d, attention_dim %d, batch %d", options.padding,
                 options.outer_tanh, (int)options.attention_dim, (int)batches[k >> 3]);
        check_attention(test, &options, batches[k >> 3]);
    }
}
END_TEST

/* ---- layers of one input and one output ---------------------------------------------------------------- */

typedef struct arrays {
    float *x, *y, *dy, *dx;
} arrays;

static arrays arrays_make(int64_t inputs, int64_t outputs)
{
    arrays a = {.y = grad_room(outputs, sizeof(float)), .dx = grad_room(inputs, sizeof(float))};
    a.x = grad_numbers(inputs, 1.0f);
    a.dy = grad_numbers(outputs, 1.0f);
    return a;
}

static void arrays_free(arrays *a)
{
    free(a->x);
    free(a->y);
    free(a->dy);
    free(a->dx);
}

/* ---- dense --------------------------------------------------------------------------------------------- */

#define DENSE_INPUT 4
#define DENSE_OUTPUT 3

typedef struct dense_setup {
    grad_bench bench;
    attn_dense *dense;
    int64_t rows;
    arrays a;
} dense_setup;

static double dense_loss(void *argument)
{
    dense_setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 0));
    OK(attn_dense_forward(s->dense, s->bench.tape, s->rows, s->a.x, s->a.y));
    return grad_sum(s->rows, 1, DENSE_OUTPUT, NULL, s->a.dy, s->a.y);
}

/* Keep relu away from its corner, which has no slope: x > 0, and each row of W has one sign. */
static void avoid_corner(dense_setup *s)
{
    attn_tensor weight = ATTN_TENSOR_INIT;
    OK(attn_params_find(s->bench.params, "dense.weight", &weight));
    for (int64_t i = 0; i < weight.size; i++)
        weight.values[i] = (i / DENSE_INPUT % 2 ? -1.0f : 1.0f) * (0.5f + fabsf(weight.values[i]));
    for (int64_t i = 0; i < s->rows * DENSE_INPUT; i++)
        s->a.x[i] = 0.5f + fabsf(s->a.x[i]);
}

static void check_dense(const char *test, const attn_dense_options *options, int64_t rows)
{
    dense_setup s = {.bench = grad_open(2), .rows = rows};
    OK(attn_dense_create(s.bench.params, "dense", DENSE_INPUT, DENSE_OUTPUT, options, &s.dense));
    grad_shake(s.bench.params);
    s.a = arrays_make(rows * DENSE_INPUT, rows * DENSE_OUTPUT);
    if (options->activation == ATTN_ACTIVATION_RELU)
        avoid_corner(&s);

    dense_loss(&s);
    OK(attn_dense_backward(s.dense, s.bench.tape, rows, s.a.dy, s.a.dx));
    grad_check(test, "x", dense_loss, &s, rows * DENSE_INPUT, s.a.x, s.a.dx);
    grad_check_params(test, dense_loss, &s, s.bench.params);

    arrays_free(&s.a);
    attn_dense_destroy(&s.dense);
    grad_close(&s.bench);
}

START_TEST(dense_in_every_combination)
{
    for (int32_t k = 0; k < 8 * BATCHES; k++) {
        attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
        options.activation = k & 3;
        options.no_bias = k >> 2 & 1;
        char test[128];
        snprintf(test, sizeof test, "activation %d, no bias %d, rows %d", options.activation, options.no_bias,
                 (int)batches[k >> 3]);
        check_dense(test, &options, batches[k >> 3]);
    }
}
END_TEST

/* ---- dropout ------------------------------------------------------------------------------------------- */

typedef struct dropout_setup {
    grad_bench bench;
    int64_t size;
    arrays a;
} dropout_setup;

static double dropout_loss(void *argument)
{
    dropout_setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 9));
    OK(attn_dropout_forward(s->bench.context, s->bench.tape, s->size, s->a.x, 0.3f, s->a.y));
    return grad_sum(1, 1, s->size, NULL, s->a.dy, s->a.y);
}

START_TEST(dropout_with_its_mask_held)
{
    dropout_setup s = {.bench = grad_open(2), .size = 203, .a = arrays_make(203, 203)};
    dropout_loss(&s);
    OK(attn_dropout_backward(s.bench.context, s.bench.tape, s.size, s.a.dy, s.a.dx));
    grad_check("dropout", "x", dropout_loss, &s, s.size, s.a.x, s.a.dx);
    arrays_free(&s.a);
    grad_close(&s.bench);
}
END_TEST

/* ---- pooling ------------------------------------------------------------------------------------------- */

typedef struct pooling_setup {
    grad_bench bench;
    int32_t pooling, *lengths;
    arrays a;
} pooling_setup;

enum { POOLED_ROWS = 9, POOLED_TIME = 7, POOLED_DIM = 5, POOLED = POOLED_ROWS * POOLED_TIME * POOLED_DIM };

static double pooling_loss(void *argument)
{
    pooling_setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 0));
    OK(attn_pooling_forward(s->bench.context, s->bench.tape, POOLED_ROWS, POOLED_TIME, POOLED_DIM, s->a.x,
                            s->lengths, s->pooling, s->a.y));
    return grad_sum(1, 1, POOLED_ROWS * POOLED_DIM, NULL, s->a.dy, s->a.y);
}

/* Of unequal rows, with NaN in the padding. The largest number is no smooth function where two are near each other: numbers are
 * four steps apart or more, since 37 and 101 have no common divisor. */
START_TEST(pooling_by_mean_and_max)
{
    for (int32_t pooling = ATTN_POOLING_MEAN; pooling <= ATTN_POOLING_MAX; pooling++) {
        pooling_setup s = {.bench = grad_open(2),
                           .pooling = pooling,
                           .lengths = grad_lengths(POOLED_ROWS, POOLED_TIME),
                           .a = arrays_make(POOLED, POOLED_ROWS * POOLED_DIM)};
        for (int64_t i = 0; i < POOLED; i++)
            s.a.x[i] = (float)(4 * GRAD_STEP * (double)(i / POOLED_DIM * 37 % 101 - 50));
        grad_poison(POOLED_ROWS, POOLED_TIME, POOLED_DIM, s.lengths, s.a.x);
        pooling_loss(&s);
        OK(attn_pooling_backward(s.bench.context, s.bench.tape, POOLED_ROWS, POOLED_TIME, POOLED_DIM, s.a.dy,
                                 s.a.dx));
        grad_check(pooling == ATTN_POOLING_MEAN ? "mean" : "max", "x", pooling_loss, &s, POOLED, s.a.x,
                   s.a.dx);
        free(s.lengths);
        arrays_free(&s.a);
        grad_close(&s.bench);
    }
}
END_TEST

UNIT_MAIN("grad", gru_in_every_combination, gru_with_orthogonal_states, gru_with_dropout_on_its_outputs,
          attention_in_every_combination, dense_in_every_combination, dropout_with_its_mask_held,
          pooling_by_mean_and_max)
