/* test_not_finite.c - every forward refuses numbers that are not finite, names whose they are, and leaves the tape as it was. */
#include "unit.h"
#include "unit_data.h"

#define BATCH 3
#define TIME 5
#define DIM 4
#define NUMBERS (BATCH * TIME * DIM)

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static float x[NUMBERS], query[NUMBERS], state[2 * BATCH * DIM], each[BATCH * TIME];
static float y[2 * NUMBERS], weights[BATCH * TIME * TIME];
static const float wrong[] = {NAN, INFINITY, -INFINITY};
static const int32_t lengths[BATCH] = {TIME, 0, 3};

static void fill(int64_t count, float *numbers)
{
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(i * 7 % 11) / 11.0f - 0.4f;
}

static void setup(void)
{
    context = unit_context(2);
    OK(attn_params_create(context, UNIT_SEED(3), &params));
    OK(attn_tape_create(context, NULL, &tape));
    fill(NUMBERS, x);
    fill(NUMBERS, query);
    fill(2 * BATCH * DIM, state);
    fill(BATCH * TIME, each);
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static float *value(const char *tensor, int64_t at)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(params, tensor, &view));
    return &view.values[at];
}

/* With each wrong number in `place` the call must fail so, with and without the tape `on`, and be fine with what stood there. */
#define REFUSES(status, part, place, call)                                                                   \
    do {                                                                                                     \
        float *place_ = (place), before_ = *place_;                                                          \
        for (int on_ = 0; on_ < 2; on_++) {                                                                  \
            attn_tape *on = on_ ? tape : NULL;                                                               \
            (void)on;                                                                                        \
            for (int w_ = 0; w_ < 3; w_++) {                                                                 \
                *place_ = wrong[w_];                                                                         \
                FAILS(status, part, call);                                                                   \
                ck_assert_int_eq(attn_tape_depth(tape), 0);                                                  \
            }                                                                                                \
            *place_ = before_;                                                                               \
            OK(call);                                                                                        \
            OK(attn_tape_begin(tape, 0));                                                                    \
        }                                                                                                    \
    } while (0)

/* ---- attention ------------------------------------------------------------------------------------------- */

static attn_attention *attention_of(int32_t score, int32_t weighting, int32_t outer_tanh)
{
    attn_attention *made = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = score;
    options.weighting = weighting;
    options.outer_tanh = outer_tanh;
    OK(attn_attention_create(params, "a", DIM, &options, &made));
    return made;
}

START_TEST(attention_names_memory_and_tensors)
{
    for (int32_t weighting = 0; weighting <= ATTN_WEIGHTING_ENTMAX15; weighting++) {
        setup();
        attn_attention *a = attention_of(ATTN_SCORE_FEEDFORWARD, weighting, 1);
        float *contexts[] = {y, NULL};
        for (int c = 0; c < 2; c++) {
            REFUSES(ATTN_ERR_ARGUMENT, "attn_attention_forward: memory[2, 2, 3] is ",
                    &x[2 * TIME * DIM + 2 * DIM + 3],
                    attn_attention_forward(a, on, BATCH, TIME, x, lengths, weights, contexts[c]));
            REFUSES(ATTN_ERR_STATE, "number 1 of tensor \"a.bias\" is ", value("a.bias", 1),
                    attn_attention_forward(a, on, BATCH, TIME, x, lengths, weights, contexts[c]));
        }
        *value("a.weight", 2) = NAN;
        FAILS(ATTN_ERR_STATE, "number 2 of tensor \"a.weight\" is nan",
              attn_attention_forward(a, tape, BATCH, TIME, x, lengths, weights, y));
        attn_attention_destroy(&a);
        teardown();
    }
}
END_TEST

