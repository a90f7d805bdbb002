/* check_functions.c - every kernel of each variant but the products against reference.c, on odd sizes. */
#include <float.h>

#include "kernel_test.h"

/* ---- functions over the whole float range ---------------------------------------------------------------- */

static double true_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* The distance in units in the last place of the true value, or of `least` where that is larger. */
static double error_in_ulp(float actual, double expected, double least)
{
    if (isnan(expected) || isnan(actual))
        return isnan(expected) && isnan(actual) ? 0.0 : INFINITY;
    if ((double)(float)expected == (double)actual)
        return 0.0; /* infinities among them */
    if (isinf(actual))
        return INFINITY;
    int exponent;
    frexp(fmax(fabs(expected), least), &exponent);
    return fabs((double)actual - expected) / ldexp(1.0, exponent - 24);
}

/* Every `step`th of all 2^32 floats and what lies between `from` and `to`; in vectors of odd counts, in place. */
static double worst_error(void (*f)(int64_t n, const float *x, float *y), double (*expected)(double),
                          double least, float *worst)
{
    enum { COUNT = 61 };
    float x[COUNT], y[COUNT];
    double most = 0.0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32;) {
        for (int i = 0; i < COUNT; i++, bits += 1021) {
            uint32_t pattern = (uint32_t)bits;
            memcpy(&x[i], &pattern, sizeof pattern);
        }
        memcpy(y, x, sizeof y);
        f(COUNT, y, y);
        for (int i = 0; i < COUNT; i++) {
            double error = error_in_ulp(y[i], expected((double)x[i]), least);
            if (error > most) {
                most = error;
                *worst = x[i];
            }
        }
    }
    return most;
}

static void assert_error(const attni_kernels *kernels, const char *name,
                         void (*f)(int64_t n, const float *x, float *y), double (*expected)(double),
                         double least, double bound)
{
    float worst = 0.0f;
    double error = worst_error(f, expected, least, &worst);
    MUST(error <= bound, "%s: %s(%.9g) is wrong by %.3g units in the last place; at most %.3g are allowed",
         kernels->name, name, (double)worst, error, bound);
}

/* exp to 2 ulp and tanh to 6 (a quotient of two polynomials that are rounded at each step), those of subnormal numbers being
 * 2^-149; sigmoid to 4 down to 2^-105, and to 2^-126 below it, where its denominator overflows. */
START_TEST(functions)
{
    const attni_kernels *kernels = kernel_variant(_i);
    assert_error(kernels, "exp", kernels->exp, exp, 0x1p-126, 2.0);
    assert_error(kernels, "tanh", kernels->tanh, tanh, 0x1p-126, 6.0);
    assert_error(kernels, "sigmoid", kernels->sigmoid, true_sigmoid, 0x1p-105, 4.0);
}
END_TEST

START_TEST(functions_at_special_values)
{
    const attni_kernels *kernels = kernel_variant(_i);
    const float x[] = {0.0f,       -0.0f, INFINITY, -INFINITY, NAN,    0x1p-149f,
                       -0x1p-149f, 1e30f, -1e30f,   88.7228f,  -103.9f};
    enum { COUNT = sizeof x / sizeof *x };
    float y[COUNT];
    kernels->exp(COUNT, x, y);
    ck_assert(y[0] == 1.0f && y[1] == 1.0f && isinf(y[2]) && y[3] == 0.0f && isnan(y[4]) && y[5] == 1.0f &&
              isinf(y[7]) && y[8] == 0.0f && isfinite(y[9]) && y[10] > 0.0f);
    kernels->tanh(COUNT, x, y);
    ck_assert(y[0] == 0.0f && y[1] == 0.0f && y[2] == 1.0f && y[3] == -1.0f && isnan(y[4]) && y[5] == x[5] &&
              y[6] == x[6] && y[7] == 1.0f && y[8] == -1.0f);
    kernels->sigmoid(COUNT, x, y);
    ck_assert(y[0] == 0.5f && y[1] == 0.5f && y[2] == 1.0f && y[3] >= 0.0f && y[3] < 0x1p-126f &&
              isnan(y[4]) && y[7] == 1.0f && y[8] == y[3]);
}
END_TEST

/* ---- gates ----------------------------------------------------------------------------------------------- */

/* Some opening of m rows, or none: the plain GRU. Weights of 0 and 1 are among them. */
static const attni_opening *draw_opening(attni_opening *opening, int64_t m, int64_t h, int64_t kind)
{
    if (kind == 0)
        return NULL;
    *opening = (attni_opening){.form = (int)(kind - 1) / 2, .width = kind % 2 ? 1 : h};
    float *weights = numbers(m * opening->width, 1.0f);
    for (int64_t i = 0; i < m * opening->width; i++)
        weights[i] = i % 5 == 0 ? 0.0f : i % 5 == 1 ? 1.0f : fabsf(weights[i]);
    opening->weights = weights;
    return opening;
}

