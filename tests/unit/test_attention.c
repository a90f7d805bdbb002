/* test_attention.c - attention with queries, what must hold besides the right numbers (tests/golden and tests/grad have those):
 * rows with nothing in them, padding, threads, sizes, the prepared memory. */
#include "unit.h"
#include "unit_data.h"

/* One layer, one batch, and all that forward and backward give. */
typedef struct trial {
    int32_t score, weighting, threads;
    int64_t batch, items, queries, memory_dim, query_dim, attention_dim;
    const int32_t *lengths, *query_lengths; /* NULL: full */
    float padding;                          /* what stands beyond them */
    const char *frozen;                     /* a tensor, or NULL */

    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_attention *attention;
    float *memory, *query, *dweights, *dcontext;
    float *weights, *attended, *dmemory, *dquery, *gradients;
    int64_t items_size, memory_size, query_size, attended_size, size;
} trial;

static int64_t length(const int32_t *lengths, int64_t b, int64_t full)
{
    return lengths ? lengths[b] : full;
}

static void pad(float *array, int64_t batch, int64_t time, int64_t width, const int32_t *lengths,
                float padding)
{
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = length(lengths, b, time) * width; i < time * width; i++)
            array[b * time * width + i] = padding;
    }
}

static void open_trial(trial *t)
{
    t->context = unit_context(t->threads ? t->threads : 2);
    OK(attn_params_create(t->context, UNIT_SEED(7), &t->params));
    OK(attn_tape_create(t->context, NULL, &t->tape));
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = t->score;
    options.weighting = t->weighting;
    options.outer_tanh = t->score == ATTN_SCORE_CONCAT; /* else its query changes no weight */
    int dot = t->score == ATTN_SCORE_DOT || t->score == ATTN_SCORE_SCALED_DOT;
    t->query_dim = dot || t->query_dim == 0 ? t->memory_dim : t->query_dim;
    options.query_dim = t->query_dim;
    if (t->score == ATTN_SCORE_ADDITIVE)
        options.attention_dim = t->attention_dim;
    OK(attn_attention_create(t->params, "a", t->memory_dim, &options, &t->attention));
    if (t->frozen)
        OK(attn_params_set_trainable(t->params, t->frozen, 0));
    t->size = attn_params_size(t->params);
    if (t->size)
        unit_fill(attn_params_values(t->params), t->size, 99);
    t->items_size = t->batch * t->queries * t->items;
    t->memory_size = t->batch * t->items * t->memory_dim;
    t->query_size = t->batch * t->queries * t->query_dim;
    t->attended_size = t->batch * t->queries * t->memory_dim;
    t->memory = unit_floats(t->memory_size, 1);
    t->query = unit_floats(t->query_size, 2);
    t->dweights = unit_floats(t->items_size, 3);
    t->dcontext = unit_floats(t->attended_size, 4);
    t->weights = unit_floats(t->items_size, 5);
    t->attended = unit_floats(t->attended_size, 6);
    t->dmemory = unit_floats(t->memory_size, 7);
    t->dquery = unit_floats(t->query_size, 8);
    t->gradients = unit_zeros(t->size);
    pad(t->memory, t->batch, t->items, t->memory_dim, t->lengths, t->padding);
    pad(t->query, t->batch, t->queries, t->query_dim, t->query_lengths, t->padding);
    pad(t->dcontext, t->batch, t->queries, t->memory_dim, t->query_lengths, t->padding);
    pad(t->dweights, t->batch, t->queries, t->items, t->query_lengths, t->padding);
    for (int64_t b = 0; t->lengths && b < t->batch; b++) {
        for (int64_t i = b * t->queries; i < (b + 1) * t->queries; i++)
            pad(t->dweights + i * t->items, 1, t->items, 1, t->lengths + b, t->padding);
    }
}

static attn_status forward(const trial *t, attn_tape *tape)
{
    return attn_attention_forward_queries(t->attention, tape, t->batch, t->items, t->queries, t->memory,
                                          t->lengths, t->query, t->query_lengths, t->weights, t->attended);
}

static void run(trial *t)
{
    open_trial(t);
    OK(forward(t, t->tape));
    OK(attn_attention_backward(t->attention, t->tape, t->batch, t->items, t->queries, t->dweights,
                               t->dcontext, t->dmemory, t->dquery));
    if (t->size)
        memcpy(t->gradients, attn_params_gradients(t->params), (size_t)t->size * sizeof(float));
}

