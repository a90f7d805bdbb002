/* test_init.c - the first values of tensors: what they depend on, and how they are spread. */
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

START_TEST(first_values_depend_on_seed_and_name_alone)
{
    float first[60], other[60];
    setup(UINT64_C(1) << 40);
    add("a", 3, 4, ATTN_INIT_NORMAL);
    memcpy(first, add("b", 6, 10, ATTN_INIT_NORMAL).values, sizeof first);
    teardown();

    setup(UINT64_C(1) << 40); /* without "a", and from another thread count */
    unit_assert_same_bits(add("b", 6, 10, ATTN_INIT_NORMAL).values, first, 60);
    memcpy(other, add("c", 6, 10, ATTN_INIT_NORMAL).values, sizeof other);
    ck_assert(unit_any_differs(first, other, 60));
    teardown();

    setup(UINT64_C(1) << 41);
    memcpy(other, add("b", 6, 10, ATTN_INIT_NORMAL).values, sizeof other);
    ck_assert(unit_any_differs(first, other, 60));
    teardown();
}
END_TEST

/* Uniform numbers in +-bound: all within, the outermost near it, mean 0 and variance bound^2 / 3. With n = 30,000 the
 * mean's deviation is 0.0033 bound and the variance's 0.0017 bound^2; five of each are allowed. */
static void assert_uniform(const attn_tensor *tensor, double bound)
{
    double sum = 0.0, squares = 0.0, most = 0.0;
    for (int64_t i = 0; i < tensor->size; i++) {
        sum += (double)tensor->values[i];
        squares += (double)tensor->values[i] * (double)tensor->values[i];
        double absolute = fabs((double)tensor->values[i]);
        most = absolute > most ? absolute : most;
    }
    double n = (double)tensor->size;
    ck_assert_double_le(most, bound * 1.000001);
    ck_assert_double_ge(most, bound * 0.999);
    ck_assert_double_le(fabs(sum / n), 0.017 * bound);
    ck_assert_double_le(fabs(squares / n - bound * bound / 3.0), 0.0086 * bound * bound);
}

START_TEST(uniform_initialisations_have_their_bounds)
{
    setup(1);
    attn_tensor tensor = add("glorot", 100, 300, ATTN_INIT_GLOROT);
    assert_uniform(&tensor, sqrt(6.0 / 400.0));
    tensor = add("default", 100, 300, ATTN_INIT_DEFAULT);
    assert_uniform(&tensor, sqrt(6.0 / 400.0));
    tensor = add("fan_sum", 100, 300, ATTN_INIT_FAN_SUM);
    assert_uniform(&tensor, 1.0 / sqrt(400.0));
    tensor = add("relu", 100, 300, ATTN_INIT_FAN_SUM_RELU);
    assert_uniform(&tensor, sqrt(2.0) / sqrt(400.0));
    OK(attn_params_add(params, "vector", 1, (int64_t[]){30000},
                       UNIT_INIT(ATTN_INIT_GLOROT))); /* rank 1 counts as [1, n] */
    tensor = tensor_of(params, "vector");
    assert_uniform(&tensor, sqrt(6.0 / 30001.0));
    teardown();
}
END_TEST

START_TEST(zeros_and_ones_are_just_that)
{
    setup(1);
    unit_assert_all(add("zero", 7, 9, ATTN_INIT_ZERO).values, 63, 0.0f);
    unit_assert_all(add("one", 7, 9, ATTN_INIT_ONE).values, 63, 1.0f);
    teardown();
}
END_TEST

/* The moments of 40,000 normal numbers, each within five of its own deviations: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n. */
START_TEST(normal_initialisation_is_normal)
{
    setup(1);
    attn_tensor tensor = add("normal", 100, 400, ATTN_INIT_NORMAL);
    double moments[5] = {0};
    for (int64_t i = 0; i < tensor.size; i++) {
        for (int p = 1; p <= 4; p++)
            moments[p] += pow((double)tensor.values[i] / 0.1, p) / (double)tensor.size;
    }
    ck_assert_double_le(fabs(moments[1]), 5.0 * 1.0 / 200.0);
    ck_assert_double_le(fabs(moments[2] - 1.0), 5.0 * sqrt(2.0) / 200.0);
    ck_assert_double_le(fabs(moments[3]), 5.0 * sqrt(15.0) / 200.0);
    ck_assert_double_le(fabs(moments[4] - 3.0), 5.0 * sqrt(96.0) / 200.0);
    teardown();
}
END_TEST

/* Rows [from, from + count) of a matrix are orthonormal; 1e-6: float32 rounding of unit vectors. */
static void assert_orthonormal_rows(const float *values, int64_t from, int64_t count, int64_t columns)
{
    for (int64_t i = from; i < from + count; i++) {
        for (int64_t j = from; j <= i; j++) {
            double dot = 0.0;
            for (int64_t k = 0; k < columns; k++)
                dot += (double)values[i * columns + k] * (double)values[j * columns + k];
            NEAR(dot, i == j ? 1.0 : 0.0, 1e-6);
        }
    }
}

START_TEST(orthogonal_initialisation_is_orthogonal_block_by_block)
{
    setup(1);
    attn_tensor gru = add("gru", 60, 20, ATTN_INIT_ORTHOGONAL),
                wide = add("wide", 5, 40, ATTN_INIT_ORTHOGONAL);
    attn_tensor tall = add("tall", 50, 20, ATTN_INIT_ORTHOGONAL),
                one = add("one", 1, 1, ATTN_INIT_ORTHOGONAL);
    gru = tensor_of(params, "gru"); /* adding may have moved the first ones */
    wide = tensor_of(params, "wide");
    tall = tensor_of(params, "tall");
    for (int64_t block = 0; block < 60; block += 20)
        assert_orthonormal_rows(gru.values, block, 20, 20);
    ck_assert(unit_any_differs(gru.values, gru.values + 400, 400));
    assert_orthonormal_rows(wide.values, 0, 5, 40);
    assert_orthonormal_rows(tall.values, 40, 10, 20);
    NEAR((double)one.values[0] * (double)one.values[0], 1.0, 1e-6);
    teardown();
}
END_TEST

