/* test_search.c - greedy, sampled and beam search over a Markov chain whose best sequence is known by enumeration. */
#include "unit.h"
#include "unit_memory.h"

enum { A, B, C, END, CLASSES, LONGEST = 4, MOST = 512 };

/* p[token before][token]; END stands for the begin too. A is the likeliest beginning, but nothing likely follows it. */
static const double chain_p[CLASSES][CLASSES] = {
    [END] = {0.5, 0.3, 0.15, 0.05},
    [A] = {0.3, 0.3, 0.2, 0.2},
    [B] = {0.05, 0.05, 0.85, 0.05},
    [C] = {0.05, 0.1, 0.05, 0.8},
};

/* A decoder that carries its whole history as its state, and checks what it is given. */
typedef struct chain {
    int64_t batch, calls, last_count, fail_at;
    float fault;           /* in place of a logit of row 1 at the first call, unless 0 */
    int32_t lengths[MOST]; /* each hypothesis's state: what it took so far */
    int32_t history[MOST][LONGEST + 2];
    int32_t rows[MOST];
} chain;

static attn_status chain_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                              const int32_t *tokens, float *logits)
{
    static chain before;
    chain *of = user;
    before = *of;
    ck_assert_int_le(count, MOST);
    if (of->calls == of->fail_at) {
        attn_params *none = NULL;
        return attn_params_create(NULL, NULL, &none);
    }
    for (int64_t i = 0; i < count; i++) {
        ck_assert(i == 0 || rows[i] >= rows[i - 1]);
        of->rows[i] = rows[i];
        if (of->calls == 0) {
            ck_assert_int_eq(rows[i], i);
            ck_assert_int_eq(parents[i], i);
            ck_assert_int_eq(tokens[i], END);
            of->lengths[i] = 0;
        } else {
            ck_assert(parents[i] >= 0 && parents[i] < of->last_count);
            ck_assert_int_eq(before.rows[parents[i]], rows[i]);
            ck_assert_int_ne(tokens[i], END);
            memcpy(of->history[i], before.history[parents[i]], sizeof of->history[i]);
            of->lengths[i] = before.lengths[parents[i]] + 1;
            of->history[i][of->lengths[i] - 1] = tokens[i];
            ck_assert_int_eq(of->lengths[i], of->calls);
        }
        for (int k = 0; k < CLASSES; k++)
            logits[i * CLASSES + k] =
                (float)(log(chain_p[tokens[i]][k]) + 3.0 * rows[i]); /* a shift changes nothing */
        if (of->fault != 0.0f && rows[i] == 1 && of->calls == 0)
            logits[i * CLASSES + C] = of->fault;
    }
    of->last_count = count;
    of->calls++;
    return ATTN_OK;
}

static chain chain_new(int64_t batch)
{
    return (chain){.batch = batch, .fail_at = -1};
}

static double log_p(int64_t length, const int32_t *tokens, int ends)
{
    double sum = 0.0;
    int32_t before = END;
    for (int64_t t = 0; t < length; before = tokens[t++])
        sum += log(chain_p[before][tokens[t]]);
    return ends ? sum + log(chain_p[before][END]) : sum;
}

/* The best of all sequences of at most LONGEST tokens. */
static double enumerate(double penalty, int32_t *tokens, int32_t *length)
{
    double most = -INFINITY;
    for (int32_t n = 0, sequences = 1; n <= LONGEST; n++, sequences *= 3) {
        for (int32_t code = 0; code < sequences; code++) {
            int32_t trial[LONGEST];
            for (int32_t t = 0, rest = code; t < n; t++, rest /= 3)
                trial[t] = rest % 3;
            double score = log_p(n, trial, 1) / pow(n + 1, penalty);
            if (score > most) {
                most = score;
                *length = n;
                memcpy(tokens, trial, sizeof trial);
            }
        }
    }
    return most;
}

static attn_search_options options_of(int32_t method)
{
    attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    options.method = method;
    options.begin_id = options.end_id = END;
    return options;
}

