/* test_apart.c - an output is no other array of its call, unless its comment says that it may be: attn.h. */
#include "unit.h"
#include "unit_data.h"

#define ROWS 5
#define TIME 6
#define DIM 4 /* of all there is, so that any array could be any other */
#define NUMBERS (2 * ROWS * TIME * DIM)

static const int32_t row_lengths[ROWS] = {6, 1, 0, 4, 6};

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static float a[NUMBERS], b[NUMBERS], c[NUMBERS], d[NUMBERS];

static void setup(int32_t threads)
{
    context = unit_context(threads);
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    unit_fill(a, NUMBERS, 1);
    unit_fill(b, NUMBERS, 2);
    unit_fill(c, NUMBERS, 3);
    unit_fill(d, NUMBERS, 4);
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

/* Refused, and the tape is as before. */
#define ONE(line, call)                                                                                      \
    do {                                                                                                     \
        const int64_t one_depth_ = attn_tape_depth(tape);                                                    \
        FAILS(ATTN_ERR_ARGUMENT, line "; expected an array of its own", call);                               \
        ck_assert_int_eq(attn_tape_depth(tape), one_depth_);                                                 \
    } while (0)

/* ---- what is refused ------------------------------------------------------------------------------------- */

START_TEST(of_dense)
{
    setup(1);
    attn_dense *dense = NULL;
    OK(attn_dense_create(params, "d", DIM, DIM, NULL, &dense));
    ONE("attn_dense_forward: y is x", attn_dense_forward(dense, NULL, ROWS, a, a));
    ONE("attn_dense_forward: y is x", attn_dense_forward(dense, tape, ROWS, a, a));
    OK(attn_dense_forward(dense, tape, ROWS, a, b));
    ONE("attn_dense_backward: dx is dy", attn_dense_backward(dense, tape, ROWS, c, c));
    OK(attn_dense_backward(dense, tape, ROWS, c, a)); /* forward's x is no argument of it */
    OK(attn_dense_forward(dense, tape, 0, a, a));     /* no number is another's */
    OK(attn_dense_backward(dense, tape, 0, a, a));
    attn_dense_destroy(&dense);
    teardown();
}
END_TEST

START_TEST(of_attention)
{
    setup(1);
    attn_attention *attention = NULL;
    OK(attn_attention_create(params, "a", DIM, NULL, &attention));
    ONE("weights is memory", attn_attention_forward(attention, NULL, ROWS, TIME, a, row_lengths, a, b));
    ONE("context is memory", attn_attention_forward(attention, tape, ROWS, TIME, a, row_lengths, b, a));
    ONE("weights is context", attn_attention_forward(attention, NULL, ROWS, TIME, a, row_lengths, b, b));
    OK(attn_attention_forward(attention, NULL, ROWS, 0, a, NULL, a, b)); /* no item */
    OK(attn_attention_forward(attention, NULL, ROWS, 0, b, NULL, a, b));
    OK(attn_attention_forward(attention, NULL, 0, TIME, a, NULL, a, a));
    OK(attn_attention_forward(attention, tape, ROWS, TIME, a, row_lengths, b, c));
    ONE("dmemory is dweights", attn_attention_backward(attention, tape, ROWS, TIME, 1, d, c, d, NULL));
    ONE("dmemory is dcontext", attn_attention_backward(attention, tape, ROWS, TIME, 1, d, c, c, NULL));
    OK(attn_attention_backward(attention, tape, ROWS, TIME, 1, c, c, a,
                               NULL)); /* two that are read may be one */
    ONE("attn_attention_score: keys is memory", attn_attention_score(attention, ROWS, a, 0, DIM, a, b));
    ONE("attn_attention_score: scores is memory", attn_attention_score(attention, ROWS, a, 0, DIM, b, a));
    ONE("attn_attention_score: keys is scores", attn_attention_score(attention, ROWS, a, 0, DIM, b, b));
    ONE("attn_attention_score_slopes: slopes is memory", attn_attention_score_slopes(attention, ROWS, a, a));
    attn_attention_destroy(&attention);
    teardown();
}
END_TEST

START_TEST(attention_that_is_asked)
{
    setup(1);
    const attn_attention_options options = {.struct_size = sizeof options, .score = ATTN_SCORE_ADDITIVE};
    attn_attention *attention = NULL;
    attn_attention_memory *memory = NULL;
    OK(attn_attention_create(params, "a", DIM, &options, &attention));
#define ASK(memory, query, weights, context)                                                                 \
    attn_attention_forward_queries(attention, tape, ROWS, TIME, 2, memory, row_lengths, query, NULL,         \
                                   weights, context)
    ONE("weights is memory", ASK(a, b, a, c));
    ONE("context is memory", ASK(a, b, c, a));
    ONE("weights is query", ASK(a, b, b, c));
    ONE("context is query", ASK(a, b, c, b));
    ONE("weights is context", ASK(a, b, c, c));
    OK(ASK(a, a, b, c)); /* a memory that asks itself */
    ONE("dquery is dweights", attn_attention_backward(attention, tape, ROWS, TIME, 2, b, c, NULL, b));
    ONE("dquery is dcontext", attn_attention_backward(attention, tape, ROWS, TIME, 2, b, c, d, c));
    ONE("dmemory is dquery", attn_attention_backward(attention, tape, ROWS, TIME, 2, b, c, d, d));
    OK(attn_attention_backward(attention, tape, ROWS, TIME, 2, b, c, d, a));

    OK(attn_attention_memory_create(attention, ROWS, TIME, a, row_lengths, NULL, &memory));
    ONE("weights is query", attn_attention_memory_attend(memory, ROWS, NULL, b, b, c));
    ONE("context is query", attn_attention_memory_attend(memory, ROWS, NULL, b, c, b));
    ONE("weights is context", attn_attention_memory_attend(memory, ROWS, NULL, b, c, c));
    attn_attention_memory_destroy(&memory);
    attn_attention_destroy(&attention);
    teardown();
}
END_TEST

START_TEST(attention_step_by_step)
{
    setup(1);
    const attn_attention_options options = {.struct_size = sizeof options, .score = ATTN_SCORE_ADDITIVE};
    attn_attention *attention = NULL;
    float keys[NUMBERS], moving[NUMBERS];
    unit_fill(moving, NUMBERS, 7);
    OK(attn_attention_create(params, "a", DIM, &options, &attention));
    ONE("keys is memory", attn_attention_keys_forward(attention, tape, ROWS, TIME, 2, a, row_lengths, a));
    OK(attn_attention_keys_forward(attention, tape, ROWS, TIME, 2, a, row_lengths, keys));
    attn_attention_step step = ATTN_ATTENTION_STEP_INIT;
    step.batch = ROWS;
    step.items = TIME;
    step.width = 2;
    step.memory = a;
    step.lengths = row_lengths;
    step.keys = keys;
    step.moving = moving;
    step.query = b;
    float *const inputs[] = {a, keys, moving, b};
    const char *const names[] = {"memory", "keys", "moving", "query"};
    for (int i = 0; i < 4; i++) {
        char line[100];
        snprintf(line, sizeof line, "attn_attention_step_forward: weights is %s; expected", names[i]);
        FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_step_forward(attention, tape, &step, inputs[i], c));
        snprintf(line, sizeof line, "attn_attention_step_forward: context is %s; expected", names[i]);
        FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_step_forward(attention, tape, &step, c, inputs[i]));
    }
    OK(attn_attention_step_forward(attention, tape, &step, c, d));
    attn_attention_step_gradients wanted = ATTN_ATTENTION_STEP_GRADIENTS_INIT;
    wanted.batch = ROWS;
    wanted.items = TIME;
    wanted.width = 2;
    wanted.dweights = c;
    wanted.dcontext = d;
    float **const outputs[] = {&wanted.dmoving, &wanted.dmemory, &wanted.dquery, &wanted.dkeys};
    const char *const written[] = {"dmoving", "dmemory", "dquery", "dkeys"};
    for (int i = 0; i < 4; i++) {
        char line[100];
        *outputs[i] = c;
        snprintf(line, sizeof line, "%s is dweights; expected", written[i]);
        FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_step_backward(attention, tape, &wanted));
        *outputs[i] = d;
        snprintf(line, sizeof line, "%s is dcontext; expected", written[i]);
        FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_step_backward(attention, tape, &wanted));
        *outputs[i] = NULL;
    }
    wanted.dmoving = moving; /* as it may be */
    wanted.dquery = b;
    OK(attn_attention_step_backward(attention, tape, &wanted));
    ONE("dmemory is dkeys", attn_attention_keys_backward(attention, tape, ROWS, TIME, 2, c, c));
    OK(attn_attention_keys_backward(attention, tape, ROWS, TIME, 2, c, d));
    attn_attention_destroy(&attention);
    teardown();
}
END_TEST

