/* sum.c - e_ij = m_j + p_i, one number each, and back: dm_j = sum_i de_ij;   dp_i = sum_j de_ij. */
#include <string.h>

#include "layer/attention/score.h"

static void forward(const attni_scorer *scorer, const attni_row *row, float *room, float *scores,
                    int64_t stride)
{
    (void)room;
    for (int64_t j = 0; j < row->items && !attni_interrupted(); j += ATTNI_ITEMS) {
        int64_t count = row->items - j < ATTNI_ITEMS ? row->items - j : ATTNI_ITEMS;
        const float *hidden = attni_scorer_hidden(scorer, row, j, count);
        for (int64_t i = 0; i < row->queries; i++) {
            for (int64_t k = 0; k < count; k++)
                scores[i * stride + j + k] = hidden[k] + row->asked[i];
        }
    }
}

static void backward(const attni_scorer *scorer, const attni_row *row, float *room, const float *dscores,
                     int64_t stride, float *dasked, float *dv, float *dmemory)
{
    (void)scorer, (void)room, (void)dv, (void)dmemory;
    memset(row->hidden, 0, (size_t)row->items * sizeof(float));
    for (int64_t i = 0; i < row->queries && !attni_interrupted(); i++) {
        for (int64_t j = 0; j < row->items; j++) {
            row->hidden[j] += dscores[i * stride + j];
            dasked[i] += dscores[i * stride + j];
        }
    }
}

const attni_pair attni_pair_sum = {forward, backward};
