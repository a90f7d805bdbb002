/* bench.c - how fast each kernel is in each variant: the median of 15 rounds of at least 2 ms, one thread. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel_test.h"

enum { ROUNDS = 15, ROWS = 24, WIDTH = 200, GATES = 3 * WIDTH, NUMBERS = 4096 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

typedef struct setting {
    const attni_kernels *kernels;
    int64_t m; /* rows of the products */
    float *a, *b, *c, *d, *e, *packed;
    uint16_t *narrow; /* packed, in bfloat16 */
    uint8_t *bytes;   /* and in int8 */
} setting;

typedef void bench_function(const setting *s);

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds a call. */
static double median_time(bench_function *function, const setting *s)
{
    double times[ROUNDS];
    int64_t calls = 1;
    for (;; calls *= 2) {
        double begin = now();
        for (int64_t i = 0; i < calls; i++)
            function(s);
        if (now() - begin > 2e-3)
            break;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now();
        for (int64_t i = 0; i < calls; i++)
            function(s);
        times[round] = (now() - begin) / (double)calls;
    }
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2];
}

static void run_product(const setting *s)
{
    s->kernels->product(s->m, GATES, WIDTH, s->a, WIDTH, s->packed, s->c, GATES, 0, NULL);
}

static void run_product_rounded(const setting *s)
{
    s->kernels->rounded.product(s->m, GATES, WIDTH, s->a, WIDTH, s->packed, s->c, GATES, 0, NULL);
}

static void run_product_over_rounded(const setting *s)
{
    s->kernels->rounded.product_over(WIDTH, GATES, s->m, s->a, WIDTH, s->packed, s->c, GATES);
}

static void run_product_bfloat16(const setting *s)
{
    s->kernels->product_bfloat16(s->m, GATES, WIDTH, s->a, WIDTH, s->narrow, s->c, GATES);
}

static void run_product_int8(const setting *s)
{
    s->kernels->product_int8(s->m, GATES, WIDTH, s->a, WIDTH, s->bytes, s->c, GATES, NULL);
}

static void run_product_over(const setting *s)
{
    s->kernels->product_over(WIDTH, GATES, s->m, s->a, WIDTH, s->packed, s->c, GATES);
}

static void run_exp(const setting *s)
{
    s->kernels->exp(NUMBERS, s->a, s->c);
}

static void run_tanh(const setting *s)
{
    s->kernels->tanh(NUMBERS, s->a, s->c);
}

static void run_sigmoid(const setting *s)
{
    s->kernels->sigmoid(NUMBERS, s->a, s->c);
}

static void run_gru_forward(const setting *s)
{
    const float *x[ROWS];
    for (int64_t i = 0; i < ROWS; i++)
        x[i] = s->c + i * GATES;
    s->kernels->gru_forward(ROWS, WIDTH, x, s->b, GATES, s->a, NULL, s->e, s->d);
}

static void run_gru_backward(const setting *s)
{
    s->kernels->gru_backward(ROWS, WIDTH, s->c, NULL, s->e, s->d, 4 * WIDTH, NULL);
}

static void run_score_forward(const setting *s)
{
    s->kernels->score_forward(ROWS, WIDTH, s->a, s->b, s->c, s->d);
}

static void run_score_backward(const setting *s)
{
    s->kernels->score_backward(ROWS, WIDTH, s->a, s->b, s->c, s->d, s->e);
}

static void run_query_forward(const setting *s)
{
    s->kernels->query_forward(ROWS, WIDTH, s->a, s->b, s->c, s->d);
}

static void run_query_backward(const setting *s)
{
    s->kernels->query_backward(ROWS, WIDTH, s->a, s->a, s->b, s->c, s->d, s->e, s->e + WIDTH);
}

static void run_column_sums(const setting *s)
{
    s->kernels->column_sums(ROWS, WIDTH, s->a, WIDTH, s->c);
}

static void run_normalize(const setting *s)
{
    s->kernels->normalize(ROWS, WIDTH, s->c, WIDTH, s->d, 1);
}

static void run_normalize_backward(const setting *s)
{
    s->kernels->normalize_backward(ROWS, WIDTH, s->a, WIDTH, s->b, 1, s->c, WIDTH);
}

static void run_dropout(const setting *s)
{
    s->kernels->dropout(NUMBERS, 6554, 1.1f, 1, 2, 3, s->a, s->c);
}

static void run_axpy(const setting *s)
{
    s->kernels->axpy(NUMBERS, 1e-9f, s->a, s->c);
}

static volatile float sink;

static void run_dot(const setting *s)
{
    sink = s->kernels->dot(NUMBERS, s->a, s->b);
}

static void run_adam(const setting *s)
{
    s->kernels->adam(NUMBERS, s->c, s->a, s->d, s->e, 1.0f, 0.9f, 0.999f, 1e-3f, 1e-8f, 0.0f);
}

