/* guide.h - what a speller is told, while it learns, of where to listen; of the borders of words nothing.
 *
 *     cost_tj = diagonal (1 - exp(-d^2 / 2 w^2)) + silence q_j       of step t on item j
 *
 * The first part costs attention that leaves the diagonal (Tachibana et al. 2018, 1710.08969): letters are said in the order of the
 * sound, and at about an even pace, d = (t + 1/2) / T - p_j, where p_j is how much of the sound's loudness has gone by at item j, so
 * that pauses take no time. A network that does not know yet where to listen learns it from that in a few hundred steps, and then does
 * without. The second part costs letters, not blanks nor the end, that listen where it is quiet: the states beside a word know of it
 * too, and nothing else says that the word's own sound is to be listened to.
 *
 * Loudness is the mean of an item's features, which are 0 in the mean over the recording: its positive part, and q_j its negative
 * part, at most 1. */
#ifndef LISTEN_GUIDE_H
#define LISTEN_GUIDE_H

#include "batch.h"

/* dweights [rows, steps, items] <- the gradient of the mean over the batch's letters of sum_j a_tj cost_tj. An item is `span` frames;
 * lengths [rows] are the items of each row. */
void guide(const struct batch *batch, int64_t items, const int32_t *lengths, int64_t span, float diagonal,
           float silence, float *dweights);

#endif
