/* check_product.c - the products of each variant against sums in double, on odd sizes and loose leading dimensions.
 *
 * A sum of k products is right to k 2^-24 of the sum of their sizes, in any order and with or without FMA. */
#include "kernel_test.h"

/* In bfloat16 the product is, to the bit, that with the rounded floats. b is overwritten with them. */
static void check_product_bfloat16(const attni_kernels *kernels, int64_t m, int64_t n, int64_t k,
                                   const float *a, int64_t lda, float *b, int64_t ldb)
{
    int64_t size = attni_packed_size(kernels, k, n);
    float *packed = numbers(size, 1.0f), *c = numbers(m * n, 1.0f), *c_narrow = numbers(m * n, 1.0f);
    uint16_t *narrow = malloc((size_t)size * sizeof *narrow);
    kernels->pack(k, n, b, ldb, packed);
    kernels->pack_bfloat16(size, packed, narrow);
    kernels->product_bfloat16(m, n, k, a, lda, narrow, c_narrow, n);
    for (int64_t i = 0; i < k * ldb; i++)
        b[i] = attni_from_bfloat16(attni_to_bfloat16(b[i]));
    kernels->pack(k, n, b, ldb, packed);
    kernels->product(m, n, k, a, lda, packed, c, n, 0, NULL);
    if (m)
        ck_assert_mem_eq(c_narrow, c, (size_t)(m * n) * sizeof *c);
    free(narrow);
    FREE(packed, c, c_narrow);
}

static void check_product(const attni_kernels *kernels, int64_t m, int64_t n, int64_t k)
{
    int64_t lda = k + random_below(4), ldb = n + random_below(4), ldc = n + random_below(4);
    int32_t accumulate = (int32_t)random_below(2);
    float *a = numbers(m * lda, 1.0f), *b = numbers(k * ldb, 1.0f), *c = numbers(m * ldc, 1.0f);
    float *packed = numbers(attni_packed_size(kernels, k, n), 1.0f),
          *packed_too = numbers(attni_packed_size(kernels, k, n), 1.0f);
    fill_gaps(a, m, k, lda, NAN);
    fill_gaps(b, k, n, ldb, NAN);
    fill_gaps(c, m, n, ldc, GUARD);
    float *before = copy_of(c, m * ldc), *alone = copy_of(c, m * ldc),
          *transposed = numbers(n * (k + 1), 1.0f);
    for (int64_t j = 0; j < n; j++) {
        for (int64_t p = 0; p < k; p++)
            transposed[j * (k + 1) + p] = b[p * ldb + j];
        transposed[j * (k + 1) + k] = NAN;
    }
    kernels->pack(k, n, b, ldb, packed);
    kernels->pack_transposed(k, n, transposed, k + 1, packed_too);
    ck_assert_mem_eq(packed, packed_too, (size_t)attni_packed_size(kernels, k, n) * sizeof(float));
    const attni_piece pieces[2] = {{a, m * lda}, {b, k * ldb}};
    attni_ahead ahead = {.pieces = pieces, .left = 2};
    kernels->product(m, n, k, a, lda, packed, c, ldc, accumulate, &ahead);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double size = accumulate ? fabs((double)before[i * ldc + j]) : 0.0;
            double expected =
                entry(a + i * lda, b + j, ldb, k, &size) + (accumulate ? (double)before[i * ldc + j] : 0.0);
            MUST(fabs((double)c[i * ldc + j] - expected) <= (double)(k + 1) * EPSILON / 2.0 * size,
                 "%s: product of m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g", kernels->name,
                 (long long)m, (long long)n, (long long)k, (long long)i, (long long)j, (double)c[i * ldc + j],
                 expected);
        }
    }
    assert_gaps(c, m, n, ldc);
    for (int64_t i = 0; i < m; i++) /* a row's bits depend neither on m nor on its place */
        kernels->product(1, n, k, a + i * lda, lda, packed, alone + i * ldc, ldc, accumulate, NULL);
    ck_assert_mem_eq(c, alone, (size_t)(m * ldc) * sizeof(float));
    check_product_bfloat16(kernels, m, n, k, a, lda, b, ldb);
    FREE(a, b, c, packed, packed_too, before, alone, transposed);
}

