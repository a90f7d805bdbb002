/* test_grad_sampled.c - gradients through two language models with tied weights: a bidirectional GRU reads rows of the embedding by
 * their ids, its forward states predict the words that follow and its backward ones those before, among the rows of the same
 * embedding, at a sample of them. */
#include "grad.h"

#define WORDS 23
#define WIDTH 4
#define TIME 6
#define HIDDEN 5
#define BATCH 9
#define CANDIDATES 9 /* some of the words that are right are among them, and some are not */

typedef struct model {
    grad_bench bench;
    attn_embedding *embedding, *bias;
    attn_gru *gru;
    attn_dense *projections[2]; /* a direction each */
    attn_candidates *candidates;
    int32_t *lengths, ids[BATCH * TIME];
    float states[BATCH * TIME * 2 * HIDDEN], dstates[BATCH * TIME * 2 * HIDDEN];
} model;

static model model_open(int32_t threads)
{
    model m = {.bench = grad_open(threads), .lengths = grad_lengths(BATCH, TIME)};
    attn_params *params = m.bench.params;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = 1;
    options.dropout = 0.2f;
    options.input_dropout = 0.2f;
    attn_candidates_options drawn = ATTN_CANDIDATES_OPTIONS_INIT;
    drawn.count = CANDIDATES;
    int64_t frequencies[WORDS];
    for (int64_t k = 0; k < WORDS; k++)
        frequencies[k] = WORDS - k;
    OK(attn_embedding_create(params, "embedding", WORDS, WIDTH, NULL, &m.embedding));
    OK(attn_embedding_create(params, "bias", WORDS, 1, NULL, &m.bias));
    OK(attn_gru_create(params, "gru", WIDTH, HIDDEN, &options, &m.gru));
    OK(attn_dense_create(params, "forward", HIDDEN, WIDTH, NULL, &m.projections[0]));
    OK(attn_dense_create(params, "backward", HIDDEN, WIDTH, NULL, &m.projections[1]));
    OK(attn_candidates_create(m.bench.context, WORDS, frequencies, &drawn, &m.candidates));
    grad_shake(params);
    for (int64_t i = 0; i < BATCH * TIME; i++)
        m.ids[i] =
            i % TIME < m.lengths[i / TIME] ? (int32_t)(i * 5 % 17) : -1; /* the last words are never read */
    return m;
}

static void model_close(model *m)
{
    free(m->lengths);
    attn_candidates_destroy(&m->candidates);
    attn_dense_destroy(&m->projections[0]);
    attn_dense_destroy(&m->projections[1]);
    attn_gru_destroy(&m->gru);
    attn_embedding_destroy(&m->bias);
    attn_embedding_destroy(&m->embedding);
    grad_close(&m->bench);
}

/* One direction's loss, on top of the states; with `back` it goes back down to them. */
static double direction(model *m, int which, int back)
{
    attn_context *context = m->bench.context;
    attn_tape *tape = back ? m->bench.tape : NULL;
    attn_steps from = ATTN_STEPS_INIT, to = ATTN_STEPS_INIT;
    from.batch = to.batch = BATCH;
    from.time = to.time = TIME;
    from.lengths = to.lengths = m->lengths;
    from.dim = 2 * HIDDEN;
    from.width = HIDDEN;
    from.column = which * HIDDEN;
    from.skip_last = to.skip_first = which == 0;
    from.skip_first = to.skip_last = which == 1;
    static float rows[BATCH * TIME * HIDDEN], drows[BATCH * TIME * HIDDEN], projected[BATCH * TIME * WIDTH],
        dprojected[BATCH * TIME * WIDTH], losses[BATCH * TIME];
    int32_t targets[BATCH * TIME];
    int64_t count, words;
    OK(attn_steps_gather(context, &from, m->states, rows, &count));
    OK(attn_steps_gather_ids(context, &to, m->ids, targets, &words));
    ck_assert_int_eq(count, words);
    OK(attn_dense_forward(m->projections[which], tape, count, rows, projected));
    OK(attn_sampled_cross_entropy(m->embedding, m->bias, m->candidates, 7, count, projected, targets, NULL,
                                  NULL, losses, back ? dprojected : NULL));
    if (back) {
        OK(attn_dense_backward(m->projections[which], tape, count, dprojected, drows));
        OK(attn_steps_scatter(context, &from, drows, m->dstates));
    }
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)losses[i];
    return sum / (double)count;
}

static void forward(model *m)
{
    OK(attn_tape_begin(m->bench.tape, 2));
    OK(attn_gru_forward(m->gru, m->bench.tape,
                        SEQUENCE(.batch = BATCH, .time = TIME, .lengths = m->lengths,
                                 .embedding = m->embedding, .ids = m->ids),
                        NULL, m->states, NULL));
}

static double loss(void *argument)
{
    model *m = argument;
    forward(m);
    return direction(m, 0, 0) + direction(m, 1, 0);
}

START_TEST(two_language_models_with_tied_weights)
{
    for (int32_t threads = 1; threads <= 2; threads++) {
        model m = model_open(threads);
        attn_params *params = m.bench.params;
        OK(attn_params_zero_grad(params));
        forward(&m);
        memset(m.dstates, 0, sizeof m.dstates);
        direction(&m, 0, 1);
        direction(&m, 1, 1);
        OK(attn_gru_backward(m.gru, m.bench.tape, m.dstates, NULL, GRADIENTS(.batch = BATCH, .time = TIME),
                             NULL));
        grad_check_params("language models", loss, &m, params);
        model_close(&m);
    }
}
END_TEST

UNIT_MAIN("grad_sampled", two_language_models_with_tied_weights)
