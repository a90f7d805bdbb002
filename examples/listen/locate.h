/* locate.h - where a speller has listened by now, as numbers beside each item of the memory: what makes attention location-aware
 * (Chorowski et al. 2015, 1506.07503). With a the weights of the step before, of item j
 *
 *     near      sum_{k <= j} r^(j - k) a_k      for r = 0, 0.5, 0.8, 0.93 and 1: how far to the right of where it was
 *     covered   the sum of its weights in all steps before
 *
 * Beside the item's own numbers an additive score makes of them what a convolution of the weights would be. Without them a speller finds
 * "the next word" only by counting words, and of strings longer than it was trained on not at all. At the first step it was to the
 * left of everything. */
#ifndef LISTEN_LOCATE_H
#define LISTEN_LOCATE_H

#include <stdint.h>

#define TRACES 5
#define PLACE_DIM (TRACES + 1)

/* places[rows, items, PLACE_DIM], the numbers of items, from weights and covered [rows, items]; weights NULL: it is the first step. */
void locate(int64_t rows, int64_t items, const float *weights, const float *covered, float *places);

#endif
