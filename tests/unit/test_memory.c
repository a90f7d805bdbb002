/* test_memory.c - what happens when memory runs out, at each allocation in turn: MEMORY, no leak, nothing changed. */
#include "unit.h"
#include "unit_memory.h"
#include "unit_network.h"

static const int32_t ids[] = {2, 3, 4, 5, 6, 0, 7, 8, 9};
static const int32_t lengths[] = {3, 2, 3};
static const int32_t labels[] = {0, 1, 1};

/* A network from nothing, one step of training, and all of it destroyed. */
static attn_status whole_life(unit_memory *memory, const attn_gru_options *gru)
{
    attn_context_options options = unit_memory_options(memory, 2);
    attn_context *context = (attn_context *)memory;
    attn_status status = attn_context_create(&options, &context);
    ck_assert((status == ATTN_OK) == (context != NULL));
    unit_network network = {0};
    if (status == ATTN_OK)
        status = unit_network_create(context, 10, 4, 5, gru, NULL, &network);
    if (status == ATTN_OK) {
        unit_batch batch;
        unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
        float loss;
        status = unit_network_train(&network, 0, &batch, &loss);
        if (status == ATTN_OK)
            status = unit_network_forward(&network, NULL, &batch, &loss);
        unit_batch_free(&batch);
    }
    unit_network_destroy(&network);
    attn_context_destroy(&context);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    attn_gru_options gru = ATTN_GRU_OPTIONS_INIT;
    gru.layers = 2;
    gru.bidirectional = 1;
    gru.layer_norm = 1;
    long long left = 0;
    for (;; left++) {
        ck_assert_int_lt(left, 1000);
        unit_memory memory = {.left = 0};
        unit_memory_reset(&memory, left);
        attn_status status = whole_life(&memory, &gru);
        ck_assert_msg(atomic_load(&memory.blocks) == 0, "%lld blocks leaked when allocation %lld failed",
                      atomic_load(&memory.blocks), left);
        if (status == ATTN_OK)
            break;
        ck_assert_msg(status == ATTN_ERR_MEMORY, "%s: %s", attn_status_name(status), attn_last_error());
        ck_assert_ptr_nonnull(strstr(attn_last_error(), "no memory for"));
    }
    ck_assert_int_gt(left, 40); /* the hook is what everything comes from */
}
END_TEST

/* What a failed call must leave alone. */
typedef struct state {
    int64_t count, size;
    float values[4096];
} state;

static void look(const unit_network *network, state *seen)
{
    memset(seen, 0, sizeof *seen);
    seen->count = attn_params_count(network->params);
    seen->size = attn_params_size(network->params);
    ck_assert_int_le(seen->size, 4096);
    memcpy(seen->values, attn_params_values(network->params), (size_t)seen->size * sizeof(float));
}

enum { ADD_TENSOR, MAKE_EMBEDDING, MAKE_GRU, MAKE_ATTENTION, MAKE_DENSE, MAKE_ADAM, FORWARD_STEP, CALLS };

/* One call, and what it made destroyed. */
static attn_status call(const unit_network *network, unit_batch *batch, int which)
{
    attn_params *params = network->params;
    attn_embedding *embedding = NULL;
    attn_gru *gru = NULL;
    attn_attention *attention = NULL;
    attn_dense *dense = NULL;
    attn_adam *adam = NULL;
    attn_status status = ATTN_OK;
    const int64_t shape[] = {700};
    switch (which) {
    case ADD_TENSOR:
        status = attn_params_add(params, "t", 1, shape, UNIT_INIT(ATTN_INIT_NORMAL));
        break;
    case MAKE_EMBEDDING:
        status = attn_embedding_create(params, "e", 50, 20, NULL, &embedding);
        attn_embedding_destroy(&embedding);
        break;
    case MAKE_GRU:
        status = attn_gru_create(params, "g", 9, 10, NULL, &gru);
        attn_gru_destroy(&gru);
        break;
    case MAKE_ATTENTION:
        status = attn_attention_create(params, "a", 30, NULL, &attention);
        attn_attention_destroy(&attention);
        break;
    case MAKE_DENSE:
        status = attn_dense_create(params, "d", 30, 30, NULL, &dense);
        attn_dense_destroy(&dense);
        break;
    case MAKE_ADAM:
        status = attn_adam_create(params, NULL, &adam);
        attn_adam_destroy(&adam);
        break;
    default:
        status = unit_network_forward(network, NULL, batch, NULL);
        break;
    }
    return status;
}

