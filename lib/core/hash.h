/* hash.h - a hash with a key: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012), whose values
 * cannot be told without the key.
 *
 * What is looked up comes from files, and whoever wrote one may have chosen words of one hash, each of which would be compared
 * with all the others. So the key is drawn for each table; no result may depend on it.
 *
 *     attni_hash hash = attni_hash_begin(key);
 *     attni_hash_take(&hash, eight);  as often as there are eight bytes; a copy may take others
 *     attni_hash_end(hash, last);     the last block, with a length that tells apart what could be confused */
#ifndef ATTN_CORE_HASH_H
#define ATTN_CORE_HASH_H

#include <stdint.h>

typedef struct attni_hash {
    uint64_t v[4];
} attni_hash;

/* Without the system's random numbers, as under a filter of system calls, it is what addresses and clock hide. */
void attni_hash_draw_key(uint64_t key[2]);

static inline uint64_t attni_hash_turn(uint64_t x, int32_t by)
{
    return x << by | x >> (64 - by);
}

static inline void attni_hash_mix(attni_hash *hash)
{
    uint64_t *v = hash->v;
    v[0] += v[1], v[1] = attni_hash_turn(v[1], 13) ^ v[0], v[0] = attni_hash_turn(v[0], 32);
    v[2] += v[3], v[3] = attni_hash_turn(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = attni_hash_turn(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = attni_hash_turn(v[1], 17) ^ v[2], v[2] = attni_hash_turn(v[2], 32);
}

static inline attni_hash attni_hash_begin(const uint64_t key[2])
{
    return (attni_hash){{key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                         key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u}};
}

static inline void attni_hash_take(attni_hash *hash, uint64_t eight)
{
    hash->v[3] ^= eight;
    attni_hash_mix(hash);
    hash->v[0] ^= eight;
}

static inline uint32_t attni_hash_end(attni_hash hash, uint64_t last)
{
    attni_hash_take(&hash, last);
    hash.v[2] ^= 0xFF;
    for (int32_t round = 0; round < 3; round++)
        attni_hash_mix(&hash);
    return (uint32_t)(hash.v[0] ^ hash.v[1] ^ hash.v[2] ^ hash.v[3]);
}

#endif
