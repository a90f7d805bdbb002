/* weighting.h - from scores to weights that are 0 or more and sum to 1, and back. attn/attention.h names them. */
#ifndef ATTN_LAYER_ATTENTION_WEIGHTING_H
#define ATTN_LAYER_ATTENTION_WEIGHTING_H

#include "kernel/kernel.h"

/* weights[n] from scores[n] / temperature; weights may be scores. Nothing for n = 0. Returns whether the weights are finite, as
 * they are unless a score is not. */
int32_t attni_weighting_forward(const attni_kernels *kernels, int32_t weighting, float temperature, int64_t n,
                                const float *scores, float *weights);

/* gradient[n], that of the weights, becomes that of the scores. */
void attni_weighting_backward(int32_t weighting, float temperature, int64_t n, const float *weights,
                              float *gradient);

#endif
