/* test_golden_queries.c - attention with queries as PyTorch computes it: every score, every weighting; and the same as a decoder's steps. */
#include "golden.h"

typedef struct fixture {
    golden file;
    attn_params *params;
    attn_tape *tape;
    attn_attention *attention;
    int64_t batch, items, queries, memory_dim, query_dim;
    int32_t *lengths, *query_lengths;
    float *memory, *query, *weights, *attended;
} fixture;

/* Nothing beyond a length may be read: NaN. */
static fixture open_fixture(attn_context *context, const char *name)
{
    fixture f = {.file = golden_open(context, name)};
    OK(attn_params_create(context, UNIT_SEED(1), &f.params));
    OK(attn_tape_create(context, NULL, &f.tape));
    f.batch = golden_int(&f.file, "batch");
    f.items = golden_int(&f.file, "items");
    f.queries = golden_int(&f.file, "queries");
    f.memory_dim = golden_int(&f.file, "memory_dim");
    f.query_dim = golden_int(&f.file, "query_dim");
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = golden_int(&f.file, "score");
    options.outer_tanh = golden_int(&f.file, "outer_tanh");
    options.weighting = golden_int(&f.file, "weighting");
    options.temperature = (float)golden_number(&f.file, "temperature");
    options.query_dim = f.query_dim;
    if (options.score == ATTN_SCORE_ADDITIVE)
        options.attention_dim = golden_int(&f.file, "attention_dim");
    OK(attn_attention_create(f.params, "attention", f.memory_dim, &options, &f.attention));
    OK(attn_file_load(f.file.model, f.params, NULL, NULL));
    f.lengths = golden_ints(json_object_get(f.file.config, "lengths"));
    f.query_lengths = golden_ints(json_object_get(f.file.config, "query_lengths"));
    f.memory = golden_values(&f.file, "memory");
    f.query = golden_values(&f.file, "query");
    f.weights = golden_room(&f.file, "weights");
    f.attended = golden_room(&f.file, "context");
    golden_poison(f.batch, f.items, f.memory_dim, f.lengths, f.memory);
    golden_poison(f.batch, f.queries, f.query_dim, f.query_lengths, f.query);
    return f;
}

static void close_fixture(fixture *f)
{
    free(f->lengths);
    free(f->query_lengths);
    free(f->weights);
    free(f->attended);
    attn_attention_destroy(&f->attention);
    attn_tape_destroy(&f->tape);
    attn_params_destroy(&f->params);
    golden_close(&f->file);
}

static void forget(const fixture *f)
{
    for (int64_t i = 0; i < f->batch * f->queries * f->items; i++)
        f->weights[i] = NAN;
    for (int64_t i = 0; i < f->batch * f->queries * f->memory_dim; i++)
        f->attended[i] = NAN;
}

static void expect_forward(const fixture *f)
{
    golden_expect(&f->file, "weights", f->weights);
    golden_expect(&f->file, "context", f->attended);
    int64_t queries = f->queries, items = f->items;
    golden_expect_padding(&f->file, "weights", f->batch, queries, items, f->query_lengths, f->weights);
    golden_expect_padding(&f->file, "context", f->batch, queries, f->memory_dim, f->query_lengths,
                          f->attended);
    for (int64_t i = 0; i < f->batch * queries; i++)
        golden_expect_padding(&f->file, "weights", 1, items, 1, &f->lengths[i / queries],
                              f->weights + i * items);
}

static attn_status forward(const fixture *f, attn_tape *tape, float *weights, float *attended)
{
    return attn_attention_forward_queries(f->attention, tape, f->batch, f->items, f->queries, f->memory,
                                          f->lengths, f->query, f->query_lengths, weights, attended);
}

static void expect_attention(attn_context *context, const char *name)
{
    fixture f = open_fixture(context, name);
    const golden *file = &f.file;
    float *dweights = golden_values(file, "dweights"), *dcontext = golden_values(file, "dcontext");
    float *dmemory = golden_room(file, "dmemory"), *dquery = golden_room(file, "dquery");
    golden_poison(f.batch, f.queries, f.items, f.query_lengths, dweights);
    golden_poison(f.batch, f.queries, f.memory_dim, f.query_lengths, dcontext);
    for (int64_t i = 0; i < f.batch * f.queries; i++)
        golden_poison(1, f.items, 1, &f.lengths[i / f.queries], dweights + i * f.items);

    OK(forward(&f, NULL, NULL, f.attended));
    golden_expect(file, "context", f.attended);
    forget(&f);
    OK(forward(&f, NULL, f.weights, f.attended));
    expect_forward(&f);
    forget(&f);
    OK(forward(&f, f.tape, f.weights, f.attended));
    expect_forward(&f);
    OK(attn_attention_backward(f.attention, f.tape, f.batch, f.items, f.queries, dweights, dcontext, dmemory,
                               dquery));
    golden_expect(file, "dmemory", dmemory);
    golden_expect(file, "dquery", dquery);
    golden_expect_padding(file, "dmemory", f.batch, f.items, f.memory_dim, f.lengths, dmemory);
    golden_expect_padding(file, "dquery", f.batch, f.queries, f.query_dim, f.query_lengths, dquery);
    golden_expect_gradients(file, f.params);

    /* in place: the gradients go where memory and query were, and the same are added once more to the params' */
    OK(attn_params_zero_grad(f.params));
    OK(forward(&f, f.tape, NULL, NULL));
    OK(attn_attention_backward(f.attention, f.tape, f.batch, f.items, f.queries, dweights, dcontext, f.memory,
                               f.query));
    golden_expect(file, "dmemory", f.memory);
    golden_expect(file, "dquery", f.query);
    golden_expect_gradients(file, f.params);

    free(dmemory);
    free(dquery);
    close_fixture(&f);
}

