/* wire_mpi.c - between processes, by MPI. */
#include "common/wire.h"

#include <mpi.h>
#include <stdlib.h>
#include <time.h>

#ifdef MPICH_VERSION
#define BUILT_WITH "MPICH"
#else
#define BUILT_WITH "Open MPI"
#endif

const char wire_trouble[] =
    "but not by " BUILT_WITH ", which this program was built with; start it by the mpirun of that "
    "(Debian: mpirun.mpich or mpirun.openmpi)";

#define SECONDS_OF_HASTE                                                                                     \
    .02 /* as ranks wait for one another in a step; above, one waits for a measurement, say */
#define NAP                                                                                                  \
    {                                                                                                        \
        0, 1000000                                                                                           \
    }                             /* nanoseconds */
#define NUMBERS_AT_ONCE (1 << 28) /* an int counts them */

static void wait_for(MPI_Request *request)
{
    const double began = now();
    const struct timespec nap = NAP;
    for (int done = 0; MPI_Test(request, &done, MPI_STATUS_IGNORE), !done;) {
        if (now() - began > SECONDS_OF_HASTE)
            nanosleep(&nap, NULL);
    }
}

static void gather(const void *own, int64_t size, void *all)
{
    MPI_Request request;
    MPI_Iallgather(own, (int)size, MPI_BYTE, all, (int)size, MPI_BYTE, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static struct wire wire;

static void gather_rows(const int64_t *own, const int64_t *counts, int64_t *all)
{
    int *sizes = allocate(2 * wire.ranks, sizeof *sizes), *begins = sizes + wire.ranks;
    for (int64_t r = 0; r < wire.ranks; r++) {
        sizes[r] = (int)counts[r];
        begins[r] = r ? begins[r - 1] + sizes[r - 1] : 0;
    }
    MPI_Allgatherv(own, sizes[wire.rank], MPI_INT64_T, all, sizes, begins, MPI_INT64_T, MPI_COMM_WORLD);
    free(sizes);
}

static void sum(float *numbers, int64_t count)
{
    for (int64_t at = 0; at < count; at += NUMBERS_AT_ONCE) {
        const int64_t left = count - at;
        MPI_Allreduce(MPI_IN_PLACE, numbers + at, (int)(left < NUMBERS_AT_ONCE ? left : NUMBERS_AT_ONCE),
                      MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    }
}

/* Together: between hosts MPICH's end of who comes first otherwise waits where it answers nobody. */
static void part(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
}

static void tear(int exit_status)
{
    MPI_Abort(MPI_COMM_WORLD, exit_status);
}

const struct wire *wire_join(void)
{
    int rank, ranks, here, threads;
    MPI_Comm machine;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &here);
    MPI_Comm_free(&machine);
    wire = (struct wire){rank, ranks, here, gather, gather_rows, sum, part, tear};
    return &wire;
}