START_TEST(product)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 26; m++) {
        for (int64_t n = 1; n <= 70; n++)
            check_product(kernels, m, n, 1 + random_below(50));
        for (int64_t k = 1; k <= 50; k++)
            check_product(kernels, m, 1 + random_below(70), k);
    }
    for (int64_t n = 120; n <= 300; n += 9) /* four panels and more, for one row */
        check_product(kernels, 1 + random_below(3), n, 1 + random_below(50));
}
END_TEST

/* C[m,n] += A[k,m]^T B[k,n] */
static void check_product_over(const attni_kernels *kernels, int64_t m, int64_t n, int64_t k)
{
    int64_t lda = m + random_below(4), ldc = n + random_below(4);
    float *a = numbers(k * lda, 1.0f), *b = numbers(k * n, 1.0f), *c = numbers(m * ldc, 1.0f);
    float *packed = numbers(attni_packed_size(kernels, k, n), 1.0f), *column = numbers(k, 1.0f);
    fill_gaps(a, k, m, lda, NAN);
    fill_gaps(c, m, n, ldc, GUARD);
    float *before = copy_of(c, m * ldc);
    kernels->pack(k, n, b, n, packed);
    kernels->product_over(m, n, k, a, lda, packed, c, ldc);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t p = 0; p < k; p++)
            column[p] = a[p * lda + i];
        for (int64_t j = 0; j < n; j++) {
            double size = fabs((double)before[i * ldc + j]);
            double expected = entry(column, b + j, n, k, &size) + (double)before[i * ldc + j];
            MUST(fabs((double)c[i * ldc + j] - expected) <= (double)(k + 1) * EPSILON / 2.0 * size,
                 "%s: product over m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g", kernels->name,
                 (long long)m, (long long)n, (long long)k, (long long)i, (long long)j, (double)c[i * ldc + j],
                 expected);
        }
    }
    assert_gaps(c, m, n, ldc);
    FREE(a, b, c, packed, column, before);
}

START_TEST(product_over_tokens)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 40; m++) {
        for (int64_t n = 1; n <= 70; n += 3)
            check_product_over(kernels, m, n, random_below(50));
    }
}
END_TEST

START_TEST(large_products)
{
    for (int round = 0; round < 200; round++) {
        int64_t m = random_below(20), n = 1 + random_below(20), k = 1 + random_below(20);
        int32_t accumulate = (int32_t)random_below(2);
        float *a = numbers(m * k, 1.0f), *b = numbers(k * n, 1.0f), *at = numbers(k * m, 1.0f),
              *bt = numbers(n * k, 1.0f);
        float *c = numbers(m * n, 1.0f), *nn = copy_of(c, m * n), *nt = copy_of(c, m * n),
              *tn = copy_of(c, m * n);
        for (int64_t p = 0; p < k; p++) {
            for (int64_t i = 0; i < m; i++)
                at[p * m + i] = a[i * k + p];
            for (int64_t j = 0; j < n; j++)
                bt[j * k + p] = b[p * n + j];
        }
        attni_gemm_nn(m, n, k, a, k, b, n, accumulate, nn, n);
        attni_gemm_nt(m, n, k, a, k, bt, k, accumulate, nt, n);
        attni_gemm_tn(m, n, k, at, m, b, n, accumulate, tn, n);
        for (int64_t i = 0; i < m * n; i++) {
            double size = 0.0;
            c[i] = (float)(entry(a + i / n * k, b + i % n, n, k, &size) + (accumulate ? (double)c[i] : 0.0));
        }
        assert_near(nn, c, m * n, 20.0 * EPSILON, "A B");
        assert_near(nt, c, m * n, 20.0 * EPSILON, "A B^T");
        assert_near(tn, c, m * n, 20.0 * EPSILON, "A^T B");
        FREE(a, b, at, bt, c, nn, nt, tn);
    }
}
END_TEST

void kernel_product_tests(TCase *group)
{
    const TTest *each[] = {product, product_over_tokens};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        tcase_add_loop_test(group, each[i], 0, kernel_variants());
    tcase_add_test(group, large_products);
}