#define EACH_WAY(score)                                                                                      \
    "attention_" score "_softmax", "attention_" score "_tempered", "attention_" score "_sparsemax",          \
        "attention_" score "_entmax15"

static const char *const cases[] = {
    EACH_WAY("additive"),       EACH_WAY("concat"),          EACH_WAY("dot"),
    EACH_WAY("scaled_dot"),     EACH_WAY("bilinear"),        "attention_bilinear_large",
    "attention_additive_large", "attention_scaled_dot_many", NULL};

START_TEST(attention_with_queries_is_that_of_torch)
{
    golden_everywhere(expect_attention, cases);
}
END_TEST

/* All queries within the lengths in one call, those of a row side by side. */
static void expect_memory(attn_context *context, const char *name)
{
    fixture f = open_fixture(context, name);
    attn_attention_memory *prepared = NULL;
    OK(attn_attention_memory_create(f.attention, f.batch, f.items, f.memory, f.lengths, NULL, &prepared));
    /* the copy must not need what it was made from */
    attn_attention_destroy(&f.attention);
    float *values = attn_params_values(f.params);
    for (int64_t i = 0; i < attn_params_size(f.params); i++)
        values[i] = NAN;
    for (int64_t i = 0; i < f.batch * f.items * f.memory_dim; i++)
        f.memory[i] = NAN;

    int64_t most = f.batch * f.queries, count = 0, d = f.memory_dim, q = f.query_dim, items = f.items;
    int32_t *rows = calloc((size_t)most, sizeof *rows);
    int64_t *places = calloc((size_t)most, sizeof *places);
    float *query = calloc((size_t)(most * q), sizeof *query);
    float *weights = calloc((size_t)(most * items), sizeof *weights);
    float *attended = calloc((size_t)(most * d), sizeof *attended);
    for (int64_t i = 0; i < most; i++) {
        if (i % f.queries >= f.query_lengths[i / f.queries])
            continue;
        rows[count] = (int32_t)(i / f.queries);
        places[count] = i;
        memcpy(query + count++ * q, f.query + i * q, (size_t)q * sizeof *query);
    }
    OK(attn_attention_memory_attend(prepared, count, rows, query, weights, attended));
    for (int64_t i = 0; i < most * items; i++)
        f.weights[i] = 0.0f;
    for (int64_t i = 0; i < most * d; i++)
        f.attended[i] = 0.0f;
    for (int64_t i = 0; i < count; i++) {
        memcpy(f.weights + places[i] * items, weights + i * items, (size_t)items * sizeof *weights);
        memcpy(f.attended + places[i] * d, attended + i * d, (size_t)d * sizeof *attended);
    }
    expect_forward(&f);
    free(rows);
    free(places);
    free(query);
    free(weights);
    free(attended);
    attn_attention_memory_destroy(&prepared);
    close_fixture(&f);
}

START_TEST(a_prepared_memory_answers_as_torch_does)
{
    golden_everywhere(expect_memory, cases);
}
END_TEST

/* ---- step by step ---------------------------------------------------------------------------------------- */

/* Columns [first, first + width) of count rows of `dim`. */
static float *columns_of(int64_t count, int64_t dim, const float *array, int64_t first, int64_t width)
{
    float *columns = calloc((size_t)(count * width + 1), sizeof *columns);
    for (int64_t i = 0; i < count * width; i++)
        columns[i] = array[i / width * dim + first + i % width];
    return columns;
}

static void put_columns(int64_t count, int64_t dim, float *array, int64_t first, int64_t width,
                        const float *columns)
{
    for (int64_t i = 0; i < count * width; i++)
        array[i / width * dim + first + i % width] = columns[i];
}

/* A step's number of each row, of [batch, queries, width]: one after the other, as a step takes them. */
static float *at_step(const fixture *f, const float *array, int64_t width, int64_t t)
{
    return columns_of(f->batch, f->queries * width, array, t * width, width);
}

static void put_step(const fixture *f, float *array, int64_t width, int64_t t, const float *step)
{
    put_columns(f->batch, f->queries * width, array, t * width, width, step);
}

/* The queries as a decoder's steps, of a memory of which `width` columns stay. What moves is the same in all steps here, and so its
 * gradient is the sum of theirs. */
