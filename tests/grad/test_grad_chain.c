/* test_grad_chain.c - gradients through a whole model, and the rules that hold for all of them: they
 * accumulate, a frozen tensor gets none, and what is not wanted can be left out. */
#include "grad.h"

#define ROWS 9 /* of the embedding */
#define WIDTH 4
#define TIME 6
#define HIDDEN 5
#define CLASSES 3

/* embedding -> dropout -> GRU with dropout on its outputs -> attention -> dense -> cross-entropy */
typedef struct chain {
    grad_bench bench;
    attn_embedding *embedding;
    attn_gru *gru;
    attn_attention *attention;
    attn_dense *dense;
    int64_t batch, states_dim;
    int32_t *lengths, *ids, *labels;
    float *vectors, *states, *context, *logits;     /* forward's */
    float *dlogits, *dcontext, *dstates, *dvectors; /* backward's */
} chain;

static chain chain_open(int64_t batch, int32_t threads)
{
    chain c = {.bench = grad_open(threads), .batch = batch, .lengths = grad_lengths(batch, TIME)};
    attn_params *params = c.bench.params;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = 1;
    options.dropout = 0.2f;
    attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
    attention_options.outer_tanh = 1;
    OK(attn_embedding_create(params, "embedding", ROWS, WIDTH, NULL, &c.embedding));
    OK(attn_gru_create(params, "gru", WIDTH, HIDDEN, &options, &c.gru));
    c.states_dim = unit_gru_info(c.gru).output_dim;
    OK(attn_attention_create(params, "attention", c.states_dim, &attention_options, &c.attention));
    OK(attn_dense_create(params, "dense", c.states_dim, CLASSES, NULL, &c.dense));
    grad_shake(params);
    c.ids = grad_room(batch * TIME, sizeof(int32_t));
    c.labels = grad_room(batch, sizeof(int32_t));
    for (int64_t i = 0; i < batch * TIME; i++)
        c.ids[i] =
            i % TIME < c.lengths[i / TIME] ? (int32_t)(i * 5 % 7) : -1; /* the last two rows are never used */
    for (int64_t b = 0; b < batch; b++)
        c.labels[b] = (int32_t)(b % CLASSES);
    c.vectors = grad_room(batch * TIME * WIDTH, sizeof(float));
    c.states = grad_room(batch * TIME * c.states_dim, sizeof(float));
    c.context = grad_room(batch * c.states_dim, sizeof(float));
    c.logits = grad_room(batch * CLASSES, sizeof(float));
    c.dlogits = grad_room(batch * CLASSES, sizeof(float));
    c.dcontext = grad_room(batch * c.states_dim, sizeof(float));
    c.dstates = grad_room(batch * TIME * c.states_dim, sizeof(float));
    c.dvectors = grad_room(batch * TIME * WIDTH, sizeof(float));
    return c;
}

static void chain_close(chain *c)
{
    for (float **array = &c->vectors; array <= &c->dvectors; array++)
        free(*array);
    free(c->lengths);
    free(c->ids);
    free(c->labels);
    attn_dense_destroy(&c->dense);
    attn_attention_destroy(&c->attention);
    attn_gru_destroy(&c->gru);
    attn_embedding_destroy(&c->embedding);
    grad_close(&c->bench);
}

/* The sum over rows, so that slopes do not shrink with the batch; from the logits in double. */
static double chain_loss(void *argument)
{
    chain *c = argument;
    attn_tape *tape = c->bench.tape;
    OK(attn_tape_begin(tape, 2));
    OK(attn_embedding_forward(c->embedding, tape, c->batch, TIME, c->ids, c->lengths, c->vectors));
    OK(attn_dropout_forward(c->bench.context, tape, c->batch * TIME * WIDTH, c->vectors, 0.25f, c->vectors));
    OK(attn_gru_forward(c->gru, tape,
                        SEQUENCE(.batch = c->batch, .time = TIME, .lengths = c->lengths, .x = c->vectors),
                        NULL, c->states, NULL));
    OK(attn_attention_forward(c->attention, tape, c->batch, TIME, c->states, c->lengths, NULL, c->context));
    OK(attn_dense_forward(c->dense, tape, c->batch, c->context, c->logits));
    double loss = 0.0;
    for (int64_t b = 0; b < c->batch; b++) {
        double total = 0.0;
        for (int64_t k = 0; k < CLASSES; k++)
            total += exp((double)c->logits[b * CLASSES + k]);
        loss += log(total) - (double)c->logits[b * CLASSES + c->labels[b]];
    }
    return loss;
}

