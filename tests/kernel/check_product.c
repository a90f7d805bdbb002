/* check_product.c - the products of each variant against sums in double, on odd sizes and loose leading dimensions.
 *
 * A sum of k products is right to k 2^-24 of the sum of their sizes, in any order and with or without FMA. Where factors are rounded
 * to bfloat16, that holds of the rounded ones. */
#ifdef ATTNI_BLAS
#include <dlfcn.h>
#endif

#include "kernel_test.h"
#include "kernel/blas.h"
#include "layer/product.h"

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

/* The numbers as the product takes them. */
static float *factors(int64_t count, const float *values, int32_t rounding)
{
    float *copy = copy_of(values, count);
    for (int64_t i = 0; rounding && i < count; i++)
        copy[i] = attni_from_bfloat16(attni_to_bfloat16(copy[i]));
    return copy;
}

static void check_product(const attni_kernels *whole, int32_t rounding, int64_t m, int64_t n, int64_t k)
{
    const attni_kernels rounded = attni_kernels_rounding(whole), *kernels = rounding ? &rounded : whole;
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
    float *left = factors(m * lda, a, rounding), *right = factors(k * ldb, b, rounding);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double size = accumulate ? fabs((double)before[i * ldc + j]) : 0.0;
            double expected = entry(left + i * lda, right + j, ldb, k, &size) +
                              (accumulate ? (double)before[i * ldc + j] : 0.0);
            MUST(fabs((double)c[i * ldc + j] - expected) <= (double)(k + 1) * EPSILON / 2.0 * size,
                 "%s, rounding %d: product of m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g",
                 kernels->name, (int)rounding, (long long)m, (long long)n, (long long)k, (long long)i,
                 (long long)j, (double)c[i * ldc + j], expected);
        }
    }
    assert_gaps(c, m, n, ldc);
    for (int64_t i = 0; i < m; i++) /* a row's bits depend neither on m nor on its place */
        kernels->product(1, n, k, a + i * lda, lda, packed, alone + i * ldc, ldc, accumulate, NULL);
    ck_assert_mem_eq(c, alone, (size_t)(m * ldc) * sizeof(float));
    if (!rounding)
        check_product_bfloat16(kernels, m, n, k, a, lda, b, ldb);
    FREE(a, b, c, packed, packed_too, before, alone, transposed, left, right);
}

START_TEST(product)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 26; m++) {
        for (int64_t n = 1; n <= 70; n++)
            check_product(kernels, 0, m, n, 1 + random_below(50));
        for (int64_t k = 1; k <= 50; k++)
            check_product(kernels, 0, m, 1 + random_below(70), k);
    }
    for (int64_t n = 120; n <= 300; n += 9) /* four panels and more, for one row */
        check_product(kernels, 0, 1 + random_below(3), n, 1 + random_below(50));
}
END_TEST

START_TEST(product_of_rounded_factors)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 26; m++) {
        for (int64_t n = 1; n <= 70; n += 1 + random_below(3))
            check_product(kernels, 1, m, n, 1 + random_below(50));
        for (int64_t k = 1; k <= 70; k += 1 + random_below(3))
            check_product(kernels, 1, m, 1 + random_below(70), k);
    }
    for (int64_t n = 120; n <= 300; n += 9) /* four panels and more, for one row */
        check_product(kernels, 1, 1 + random_below(3), n, 1 + random_below(50));
    for (int64_t k = 500; k <= 2100; k += 1 + random_below(300)) /* several pieces of k */
        check_product(kernels, 1, 1 + random_below(14), 1 + random_below(40), k);
}
END_TEST

/* Numbers halfway between two of bfloat16 go to the even one, and the largest ones become infinite; an infinite or no number makes
 * its row infinite or none, and no other; no numbers are summed up to 0. */
