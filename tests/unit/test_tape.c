/* test_tape.c - the tape: order, depth, memory, and failures that leave it as it was. */
#include "unit.h"
#include "unit_memory.h"
#include "unit_network.h"

static const int32_t ids[] = {2, 3, 4, 5, 6, 0, 7, 8, 9};
static const int32_t lengths[] = {3, 2, 3};
static const int32_t labels[] = {0, 1, 1};

static unit_memory memory;
static attn_context *context;
static unit_network network;
static unit_batch batch;

static void setup(const attn_gru_options *gru)
{
    unit_memory_reset(&memory, UNIT_ENOUGH);
    context = unit_memory_context(&memory, 2);
    OK(unit_network_create(context, 10, 4, 5, gru, NULL, &network));
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
}

static void teardown(void)
{
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
}

/* Of the decision's weight, as they are: NULL until something made them. */
static const float *gradients(void)
{
    attn_tensor weight = ATTN_TENSOR_INIT;
    OK(attn_params_find(network.params, "decision.weight", &weight));
    return weight.gradients;
}

START_TEST(an_empty_tape_refuses_every_backward)
{
    setup(NULL);
    FAILS(ATTN_ERR_STATE, "attn_embedding_backward: the tape is empty",
          attn_embedding_backward(network.embedding, network.tape, batch.batch, batch.time, batch.dvectors));
    FAILS(
        ATTN_ERR_STATE, "attn_gru_backward: the tape is empty",
        attn_gru_backward(network.encoder, network.tape, NULL, NULL, GRADIENTS(.batch = 3, .time = 3), NULL));
    FAILS(ATTN_ERR_STATE, "attn_attention_backward: the tape is empty",
          attn_attention_backward(network.attention, network.tape, batch.batch, batch.time, 1, NULL, NULL,
                                  NULL, NULL));
    FAILS(ATTN_ERR_STATE, "attn_dense_backward: the tape is empty",
          attn_dense_backward(network.decision, network.tape, 3, batch.dlogits, NULL));
    FAILS(ATTN_ERR_STATE, "attn_dropout_backward: the tape is empty",
          attn_dropout_backward(network.context, network.tape, 3, batch.dlogits, batch.dlogits));
    ck_assert_int_eq(attn_tape_depth(network.tape), 0);
    teardown();
}
END_TEST

START_TEST(a_wrong_order_is_refused_and_the_right_one_still_works)
{
    setup(NULL);
    OK(unit_network_forward(&network, network.tape, &batch, NULL));
    ck_assert_int_eq(attn_tape_depth(network.tape), 4);
    FAILS(ATTN_ERR_STATE, "attn_gru_backward: the last forward on the tape is another layer's",
          attn_gru_backward(network.encoder, network.tape, batch.dstates, NULL,
                            GRADIENTS(.batch = 3, .time = 3), NULL));
    FAILS(ATTN_ERR_STATE, "reverse order",
          attn_attention_backward(network.attention, network.tape, batch.batch, batch.time, 1, NULL, NULL,
                                  NULL, NULL));
    FAILS(ATTN_ERR_STATE, "reverse order",
          attn_embedding_backward(network.embedding, network.tape, batch.batch, batch.time, batch.dvectors));
    FAILS(ATTN_ERR_STATE, "reverse order",
          attn_dropout_backward(network.context, network.tape, 3, batch.dlogits, batch.dlogits));
    ck_assert_int_eq(attn_tape_depth(network.tape), 4);
    OK(unit_network_backward(&network, &batch));
    ck_assert_int_eq(attn_tape_depth(network.tape), 0);
    teardown();
}
END_TEST

START_TEST(another_layer_of_the_same_kind_is_told_apart)
{
    setup(NULL);
    attn_dense *other = NULL;
    OK(attn_dense_create(network.params, "other", 5, 2, NULL, &other));
    OK(attn_dense_forward(other, network.tape, 3, batch.context, batch.logits));
    FAILS(ATTN_ERR_STATE, "another layer's",
          attn_dense_backward(network.decision, network.tape, 3, batch.dlogits, NULL));
    OK(attn_dense_backward(other, network.tape, 3, batch.dlogits, NULL));
    attn_dense_destroy(&other);
    teardown();
}
END_TEST

