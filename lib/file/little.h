/* little.h - numbers as the file has them, little-endian on every processor. */
#ifndef ATTN_FILE_LITTLE_H
#define ATTN_FILE_LITTLE_H

#include <stdint.h>

#define ATTNI_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

static inline uint16_t attni_little_16(uint16_t number)
{
    return ATTNI_IS_LITTLE ? number : __builtin_bswap16(number);
}

static inline uint32_t attni_little_32(uint32_t number)
{
    return ATTNI_IS_LITTLE ? number : __builtin_bswap32(number);
}

static inline uint64_t attni_little_64(uint64_t number)
{
    return ATTNI_IS_LITTLE ? number : __builtin_bswap64(number);
}

#endif