/* For the forward that chain_loss made; the loss is the sum over rows again. */
static void chain_backward(chain *c)
{
    attn_tape *tape = c->bench.tape;
    float mean;
    OK(attn_cross_entropy(c->bench.context, c->batch, CLASSES, c->logits, c->labels, NULL, &mean, NULL, NULL,
                          c->dlogits));
    for (int64_t i = 0; i < c->batch * CLASSES; i++)
        c->dlogits[i] *= (float)c->batch;
    OK(attn_dense_backward(c->dense, tape, c->batch, c->dlogits, c->dcontext));
    OK(attn_attention_backward(c->attention, tape, c->batch, TIME, 1, NULL, c->dcontext, c->dstates, NULL));
    OK(attn_gru_backward(c->gru, tape, c->dstates, NULL,
                         GRADIENTS(.batch = c->batch, .time = TIME, .dx = c->dvectors), NULL));
    OK(attn_dropout_backward(c->bench.context, tape, c->batch * TIME * WIDTH, c->dvectors, c->dvectors));
    OK(attn_embedding_backward(c->embedding, tape, c->batch, TIME, c->dvectors));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
}

START_TEST(a_whole_model)
{
    const int64_t batches[] = {1, 3, 13, 29};
    for (int k = 0; k < 4; k++) {
        chain c = chain_open(batches[k], 2);
        char test[64];
        snprintf(test, sizeof test, "chain, batch %d", (int)c.batch);
        chain_loss(&c);
        chain_backward(&c);
        grad_check_params(test, chain_loss, &c, c.bench.params);
        chain_close(&c);
    }
}
END_TEST

/* ---- the rules ----------------------------------------------------------------------------------------- */

START_TEST(gradients_accumulate_until_they_are_cleared)
{
    chain c = chain_open(13, 2);
    attn_params *params = c.bench.params;
    int64_t size = attn_params_size(params);
    float *once = grad_room(size, sizeof *once), *gradients = unit_gradients(params);
    chain_loss(&c);
    chain_backward(&c);
    memcpy(once, gradients, (size_t)size * sizeof *once);
    chain_loss(&c);
    chain_backward(&c);
    for (int64_t i = 0; i < size; i++) /* 1e-6: a sum onto a number rounds otherwise than a sum onto 0 */
        NEAR((double)gradients[i], 2.0 * (double)once[i], 1e-6);
    OK(attn_params_zero_grad(params));
    for (int64_t i = 0; i < size; i++)
        ck_assert(gradients[i] == 0.0f);
    chain_loss(&c);
    chain_backward(&c);
    ck_assert_mem_eq(gradients, once, (size_t)size * sizeof *once);
    free(once);
    chain_close(&c);
}
END_TEST

START_TEST(a_frozen_tensor_gets_no_gradient_and_changes_no_other)
{
    chain c = chain_open(13, 2);
    attn_params *params = c.bench.params;
    int64_t size = attn_params_size(params);
    float *all = grad_room(size, sizeof *all);
    chain_loss(&c);
    chain_backward(&c);
    memcpy(all, unit_gradients(params), (size_t)size * sizeof *all);
    for (int64_t frozen = 0; frozen < attn_params_count(params); frozen++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, frozen, &tensor));
        OK(attn_params_zero_grad(params));
        OK(attn_params_set_trainable(params, tensor.name, 0));
        chain_loss(&c);
        chain_backward(&c);
        for (int64_t i = 0; i < size; i++) {
            int inside = i >= tensor.offset && i < tensor.offset + tensor.size;
            ck_assert_msg(unit_gradients(params)[i] == (inside ? 0.0f : all[i]),
                          "%s frozen: gradient %lld is %g", tensor.name, (long long)i,
                          (double)unit_gradients(params)[i]);
        }
        OK(attn_params_set_trainable(params, tensor.name, 1));
    }
    free(all);
    chain_close(&c);
}
END_TEST

