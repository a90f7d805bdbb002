/* sort.h - sorting of places by whatever keys they have. */
#ifndef ATTN_CORE_SORT_H
#define ATTN_CORE_SORT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether place p goes strictly before place q. */
typedef bool attni_before(const void *keys, int32_t p, int32_t q);

/* Bring places[count] in order; what is equal stays as it stands. `spare` has `count` places too. Returns how many pairs changed
 * their order. Where the call is to end (core/call.h) they are all there, in no order. */
int64_t attni_sort(int64_t count, int32_t *places, int32_t *spare, attni_before *before, const void *keys);

#endif
