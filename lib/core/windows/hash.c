/* hash.c - the key of a hash. */
#define _CRT_RAND_S
#include "core/hash.h"

#include <stdlib.h>
#include <windows.h>

void attni_hash_draw_key(uint64_t key[2])
{
    unsigned drawn[4];
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    key[0] = (uint64_t)(uintptr_t)key ^ (uint64_t)now.QuadPart << 32;
    key[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)now.QuadPart;
    for (int i = 0; i < 4; i++)
        if (rand_s(&drawn[i]) != 0)
            return;
    key[0] = (uint64_t)drawn[0] << 32 | drawn[1];
    key[1] = (uint64_t)drawn[2] << 32 | drawn[3];
}
