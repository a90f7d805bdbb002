/* system.c - processors, clocks, locales and threads of Windows, which knows neither signals nor forks. */
#include "core/system.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <windows.h>

int32_t attni_processors(void)
{
    DWORD_PTR own, all;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        return 1;
    /* Of a process that runs in several groups of 64 processors the mask is 0. */
    const int32_t count =
        own ? __builtin_popcountll(own) : (int32_t)GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count < 1 ? 1 : count;
}

int64_t attni_clock(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* There is no strtof of a locale: it gets the point that the program's has. */
int32_t attni_strtof(const char *text, float *out)
{
    const char *dot = strchr(text, '.'), *point = localeconv()->decimal_point;
    const size_t before = dot ? (size_t)(dot - text) : strlen(text), room = strlen(text) + strlen(point) + 1;
    char *local = malloc(room);
    if (local == NULL)
        return 0;
    snprintf(local, room, "%.*s%s%s", (int)before, text, dot ? point : "", dot ? dot + 1 : "");
    *out = strtof(local, NULL);
    free(local);
    return 1;
}

/* ---- threads --------------------------------------------------------------------------------------------- */

int attni_start_thread(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
    return pthread_create(thread, NULL, run, argument);
}

void attni_condition_init(pthread_cond_t *condition)
{
    pthread_cond_init(condition, NULL);
}

int attni_wait_for(pthread_cond_t *condition, pthread_mutex_t *locked, int64_t nanoseconds)
{
    struct timespec until; /* winpthreads' conditions know this clock alone */
    clock_gettime(CLOCK_REALTIME, &until);
    nanoseconds += until.tv_nsec;
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    return pthread_cond_timedwait(condition, locked, &until);
}

uint64_t attni_forks(void)
{
    return 0;
}

attn_status attni_watch_forks(const char *function)
{
    (void)function;
    return ATTN_OK;
}