/* Pre-activations to 10, their functions to 6 ulp: 8 epsilon for a gate, twice that for the state; a weight's gradient sums h of
 * them. */
static void check_gru_gates(const attni_kernels *kernels, int64_t h, int64_t m, int64_t kind)
{
    const attni_kernels *reference = kernel_variant(0);
    attni_opening room = {0};
    const attni_opening *opening = draw_opening(&room, m, h, kind);
    int64_t gates = opening && opening->form == ATTNI_REPLACE ? 2 : 3, width = (gates + 2) * h;
    int64_t ldu = gates * h + random_below(3), columns = (gates + 1) * h, ldda = columns + random_below(3);
    int64_t in_place = random_below(2), weights = m * room.width;
    float *x = numbers(m * width, 6.0f), *u = numbers(m * ldu, 3.0f), *bias = numbers(columns, 1.0f);
    float *state = numbers(m * h, 1.0f), *kept = numbers(m * width, 1.0f), *da = numbers(m * ldda, 1.0f);
    float *state_too = copy_of(state, m * h), *state_alone = copy_of(state, m * h),
          *state_apart = copy_of(state, m * h), *dweights = numbers(weights, 1.0f);
    float *kept_too = copy_of(in_place ? x : kept, m * width), *dweights_too = numbers(weights, 1.0f);
    const float *rows[8], *rows_too[8];
    for (int64_t i = 0; i < m; i++) {
        rows[i] = x + i * width;
        rows_too[i] = in_place ? kept_too + i * width : rows[i];
    }
    fill_gaps(u, m, gates * h, ldu, NAN);
    fill_gaps(da, m, columns, ldda, GUARD);
    float *da_too = copy_of(da, m * ldda), *da_apart = copy_of(da, m * ldda);
    kernels->gru_forward(m, h, rows, u, ldu, bias, opening, state_alone, NULL);
    reference->gru_forward(m, h, rows, u, ldu, bias, opening, state, kept);
    kernels->gru_forward(m, h, rows_too, u, ldu, bias, opening, state_too, kept_too);
    kernels->gru_update(m, h, kept, opening, state_apart);
    assert_near(kept_too, kept, m * width, 8.0 * EPSILON, "what is kept");
    assert_near(state_too, state, m * h, 16.0 * EPSILON, "state");
    assert_near(state_apart, state, m * h, 16.0 * EPSILON, "state, updated alone");
    if (m) /* keeping changes nothing */
        ck_assert_mem_eq(state_alone, state_too, (size_t)(m * h) * sizeof(float));

    float *dh = numbers(m * h, 1.0f), *dh_too = copy_of(dh, m * h), *dh_apart = copy_of(dh, m * h);
    float *given = opening ? dweights_too : NULL;
    reference->gru_backward(m, h, kept, opening, dh, da, ldda, opening ? dweights : NULL);
    kernels->gru_backward(m, h, kept, opening, dh_too, da_too, ldda, given);
    assert_near(da_too, da, m * ldda, 8.0 * EPSILON, "gradient");
    assert_near(dh_too, dh, m * h, EPSILON, "state's gradient");
    assert_near(dweights_too, dweights, opening ? weights : 0, (double)(h + 8) * EPSILON,
                "weight's gradient");
    assert_gaps(da_too, m, columns, ldda);
    kernels->gru_update_backward(m, h, kept, opening, dh_apart, da_apart, ldda, NULL);
    for (int64_t i = 0; i < m; i++) {
        assert_near(da_apart + i * ldda, da + i * ldda, h, 8.0 * EPSILON, "n's gradient alone");
        if (gates == 3)
            assert_near(da_apart + i * ldda + 2 * h, da + i * ldda + 2 * h, h, 8.0 * EPSILON, "z's alone");
    }
    assert_near(dh_apart, dh, m * h, EPSILON, "state's gradient alone");
    FREE(x, u, bias, state, kept, da, state_too, state_alone, state_apart, kept_too, da_too, da_apart, dh,
         dh_too, dh_apart, dweights, dweights_too, (void *)room.weights);
}

START_TEST(gru_gates)
{
    for (int64_t h = 1; h <= 70; h++) {
        for (int64_t kind = 0; kind <= 6; kind++) /* none; each form with one weight and with h */
            check_gru_gates(kernel_variant(_i), h, random_below(6), kind);
    }
}
END_TEST