START_TEST(one_layer_may_run_twice_in_a_step)
{
    setup(NULL);
    float x[10], y[4], dy[4] = {1, 1, 1, 1};
    unit_fill(x, 10, 1);
    OK(attn_dense_forward(network.decision, network.tape, 1, x, y));
    OK(attn_dense_forward(network.decision, network.tape, 1, x + 5, y + 2));
    OK(attn_dense_backward(network.decision, network.tape, 1, dy, NULL));
    OK(attn_dense_backward(network.decision, network.tape, 1, dy, NULL));
    attn_tensor weight = ATTN_TENSOR_INIT;
    OK(attn_params_find(network.params, "decision.weight", &weight));
    for (int i = 0; i < 5; i++)
        NEAR((double)weight.gradients[i], (double)x[i] + (double)x[5 + i], 1e-6);
    teardown();
}
END_TEST

/* One layer twice on a tape, with other sizes: each backward must bring the sizes of the forward on top. */
START_TEST(a_backward_is_checked_against_its_forwards_sizes)
{
    setup(NULL);
    float x[15], y[6], dy[6] = {1, 1, 1, 1, 1, 1}, dx[15] = {0};
    unit_fill(x, 15, 1);
    OK(attn_dense_forward(network.decision, network.tape, 3, x, y));
    OK(attn_dense_forward(network.decision, network.tape, 2, x, y));
    FAILS(ATTN_ERR_ARGUMENT, "attn_dense_backward: rows is 3; expected forward's, 2",
          attn_dense_backward(network.decision, network.tape, 3, dy, dx));
    unit_assert_all(dx, 15, 0.0f);
    ck_assert_ptr_null(gradients());
    ck_assert_int_eq(attn_tape_depth(network.tape), 2);
    FAILS(ATTN_ERR_ARGUMENT, "dx is dy", attn_dense_backward(network.decision, network.tape, 2, dy, dy));
    OK(attn_dense_backward(network.decision, network.tape, 2, dy, dx));
    FAILS(ATTN_ERR_ARGUMENT, "rows is 2; expected forward's, 3",
          attn_dense_backward(network.decision, network.tape, 2, dy, dx));
    OK(attn_dense_backward(network.decision, network.tape, 3, dy, dx));
    teardown();
}
END_TEST

START_TEST(a_tape_of_another_context_is_refused)
{
    setup(NULL);
    float x[5] = {0}, y[2];
    attn_context *elsewhere = unit_context(1);
    attn_tape *other = NULL;
    OK(attn_tape_create(elsewhere, NULL, &other));
    FAILS(ATTN_ERR_ARGUMENT, "attn_dense_forward: the tape is of another context than the layer \"decision\"",
          attn_dense_forward(network.decision, other, 1, x, y));
    ck_assert_int_eq(attn_tape_depth(other), 0);
    OK(attn_dense_forward(network.decision, network.tape, 1, x, y));
    FAILS(ATTN_ERR_ARGUMENT, "another context", attn_dense_backward(network.decision, other, 1, y, NULL));
    attn_tape_destroy(&other);
    attn_context_destroy(&elsewhere);
    teardown();
}
END_TEST

START_TEST(a_tape_says_what_it_is)
{
    setup(NULL);
    const attn_tape_options options = {sizeof options, ATTN_TAPE_INPUTS, 0, 5};
    attn_tape *tape;
    attn_tape_info info = ATTN_TAPE_INFO_INIT;
    OK(attn_tape_create(network.context, &options, &tape));
    OK(attn_tape_get_info(tape, &info));
    ck_assert(info.context == network.context && info.mode == ATTN_TAPE_INPUTS && info.seed == 5);
    ck_assert(info.step == 0 && info.first == 0 && info.rows == 0);
    OK(attn_tape_begin_part(tape, 7, 3, 4));
    OK(attn_tape_get_info(tape, &info));
    ck_assert(info.step == 7 && info.first == 3 && info.rows == 4);
    OK(attn_tape_begin(tape, 8));
    OK(attn_tape_get_info(tape, &info));
    ck_assert(info.step == 8 && info.first == 0 && info.rows == 0);
    attn_tape_destroy(&tape);
    teardown();
}
END_TEST