START_TEST(a_call_without_memory_changes_nothing)
{
    for (int which = 0; which < CALLS; which++) {
        unit_memory memory = {.left = UNIT_ENOUGH};
        attn_context *context = unit_memory_context(&memory, 1);
        unit_network network;
        unit_batch batch;
        OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
        unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
        OK(attn_params_zero_grad(network.params));
        state before, after;
        look(&network, &before);
        for (long long left = 0;; left++) {
            ck_assert_int_lt(left, 100);
            unit_memory_reset(&memory, left);
            attn_status status = call(&network, &batch, which);
            if (status == ATTN_OK)
                break;
            ck_assert_int_eq(status, ATTN_ERR_MEMORY);
            look(&network, &after);
            ck_assert_int_eq(memcmp(&before, &after, sizeof before), 0);
            const float *gradients = attn_params_gradients(network.params);
            unit_assert_all(gradients, after.size, 0.0f);
        }
        unit_memory_reset(&memory, UNIT_ENOUGH);
        unit_batch_free(&batch);
        unit_network_destroy(&network);
        attn_context_destroy(&context);
        ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    }
}
END_TEST

START_TEST(a_step_without_memory_makes_no_gradients)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 1);
    unit_network network;
    OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
    attn_status status = ATTN_ERR_MEMORY;
    for (long long left = 0; status != ATTN_OK; left++) {
        ck_assert_ptr_null(attn_params_gradients(network.params)); /* no backward was run */
        ck_assert_int_lt(left, 100);
        unit_memory_reset(&memory, left);
        status = attn_adam_step(network.adam, NULL);
        ck_assert(status == ATTN_OK || status == ATTN_ERR_MEMORY);
    }
    ck_assert_ptr_nonnull(attn_params_gradients(network.params));
    unit_memory_reset(&memory, UNIT_ENOUGH);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(inference_allocates_nothing_the_second_time)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 2);
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
    OK(unit_network_forward(&network, NULL, &batch, NULL));
    unit_memory_reset(&memory, 0);
    OK(unit_network_forward(&network, NULL, &batch, NULL));
    ck_assert_int_eq(atomic_load(&memory.calls), 0);
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

/* ---- ids and packed weights ------------------------------------------------------------------------------ */

enum { ROWS = 3, TIME = 3, WIDTH = 4, HIDDEN = 5 };

typedef struct encoder {
    attn_params *params;
    attn_embedding *embedding;
    attn_gru *gru;
    attn_tape *tape;
    attn_gru_packed *packed, *bytes;
} encoder;

static attn_status encoder_create(attn_context *context, encoder *made)
{
    attn_status status = attn_params_create(context, UNIT_SEED(1), &made->params);
    if (status == ATTN_OK)
        status = attn_tape_create(context, NULL, &made->tape);
    if (status == ATTN_OK)
        status = attn_embedding_create(made->params, "e", 10, WIDTH, NULL, &made->embedding);
    if (status == ATTN_OK)
        status = attn_gru_create(made->params, "g", WIDTH, HIDDEN, NULL, &made->gru);
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = ATTN_PRECISION_BFLOAT16;
    options.embedding = made->embedding;
    if (status == ATTN_OK) {
        status = attn_gru_packed_create(made->gru, &options, &made->packed);
        ck_assert((status == ATTN_OK) == (made->packed != NULL));
    }
    options.precision = ATTN_PRECISION_INT8;
    if (status == ATTN_OK)
        status = attn_gru_packed_create(made->gru, &options, &made->bytes);
    return status;
}

static void encoder_destroy(encoder *made)
{
    attn_gru_packed_destroy(&made->bytes);
    attn_gru_packed_destroy(&made->packed);
    attn_gru_destroy(&made->gru);
    attn_embedding_destroy(&made->embedding);
    attn_tape_destroy(&made->tape);
    attn_params_destroy(&made->params);
}

