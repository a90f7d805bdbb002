/* test_grad_attngru.c - the attention GRU's backward against finite differences of its forward, in all combinations of options;
 * and a scorer and the cell that learn together. */
#include "grad.h"

static const int64_t batches[] = {1, 3, 13, 29};
#define BATCHES ((int32_t)(sizeof batches / sizeof *batches))

#define TIME 6
#define INPUT 3
#define HIDDEN 5

#define WORDS 5

/* Where the weights and what is read come from: numbers, attention's weights, or rows of an embedding with scales. */
enum source { GIVEN, SCORED, IDS, SCALED };

typedef struct setup {
    grad_bench bench;
    attn_attngru *attngru;
    attn_attention *scorer;    /* of SCORED */
    attn_embedding *embedding; /* of IDS and SCALED */
    enum source source;
    int64_t batch, width;
    int32_t *lengths, *ids;
    float *scales, *dscales, *x, *weights, *h0, *y, *hn, *dy, *dhn, *dx, *dmemory, *dweights, *dh0;
} setup;

static double loss(void *argument)
{
    setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 5));
    if (s->scorer)
        OK(attn_attention_forward(s->scorer, s->bench.tape, s->batch, TIME, s->x, s->lengths, s->weights,
                                  NULL));
    OK(attn_attngru_forward(
        s->attngru, s->bench.tape,
        SEQUENCE(.batch = s->batch, .time = TIME, .lengths = s->lengths, .x = s->embedding ? NULL : s->x,
                 .embedding = s->embedding, .ids = s->embedding ? s->ids : NULL,
                 .scales = s->source == SCALED ? s->scales : NULL, .openings = s->weights),
        s->h0, s->y, s->hn));
    return grad_sum(s->batch, TIME, HIDDEN, s->lengths, s->dy, s->y) +
           grad_sum(1, 1, s->batch * HIDDEN, NULL, s->dhn, s->hn);
}

static void check(const char *test, const attn_attngru_options *options, int64_t batch, enum source source)
{
    setup s = {.bench = grad_open(2), .source = source, .batch = batch, .lengths = grad_lengths(batch, TIME)};
    s.width = options->vector_openings ? HIDDEN : 1;
    attn_attention_options scorer_options = ATTN_ATTENTION_OPTIONS_INIT;
    scorer_options.outer_tanh = 1;
    OK(attn_attngru_create(s.bench.params, "cell", INPUT, HIDDEN, options, &s.attngru));
    if (source >= IDS)
        OK(attn_embedding_create(s.bench.params, "words", WORDS, INPUT, NULL, &s.embedding));
    if (source == SCORED)
        OK(attn_attention_create(s.bench.params, "scorer", INPUT, &scorer_options, &s.scorer));
    grad_shake(s.bench.params);
    int64_t tokens = batch * TIME, states = batch * HIDDEN;
    s.x = grad_numbers(tokens * INPUT, 1.5f);
    s.weights = grad_numbers(tokens * s.width, 0.5f);
    for (int64_t i = 0; i < tokens * s.width; i++)
        s.weights[i] += 0.5f;
    s.scales = grad_numbers(tokens, 1.0f);
    s.dscales = grad_room(tokens, sizeof(float));
    s.ids = grad_room(tokens, sizeof(int32_t));
    for (int64_t i = 0; i < tokens; i++) /* beyond the lengths there is no such row */
        s.ids[i] = i % TIME < s.lengths[i / TIME] ? (int32_t)(i * i % WORDS) : -1;
    s.h0 = grad_numbers(states, 0.8f);
    s.dy = grad_numbers(tokens * HIDDEN, 1.0f);
    s.dhn = grad_numbers(states, 1.0f);
    s.y = grad_room(tokens * HIDDEN, sizeof(float));
    s.hn = grad_room(states, sizeof(float));
    s.dx = grad_room(tokens * INPUT, sizeof(float));
    s.dmemory = grad_room(tokens * INPUT, sizeof(float));
    s.dweights = grad_room(tokens * s.width, sizeof(float));
    s.dh0 = grad_room(states, sizeof(float));
    grad_poison(batch, TIME, INPUT, s.lengths, s.x);
    grad_poison(batch, TIME, 1, s.lengths, s.scales);
    grad_poison(batch, TIME, s.width, s.lengths, s.weights);
    grad_poison(batch, TIME, HIDDEN, s.lengths, s.dy);

    loss(&s);
    OK(attn_attngru_backward(s.attngru, s.bench.tape, s.dy, s.dhn,
                             GRADIENTS(.batch = batch, .time = TIME, .dx = source < IDS ? s.dx : NULL,
                                       .dscales = source == SCALED ? s.dscales : NULL,
                                       .dopenings = s.dweights),
                             s.dh0));
    if (source == SCORED)
        OK(attn_attention_backward(s.scorer, s.bench.tape, s.batch, TIME, 1, s.dweights, NULL, s.dmemory,
                                   NULL));
    for (int64_t i = 0; i < tokens * INPUT; i++)
        s.dx[i] += s.dmemory[i];
    if (source < IDS)
        grad_check(test, "x", loss, &s, tokens * INPUT, s.x, s.dx);
    if (source == SCALED)
        grad_check(test, "scales", loss, &s, tokens, s.scales, s.dscales);
    if (source != SCORED)
        grad_check(test, "weights", loss, &s, tokens * s.width, s.weights, s.dweights);
    grad_check(test, "h0", loss, &s, states, s.h0, s.dh0);
    grad_check_params(test, loss, &s, s.bench.params);

    for (float **array = &s.scales; array <= &s.dh0; array++)
        free(*array);
    free(s.lengths);
    free(s.ids);
    attn_embedding_destroy(&s.embedding);
    attn_attention_destroy(&s.scorer);
    attn_attngru_destroy(&s.attngru);
    grad_close(&s.bench);
}

START_TEST(in_every_combination)
{
    for (int32_t k = 0; k < 24 * BATCHES; k++) {
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.reset = k & 1 ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
        options.layer_norm = k >> 1 & 1;
        options.vector_openings = k >> 2 & 1;
        options.form = (k >> 3) % 3;
        options.dropout = k % 5 == 0 ? 0.4f : 0.0f;
        char test[128];
        snprintf(test, sizeof test, "form %d, vector %d, reset %d, norm %d, dropout %g, batch %d",
                 options.form, options.vector_openings, options.reset, options.layer_norm,
                 (double)options.dropout, (int)batches[k / 24]);
        check(test, &options, batches[k / 24], GIVEN);
    }
}
END_TEST

START_TEST(scorer_and_cell_learn_together)
{
    for (int32_t form = 0; form < 3; form++) {
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = form;
        check("scored", &options, 13, SCORED);
    }
}
END_TEST

START_TEST(of_ids_and_of_their_scales)
{
    for (int32_t k = 0; k < 24; k++) {
        attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
        options.form = k % 3;
        options.reset = k / 3 % 2;
        options.layer_norm = k / 6 % 2;
        options.vector_openings = k / 12;
        char test[128];
        snprintf(test, sizeof test, "ids, form %d, vector %d, reset %d, norm %d", options.form,
                 options.vector_openings, options.reset, options.layer_norm);
        check(test, &options, 13, IDS);
        check(test, &options, 13, SCALED);
    }
}
END_TEST

UNIT_MAIN("grad_attngru", in_every_combination, scorer_and_cell_learn_together, of_ids_and_of_their_scales)
