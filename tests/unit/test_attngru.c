/* test_attngru.c - what the attention GRU's weights promise to the bit, at any size, with any instruction set and in any number of
 * threads. */
#include <stddef.h>

#include "unit.h"
#include "unit_data.h"
#include "unit_memory.h"

#define ISAS (ATTN_ISA_AVX512BF16 - ATTN_ISA_REFERENCE + 1)

typedef struct sizes {
    int64_t batch, time, input, hidden;
} sizes;

static const sizes all_sizes[] = {{1, 1, 1, 1}, {3, 5, 2, 7}, {13, 4, 9, 17}, {2, 3, 4, 40}, {30, 2, 3, 16}};
#define SIZES ((int)(sizeof all_sizes / sizeof *all_sizes))

/* An attention GRU with random numbers in all its tensors. */
typedef struct bench {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_attngru *attngru;
    sizes size;
    float *x, *h0, *y, *hn;
} bench;

static bench bench_open(int32_t isa, int32_t threads, const sizes *size, const attn_attngru_options *options)
{
    bench b = {.size = *size};
    attn_context_options context = ATTN_CONTEXT_OPTIONS_INIT;
    context.isa = isa;
    context.threads = threads;
    OK(attn_context_create(&context, &b.context));
    OK(attn_params_create(b.context, UNIT_SEED(1), &b.params));
    OK(attn_tape_create(b.context, NULL, &b.tape));
    OK(attn_attngru_create(b.params, "cell", size->input, size->hidden, options, &b.attngru));
    unit_fill(attn_params_values(b.params), attn_params_size(b.params), 3);
    b.x = unit_floats(size->batch * size->time * size->input, 4);
    b.h0 = unit_floats(size->batch * size->hidden, 5);
    b.y = unit_zeros(size->batch * size->time * size->hidden);
    b.hn = unit_zeros(size->batch * size->hidden);
    return b;
}

static void bench_close(bench *b)
{
    free(b->x);
    free(b->h0);
    free(b->y);
    free(b->hn);
    attn_attngru_destroy(&b->attngru);
    attn_tape_destroy(&b->tape);
    attn_params_destroy(&b->params);
    attn_context_destroy(&b->context);
}

static float *filled(int64_t count, float value)
{
    float *numbers = unit_zeros(count);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = value;
    return numbers;
}

/* Whether this processor has it; under the environment variable ATTN_ISA, which overrides every context, only that one. */
static int has_isa(int32_t isa)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.isa = isa;
    attn_context *context = NULL;
    int has = attn_context_create(&options, &context) == ATTN_OK && attn_context_isa(context) == isa;
    attn_context_destroy(&context);
    return has;
}

/* Run the test for this form at every size, with every instruction set, reset and normalisation. */
static void everywhere(int32_t form, void (*test)(bench *b, const attn_attngru_options *options, int32_t isa))
{
    for (int k = 0; k < SIZES * 4 * ISAS; k++) {
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = form;
        options.reset = k & 1 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k >> 1 & 1;
        int32_t isa = ATTN_ISA_REFERENCE + (k >> 2) % ISAS;
        if (!has_isa(isa))
            continue;
        bench b = bench_open(isa, 1, &all_sizes[(k >> 2) / ISAS], &options);
        test(&b, &options, isa);
        bench_close(&b);
    }
}

/* A weight of 0 keeps the state to the bit. */
static void check_zero(bench *b, const attn_attngru_options *options, int32_t isa)
{
    (void)options;
    float *weights = filled(b->size.batch * b->size.time, 0.0f);
    OK(attn_attngru_forward(
        b->attngru, isa % 2 ? b->tape : NULL,
        SEQUENCE(.batch = b->size.batch, .time = b->size.time, .x = b->x, .openings = weights), b->h0, b->y,
        b->hn));
    ck_assert_mem_eq(b->hn, b->h0, (size_t)(b->size.batch * b->size.hidden) * sizeof(float));
    for (int64_t row = 0; row < b->size.batch * b->size.time; row++)
        ck_assert_mem_eq(b->y + row * b->size.hidden, b->h0 + row / b->size.time * b->size.hidden,
                         (size_t)b->size.hidden * sizeof(float));
    free(weights);
}

START_TEST(a_weight_of_0_keeps_the_state)
{
    for (int32_t form = ATTN_ATTNGRU_REPLACE; form <= ATTN_ATTNGRU_PAPER; form++)
        everywhere(form, check_zero);
}
END_TEST

