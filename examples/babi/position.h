/* position.h - a fact's vector: the sum of its words' vectors, each weighted by where it stands (1503.08895).
 *
 *     f_d = sum_m l_md w_md        l_md = (1 - m / M) - (d / D) (1 - 2 m / M)        m from 1 to M, d from 1 to D
 *
 * Word order counts ("the kitchen is north of the garden"), and a fact of few words needs no GRU of its own. */
#ifndef BABI_POSITION_H
#define BABI_POSITION_H

#include "common/program.h"

/* facts[rows, dim] from words[rows, most, dim]; counts[rows] words each. A fact without words is 0. */
void position_encode(int64_t rows, int64_t most, int64_t dim, const float *words, const int32_t *counts,
                     float *facts);

/* dwords[rows, most, dim] from dfacts[rows, dim]; only where there are words. */
void position_encode_backward(int64_t rows, int64_t most, int64_t dim, const float *dfacts,
                              const int32_t *counts, float *dwords);

#endif