START_TEST(product_of_rounded_factors_at_its_borders)
{
    const attni_kernels kernels = attni_kernels_rounding(kernel_variant(_i));
    enum { M = 8, N = 37 };
    const float a[M] = {0x1.01p0f,       0x1.03p0f,   -0x1.010002p0f, 0.0f,
                        0x1.FEFFFEp127f, 0x1.FFp127f, -INFINITY,      NAN},
                expected[M] = {1.0f, 0x1.04p0f, -0x1.02p0f, 0.0f, 0x1.FEp127f, INFINITY, -INFINITY, NAN};
    float b[N], packed[64], c[M * N];
    for (int64_t j = 0; j < N; j++)
        b[j] = 1.0f;
    kernels.pack(1, N, b, N, packed);
    kernels.product(M, N, 1, a, 1, packed, c, N, 0, NULL);
    for (int64_t i = 0; i < M * N; i++)
        MUST(c[i] == expected[i / N] || (isnan(c[i]) && isnan(expected[i / N])),
             "%s: %.9g became %.9g; expected %.9g", kernels.name, (double)a[i / N], (double)c[i],
             (double)expected[i / N]);
    kernels.pack(1, M, a, M, packed); /* and B's numbers alike */
    kernels.product(1, M, 1, b, 1, packed, c, M, 0, NULL);
    for (int64_t j = 0; j < M; j++)
        MUST(c[j] == expected[j] || (isnan(c[j]) && isnan(expected[j])), "%s: %.9g became %.9g", kernels.name,
             (double)a[j], (double)c[j]);
    kernels.product(M, N, 0, a, 1, packed, c, N, 0, NULL);
    for (int64_t i = 0; i < M * N; i++)
        ck_assert_float_eq(c[i], 0.0f);
}
END_TEST

/* In int8 every variant gives the reference's bits. Beside sums in double, with the largest sizes x of a row of A and y of one of
 * W in a piece, a number is off by up to x / 254 and y / 254, and a sum of the products by
 *     y / 254 sum |a| + x / 254 sum |w| + k x y / 254^2
 * added up over the pieces; 1e-5 of that is what the scales and the last multiplications are rounded by. */
static void check_product_int8(const attni_kernels *kernels, int64_t m, int64_t n, int64_t k)
{
    const attni_kernels *reference = kernel_variant(0);
    int64_t lda = k + random_below(4), ldw = k + random_below(4), ldc = n + random_below(4);
    float *a = numbers(m * lda, 3.0f), *w = numbers(n * ldw, 0.1f), *c = numbers(m * ldc, 1.0f);
    uint8_t *packed = malloc((size_t)attni_packed_int8_size(kernels, k, n)),
            *packed_too = malloc((size_t)attni_packed_int8_size(reference, k, n));
    fill_gaps(a, m, k, lda, NAN);
    fill_gaps(w, n, k, ldw, NAN);
    fill_gaps(c, m, n, ldc, GUARD);
    float *expected = copy_of(c, m * ldc), *alone = copy_of(c, m * ldc);
    const attni_piece pieces[2] = {{a, m * lda}, {w, n * ldw}};
    attni_ahead ahead = {.pieces = pieces, .left = 2};
    kernels->pack_int8(k, n, w, ldw, packed);
    kernels->product_int8(m, n, k, a, lda, packed, c, ldc, &ahead);
    reference->pack_int8(k, n, w, ldw, packed_too);
    reference->product_int8(m, n, k, a, lda, packed_too, expected, ldc, NULL);
    assert_gaps(c, m, n, ldc);
    for (int64_t i = 0; i < m; i++)
        kernels->product_int8(1, n, k, a + i * lda, lda, packed, alone + i * ldc, ldc, NULL);
    for (int64_t i = 0; i < m * ldc; i++)
        MUST(c[i] == expected[i] && alone[i] == c[i],
             "%s: in int8 m %lld n %lld k %lld at %lld is %.9g, alone %.9g; expected %.9g", kernels->name,
             (long long)m, (long long)n, (long long)k, (long long)i, (double)c[i], (double)alone[i],
             (double)expected[i]);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = 0.0, off = 0.0;
            for (int64_t p0 = 0, end; p0 < k; p0 = end) {
                double x = 0.0, y = 0.0, of_a = 0.0, of_w = 0.0;
                end = k - p0 < ATTNI_INT8_PIECE ? k : p0 + ATTNI_INT8_PIECE;
                for (int64_t p = p0; p < end; p++) {
                    const double one = (double)a[i * lda + p], other = (double)w[j * ldw + p];
                    sum += one * other;
                    of_a += fabs(one);
                    of_w += fabs(other);
                    x = fmax(x, fabs(one));
                    y = fmax(y, fabs(other));
                }
                off += y / 254.0 * of_a + x / 254.0 * of_w + (double)(end - p0) * x * y / (254.0 * 254.0);
            }
            MUST(fabs((double)c[i * ldc + j] - sum) <= off * (1.0 + 1e-5),
                 "%s: in int8 m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g to %.3g",
                 kernels->name, (long long)m, (long long)n, (long long)k, (long long)i, (long long)j,
                 (double)c[i * ldc + j], sum, off);
        }
    }
    free(packed);
    free(packed_too);
    FREE(a, w, c, expected, alone);
}