/* With a weight of 1 the state before counts for the candidate alone: where r is 0 it counts for nothing, and so two rows that
 * differ in h0 alone come out alike. b_r = -1000 makes r 0 exactly. */
START_TEST(a_weight_of_1_takes_the_candidate)
{
    const int32_t forms[] = {ATTN_ATTNGRU_REPLACE, ATTN_ATTNGRU_CODE};
    for (int f = 0; f < 2; f++) {
        for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512BF16; isa++) {
            if (!has_isa(isa))
                continue;
            attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
            options.form = forms[f];
            sizes size = {2, 1, 5, 17};
            bench b = bench_open(isa, 1, &size, &options);
            attn_tensor bias = ATTN_TENSOR_INIT, candidate = ATTN_TENSOR_INIT;
            OK(attn_params_find(b.params, "cell.bias_ih", &bias));
            OK(attn_params_find(b.params, "cell.weight_ih", &candidate));
            for (int64_t j = 0; j < size.hidden; j++)
                bias.values[j] = -1000.0f;
            memcpy(b.x + size.input, b.x, (size_t)size.input * sizeof(float));
            float *weights = filled(2, 1.0f);
            OK(attn_attngru_forward(b.attngru, NULL,
                                    SEQUENCE(.batch = 2, .time = 1, .x = b.x, .openings = weights), b.h0, b.y,
                                    b.hn));
            ck_assert_mem_eq(b.hn, b.hn + size.hidden, (size_t)size.hidden * sizeof(float));
            int64_t gates = options.form == ATTN_ATTNGRU_REPLACE ? 2 : 3, n = (gates - 1) * size.hidden;
            for (int64_t j = 0; j < size.hidden;
                 j++) { /* and it is tanh(W_n x + b_n), to the rounding of a short sum */
                double a = (double)bias.values[n + j];
                for (int64_t i = 0; i < size.input; i++)
                    a += (double)candidate.values[(n + j) * size.input + i] * (double)b.x[i];
                ck_assert_double_eq_tol((double)b.hn[j], tanh(a), 2e-6);
            }
            free(weights);
            bench_close(&b);
        }
    }
}
END_TEST

/* One weight a step, and the same weight for each number of the state, give the same bits; and the gradient of the one is the sum
 * of those of the others. */
static void check_vector(bench *b, const attn_attngru_options *options, int32_t isa)
{
    int64_t tokens = b->size.batch * b->size.time, numbers = tokens * b->size.hidden;
    attn_attngru_options wide = *options;
    wide.vector_openings = 1;
    bench v = bench_open(isa, 2, &b->size, &wide);
    float *scalar = unit_floats(tokens, 6), *vector = unit_zeros(numbers), *dy = unit_floats(numbers, 7);
    float *dscalar = unit_zeros(tokens), *dvector = unit_zeros(numbers);
    for (int64_t i = 0; i < numbers; i++)
        vector[i] = scalar[i / b->size.hidden];
    OK(attn_attngru_forward(
        b->attngru, b->tape,
        SEQUENCE(.batch = b->size.batch, .time = b->size.time, .x = b->x, .openings = scalar), b->h0, b->y,
        b->hn));
    OK(attn_attngru_forward(
        v.attngru, v.tape,
        SEQUENCE(.batch = b->size.batch, .time = b->size.time, .x = b->x, .openings = vector), b->h0, v.y,
        v.hn));
    ck_assert_mem_eq(b->y, v.y, (size_t)numbers * sizeof(float));
    ck_assert_mem_eq(b->hn, v.hn, (size_t)(b->size.batch * b->size.hidden) * sizeof(float));
    OK(attn_attngru_backward(b->attngru, b->tape, dy, NULL,
                             GRADIENTS(.batch = b->size.batch, .time = b->size.time, .dopenings = dscalar),
                             NULL));
    OK(attn_attngru_backward(v.attngru, v.tape, dy, NULL,
                             GRADIENTS(.batch = b->size.batch, .time = b->size.time, .dopenings = dvector),
                             NULL));
    ck_assert_mem_eq(attn_params_gradients(b->params), attn_params_gradients(v.params),
                     (size_t)attn_params_size(b->params) * sizeof(float));
    for (int64_t i = 0; i < tokens; i++) {
        double sum = 0.0, size = 0.0;
        for (int64_t j = 0; j < b->size.hidden; j++) {
            sum += (double)dvector[i * b->size.hidden + j];
            size += fabs((double)dvector[i * b->size.hidden + j]);
        }
        ck_assert_double_eq_tol((double)dscalar[i], sum, 1e-5 * size + 1e-30);
    }
    for (float **array = (float *[]){scalar, vector, dy, dscalar, dvector, NULL}; *array; array++)
        free(*array);
    bench_close(&v);
}

