/* test_grad_queries.c - every score and every weighting of attention against finite differences.
 *
 * Sparsemax has a kink where an item enters the support, and the slope of 1.5-entmax has one: there a difference says nothing.
 * So numbers are drawn until no item is within MARGIN of the threshold. The steps of grad.h move a score by some 0.03 at most,
 * and the threshold with it. */
#include "grad.h"

#define BATCH 5
#define ITEMS 7
#define MEMORY 5
#define MARGIN 0.08
#define MOST_QUERIES 9

static const int32_t lengths[BATCH] = {7, 0, 1, 5, 3};

typedef struct setup {
    grad_bench bench;
    attn_attention *attention, *plain; /* plain: the same in softmax, which tells the scores */
    attn_attention_options options;
    int64_t queries, query_dim;
    const int32_t *query_lengths;
    float *memory, *query, *weights, *attended, *dweights, *dcontext, *dmemory, *dquery;
} setup;

static void forward(const setup *s, const attn_attention *attention, attn_tape *tape, float *weights)
{
    if (s->options.score == ATTN_SCORE_FEEDFORWARD)
        OK(attn_attention_forward(attention, tape, BATCH, ITEMS, s->memory, lengths, weights, s->attended));
    else
        OK(attn_attention_forward_queries(attention, tape, BATCH, ITEMS, s->queries, s->memory, lengths,
                                          s->query, s->query_lengths, weights, s->attended));
}

/* The items that take part in row b. */
static int64_t attended(const setup *s, int64_t b)
{
    return s->options.padding == ATTN_PADDING_KEPT ? ITEMS : lengths[b];
}

static double loss(void *argument)
{
    setup *s = argument;
    OK(attn_tape_begin(s->bench.tape, 0));
    forward(s, s->attention, s->bench.tape, s->weights);
    double sum = grad_sum(BATCH, s->queries, MEMORY, s->query_lengths, s->dcontext, s->attended);
    for (int64_t b = 0; b < BATCH; b++) {
        for (int64_t i = b * s->queries; i < b * s->queries + s->query_lengths[b]; i++)
            sum += grad_sum(1, 1, attended(s, b), NULL, s->dweights + i * ITEMS, s->weights + i * ITEMS);
    }
    return sum;
}

/* How far the nearest item is from the threshold of one query, from its weights and those of softmax, e^score but for a factor. */
static double margin(const setup *s, int64_t count, const float *weights, const float *softmax)
{
    double half = s->options.weighting == ATTN_WEIGHTING_ENTMAX15 ? 0.5 : 1.0, threshold = 0.0, least = 1e9;
    for (int64_t j = 0; j < count; j++) {
        double over = half == 0.5 ? sqrt((double)weights[j]) : (double)weights[j];
        if (over > 0.0)
            threshold = half * log((double)softmax[j]) - over;
    }
    for (int64_t j = 0; count > 1 && j < count; j++)
        least = fmin(least, fabs(half * log((double)softmax[j]) - threshold));
    return least;
}

/* Draw memory and query, until all queries keep the margin. */
static void draw(setup *s)
{
    float softmax[BATCH * MOST_QUERIES * ITEMS];
    for (int tries = 0; tries < 20000; tries++) {
        for (int64_t i = 0; i < BATCH * ITEMS * MEMORY; i++)
            s->memory[i] = grad_random(1.2f);
        for (int64_t i = 0; i < BATCH * s->queries * s->query_dim; i++)
            s->query[i] = grad_random(1.2f);
        double least = 1.0;
        if (s->options.weighting != ATTN_WEIGHTING_SOFTMAX) {
            forward(s, s->attention, NULL, s->weights);
            forward(s, s->plain, NULL, softmax);
        }
        for (int64_t i = 0; s->options.weighting != ATTN_WEIGHTING_SOFTMAX && i < BATCH * s->queries; i++) {
            int64_t b = i / s->queries;
            if (i % s->queries < s->query_lengths[b])
                least = fmin(least, margin(s, attended(s, b), s->weights + i * ITEMS, softmax + i * ITEMS));
        }
        if (least >= MARGIN)
            return;
    }
    ck_abort_msg("no numbers keep the margin");
}

