/* test_arguments.c - what each layer refuses, and the line that says why; the tape and the params stay as they were. */
#include "unit.h"

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

START_TEST(embedding_refuses_wrong_arguments)
{
    setup();
    attn_embedding *e = NULL;
    attn_embedding_options options = ATTN_EMBEDDING_OPTIONS_INIT;
    FAILS(ATTN_ERR_ARGUMENT, "rows is 0", attn_embedding_create(params, "e", 0, 2, NULL, &e));
    FAILS(ATTN_ERR_ARGUMENT, "dim is 65537; expected 1 to 65536",
          attn_embedding_create(params, "e", 5, 65537, NULL, &e));
    options.frozen = 2;
    FAILS(ATTN_ERR_ARGUMENT, "frozen is 2", attn_embedding_create(params, "e", 5, 2, &options, &e));
    options = (attn_embedding_options)ATTN_EMBEDDING_OPTIONS_INIT;
    options.init = 77;
    FAILS(ATTN_ERR_ARGUMENT, "init is 77", attn_embedding_create(params, "e", 5, 2, &options, &e));
    ck_assert_ptr_null(e);
    ck_assert_int_eq(attn_params_count(params), 0);

    OK(attn_embedding_create(params, "e", 5, 2, NULL, &e));
    float y[8];
    const int32_t ids[] = {0, 4, 5, -1};
    FAILS(ATTN_ERR_ARGUMENT, "ids[0,2] is 5; expected 0 to 4",
          attn_embedding_forward(e, tape, 1, 4, ids, NULL, y));
    FAILS(ATTN_ERR_ARGUMENT, "ids[1,1] is -1",
          attn_embedding_forward(e, tape, 2, 2, (int32_t[]){0, 1, 2, -1}, NULL, y));
    FAILS(ATTN_ERR_ARGUMENT, "-1 rows by 2", attn_embedding_forward(e, tape, -1, 2, ids, NULL, y));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is -1; expected 0 to 2",
          attn_embedding_forward(e, tape, 1, 2, ids, (int32_t[]){-1}, y));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_embedding_forward(e, tape, 1, 2, ids, NULL, y));
    OK(attn_embedding_backward(e, tape, 1, 2, y));
    attn_embedding_destroy(&e);
    teardown();
}
END_TEST

START_TEST(gru_refuses_wrong_arguments)
{
    setup();
    attn_gru *g = NULL;
    attn_gru_options options;
    FAILS(ATTN_ERR_ARGUMENT, "input_dim is 0; expected 1 to 65536",
          attn_gru_create(params, "g", 0, 3, NULL, &g));
    FAILS(ATTN_ERR_ARGUMENT, "hidden_dim is 0", attn_gru_create(params, "g", 2, 0, NULL, &g));
    FAILS(ATTN_ERR_ARGUMENT, "hidden_dim is 65537", attn_gru_create(params, "g", 2, 65537, NULL, &g));
    const struct {
        const char *part;
        int32_t layers, bidirectional, reset, layer_norm, init;
        float dropout, input_dropout;
        int32_t experimental;
    } wrong[] = {
        {"layers is 17", 17, 0, 0, 0, 0, 0.0f, 0.0f, 0},
        {"layers is -1", -1, 0, 0, 0, 0, 0.0f, 0.0f, 0},
        {"bidirectional is 2", 1, 2, 0, 0, 0, 0.0f, 0.0f, 0},
        {"reset is 2", 1, 0, 2, 0, 0, 0.0f, 0.0f, 0},
        {"layer_norm is -1", 1, 0, 0, -1, 0, 0.0f, 0.0f, 0},
        {"init is 3", 1, 0, 0, 0, ATTN_INIT_GLOROT, 0.0f, 0.0f, 0},
        {"dropout is 1", 1, 0, 0, 0, 0, 1.0f, 0.0f, 0},
        {"dropout is -0.5", 1, 0, 0, 0, 0, -0.5f, 0.0f, 0},
        {"dropout is nan", 1, 0, 0, 0, 0, NAN, 0.0f, 0},
        {"input_dropout is 1", 1, 0, 0, 0, 0, 0.0f, 1.0f, 0},
        {"input_dropout is nan", 1, 0, 0, 0, 0, 0.0f, NAN, 0},
        {"experimental is 2", 1, 0, 0, 0, 0, 0.0f, 0.0f, 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options = (attn_gru_options){sizeof options,   wrong[i].layers,        wrong[i].bidirectional,
                                     wrong[i].reset,   wrong[i].layer_norm,    wrong[i].init,
                                     wrong[i].dropout, wrong[i].input_dropout, wrong[i].experimental};
        FAILS(ATTN_ERR_ARGUMENT, wrong[i].part, attn_gru_create(params, "g", 2, 3, &options, &g));
        ck_assert_ptr_null(g);
    }
    ck_assert_int_eq(attn_params_count(params), 0);

    options = (attn_gru_options)ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = 1;
    OK(attn_gru_create(params, "g", 2, 3, &options, &g));
    float x[8] = {0};
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 1), NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "at most 2^30",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1 << 20, .time = 1 << 20, .x = x), NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[1] is 3; expected 0 to 2",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 2, .time = 2, .lengths = (int32_t[]){2, 3}, .x = x),
                           NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "struct_size is 0",
          attn_gru_forward(g, tape, &(attn_sequence){.batch = 1, .time = 1, .x = x}, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "scales are given, but x and no ids",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 1, .x = x, .scales = x), NULL, NULL, NULL));
    FAILS(
        ATTN_ERR_ARGUMENT, "openings are given",
        attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 1, .x = x, .openings = x), NULL, NULL, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    attn_gru_destroy(&g);
    teardown();
}
END_TEST