START_TEST(a_scalar_and_equal_vector_openings_agree)
{
    for (int32_t form = ATTN_ATTNGRU_REPLACE; form <= ATTN_ATTNGRU_CODE; form++)
        everywhere(form, check_vector);
}
END_TEST

/* A call a step, the state handed on, is the call of the whole sequence. */
static void check_steps(bench *b, const attn_attngru_options *options, int32_t isa)
{
    (void)options;
    (void)isa;
    int64_t steps = b->size.time, e = b->size.input, rows = b->size.batch;
    float *weights = unit_floats(rows * steps, 6), *one = unit_zeros(rows * e), *a = unit_zeros(rows);
    OK(attn_attngru_forward(b->attngru, NULL,
                            SEQUENCE(.batch = rows, .time = steps, .x = b->x, .openings = weights), b->h0,
                            NULL, b->hn));
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t row = 0; row < rows; row++) {
            memcpy(one + row * e, b->x + (row * steps + t) * e, (size_t)e * sizeof(float));
            a[row] = weights[row * steps + t];
        }
        OK(attn_attngru_forward(b->attngru, NULL, SEQUENCE(.batch = rows, .time = 1, .x = one, .openings = a),
                                b->h0, NULL, b->h0));
    }
    for (int64_t i = 0; i < rows * b->size.hidden; i++)
        MUST(fabsf(b->h0[i] - b->hn[i]) <= 1e-6f, "number %lld: %g and %g", (long long)i, (double)b->h0[i],
             (double)b->hn[i]);
    free(weights);
    free(one);
    free(a);
}

START_TEST(a_call_a_step_is_the_whole_sequence)
{
    for (int32_t form = ATTN_ATTNGRU_REPLACE; form <= ATTN_ATTNGRU_CODE; form++)
        everywhere(form, check_steps);
}
END_TEST

/* No row, no step: nothing is read, and hn is h0. */
/* Everything that a pass over one source gives. */
typedef struct results {
    float y[13 * 4 * 17], hn[13 * 17], dopenings[13 * 4 * 17], dh0[13 * 17], gradients[4096];
} results;

static void run_source(bench *b, const attn_sequence *in, const float *dy, float *dx, results *out)
{
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(b->params));
    OK(attn_attngru_forward(b->attngru, b->tape, in, b->h0, out->y, out->hn));
    OK(attn_attngru_backward(
        b->attngru, b->tape, dy, NULL,
        GRADIENTS(.batch = in->batch, .time = in->time, .dx = dx, .dopenings = out->dopenings), out->dh0));
    memcpy(out->gradients, attn_params_gradients(b->params),
           (size_t)attn_params_size(b->params) * sizeof(float));
}

