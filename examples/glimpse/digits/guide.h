/* guide.h - what a reader is told, while it learns, of where to look; of where digits lie or end nothing.
 *
 *     cost_tj = diagonal (1 - exp(-d^2 / 2 w^2)) + empty e_j     of digit t on region j, END of none
 *
 * The first part costs attention that leaves the diagonal (Tachibana et al. 2018, 1710.08969): digits are read from left to right, at
 * about an even pace, d = (t + 1/2) / T - p_j, where p_j is how much of the canvas's ink has gone by at region j's column. A reader that
 * does not know yet where to look learns it from that in a few hundred steps, and then does without. The second part costs digits that
 * look where nothing is written, e_j = 1, or little: regions beside a digit show it too, and nothing else says that its own place is to
 * be looked at. */
#ifndef GLIMPSE_GUIDE_H
#define GLIMPSE_GUIDE_H

#include "page.h"

/* dweights [rows, steps, down * across] <- the gradient of the mean over what the page says of sum_j a_tj cost_tj; regions are `side`
 * pixels both ways. */
void guide(const struct page *page, int64_t side, float diagonal, float empty, float *dweights);

#endif