START_TEST(attention_names_query_and_memory_for_every_score)
{
    for (int32_t score = ATTN_SCORE_ADDITIVE; score <= ATTN_SCORE_BILINEAR; score++) {
        for (int many = 0; many < 2; many++) { /* one query a row, or several */
            setup();
            attn_attention *a = attention_of(score, 0, score == ATTN_SCORE_CONCAT);
            const int64_t queries = many ? TIME : 1;
            float *contexts[] = {y, NULL};
            for (int c = 0; c < 2; c++) {
                REFUSES(ATTN_ERR_ARGUMENT, "memory[2, 1, 0] is ", &x[2 * TIME * DIM + DIM],
                        attn_attention_forward_queries(a, on, BATCH, TIME, queries, x, lengths, query, NULL,
                                                       weights, contexts[c]));
                REFUSES(ATTN_ERR_ARGUMENT, "query[2, 0, 1] is ", &query[2 * queries * DIM + 1],
                        attn_attention_forward_queries(a, on, BATCH, TIME, queries, x, lengths, query, NULL,
                                                       weights, contexts[c]));
            }
            attn_attention_destroy(&a);
            teardown();
        }
    }
}
END_TEST

/* Both are finite, and so is every product of theirs up to 1e18. */
START_TEST(scores_beyond_the_floats_are_refused)
{
    setup();
    attn_attention *a = attention_of(ATTN_SCORE_SCALED_DOT, 0, 0);
    for (int i = 0; i < NUMBERS; i++) {
        x[i] *= 1e25f;
        query[i] *= 1e25f;
    }
    FAILS(ATTN_ERR_ARGUMENT, "attn_attention_forward_queries: the scores are beyond the floats",
          attn_attention_forward_queries(a, tape, BATCH, TIME, 1, x, lengths, query, NULL, weights, y));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    for (int i = 0; i < NUMBERS; i++) {
        x[i] *= 1e-10f;
        query[i] *= 1e-10f;
    }
    OK(attn_attention_forward_queries(a, NULL, BATCH, TIME, 1, x, lengths, query, NULL, weights, y));
    for (int b = 0; b < BATCH; b++) {
        double sum = 0.0;
        for (int t = 0; t < TIME; t++)
            sum += (double)weights[b * TIME + t];
        NEAR(sum, lengths[b] ? 1.0 : 0.0, 1e-6);
    }
    attn_attention_destroy(&a);
    teardown();
}
END_TEST

START_TEST(a_prepared_memory_and_its_queries)
{
    for (int32_t score = ATTN_SCORE_ADDITIVE; score <= ATTN_SCORE_BILINEAR; score++) {
        setup();
        attn_attention *a = attention_of(score, 0, score == ATTN_SCORE_CONCAT);
        attn_attention_memory *memory = NULL;
        x[DIM - 1] = INFINITY;
        FAILS(ATTN_ERR_ARGUMENT, "attn_attention_memory_create: memory[0, 0, 3] is inf",
              attn_attention_memory_create(a, BATCH, TIME, x, lengths, NULL, &memory));
        ck_assert_ptr_null(memory);
        x[DIM - 1] = 0.0f;
        OK(attn_attention_memory_create(a, BATCH, TIME, x, lengths, NULL, &memory));
        const int32_t rows[] = {0, 2, 2};
        REFUSES(ATTN_ERR_ARGUMENT, "query[0, 2, 1] is ", &query[2 * DIM + 1],
                attn_attention_memory_attend(memory, 3, rows, query, weights, y));
        REFUSES(ATTN_ERR_ARGUMENT, "query[0, 2, 1] is ", &query[2 * DIM + 1],
                attn_attention_memory_attend(memory, 3, rows, query, NULL, y));
        attn_attention_memory_destroy(&memory);
        attn_attention_destroy(&a);
        teardown();
    }
}
END_TEST

/* ---- recurrent layers ------------------------------------------------------------------------------------ */

static attn_gru *gru_of(int32_t variant)
{
    attn_gru *made = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = variant == 1;
    options.layers = variant == 2 ? 2 : 1;
    options.reset = variant == 3 ? ATTN_GRU_RESET_BEFORE : 0;
    options.layer_norm = variant == 4;
    OK(attn_gru_create(params, "g", DIM, DIM, &options, &made));
    return made;
}