/* A step of training, and inference in each of its forms. */
static attn_status encoder_run(encoder *made)
{
    float y[ROWS * TIME * HIDDEN], h[ROWS * HIDDEN] = {0};
    attn_status status = attn_tape_begin(made->tape, 0);
    if (status == ATTN_OK) {
        status = attn_gru_forward(made->gru, made->tape,
                                  SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths,
                                           .embedding = made->embedding, .ids = ids),
                                  NULL, y, NULL);
        ck_assert_int_eq(attn_tape_depth(made->tape), status == ATTN_OK);
    }
    if (status == ATTN_OK) {
        status =
            attn_gru_backward(made->gru, made->tape, y, NULL, GRADIENTS(.batch = ROWS, .time = TIME), NULL);
        if (status == ATTN_OK)
            ck_assert_int_eq(attn_tape_depth(made->tape), 0);
    }
    if (status == ATTN_OK)
        status = attn_gru_forward(made->gru, NULL,
                                  SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths,
                                           .embedding = made->embedding, .ids = ids),
                                  NULL, y, NULL);
    if (status == ATTN_OK)
        status = attn_gru_packed_forward(
            made->packed, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths, .ids = ids), NULL, y,
            NULL);
    if (status == ATTN_OK)
        status = attn_gru_packed_step(made->packed, SEQUENCE(.batch = ROWS, .time = 1, .ids = ids), h);
    return status;
}

static attn_status encoder_life(attn_context *context, void *user)
{
    (void)user;
    encoder made = {0};
    attn_status status = encoder_create(context, &made);
    if (status == ATTN_OK)
        status = encoder_run(&made);
    encoder_destroy(&made);
    return status;
}

START_TEST(every_allocation_of_ids_and_packed_weights_may_fail)
{
    ck_assert_int_gt(unit_memory_starve(encoder_life, NULL), 20);
}
END_TEST

START_TEST(ids_and_packed_weights_allocate_nothing_the_second_time)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 2);
    encoder made = {0};
    OK(encoder_create(context, &made));
    OK(encoder_run(&made));
    unit_memory_reset(&memory, 0);
    OK(encoder_run(&made));
    ck_assert_int_eq(atomic_load(&memory.calls), 0);
    encoder_destroy(&made);
    attn_context_destroy(&context);
}
END_TEST

/* ---- attention with queries ------------------------------------------------------------------------------ */

static const int32_t query_lengths[] = {2, 0, 9};

/* A layer from nothing, a step of training, inference, a prepared memory, and all of it destroyed. */
static attn_status ask(attn_context *context, void *score)
{
    enum { D = 5, QUERIES = 9 };
    float memory[ROWS * TIME * D] = {0}, query[ROWS * QUERIES * D] = {0}, attended[ROWS * QUERIES * D];
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_attention *attention = NULL;
    attn_attention_memory *prepared = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = *(const int32_t *)score;
    options.weighting = ATTN_WEIGHTING_ENTMAX15;
    attn_status status = attn_params_create(context, UNIT_SEED(1), &params);
    if (status == ATTN_OK)
        status = attn_tape_create(context, NULL, &tape);
    if (status == ATTN_OK)
        status = attn_attention_create(params, "a", D, &options, &attention);
    if (status == ATTN_OK) {
        status = attn_attention_forward_queries(attention, tape, ROWS, TIME, QUERIES, memory, lengths, query,
                                                query_lengths, NULL, attended);
        ck_assert_int_eq(attn_tape_depth(tape), status == ATTN_OK);
    }
    if (status == ATTN_OK) {
        status = attn_attention_backward(attention, tape, ROWS, TIME, QUERIES, NULL, attended, memory, query);
        if (status == ATTN_OK)
            ck_assert_int_eq(attn_tape_depth(tape), 0);
    }
    if (status == ATTN_OK)
        status = attn_attention_forward_queries(attention, NULL, ROWS, TIME, QUERIES, memory, lengths, query,
                                                query_lengths, NULL, attended);
    if (status == ATTN_OK) {
        status = attn_attention_memory_create(attention, ROWS, TIME, memory, lengths, NULL, &prepared);
        ck_assert((status == ATTN_OK) == (prepared != NULL));
    }
    if (status == ATTN_OK)
        status = attn_attention_memory_attend(prepared, ROWS, NULL, query, NULL, attended);
    attn_attention_memory_destroy(&prepared);
    attn_attention_destroy(&attention);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    return status;
}

START_TEST(every_allocation_of_attention_with_queries_may_fail)
{
    for (int32_t score = ATTN_SCORE_ADDITIVE; score <= ATTN_SCORE_BILINEAR; score++)
        ck_assert_int_ge(unit_memory_starve(ask, &score), 10);
}
END_TEST