static void close_trial(trial *t)
{
    float *arrays[] = {t->memory,   t->query,   t->dweights, t->dcontext, t->weights,
                       t->attended, t->dmemory, t->dquery,   t->gradients};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    attn_attention_destroy(&t->attention);
    attn_tape_destroy(&t->tape);
    attn_params_destroy(&t->params);
    attn_context_destroy(&t->context);
}

static void assert_same_bits(const trial *a, const trial *b)
{
    unit_assert_same_bits(a->weights, b->weights, a->items_size);
    unit_assert_same_bits(a->attended, b->attended, a->attended_size);
    unit_assert_same_bits(a->dmemory, b->dmemory, a->memory_size);
    unit_assert_same_bits(a->dquery, b->dquery, a->query_size);
    unit_assert_same_bits(a->gradients, b->gradients, a->size);
}

/* |a - b| <= tolerance * the largest |b|, or * 1 where that is less. */
static void assert_near(const char *what, const trial *t, const float *a, const float *b, int64_t count,
                        double tolerance)
{
    double most = 1.0;
    for (int64_t i = 0; i < count; i++)
        most = fabs((double)b[i]) > most ? fabs((double)b[i]) : most;
    for (int64_t i = 0; i < count; i++)
        MUST(fabs((double)a[i] - (double)b[i]) <= tolerance * most,
             "score %d, weighting %d, %lld rows of %lld items and %lld queries: %s[%lld] is %.9g, not %.9g",
             t->score, t->weighting, (long long)t->batch, (long long)t->items, (long long)t->queries, what,
             (long long)i, (double)a[i], (double)b[i]);
}

enum { SCORES = ATTN_SCORE_BILINEAR, WAYS = ATTN_WEIGHTING_ENTMAX15 + 1 };

#define EACH_SCORE_AND_WEIGHTING                                                                             \
    for (int32_t score = 1; score <= SCORES; score++)                                                        \
        for (int32_t weighting = 0; weighting < WAYS; weighting++)

/* ---- nothing to attend to, nothing that asks ------------------------------------------------------------- */

START_TEST(a_masked_row_gives_exact_zeros)
{
    const int32_t none[] = {0, 0}, some[] = {3, 1};
    EACH_SCORE_AND_WEIGHTING
    {
        for (int asked = 0; asked < 2; asked++) {
            trial t = {.score = score,
                       .weighting = weighting,
                       .batch = 2,
                       .items = 4,
                       .queries = 3,
                       .memory_dim = 5,
                       .lengths = asked ? some : none,
                       .query_lengths = asked ? none : some,
                       .padding = NAN};
            run(&t);
            unit_assert_all(t.weights, t.items_size, 0.0f);
            unit_assert_all(t.attended, t.attended_size, 0.0f);
            unit_assert_all(t.dmemory, t.memory_size, 0.0f);
            unit_assert_all(t.dquery, t.query_size, 0.0f);
            unit_assert_all(t.gradients, t.size, 0.0f);
            close_trial(&t);
        }
    }
}
END_TEST

START_TEST(no_rows_no_items_and_no_queries_are_legal)
{
    const int64_t shapes[][3] = {{0, 3, 2}, {2, 0, 2}, {2, 3, 0}, {0, 0, 0}};
    EACH_SCORE_AND_WEIGHTING
    {
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            trial t = {.score = score,
                       .weighting = weighting,
                       .batch = shapes[i][0],
                       .items = shapes[i][1],
                       .queries = shapes[i][2],
                       .memory_dim = 5};
            run(&t);
            unit_assert_all(t.attended, t.attended_size, 0.0f);
            unit_assert_all(t.dmemory, t.memory_size, 0.0f);
            unit_assert_all(t.dquery, t.query_size, 0.0f);
            unit_assert_all(t.gradients, t.size, 0.0f);
            /* no array may be needed where there are no numbers */
            const float *memory = t.memory_size ? t.memory : NULL, *query = t.query_size ? t.query : NULL;
            OK(attn_attention_forward_queries(t.attention, t.tape, t.batch, t.items, t.queries, memory, NULL,
                                              query, NULL, NULL, NULL));
            OK(attn_attention_backward(t.attention, t.tape, t.batch, t.items, t.queries, NULL, NULL, NULL,
                                       NULL));
            attn_attention_memory *prepared = NULL;
            OK(attn_attention_memory_create(t.attention, t.batch, t.items, memory, NULL, NULL, &prepared));
            OK(attn_attention_memory_attend(prepared, 0, NULL, NULL, NULL, NULL));
            attn_attention_memory_destroy(&prepared);
            close_trial(&t);
        }
    }
}
END_TEST

