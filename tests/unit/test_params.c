/* test_params.c - named tensors: names, shapes, growth, freezing, gradients. test_init.c has their first values. */
#include <stddef.h>

#include "unit.h"
#include "unit_data.h"

static attn_context *context;
static attn_params *params;

static void setup(uint64_t seed)
{
    context = unit_context(1);
    OK(attn_params_create(context, UNIT_SEED(seed), &params));
}

static void teardown(void)
{
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static attn_tensor tensor_of(attn_params *of, const char *name)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(of, name, &view));
    return view;
}

static attn_tensor add(const char *name, int64_t rows, int64_t columns, int32_t init)
{
    OK(attn_params_add(params, name, 2, (int64_t[]){rows, columns}, UNIT_INIT(init)));
    return tensor_of(params, name);
}

/* ---- adding ---------------------------------------------------------------------------------------------- */

START_TEST(new_params_are_empty)
{
    setup(0);
    ck_assert_int_eq(attn_params_count(params), 0);
    ck_assert_int_eq(attn_params_size(params), 0);
    OK(attn_params_zero_grad(params));
    ck_assert_int_eq(attn_params_count(NULL), 0);
    ck_assert_int_eq(attn_params_size(NULL), 0);
    ck_assert_ptr_null(attn_params_values(NULL));
    ck_assert_ptr_null(attn_params_gradients(NULL));
    teardown();
}
END_TEST

START_TEST(a_null_is_refused)
{
    setup(0);
    attn_params *other = params;
    attn_tensor view = ATTN_TENSOR_INIT;
    const int64_t shape[] = {2};
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_create: out is NULL", attn_params_create(context, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_create: context is NULL", attn_params_create(NULL, NULL, &other));
    ck_assert_ptr_null(other);
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_add: params is NULL", attn_params_add(NULL, "a", 1, shape, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_add: name is NULL", attn_params_add(params, NULL, 1, shape, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_add: shape is NULL", attn_params_add(params, "a", 1, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_find: name is NULL", attn_params_find(params, NULL, &view));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_tensor(NULL, 0, &view));
    FAILS(ATTN_ERR_ARGUMENT, "view is NULL", attn_params_tensor(params, 0, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_zero_grad(NULL));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_set_trainable(NULL, "a", 0));
    teardown();
}
END_TEST

START_TEST(a_name_is_taken_once)
{
    setup(0);
    add("a.b", 2, 3, ATTN_INIT_ONE);
    FAILS(ATTN_ERR_ARGUMENT, "\"a.b\"", attn_params_add(params, "a.b", 1, (int64_t[]){4}, NULL));
    attn_dense *dense = NULL;
    add("d.bias", 2, 3, ATTN_INIT_ONE); /* the second tensor that the layer wants */
    FAILS(ATTN_ERR_ARGUMENT, "attn_dense_create: there is already a tensor called \"d.bias\"",
          attn_dense_create(params, "d", 2, 2, NULL, &dense));
    ck_assert_ptr_null(dense);
    ck_assert_int_eq(attn_params_count(params), 2);
    ck_assert_int_eq(attn_params_size(params), 12);
    add("d.weight", 1, 1, ATTN_INIT_ONE); /* the one that it had added is free again */
    teardown();
}
END_TEST

START_TEST(a_name_has_1_to_255_bytes)
{
    setup(0);
    char name[1000] = {0};
    const int64_t shape[] = {1};
    FAILS(ATTN_ERR_ARGUMENT, "the tensor name \"\" has 0 bytes; expected 1 to 255",
          attn_params_add(params, "", 1, shape, NULL));
    memset(name, 'x', 999);
    FAILS(ATTN_ERR_ARGUMENT, "has 999 bytes; expected 1 to 255",
          attn_params_add(params, name, 1, shape, NULL));
    name[256] = '\0';
    FAILS(ATTN_ERR_ARGUMENT, "has 256 bytes; expected 1 to 255",
          attn_params_add(params, name, 1, shape, NULL));
    name[255] = '\0';
    OK(attn_params_add(params, name, 1, shape, NULL));
    ck_assert_str_eq(tensor_of(params, name).name, name);
    teardown();
}
END_TEST