static const struct {
    const char *name;
    bench_function *run;
    int64_t numbers;
} functions[] = {
    {"exp", run_exp, NUMBERS},
    {"tanh", run_tanh, NUMBERS},
    {"sigmoid", run_sigmoid, NUMBERS},
    {"gru_forward, a state", run_gru_forward, ROWS *WIDTH},
    {"gru_backward, a state", run_gru_backward, ROWS *WIDTH},
    {"score_forward", run_score_forward, ROWS *WIDTH},
    {"score_backward", run_score_backward, ROWS *WIDTH},
    {"query_forward", run_query_forward, ROWS *WIDTH},
    {"query_backward", run_query_backward, ROWS *WIDTH},
    {"column_sums", run_column_sums, ROWS *WIDTH},
    {"normalize", run_normalize, ROWS *WIDTH},
    {"normalize_backward", run_normalize_backward, ROWS *WIDTH},
    {"dropout", run_dropout, NUMBERS},
    {"axpy", run_axpy, NUMBERS},
    {"dot", run_dot, NUMBERS},
    {"adam", run_adam, NUMBERS},
};

/* Numbers in [0, 1), anew, since some kernels write over what they read. */
static void refill(setting *s)
{
    float *arrays[] = {s->a, s->b, s->c, s->d, s->e};
    for (int array = 0; array < 5; array++) {
        for (int64_t i = 0; i < 3 * WIDTH * GATES; i++)
            arrays[array][i] = (float)((i * 7919 + array) % 1000) * 1e-3f;
    }
}

static double gigaflops(setting *s, bench_function *run, int64_t m)
{
    s->m = m;
    return 2e-9 * (double)(m * GATES * WIDTH) / median_time(run, s);
}

int kernel_bench(void)
{
    setting s = {.kernels = kernel_variant(0)};
    float **arrays[] = {&s.a, &s.b, &s.c, &s.d, &s.e, &s.packed};
    for (int i = 0; i < 6; i++) {
        *arrays[i] = aligned_alloc(64, 4 * WIDTH * GATES * sizeof(float)); /* as the library's memory is */
        if (*arrays[i] == NULL)
            return 1;
    }
    static _Alignas(64) uint16_t narrow[2 * WIDTH * GATES];
    static _Alignas(64) uint8_t bytes[2 * WIDTH * GATES];
    s.narrow = narrow;
    s.bytes = bytes;
    const int64_t rows[] = {1, 4, 12, 24};
    printf("product of [m, %d] and [%d, %d], GFLOP/s\n%-24s", WIDTH, WIDTH, GATES, "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r]);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        s.kernels->pack(WIDTH, GATES, s.b, GATES, s.packed);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++)
            printf("%11.1f", gigaflops(&s, run_product, rows[r]));
    }
    printf("\n\nthe same with the second in bfloat16\n%-24s", "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r]);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        s.kernels->pack(WIDTH, GATES, s.b, GATES, s.packed);
        s.kernels->pack_bfloat16(attni_packed_size(s.kernels, WIDTH, GATES), s.packed, s.narrow);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++)
            printf("%11.1f", gigaflops(&s, run_product_bfloat16, rows[r]));
    }
    printf("\n\nboth rounded to bfloat16, a row of the first each time\n%-24s", "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r]);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        s.kernels->rounded.pack(WIDTH, GATES, s.b, GATES, s.packed);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++)
            printf("%11.1f", gigaflops(&s, run_product_rounded, rows[r]));
    }
    printf("\n\nboth in int8, a row of the first rounded each time\n%-24s", "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r]);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        s.kernels->pack_int8(WIDTH, GATES, s.b, WIDTH, s.bytes);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++)
            printf("%11.1f", gigaflops(&s, run_product_int8, rows[r]));
    }
    printf("\n\nproduct over m tokens, [%d, m] and [m, %d], GFLOP/s\n%-24s", WIDTH, GATES, "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r] * 24);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++) {
            s.m = rows[r] * 24;
            s.kernels->pack(s.m, GATES, s.b, GATES, s.packed);
            printf("%11.1f", gigaflops(&s, run_product_over, s.m));
        }
    }
    printf("\n\nthe same, both rounded to bfloat16\n%-24s", "");
    for (int r = 0; r < 4; r++)
        printf("   m = %-4lld", (long long)rows[r] * 24);
    for (int v = 0; v < kernel_variants(); v++) {
        s.kernels = kernel_variant(v);
        refill(&s);
        printf("\n%-24s", s.kernels->name);
        for (int r = 0; r < 4; r++) {
            s.m = rows[r] * 24;
            s.kernels->rounded.pack(s.m, GATES, s.b, GATES, s.packed);
            printf("%11.1f", gigaflops(&s, run_product_over_rounded, s.m));
        }
    }
    printf("\n\nns an element\n%-24s", "");
    for (int v = 0; v < kernel_variants(); v++)
        printf("%12s", kernel_variant(v)->name);
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        printf("\n%-24s", functions[f].name);
        for (int v = 0; v < kernel_variants(); v++) {
            s.kernels = kernel_variant(v);
            refill(&s);
            printf("%12.3f", 1e9 * median_time(functions[f].run, &s) / (double)functions[f].numbers);
        }
    }
    printf("\n");
    for (int i = 0; i < 6; i++)
        free(*arrays[i]);
    return 0;
}