#define BATCH .batch = ROWS, .time = TIME, .lengths = row_lengths
#define SIZES .batch = ROWS, .time = TIME

START_TEST(recurrent_layers)
{
    setup(1);
    attn_gru *gru = NULL;
    attn_gru_packed *packed = NULL;
    attn_attngru *attngru = NULL;
    attn_embedding *embedding = NULL;
    static const int32_t ids[ROWS * TIME] = {1, 2, 3};
    OK(attn_embedding_create(params, "words", 9, DIM, NULL, &embedding));
    OK(attn_gru_create(params, "g", DIM, DIM, NULL, &gru));
    OK(attn_attngru_create(params, "r", DIM, DIM, NULL, &attngru));
    OK(attn_gru_packed_create(gru, NULL, &packed));
    ONE("attn_gru_forward: y is x", attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, a, c));
    ONE("y is h0", attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, b, c));
    ONE("y is hn", attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, c, c));
    ONE("hn is x", attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, c, a));
    ONE("y is scales",
        attn_gru_forward(gru, tape, SEQUENCE(BATCH, .embedding = embedding, .ids = ids, .scales = a), b, a,
                         c));
    OK(attn_gru_forward(gru, NULL, SEQUENCE(.batch = ROWS, .x = a), a, a, b)); /* of no steps */
    ONE("attn_gru_packed_forward: y is x", attn_gru_packed_forward(packed, SEQUENCE(BATCH, .x = a), b, a, c));
    ONE("attn_gru_packed_step: h is x",
        attn_gru_packed_step(packed, SEQUENCE(.batch = ROWS, .time = 1, .x = a), a));
    OK(attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, c, d));
    ONE("dx is dy", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES, .dx = c), b));
    ONE("dx is dhn", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES, .dx = d), b));
    ONE("dh is dy", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES, .dh = c), b));
    ONE("dh0 is dy", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES), c));
    ONE("dh0 is dx", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES, .dx = b), b));
    ONE("dx is dh", attn_gru_backward(gru, tape, c, d, GRADIENTS(SIZES, .dx = b, .dh = b), NULL));
    OK(attn_gru_backward(gru, tape, c, c, GRADIENTS(SIZES, .dx = a), b));

    ONE("attn_attngru_forward: y is x",
        attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = a, .openings = b), c, a, d));
    ONE("y is openings",
        attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = a, .openings = b), c, b, d));
    ONE("hn is openings",
        attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = a, .openings = b), c, d, b));
    OK(attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = a, .openings = b), NULL, c, d));
    ONE("dopenings is dy",
        attn_attngru_backward(attngru, tape, c, d, GRADIENTS(SIZES, .dopenings = c), NULL));
    OK(attn_attngru_backward(attngru, tape, c, d, GRADIENTS(SIZES), NULL));
    attn_gru_packed_destroy(&packed);
    attn_attngru_destroy(&attngru);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