/* Nothing of what a refused backward was given is written, and the record stays: the right call still works. */
START_TEST(gradients_that_do_not_fit_are_refused)
{
    setup();
    attn_gru *g = NULL;
    OK(attn_gru_create(params, "g", 2, 3, NULL, &g));
    float x[12] = {0}, y[18] = {0}, dx[12], dh0[9];
    for (int i = 0; i < 12; i++)
        dx[i] = 7.0f;
    for (int i = 0; i < 9; i++)
        dh0[i] = 7.0f;
    OK(attn_gru_forward(g, tape, SEQUENCE(.batch = 2, .time = 3, .x = x), NULL, y, NULL));
    const int64_t wrong[][2] = {{3, 3}, {2, 2}, {3, 2}, {1, 3}, {0, 0}, {-1, 3}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        FAILS(ATTN_ERR_ARGUMENT, "expected forward's, 2 and 3",
              attn_gru_backward(g, tape, y, NULL,
                                GRADIENTS(.batch = wrong[i][0], .time = wrong[i][1], .dx = dx), dh0));
    FAILS(ATTN_ERR_ARGUMENT, "dscales is not NULL",
          attn_gru_backward(g, tape, y, NULL, GRADIENTS(.batch = 2, .time = 3, .dx = dx, .dscales = y), dh0));
    FAILS(
        ATTN_ERR_ARGUMENT, "dopenings is not NULL",
        attn_gru_backward(g, tape, y, NULL, GRADIENTS(.batch = 2, .time = 3, .dx = dx, .dopenings = y), dh0));
    for (int i = 0; i < 12; i++)
        ck_assert(dx[i] == 7.0f);
    for (int i = 0; i < 9; i++)
        ck_assert(dh0[i] == 7.0f);
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    OK(attn_gru_backward(g, tape, y, NULL, GRADIENTS(.batch = 2, .time = 3, .dx = dx), dh0));
    for (int i = 0; i < 12; i++)
        ck_assert(dx[i] != 7.0f);
    attn_gru_destroy(&g);
    teardown();
}
END_TEST

START_TEST(gru_of_ids_refuses_wrong_arguments)
{
    setup();
    attn_embedding *narrow = NULL, *embedding = NULL;
    attn_gru *g = NULL;
    OK(attn_gru_create(params, "g", 3, 4, NULL, &g));
    OK(attn_embedding_create(params, "narrow", 5, 2, NULL, &narrow));
    OK(attn_embedding_create(params, "e", 5, 3, NULL, &embedding));
    const int32_t ids[2] = {1, 4}, wrong[2] = {1, 5};
    float dx[6], y[8];
    FAILS(ATTN_ERR_ARGUMENT, "embedding is NULL",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 2, .ids = ids), NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "the embedding's rows have 2 numbers and the GRU's input 3",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 2, .embedding = narrow, .ids = ids), NULL, y,
                           NULL));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 2, .embedding = embedding), NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "ids[0,1] is 5; expected 0 to 4",
          attn_gru_forward(g, tape, SEQUENCE(.batch = 1, .time = 2, .embedding = embedding, .ids = wrong),
                           NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 3; expected 0 to 2",
          attn_gru_forward(
              g, tape,
              SEQUENCE(.batch = 1, .time = 2, .lengths = (int32_t[]){3}, .embedding = embedding, .ids = ids),
              NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are given",
          attn_gru_forward(g, tape,
                           SEQUENCE(.batch = 1, .time = 2, .x = dx, .embedding = embedding, .ids = ids), NULL,
                           y, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_gru_forward(
        g, tape,
        SEQUENCE(.batch = 1, .time = 2, .lengths = (int32_t[]){1}, .embedding = embedding, .ids = wrong),
        NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_backward: dx is not NULL",
          attn_gru_backward(g, tape, y, NULL, GRADIENTS(.batch = 1, .time = 2, .dx = dx), NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    OK(attn_gru_backward(g, tape, y, NULL, GRADIENTS(.batch = 1, .time = 2), NULL));
    attn_embedding_destroy(&embedding);
    attn_embedding_destroy(&narrow);
    attn_gru_destroy(&g);
    teardown();
}
END_TEST

START_TEST(packed_gru_refuses_wrong_arguments)
{
    setup();
    attn_embedding *narrow = NULL, *embedding = NULL;
    attn_gru *g = NULL, *second = NULL;
    attn_gru_packed *packed = NULL, *packed_other = NULL;
    attn_gru_options other = ATTN_GRU_OPTIONS_INIT;
    other.bidirectional = 1;
    OK(attn_gru_create(params, "g", 3, 4, NULL, &g));
    OK(attn_gru_create(params, "both", 3, 4, &other, &second));
    OK(attn_embedding_create(params, "narrow", 5, 2, NULL, &narrow));
    OK(attn_embedding_create(params, "e", 5, 3, NULL, &embedding));
    float x[3] = {0}, h[8] = {0};
    const int32_t ids[1] = {4}, wrong[1] = {-1};

    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = 3;
    FAILS(ATTN_ERR_ARGUMENT, "precision is 3", attn_gru_packed_create(g, &options, &packed));
    options = (attn_gru_packed_options)ATTN_GRU_PACKED_OPTIONS_INIT;
    options.reserved = 1;
    FAILS(ATTN_ERR_ARGUMENT, "reserved is 1", attn_gru_packed_create(g, &options, &packed));
    options = (attn_gru_packed_options)ATTN_GRU_PACKED_OPTIONS_INIT;
    options.embedding = narrow;
    FAILS(ATTN_ERR_ARGUMENT, "the embedding's rows have 2 numbers and the GRU's input 3",
          attn_gru_packed_create(g, &options, &packed));
    ck_assert_ptr_null(packed);

    OK(attn_gru_packed_create(g, NULL, &packed));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1), h));
    FAILS(ATTN_ERR_ARGUMENT, "packed without an embedding",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .ids = ids), h));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_gru_packed_forward(packed, SEQUENCE(.batch = 1, .time = 1), NULL, NULL, NULL));
    attn_gru_packed_destroy(&packed);
    ck_assert_ptr_null(packed);
    attn_gru_packed_destroy(&packed);

    options.embedding = embedding;
    OK(attn_gru_packed_create(g, &options, &packed));
    OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .ids = ids), h));
    FAILS(ATTN_ERR_ARGUMENT, "ids[0,0] is -1; expected 0 to 4",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .ids = wrong), h));
    FAILS(ATTN_ERR_ARGUMENT, "x and ids are NULL",
          attn_gru_packed_forward(packed, SEQUENCE(.batch = 1, .time = 1), NULL, NULL, NULL));
    OK(attn_gru_packed_create(second, NULL, &packed_other));
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_packed_step: the GRU is bidirectional",
          attn_gru_packed_step(packed_other, SEQUENCE(.batch = 1, .time = 1, .x = x), h));
    FAILS(ATTN_ERR_ARGUMENT, "time is 2; expected 1",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 2, .ids = (int32_t[]){4, 4}), h));
    FAILS(ATTN_ERR_ARGUMENT, "lengths are given",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .lengths = (int32_t[]){1}, .ids = ids),
                               h));
    OK(attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .embedding = embedding, .ids = ids), h));
    FAILS(ATTN_ERR_ARGUMENT, "embedding is not the one that the GRU was packed with",
          attn_gru_packed_step(packed, SEQUENCE(.batch = 1, .time = 1, .embedding = narrow, .ids = ids), h));
    attn_gru_packed_destroy(&packed_other);
    other = (attn_gru_options)ATTN_GRU_OPTIONS_INIT;
    other.experimental = ATTN_GRU_ORTHOGONAL;
    attn_gru_destroy(&second);
    OK(attn_gru_create(params, "orthogonal", 3, 4, &other, &second));
    OK(attn_gru_packed_create(second, NULL, &packed_other));
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_packed_step: the GRU has ATTN_GRU_ORTHOGONAL",
          attn_gru_packed_step(packed_other, SEQUENCE(.batch = 1, .time = 1, .x = x), h));
    attn_gru_packed_destroy(&packed_other);
    attn_gru_packed_destroy(&packed);
    attn_embedding_destroy(&embedding);
    attn_embedding_destroy(&narrow);
    attn_gru_destroy(&second);
    attn_gru_destroy(&g);
    teardown();
}
END_TEST