START_TEST(the_top_of_the_tape_can_be_asked)
{
    setup(NULL);
    attn_tape_entry entry = ATTN_TAPE_ENTRY_INIT;
    FAILS(ATTN_ERR_ARGUMENT, "attn_tape_top: tape is NULL", attn_tape_top(NULL, &entry));
    FAILS(ATTN_ERR_ARGUMENT, "entry is NULL", attn_tape_top(network.tape, NULL));
    FAILS(ATTN_ERR_STATE, "attn_tape_top: the tape is empty", attn_tape_top(network.tape, &entry));
    attn_dense *other = NULL;
    OK(attn_dense_create(network.params, "other", 5, 2, NULL, &other));
    OK(attn_dense_forward(other, network.tape, 3, batch.context, batch.logits));
    attn_dense_destroy(&other); /* the entry has a name of its own */
    OK(attn_tape_top(network.tape, &entry));
    ck_assert_str_eq(entry.kind, "dense");
    ck_assert_str_eq(entry.name, "other");
    ck_assert_int_eq(entry.batch, 3);
    ck_assert_int_eq(entry.time, 0);
    ck_assert_int_eq(entry.queries, 0);
    FAILS(ATTN_ERR_STATE, "another layer's (dense \"other\")",
          attn_dense_backward(network.decision, network.tape, 3, batch.dlogits, NULL));
    teardown();
}
END_TEST

/* In the mode INPUTS dx is that of GRADIENT to the bit, and the params have no gradients, not even the room for them. */
START_TEST(gradients_of_inputs_leave_the_params_alone)
{
    setup(NULL);
    float x[10], y[4], dx[2][10], dy[4] = {1, -1, 2, 0.5f};
    unit_fill(x, 10, 1);
    const int32_t modes[2] = {ATTN_TAPE_INPUTS, ATTN_TAPE_GRADIENT};
    for (int i = 0; i < 2; i++) {
        attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
        options.mode = modes[i];
        attn_tape *tape = NULL;
        OK(attn_tape_create(context, &options, &tape));
        OK(attn_dense_forward(network.decision, tape, 2, x, y));
        OK(attn_dense_backward(network.decision, tape, 2, dy, dx[i]));
        ck_assert_int_eq(gradients() != NULL, i);
        attn_tape_destroy(&tape);
    }
    unit_assert_same_bits(dx[0], dx[1], 10);
    teardown();
}
END_TEST

START_TEST(begin_forgets_what_was_left)
{
    setup(NULL);
    OK(unit_network_forward(&network, network.tape, &batch, NULL));
    OK(attn_tape_begin(network.tape, 1));
    ck_assert_int_eq(attn_tape_depth(network.tape), 0);
    FAILS(ATTN_ERR_STATE, "the tape is empty",
          attn_dense_backward(network.decision, network.tape, 3, batch.dlogits, NULL));
    OK(unit_network_train(&network, 2, &batch, NULL));
    teardown();
}
END_TEST