START_TEST(product_int8)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 26; m++) {
        for (int64_t n = 1; n <= 70; n += 1 + random_below(3))
            check_product_int8(kernels, m, n, 1 + random_below(50));
        for (int64_t k = 1; k <= 70; k += 1 + random_below(3))
            check_product_int8(kernels, m, 1 + random_below(70), k);
    }
    for (int64_t n = 120; n <= 300; n += 9) /* four panels and more, for one row */
        check_product_int8(kernels, 1 + random_below(3), n, 1 + random_below(50));
    for (int64_t k = ATTNI_INT8_PIECE - 2; k <= 2 * ATTNI_INT8_PIECE + 5; k += 1 + random_below(400))
        check_product_int8(kernels, 1 + random_below(14), 1 + random_below(40), k);
}
END_TEST

/* Numbers at the borders of what is rounded: the largest sums, rows of nothing, numbers so small that they count as 0 or so large
 * that sums overflow, and such as are none: they make a whole row none, and no other. */
START_TEST(product_int8_at_its_borders)
{
    const attni_kernels *kernels = kernel_variant(_i);
    enum { M = 7, N = 37, K = ATTNI_INT8_PIECE };
    const float rows[M] = {1.0f, 0.0f, 0x1p-120f, 0x1.8p-120f, 0x1.FFFFFEp127f, INFINITY, NAN};
    float *a = numbers(M * K, 1.0f), *w = numbers(N * K, 1.0f), c[M * N];
    uint8_t *packed = malloc((size_t)attni_packed_int8_size(kernels, K, N));
    for (int64_t i = 0; i < M * K; i++) /* the last two rows have a single one that is none */
        a[i] = i / K < 5 ? rows[i / K] : i % K == 1000 ? -rows[i / K] : 1.0f;
    for (int64_t j = 0; j < N; j++) {
        for (int64_t p = 0; p < K; p++)
            w[j * K + p] = j == 1 ? 0.0f : j == 2 ? 0x1p-121f : j % 2 ? -0.5f : 0.5f;
    }
    kernels->pack_int8(K, N, w, K, packed);
    kernels->product_int8(M, N, K, a, K, packed, c, N, NULL);
    for (int64_t i = 0; i < M; i++) {
        for (int64_t j = 0; j < N; j++) {
            const float of_w = j == 1 || j == 2 ? 0.0f
                               : j % 2          ? -0.5f
                                                : 0.5f,
                        of_a = i == 1 || i == 2 ? 0.0f : rows[i], got = c[i * N + j];
            const double sum = (double)K * (double)of_a * (double)of_w;
            if (i >= 5)
                MUST(isnan(got), "%s: %lld, %lld is %g; expected nan", kernels->name, (long long)i,
                     (long long)j, (double)got);
            else if (fabs(sum) > 0x1p127)
                MUST(isinf(got) && (got > 0) == (sum > 0), "%s: %lld, %lld is %g", kernels->name,
                     (long long)i, (long long)j, (double)got);
            else
                MUST(fabs((double)got - sum) <= 1e-6 * fabs(sum), "%s: %lld, %lld is %g; expected %g",
                     kernels->name, (long long)i, (long long)j, (double)got, sum);
        }
    }
    free(packed);
    FREE(a, w);
}
END_TEST

