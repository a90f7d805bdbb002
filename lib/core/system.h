/* system.h - what the operating system is asked for beside files: answered by posix/system.c or windows/system.c. */
#ifndef ATTN_CORE_SYSTEM_H
#define ATTN_CORE_SYSTEM_H

#include <pthread.h>
#include <stdint.h>

#include "attn/status.h"

/* How many processors this process may run on; at least 1. */
int32_t attni_processors(void);

/* Nanoseconds since some moment; of a few milliseconds, and read in a few nanoseconds. */
int64_t attni_clock(void);

/* strtof of a decimal number and nothing else, in the C locale, whatever locale the program has set. Returns whether there was memory for that. */
int32_t attni_strtof(const char *text, float *out);

/* pthread_create; none of the process's signals is the thread's, but those of its own faults. */
int attni_start_thread(pthread_t *thread, void *(*run)(void *argument), void *argument);

/* A condition that attni_wait_for waits for so many nanoseconds at most: the same, and ETIMEDOUT, as of pthread_cond_timedwait. */
void attni_condition_init(pthread_cond_t *condition);
int attni_wait_for(pthread_cond_t *condition, pthread_mutex_t *locked, int64_t nanoseconds);

/* How many forks lie between this process and the one that first called attni_watch_forks. Error: MEMORY. */
uint64_t attni_forks(void);
attn_status attni_watch_forks(const char *function);

#endif
