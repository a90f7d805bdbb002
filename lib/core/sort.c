/* sort.c - a merge sort that counts its exchanges. (The C library's qsort is not stable, and takes memory of its own.) */
#include "core/sort.h"

#include <string.h>

#include "core/call.h"

/* Merge from[begin, middle) and from[middle, end) into to[begin, end); the pairs that change their order. */
static int64_t merge(int64_t begin, int64_t middle, int64_t end, const int32_t *from, int32_t *to,
                     attni_before *before, const void *keys)
{
    int64_t left = begin, right = middle, exchanges = 0;
    for (int64_t i = begin; i < end; i++) {
        if (i % ATTNI_STRIDE == 0 && attni_interrupted()) { /* they must stay what they are: places */
            memcpy(to + i, from + left, (size_t)(middle - left) * sizeof *to);
            memcpy(to + i + middle - left, from + right, (size_t)(end - right) * sizeof *to);
            return exchanges;
        }
        if (left == middle || (right < end && before(keys, from[right], from[left]))) {
            exchanges += middle - left;
            to[i] = from[right++];
        } else {
            to[i] = from[left++];
        }
    }
    return exchanges;
}

int64_t attni_sort(int64_t count, int32_t *places, int32_t *spare, attni_before *before, const void *keys)
{
    int64_t exchanges = 0;
    int32_t *from = places, *to = spare;
    for (int64_t width = 1; width < count && !attni_interrupted(); width *= 2) {
        for (int64_t begin = 0; begin < count; begin += 2 * width) {
            const int64_t middle = begin + width < count ? begin + width : count;
            const int64_t end = middle + width < count ? middle + width : count;
            exchanges += merge(begin, middle, end, from, to, before, keys);
        }
        int32_t *merged = to;
        to = from;
        from = merged;
    }
    if (from != places)
        memcpy(places, from, (size_t)count * sizeof *places);
    return exchanges;
}