/* ---- padding, threads, frozen tensors -------------------------------------------------------------------- */

enum { ROWS = 7, ITEMS = 53, QUERIES = 11 };
static const int32_t row_lengths[ROWS] = {53, 0, 3, 49, 1, 20, 5},
                     row_queries[ROWS] = {11, 4, 9, 1, 11, 0, 7};

static trial usual(int32_t score, int32_t weighting)
{
    return (trial){.score = score,
                   .weighting = weighting,
                   .batch = ROWS,
                   .items = ITEMS,
                   .queries = QUERIES,
                   .memory_dim = 13,
                   .query_dim = 9,
                   .attention_dim = 17,
                   .lengths = row_lengths,
                   .query_lengths = row_queries,
                   .padding = NAN};
}

START_TEST(padding_changes_no_bit)
{
    const float paddings[] = {NAN, INFINITY, 1e30f};
    EACH_SCORE_AND_WEIGHTING
    {
        trial clean = usual(score, weighting);
        clean.padding = 0.0f;
        run(&clean);
        for (int64_t i = 0; i < clean.size; i++)
            MUST(isfinite(clean.gradients[i]), "a gradient is %g", (double)clean.gradients[i]);
        for (int p = 0; p < 3; p++) {
            trial dirty = usual(score, weighting);
            dirty.padding = paddings[p];
            run(&dirty);
            assert_same_bits(&dirty, &clean);
            close_trial(&dirty);
        }
        close_trial(&clean);
    }
}
END_TEST

START_TEST(the_number_of_threads_changes_no_bit)
{
    EACH_SCORE_AND_WEIGHTING
    {
        trial one = usual(score, weighting);
        one.threads = 1;
        run(&one);
        for (int32_t threads = 2; threads <= 5; threads += 1) {
            trial more = usual(score, weighting);
            more.threads = threads;
            run(&more);
            assert_same_bits(&more, &one);
            close_trial(&more);
        }
        close_trial(&one);
    }
}
END_TEST

START_TEST(inference_gives_what_training_does)
{
    EACH_SCORE_AND_WEIGHTING
    {
        trial t = usual(score, weighting);
        run(&t);
        float *weights = unit_floats(t.items_size, 1), *attended = unit_floats(t.attended_size, 2);
        memcpy(weights, t.weights, (size_t)t.items_size * sizeof *weights);
        memcpy(attended, t.attended, (size_t)t.attended_size * sizeof *attended);
        unit_fill(t.weights, t.items_size, 3);
        unit_fill(t.attended, t.attended_size, 4);
        OK(forward(&t, NULL));
        unit_assert_same_bits(t.weights, weights, t.items_size);
        unit_assert_same_bits(t.attended, attended, t.attended_size);
        free(weights);
        free(attended);
        close_trial(&t);
    }
}
END_TEST

START_TEST(a_frozen_tensor_gets_no_gradient_and_changes_no_other)
{
    const char *const names[] = {"a.weight", "a.query_weight", "a.bias", "a.score_weight"};
    for (int32_t score = 1; score <= SCORES; score++) {
        trial all = usual(score, ATTN_WEIGHTING_SOFTMAX);
        run(&all);
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            attn_tensor tensor = ATTN_TENSOR_INIT;
            if (attn_params_find(all.params, names[n], &tensor) != ATTN_OK)
                continue;
            trial frozen = usual(score, ATTN_WEIGHTING_SOFTMAX);
            frozen.frozen = names[n];
            run(&frozen);
            unit_assert_all(frozen.gradients + tensor.offset, tensor.size, 0.0f);
            memset(all.gradients + tensor.offset, 0, (size_t)tensor.size * sizeof(float));
            assert_same_bits(&frozen, &all);
            memcpy(all.gradients, attn_params_gradients(all.params), (size_t)all.size * sizeof(float));
            close_trial(&frozen);
        }
        close_trial(&all);
    }
}
END_TEST

