/* test_threads.c - the number of threads changes no bit, and threads may share a model for inference. */
#include <pthread.h>

#include "unit.h"
#include "unit_network.h"

enum { ROWS = 37, TIME = 23, WORDS = 50 };

static int32_t ids[ROWS * TIME], lengths[ROWS], labels[ROWS];

static void make_batch(void)
{
    uint64_t seed = 1;
    for (int i = 0; i < ROWS * TIME; i++)
        ids[i] = (int32_t)(unit_random(&seed) % WORDS);
    for (int b = 0; b < ROWS; b++) {
        lengths[b] = (int32_t)(unit_random(&seed) % (TIME + 1));
        labels[b] = (int32_t)(unit_random(&seed) % 2);
    }
}

static attn_gru_options variant(int index)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = index % 2;
    options.layer_norm = index / 2 % 2;
    options.reset = index / 4 % 2;
    options.layers = 1 + index % 2;
    options.dropout = 0.2f;
    options.experimental = index / 8 * ATTN_GRU_ORTHOGONAL;
    return options;
}

/* All values after five steps, to be freed. */
static float *train(int32_t threads, const attn_gru_options *options, int64_t *size)
{
    attn_context *context = unit_context(threads);
    attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
    adam.clip_norm = 0.5f;
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, WORDS, 9, 21, options, &adam, &network));
    unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
    for (int step = 0; step < 5; step++)
        OK(unit_network_train(&network, step, &batch, NULL));
    *size = attn_params_size(network.params);
    float *values = unit_zeros(*size);
    memcpy(values, attn_params_values(network.params), (size_t)*size * sizeof(float));
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
    return values;
}

START_TEST(the_number_of_threads_changes_no_bit)
{
    make_batch();
    for (int index = 0; index < 10; index++) {
        attn_gru_options options = variant(index);
        int64_t size;
        float *one = train(1, &options, &size);
        for (int64_t i = 0; i < size; i++)
            ck_assert(isfinite(one[i]));
        const int32_t counts[] = {1, 2, 3, 5};
        for (int c = 0; c < 4; c++) {
            float *values = train(counts[c], &options, &size);
            unit_assert_same_bits(values, one, size);
            free(values);
        }
        free(one);
    }
}
END_TEST

/* ---- inference in many threads --------------------------------------------------------------------------- */

enum { READERS = 6, ROUNDS = 10 };

typedef struct reader {
    const unit_network *network;
    const float *expected;
    const char *failure;
} reader;

static void *read_model(void *argument)
{
    reader *self = argument;
    unit_batch batch;
    unit_batch_make(self->network, ROWS, TIME, ids, lengths, labels, &batch);
    for (int round = 0; round < ROUNDS && !self->failure; round++) {
        memset(batch.logits, 0, 2 * ROWS * sizeof(float));
        if (unit_network_forward(self->network, NULL, &batch, NULL) != ATTN_OK)
            self->failure = "a forward failed";
        else if (unit_any_differs(batch.logits, self->expected, 2 * ROWS))
            self->failure = "other bits came out";
    }
    unit_batch_free(&batch);
    return NULL;
}