START_TEST(greedy_takes_the_likeliest_token_and_cuts)
{
    attn_context *context = unit_context(2);
    attn_search_options options = options_of(ATTN_SEARCH_GREEDY);
    int32_t tokens[3 * LONGEST], lengths[3];
    float scores[3];
    chain decoder = chain_new(3);
    OK(attn_search(context, 3, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths, scores));
    ck_assert_int_eq(decoder.calls, LONGEST + 1);
    for (int b = 0; b < 3; b++) {
        ck_assert_int_eq(lengths[b], LONGEST); /* A A A A: of equal logits the lower token */
        for (int t = 0; t < LONGEST; t++)
            ck_assert_int_eq(tokens[b * LONGEST + t], A);
        NEAR((double)scores[b], log_p(LONGEST, tokens, 0), 1e-6); /* float32 logits */
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_beam_of_all_finds_the_best_sequence)
{
    attn_context *context = unit_context(2);
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    for (int i = 0; i < 4; i++) {
        int32_t best[LONGEST], length = 0, tokens[2 * LONGEST], lengths[2];
        float scores[2];
        chain decoder = chain_new(2);
        options.beam = 256;
        options.length_penalty = (float[]){0.0f, 0.5f, 1.0f, 3.0f}[i];
        double most = enumerate((double)options.length_penalty, best, &length);
        OK(attn_search(context, 2, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths,
                       scores));
        for (int b = 0; b < 2; b++) {
            ck_assert_int_eq(lengths[b], length);
            ck_assert_int_eq(memcmp(tokens + b * LONGEST, best, (size_t)length * sizeof *best), 0);
            for (int t = length; t < LONGEST; t++)
                ck_assert_int_eq(tokens[b * LONGEST + t], END);
            NEAR((double)scores[b], most * pow(length + 1, (double)options.length_penalty), 1e-6);
        }
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_small_beam_finds_what_greedy_misses)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    int32_t tokens[LONGEST], length;
    float score;
    for (int32_t beam = 1; beam <= 3; beam++) {
        chain decoder = chain_new(1);
        options.beam = beam;
        OK(attn_search(context, 1, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, &length,
                       &score));
        ck_assert_int_le(decoder.last_count, beam);
        ck_assert_int_eq(length,
                         beam == 1 ? LONGEST : 2); /* a beam of 1 is greedy; B C end is the best of all */
        ck_assert_int_eq(tokens[0], beam == 1 ? A : B);
        if (beam > 1)
            NEAR((double)score, log(0.3 * 0.85 * 0.8), 1e-6);
    }
    /* It left as soon as nothing could beat it: the call after B C found the end. */
    chain decoder = chain_new(1);
    options.beam = 0; /* 4 */
    OK(attn_search(context, 1, CLASSES, 100, chain_step, &decoder, &options, (int32_t[100]){0}, &length,
                   NULL));
    ck_assert_int_eq(decoder.calls, 3);
    attn_context_destroy(&context);
}
END_TEST

/* A, B, C, end, each surely; an end too early comes before all other mistakes. */
static attn_status sure_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                             const int32_t *tokens, float *logits)
{
    static const double p[CLASSES][CLASSES] = {
        [END] = {0.97, 0.006, 0.004, 0.02},
        [A] = {0.006, 0.97, 0.004, 0.02},
        [B] = {0.006, 0.004, 0.97, 0.02},
        [C] = {0.006, 0.002, 0.002, 0.99},
    };
    (void)user, (void)rows, (void)parents;
    for (int64_t i = 0; i < count * CLASSES; i++)
        logits[i] = (float)log(p[tokens[i / CLASSES]][i % CLASSES]);
    return ATTN_OK;
}

START_TEST(unlikely_ends_do_not_crowd_out_a_likely_sequence)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    for (int i = 0; i < 12; i++) {
        int32_t tokens[LONGEST], length;
        options.beam = 1 + i % 6;
        options.length_penalty = i < 6 ? 0.0f : 1.0f;
        OK(attn_search(context, 1, CLASSES, LONGEST, sure_step, NULL, &options, tokens, &length, NULL));
        ck_assert_int_eq(length, 3);
        ck_assert_int_eq(memcmp(tokens, (int32_t[]){A, B, C}, 3 * sizeof *tokens), 0);
    }
    attn_context_destroy(&context);
}
END_TEST

/* It ends at once with .7; what begins with A ends surely, after five of them. */
static attn_status patient_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                                const int32_t *tokens, float *logits)
{
    int64_t *calls = user;
    (void)rows, (void)parents, (void)tokens;
    for (int64_t i = 0; i < count; i++, logits += CLASSES) {
        logits[A] = *calls == 0 ? logf(0.3f) : *calls < 5 ? 0.0f : -INFINITY;
        logits[END] = *calls == 0 ? logf(0.7f) : *calls < 5 ? -INFINITY : 0.0f;
        logits[B] = logits[C] = -INFINITY;
    }
    ++*calls;
    return ATTN_OK;
}