START_TEST(gradients_add_up)
{
    for (int32_t score = 1; score <= SCORES; score++) {
        trial t = usual(score, ATTN_WEIGHTING_ENTMAX15);
        run(&t);
        OK(forward(&t, t.tape));
        OK(attn_attention_backward(t.attention, t.tape, t.batch, t.items, t.queries, t.dweights, t.dcontext,
                                   NULL, NULL));
        for (int64_t i = 0; i < t.size; i++)
            MUST(fabs((double)attn_params_gradients(t.params)[i] - 2.0 * (double)t.gradients[i]) <=
                     1e-5 * fmax(1.0, fabs((double)t.gradients[i])),
                 "gradient %lld is not twice %g", (long long)i, (double)t.gradients[i]);
        close_trial(&t);
    }
}
END_TEST

/* ---- sizes: many queries in a call are each of them alone ------------------------------------------------- */

/* 1e-5 of the largest: sums of at most some hundred products in another order. */
static void expect_alone(const trial *t)
{
    int64_t d = t->memory_dim, q = t->query_dim, items = t->items;
    float *dmemory = unit_zeros(t->memory_size), *part = unit_zeros(items * d), *weights = unit_zeros(items);
    float *attended = unit_zeros(d), *dquery = unit_zeros(q);
    OK(attn_params_zero_grad(t->params));
    for (int64_t i = 0; i < t->batch * t->queries; i++) {
        int64_t b = i / t->queries, first = b * items * d;
        OK(attn_attention_forward_queries(t->attention, t->tape, 1, items, 1, t->memory + first, NULL,
                                          t->query + i * q, NULL, weights, attended));
        OK(attn_attention_backward(t->attention, t->tape, 1, items, 1, t->dweights + i * items,
                                   t->dcontext + i * d, part, dquery));
        assert_near("weights", t, t->weights + i * items, weights, items, 1e-5);
        assert_near("context", t, t->attended + i * d, attended, d, 1e-5);
        assert_near("dquery", t, t->dquery + i * q, dquery, q, 1e-5);
        for (int64_t k = 0; k < items * d; k++)
            dmemory[first + k] += part[k];
    }
    assert_near("dmemory", t, t->dmemory, dmemory, t->memory_size, 1e-5);
    if (t->size)
        assert_near("gradient", t, t->gradients, attn_params_gradients(t->params), t->size, 1e-5);
    float *arrays[] = {dmemory, part, weights, attended, dquery};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

START_TEST(any_size_works)
{
    /* batch, items, queries, D, Q, A: 1 of each; odd ones; around a chunk of 48 and a window of 128; many queries */
    const int64_t sizes[][6] = {{1, 1, 1, 1, 1, 1},   {3, 1, 9, 1, 3, 1},   {2, 7, 8, 1, 1, 5},
                                {2, 48, 1, 5, 7, 3},  {1, 49, 2, 33, 1, 1}, {2, 129, 9, 3, 65, 7},
                                {1, 5, 130, 2, 3, 4}, {5, 2, 3, 65, 31, 67}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int32_t score = 1; score <= SCORES; score++) {
            const int64_t *s = sizes[i];
            trial t = {.score = score,
                       .weighting = ATTN_WEIGHTING_SOFTMAX,
                       .batch = s[0],
                       .items = s[1],
                       .queries = s[2],
                       .memory_dim = s[3],
                       .query_dim = s[4],
                       .attention_dim = s[5]};
            run(&t);
            expect_alone(&t);
            close_trial(&t);
        }
    }
}
END_TEST

/* ---- the prepared memory --------------------------------------------------------------------------------- */

