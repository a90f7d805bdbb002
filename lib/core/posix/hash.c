/* hash.c - the key of a hash. */
#define _DEFAULT_SOURCE /* getentropy */
#include "core/hash.h"

#include <time.h>
#include <unistd.h>

void attni_hash_draw_key(uint64_t key[2])
{
    if (getentropy(key, 2 * sizeof *key) == 0)
        return;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    key[0] = (uint64_t)(uintptr_t)key ^ (uint64_t)now.tv_nsec << 32;
    key[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)now.tv_sec << 32;
}
