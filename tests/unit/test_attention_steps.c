/* test_attention_steps.c - attention of a decoder's steps, with keys of the columns that stay: what moves from step to step, rows that
 * ask no more, threads, frozen tensors, and calls that do not fit (tests/golden has PyTorch's numbers). */
#include "unit.h"
#include "unit_data.h"

enum { BATCH = 5, ITEMS = 57, STEPS = 4, WIDTH = 7, MOVES = 3, D = WIDTH + MOVES, Q = 6, A = 9 };
enum {
    STAY = BATCH * ITEMS * WIDTH,
    MOVE = BATCH * ITEMS * MOVES,
    MEMORY = BATCH * ITEMS * D,
    KEYS = BATCH * ITEMS * A
};

static const int32_t lengths[BATCH] = {57, 3, 0, 50, 49}, steps_of[BATCH] = {4, 1, 3, 0, 2};

/* One layer, a decoder's steps, and what forward and backward give. */
typedef struct trial {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_attention *attention;
    float stay[STAY], keys[KEYS];
    float moving[STEPS][MOVE], query[STEPS][BATCH * Q];
    int32_t asks[STEPS][BATCH];
    float dweights[STEPS][BATCH * ITEMS], dcontext[STEPS][BATCH * D];
    float weights[STEPS][BATCH * ITEMS], attended[STEPS][BATCH * D];
    float dkeys[KEYS], dstay[STAY], dmoving[STEPS][MOVE], dquery[STEPS][BATCH * Q];
} trial;

/* NaN where nothing is to be read: beyond the lengths, and in rows that ask no more. */
static void open_trial(trial *t, int32_t threads, int32_t mode)
{
    *t = (trial){.context = unit_context(threads)};
    attn_tape_options tape = ATTN_TAPE_OPTIONS_INIT;
    tape.mode = mode;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_ADDITIVE;
    options.query_dim = Q;
    options.attention_dim = A;
    OK(attn_params_create(t->context, UNIT_SEED(7), &t->params));
    OK(attn_tape_create(t->context, &tape, &t->tape));
    OK(attn_attention_create(t->params, "a", D, &options, &t->attention));
    unit_fill(attn_params_values(t->params), attn_params_size(t->params), 99);
    unit_fill(t->stay, STAY, 1);
    unit_fill(t->moving[0], STEPS * MOVE, 2);
    unit_fill(t->query[0], STEPS * BATCH * Q, 3);
    unit_fill(t->dweights[0], STEPS * BATCH * ITEMS, 4);
    unit_fill(t->dcontext[0], STEPS * BATCH * D, 5);
    for (int64_t b = 0; b < BATCH; b++) {
        for (int64_t i = (b * ITEMS + lengths[b]) * WIDTH; i < (b + 1) * ITEMS * WIDTH; i++)
            t->stay[i] = NAN;
        for (int64_t s = 0; s < STEPS; s++) {
            t->asks[s][b] = s < steps_of[b];
            const int64_t read = t->asks[s][b] ? lengths[b] : 0;
            for (int64_t i = (b * ITEMS + read) * MOVES; i < (b + 1) * ITEMS * MOVES; i++)
                t->moving[s][i] = NAN;
            for (int64_t i = b * ITEMS + read; i < (b + 1) * ITEMS; i++)
                t->dweights[s][i] = NAN;
            for (int64_t i = 0; i < Q && !t->asks[s][b]; i++)
                t->query[s][b * Q + i] = NAN;
            for (int64_t i = 0; i < D && !t->asks[s][b]; i++)
                t->dcontext[s][b * D + i] = NAN;
        }
    }
}

static void close_trial(trial *t)
{
    attn_attention_destroy(&t->attention);
    attn_tape_destroy(&t->tape);
    attn_params_destroy(&t->params);
    attn_context_destroy(&t->context);
}

static attn_attention_step step_of(const trial *t, int64_t s)
{
    return (attn_attention_step){.struct_size = sizeof(attn_attention_step),
                                 .batch = BATCH,
                                 .items = ITEMS,
                                 .width = WIDTH,
                                 .memory = t->stay,
                                 .lengths = lengths,
                                 .keys = t->keys,
                                 .moving = t->moving[s],
                                 .query = t->query[s],
                                 .asks = t->asks[s]};
}