/* ---- attention's scores ---------------------------------------------------------------------------------- */

/* A sum of n numbers of size at most 2 is right to n epsilon of them; so is one over m items. */
START_TEST(scores)
{
    const attni_kernels *kernels = kernel_variant(_i), *reference = kernel_variant(0);
    for (int64_t a = 1; a <= 70; a++) {
        int64_t m = random_below(9);
        float *hidden = numbers(m * a, 2.0f), *bias = numbers(a, 1.0f), *v = numbers(a, 1.0f);
        float *hidden_too = copy_of(hidden, m * a), *dbias = numbers(a, 1.0f), *dv = numbers(a, 1.0f);
        float *dbias_too = copy_of(dbias, a), *dv_too = copy_of(dv, a), *dscores = numbers(m, 1.0f);
        float score[9], score_too[9];
        reference->score_forward(m, a, bias, v, hidden, score);
        kernels->score_forward(m, a, bias, v, hidden_too, score_too);
        assert_near(hidden_too, hidden, m * a, 8.0 * EPSILON, "hidden");
        assert_near(score_too, score, m, (double)(a + 8) * EPSILON, "score");
        memcpy(hidden_too, hidden, (size_t)(m * a) * sizeof *hidden); /* backward from the same numbers */
        reference->score_backward(m, a, dscores, v, hidden, dbias, dv);
        kernels->score_backward(m, a, dscores, v, hidden_too, dbias_too, dv_too);
        assert_near(hidden_too, hidden, m * a, 4.0 * EPSILON, "hidden's gradient");
        assert_near(dbias_too, dbias, a, (double)(m + 4) * EPSILON, "the bias's gradient");
        assert_near(dv_too, dv, a, (double)(m + 4) * EPSILON, "the score weight's gradient");
        FREE(hidden, bias, v, hidden_too, dbias, dv, dbias_too, dv_too, dscores);
    }
}
END_TEST

/* A query's scores are those that the query gives as the bias, and so are its gradients. */
START_TEST(scores_of_a_query)
{
    const attni_kernels *kernels = kernel_variant(_i), *reference = kernel_variant(0);
    for (int64_t a = 1; a <= 70; a++) {
        int64_t m = random_below(9);
        float *hidden = numbers(m * a, 2.0f), *asked = numbers(a, 1.0f), *v = numbers(a, 1.0f);
        float *before = copy_of(hidden, m * a), *u = copy_of(hidden, m * a), *dscores = numbers(m, 1.0f);
        float *dhidden = numbers(m * a, 1.0f), *dasked = numbers(a, 1.0f), *dv = numbers(a, 1.0f);
        float *dhidden_too = copy_of(dhidden, m * a), *dasked_too = copy_of(dasked, a);
        float *dv_too = copy_of(dv, a);
        float score[9], score_too[9];
        reference->score_forward(m, a, asked, v, u, score);
        kernels->query_forward(m, a, asked, v, hidden, score_too);
        assert_near(score_too, score, m, (double)(a + 8) * EPSILON, "score");
        reference->score_backward(m, a, dscores, v, u, dasked, dv);
        reference->axpy(m * a, 1.0f, u, dhidden);
        kernels->query_backward(m, a, dscores, asked, v, hidden, dhidden_too, dasked_too, dv_too);
        /* 1 - u^2 doubles the 8 epsilon by which u may differ */
        assert_near(dhidden_too, dhidden, m * a, 20.0 * EPSILON, "hidden's gradient");
        assert_near(dasked_too, dasked, a, (double)(20 * m + 4) * EPSILON, "the query's gradient");
        assert_near(dv_too, dv, a, (double)(9 * m + 4) * EPSILON, "the score weight's gradient");
        MUST(memcmp(hidden, before, (size_t)(m * a) * sizeof *hidden) == 0, "hidden was written, a %lld",
             (long long)a);
        FREE(hidden, asked, v, before, u, dscores, dhidden, dasked, dv, dhidden_too, dasked_too, dv_too);
    }
}
END_TEST

/* ---- bfloat16 -------------------------------------------------------------------------------------------- */

/* The nearest of the two neighbours, or the even one of them; every 1021st float. */
START_TEST(bfloat16)
{
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 1021) {
        uint32_t pattern = (uint32_t)bits;
        float value, back;
        memcpy(&value, &pattern, sizeof value);
        uint16_t narrow = attni_to_bfloat16(value);
        back = attni_from_bfloat16(narrow);
        if (isnan(value)) {
            MUST(isnan(back), "NaN %08x became %.9g", pattern, (double)back);
            continue;
        }
        int exponent;
        frexp((double)value, &exponent);
        double unit = ldexp(1.0, (exponent < -125 ? -125 : exponent) - 8);
        double nearest = isinf(value) ? (double)value : nearbyint((double)value / unit) * unit;
        MUST((double)back == nearest || (isinf(back) && fabs(nearest) >= 0x1p128),
             "%.9g became %.9g; expected %.9g", (double)value, (double)back, nearest);
    }
}
END_TEST