START_TEST(arguments_out_of_range_are_refused)
{
    setup(NULL);
    attn_tape *tape = network.tape;
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    FAILS(ATTN_ERR_ARGUMENT, "attn_tape_create: out is NULL", attn_tape_create(context, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_tape_create: context is NULL", attn_tape_create(NULL, NULL, &tape));
    ck_assert_ptr_null(tape);
    options.mode = 3;
    FAILS(ATTN_ERR_ARGUMENT, "mode is 3", attn_tape_create(context, &options, &tape));
    FAILS(ATTN_ERR_ARGUMENT, "attn_tape_begin: tape is NULL", attn_tape_begin(NULL, 0));
    FAILS(ATTN_ERR_ARGUMENT, "step is -1", attn_tape_begin(network.tape, -1));
    FAILS(ATTN_ERR_ARGUMENT, "attn_tape_begin_part: step is -1",
          attn_tape_begin_part(network.tape, -1, 0, 1));
    FAILS(ATTN_ERR_ARGUMENT, "first is -1", attn_tape_begin_part(network.tape, 0, -1, 1));
    FAILS(ATTN_ERR_ARGUMENT, "rows is 2147483647", attn_tape_begin_part(network.tape, 0, 1, INT32_MAX));
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_backward: tape is NULL",
          attn_gru_backward(network.encoder, NULL, NULL, NULL, GRADIENTS(.batch = 3, .time = 3), NULL));
    ck_assert_int_eq(attn_tape_depth(NULL), 0);
    ck_assert_int_eq(attn_tape_bytes(NULL), 0);
    teardown();
}
END_TEST

/* Options whose forwards and backwards take their memory in different ways. */
static attn_gru_options variant(int index)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 1 + index % 2;
    options.bidirectional = index / 2 % 2;
    options.layer_norm = index / 4 % 2;
    options.reset = index / 8 % 2;
    options.dropout = 0.25f;
    return options;
}

START_TEST(the_second_step_allocates_nothing)
{
    for (int index = 0; index < 16; index++) {
        attn_gru_options options = variant(index);
        setup(&options);
        OK(unit_network_train(&network, 0, &batch, NULL));
        int64_t bytes = attn_tape_bytes(network.tape);
        unit_memory_reset(&memory, 0);
        for (int64_t step = 1; step < 4; step++)
            OK(unit_network_train(&network, step, &batch, NULL));
        ck_assert_int_eq(atomic_load(&memory.calls), 0);
        ck_assert_int_eq(attn_tape_bytes(network.tape), bytes);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        teardown();
    }
}
END_TEST

/* More than the arena's first chunk, so that the tape spans several. */
START_TEST(a_large_second_step_allocates_nothing)
{
    enum { ROWS = 40, TIME = 50 };
    attn_gru_options options = variant(7);
    setup(&options);
    int32_t *many_ids = malloc(ROWS * TIME * sizeof *many_ids), many_lengths[ROWS], many_labels[ROWS];
    uint64_t seed = 1;
    for (int i = 0; i < ROWS * TIME; i++)
        many_ids[i] = (int32_t)(unit_random(&seed) % 10);
    for (int b = 0; b < ROWS; b++) {
        many_lengths[b] = (int32_t)(unit_random(&seed) % (TIME + 1));
        many_labels[b] = b % 2;
    }
    unit_batch large;
    unit_batch_make(&network, ROWS, TIME, many_ids, many_lengths, many_labels, &large);
    OK(unit_network_train(&network, 0, &batch, NULL)); /* a small step first: the tape grows in between */
    OK(unit_network_train(&network, 1, &large, NULL));
    unit_memory_reset(&memory, 0);
    OK(unit_network_train(&network, 2, &large, NULL));
    OK(unit_network_train(&network, 3, &batch, NULL));
    OK(unit_network_train(&network, 4, &large, NULL));
    ck_assert_int_eq(atomic_load(&memory.calls), 0);
    unit_memory_reset(&memory, UNIT_ENOUGH);
    unit_batch_free(&large);
    free(many_ids);
    teardown();
}
END_TEST