static attn_attention_step_gradients gradients_of(trial *t, int64_t s)
{
    return (attn_attention_step_gradients){.struct_size = sizeof(attn_attention_step_gradients),
                                           .batch = BATCH,
                                           .items = ITEMS,
                                           .width = WIDTH,
                                           .dweights = t->dweights[s],
                                           .dcontext = t->dcontext[s],
                                           .dkeys = t->dkeys,
                                           .dmemory = t->dstay,
                                           .dmoving = t->dmoving[s],
                                           .dquery = t->dquery[s]};
}

static void forward(trial *t, attn_tape *tape)
{
    OK(attn_attention_keys_forward(t->attention, tape, BATCH, ITEMS, WIDTH, t->stay, lengths, t->keys));
    for (int64_t s = 0; s < STEPS; s++) {
        const attn_attention_step step = step_of(t, s);
        OK(attn_attention_step_forward(t->attention, tape, &step, t->weights[s], t->attended[s]));
    }
}

static void decode(trial *t)
{
    forward(t, t->tape);
    for (int64_t s = STEPS - 1; s >= 0; s--) {
        const attn_attention_step_gradients step = gradients_of(t, s);
        OK(attn_attention_step_backward(t->attention, t->tape, &step));
    }
    OK(attn_attention_keys_backward(t->attention, t->tape, BATCH, ITEMS, WIDTH, t->dkeys, t->dstay));
    ck_assert_int_eq(attn_tape_depth(t->tape), 0);
}

/* Sums of some hundred products, in another order. */
static void expect_near(const float *a, const float *b, int64_t count)
{
    float most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fabsf(b[i]) > most ? fabsf(b[i]) : most;
    for (int64_t i = 0; i < count; i++) {
        if (!(fabsf(a[i] - b[i]) <= 1e-5f * most))
            ck_abort_msg("number %d is %.9g and %.9g", (int)i, (double)a[i], (double)b[i]);
    }
}

/* ---- numbers --------------------------------------------------------------------------------------------- */

/* The same by whole calls, each with a memory of its own, of what stays and what moves side by side. */
START_TEST(steps_are_whole_calls_with_memories_of_their_own)
{
    static trial t, whole;
    static float memory[STEPS][MEMORY], dmemory[MEMORY], dstay[STAY], dmoving[MOVE];
    open_trial(&t, 2, ATTN_TAPE_TRAIN);
    open_trial(&whole, 1, ATTN_TAPE_TRAIN);
    decode(&t);
    for (int64_t s = 0; s < STEPS; s++) {
        for (int64_t i = 0; i < MEMORY; i++) /* a whole call reads the memory of rows that ask nothing too */
            memory[s][i] = i % D < WIDTH                ? t.stay[i / D * WIDTH + i % D]
                           : t.asks[s][i / (ITEMS * D)] ? t.moving[s][i / D * MOVES + i % D - WIDTH]
                                                        : 0.0f;
        OK(attn_attention_forward_queries(whole.attention, whole.tape, BATCH, ITEMS, 1, memory[s], lengths,
                                          whole.query[s], whole.asks[s], whole.weights[s],
                                          whole.attended[s]));
        expect_near(t.weights[s], whole.weights[s], BATCH * ITEMS);
        expect_near(t.attended[s], whole.attended[s], BATCH * D);
    }
    for (int64_t s = STEPS - 1; s >= 0; s--) {
        OK(attn_attention_backward(whole.attention, whole.tape, BATCH, ITEMS, 1, whole.dweights[s],
                                   whole.dcontext[s], dmemory, whole.dquery[s]));
        for (int64_t i = 0; i < MEMORY; i++) {
            if (i % D < WIDTH)
                dstay[i / D * WIDTH + i % D] += dmemory[i];
            else
                dmoving[i / D * MOVES + i % D - WIDTH] = dmemory[i];
        }
        expect_near(t.dmoving[s], dmoving, MOVE);
        expect_near(t.dquery[s], whole.dquery[s], BATCH * Q);
    }
    expect_near(t.dstay, dstay, STAY);
    expect_near(unit_gradients(t.params), unit_gradients(whole.params), attn_params_size(t.params));
    close_trial(&t);
    close_trial(&whole);
}
END_TEST