START_TEST(threads_that_share_a_model_get_the_same_bits)
{
    make_batch();
    for (int32_t threads = 1; threads <= 3; threads += 2) {
        attn_gru_options options = variant(3);
        attn_context *context = unit_context(threads);
        unit_network network;
        unit_batch batch;
        OK(unit_network_create(context, WORDS, 9, 21, &options, NULL, &network));
        unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
        OK(unit_network_forward(&network, NULL, &batch, NULL));
        reader readers[READERS];
        pthread_t handles[READERS];
        for (int i = 0; i < READERS; i++) {
            readers[i] = (reader){&network, batch.logits, NULL};
            ck_assert_int_eq(pthread_create(&handles[i], NULL, read_model, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            pthread_join(handles[i], NULL);
            ck_assert_msg(readers[i].failure == NULL, "thread %d: %s", i, readers[i].failure);
        }
        unit_batch_free(&batch);
        unit_network_destroy(&network);
        attn_context_destroy(&context);
    }
}
END_TEST

/* ---- gradients of inputs in many threads, through one model ---------------------------------------------- */

/* Forward and all the way back on a tape of this mode; the batch's dvectors are what came out. */
static attn_status explain(const unit_network *shared, int32_t mode, unit_batch *batch)
{
    unit_network own = *shared;
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = mode;
    own.tape = NULL;
    attn_status status = attn_tape_create(own.context, &options, &own.tape);
    if (status == ATTN_OK)
        status = unit_network_forward(&own, own.tape, batch, NULL);
    if (status == ATTN_OK)
        status = unit_network_backward(&own, batch);
    attn_tape_destroy(&own.tape);
    return status;
}

static void *explain_model(void *argument)
{
    reader *self = argument;
    unit_batch batch;
    unit_batch_make(self->network, ROWS, TIME, ids, lengths, labels, &batch);
    for (int round = 0; round < ROUNDS && !self->failure; round++) {
        memset(batch.dvectors, 0x55, ROWS * TIME * 9 * sizeof(float));
        if (explain(self->network, ATTN_TAPE_INPUTS, &batch) != ATTN_OK)
            self->failure = "a step failed";
        else if (unit_any_differs(batch.dvectors, self->expected, ROWS * TIME * 9))
            self->failure = "other bits came out";
    }
    unit_batch_free(&batch);
    return NULL;
}

START_TEST(threads_may_go_back_through_one_model_at_once)
{
    make_batch();
    for (int32_t threads = 1; threads <= 3; threads += 2) {
        attn_gru_options options = variant(3);
        attn_context *context = unit_context(threads);
        unit_network network, twin;
        unit_batch batch;
        OK(unit_network_create(context, WORDS, 9, 21, &options, NULL, &twin));
        unit_batch_make(&twin, ROWS, TIME, ids, lengths, labels, &batch);
        OK(explain(&twin, ATTN_TAPE_GRADIENT, &batch));
        ck_assert_ptr_nonnull(attn_params_gradients(twin.params));
        OK(unit_network_create(context, WORDS, 9, 21, &options, NULL, &network));
        reader readers[READERS];
        pthread_t handles[READERS];
        for (int i = 0; i < READERS; i++) {
            readers[i] = (reader){&network, batch.dvectors, NULL};
            ck_assert_int_eq(pthread_create(&handles[i], NULL, explain_model, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            pthread_join(handles[i], NULL);
            ck_assert_msg(readers[i].failure == NULL, "thread %d: %s", i, readers[i].failure);
        }
        ck_assert_ptr_null(attn_params_gradients(network.params)); /* no room was even made */
        unit_batch_free(&batch);
        unit_network_destroy(&network);
        unit_network_destroy(&twin);
        attn_context_destroy(&context);
    }
}
END_TEST

/* ---- training in many threads, each its own params, one context ------------------------------------------ */

typedef struct trainer {
    attn_context *context;
    float values[8192];
    const char *failure;
} trainer;

static void *train_own_model(void *argument)
{
    trainer *self = argument;
    attn_gru_options options = variant(0);
    unit_network network;
    unit_batch batch;
    if (unit_network_create(self->context, WORDS, 9, 21, &options, NULL, &network) != ATTN_OK) {
        self->failure = "the network was not made";
        return NULL;
    }
    unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
    for (int step = 0; step < 5 && !self->failure; step++)
        self->failure = unit_network_train(&network, step, &batch, NULL) == ATTN_OK ? NULL : "a step failed";
    memcpy(self->values, attn_params_values(network.params),
           (size_t)attn_params_size(network.params) * sizeof(float));
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    return NULL;
}

START_TEST(threads_may_train_models_of_their_own_on_one_context)
{
    enum { TRAINERS = 3 };
    static trainer trainers[TRAINERS];
    make_batch();
    attn_context *context = unit_context(3);
    pthread_t handles[TRAINERS];
    for (int i = 0; i < TRAINERS; i++) {
        trainers[i].context = context;
        ck_assert_int_eq(pthread_create(&handles[i], NULL, train_own_model, &trainers[i]), 0);
    }
    attn_gru_options options = variant(0);
    int64_t size;
    float *expected = train(1, &options, &size);
    free(expected);
    ck_assert_int_le(size, 8192);
    for (int i = 0; i < TRAINERS; i++) {
        pthread_join(handles[i], NULL);
        ck_assert_msg(trainers[i].failure == NULL, "thread %d: %s", i, trainers[i].failure);
        unit_assert_same_bits(trainers[i].values, trainers[0].values, size);
    }
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("threads", the_number_of_threads_changes_no_bit, threads_that_share_a_model_get_the_same_bits,
          threads_may_go_back_through_one_model_at_once, threads_may_train_models_of_their_own_on_one_context)
