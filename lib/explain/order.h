/* order.h - sorting, and the order in which a ranking takes a row's tokens. */
#ifndef ATTN_EXPLAIN_ORDER_H
#define ATTN_EXPLAIN_ORDER_H

#include <stdbool.h>

#include "explain/ask.h"

/* Whether place p goes strictly before place q. */
typedef bool attni_before(const void *keys, int32_t p, int32_t q);

/* Bring places[count] in order; what is equal stays as it stands. `spare` has `count` places too. Returns how many pairs changed
 * their order. */
int64_t attni_sort(int64_t count, int32_t *places, int32_t *spare, attni_before *before, const void *keys);

/* The places of each row by falling attribution, of equal ones the earlier first: order[batch, time], from the asking's arena;
 * beyond the length not set. */
attn_status attni_order_make(const attni_asking *asking, const float *attributions, int32_t **order);

#endif