START_TEST(threads_inference_and_wishes_change_no_bit)
{
    static trial one, more;
    open_trial(&one, 1, ATTN_TAPE_TRAIN);
    open_trial(&more, 3, ATTN_TAPE_TRAIN);
    decode(&one);
    decode(&more);
    unit_assert_same_bits(one.weights[0], more.weights[0], STEPS * BATCH * ITEMS);
    unit_assert_same_bits(one.dstay, more.dstay, STAY);
    unit_assert_same_bits(one.dmoving[0], more.dmoving[0], STEPS * MOVE);
    unit_assert_same_bits(one.dquery[0], more.dquery[0], STEPS * BATCH * Q);
    unit_assert_same_bits(unit_gradients(one.params), unit_gradients(more.params),
                          attn_params_size(one.params));
    forward(&more, NULL);
    unit_assert_same_bits(one.weights[0], more.weights[0], STEPS * BATCH * ITEMS);
    unit_assert_same_bits(one.attended[0], more.attended[0], STEPS * BATCH * D);
    OK(attn_params_zero_grad(more.params)); /* what nobody wants is left out, and in place is as good */
    forward(&more, more.tape);
    memset(more.dkeys, 0, sizeof more.dkeys);
    for (int64_t s = STEPS - 1; s >= 0; s--) {
        attn_attention_step_gradients step = gradients_of(&more, s);
        step.dmemory = NULL;
        step.dmoving = s % 2 ? NULL : more.moving[s];
        step.dquery = s % 2 ? NULL : more.query[s];
        OK(attn_attention_step_backward(more.attention, more.tape, &step));
        if (s % 2 == 0) {
            unit_assert_same_bits(more.moving[s], one.dmoving[s], MOVE);
            unit_assert_same_bits(more.query[s], one.dquery[s], BATCH * Q);
        }
    }
    OK(attn_attention_keys_backward(more.attention, more.tape, BATCH, ITEMS, WIDTH, more.dkeys, NULL));
    unit_assert_same_bits(unit_gradients(one.params), unit_gradients(more.params),
                          attn_params_size(one.params));
    close_trial(&one);
    close_trial(&more);
}
END_TEST

/* A frozen W, and a tape of the inputs' gradients alone. */
START_TEST(what_does_not_learn_is_left_alone)
{
    static trial learning, frozen, inputs;
    open_trial(&learning, 2, ATTN_TAPE_TRAIN);
    open_trial(&frozen, 2, ATTN_TAPE_TRAIN);
    open_trial(&inputs, 2, ATTN_TAPE_INPUTS);
    OK(attn_params_set_trainable(frozen.params, "a.weight", 0));
    decode(&learning);
    decode(&frozen);
    decode(&inputs);
    attn_tensor weight = ATTN_TENSOR_INIT, query_weight = ATTN_TENSOR_INIT, first = ATTN_TENSOR_INIT;
    OK(attn_params_find(frozen.params, "a.weight", &weight));
    OK(attn_params_find(frozen.params, "a.query_weight", &query_weight));
    unit_assert_all(weight.gradients, weight.size, 0.0f);
    unit_assert_same_bits(query_weight.gradients, unit_gradients(learning.params) + query_weight.offset,
                          query_weight.size);
    OK(attn_params_tensor(inputs.params, 0, &first));
    ck_assert_ptr_null(first.gradients);
    unit_assert_same_bits(frozen.dstay, learning.dstay, STAY);
    unit_assert_same_bits(inputs.dstay, learning.dstay, STAY);
    unit_assert_same_bits(inputs.dmoving[0], learning.dmoving[0], STEPS * MOVE);
    close_trial(&learning);
    close_trial(&frozen);
    close_trial(&inputs);
}
END_TEST