START_TEST(attention_refuses_wrong_arguments)
{
    setup();
    attn_attention *a = NULL;
    FAILS(ATTN_ERR_ARGUMENT, "memory_dim is 0", attn_attention_create(params, "a", 0, NULL, &a));
    const attn_attention_options usual = ATTN_ATTENTION_OPTIONS_INIT;
    attn_attention_options options;
#define REFUSES(line, change)                                                                                \
    do {                                                                                                     \
        options = usual;                                                                                     \
        change;                                                                                              \
        FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_create(params, "a", 2, &options, &a));                 \
    } while (0)
    REFUSES("score is -1; expected", options.score = -1);
    REFUSES("score is 6; expected", options.score = 6);
    REFUSES("padding is 2", options.padding = 2);
    REFUSES("padding is ATTN_PADDING_KEPT, which only ATTN_SCORE_FEEDFORWARD has",
            (options.padding = ATTN_PADDING_KEPT, options.score = ATTN_SCORE_ADDITIVE));
    REFUSES("attention_dim is -1", options.attention_dim = -1);
    REFUSES("attention_dim is 3, which only", (options.attention_dim = 3, options.score = ATTN_SCORE_CONCAT));
    REFUSES("outer_tanh is 2", options.outer_tanh = 2);
    REFUSES("init is 7", options.init = ATTN_INIT_NORMAL);
    REFUSES("query_dim is -1", (options.query_dim = -1, options.score = ATTN_SCORE_ADDITIVE));
    REFUSES("query_dim is 2, but ATTN_SCORE_FEEDFORWARD has no query", options.query_dim = 2);
    REFUSES("query_dim is 3 and memory_dim 2; expected the same for a dot product, or ATTN_SCORE_BILINEAR",
            (options.query_dim = 3, options.score = ATTN_SCORE_SCALED_DOT));
    REFUSES("weighting is 3", options.weighting = 3);
    REFUSES("temperature is -1; expected 1e-6 to 1e6", options.temperature = -1.0f);
    REFUSES("temperature is nan", options.temperature = NAN);
    REFUSES("temperature is inf", options.temperature = INFINITY);