/* C[m,n] += A[k,m]^T B[k,n] */
static void check_product_over(const attni_kernels *whole, int32_t rounding, int64_t m, int64_t n, int64_t k)
{
    const attni_kernels rounded = attni_kernels_rounding(whole), *kernels = rounding ? &rounded : whole;
    int64_t lda = m + random_below(4), ldc = n + random_below(4);
    float *a = numbers(k * lda, 1.0f), *b = numbers(k * n, 1.0f), *c = numbers(m * ldc, 1.0f);
    float *packed = numbers(attni_packed_size(kernels, k, n), 1.0f), *column = numbers(k, 1.0f);
    fill_gaps(a, k, m, lda, NAN);
    fill_gaps(c, m, n, ldc, GUARD);
    float *before = copy_of(c, m * ldc);
    kernels->pack(k, n, b, n, packed);
    kernels->product_over(m, n, k, a, lda, packed, c, ldc);
    float *left = factors(k * lda, a, rounding), *right = factors(k * n, b, rounding);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t p = 0; p < k; p++)
            column[p] = left[p * lda + i];
        for (int64_t j = 0; j < n; j++) {
            double size = fabs((double)before[i * ldc + j]);
            double expected = entry(column, right + j, n, k, &size) + (double)before[i * ldc + j];
            MUST(fabs((double)c[i * ldc + j] - expected) <= (double)(k + 1) * EPSILON / 2.0 * size,
                 "%s, rounding %d: product over m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g",
                 kernels->name, (int)rounding, (long long)m, (long long)n, (long long)k, (long long)i,
                 (long long)j, (double)c[i * ldc + j], expected);
        }
    }
    assert_gaps(c, m, n, ldc);
    FREE(a, b, c, packed, column, before, left, right);
}

START_TEST(product_over_tokens)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 40; m++) {
        for (int64_t n = 1; n <= 70; n += 3)
            check_product_over(kernels, 0, m, n, random_below(50));
    }
}
END_TEST

START_TEST(product_of_rounded_factors_over_tokens)
{
    const attni_kernels *kernels = kernel_variant(_i);
    for (int64_t m = 0; m <= 40; m++) {
        for (int64_t n = 1; n <= 70; n += 3)
            check_product_over(kernels, 1, m, n, random_below(50));
    }
    for (int64_t k = 250; k <= 1100; k += 1 + random_below(200)) /* several pieces of k, and of A's columns */
        check_product_over(kernels, 1, 30 + random_below(80), 1 + random_below(70), k);
}
END_TEST