START_TEST(nothing_is_a_memory_too)
{
    static trial t;
    open_trial(&t, 2, ATTN_TAPE_TRAIN);
    float context[2 * D], query[2 * Q] = {0}, dquery[2 * Q];
    const attn_attention_step none = {.struct_size = sizeof none, .batch = 2, .width = WIDTH, .query = query},
                              nobody = {.struct_size = sizeof nobody, .items = 3};
    const attn_attention_step_gradients back = {
        .struct_size = sizeof back, .batch = 2, .width = WIDTH, .dquery = dquery};
    unit_fill(context, 2 * D, 1);
    OK(attn_attention_keys_forward(t.attention, t.tape, 2, 0, WIDTH, NULL, NULL, NULL));
    OK(attn_attention_step_forward(t.attention, t.tape, &none, NULL, context));
    unit_assert_all(context, 2 * D, 0.0f);
    OK(attn_attention_step_backward(t.attention, t.tape, &back));
    unit_assert_all(dquery, 2 * Q, 0.0f);
    OK(attn_attention_keys_backward(t.attention, t.tape, 2, 0, WIDTH, NULL, NULL));
    OK(attn_attention_step_forward(t.attention, NULL, &nobody, NULL, NULL));
    close_trial(&t);
}
END_TEST

/* ---- calls that do not fit ------------------------------------------------------------------------------- */

#define REFUSED(line, change)                                                                                \
    do {                                                                                                     \
        attn_attention_step step = step_of(&t, 0);                                                           \
        step.change;                                                                                         \
        FAILS(ATTN_ERR_ARGUMENT, "attn_attention_step_forward: " line,                                       \
              attn_attention_step_forward(t.attention, t.tape, &step, NULL, NULL));                          \
    } while (0)

START_TEST(forwards_refuse_wrong_arguments)
{
    static trial t;
    open_trial(&t, 2, ATTN_TAPE_TRAIN);
    attn_attention *other = NULL;
    OK(attn_attention_create(t.params, "other", D, NULL, &other));
    const attn_attention_step good = step_of(&t, 0);
    FAILS(ATTN_ERR_ARGUMENT, "attn_attention_keys_forward: the layer's score is another one",
          attn_attention_keys_forward(other, NULL, BATCH, ITEMS, WIDTH, t.stay, lengths, t.keys));
    FAILS(ATTN_ERR_ARGUMENT, "attn_attention_step_forward: the layer's score is another one",
          attn_attention_step_forward(other, NULL, &good, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "width is 0; expected 1 to 10",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, 0, t.stay, lengths, t.keys));
    FAILS(ATTN_ERR_ARGUMENT, "width is 11; expected 1 to 10",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, D + 1, t.stay, lengths, t.keys));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[0] is 57; expected 0 to 56",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS - 1, WIDTH, t.stay, lengths, t.keys));
    FAILS(ATTN_ERR_ARGUMENT, "memory is NULL",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, WIDTH, NULL, lengths, t.keys));
    FAILS(ATTN_ERR_ARGUMENT, "keys is NULL",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, WIDTH, t.stay, lengths, NULL));
    REFUSED("width is 11; expected 0 to 10", width = D + 1);
    REFUSED("width is -1; expected 0 to 10", width = -1);
    REFUSED("width is -9223372036854775808; expected 0 to 10", width = INT64_MIN);
    REFUSED("a batch of 5 rows by -1", items = -1);
    REFUSED("memory is NULL", memory = NULL);
    REFUSED("keys is NULL", keys = NULL);
    REFUSED("query is NULL", query = NULL);
    REFUSED("moving is NULL; expected [batch, items, 3] numbers", moving = NULL);
    REFUSED("moving is given, but all columns stay", width = 0);
    REFUSED("asks[1] is 2; expected 0 or 1", asks = ((int32_t[]){1, 2, 1, 1, 1}));
    ck_assert_int_eq(attn_tape_depth(t.tape), 0);
    attn_attention_destroy(&other);
    close_trial(&t);
}
END_TEST