START_TEST(what_has_no_handle)
{
    setup(1);
    attn_embedding *embedding = NULL;
    attn_steps steps = ATTN_STEPS_INIT;
    int32_t ids[NUMBERS] = {0};
    OK(attn_embedding_create(params, "words", 9, 1, NULL, &embedding));
    ONE("y is ids", attn_embedding_forward(embedding, tape, ROWS, TIME, ids, NULL, (float *)(void *)ids));
    ONE("y is x", attn_pooling_forward(context, tape, ROWS, TIME, DIM, a, row_lengths, ATTN_POOLING_MAX, a));
    OK(attn_pooling_forward(context, tape, ROWS, TIME, DIM, a, row_lengths, ATTN_POOLING_MAX, b));
    ONE("dx is dy", attn_pooling_backward(context, tape, ROWS, TIME, DIM, a, a));
    OK(attn_pooling_backward(context, tape, ROWS, TIME, DIM, a, b));
    ONE("y is x", attn_pyramid_forward(context, tape, ROWS, TIME, DIM, 2, a, row_lengths, a, NULL));
    OK(attn_pyramid_forward(context, tape, ROWS, TIME, DIM, 2, a, row_lengths, b, NULL));
    ONE("dx is dy", attn_pyramid_backward(context, tape, ROWS, TIME, DIM, 2, a, a));
    OK(attn_pyramid_backward(context, tape, ROWS, TIME, DIM, 2, a, b));
    steps.batch = ROWS;
    steps.time = TIME;
    steps.skip_first = 1;
    ONE("rows is x", attn_steps_gather(context, &steps, a, a, NULL));
    ONE("rows is ids", attn_steps_gather_ids(context, &steps, ids, ids, NULL));
    ONE("x is rows", attn_steps_scatter(context, &steps, a, a));
    ONE("losses is logits", attn_cross_entropy(context, ROWS, DIM, a, ids, NULL, NULL, a, NULL, NULL));
    ONE("losses is dlogits", attn_cross_entropy(context, ROWS, DIM, a, ids, NULL, NULL, b, NULL, b));
    OK(attn_cross_entropy(context, ROWS, DIM, a, ids, NULL, NULL, b, NULL, a)); /* as it may be */
    attn_cross_entropy_options truth = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    truth.targets = c;
    ONE("losses is targets", attn_cross_entropy(context, ROWS, DIM, a, NULL, &truth, NULL, c, NULL, b));
    ONE("probabilities is targets",
        attn_cross_entropy(context, ROWS, DIM, a, NULL, &truth, NULL, NULL, c, b));
    ONE("dlogits is targets", attn_cross_entropy(context, ROWS, DIM, a, NULL, &truth, NULL, NULL, NULL, c));
    truth = (attn_cross_entropy_options){.struct_size = sizeof truth, .class_weights = c};
    ONE("losses is class_weights", attn_cross_entropy(context, ROWS, DIM, a, ids, &truth, NULL, c, NULL, b));
    ONE("dstates is states", attn_conicity_loss(context, ROWS, TIME, DIM, a, row_lengths, 1.0f, NULL, a));
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

/* ---- hn that is h0 --------------------------------------------------------------------------------------- */

/* A GRU's pass: y, the last states, and the gradients of all. */
typedef struct outcome {
    float y[NUMBERS], states[2 * NUMBERS], dx[NUMBERS], dh0[2 * NUMBERS], gradients[4096];
} outcome;

#define STATES (4 * ROWS * DIM) /* of two layers in two directions */

static outcome pass_of(const attn_gru *gru, int32_t is_h0, int32_t with_tape)
{
    static outcome made;
    float h0[STATES], dhn[STATES];
    memset(&made, 0, sizeof made);
    unit_fill(h0, STATES, 5);
    memcpy(made.states, h0, sizeof h0);
    unit_fill(dhn, STATES, 6);
    memcpy(made.dh0, dhn, sizeof dhn);
    OK(attn_gru_forward(gru, with_tape ? tape : NULL, SEQUENCE(BATCH, .x = a), is_h0 ? made.states : h0,
                        made.y, made.states));
    if (!with_tape)
        return made;
    OK(attn_params_zero_grad(params));
    OK(attn_gru_backward(gru, tape, b, is_h0 ? made.dh0 : dhn, GRADIENTS(SIZES, .dx = made.dx), made.dh0));
    ck_assert_int_le(attn_params_size(params), 4096);
    memcpy(made.gradients, attn_params_gradients(params), (size_t)attn_params_size(params) * sizeof(float));
    return made;
}

START_TEST(a_grus_last_states_may_take_the_place_of_its_first)
{
    for (int k = 0; k < 64; k++) {
        setup(1 + k % 3);
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.layers = 1 + k % 2;
        options.bidirectional = k / 2 % 2;
        options.reset = k / 4 % 2 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k / 8 % 2;
        options.dropout = k / 16 % 2 ? 0.5f : 0.0f;
        options.experimental = k / 32 ? ATTN_GRU_ORTHOGONAL : 0;
        attn_gru *gru = NULL;
        OK(attn_gru_create(params, "g", DIM, DIM, &options, &gru));
        for (int with_tape = 0; with_tape < 2; with_tape++) {
            OK(attn_tape_begin(tape, 3));
            const outcome apart = pass_of(gru, 0, with_tape);
            OK(attn_tape_begin(tape, 3));
            const outcome one = pass_of(gru, 1, with_tape);
            ck_assert_mem_eq(&apart, &one, sizeof one);
        }
        attn_gru_packed *packed = NULL;
        for (int32_t precision = ATTN_PRECISION_FLOAT32; precision <= ATTN_PRECISION_INT8; precision++) {
            attn_gru_packed_options rounded = ATTN_GRU_PACKED_OPTIONS_INIT;
            rounded.precision = precision;
            if (attn_gru_packed_create(gru, &rounded, &packed) != ATTN_OK)
                continue;
            float h0[STATES], hn[STATES] = {0}, states[STATES], y[2][NUMBERS] = {{0}};
            unit_fill(h0, STATES, 5);
            unit_fill(states, STATES, 5);
            const int64_t numbers = options.layers * (1 + options.bidirectional) * ROWS * DIM;
            OK(attn_gru_packed_forward(packed, SEQUENCE(BATCH, .x = a), h0, y[0], hn));
            OK(attn_gru_packed_forward(packed, SEQUENCE(BATCH, .x = a), states, y[1], states));
            unit_assert_same_bits(hn, states, numbers);
            unit_assert_same_bits(y[0], y[1], NUMBERS);
            attn_gru_packed_destroy(&packed);
        }
        attn_gru_destroy(&gru);
        teardown();
    }
}
END_TEST

START_TEST(an_attention_grus_last_state_may_take_the_place_of_its_first)
{
    for (int k = 0; k < 6; k++) {
        setup(1 + k % 2);
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = k / 2;
        attn_attngru *attngru = NULL;
        OK(attn_attngru_create(params, "r", DIM, DIM, &options, &attngru));
        float states[2][ROWS * DIM], h0[ROWS * DIM], dh0[2][ROWS * DIM], dx[2][NUMBERS];
        for (int is_h0 = 0; is_h0 < 2; is_h0++) {
            unit_fill(h0, ROWS * DIM, 5);
            unit_fill(states[is_h0], ROWS * DIM, 5);
            OK(attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = a, .openings = d),
                                    is_h0 ? states[1] : h0, c, states[is_h0]));
            unit_fill(h0, ROWS * DIM, 6);
            unit_fill(dh0[is_h0], ROWS * DIM, 6);
            OK(attn_attngru_backward(attngru, tape, b, is_h0 ? dh0[1] : h0, GRADIENTS(SIZES, .dx = dx[is_h0]),
                                     dh0[is_h0]));
        }
        unit_assert_same_bits(states[0], states[1], ROWS * DIM);
        unit_assert_same_bits(dh0[0], dh0[1], ROWS * DIM);
        unit_assert_same_bits(dx[0], dx[1], (int64_t)ROWS * TIME * DIM);
        attn_attngru_destroy(&attngru);
        teardown();
    }
}
END_TEST

/* Where hn is h0, a fault is still told from another. */
START_TEST(a_number_that_is_none_is_found_where_it_was)
{
    setup(1);
    attn_gru *gru = NULL;
    OK(attn_gru_create(params, "g", DIM, DIM, NULL, &gru));
    b[3] = NAN;
    FAILS(ATTN_ERR_ARGUMENT, "h0", attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, NULL, b));
    b[3] = 0;
    attn_params_values(params)[2] = NAN;
    FAILS(ATTN_ERR_STATE, "\"g.weight_ih_l0\"",
          attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = a), b, NULL, b));
    attn_gru_destroy(&gru);
    teardown();
}
END_TEST

UNIT_MAIN("apart", of_dense, of_attention, attention_that_is_asked, attention_step_by_step, recurrent_layers,
          what_has_no_handle, a_grus_last_states_may_take_the_place_of_its_first,
          an_attention_grus_last_state_may_take_the_place_of_its_first,
          a_number_that_is_none_is_found_where_it_was)
