/* additive.c - e_ij = v . u_ij with u_ij = tanh(m_j + p_i), and back:
 *
 *     dv = sum_ij de_ij u_ij;   d_ij = de_ij v (1 - u_ij^2);   dm_j = sum_i d_ij;   dp_i = sum_j d_ij
 *
 * Where one query alone reads m_j, u_j takes its place in forward, and dm_j that of u_j in backward. Where several do, m_j stays
 * and u is computed again on the way back: that takes less time than writing and reading it (lib/kernel/README.md). */
#include <string.h>

#include "layer/attention/score.h"

static int32_t alone(const attni_row *row)
{
    return row->queries == 1 && row->hidden_is != ATTNI_HIDDEN_STAYS;
}

/* Some items for all queries, while they are in the cache, and then the next ones. */
static void forward(const attni_scorer *scorer, const attni_row *row, float *room, float *scores,
                    int64_t stride)
{
    (void)room;
    int64_t a = scorer->hidden_dim;
    for (int64_t j = 0; j < row->items && !attni_interrupted(); j += ATTNI_ITEMS) {
        int64_t count = row->items - j < ATTNI_ITEMS ? row->items - j : ATTNI_ITEMS;
        float *hidden = attni_scorer_hidden(scorer, row, j, count);
        if (alone(row))
            scorer->kernels->score_forward(count, a, row->asked, scorer->v, hidden, scores + j);
        for (int64_t i = 0; !alone(row) && i < row->queries; i++)
            scorer->kernels->query_forward(count, a, row->asked + i * a, scorer->v, hidden,
                                           scores + i * stride + j);
    }
}

static void backward(const attni_scorer *scorer, const attni_row *row, float *room, const float *dscores,
                     int64_t stride, float *dasked, float *dv, float *dmemory)
{
    (void)dmemory;
    int64_t a = scorer->hidden_dim;
    for (int64_t j = 0; j < row->items && !attni_interrupted(); j += ATTNI_ITEMS) {
        int64_t count = row->items - j < ATTNI_ITEMS ? row->items - j : ATTNI_ITEMS;
        float *hidden = row->hidden + j * a;
        if (alone(row)) {
            scorer->kernels->score_backward(count, a, dscores + j, scorer->v, hidden, dasked, dv);
            continue;
        }
        memset(room, 0, (size_t)(count * a) * sizeof(float));
        for (int64_t i = 0; i < row->queries; i++)
            scorer->kernels->query_backward(count, a, dscores + i * stride + j, row->asked + i * a, scorer->v,
                                            hidden, room, dasked + i * a, dv);
        memcpy(hidden, room, (size_t)(count * a) * sizeof(float));
    }
}

const attni_pair attni_pair_additive = {forward, backward};
