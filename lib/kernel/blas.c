/* blas.c - OpenBLAS, loaded at the first product that is large enough for it.
 *
 * It is not linked, since OpenBLAS 0.3.21 (Debian 12's) harms a host that never multiplies anything: its threads, which it starts
 * when it is loaded, take the host's signals, and under a limit on the address space its first call spins or ends the process. So
 * it is loaded with all signals blocked, which its threads inherit, and each product looks first whether there is room for what
 * it asks of the system. Whoever calls this keeps it out of forked children (built with OpenMP it hangs there) and of floating-point
 * modes that its threads would not have. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "kernel/blas.h"

#ifdef ATTNI_BLAS

#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#define ROOM                                                                                                 \
    ((size_t)160 << 20) /* of address space a thread: OpenBLAS takes 128 MB for each, and a little more */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static __typeof__(&cblas_sgemm) sgemm;
static __typeof__(&openblas_get_num_threads) count_threads;

static int32_t has_room(size_t size)
{
    void *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return 0;
    munmap(room, size);
    return 1;
}

static void load(void)
{
    sigset_t all, before;
    if (!has_room(4 * ROOM))
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    void *library = dlopen(ATTNI_BLAS, RTLD_NOW | RTLD_LOCAL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (library == NULL)
        return;
    /* POSIX has functions behind dlsym's object pointer; ISO C wants the detour. */
    *(void **)&count_threads = dlsym(library, "openblas_get_num_threads");
    *(void **)&sgemm = count_threads ? dlsym(library, "cblas_sgemm") : NULL;
}

int32_t attni_blas_product(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                           const float *b, int64_t b_row, int64_t b_column, int32_t accumulate, float *c)
{
    pthread_once(&once, load);
    if (sgemm == NULL || m > INT32_MAX || n > INT32_MAX || k > INT32_MAX ||
        !has_room(((size_t)count_threads() + 1) * ROOM))
        return 0;
    sgemm(CblasRowMajor, a_column == 1 ? CblasNoTrans : CblasTrans, b_column == 1 ? CblasNoTrans : CblasTrans,
          (blasint)m, (blasint)n, (blasint)k, 1.0f, a, (blasint)(a_column == 1 ? a_row : a_column), b,
          (blasint)(b_column == 1 ? b_row : b_column), accumulate ? 1.0f : 0.0f, c, (blasint)n);
    return 1;
}

#else

int32_t attni_blas_product(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                           const float *b, int64_t b_row, int64_t b_column, int32_t accumulate, float *c)
{
    (void)m, (void)n, (void)k, (void)a, (void)a_row, (void)a_column, (void)b, (void)b_row, (void)b_column,
        (void)accumulate, (void)c;
    return 0;
}

#endif