START_TEST(a_row_leaves_once_as_many_as_the_beam_have_ended)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    options.length_penalty = 1.0f; /* log .3 / 2 < log .7 < log .3 / 6 */
    for (options.beam = 1; options.beam <= 2; options.beam++) {
        int64_t calls = 0;
        int32_t tokens[10], length;
        OK(attn_search(context, 1, CLASSES, 10, patient_step, &calls, &options, tokens, &length, NULL));
        ck_assert_int_eq(length, options.beam == 1 ? 0 : 5);
        ck_assert_int_eq(calls, length + 1);
    }
    attn_context_destroy(&context);
}
END_TEST

/* The rows' decoders differ: row b may not end before b tokens. */
static attn_status late_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                             const int32_t *tokens, float *logits)
{
    chain *of = user;
    ck_assert_int_eq(rows[0], of->calls); /* the row that may end now is the first that is left */
    OK(chain_step(of, count, rows, parents, tokens, logits));
    for (int64_t i = 0; i < count; i++) {
        for (int k = 0; k < CLASSES; k++)
            logits[i * CLASSES + k] = (k == END) == (of->lengths[i] == rows[i]) ? 0.0f : -INFINITY;
    }
    return ATTN_OK;
}

START_TEST(rows_that_ended_leave_and_infinity_rules_out)
{
    attn_context *context = unit_context(2);
    for (int32_t method = ATTN_SEARCH_GREEDY; method <= ATTN_SEARCH_BEAM; method++) {
        attn_search_options options = options_of(method);
        int32_t tokens[4 * LONGEST], lengths[4];
        float scores[4];
        chain decoder = chain_new(4);
        OK(attn_search(context, 4, CLASSES, LONGEST, late_step, &decoder, &options, tokens, lengths, scores));
        ck_assert_int_eq(decoder.calls, 4);
        for (int b = 0; b < 4; b++) {
            ck_assert_int_eq(lengths[b], b);
            NEAR((double)scores[b], -b * log(3.0), 1e-6);
        }
    }
    attn_context_destroy(&context);
}
END_TEST

/* How often row b's first token is k, over many rows. */
enum { DRAWS = 512, ROUNDS = 10 };

static void count_first(attn_context *context, attn_search_options options, int64_t *counts)
{
    static int32_t tokens[DRAWS * LONGEST], lengths[DRAWS];
    static chain decoder;
    memset(counts, 0, CLASSES * sizeof *counts);
    for (options.seed = 1; options.seed <= ROUNDS; options.seed++) {
        decoder = chain_new(DRAWS);
        OK(attn_search(context, DRAWS, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths,
                       NULL));
        for (int b = 0; b < DRAWS; b++)
            counts[lengths[b] ? tokens[b * LONGEST] : END]++;
    }
}

/* Within 4 standard deviations of a binomial: 1 in 16,000 by chance, and the seeds are fixed. */
static void assert_frequencies(const int64_t *counts, const double *p)
{
    const double n = DRAWS * ROUNDS;
    for (int k = 0; k < CLASSES; k++)
        ck_assert_msg(fabs((double)counts[k] - n * p[k]) <= 4.0 * sqrt(n * p[k] * (1.0 - p[k])),
                      "token %d: %lld of %g; expected %g", k, (long long)counts[k], n, n * p[k]);
}

START_TEST(samples_come_as_often_as_they_should)
{
    attn_context *context = unit_context(2);
    attn_search_options options = options_of(ATTN_SEARCH_SAMPLE);
    int64_t counts[CLASSES];
    count_first(context, options, counts);
    assert_frequencies(counts, chain_p[END]);

    options.temperature = 0.5f; /* p^2 */
    count_first(context, options, counts);
    const double sum = 0.25 + 0.09 + 0.0225 + 0.0025;
    assert_frequencies(counts, (double[]){0.25 / sum, 0.09 / sum, 0.0225 / sum, 0.0025 / sum});

    options.temperature = 0.0f; /* 1 */
    options.top_k = 2;
    count_first(context, options, counts);
    assert_frequencies(counts, (double[]){0.625, 0.375, 0.0, 0.0});
    attn_context_destroy(&context);
}
END_TEST

/* Logits that are nearly alike, in another order for each row. */
enum { MANY = 97, TOP = 40 };

static float many_logit(int32_t row, int32_t k)
{
    uint32_t mixed = ((uint32_t)row * MANY + (uint32_t)k + 1) * 2654435761u;
    mixed = (mixed ^ mixed >> 15) * 2246822519u;
    return (float)(mixed >> 8) * 0x1p-24f;
}

static attn_status many_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                             const int32_t *tokens, float *logits)
{
    (void)user, (void)parents, (void)tokens;
    for (int64_t i = 0; i < count; i++)
        for (int32_t k = 0; k < MANY; k++)
            logits[i * MANY + k] = many_logit(rows[i], k);
    return ATTN_OK;
}

