/* system.c - processors, clocks, locales, threads and forks of Linux and its like. */
#define _GNU_SOURCE /* sched_getaffinity, CLOCK_MONOTONIC_COARSE, strtof_l */
#include "core/system.h"

#include <errno.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/error.h"

int32_t attni_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count;
}

int64_t attni_clock(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int32_t attni_strtof(const char *text, float *out)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return 0;
    *out = strtof_l(text, NULL, plain);
    freelocale(plain);
    return 1;
}

/* ---- threads --------------------------------------------------------------------------------------------- */

/* All signals but those by which a thread is told of a fault of its own: blocked, they would end the process without its host's
 * handler (a crash report, a sanitizer's). */
static void block_signals(sigset_t *before)
{
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

int attni_start_thread(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
    sigset_t before;
    block_signals(&before); /* a new thread has its maker's mask */
    const int error = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

void attni_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

int attni_wait_for(pthread_cond_t *condition, pthread_mutex_t *locked, int64_t nanoseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t end = until.tv_nsec + nanoseconds; /* more than a long's on 32 bits */
    until.tv_sec += (time_t)(end / 1000000000);
    until.tv_nsec = (long)(end % 1000000000);
    return pthread_cond_timedwait(condition, locked, &until);
}

/* ---- forks ----------------------------------------------------------------------------------------------- */

/* A process's number would not do: a child may have its parent's, in a PID namespace of its own or once the parent is gone. */
static atomic_ullong forks;

static void count_fork(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

attn_status attni_watch_forks(const char *function)
{
    static atomic_int watched;
    if (atomic_load(&watched))
        return ATTN_OK;
    int error = pthread_atfork(NULL, NULL, count_fork);
    if (error)
        return attni_fail(ATTN_ERR_MEMORY, "%s: cannot watch for forks: %s", function, strerror(error));
    atomic_store(&watched, 1); /* two threads may come here at once: a fork is then counted twice */
    return ATTN_OK;
}

uint64_t attni_forks(void)
{
    return atomic_load_explicit(&forks, memory_order_relaxed);
}
