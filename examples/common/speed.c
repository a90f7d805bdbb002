/* speed.c - a clock of the process's own: what others do on the machine does not count. */
#include "common/speed.h"

#include <stdio.h>
#include <time.h>

struct option speed_option(int64_t *asked)
{
    return switch_option(
        "speed", asked,
        "also print how many it answers a second of the processors, with --json also an answer's steps");
}

static double worked(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void speed_start(struct speed *speed)
{
    speed->seconds -= worked();
}

void speed_stop(struct speed *speed)
{
    speed->seconds += worked();
}

void speed_print(const struct speed *speed, const char *units, bool json)
{
    const double rate = speed->answers ? (double)speed->answers / speed->seconds : 0;
    if (!json) {
        printf(", %.1f %s a second of the processors", rate, units);
        return;
    }
    printf(", \"per_second\": %.1f", rate);
    if (speed->steps)
        printf(", \"steps\": %.3f", (double)speed->steps / (double)speed->answers);
}