START_TEST(a_forward_with_wrong_arguments_leaves_the_tape_as_it_was)
{
    setup(NULL);
    const int32_t bad_lengths[] = {3, 4, 3}, bad_ids[] = {1, 2, 10, 3, 4, 5, 6, 7, 8};
    OK(attn_embedding_forward(network.embedding, network.tape, 3, 3, ids, lengths, batch.vectors));
    FAILS(ATTN_ERR_ARGUMENT, "lengths[1] is 4",
          attn_gru_forward(network.encoder, network.tape,
                           SEQUENCE(.batch = 3, .time = 3, .lengths = bad_lengths, .x = batch.vectors), NULL,
                           batch.states, NULL));
    FAILS(
        ATTN_ERR_ARGUMENT, "lengths[1] is 4",
        attn_attention_forward(network.attention, network.tape, 3, 3, batch.states, bad_lengths, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "ids[0,2] is 10",
          attn_embedding_forward(network.embedding, network.tape, 3, 3, bad_ids, lengths, batch.vectors));
    FAILS(ATTN_ERR_ARGUMENT, "rows is -1",
          attn_dense_forward(network.decision, network.tape, -1, batch.context, batch.logits));
    FAILS(ATTN_ERR_ARGUMENT, "probability is 1",
          attn_dropout_forward(network.context, network.tape, 3, batch.context, 1.0f, batch.context));
    ck_assert_int_eq(attn_tape_depth(network.tape), 1);
    OK(attn_embedding_backward(network.embedding, network.tape, batch.batch, batch.time, batch.dvectors));
    teardown();
}
END_TEST

/* A forward fails for want of memory at each of its allocations; what comes after gives the same bits as if it had not. */
START_TEST(a_forward_without_memory_leaves_the_tape_as_it_was)
{
    enum { ROWS = 24, TIME = 40 };
    attn_gru_options options = variant(7);
    float *x = unit_floats(ROWS * TIME * 4, 1), *y = unit_zeros(ROWS * TIME * 10),
          *expected = unit_zeros(ROWS * TIME * 10);
    for (int failing = 0; failing < 2; failing++) {
        setup(&options);
        OK(attn_tape_begin(network.tape, 3));
        long long failures = 0;
        for (long long left = 0; failing; left++) {
            unit_memory_reset(&memory, left);
            attn_status status = attn_gru_forward(
                network.encoder, network.tape, SEQUENCE(.batch = ROWS, .time = TIME, .x = x), NULL, y, NULL);
            if (status == ATTN_OK)
                break;
            ck_assert_int_eq(status, ATTN_ERR_MEMORY);
            ck_assert_int_eq(attn_tape_depth(network.tape), 0);
            failures++;
        }
        if (!failing) /* its dropout masks depend on its place on the tape */
            OK(attn_gru_forward(network.encoder, network.tape, SEQUENCE(.batch = ROWS, .time = TIME, .x = x),
                                NULL, expected, NULL));
        else
            ck_assert_int_ge(failures, 2);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        ck_assert_int_eq(attn_tape_depth(network.tape), 1);
        OK(attn_gru_backward(network.encoder, network.tape, y, NULL, GRADIENTS(.batch = ROWS, .time = TIME),
                             NULL));
        teardown();
    }
    unit_assert_same_bits(y, expected, ROWS * TIME * 10);
    free(x);
    free(y);
    free(expected);
}
END_TEST

START_TEST(a_backward_without_memory_pops_its_record)
{
    setup(NULL);
    for (long long left = 0;; left++) {
        OK(attn_tape_begin(network.tape, 0));
        OK(unit_network_forward(&network, network.tape, &batch, NULL));
        unit_memory_reset(&memory, left);
        attn_status status = unit_network_backward(&network, &batch);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        if (status == ATTN_OK)
            break;
        ck_assert_int_eq(status, ATTN_ERR_MEMORY);
    }
    ck_assert_int_eq(attn_tape_depth(network.tape), 0);
    teardown();
}
END_TEST

UNIT_MAIN("tape", an_empty_tape_refuses_every_backward,
          a_wrong_order_is_refused_and_the_right_one_still_works,
          another_layer_of_the_same_kind_is_told_apart, one_layer_may_run_twice_in_a_step,
          a_backward_is_checked_against_its_forwards_sizes, a_tape_of_another_context_is_refused,
          a_tape_says_what_it_is, the_top_of_the_tape_can_be_asked,
          gradients_of_inputs_leave_the_params_alone, begin_forgets_what_was_left,
          arguments_out_of_range_are_refused, the_second_step_allocates_nothing,
          a_large_second_step_allocates_nothing, a_forward_with_wrong_arguments_leaves_the_tape_as_it_was,
          a_forward_without_memory_leaves_the_tape_as_it_was, a_backward_without_memory_pops_its_record)