/* Of layers those of attention stand for all: they are named in one place, and one of dot products has no tensor that would be refused. */
START_TEST(a_name_that_no_file_could_hold_is_refused)
{
    setup(0);
    const attn_attention_options dot = {.struct_size = sizeof dot, .score = ATTN_SCORE_DOT};
    const struct {
        const char *name, *line;
        int32_t of_layers;
    } cases[] = {
        {"caf\xe9", "byte 3 of the %s name \"caf...\" is not UTF-8; convert it", 1},
        {"bytes\xff", "byte 5 of the %s name \"bytes...\" is not UTF-8", 1},
        {"\xed\xa0\x80", "byte 0 of the %s name \"...\" is not UTF-8", 1}, /* a surrogate */
        {"a\nb", "byte 1 of the %s name \"a...\" is a control character; leave it out", 1},
        {"a\x7f", "byte 1 of the %s name \"a...\" is a control character", 1},
        {"\xc2\x85", "byte 0 of the %s name \"...\" is a control character", 1},
        {"\xc2\x9f", "is a control character", 1},
        {"adam.m.q",
         "the %s name \"adam.m.q\" is one that a model file needs for itself: the optimiser's "
         "tensors begin with \"adam.\"; choose another",
         1},
        {"adam.", "the %s name \"adam.\"", 1},
        {"adam", "the layer name \"adam\" is one that a model file needs", 2},
        {"__metadata__", "the tensor name \"__metadata__\"", 0},
        {"w.weight.scales", "the scales of int8 end in \".scales\"", 0},
        {".scales", "end in \".scales\"", 0},
        {"n.ngrams", "the words of n-grams are a layer's \"ngrams\"", 0},
        {"ngrams", "the words of n-grams are a layer's \"ngrams\"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_attention *layer = NULL;
        char line[200];
        snprintf(line, sizeof line, cases[i].line, "tensor");
        if (cases[i].of_layers == 2)
            OK(attn_params_add(params, cases[i].name, 1, (int64_t[]){1}, NULL));
        else
            FAILS(ATTN_ERR_ARGUMENT, line, attn_params_add(params, cases[i].name, 1, (int64_t[]){1}, NULL));
        snprintf(line, sizeof line, cases[i].line, "layer");
        if (cases[i].of_layers)
            FAILS(ATTN_ERR_ARGUMENT, line, attn_attention_create(params, cases[i].name, 2, &dot, &layer));
        else
            OK(attn_attention_create(params, cases[i].name, 2, &dot, &layer));
        attn_attention_destroy(&layer);
    }
    ck_assert_int_eq(attn_params_count(params), 1);
    teardown();
}
END_TEST

START_TEST(a_name_beside_those_that_are_refused_is_fine)
{
    setup(0);
    attn_dense *dense = NULL;
    const char *const names[] = {"caf\u00e9", "\u00a0",   "\U0001F600",     "a b\"\\",  "adamant",
                                 "Adam.m",    "x.adam.m", "scales",         "a.scale",  "scales.a",
                                 "ngrams.a",  "a_ngrams", "__metadata__.a", "metadata", "~"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        OK(attn_params_add(params, names[i], 1, (int64_t[]){1}, NULL));
        OK(attn_dense_create(params, names[i], 1, 1, NULL, &dense));
        attn_dense_destroy(&dense);
    }
    OK(attn_dense_create(params, "w.ngrams", 1, 1, NULL, &dense));
    attn_dense_destroy(&dense);
    teardown();
}
END_TEST

START_TEST(a_layers_name_has_at_most_255_bytes)
{
    setup(0);
    const attn_attention_options dot = {.struct_size = sizeof dot, .score = ATTN_SCORE_DOT};
    attn_attention *layer = NULL;
    char name[300] = {0};
    memset(name, 'x', 256);
    FAILS(ATTN_ERR_ARGUMENT, "the layer name \"xxx", attn_attention_create(params, name, 2, &dot, &layer));
    name[255] = '\0';
    OK(attn_attention_create(params, name, 2, &dot, &layer));
    attn_attention_destroy(&layer);
    teardown();
}
END_TEST

START_TEST(a_shape_out_of_range_is_refused)
{
    setup(0);
    FAILS(ATTN_ERR_ARGUMENT, "rank is 0", attn_params_add(params, "a", 0, (int64_t[]){1}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "rank is 9",
          attn_params_add(params, "a", 9, (int64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "dimension 1 of \"a\" is 0",
          attn_params_add(params, "a", 2, (int64_t[]){3, 0}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "dimension 0 of \"a\" is -2",
          attn_params_add(params, "a", 1, (int64_t[]){-2}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "2^40", attn_params_add(params, "a", 2, (int64_t[]){1 << 30, 1 << 30}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "2^40", attn_params_add(params, "a", 1, (int64_t[]){INT64_MAX}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "init is 8", attn_params_add(params, "a", 1, (int64_t[]){1}, UNIT_INIT(8)));
    FAILS(ATTN_ERR_ARGUMENT, "init is -1", attn_params_add(params, "a", 1, (int64_t[]){1}, UNIT_INIT(-1)));
    ck_assert_int_eq(attn_params_count(params), 0);
    teardown();
}
END_TEST

START_TEST(growth_keeps_values_and_gradients)
{
    setup(5);
    char name[16];
    attn_params *alone = NULL;
    OK(attn_params_zero_grad(params));
    ck_assert_ptr_null(attn_params_gradients(params)); /* of no numbers */
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i);
        attn_tensor added = add(name, 3, 1 + i, ATTN_INIT_NORMAL);
        ck_assert_int_eq(added.size, 3 * (1 + i));
        added.gradients = unit_gradients(params) + added.offset;
        unit_assert_all(added.gradients, added.size, 0.0f);
        for (int64_t j = 0; j < added.size; j++)
            added.gradients[j] = (float)i;
    }
    int64_t offset = 0;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i);
        attn_tensor view = tensor_of(params, name);
        ck_assert_int_eq(view.offset, offset);
        ck_assert_ptr_eq(view.values, attn_params_values(params) + offset);
        unit_assert_all(view.gradients, view.size, (float)i);
        OK(attn_params_create(context, UNIT_SEED(5), &alone));
        OK(attn_params_add(alone, name, 2, view.shape, UNIT_INIT(ATTN_INIT_NORMAL)));
        unit_assert_same_bits(view.values, attn_params_values(alone), view.size);
        attn_params_destroy(&alone);
        offset += view.size;
    }
    ck_assert_int_eq(attn_params_size(params), offset);
    teardown();
}
END_TEST

START_TEST(options_of_a_tensor)
{
    setup(1);
    attn_tensor_options options = ATTN_TENSOR_OPTIONS_INIT;
    OK(attn_params_add(params, "plain", 2, (int64_t[]){3, 4}, NULL));
    attn_tensor plain = tensor_of(params, "plain");
    ck_assert_int_eq(plain.trainable, 1);
    attn_params *twin = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &twin));
    options.frozen = 1;
    options.init_scale = 0.25f;
    options.lr_scale = 3.0f;
    OK(attn_params_add(twin, "plain", 2, (int64_t[]){3, 4}, &options));
    attn_tensor scaled = tensor_of(twin, "plain");
    ck_assert_int_eq(scaled.trainable, 0);
    NEAR((double)scaled.lr_scale, 3.0, 0);
    for (int i = 0; i < 12; i++)
        NEAR((double)scaled.values[i], 0.25 * (double)plain.values[i], 0);
    attn_params_destroy(&twin);

    options = (attn_tensor_options)ATTN_TENSOR_OPTIONS_INIT;
    options.init_scale = -1.0f;
    FAILS(ATTN_ERR_ARGUMENT, "init_scale is -1", attn_params_add(params, "w", 1, (int64_t[]){3}, &options));
    options = (attn_tensor_options)ATTN_TENSOR_OPTIONS_INIT;
    options.lr_scale = INFINITY;
    FAILS(ATTN_ERR_ARGUMENT, "lr_scale is inf", attn_params_add(params, "w", 1, (int64_t[]){3}, &options));
    options = (attn_tensor_options)ATTN_TENSOR_OPTIONS_INIT;
    options.frozen = 2;
    FAILS(ATTN_ERR_ARGUMENT, "frozen is 2", attn_params_add(params, "w", 1, (int64_t[]){3}, &options));
    ck_assert_int_eq(attn_params_count(params), 1);
    teardown();
}
END_TEST

START_TEST(sealed_params_take_no_more)
{
    setup(0);
    attn_tensor before = add("w", 2, 3, ATTN_INIT_ONE);
    OK(attn_params_seal(params));
    OK(attn_params_seal(params));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_seal(NULL));
    FAILS(ATTN_ERR_STATE, "attn_params_add: the params are sealed",
          attn_params_add(params, "v", 1, (int64_t[]){3}, NULL));
    attn_dense *dense = NULL;
    FAILS(ATTN_ERR_STATE, "attn_dense_create: the params are sealed",
          attn_dense_create(params, "d", 2, 3, NULL, &dense));
    attn_embedding *embedding = NULL;
    FAILS(ATTN_ERR_STATE, "attn_embedding_create: the params are sealed",
          attn_embedding_create(params, "e", 2, 3, NULL, &embedding));
    ck_assert_int_eq(attn_params_count(params), 1);
    OK(attn_params_zero_grad(params));
    ck_assert_ptr_eq(tensor_of(params, "w").values, before.values);
    teardown();
}
END_TEST

/* ---- looking --------------------------------------------------------------------------------------------- */

START_TEST(a_view_tells_all_of_a_tensor)
{
    setup(0);
    OK(attn_params_add(params, "first", 1, (int64_t[]){3}, UNIT_INIT(ATTN_INIT_ONE)));
    OK(attn_params_add(params, "second", 3, (int64_t[]){2, 3, 4}, UNIT_INIT(ATTN_INIT_ONE)));
    attn_tensor view = ATTN_TENSOR_INIT;
    float *gradients = unit_gradients(params);
    OK(attn_params_tensor(params, 1, &view));
    ck_assert_str_eq(view.name, "second");
    ck_assert_int_eq(view.rank, 3);
    ck_assert_int_eq(view.trainable, 1);
    ck_assert_mem_eq(view.shape, ((int64_t[]){2, 3, 4, 1, 1, 1, 1, 1}), sizeof view.shape);
    ck_assert_int_eq(view.offset, 3);
    ck_assert_int_eq(view.size, 24);
    ck_assert_ptr_eq(view.gradients, gradients + 3);
    FAILS(ATTN_ERR_ARGUMENT, "index is 2; expected 0 to 1", attn_params_tensor(params, 2, &view));
    FAILS(ATTN_ERR_ARGUMENT, "index is -1", attn_params_tensor(params, -1, &view));
    FAILS(ATTN_ERR_ARGUMENT, "no tensor is called \"third\"", attn_params_find(params, "third", &view));
    ck_assert_int_eq(view.dtype, ATTN_DTYPE_FLOAT32);
    NEAR((double)view.lr_scale, 1.0, 0);
    view.struct_size = 0;
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_tensor: struct_size is 0", attn_params_tensor(params, 0, &view));
    teardown();
}
END_TEST

START_TEST(a_tensor_has_up_to_eight_dimensions)
{
    setup(0);
    OK(attn_params_add(params, "deep", 8, (int64_t[]){1, 2, 1, 3, 1, 2, 1, 5}, UNIT_INIT(ATTN_INIT_ONE)));
    attn_tensor view = tensor_of(params, "deep");
    ck_assert_int_eq(view.rank, 8);
    ck_assert_int_eq(view.shape[7], 5);
    ck_assert_int_eq(view.size, 60);
    unit_assert_all(view.values, 60, 1.0f);
    teardown();
}
END_TEST

/* A program of an older header has a shorter struct, one of a newer header a longer one. */
START_TEST(a_view_is_filled_up_to_its_size_and_not_beyond)
{
    setup(0);
    OK(attn_params_add(params, "w", 1, (int64_t[]){3}, UNIT_INIT(ATTN_INIT_ONE)));
    struct {
        attn_tensor known;
        int64_t unknown;
    } view;
    memset(&view, 0x55, sizeof view);
    view.known.struct_size = offsetof(attn_tensor, size);
    OK(attn_params_find(params, "w", &view.known));
    ck_assert_int_eq(view.known.struct_size, offsetof(attn_tensor, size));
    ck_assert_int_eq(view.known.shape[0], 3);
    ck_assert_int_eq(view.known.size, 0x5555555555555555);
    view.known.struct_size = sizeof view;
    OK(attn_params_find(params, "w", &view.known));
    ck_assert_int_eq(view.known.size, 3);
    ck_assert_int_eq(view.unknown, 0);
    teardown();
}
END_TEST

START_TEST(gradients_are_made_by_zero_grad)
{
    setup(0);
    ck_assert_ptr_null(add("a", 2, 2, ATTN_INIT_ONE).gradients);
    ck_assert_ptr_null(attn_params_gradients(params)); /* which allocates nothing */
    OK(attn_params_zero_grad(params));
    float *gradients = attn_params_gradients(params);
    ck_assert_ptr_nonnull(gradients);
    ck_assert_ptr_eq(tensor_of(params, "a").gradients, gradients);
    attn_tensor late = add("b", 100, 100, ATTN_INIT_ONE); /* from now on they grow along */
    ck_assert_ptr_nonnull(late.gradients);
    unit_assert_all(late.gradients, late.size, 0.0f);
    teardown();
}
END_TEST

START_TEST(a_tensor_that_is_frozen_has_a_gradient_of_0)
{
    setup(1);
    attn_embedding *embedding = NULL;
    add("dense", 2, 2, ATTN_INIT_ONE);
    OK(attn_embedding_create(params, "e", 5, 2, NULL, &embedding));
    float *gradients = unit_gradients(params);
    for (int64_t i = 0; i < attn_params_size(params); i++)
        gradients[i] = 1.0f;
    const int64_t rows[] = {3, 4};
    OK(attn_params_use_rows(params, "e.weight", 2, rows));
    OK(attn_params_set_trainable(params, "dense", 0));
    OK(attn_params_set_trainable(params, "e.weight", 0));
    unit_assert_all(tensor_of(params, "dense").gradients, 4, 0.0f);
    unit_assert_all(tensor_of(params, "e.weight").gradients + 6, 4, 0.0f);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

/* The optimiser would move a row that nothing used, by its momentum. */
START_TEST(rows_named_before_there_are_gradients_are_forgotten_by_zero_grad)
{
    setup(1);
    attn_embedding *embedding = NULL;
    attn_adam *adam = NULL;
    OK(attn_embedding_create(params, "e", 5, 2, NULL, &embedding));
    OK(attn_adam_create(params, &(attn_adam_options){.struct_size = sizeof(attn_adam_options)}, &adam));
    const int64_t row = 3;
    OK(attn_params_use_rows(params, "e.weight", 1, &row));
    OK(attn_params_zero_grad(params));
    unit_gradients(params)[6] = 1.0f; /* of a row that is not used, and so counts as 0 */
    float before = attn_params_values(params)[6];
    OK(attn_adam_step(adam, NULL));
    ck_assert_float_eq(attn_params_values(params)[6], before);
    attn_adam_destroy(&adam);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

START_TEST(a_tensor_is_frozen_and_thawed)
{
    setup(0);
    add("a", 2, 2, ATTN_INIT_ONE);
    OK(attn_params_set_trainable(params, "a", 0));
    ck_assert_int_eq(tensor_of(params, "a").trainable, 0);
    OK(attn_params_set_trainable(params, "a", 1));
    ck_assert_int_eq(tensor_of(params, "a").trainable, 1);
    FAILS(ATTN_ERR_ARGUMENT, "trainable is 2", attn_params_set_trainable(params, "a", 2));
    FAILS(ATTN_ERR_ARGUMENT, "no tensor is called \"b\"", attn_params_set_trainable(params, "b", 1));
    teardown();
}
END_TEST

START_TEST(zero_grad_clears_the_gradients_and_nothing_else)
{
    setup(3);
    attn_tensor a = add("a", 5, 7, ATTN_INIT_NORMAL);
    a.gradients = unit_gradients(params);
    float before[35];
    memcpy(before, a.values, sizeof before);
    unit_fill(a.gradients, 35, 1);
    OK(attn_params_zero_grad(params));
    unit_assert_all(a.gradients, 35, 0.0f);
    unit_assert_same_bits(a.values, before, 35);
    teardown();
}
END_TEST

START_TEST(zero_grad_clears_the_rows_of_an_embedding_that_were_used)
{
    setup(3);
    attn_embedding *embedding = NULL;
    attn_tape *tape = NULL;
    OK(attn_embedding_create(params, "e", 9, 2, NULL, &embedding));
    OK(attn_tape_create(context, NULL, &tape));
    float y[6], dy[6] = {1, 2, 3, 4, 5, 6};
    OK(attn_embedding_forward(embedding, tape, 1, 3, (int32_t[]){8, 3, 8}, NULL, y));
    OK(attn_embedding_backward(embedding, tape, 1, 3, dy));
    attn_tensor table = tensor_of(params, "e.weight");
    ck_assert_float_eq(table.gradients[16], 6.0f);
    ck_assert_float_eq(table.gradients[17], 8.0f);
    ck_assert_float_eq(table.gradients[6], 3.0f);
    OK(attn_params_zero_grad(params));
    unit_assert_all(table.gradients, 18, 0.0f);
    attn_tape_destroy(&tape);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

START_TEST(rows_that_a_program_writes_are_named)
{
    setup(3);
    attn_embedding *embedding = NULL;
    attn_adam *adam = NULL;
    OK(attn_embedding_create(params, "e", 9, 2, NULL, &embedding));
    add("d", 2, 2, ATTN_INIT_ONE);
    OK(attn_adam_create(params, NULL, &adam));
    float *gradients = unit_gradients(params), *values = attn_params_values(params), before[18];
    memcpy(before, values, sizeof before);
    gradients[10] = gradients[11] = 1.0f; /* row 5 */
    const int64_t rows[] = {5, 5}, wrong[] = {5, 9};
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_use_rows: ", attn_params_use_rows(params, "e.weight", 2, wrong));
    FAILS(ATTN_ERR_ARGUMENT, "no tensor is called \"x\"", attn_params_use_rows(params, "x", 2, rows));
    FAILS(ATTN_ERR_ARGUMENT, "attn_params_use_rows: ", attn_params_use_rows(params, "e.weight", -1, rows));
    ck_assert_ptr_nonnull(tensor_of(params, "e.weight").used_rows);
    ck_assert_int_eq(tensor_of(params, "e.weight").used_count, 0);
    OK(attn_params_use_rows(params, "e.weight", 2, rows));
    OK(attn_params_use_rows(params, "d", 1, (int64_t[]){1})); /* dense: nothing to do */
    ck_assert_int_eq(tensor_of(params, "e.weight").used_count, 1);
    ck_assert_int_eq(tensor_of(params, "e.weight").used_rows[0], 5);
    ck_assert_ptr_null(tensor_of(params, "d").used_rows);
    ck_assert_int_eq(tensor_of(params, "d").used_count, 0);
    OK(attn_adam_step(adam, NULL));
    ck_assert_float_lt(values[10], before[10]);
    unit_assert_same_bits(values, before, 10);
    unit_assert_same_bits(values + 12, before + 12, 6);
    OK(attn_params_zero_grad(params));
    unit_assert_all(gradients, attn_params_size(params), 0.0f);
    ck_assert_int_eq(tensor_of(params, "e.weight").used_count, 0);
    attn_adam_destroy(&adam);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

UNIT_MAIN("params", a_name_that_no_file_could_hold_is_refused, a_name_beside_those_that_are_refused_is_fine,
          a_layers_name_has_at_most_255_bytes, a_tensor_that_is_frozen_has_a_gradient_of_0,
          rows_named_before_there_are_gradients_are_forgotten_by_zero_grad, new_params_are_empty,
          a_null_is_refused, a_name_is_taken_once, a_name_has_1_to_255_bytes, a_shape_out_of_range_is_refused,
          options_of_a_tensor, sealed_params_take_no_more, growth_keeps_values_and_gradients,
          a_view_tells_all_of_a_tensor, a_tensor_has_up_to_eight_dimensions,
          a_view_is_filled_up_to_its_size_and_not_beyond, gradients_are_made_by_zero_grad,
          a_tensor_is_frozen_and_thawed, zero_grad_clears_the_gradients_and_nothing_else,
          zero_grad_clears_the_rows_of_an_embedding_that_were_used, rows_that_a_program_writes_are_named)