/* A product of the dense layer, in each of its forms, at two numbers of threads and for fewer rows. */
static void check_large(attn_context *const contexts[2], int32_t rounding, int64_t m, int64_t n, int64_t k)
{
    const double unit = (double)(k + 1) * EPSILON / 2.0 + (rounding ? 0x1p-7 + 0x1p-16 : 0.0);
    float *a = numbers(m * k, 1.0f), *b = numbers(k * n, 1.0f), *at = numbers(k * m, 1.0f),
          *bt = numbers(n * k, 1.0f), *before = numbers(m * n, 1.0f);
    for (int64_t p = 0; p < k; p++) {
        for (int64_t i = 0; i < m; i++)
            at[p * m + i] = a[i * k + p];
        for (int64_t j = 0; j < n; j++)
            bt[j * k + p] = b[p * n + j];
    }
    const attni_matrix forms[3][2] = {
        {{a, k, 1}, {b, n, 1}}, {{a, k, 1}, {bt, 1, k}}, {{at, 1, m}, {b, n, 1}}};
    for (int form = 0; form < 3; form++) {
        int32_t accumulate = (int32_t)random_below(2);
        float *c[2] = {copy_of(before, m * n), copy_of(before, m * n)}, *head = copy_of(before, m * n);
        for (int which = 0; which < 2; which++) {
            float *room = numbers(attni_product_room(contexts[which], m, n, k), 1.0f);
            ck_assert_int_eq(attni_product(contexts[which], m, n, k, forms[form][0], forms[form][1],
                                           accumulate, room, c[which]),
                             ATTN_OK);
            free(room);
        }
        ck_assert_mem_eq(c[0], c[1], (size_t)(m * n) * sizeof(float));
        for (int64_t index = 0; index < m * n; index += 1 + random_below(1 + m * n / 500)) {
            int64_t i = index / n, j = index % n;
            double size = accumulate ? fabs((double)before[index]) : 0.0;
            double expected =
                entry(a + i * k, b + j, n, k, &size) + (accumulate ? (double)before[index] : 0.0);
            MUST(fabs((double)c[0][index] - expected) <= unit * size,
                 "form %d of m %lld n %lld k %lld at %lld,%lld is %.9g; expected %.9g", form, (long long)m,
                 (long long)n, (long long)k, (long long)i, (long long)j, (double)c[0][index], expected);
        }
        int64_t some = m < 4 || form == 2 ? m : 4 + random_below(m - 3);
        float *room = numbers(attni_product_room(contexts[0], some, n, k), 1.0f);
        ck_assert_int_eq(
            attni_product(contexts[0], some, n, k, forms[form][0], forms[form][1], accumulate, room, head),
            ATTN_OK);
        ck_assert_mem_eq(head, c[0], (size_t)(some * n) * sizeof(float));
        FREE(c[0], c[1], head, room);
    }
    FREE(a, b, at, bt, before);
}

static void check_large_products(int32_t isa, int32_t precision)
{
    attn_context *contexts[2];
    for (int which = 0; which < 2; which++) {
        attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
        options.isa = isa;
        options.threads = 1 + 2 * which;
        options.precision = precision;
        ck_assert_int_eq(attn_context_create(&options, &contexts[which]), ATTN_OK);
    }
    for (int round = 0; round < 200; round++)
        check_large(contexts, precision, 1 + random_below(20), 1 + random_below(70), 1 + random_below(20));
    for (int round = 0; round < 6; round++) /* several blocks and steps */
        check_large(contexts, precision, 1 + random_below(450), 1 + random_below(600), 1 + random_below(600));
    check_large(contexts, precision, 5, 9, 5000);
    check_large(contexts, precision, 5, 2100, 600); /* more than is packed at a time */
    check_large(contexts, precision, 4, 3000, 1100);
    check_large(contexts, precision, 512, 40,
                512); /* a power of two apart: rows, and lines of a transposed A */
    check_large(contexts, precision, 40, 300, 530);  /* many panels for rows that lie far apart */
    check_large(contexts, precision, 1100, 40, 300); /* lines that do */
    for (int which = 0; which < 2; which++)
        attn_context_destroy(&contexts[which]);
}

START_TEST(large_products)
{
    check_large_products(kernel_variant(_i)->isa, ATTN_PRECISION_FLOAT32);
}
END_TEST

START_TEST(large_products_of_rounded_factors)
{
    check_large_products(kernel_variant(_i)->isa, ATTN_PRECISION_BFLOAT16);
}
END_TEST

/* Whether BLAS multiplies: where its library could be loaded it must. */
static int has_blas(void)
{
    float one = 1.0f, result;
    const int does = attni_blas_product(1, 1, 1, &one, 1, 1, &one, 1, 1, 0, &result);
#ifdef ATTNI_BLAS
    ck_assert_int_eq(does, dlopen(ATTNI_BLAS, RTLD_NOW | RTLD_NOLOAD) != NULL);
#else
    ck_assert_int_eq(does, 0);
#endif
    return does;
}

