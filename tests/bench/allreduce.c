/* allreduce.c - how long MPI_Allreduce takes, by size, as examples/common/wire_mpi.c calls it: seconds, medians over the repeats of the
 * slower rank. allreduce [ROUNDS] prints lines "BYTES SECONDS". */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST (1 << 24) /* bytes */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 25;
    float *numbers = calloc(MOST, 1);
    double *seconds = calloc((size_t)rounds, sizeof *seconds);
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int bytes = 8; bytes <= MOST; bytes *= 8) {
        for (int r = -2; r < rounds; r++) { /* two to warm up */
            MPI_Barrier(MPI_COMM_WORLD);
            double own = MPI_Wtime(), slowest;
            MPI_Allreduce(MPI_IN_PLACE, numbers, bytes / 4, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
            own = MPI_Wtime() - own;
            MPI_Allreduce(&own, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
            if (r >= 0)
                seconds[r] = slowest;
        }
        qsort(seconds, (size_t)rounds, sizeof *seconds, by_size);
        if (rank == 0)
            printf("%d %.9f %.9f\n", bytes, seconds[rounds / 2], seconds[0]);
    }
    MPI_Finalize();
    return 0;
}