START_TEST(forwards_name_what_is_not_finite)
{
    static trial t;
    open_trial(&t, 2, ATTN_TAPE_TRAIN);
    forward(&t, NULL);
    t.keys[4] = INFINITY; /* of which a tanh makes 1 */
    REFUSED("keys[0, 0, 4] is inf", width = WIDTH);
    t.keys[4] = 0;
    t.moving[0][5] = -INFINITY;
    REFUSED("moving[0, 1, 2] is -inf", width = WIDTH);
    t.moving[0][5] = 0;
    t.query[0][Q + 2] = NAN;
    REFUSED("query[1, 0, 2] is nan", width = WIDTH);
    t.query[0][Q + 2] = 0;
    t.stay[8] = INFINITY;
    FAILS(ATTN_ERR_ARGUMENT, "attn_attention_keys_forward: memory[0, 1, 1] is inf",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, WIDTH, t.stay, lengths, t.keys));
    t.stay[8] = 0;
    attn_params_values(t.params)[D + 1] = NAN;
    FAILS(ATTN_ERR_STATE, "tensor \"a.weight\" is nan",
          attn_attention_keys_forward(t.attention, t.tape, BATCH, ITEMS, WIDTH, t.stay, lengths, t.keys));
    ck_assert_int_eq(attn_tape_depth(t.tape), 0);
    close_trial(&t);
}
END_TEST

START_TEST(backwards_want_the_forward_on_top_and_its_sizes)
{
    static trial t;
    open_trial(&t, 2, ATTN_TAPE_TRAIN);
    attn_attention_step_gradients back = gradients_of(&t, 0);
    forward(&t, t.tape);
    FAILS(ATTN_ERR_STATE, "waits for attn_attention_step_backward; call that",
          attn_attention_backward(t.attention, t.tape, BATCH, ITEMS, 1, NULL, NULL, NULL, NULL));
    back.width = WIDTH - 1;
    FAILS(ATTN_ERR_ARGUMENT, "width is 6; expected forward's, 7",
          attn_attention_step_backward(t.attention, t.tape, &back));
    back.width = WIDTH;
    back.items = ITEMS + 1;
    FAILS(ATTN_ERR_ARGUMENT, "items 58 and queries 1; expected forward's, 5 and 57 and 1",
          attn_attention_step_backward(t.attention, t.tape, &back));
    unit_assert_all(t.dkeys, KEYS, 0.0f);
    for (int64_t s = STEPS - 1; s >= 0; s--) {
        back = gradients_of(&t, s);
        OK(attn_attention_step_backward(t.attention, t.tape, &back));
    }
    FAILS(ATTN_ERR_ARGUMENT, "expected forward's, 5 and 57 and 0",
          attn_attention_step_backward(t.attention, t.tape, &back));
    FAILS(ATTN_ERR_ARGUMENT, "width is 6; expected forward's, 7",
          attn_attention_keys_backward(t.attention, t.tape, BATCH, ITEMS, WIDTH - 1, t.dkeys, t.dstay));
    FAILS(ATTN_ERR_ARGUMENT, "dkeys is NULL",
          attn_attention_keys_backward(t.attention, t.tape, BATCH, ITEMS, WIDTH, NULL, t.dstay));
    OK(attn_attention_keys_backward(t.attention, t.tape, BATCH, ITEMS, WIDTH, t.dkeys, t.dstay));
    OK(attn_attention_forward_queries(t.attention, t.tape, 1, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL));
    FAILS(ATTN_ERR_STATE, "waits for attn_attention_backward; call that",
          attn_attention_keys_backward(t.attention, t.tape, 1, 0, WIDTH, t.dkeys, t.dstay));
    close_trial(&t);
}
END_TEST

UNIT_MAIN("attention steps", steps_are_whole_calls_with_memories_of_their_own,
          threads_inference_and_wishes_change_no_bit, what_does_not_learn_is_left_alone,
          nothing_is_a_memory_too, forwards_refuse_wrong_arguments, forwards_name_what_is_not_finite,
          backwards_want_the_forward_on_top_and_its_sizes)