/* ---- layer normalisation --------------------------------------------------------------------------------- */

START_TEST(normalisation)
{
    const attni_kernels *kernels = kernel_variant(_i), *reference = kernel_variant(0);
    for (int64_t round = 0; round < 300; round++) {
        int64_t m = random_below(5), n = 1 + random_below(70), ld = n + random_below(4),
                ldr = 1 + random_below(3);
        float *x = numbers(m * ld, 2.0f), *rstd = numbers(m * ldr, 1.0f), *g = numbers(m * ld, 1.0f);
        fill_gaps(x, m, n, ld, GUARD);
        fill_gaps(g, m, n, ld, GUARD);
        fill_gaps(rstd, m, 1, ldr, GUARD);
        float *x_too = copy_of(x, m * ld), *rstd_too = copy_of(rstd, m * ldr), *g_too = copy_of(g, m * ld);
        reference->normalize(m, n, x, ld, rstd, ldr);
        kernels->normalize(m, n, x_too, ld, rstd_too, ldr);
        for (int64_t i = 0; i < m; i++) { /* what is lost in x - mean grows with 1 / deviation */
            double tolerance = (double)(n + 8) * EPSILON / 2.0 * (1.0 + (double)rstd[i * ldr]);
            assert_near(x_too + i * ld, x + i * ld, n, tolerance, "normalised number");
            assert_near(rstd_too + i * ldr, rstd + i * ldr, 1, tolerance, "1 / deviation");
        }
        assert_gaps(x_too, m, n, ld);
        assert_gaps(rstd_too, m, 1, ldr);

        reference->normalize_backward(m, n, x, ld, rstd, ldr, g, ld);
        kernels->normalize_backward(m, n, x, ld, rstd, ldr, g_too, ld);
        for (int64_t i = 0; i < m; i++)
            assert_near(g_too + i * ld, g + i * ld, n,
                        (double)(n + 8) * EPSILON * (1.0 + (double)rstd[i * ldr]), "gradient");
        assert_gaps(g_too, m, n, ld);
        FREE(x, rstd, g, x_too, rstd_too, g_too);
    }
}
END_TEST

START_TEST(a_constant_row_normalises_to_0)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t n = 1; n <= 70; n++) {
        float x[70], rstd;
        for (int64_t j = 0; j < n; j++)
            x[j] = 0.5f; /* every sum of it is exact */
        kernels->normalize(1, n, x, n, &rstd, 1);
        for (int64_t j = 0; j < n; j++)
            ck_assert_float_eq(x[j], 0.0f);
        assert_near(&rstd, (float[]){316.227766f}, 1, 2.0 * EPSILON, "1 / deviation");
    }
}
END_TEST

/* ---- dropout, vectors, Adam ------------------------------------------------------------------------------ */

START_TEST(dropout_is_the_same_to_the_bit)
{
    const attni_kernels *kernels = kernel_variant(_i), *reference = kernel_variant(0);
    for (int round = 0; round < 300; round++) {
        int64_t n = random_below(600);
        uint32_t threshold = round % 4 == 0 ? (uint32_t)random_below(65536) << 16 : random_bits();
        uint64_t seed = (uint64_t)random_bits() << 32 | random_bits(),
                 stream = (uint64_t)random_bits() << 32 | random_bits();
        uint64_t position =
            round % 3 == 0 ? UINT64_C(0xFFFFFFF0) + (uint64_t)random_below(20) : random_bits();
        float *x = numbers(n, 1.0f), *y = numbers(n + 1, 1.0f), *y_too = copy_of(x, n);
        y[n] = GUARD;
        reference->dropout(n, threshold, 1.25f, seed, stream, position, x, y);
        kernels->dropout(n, threshold, 1.25f, seed, stream, position, y_too, y_too);
        for (int64_t i = 0; i < n; i++)
            MUST(memcmp(&y[i], &y_too[i], sizeof *y) == 0, "number %lld of %lld: %g and %g", (long long)i,
                 (long long)n, (double)y[i], (double)y_too[i]);
        ck_assert_float_eq(y[n], GUARD);
        FREE(x, y, y_too);
    }
}
END_TEST

