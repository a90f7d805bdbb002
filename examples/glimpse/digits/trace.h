/* trace.h - where a reader has looked by now, as numbers beside each region: what makes attention location-aware (Chorowski et al.
 * 2015, 1506.07503). With a_c the weights of the step before, summed over the rows of column c, of a region in column c
 *
 *     trace_i   sum_{k <= c} r_i^(c - k) a_k   for r = 0, 0.5, 0.8, 0.93 and 1: how far to the right of the last look it lies
 *     covered   the region's own weights, summed over all steps before
 *
 * Before the first step it had looked to the left of everything. "The next one to the right" is then a matter of what a region shows
 * and of these numbers, and not of counting. */
#ifndef GLIMPSE_TRACE_H
#define GLIMPSE_TRACE_H

#include <stdint.h>

#define TRACES 5
#define TRACE_DIM (TRACES + 1)

/* Put the numbers of a grid of down x across regions into memory[rows, down * across, dim + TRACE_DIM], behind the first `dim` of
 * each. weights and covered [rows, down * across]; weights NULL: it is the first step. */
void trace(int64_t rows, int64_t down, int64_t across, int64_t dim, const float *weights,
           const float *covered, float *memory);

#endif
