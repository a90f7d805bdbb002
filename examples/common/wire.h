/* wire.h - what ranks.c needs of MPI, and all that the programs know of it: wire_mpi.c, or where there was none when they were built,
 * wire_none.c. */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include "common/program.h"

struct wire {
    int64_t rank, ranks;
    int64_t here; /* how many of them are on this machine */

    /* `size` bytes of everyone, by rank. Whoever waits long for another sleeps. */
    void (*gather)(const void *own, int64_t size, void *all);
    /* The same of as many numbers as counts[rank] says. */
    void (*gather_rows)(const int64_t *own, const int64_t *counts, int64_t *all);
    /* In place, the same bits for all. */
    void (*sum)(float *numbers, int64_t count);
    /* Leave in good order, all at once. */
    void (*part)(void);
    /* End all ranks, wherever they are. */
    void (*tear)(int exit_status);
};

/* Join the others; NULL where the program cannot. */
const struct wire *wire_join(void);

/* Why it cannot, where mpirun started several: the end of an error line. */
extern const char wire_trouble[];

#endif
