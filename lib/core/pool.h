/* pool.h - the context's threads, and the loop that they share. */
#ifndef ATTN_CORE_POOL_H
#define ATTN_CORE_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "attn/status.h"

#define ATTNI_MAX_THREADS 256

/* One step of a loop; see attni_parallel_for. */
typedef void attni_task(void *argument, int64_t i, int32_t worker);

/* One job at a time: `busy` is held by the call that owns it; a call that finds it taken runs its tasks by itself. */
typedef struct attni_pool {
    pthread_mutex_t busy;
    pthread_mutex_t lock; /* of the fields below */
    pthread_cond_t wake, done;
    uint64_t round;  /* counts jobs, so that a worker takes each once */
    int32_t working; /* workers that have not finished this round */
    int32_t stop;
    attni_task *task;
    void *argument;
    int64_t count;
    const _Atomic int32_t *end; /* set where the tasks are to end early; NULL: they never are */
    uint64_t float_mode;        /* the caller's: the same numbers, whichever thread computes them */
    atomic_llong next;          /* the next task to take */
    uint64_t forks;  /* forks that this process comes from: a fork's child has none of the threads */
    int32_t threads; /* with the caller's */
    int32_t started; /* workers that run: threads - 1 once the pool is complete */
    struct attni_worker {
        struct attni_pool *pool;
        pthread_t thread;
        int32_t index;
    } workers[ATTNI_MAX_THREADS - 1];
} attni_pool;

/* Start threads - 1 threads for a pool that is zeroed. To be stopped when it fails too. Errors: MEMORY, SYSTEM. */
attn_status attni_pool_start(attni_pool *pool, const char *function, int32_t threads);
void attni_pool_stop(attni_pool *pool);

/* Is this process a child that was forked after its parent first made a context? */
int32_t attni_pool_forked(void);

/* Take `count` tasks. Where `end` is not NULL it is attni_call_end(): the call may end the job early, by attni_interrupted. */
void attni_pool_run(attni_pool *pool, int64_t count, attni_task *task, void *argument,
                    const _Atomic int32_t *end);

#endif