/* 1e-6 of numbers of the size of 1: a few queries are summed as one call sums them, and many in another order. */
START_TEST(a_prepared_memory_answers_as_one_call_does)
{
    EACH_SCORE_AND_WEIGHTING
    {
        trial t = usual(score, weighting);
        t.queries = 2;
        t.query_lengths = NULL;
        run(&t);
        attn_attention_memory *prepared = NULL;
        OK(attn_attention_memory_create(t.attention, ROWS, ITEMS, t.memory, row_lengths, NULL, &prepared));
        int32_t rows[2 * ROWS + 3];
        for (int32_t i = 0; i < 2 * ROWS; i++)
            rows[i] = i / 2;
        float *weights = unit_floats(t.items_size, 11), *attended = unit_floats(t.attended_size, 12);
        OK(attn_attention_memory_attend(prepared, 2 * ROWS, rows, t.query, weights, attended));
        assert_near("weights", &t, weights, t.weights, t.items_size, 1e-6);
        assert_near("context", &t, attended, t.attended, t.attended_size, 1e-6);

        /* without rows: query i asks row i, and either result may be left out */
        float *query = unit_zeros(ROWS * t.query_dim);
        for (int64_t b = 0; b < ROWS; b++)
            memcpy(query + b * t.query_dim, t.query + 2 * b * t.query_dim,
                   (size_t)t.query_dim * sizeof *query);
        OK(attn_attention_memory_attend(prepared, ROWS, NULL, query, weights, NULL));
        OK(attn_attention_memory_attend(prepared, ROWS, NULL, query, NULL, attended));
        for (int64_t b = 0; b < ROWS; b++) {
            assert_near("weights", &t, weights + b * ITEMS, t.weights + 2 * b * ITEMS, ITEMS, 1e-6);
            assert_near("context", &t, attended + b * 13, t.attended + 2 * b * 13, 13, 1e-6);
        }
        free(weights);
        free(attended);
        free(query);
        attn_attention_memory_destroy(&prepared);
        close_trial(&t);
    }
}
END_TEST

START_TEST(neighbours_that_ask_the_same_row_change_no_bit)
{
    enum { COUNT = 9 };
    const int32_t rows[COUNT] = {3, 3, 3, 0, 3, 6, 6, 1, 0};
    for (int32_t score = 1; score <= SCORES; score++) {
        trial t = usual(score, ATTN_WEIGHTING_SOFTMAX);
        t.query_lengths = NULL;
        run(&t);
        attn_attention_memory *prepared = NULL;
        OK(attn_attention_memory_create(t.attention, ROWS, ITEMS, t.memory, row_lengths, NULL, &prepared));
        float weights[COUNT * ITEMS], attended[COUNT * 13], alone_weights[ITEMS], alone[13];
        OK(attn_attention_memory_attend(prepared, COUNT, rows, t.query, weights, attended));
        for (int i = 0; i < COUNT; i++) {
            OK(attn_attention_memory_attend(prepared, 1, rows + i, t.query + i * t.query_dim, alone_weights,
                                            alone));
            unit_assert_same_bits(alone_weights, weights + i * ITEMS, ITEMS);
            unit_assert_same_bits(alone, attended + i * 13, 13);
        }
        attn_attention_memory_destroy(&prepared);
        ck_assert_ptr_null(prepared);
        attn_attention_memory_destroy(&prepared);
        close_trial(&t);
    }
}
END_TEST

START_TEST(a_prepared_memory_outlives_what_it_was_made_of)
{
    for (int32_t score = 1; score <= SCORES; score++) {
        trial t = usual(score, ATTN_WEIGHTING_SOFTMAX);
        run(&t);
        attn_attention_memory *prepared = NULL;
        OK(attn_attention_memory_create(t.attention, ROWS, ITEMS, t.memory, row_lengths, NULL, &prepared));
        float *query = unit_floats(ROWS * t.query_dim, 21), before[ROWS * ITEMS], after[ROWS * ITEMS];
        OK(attn_attention_memory_attend(prepared, ROWS, NULL, query, before, NULL));
        if (t.size)
            unit_fill(attn_params_values(t.params), t.size, 5);
        close_trial(&t); /* its context too */
        OK(attn_attention_memory_attend(prepared, ROWS, NULL, query, after, NULL));
        unit_assert_same_bits(after, before, ROWS * ITEMS);
        free(query);
        attn_attention_memory_destroy(&prepared);
    }
}
END_TEST

UNIT_MAIN("attention",

          a_masked_row_gives_exact_zeros, no_rows_no_items_and_no_queries_are_legal, padding_changes_no_bit,
          the_number_of_threads_changes_no_bit, inference_gives_what_training_does,
          a_frozen_tensor_gets_no_gradient_and_changes_no_other, gradients_add_up, any_size_works,
          a_prepared_memory_answers_as_one_call_does, neighbours_that_ask_the_same_row_change_no_bit,
          a_prepared_memory_outlives_what_it_was_made_of)
