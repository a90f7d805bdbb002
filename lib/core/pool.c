/* pool.c - the threads: they wait for a job, and take its tasks one by one together with the thread that brought it.
 *
 * A host must not notice them: they take none of its signals, they compute as its own thread would, and a child that it forks,
 * which has none of them, does without. */
#include "core/pool.h"

#include <errno.h>
#include <string.h>

#include "core/error.h"
#include "core/float_mode.h"
#include "core/system.h"

#define ASK_WAITING 20000000 /* nanoseconds between two questions of a thread whose own tasks are done */

int32_t attni_pool_forked(void)
{
    return attni_forks() != 0;
}

static int has_threads(const attni_pool *pool)
{
    return pool->forks == attni_forks();
}

/* ---- jobs ------------------------------------------------------------------------------------------------ */

static void run_tasks(attni_pool *pool, int32_t worker)
{
    for (;;) {
        if (pool->end && attni_interrupted())
            return;
        int64_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->count)
            return;
        pool->task(pool->argument, i, worker);
    }
}

static void *worker_main(void *argument)
{
    const struct attni_worker *self = argument;
    attni_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stop && pool->round == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        if (attni_float_mode() != pool->float_mode)
            attni_set_float_mode(pool->float_mode);
        attni_heed(pool->end);
        run_tasks(pool, self->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->working == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Wait until the pool's threads are done. Meanwhile they may be told to end: this thread alone can ask whether they are. */
static void wait_for_threads(attni_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->working > 0) {
        if (pool->end == NULL) {
            pthread_cond_wait(&pool->done, &pool->lock);
        } else if (attni_wait_for(&pool->done, &pool->lock, ASK_WAITING) == ETIMEDOUT) {
            pthread_mutex_unlock(&pool->lock); /* the hook is the program's, and may take its time */
            attni_interrupted();
            pthread_mutex_lock(&pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}

void attni_pool_run(attni_pool *pool, int64_t count, attni_task *task, void *argument,
                    const _Atomic int32_t *end)
{
    if (count < 2 || pool->threads < 2 || !has_threads(pool) || pthread_mutex_trylock(&pool->busy) != 0) {
        for (int64_t i = 0; i < count && !(end && attni_interrupted()); i++)
            task(argument, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->argument = argument;
    pool->count = count;
    pool->end = end;
    pool->float_mode = attni_float_mode();
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->working = pool->threads - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);

    run_tasks(pool, 0);
    wait_for_threads(pool);
    pthread_mutex_unlock(&pool->busy);
}

/* ---- the threads ----------------------------------------------------------------------------------------- */

attn_status attni_pool_start(attni_pool *pool, const char *function, int32_t threads)
{
    atomic_init(&pool->next, 0);
    pthread_mutex_init(&pool->busy, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    attni_condition_init(&pool->done);
    pool->threads = threads;
    ATTNI_TRY(attni_watch_forks(function));
    pool->forks = attni_forks();
    int error = 0;
    for (int32_t i = 0; i < threads - 1 && error == 0; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i + 1;
        error = attni_start_thread(&pool->workers[i].thread, worker_main, &pool->workers[i]);
        pool->started += error == 0;
    }
    if (error)
        return attni_fail(ATTN_ERR_SYSTEM, "%s: cannot start thread %d of %d: %s", function,
                          pool->started + 2, threads, strerror(error));
    return ATTN_OK;
}

void attni_pool_stop(attni_pool *pool)
{
    if (!has_threads(pool))
        return; /* and leave the conditions: the parent's threads wait in them for ever here, and so would destroy */
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int32_t i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->busy);
}
