/* test_overfit.c - the whole classifier learns: 32 made-up texts to 100 % in under 200 steps; and where only the word itself
 * can tell, the attention ends on the one word that decides. */
#include "unit.h"
#include "unit_network.h"

enum { ROWS = 32, TIME = 12, WORDS = 30, GOOD = 2, BAD = 3, FILLER = 4 };

/* Words that say nothing, and GOOD or BAD at one place, which is the label. */
static void make_texts(uint64_t seed, int32_t *ids, int32_t *lengths, int32_t *labels, int32_t *places)
{
    for (int b = 0; b < ROWS; b++) {
        lengths[b] = 4 + (int32_t)(unit_random(&seed) % (TIME - 3));
        labels[b] = b % 2;
        places[b] = (int32_t)(unit_random(&seed) % (uint32_t)lengths[b]);
        for (int t = 0; t < TIME; t++)
            ids[b * TIME + t] = FILLER + (int32_t)(unit_random(&seed) % (WORDS - FILLER));
        ids[b * TIME + places[b]] = labels[b] ? GOOD : BAD;
    }
}

static int right_answers(const unit_batch *batch)
{
    int right = 0;
    for (int b = 0; b < ROWS; b++)
        right += batch->logits[2 * b + batch->labels[b]] > batch->logits[2 * b + 1 - batch->labels[b]];
    return right;
}

static void learn(const attn_gru_options *gru)
{
    int32_t ids[ROWS * TIME], lengths[ROWS], labels[ROWS], places[ROWS];
    make_texts(1, ids, lengths, labels, places);
    attn_context *context = unit_context(2);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = 0.01f;
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, WORDS, 16, 16, gru, &options, &network));
    unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
    int step = 0, right = 0;
    float first = 0.0f, loss = 0.0f;
    for (; step < 200 && (right < ROWS || loss > 0.02f); step++) {
        OK(unit_network_train(&network, step, &batch, &loss));
        first = step == 0 ? loss : first;
        OK(unit_network_forward(&network, NULL, &batch, &loss));
        right = right_answers(&batch);
    }
    ck_assert_msg(right == ROWS && step < 200, "%d of %d right after %d steps, loss %g", right, ROWS, step,
                  (double)loss);
    NEAR((double)first, log(2.0), 0.2); /* it began by knowing nothing */
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}

START_TEST(a_gru_with_attention_learns_32_texts)
{
    learn(NULL);
}
END_TEST

START_TEST(so_do_its_other_forms)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = 1;
    learn(&options);
    options = (attn_gru_options)ATTN_GRU_OPTIONS_INIT;
    options.layer_norm = 1;
    options.reset = ATTN_GRU_RESET_BEFORE;
    learn(&options);
}
END_TEST

/* An encoder without memory: U = 0 and z = sigmoid(-8), so that each state tells of its own word alone. */
static void forget_the_past(attn_params *params)
{
    attn_tensor u = ATTN_TENSOR_INIT, bias = ATTN_TENSOR_INIT;
    OK(attn_params_find(params, "encoder.weight_hh_l0", &u));
    OK(attn_params_find(params, "encoder.bias_ih_l0", &bias));
    memset(u.values, 0, (size_t)u.size * sizeof(float));
    for (int64_t j = bias.size / 3; j < 2 * bias.size / 3; j++)
        bias.values[j] = -8.0f;
    OK(attn_params_set_trainable(params, u.name, 0));
    OK(attn_params_set_trainable(params, bias.name, 0));
}

START_TEST(the_attention_finds_the_word_that_decides)
{
    int32_t ids[ROWS * TIME], lengths[ROWS], labels[ROWS], places[ROWS];
    attn_context *context = unit_context(2);
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = 0.01f;
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, WORDS, 16, 16, NULL, &options, &network));
    forget_the_past(network.params);
    unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
    for (int step = 0; step < 200; step++) { /* new texts at each step: there is nothing to learn by heart */
        make_texts((uint64_t)step, ids, lengths, labels, places);
        OK(unit_network_train(&network, step, &batch, NULL));
    }
    make_texts(1000, ids, lengths, labels, places);
    OK(unit_network_forward(&network, NULL, &batch, NULL));
    ck_assert_int_eq(right_answers(&batch), ROWS);
    for (int b = 0; b < ROWS; b++) {
        const float *weights = batch.weights + b * TIME;
        for (int t = 0; t < lengths[b]; t++)
            ck_assert_msg(t == places[b] || weights[t] < weights[places[b]],
                          "text %d: the weight of word %d is %g, that of "
                          "the deciding one %g",
                          b, t, (double)weights[t], (double)weights[places[b]]);
    }
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("overfit", a_gru_with_attention_learns_32_texts, so_do_its_other_forms,
          the_attention_finds_the_word_that_decides)