/* To the bit, but for the sums over tokens: those come in another order. */
START_TEST(ids_give_what_their_vectors_give)
{
    enum { WORDS = 6, BATCH = 13, TIME = 4, INPUT = 9, HIDDEN = 17 };
    static const int32_t lengths[BATCH] = {4, 0, 1, 3, 2, 4, 4, 1, 0, 2, 3, 4, 1};
    for (int k = 0; k < 24; k++) {
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = k % 3;
        options.vector_openings = k / 3 % 2;
        options.reset = k / 6 % 2;
        options.layer_norm = k / 12;
        bench b = bench_open(ATTN_ISA_BEST, 2, &all_sizes[2], &options);
        attn_embedding *embedding = NULL;
        OK(attn_embedding_create(b.params, "words", WORDS, INPUT, NULL, &embedding));
        int32_t ids[BATCH * TIME];
        float x[BATCH * TIME * INPUT], dx[BATCH * TIME * INPUT];
        float *openings = unit_floats(BATCH * TIME * HIDDEN, 8), *dy = unit_floats(BATCH * TIME * HIDDEN, 9);
        for (int i = 0; i < BATCH * TIME; i++)
            ids[i] = i % TIME < lengths[i / TIME] ? i * i % WORDS : WORDS;
        OK(attn_embedding_forward(embedding, NULL, BATCH, TIME, ids, lengths, x));
        static results by_vectors, by_ids, scaled;
        float ones[BATCH * TIME];
        for (int i = 0; i < BATCH * TIME; i++)
            ones[i] = i % TIME < lengths[i / TIME] ? 1.0f : NAN;
        attn_sequence in = {.struct_size = sizeof in,
                            .batch = BATCH,
                            .time = TIME,
                            .lengths = lengths,
                            .x = x,
                            .openings = openings};
        run_source(&b, &in, dy, dx, &by_vectors);
        in.x = NULL;
        in.embedding = embedding;
        in.ids = ids;
        run_source(&b, &in, dy, NULL, &by_ids);
        in.scales = ones;
        run_source(&b, &in, dy, NULL, &scaled);
        ck_assert_mem_eq(&by_ids, &scaled, sizeof scaled);
        ck_assert_mem_eq(&by_ids, &by_vectors, offsetof(results, gradients));
        int64_t cell = attn_params_size(b.params) - WORDS * INPUT; /* the embedding's come last */
        for (int64_t i = 0; i < cell; i++)
            NEAR((double)by_ids.gradients[i], (double)by_vectors.gradients[i], 1e-4);
        for (int64_t id = 0; id < WORDS; id++) {
            double sum[INPUT] = {0};
            for (int i = 0; i < BATCH * TIME; i++) {
                for (int d = 0; d < INPUT && ids[i] == id; d++)
                    sum[d] += (double)dx[i * INPUT + d];
            }
            for (int d = 0; d < INPUT; d++)
                NEAR((double)by_ids.gradients[cell + id * INPUT + d], sum[d], 1e-4);
        }
        free(openings);
        free(dy);
        attn_embedding_destroy(&embedding);
        bench_close(&b);
    }
}
END_TEST

START_TEST(nothing_is_a_sequence_too)
{
    attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
    sizes size = {3, 1, 2, 4};
    bench b = bench_open(ATTN_ISA_BEST, 1, &size, &options);
    OK(attn_attngru_forward(b.attngru, b.tape, SEQUENCE(.batch = 0, .time = 7), NULL, NULL, NULL));
    OK(attn_attngru_backward(b.attngru, b.tape, NULL, NULL, GRADIENTS(.batch = 0, .time = 7), NULL));
    OK(attn_attngru_forward(b.attngru, b.tape, SEQUENCE(.batch = 3, .time = 0), b.h0, NULL, b.hn));
    ck_assert_mem_eq(b.hn, b.h0, 12 * sizeof(float));
    OK(attn_attngru_backward(b.attngru, b.tape, NULL, b.hn, GRADIENTS(.batch = 3, .time = 0), b.y));
    ck_assert_mem_eq(b.y, b.hn, 12 * sizeof(float)); /* the gradient passes through */
    bench_close(&b);
}
END_TEST