START_TEST(what_is_not_finite_is_found_wherever_it_stands)
{
    const attni_kernels *kernels = kernel_variant(_i);
    const float wrong[] = {NAN, -NAN, INFINITY, -INFINITY}, fine[] = {FLT_MAX, -FLT_MAX, -0.0f, 1e-45f};
    for (int64_t n = 0; n <= 70; n++) {
        float *x = numbers(n + 1, 1.0f);
        x[n] = NAN; /* beyond the end */
        MUST(kernels->finite(n, x), "%lld numbers", (long long)n);
        for (int64_t i = 0; i < n; i++) {
            const float before = x[i];
            x[i] = fine[i % 4];
            MUST(kernels->finite(n, x), "%g", (double)x[i]);
            x[i] = wrong[i % 4];
            MUST(!kernels->finite(n, x), "number %lld of %lld", (long long)i, (long long)n);
            x[i] = before;
        }
        FREE(x);
    }
}
END_TEST

START_TEST(sums_of_squares_of_any_size)
{
    const attni_kernels *kernels = kernel_variant(_i);
    const float sizes[] = {0.0f, 1e-30f, 1e-10f, 1.0f, 1e17f, 1e25f, 3e38f};
    for (int s = 0; s < 7; s++) {
        float x[100];
        for (int i = 0; i < 100; i++)
            x[i] = sizes[s];
        const double expected = 100.0 * (double)sizes[s] * (double)sizes[s];
        MUST(fabs(attni_sum_squares(kernels, 100, x) - expected) <= 1e-5 * expected, "%g", (double)sizes[s]);
    }
}
END_TEST

START_TEST(vectors)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t n = 0; n <= 200; n++) {
        float *x = numbers(n, 1.0f), *y = numbers(n, 1.0f), scale = 0.37f, *before = copy_of(y, n);
        double size = 0.0, expected = entry(x, y, 1, n, &size);
        MUST(fabs((double)kernels->dot(n, x, y) - expected) <= (double)(n + 1) * EPSILON / 2.0 * size,
             "dot of %lld", (long long)n);
        kernels->axpy(n, scale, x, y);
        for (int64_t i = 0; i < n; i++) {
            before[i] = (float)((double)before[i] + (double)scale * (double)x[i]);
        }
        assert_near(y, before, n, EPSILON, "y + scale x");
        int64_t m = random_below(10), lda = n + random_below(3);
        float *rows = numbers(m * lda, 1.0f), *sums = copy_of(y, n);
        fill_gaps(rows, m, n, lda, NAN);
        kernels->column_sums(m, n, rows, lda, sums);
        for (int64_t i = 0; i < m * n; i++)
            y[i % n] += rows[i / n * lda + i % n];
        assert_near(sums, y, n, 20.0 * EPSILON, "column's sum"); /* of at most ten numbers */
        FREE(x, y, before, rows, sums);
    }
}
END_TEST

START_TEST(adam)
{
    const attni_kernels *kernels = kernel_variant(_i), *reference = kernel_variant(0);
    for (int64_t n = 0; n <= 100; n++) {
        float *w = numbers(n, 1.0f), *g = numbers(n, 1.0f), *m = numbers(n, 1.0f), *v = numbers(n, 1.0f);
        for (int64_t i = 0; i < n; i++)
            v[i] *= v[i];
        float *w_too = copy_of(w, n), *m_too = copy_of(m, n), *v_too = copy_of(v, n);
        for (int step = 0; step < 3; step++) {
            reference->adam(n, w, g, m, v, 0.5f, 0.9f, 0.999f, 1e-2f, 1e-3f, 1e-2f);
            kernels->adam(n, w_too, g, m_too, v_too, 0.5f, 0.9f, 0.999f, 1e-2f, 1e-3f, 1e-2f);
        }
        assert_near(m_too, m, n, 6.0 * EPSILON, "m");
        assert_near(v_too, v, n, 6.0 * EPSILON, "v");
        assert_near(w_too, w, n, 6.0 * EPSILON,
                    "w"); /* an update is at most 1e-2 * 1 / 1e-3, and as exact as m */
        FREE(w, g, m, v, w_too, m_too, v_too);
    }
}
END_TEST

void kernel_function_tests(TCase *group)
{
    const TTest *each[] = {functions,
                           functions_at_special_values,
                           gru_gates,
                           scores,
                           scores_of_a_query,
                           normalisation,
                           a_constant_row_normalises_to_0,
                           dropout_is_the_same_to_the_bit,
                           what_is_not_finite_is_found_wherever_it_stands,
                           sums_of_squares_of_any_size,
                           vectors,
                           adam};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        tcase_add_loop_test(group, each[i], 0, kernel_variants());
    tcase_add_test(group, bfloat16);
}