START_TEST(a_sample_is_one_of_the_likeliest_in_whatever_order_they_stand)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_SAMPLE);
    options.begin_id = options.end_id = MANY - 1;
    options.top_k = TOP;
    static int32_t tokens[DRAWS], lengths[DRAWS];
    OK(attn_search(context, DRAWS, MANY, 1, many_step, NULL, &options, tokens, lengths, NULL));
    for (int32_t b = 0; b < DRAWS; b++) {
        const int32_t token = lengths[b] ? tokens[b] : MANY - 1;
        int better = 0;
        for (int32_t k = 0; k < MANY; k++)
            better += many_logit(b, k) > many_logit(b, token);
        ck_assert_msg(better < TOP, "row %d: %d tokens are likelier than %d", b, better, token);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_sample_is_a_function_of_seed_row_and_place)
{
    attn_search_options options = options_of(ATTN_SEARCH_SAMPLE);
    int32_t tokens[3][64 * LONGEST], lengths[3][64];
    float scores[3][64];
    for (int i = 0; i < 3; i++) {
        attn_context *context = unit_context(i + 1);
        int64_t batch = i == 1 ? 20 : 64; /* other rows beside it change nothing */
        chain decoder = chain_new(batch);
        options.seed = 5;
        OK(attn_search(context, batch, CLASSES, LONGEST, chain_step, &decoder, &options, tokens[i],
                       lengths[i], scores[i]));
        for (int64_t b = 0; b < batch; b++) {
            const int32_t *sequence = tokens[i] + b * LONGEST;
            ck_assert_int_eq(lengths[i][b], lengths[0][b]);
            ck_assert_int_eq(memcmp(sequence, tokens[0] + b * LONGEST, LONGEST * sizeof *sequence), 0);
            double ended = log_p(lengths[i][b], sequence, 1), cut = log_p(lengths[i][b], sequence, 0);
            double score = (double)scores[i][b];
            ck_assert(fabs(score - ended) < 1e-5 || (lengths[i][b] == LONGEST && fabs(score - cut) < 1e-5));
        }
        attn_context_destroy(&context);
    }
    attn_context *context = unit_context(1);
    chain decoder = chain_new(64);
    options.seed = 6;
    OK(attn_search(context, 64, CLASSES, LONGEST, chain_step, &decoder, &options, tokens[1], lengths[1],
                   NULL));
    ck_assert_int_ne(memcmp(tokens[0], tokens[1], sizeof *tokens), 0);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(what_the_callback_returns_comes_back)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    int32_t tokens[2 * LONGEST], lengths[2];
    for (int64_t call = 0; call < 3; call++) {
        chain decoder = chain_new(2);
        decoder.fail_at = call;
        FAILS(
            ATTN_ERR_ARGUMENT, "attn_params_create: ",
            attn_search(context, 2, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths, NULL));
        ck_assert_int_eq(decoder.calls, call);
    }
    attn_context_destroy(&context);
}
END_TEST

static attn_status nothing_step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                                const int32_t *tokens, float *logits)
{
    (void)user, (void)rows, (void)parents, (void)tokens;
    for (int64_t i = 0; i < count * CLASSES; i++)
        logits[i] = -INFINITY;
    return ATTN_OK;
}