START_TEST(wrong_calls_say_what_is_wrong)
{
    attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
    sizes size = {1, 2, 3, 4};
    bench b = bench_open(ATTN_ISA_BEST, 1, &size, &options);
    attn_attngru *other = NULL;
    options.form = 3;
    FAILS(ATTN_ERR_ARGUMENT, "form is 3", attn_attngru_create(b.params, "f", 3, 4, &options, &other));
    ck_assert_ptr_null(other);
    options.form = 0;
    options.vector_openings = 2;
    FAILS(ATTN_ERR_ARGUMENT, "vector_openings is 2",
          attn_attngru_create(b.params, "v", 3, 4, &options, &other));
    options.vector_openings = 0;
    FAILS(ATTN_ERR_ARGUMENT, "input_dim is 0", attn_attngru_create(b.params, "d", 0, 4, &options, &other));
    FAILS(ATTN_ERR_ARGUMENT, "hidden_dim is 70000",
          attn_attngru_create(b.params, "d", 3, 70000, &options, &other));
    options.dropout = 1.0f;
    FAILS(ATTN_ERR_ARGUMENT, "dropout is 1", attn_attngru_create(b.params, "d", 3, 4, &options, &other));
    FAILS(ATTN_ERR_ARGUMENT, "already a layer called \"cell\"",
          attn_attngru_create(b.params, "cell", 3, 4, NULL, &other));
    ck_assert_int_eq(attn_params_count(b.params), 4);

    const int32_t too_long[] = {3};
    FAILS(ATTN_ERR_ARGUMENT, "attngru is NULL",
          attn_attngru_forward(NULL, NULL, SEQUENCE(.batch = 1, .time = 2, .x = b.x, .openings = b.x), NULL,
                               b.y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_attngru_forward(b.attngru, NULL, SEQUENCE(.batch = 1, .time = 2, .openings = b.x), NULL, b.y,
                               NULL));
    FAILS(ATTN_ERR_ARGUMENT, "openings is NULL",
          attn_attngru_forward(b.attngru, NULL, SEQUENCE(.batch = 1, .time = 2, .x = b.x), NULL, b.y, NULL));
    FAILS(
        ATTN_ERR_ARGUMENT, "lengths[0] is 3",
        attn_attngru_forward(b.attngru, b.tape,
                             SEQUENCE(.batch = 1, .time = 2, .lengths = too_long, .x = b.x, .openings = b.x),
                             NULL, b.y, NULL));
    ck_assert_int_eq(attn_tape_depth(b.tape), 0);
    FAILS(ATTN_ERR_STATE, "attn_attngru_backward",
          attn_attngru_backward(b.attngru, b.tape, NULL, NULL,
                                GRADIENTS(.batch = b.size.batch, .time = b.size.time), NULL));
    bench_close(&b);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------------------- */

/* A cell that is trained, and used. */
typedef struct life {
    attn_attngru_options options;
    unit_memory *frugal; /* from the second step on nothing may be allocated; NULL: as much as there is */
} life;

/* From nothing, two steps of training and of inference, and all of it destroyed. */
static attn_status whole_life(attn_context *context, void *user)
{
    enum { ROWS = 3, TIME = 4, INPUT = 2, HIDDEN = 5 };
    static const int32_t lengths[ROWS] = {4, 0, 2};
    const life *of = user;
    float x[ROWS * TIME * INPUT] = {0}, weights[ROWS * TIME * HIDDEN] = {0}, y[ROWS * TIME * HIDDEN];
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_attngru *attngru = NULL;
    attn_status status = attn_params_create(context, UNIT_SEED(1), &params);
    if (status == ATTN_OK)
        status = attn_tape_create(context, NULL, &tape);
    if (status == ATTN_OK)
        status = attn_attngru_create(params, "cell", INPUT, HIDDEN, &of->options, &attngru);
    if (status != ATTN_OK && params)
        ck_assert_int_eq(attn_params_count(params), 0);
    for (int round = 0; round < 2 && status == ATTN_OK; round++) {
        if (round == 1 && of->frugal)
            unit_memory_reset(of->frugal, 0);
        status = attn_attngru_forward(
            attngru, tape,
            SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths, .x = x, .openings = weights), NULL, y,
            NULL);
        ck_assert_int_eq(attn_tape_depth(tape), status == ATTN_OK);
        if (status == ATTN_OK)
            status = attn_attngru_backward(
                attngru, tape, y, NULL, GRADIENTS(.batch = ROWS, .time = TIME, .dx = x, .dopenings = weights),
                NULL);
        if (status == ATTN_OK) {
            ck_assert_int_eq(attn_tape_depth(tape), 0);
            status = attn_attngru_forward(
                attngru, NULL,
                SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths, .x = x, .openings = weights), NULL,
                y, NULL);
        }
    }
    attn_attngru_destroy(&attngru);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    for (int k = 0; k < 4; k++) {
        life of = {ATTN_ATTNGRU_OPTIONS_INIT, NULL};
        of.options.form = k % 3;
        of.options.layer_norm = k & 1;
        of.options.vector_openings = k >> 1;
        ck_assert_int_gt(unit_memory_starve(whole_life, &of), 10);
    }
}
END_TEST

START_TEST(nothing_is_allocated_the_second_time)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    life of = {ATTN_ATTNGRU_OPTIONS_INIT, &memory};
    attn_context *context = unit_memory_context(&memory, 2);
    OK(whole_life(context, &of));
    ck_assert_int_eq(atomic_load(&memory.calls), 0);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("attngru", a_weight_of_0_keeps_the_state, a_weight_of_1_takes_the_candidate,
          a_scalar_and_equal_vector_openings_agree, a_call_a_step_is_the_whole_sequence,
          ids_give_what_their_vectors_give, nothing_is_a_sequence_too, wrong_calls_say_what_is_wrong,
          every_allocation_may_fail, nothing_is_allocated_the_second_time)