/* dx and dmemory are left out; the tensors' gradients stay what they were, bit for bit. */
START_TEST(gradients_that_are_not_wanted_can_be_left_out)
{
    chain c = chain_open(13, 2);
    attn_params *params = c.bench.params;
    int64_t size = attn_params_size(params);
    float *with = grad_room(size, sizeof *with), *dstates = grad_numbers(c.batch * TIME * c.states_dim, 1.0f);
    for (int wanted = 1; wanted >= 0; wanted--) {
        OK(attn_params_zero_grad(params));
        chain_loss(&c);
        OK(attn_dense_backward(c.dense, c.bench.tape, c.batch, c.logits, wanted ? c.dcontext : NULL));
        OK(attn_attention_backward(c.attention, c.bench.tape, c.batch, TIME, 1, NULL, c.dcontext,
                                   wanted ? c.dstates : NULL, NULL));
        OK(attn_gru_backward(c.gru, c.bench.tape, dstates, NULL,
                             GRADIENTS(.batch = c.batch, .time = TIME, .dx = wanted ? c.dvectors : NULL),
                             NULL));
        if (wanted)
            memcpy(with, unit_gradients(params), (size_t)size * sizeof *with);
    }
    ck_assert_mem_eq(unit_gradients(params), with, (size_t)size * sizeof *with);
    free(with);
    free(dstates);
    chain_close(&c);
}
END_TEST

/* 29 rows are three blocks; the numbers drawn go on from chain to chain, so those of the first are copied. */
START_TEST(threads_change_no_bit)
{
    chain one = chain_open(29, 1), four = chain_open(29, 4);
    int64_t size = attn_params_size(one.bench.params);
    memcpy(attn_params_values(four.bench.params), attn_params_values(one.bench.params),
           (size_t)size * sizeof(float));
    ck_assert(chain_loss(&one) == chain_loss(&four));
    chain_backward(&one);
    chain_backward(&four);
    ck_assert_mem_eq(one.states, four.states, (size_t)(one.batch * TIME * one.states_dim) * sizeof(float));
    ck_assert_mem_eq(attn_params_gradients(one.bench.params), attn_params_gradients(four.bench.params),
                     (size_t)size * sizeof(float));
    chain_close(&one);
    chain_close(&four);
}
END_TEST

/* Twice in one forward, and beyond the lengths not at all: the gradient of a row is the sum over its places.
 */
START_TEST(rows_of_an_embedding_sum_over_their_places)
{
    grad_bench bench = grad_open(2);
    attn_embedding *embedding = NULL;
    OK(attn_embedding_create(bench.params, "embedding", 4, 1, NULL, &embedding));
    const int32_t ids[] = {2, 3, 2, 2, 3, 3, 0, 0, 0}, lengths[] = {3, 2, 0};
    const float dy[] = {1, 10, 100, 1000, 10000, NAN, NAN, NAN, NAN}, expected[] = {0, 0, 1101, 10010};
    float y[9];
    OK(attn_embedding_forward(embedding, bench.tape, 3, 3, ids, lengths, y));
    OK(attn_embedding_backward(embedding, bench.tape, 3, 3, dy));
    ck_assert_mem_eq(attn_params_gradients(bench.params), expected, sizeof expected);
    attn_embedding_destroy(&embedding);
    grad_close(&bench);
}
END_TEST

UNIT_MAIN("grad_chain", a_whole_model, gradients_accumulate_until_they_are_cleared,
          a_frozen_tensor_gets_no_gradient_and_changes_no_other,
          gradients_that_are_not_wanted_can_be_left_out, threads_change_no_bit,
          rows_of_an_embedding_sum_over_their_places)