START_TEST(a_gru_names_vectors_states_and_tensors)
{
    for (int32_t variant = 0; variant < 5; variant++) {
        setup();
        attn_gru *g = gru_of(variant);
        const attn_sequence *in = SEQUENCE(.batch = BATCH, .time = TIME, .x = x, .lengths = lengths);
        REFUSES(ATTN_ERR_ARGUMENT, "attn_gru_forward: x[2, 2, 3] is ", &x[2 * TIME * DIM + 2 * DIM + 3],
                attn_gru_forward(g, on, in, NULL, y, NULL));
        REFUSES(ATTN_ERR_ARGUMENT, "attn_gru_forward: x[0, 0, 0] is ", &x[0],
                attn_gru_forward(g, on, in, NULL, NULL, state));
        fill(2 * BATCH * DIM, state);
        REFUSES(ATTN_ERR_ARGUMENT, "h0[0, 2, 1] is ", &state[2 * DIM + 1],
                attn_gru_forward(g, on, in, state, y, NULL));
        *value(variant == 2 ? "g.weight_hh_l1" : "g.weight_hh_l0", 3) = NAN;
        FAILS(ATTN_ERR_STATE,
              variant == 2 ? "number 3 of tensor \"g.weight_hh_l1\" is nan"
                           : "number 3 of tensor \"g.weight_hh_l0\" is nan",
              attn_gru_forward(g, tape, in, NULL, y, NULL));
        ck_assert_int_eq(attn_tape_depth(tape), 0);
        attn_gru_destroy(&g);
        teardown();
    }
}
END_TEST

START_TEST(a_gru_names_the_table_and_scales_of_its_ids)
{
    setup();
    attn_gru *g = gru_of(1);
    attn_embedding *e = NULL;
    OK(attn_embedding_create(params, "e", 7, DIM, NULL, &e));
    const int32_t ids[BATCH * TIME] = {1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 2, 3, 1, 6, 6};
    const attn_sequence *in = SEQUENCE(.batch = BATCH, .time = TIME, .ids = ids, .embedding = e,
                                       .scales = each, .lengths = lengths);
    REFUSES(ATTN_ERR_STATE, "attn_gru_forward: number 17 of tensor \"e.weight\" is ",
            value("e.weight", 4 * DIM + 1), attn_gru_forward(g, on, in, NULL, y, NULL));
    REFUSES(ATTN_ERR_ARGUMENT, "attn_gru_forward: scales[2, 1, 0] is ", &each[2 * TIME + 1],
            attn_gru_forward(g, on, in, NULL, y, NULL));
    *value("e.weight", 6 * DIM) = NAN; /* no token within the lengths is that */
    OK(attn_gru_forward(g, NULL, in, NULL, y, NULL));
    attn_embedding_destroy(&e);
    attn_gru_destroy(&g);
    teardown();
}
END_TEST

START_TEST(an_attention_gru_names_its_openings)
{
    for (int32_t form = ATTN_ATTNGRU_REPLACE; form <= ATTN_ATTNGRU_CODE; form++) {
        setup();
        attn_attngru *g = NULL;
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = form;
        OK(attn_attngru_create(params, "g", DIM, DIM, &options, &g));
        const attn_sequence *in =
            SEQUENCE(.batch = BATCH, .time = TIME, .x = x, .openings = each, .lengths = lengths);
        REFUSES(ATTN_ERR_ARGUMENT, "attn_attngru_forward: openings[2, 0, 0] is ", &each[2 * TIME],
                attn_attngru_forward(g, on, in, NULL, y, NULL));
        REFUSES(ATTN_ERR_ARGUMENT, "attn_attngru_forward: x[0, 1, 0] is ", &x[DIM],
                attn_attngru_forward(g, on, in, NULL, y, NULL));
        attn_attngru_destroy(&g);
        teardown();
    }
}
END_TEST

