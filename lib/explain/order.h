/* order.h - the order in which a ranking takes a row's tokens. */
#ifndef ATTN_EXPLAIN_ORDER_H
#define ATTN_EXPLAIN_ORDER_H

#include "core/sort.h"
#include "explain/ask.h"

/* The places of each row by falling attribution, of equal ones the earlier first: order[batch, time], from the asking's arena;
 * beyond the length not set. */
attn_status attni_order_make(const attni_asking *asking, const float *attributions, int32_t **order);

/* The fewest tokens whose share of the length, in float32, is the fraction or more: 0.05 in float32 is a little more than that,
 * and yet of 20 tokens it is 1. */
int64_t attni_order_first(float fraction, int64_t length);

#endif
