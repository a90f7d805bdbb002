/* order.c - the order in which a ranking takes a row's tokens. */
#include "explain/order.h"

#include <math.h>

typedef struct ranking {
    const attni_asking *asking;
    const float *attributions;
    int32_t *order;
    int32_t *spare; /* [threads, time] */
} ranking;

static bool is_larger(const void *keys, int32_t p, int32_t q)
{
    const float *attributions = keys;
    return attributions[p] > attributions[q];
}

static void rank_row(void *argument, int64_t b, int32_t worker)
{
    const ranking *r = argument;
    const int64_t time = r->asking->model.time, length = attni_asking_length(r->asking, b);
    int32_t *order = r->order + b * time;
    for (int32_t t = 0; t < length; t++)
        order[t] = t;
    attni_sort(length, order, r->spare + worker * time, is_larger, r->attributions + b * time);
}

attn_status attni_order_make(const attni_asking *asking, const float *attributions, int32_t **order)
{
    const int64_t batch = asking->model.batch, time = asking->model.time;
    const int64_t threads = attn_context_threads(asking->context);
    ATTNI_REQUIRE(attributions != NULL || batch * time == 0,
                  "%s: attributions is NULL; expected [batch, time] numbers", asking->function);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = 0; t < attni_asking_length(asking, b); t++)
            ATTNI_REQUIRE(!isnan(attributions[b * time + t]),
                          "%s: attributions[%lld, %lld] is nan; expected a number", asking->function,
                          (long long)b, (long long)t);
    }
    ranking r = {asking, attributions, attni_asking_alloc(asking, batch * time, sizeof **order),
                 attni_asking_alloc(asking, threads * time, sizeof **order)};
    if (r.order == NULL || r.spare == NULL)
        return attni_no_memory(asking->function, (size_t)(batch * time) * sizeof **order);
    ATTNI_TRY(attni_parallel_for(asking->context, batch, rank_row, &r));
    *order = r.order;
    return ATTN_OK;
}

int64_t attni_order_first(float fraction, int64_t length)
{
    const int64_t count = (int64_t)ceil((double)fraction * (double)length);
    const double share = (double)(count - 1) / (double)length;
    return count > 0 && fraction < 1.0f && (float)share >= fraction ? count - 1 : count;
}