START_TEST(attention_with_queries_allocates_nothing_the_second_time)
{
    enum { D = 70, MANY = 40 }; /* more than an arena's first chunk holds */
    static float numbers[ROWS * MANY * D], attended[ROWS * MANY * D], gradient[ROWS * MANY * D];
    for (int32_t score = ATTN_SCORE_ADDITIVE; score <= ATTN_SCORE_BILINEAR; score++) {
        unit_memory memory = {.left = UNIT_ENOUGH};
        attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
        attention_options.score = score;
        attn_context *context = unit_memory_context(&memory, 2);
        attn_params *params = NULL;
        attn_tape *tape = NULL;
        attn_attention *attention = NULL;
        attn_attention_memory *prepared = NULL;
        OK(attn_params_create(context, UNIT_SEED(1), &params));
        OK(attn_tape_create(context, NULL, &tape));
        OK(attn_attention_create(params, "a", D, &attention_options, &attention));
        OK(attn_attention_memory_create(attention, ROWS, MANY, numbers, NULL, NULL, &prepared));
        for (int round = 0; round < 3; round++) {
            unit_memory_reset(&memory, round < 1 ? UNIT_ENOUGH : 0);
            OK(attn_tape_begin(tape, round));
            OK(attn_attention_forward_queries(attention, tape, ROWS, MANY, MANY, numbers, NULL, numbers, NULL,
                                              NULL, attended));
            OK(attn_attention_backward(attention, tape, ROWS, MANY, MANY, NULL, attended, gradient, NULL));
            OK(attn_attention_forward_queries(attention, NULL, ROWS, MANY, MANY, numbers, NULL, numbers, NULL,
                                              NULL, attended));
            OK(attn_attention_memory_attend(prepared, ROWS, NULL, numbers, NULL, attended));
        }
        ck_assert_int_eq(atomic_load(&memory.calls), 0);
        attn_attention_memory_destroy(&prepared);
        attn_attention_destroy(&attention);
        attn_tape_destroy(&tape);
        attn_params_destroy(&params);
        attn_context_destroy(&context);
        ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    }
}
END_TEST

/* Memory of so many bytes. */
static size_t held, most;

static void *allocate_within(void *user, size_t size)
{
    (void)user;
    if (size > most - held)
        return NULL;
    size_t *start = malloc(64 + size); /* before what is used: its size */
    MUST(start, "malloc has no memory");
    held += *start = size;
    return (char *)start + 64;
}

static void release_within(void *user, void *block)
{
    (void)user;
    size_t *start = (size_t *)(void *)((char *)block - 64);
    held -= *start;
    free(start);
}

static attn_context *context_within(size_t bytes)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    attn_context *context;
    options.threads = 1;
    options.allocate = allocate_within;
    options.release = release_within;
    most = bytes;
    OK(attn_context_create(&options, &context));
    return context;
}

#define MOST_ROWS 65536

/* A call that works in some bytes a row. */
static attn_status lose(attn_context *context, int64_t rows)
{
    static float logits[MOST_ROWS * 2];
    static int32_t classes[MOST_ROWS];
    float loss;
    return attn_cross_entropy(context, rows, 2, logits, classes, NULL, &loss, NULL, NULL, NULL);
}

/* What calls worked in is kept for the next, and may be too small for it. */
START_TEST(memory_that_is_enough_for_a_call_is_so_after_smaller_ones)
{
    attn_context *context = context_within(SIZE_MAX);
    OK(lose(context, MOST_ROWS));
    const size_t enough = held;
    attn_context_destroy(&context);
    ck_assert_uint_eq(held, 0);
    context = context_within(enough);
    OK(lose(context, MOST_ROWS / 4));
    OK(lose(context, MOST_ROWS / 2));
    OK(lose(context, MOST_ROWS));
    most = enough - 1;
    OK(lose(context, MOST_ROWS)); /* again, it takes none */
    attn_context_destroy(&context);
    context = context_within(enough - 1);
    FAILS(ATTN_ERR_MEMORY, "no memory for", lose(context, MOST_ROWS));
    OK(lose(context, MOST_ROWS / 4));
    attn_context_destroy(&context);
    ck_assert_uint_eq(held, 0);
}
END_TEST

UNIT_MAIN("memory", every_allocation_may_fail, a_call_without_memory_changes_nothing,
          a_step_without_memory_makes_no_gradients, inference_allocates_nothing_the_second_time,
          every_allocation_of_ids_and_packed_weights_may_fail,
          ids_and_packed_weights_allocate_nothing_the_second_time,
          every_allocation_of_attention_with_queries_may_fail,
          attention_with_queries_allocates_nothing_the_second_time,
          memory_that_is_enough_for_a_call_is_so_after_smaller_ones)