static void expect_steps(const fixture *f, int64_t width)
{
    const golden *file = &f->file;
    int64_t batch = f->batch, items = f->items, d = f->memory_dim, rest = d - width, q = f->query_dim;
    attn_attention_info info = ATTN_ATTENTION_INFO_INIT;
    OK(attn_attention_get_info(f->attention, &info));
    int64_t count = batch * items, keys_size = count * info.attention_dim;
    float *stay = columns_of(count, d, f->memory, 0, width),
          *moving = columns_of(count, d, f->memory, width, rest);
    float *keys = calloc((size_t)keys_size, sizeof *keys), *dkeys = calloc((size_t)keys_size, sizeof *dkeys);
    float *dstay = calloc((size_t)(count * width), sizeof *dstay),
          *dmoving = calloc((size_t)(count * rest + 1), sizeof *dmoving),
          *summed = calloc((size_t)(count * rest + 1), sizeof *summed);
    float *dweights = golden_values(file, "dweights"), *dcontext = golden_values(file, "dcontext");
    float *dmemory = golden_room(file, "dmemory"), *dquery = golden_room(file, "dquery");
    float **queries = calloc((size_t)f->queries, sizeof *queries);
    int32_t *asks = calloc((size_t)batch, sizeof *asks);
    forget(f);
    OK(attn_params_zero_grad(f->params));
    OK(attn_attention_keys_forward(f->attention, f->tape, batch, items, width, stay, f->lengths, keys));
    for (int64_t t = 0; t < f->queries; t++) {
        float *weights = at_step(f, f->weights, items, t), *context = at_step(f, f->attended, d, t);
        for (int64_t b = 0; b < batch; b++)
            asks[b] = t < f->query_lengths[b];
        queries[t] = at_step(f, f->query, q, t);
        const attn_attention_step step = {.struct_size = sizeof step,
                                          .batch = batch,
                                          .items = items,
                                          .width = width < d || t % 2 ? width : 0,
                                          .memory = stay,
                                          .lengths = f->lengths,
                                          .keys = keys,
                                          .moving = rest ? moving : NULL,
                                          .query = queries[t],
                                          .asks = asks};
        OK(attn_attention_step_forward(f->attention, f->tape, &step, weights, context));
        put_step(f, f->weights, items, t, weights);
        put_step(f, f->attended, d, t, context);
        free(weights);
        free(context);
    }
    expect_forward(f);
    golden_poison(batch, f->queries, items, f->query_lengths, dweights);
    golden_poison(batch, f->queries, d, f->query_lengths, dcontext);
    for (int64_t i = 0; i < batch * f->queries; i++)
        golden_poison(1, items, 1, &f->lengths[i / f->queries], dweights + i * items);
    for (int64_t t = f->queries - 1; t >= 0; t--) {
        float *step_weights = at_step(f, dweights, items, t), *step_context = at_step(f, dcontext, d, t);
        const attn_attention_step_gradients step = {.struct_size = sizeof step,
                                                    .batch = batch,
                                                    .items = items,
                                                    .width = width,
                                                    .dweights = step_weights,
                                                    .dcontext = step_context,
                                                    .dkeys = dkeys,
                                                    .dmemory = dstay,
                                                    .dmoving = rest ? dmoving : NULL,
                                                    .dquery = queries[t]};
        OK(attn_attention_step_backward(f->attention, f->tape, &step));
        put_step(f, dquery, q, t, queries[t]);
        for (int64_t i = 0; i < count * rest; i++)
            summed[i] += dmoving[i];
        free(step_weights);
        free(step_context);
        free(queries[t]);
    }
    OK(attn_attention_keys_backward(f->attention, f->tape, batch, items, width, dkeys, dstay));
    put_columns(count, d, dmemory, 0, width, dstay);
    put_columns(count, d, dmemory, width, rest, summed);
    golden_expect(file, "dmemory", dmemory);
    golden_expect(file, "dquery", dquery);
    golden_expect_padding(file, "dmemory", batch, items, d, f->lengths, dmemory);
    golden_expect_padding(file, "dquery", batch, f->queries, q, f->query_lengths, dquery);
    golden_expect_gradients(file, f->params);
    float *all[] = {stay, moving, keys, dkeys, dstay, dmoving, summed, dmemory, dquery};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(queries);
    free(asks);
}

static void expect_each_width(attn_context *context, const char *name)
{
    fixture f = open_fixture(context, name);
    expect_steps(&f, 1);
    expect_steps(&f, f.memory_dim - 1);
    expect_steps(&f, f.memory_dim);
    close_fixture(&f);
}

START_TEST(steps_with_keys_are_that_of_torch)
{
    static const char *const additive[] = {EACH_WAY("additive"), "attention_additive_large", NULL};
    golden_everywhere(expect_each_width, additive);
}
END_TEST

UNIT_MAIN("golden queries", attention_with_queries_is_that_of_torch, a_prepared_memory_answers_as_torch_does,
          steps_with_keys_are_that_of_torch)
