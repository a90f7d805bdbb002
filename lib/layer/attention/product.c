/* product.c - e_ij = p_i . h_j, and back: dp_i = sum_j de_ij h_j;   dh_j = sum_i de_ij p_i. */
#include <string.h>

#include "layer/attention/items.h"
#include "layer/attention/score.h"

static void forward(const attni_scorer *scorer, const attni_row *row, float *room, float *scores,
                    int64_t stride)
{
    attni_items_scores(scorer->kernels, row->queries, row->items, scorer->memory_dim, row->asked, row->memory,
                       room, scores, stride);
}

static void backward(const attni_scorer *scorer, const attni_row *row, float *room, const float *dscores,
                     int64_t stride, float *dasked, float *dv, float *dmemory)
{
    (void)dv;
    int64_t d = scorer->memory_dim;
    attni_items_mix(scorer->kernels, row->queries, row->items, d, dscores, stride, row->memory, room, dasked);
    if (dmemory == NULL)
        return;
    memset(dmemory, 0, (size_t)(row->items * d) * sizeof(float));
    attni_items_spread(scorer->kernels, row->queries, row->items, d, dscores, stride, row->asked, room,
                       dmemory);
}

const attni_pair attni_pair_product = {forward, backward};
