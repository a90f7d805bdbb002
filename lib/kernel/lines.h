/* lines.h - what the products of float32 and of int8 share: a panel's sums stored, and memory asked for ahead. For simd.c and
 * int8.c alone. */
#ifndef ATTN_KERNEL_LINES_H
#define ATTN_KERNEL_LINES_H

#include "kernel/kernel.h"
#include "kernel/vector.h"

/* One row times so many panels at once: a single panel would wait for its own sums. */
#define ROW_PANELS 4

/* c[width] (+)= the sums of one row and one panel, of which it may be narrower. */
INLINE void store_line(float *c, int64_t width, int32_t accumulate, vec low, vec high)
{
    if (width >= PANEL) {
        store(c, accumulate ? load(c) + low : low);
        store(c + VL, accumulate ? load(c + VL) + high : high);
    } else if (width >= VL) {
        store(c, accumulate ? load(c) + low : low);
        if (width > VL)
            store_part(c + VL, accumulate ? load_part(c + VL, width - VL) + high : high, width - VL);
    } else {
        store_part(c, accumulate ? load_part(c, width) + low : low, width);
    }
}

INLINE void look_ahead(attni_ahead *ahead)
{
    if (ahead->next >= ahead->end) {
        if (ahead->left == 0)
            return;
        ahead->next = (uintptr_t)ahead->pieces->begin & ~(uintptr_t)63;
        ahead->end = (uintptr_t)ahead->pieces->begin + (size_t)ahead->pieces->count * sizeof(float);
        ahead->pieces++;
        ahead->left--;
    }
    __builtin_prefetch((const void *)ahead->next);
    ahead->next += 64;
}

#endif
