/* order.h - the order in which a ranking takes a row's tokens. */
#ifndef ATTN_EXPLAIN_ORDER_H
#define ATTN_EXPLAIN_ORDER_H

#include "core/sort.h"
#include "explain/ask.h"

/* The places of each row by falling attribution, of equal ones the earlier first: order[batch, time], from the asking's arena;
 * beyond the length not set. */
attn_status attni_order_make(const attni_asking *asking, const float *attributions, int32_t **order);

#endif