/* BLAS, where it can be had, gives what the kernels give, in each form; sums of 700 numbers in another order differ by some 1e-6 of
 * their terms. That large products go there is a matter of size alone (layer/product.c), so small ones do here. */
START_TEST(products_by_blas)
{
    const int64_t m = 37, n = 41, k = 700;
    if (!has_blas())
        return;
    float *a = numbers(m * k, 1.0f), *b = numbers(k * n, 1.0f), *c = numbers(m * n, 1.0f),
          *before = numbers(m * n, 1.0f);
    for (int form = 0; form < 8; form++) {
        const int64_t a_row = form & 1 ? 1 : k, a_column = form & 1 ? m : 1, b_row = form & 2 ? 1 : n,
                      b_column = form & 2 ? k : 1;
        memcpy(c, before, (size_t)(m * n) * sizeof *c);
        ck_assert_int_eq(attni_blas_product(m, n, k, a, a_row, a_column, b, b_row, b_column, form >> 2, c),
                         1);
        for (int64_t i = 0; i < m; i++) {
            for (int64_t j = 0; j < n; j++) {
                double sum = form >> 2 ? (double)before[i * n + j] : 0.0;
                for (int64_t p = 0; p < k; p++)
                    sum += (double)a[i * a_row + p * a_column] * (double)b[p * b_row + j * b_column];
                ck_assert_msg(fabs((double)c[i * n + j] - sum) <= 1e-4, "form %d at %d, %d: %g for %g", form,
                              (int)i, (int)j, (double)c[i * n + j], sum);
            }
        }
    }
    FREE(a, b, c, before);
}
END_TEST

/* Where it is large enough for BLAS, and for BLAS in pieces, a product is that of its halves, one of which is not. */
START_TEST(products_large_enough_for_blas)
{
    const int64_t sizes[][3] = {{1032, 1024, 1024}, {1540, 1700, 1700}, {191, 4700, 4830}};
    const int64_t m = sizes[_i][0], n = sizes[_i][1], k = sizes[_i][2];
    attn_context *context;
    if (!has_blas())
        return;
    float *a = numbers(m * k, 1.0f), *b = numbers(k * n, 1.0f), *c = numbers(m * n, 1.0f),
          *halves = numbers(m * n, 1.0f);
    ck_assert_int_eq(attn_context_create(NULL, &context), ATTN_OK);
    float *room = numbers(attni_product_room(context, m, n, k), 1.0f);
    ck_assert_int_eq(
        attni_product(context, m, n, k, (attni_matrix){a, k, 1}, (attni_matrix){b, n, 1}, 0, room, c),
        ATTN_OK);
    for (int64_t begin = 0, rows = m / 20; begin < m; begin += rows, rows = m - begin)
        ck_assert_int_eq(attni_product(context, rows, n, k, (attni_matrix){a + begin * k, k, 1},
                                       (attni_matrix){b, n, 1}, 0, room, halves + begin * n),
                         ATTN_OK);
    for (int64_t i = 0; i < m * n; i++)
        ck_assert_msg(fabsf(c[i] - halves[i]) <= 1e-3f, "%d: %g for %g", (int)i, (double)c[i],
                      (double)halves[i]);
    FREE(a, b, c, halves, room);
    attn_context_destroy(&context);
}
END_TEST

void kernel_product_tests(TCase *group)
{
    const TTest *each[] = {product,
                           product_of_rounded_factors,
                           product_of_rounded_factors_at_its_borders,
                           product_int8,
                           product_int8_at_its_borders,
                           product_over_tokens,
                           product_of_rounded_factors_over_tokens,
                           large_products,
                           large_products_of_rounded_factors};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        tcase_add_loop_test(group, each[i], 0, kernel_variants());
    tcase_add_test(group, products_by_blas);
    tcase_add_loop_test(group, products_large_enough_for_blas, 0, 3);
}