#undef REFUSES
    ck_assert_ptr_null(a);
    ck_assert_int_eq(attn_params_count(params), 0);

    OK(attn_attention_create(params, "a", 2, NULL, &a));
    float memory[8] = {0};
    FAILS(ATTN_ERR_ARGUMENT, "1 rows by -1",
          attn_attention_forward(a, tape, 1, -1, memory, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 5; expected 0 to 4",
          attn_attention_forward(a, tape, 1, 4, memory, (int32_t[]){5}, NULL, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);

    FAILS(ATTN_ERR_ARGUMENT, "ATTN_SCORE_FEEDFORWARD, which has no query; call attn_attention_forward",
          attn_attention_forward_queries(a, tape, 1, 1, 1, memory, NULL, memory, NULL, NULL, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_attention_forward(a, tape, 1, 4, memory, NULL, NULL, NULL));
    float dquery[2];
    FAILS(ATTN_ERR_ARGUMENT, "dquery is given, but ATTN_SCORE_FEEDFORWARD has no query",
          attn_attention_backward(a, tape, 1, 4, 1, NULL, NULL, NULL, dquery));
    ck_assert_int_eq(attn_tape_depth(tape), 1); /* as before */
    attn_attention_destroy(&a);
    teardown();
}
END_TEST

START_TEST(attention_with_queries_refuses_wrong_arguments)
{
    setup();
    attn_attention *a = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_DOT;
    OK(attn_attention_create(params, "a", 2, &options, &a));
    float memory[8] = {0}, query[4] = {0};
    FAILS(ATTN_ERR_ARGUMENT, "the layer's score needs a query; call attn_attention_forward_queries",
          attn_attention_forward(a, tape, 1, 4, memory, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "1 rows by -1",
          attn_attention_forward_queries(a, tape, 1, 4, -1, memory, NULL, query, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 5; expected 0 to 4",
          attn_attention_forward_queries(a, tape, 1, 4, 2, memory, (int32_t[]){5}, query, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "query_lengths[0] is 3; expected 0 to 2",
          attn_attention_forward_queries(a, tape, 1, 4, 2, memory, NULL, query, (int32_t[]){3}, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "65536 queries by 65536 items a row; expected at most 2^30",
          attn_attention_forward_queries(a, tape, 1, 65536, 65536, memory, NULL, query, NULL, NULL, NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    attn_attention_destroy(&a);
    teardown();
}
END_TEST

START_TEST(attention_memory_refuses_wrong_arguments)
{
    setup();
    attn_attention *a = NULL, *feedforward = NULL;
    attn_attention_memory *made = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    OK(attn_attention_create(params, "f", 2, NULL, &feedforward));
    options.score = ATTN_SCORE_DOT;
    OK(attn_attention_create(params, "a", 2, &options, &a));
    float memory[8] = {0}, query[4] = {0};
    FAILS(ATTN_ERR_ARGUMENT, "ATTN_SCORE_FEEDFORWARD, which has no query",
          attn_attention_memory_create(feedforward, 2, 2, memory, NULL, NULL, &made));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[1] is 3; expected 0 to 2",
          attn_attention_memory_create(a, 2, 2, memory, (int32_t[]){2, 3}, NULL, &made));
    ck_assert_ptr_null(made);
    OK(attn_attention_memory_create(a, 2, 2, memory, NULL, NULL, &made));
    FAILS(ATTN_ERR_ARGUMENT, "count is -1", attn_attention_memory_attend(made, -1, NULL, query, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "count is 3; expected 0 to 2, a query a row, where rows is NULL",
          attn_attention_memory_attend(made, 3, NULL, query, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rows[1] is 2; expected 0 to 1",
          attn_attention_memory_attend(made, 2, (int32_t[]){0, 2}, query, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rows[0] is -1",
          attn_attention_memory_attend(made, 1, (int32_t[]){-1}, query, NULL, NULL));
    attn_attention_memory_destroy(&made);
    attn_attention_destroy(&a);
    attn_attention_destroy(&feedforward);
    teardown();
}
END_TEST

START_TEST(dense_refuses_wrong_arguments)
{
    setup();
    attn_dense *d = NULL;
    attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
    FAILS(ATTN_ERR_ARGUMENT, "input_dim is 0", attn_dense_create(params, "d", 0, 3, NULL, &d));
    FAILS(ATTN_ERR_ARGUMENT, "output_dim is -3", attn_dense_create(params, "d", 2, -3, NULL, &d));
    options.activation = 4;
    FAILS(ATTN_ERR_ARGUMENT, "activation is 4", attn_dense_create(params, "d", 2, 3, &options, &d));
    options = (attn_dense_options)ATTN_DENSE_OPTIONS_INIT;
    options.no_bias = 2;
    FAILS(ATTN_ERR_ARGUMENT, "no_bias is 2", attn_dense_create(params, "d", 2, 3, &options, &d));
    options = (attn_dense_options)ATTN_DENSE_OPTIONS_INIT;
    options.init = 8;
    FAILS(ATTN_ERR_ARGUMENT, "init is 8", attn_dense_create(params, "d", 2, 3, &options, &d));
    ck_assert_ptr_null(d);
    ck_assert_int_eq(attn_params_count(params), 0);

    OK(attn_dense_create(params, "d", 2, 3, NULL, &d));
    float x[2] = {0}, y[3];
    FAILS(ATTN_ERR_ARGUMENT, "rows is -1", attn_dense_forward(d, tape, -1, x, y));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    OK(attn_dense_forward(d, tape, 1, x, y));
    attn_dense *twin = NULL;
    FAILS(ATTN_ERR_ARGUMENT, "attn_dense_create: there is already a layer called \"d\", of the kind dense",
          attn_dense_create(params, "d", 4, 4, NULL, &twin));
    attn_dense_info info = ATTN_DENSE_INFO_INIT;
    OK(attn_dense_get_info(d, &info));
    ck_assert_str_eq(info.name, "d");
    ck_assert_int_eq(info.input_dim, 2);
    ck_assert_int_eq(info.output_dim, 3);
    ck_assert_int_eq(info.activation, ATTN_ACTIVATION_NONE);
    ck_assert_int_eq(info.no_bias, 0);
    attn_dense_destroy(&d);
    teardown();
}
END_TEST

START_TEST(dropout_refuses_wrong_arguments)
{
    setup();
    float x[4] = {1, 2, 3, 4};
    FAILS(ATTN_ERR_ARGUMENT, "probability is -0.1", attn_dropout_forward(context, tape, 4, x, -0.1f, x));
    FAILS(ATTN_ERR_ARGUMENT, "probability is 1", attn_dropout_forward(context, NULL, 4, x, 1.0f, x));
    FAILS(ATTN_ERR_ARGUMENT, "probability is nan", attn_dropout_forward(context, tape, 4, x, NAN, x));
    FAILS(ATTN_ERR_ARGUMENT, "size is -1", attn_dropout_forward(context, tape, -1, x, 0.5f, x));
    FAILS(ATTN_ERR_ARGUMENT, "no more than memory can hold",
          attn_dropout_forward(context, NULL, INT64_MAX, x, 0.5f, x + 1));
    OK(attn_dropout_forward(context, tape, 4, x, 0.5f, x));
    FAILS(ATTN_ERR_ARGUMENT, "size is 3; expected forward's, 4",
          attn_dropout_backward(context, tape, 3, x, x));
    OK(attn_dropout_backward(context, tape, 4, x, x));
    teardown();
}
END_TEST

UNIT_MAIN("arguments", embedding_refuses_wrong_arguments, gru_refuses_wrong_arguments,
          gradients_that_do_not_fit_are_refused, gru_of_ids_refuses_wrong_arguments,
          packed_gru_refuses_wrong_arguments, attention_refuses_wrong_arguments,
          attention_with_queries_refuses_wrong_arguments, attention_memory_refuses_wrong_arguments,
          dense_refuses_wrong_arguments, dropout_refuses_wrong_arguments)
