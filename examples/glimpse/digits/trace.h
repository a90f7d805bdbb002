/* trace.h - where a reader has looked by now, as numbers beside each region: what makes attention location-aware (Chorowski et al.
 * 2015, 1506.07503). With m the mean column of the weights of the step before, and d = column - m of a region,
 *
 *     ahead, behind   max(d, 0) / 4 and max(-d, 0) / 4
 *     at, beyond      2 exp(-d^2 / 4.5) and 2 exp(-(d - 4)^2 / 8): where it looked, and where the next one often lies
 *     soon            4 * 0.8^d, 0 where d < 0
 *     covered         twice the region's own weights, summed over all steps before
 *
 * Before the first step it had looked to the left of everything, at column -1. "The next one to the right" is then a matter of what a
 * region shows and of these numbers, and not of counting. */
#ifndef GLIMPSE_TRACE_H
#define GLIMPSE_TRACE_H

#include <stdint.h>

#define TRACE_DIM 6

/* places[rows, down * across, TRACE_DIM], the numbers of a grid of down x across regions, from weights and covered
 * [rows, down * across]; weights NULL: it is the first step. */
void trace(int64_t rows, int64_t down, int64_t across, const float *weights, const float *covered,
           float *places);

#endif