START_TEST(a_packed_gru_names_what_it_is_made_of_and_given)
{
    for (int32_t precision = ATTN_PRECISION_FLOAT32; precision <= ATTN_PRECISION_INT8; precision++) {
        setup();
        attn_gru *g = gru_of(2);
        attn_gru_packed *packed = NULL;
        attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
        options.precision = precision;
        float *tensor = value("g.weight_ih_l1", 5), before = *tensor;
        *tensor = INFINITY;
        FAILS(ATTN_ERR_STATE, "attn_gru_packed_create: number 5 of tensor \"g.weight_ih_l1\" is inf",
              attn_gru_packed_create(g, &options, &packed));
        *tensor = before;
        OK(attn_gru_packed_create(g, &options, &packed));
        const attn_sequence *in = SEQUENCE(.batch = BATCH, .time = TIME, .x = x, .lengths = lengths);
        REFUSES(ATTN_ERR_ARGUMENT, "attn_gru_packed_forward: x[2, 2, 3] is ",
                &x[2 * TIME * DIM + 2 * DIM + 3], attn_gru_packed_forward(packed, in, NULL, y, NULL));
        const attn_sequence *step = SEQUENCE(.batch = BATCH, .time = 1, .x = x);
        float untouched[2 * BATCH * DIM];
        memcpy(untouched, state, sizeof untouched);
        x[2 * DIM + 3] = INFINITY;
        FAILS(ATTN_ERR_ARGUMENT, "attn_gru_packed_step: x[2, 0, 3] is inf",
              attn_gru_packed_step(packed, step, state));
        unit_assert_same_bits(state, untouched, 2 * BATCH * DIM);
        x[2 * DIM + 3] = 0.0f;
        REFUSES(ATTN_ERR_ARGUMENT, "attn_gru_packed_step: h[1, 2, 3] is ", &state[2 * BATCH * DIM - 1],
                attn_gru_packed_step(packed, step, state));
        attn_gru_packed_destroy(&packed);
        attn_gru_destroy(&g);
        teardown();
    }
}
END_TEST

/* ---- the others ------------------------------------------------------------------------------------------ */

START_TEST(a_dense_layer_names_its_input_and_tensors)
{
    for (int32_t activation = ATTN_ACTIVATION_NONE; activation <= ATTN_ACTIVATION_RELU; activation++) {
        setup();
        attn_dense *d = NULL;
        attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
        options.activation = activation;
        OK(attn_dense_create(params, "d", DIM, 2, &options, &d));
        REFUSES(ATTN_ERR_ARGUMENT, "attn_dense_forward: x[1, 0, 2] is ", &x[DIM + 2],
                attn_dense_forward(d, on, BATCH, x, y));
        REFUSES(ATTN_ERR_STATE, "number 1 of tensor \"d.bias\" is ", value("d.bias", 1),
                attn_dense_forward(d, on, BATCH, x, y));
        for (int i = 0; i < NUMBERS; i++)
            x[i] = 3e38f;
        for (int i = 0; i < 2 * DIM; i++)
            *value("d.weight", i) = 1e10f;
        FAILS(ATTN_ERR_ARGUMENT, "W x + b are beyond the floats", attn_dense_forward(d, tape, BATCH, x, y));
        attn_dense_destroy(&d);
        teardown();
    }
}
END_TEST

START_TEST(an_embedding_names_its_table)
{
    setup();
    attn_embedding *e = NULL;
    OK(attn_embedding_create(params, "e", 7, DIM, NULL, &e));
    const int32_t ids[] = {1, 2, 3, 4, 5};
    REFUSES(ATTN_ERR_STATE, "attn_embedding_forward: number 17 of tensor \"e.weight\" is ",
            value("e.weight", 17), attn_embedding_forward(e, on, 1, 5, ids, NULL, y));
    attn_embedding_destroy(&e);
    teardown();
}
END_TEST

/* A dropped one too: of so many some are. */
START_TEST(dropout_names_its_input)
{
    setup();
    for (int64_t i = 0; i < NUMBERS; i++) {
        for (int w = 0; w < 3; w++) {
            float before = x[i];
            x[i] = wrong[w];
            FAILS(ATTN_ERR_ARGUMENT, "attn_dropout_forward: x[0, 0, ",
                  attn_dropout_forward(context, tape, NUMBERS, x, 0.5f, y));
            ck_assert_int_eq(attn_tape_depth(tape), 0);
            x[i] = before;
        }
    }
    OK(attn_dropout_forward(context, tape, NUMBERS, x, 0.5f, y));
    teardown();
}
END_TEST

UNIT_MAIN("not_finite", attention_names_memory_and_tensors, attention_names_query_and_memory_for_every_score,
          scores_beyond_the_floats_are_refused, a_prepared_memory_and_its_queries,
          a_gru_names_vectors_states_and_tensors, a_gru_names_the_table_and_scales_of_its_ids,
          an_attention_gru_names_its_openings, a_packed_gru_names_what_it_is_made_of_and_given,
          a_dense_layer_names_its_input_and_tensors, an_embedding_names_its_table, dropout_names_its_input)
