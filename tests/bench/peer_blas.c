/* peer_blas.c - OpenBLAS's rate in sgemm: what the processor can be made to do by those who try hardest.
 *
 *     cc -O2 peer_blas.c $(pkg-config --cflags --libs openblas); OPENBLAS_NUM_THREADS=2 ./a.out WHAT [ROUNDS]
 *
 *     square   2048 x 2048 x 2048
 *     step     256 x 600 x 200: one step's recurrent product, batch 256, hidden 200
 *
 * It prints one line of JSON. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_FLOP 1e10 /* worked through by one measurement, so that the clock does not matter */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static float *make_matrix(int rows, int columns)
{
    size_t count = (size_t)rows * (size_t)columns;
    float *matrix = malloc(count * sizeof *matrix);
    for (size_t i = 0; matrix && i < count; i++)
        matrix[i] = (float)(i % 17) * 0.1f - 0.8f;
    return matrix;
}

int main(int argc, char **argv)
{
    int square = argc > 1 && strcmp(argv[1], "square") == 0, rounds = argc > 2 ? atoi(argv[2]) : 5;
    if (argc < 2 || (!square && strcmp(argv[1], "step") != 0) || rounds < 1) {
        fprintf(stderr, "usage: peer_blas square|step [ROUNDS]\n");
        return 1;
    }
    int m = square ? 2048 : 256, n = square ? 2048 : 600, k = square ? 2048 : 200;
    float *a = make_matrix(m, k), *b = make_matrix(n, k), *c = make_matrix(m, n);
    double *times = malloc((size_t)rounds * sizeof *times), flop = 2.0 * m * n * k;
    if (a == NULL || b == NULL || c == NULL || times == NULL)
        return 1;
    int repeats = (int)(LEAST_FLOP / flop) + 1;
    for (int round = -1; round < rounds; round++) { /* the first one warms up */
        double start = now();
        for (int i = 0; i < repeats; i++)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, 0, c, n);
        if (round >= 0)
            times[round] = (now() - start) / repeats;
    }
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE ..." */
    int name = (int)strcspn(config, " "), version = (int)strcspn(config + name + 1, " ");
    printf("{\"what\": \"%s\", \"peer\": \"%.*s\", \"threads\": %d, \"times\": [", argv[1],
           name + 1 + version, config, openblas_get_num_threads());
    for (int i = 0; i < rounds; i++)
        printf("%s%.9f", i ? ", " : "", times[i]);
    qsort(times, (size_t)rounds, sizeof *times, by_value);
    double median = 0.5 * (times[(rounds - 1) / 2] + times[rounds / 2]);
    printf("], \"median_s\": %.9f, \"gflops\": %.1f}\n", median, 1e-9 * flop / median);
    free(times);
    free(c);
    free(b);
    free(a);
    return 0;
}