/* ---- the first values that layers choose ----------------------------------------------------------------- */

static attn_tensor part(attn_tensor tensor, int64_t from, int64_t size)
{
    tensor.values += from;
    tensor.size = size;
    return tensor;
}

START_TEST(a_gru_starts_as_its_header_says)
{
    setup(2);
    attn_gru *gru = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 2;
    options.bidirectional = 1;
    options.layer_norm = 1;
    OK(attn_gru_create(params, "g", 250, 120, &options, &gru));
    ck_assert_int_eq(attn_params_count(params), 24);
    ck_assert_int_eq(unit_gru_info(gru).output_dim, 240);
    ck_assert_int_eq(unit_gru_info(gru).state_count, 4);
    attn_tensor w = tensor_of(params, "g.weight_ih_l0"), deep = tensor_of(params, "g.weight_ih_l1_reverse");
    attn_tensor u = tensor_of(params, "g.weight_hh_l0_reverse");
    ck_assert_mem_eq(w.shape, ((int64_t[]){360, 250, 1, 1, 1, 1, 1, 1}), sizeof w.shape);
    ck_assert_mem_eq(deep.shape, ((int64_t[]){360, 240, 1, 1, 1, 1, 1, 1}), sizeof deep.shape);
    for (int64_t gate = 0; gate < 3; gate++) {
        attn_tensor block = part(w, gate * 120 * 250, 120 * 250);
        assert_uniform(&block, sqrt(6.0 / 370.0));
        assert_orthonormal_rows(u.values, gate * 120, 120, 120);
    }
    ck_assert(unit_any_differs(w.values, w.values + 120 * 250, 120 * 250)); /* no two gates alike */
    unit_assert_all(tensor_of(params, "g.bias_ih_l0").values, 360, 0.0f);
    unit_assert_all(tensor_of(params, "g.bias_hh_l1").values, 360, 0.0f);
    unit_assert_all(tensor_of(params, "g.norm_gain_l0").values, 360, 1.0f);
    unit_assert_all(tensor_of(params, "g.norm_shift_l1_reverse").values, 360, 0.0f);
    attn_gru_destroy(&gru);
    teardown();
}
END_TEST

START_TEST(the_articles_gru_starts_as_the_article_says)
{
    setup(2);
    attn_gru *gru = NULL;
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.init = ATTN_INIT_FAN_SUM_RELU;
    OK(attn_gru_create(params, "g", 200, 170, &options, &gru));
    attn_tensor w = tensor_of(params, "g.weight_ih_l0"), u = tensor_of(params, "g.weight_hh_l0");
    for (int64_t gate = 0; gate < 3; gate++) {
        double bound = sqrt(2.0) / sqrt(gate < 2 ? 200.0 + 170.0 + 340.0 : 200.0 + 170.0 + 170.0);
        attn_tensor block = part(w, gate * 170 * 200, 170 * 200);
        assert_uniform(&block, bound);
        block = part(u, gate * 170 * 170, 170 * 170);
        assert_uniform(&block, bound);
    }
    attn_tensor bias = tensor_of(params, "g.bias_ih_l0");
    unit_assert_all(bias.values, 340, 1.0f);
    unit_assert_all(bias.values + 340, 170, 0.0f);
    unit_assert_all(tensor_of(params, "g.bias_hh_l0").values, 510, 0.0f);
    attn_gru_destroy(&gru);
    teardown();
}
END_TEST

START_TEST(the_other_layers_start_as_their_headers_say)
{
    setup(2);
    attn_embedding *embedding = NULL;
    attn_attention *attention = NULL;
    attn_dense *dense = NULL;
    OK(attn_embedding_create(params, "e", 40, 5, NULL, &embedding));
    OK(attn_attention_create(params, "a", 200, NULL, &attention));
    OK(attn_dense_create(params, "d", 150, 200, NULL, &dense));
    attn_tensor table = tensor_of(params, "e.weight"), w = tensor_of(params, "a.weight"),
                d = tensor_of(params, "d.weight");
    attn_tensor v = tensor_of(params, "a.score_weight");
    unit_assert_all(table.values, 5, 0.0f); /* <pad> */
    for (int64_t i = 5; i < 200; i++)
        ck_assert(table.values[i] != 0.0f);
    assert_uniform(&w, sqrt(6.0 / 400.0));
    assert_uniform(&d, sqrt(6.0 / 350.0));
    for (int64_t i = 0; i < 200; i++)
        ck_assert_double_le(fabs((double)v.values[i]), sqrt(6.0 / 201.0));
    unit_assert_all(tensor_of(params, "a.bias").values, 200, 0.0f);
    unit_assert_all(tensor_of(params, "a.score_bias").values, 1, 0.0f);
    unit_assert_all(tensor_of(params, "d.bias").values, 200, 0.0f);
    attn_embedding_destroy(&embedding);
    attn_attention_destroy(&attention);
    attn_dense_destroy(&dense);
    teardown();
}
END_TEST

UNIT_MAIN("init", first_values_depend_on_seed_and_name_alone, uniform_initialisations_have_their_bounds,
          zeros_and_ones_are_just_that, normal_initialisation_is_normal,
          orthogonal_initialisation_is_orthogonal_block_by_block, a_gru_starts_as_its_header_says,
          the_articles_gru_starts_as_the_article_says, the_other_layers_start_as_their_headers_say)