START_TEST(logits_that_are_no_numbers_are_refused)
{
    attn_context *context = unit_context(2);
    int32_t tokens[2 * LONGEST], lengths[2];
    for (int32_t method = ATTN_SEARCH_GREEDY; method <= ATTN_SEARCH_BEAM; method++) {
        attn_search_options options = options_of(method);
        for (int i = 0; i < 2; i++) {
            chain decoder = chain_new(2);
            decoder.fault = i ? NAN : INFINITY;
            FAILS(ATTN_ERR_ARGUMENT,
                  i ? "nan for token 2 after place 0 of row 1" : "inf for token 2 after place 0 of row 1",
                  attn_search(context, 2, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths,
                              NULL));
        }
        FAILS(ATTN_ERR_ARGUMENT, "ruled out every token after place 0 of row 0",
              attn_search(context, 2, CLASSES, LONGEST, nothing_step, NULL, &options, tokens, lengths, NULL));
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    attn_search_options options = options_of(ATTN_SEARCH_GREEDY);
    int32_t tokens[LONGEST], lengths[1];
    chain decoder = chain_new(1);
#define SEARCH(batch, classes, longest)                                                                      \
    attn_search(context, batch, classes, longest, chain_step, &decoder, &options, tokens, lengths, NULL)
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL",
          attn_search(NULL, 1, CLASSES, 1, chain_step, NULL, &options, tokens, lengths, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "options is NULL",
          attn_search(context, 1, CLASSES, 1, chain_step, NULL, NULL, tokens, lengths, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "step is NULL",
          attn_search(context, 1, CLASSES, 1, NULL, NULL, &options, tokens, lengths, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "tokens or lengths is NULL",
          attn_search(context, 1, CLASSES, 1, chain_step, NULL, &options, NULL, lengths, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_search: batch is -1", SEARCH(-1, CLASSES, 1));
    FAILS(ATTN_ERR_ARGUMENT, "classes is 0", SEARCH(1, 0, 1));
    FAILS(ATTN_ERR_ARGUMENT, "max_length is 0", SEARCH(1, CLASSES, 0));
    FAILS(ATTN_ERR_ARGUMENT, "at most 2^30 logits", SEARCH(1 << 20, 1 << 20, 1));
    const struct {
        const char *part;
        attn_search_options options;
    } wrong[] = {
        {"struct_size is 0", {0}},
        {"method is 3", {sizeof options, 3, 0, 0, 0, 0, 0.0f, 0.0f, 0, 0}},
        {"begin_id is 4; expected 0 to 3", {sizeof options, 0, 4, 0, 0, 0, 0.0f, 0.0f, 0, 0}},
        {"end_id is -1", {sizeof options, 0, 0, -1, 0, 0, 0.0f, 0.0f, 0, 0}},
        {"beam is 257", {sizeof options, 2, 0, 0, 257, 0, 0.0f, 0.0f, 0, 0}},
        {"top_k is -1", {sizeof options, 1, 0, 0, 0, -1, 0.0f, 0.0f, 0, 0}},
        {"temperature is nan", {sizeof options, 1, 0, 0, 0, 0, NAN, 0.0f, 0, 0}},
        {"temperature is -1", {sizeof options, 1, 0, 0, 0, 0, -1.0f, 0.0f, 0, 0}},
        {"length_penalty is inf", {sizeof options, 2, 0, 0, 0, 0, 0.0f, INFINITY, 0, 0}},
        {"reserved is 1", {sizeof options, 2, 0, 0, 0, 0, 0.0f, 0.0f, 1, 0}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options = wrong[i].options;
        FAILS(ATTN_ERR_ARGUMENT, wrong[i].part, SEARCH(1, CLASSES, LONGEST));
    }
    ck_assert_int_eq(decoder.calls, 0);
    options = options_of(ATTN_SEARCH_GREEDY);
    OK(attn_search(context, 0, CLASSES, 1, chain_step, &decoder, &options, NULL, NULL, NULL));
    ck_assert_int_eq(decoder.calls, 0);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    attn_search_options options = options_of(ATTN_SEARCH_BEAM);
    options.beam = 200;
    unit_memory memory = {.left = UNIT_ENOUGH};
    long long left = 0;
    for (attn_status status = ATTN_ERR_MEMORY; status != ATTN_OK; left++) {
        ck_assert_int_lt(left, 100);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        attn_context *context = unit_memory_context(&memory, 2);
        unit_memory_reset(&memory, left);
        int32_t tokens[2 * LONGEST], lengths[2];
        chain decoder = chain_new(2);
        status =
            attn_search(context, 2, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths, NULL);
        if (status == ATTN_OK) { /* what it took is kept for the next time */
            unit_memory_reset(&memory, 0);
            decoder = chain_new(2);
            OK(attn_search(context, 2, CLASSES, LONGEST, chain_step, &decoder, &options, tokens, lengths,
                           NULL));
        } else {
            ck_assert_int_eq(status, ATTN_ERR_MEMORY);
            ck_assert_ptr_nonnull(strstr(attn_last_error(), "attn_search: no memory for"));
        }
        attn_context_destroy(&context);
        ck_assert_int_eq(atomic_load(&memory.blocks), 0);
    }
    ck_assert_int_gt(left, 2);
}
END_TEST

UNIT_MAIN("search", greedy_takes_the_likeliest_token_and_cuts, a_beam_of_all_finds_the_best_sequence,
          a_small_beam_finds_what_greedy_misses, unlikely_ends_do_not_crowd_out_a_likely_sequence,
          a_row_leaves_once_as_many_as_the_beam_have_ended, rows_that_ended_leave_and_infinity_rules_out,
          samples_come_as_often_as_they_should, a_sample_is_one_of_the_likeliest_in_whatever_order_they_stand,
          a_sample_is_a_function_of_seed_row_and_place, what_the_callback_returns_comes_back,
          logits_that_are_no_numbers_are_refused, wrong_arguments_are_refused, every_allocation_may_fail)