static void check(const char *test, const attn_attention_options *options, int64_t queries,
                  const int32_t *query_lengths)
{
    setup s = {
        .bench = grad_open(2), .options = *options, .queries = queries, .query_lengths = query_lengths};
    s.query_dim = options->query_dim ? options->query_dim : MEMORY;
    OK(attn_attention_create(s.bench.params, "attention", MEMORY, options, &s.attention));
    grad_shake(s.bench.params);
    attn_params *copies = NULL;
    attn_attention_options plain = *options;
    plain.weighting = ATTN_WEIGHTING_SOFTMAX;
    OK(attn_params_create(s.bench.context, UNIT_SEED(1), &copies));
    OK(attn_attention_create(copies, "attention", MEMORY, &plain, &s.plain));
    if (attn_params_size(copies) > 0)
        memcpy(attn_params_values(copies), attn_params_values(s.bench.params),
               (size_t)attn_params_size(copies) * sizeof(float));
    s.memory = grad_numbers(BATCH * ITEMS * MEMORY, 1.0f);
    s.query = grad_numbers(BATCH * queries * s.query_dim, 1.0f);
    s.dweights = grad_numbers(BATCH * queries * ITEMS, 1.0f);
    s.dcontext = grad_numbers(BATCH * queries * MEMORY, 1.0f);
    s.weights = grad_room(BATCH * queries * ITEMS, sizeof(float));
    s.attended = grad_room(BATCH * queries * MEMORY, sizeof(float));
    s.dmemory = grad_room(BATCH * ITEMS * MEMORY, sizeof(float));
    s.dquery = grad_room(BATCH * queries * s.query_dim, sizeof(float));
    draw(&s);
    grad_poison(BATCH, ITEMS, MEMORY, lengths, s.memory);
    grad_poison(BATCH, queries, s.query_dim, query_lengths, s.query);
    grad_poison(BATCH, queries, MEMORY, query_lengths, s.dcontext);
    grad_poison(BATCH, queries, ITEMS, query_lengths, s.dweights);

    int32_t asks = options->score != ATTN_SCORE_FEEDFORWARD;
    loss(&s);
    OK(attn_attention_backward(s.attention, s.bench.tape, BATCH, ITEMS, asks ? s.queries : 1, s.dweights,
                               s.dcontext, s.dmemory, asks ? s.dquery : NULL));
    grad_check(test, "memory", loss, &s, BATCH * ITEMS * MEMORY, s.memory, s.dmemory);
    if (asks)
        grad_check(test, "query", loss, &s, BATCH * queries * s.query_dim, s.query, s.dquery);
    grad_check_params(test, loss, &s, s.bench.params);

    for (float **array = &s.memory; array <= &s.dquery; array++)
        free(*array);
    attn_attention_destroy(&s.plain);
    attn_attention_destroy(&s.attention);
    attn_params_destroy(&copies);
    grad_close(&s.bench);
}

static void check_score(int32_t score, int32_t weighting)
{
    static const int32_t one[BATCH] = {1, 1, 1, 1, 1}, few[BATCH] = {3, 2, 4, 4, 0},
                         many[BATCH] = {9, 2, 4, 8, 0};
    for (int32_t k = 0; k < 4; k++) {
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.score = score;
        options.weighting = weighting;
        options.outer_tanh = k & 1;
        options.temperature = k & 2 ? 0.6f : 0.0f;
        if (score == ATTN_SCORE_ADDITIVE || score == ATTN_SCORE_FEEDFORWARD)
            options.attention_dim = k & 1 ? 9 : 0;
        if (score == ATTN_SCORE_ADDITIVE || score == ATTN_SCORE_CONCAT || score == ATTN_SCORE_BILINEAR)
            options.query_dim = k & 1 ? 3 : 0;
        char test[128];
        snprintf(test, sizeof test, "score %d, weighting %d, variant %d", score, weighting, k);
        if (score == ATTN_SCORE_FEEDFORWARD) {
            check(test, &options, 1, one);
            options.padding = ATTN_PADDING_KEPT;
            check(test, &options, 1, one);
            continue;
        }
        check(test, &options, 4, few);
        if (weighting == ATTN_WEIGHTING_SOFTMAX)
            check(test, &options, MOST_QUERIES, many);
    }
}

START_TEST(softmax_of_every_score)
{
    for (int32_t score = ATTN_SCORE_FEEDFORWARD; score <= ATTN_SCORE_BILINEAR; score++)
        check_score(score, ATTN_WEIGHTING_SOFTMAX);
}
END_TEST

START_TEST(sparsemax_of_every_score)
{
    for (int32_t score = ATTN_SCORE_FEEDFORWARD; score <= ATTN_SCORE_BILINEAR; score++)
        check_score(score, ATTN_WEIGHTING_SPARSEMAX);
}
END_TEST

START_TEST(entmax_of_every_score)
{
    for (int32_t score = ATTN_SCORE_FEEDFORWARD; score <= ATTN_SCORE_BILINEAR; score++)
        check_score(score, ATTN_WEIGHTING_ENTMAX15);
}
END_TEST

UNIT_MAIN("grad queries", softmax_of_every_score, sparsemax_of_every_score, entmax_of_every_score)
