/* ranks.h - processes that mpirun started to train one model together: who is which, what all agree on, the mean of their gradients.
 *
 * Every process ("rank") reads the same data in the same order, holds the same weights, and computes the gradients of its part of each
 * batch; their mean over the batch goes to all, and so each makes the same update. Rank 0 alone measures, writes and prints.
 *
 * All ranks make the same calls in the same order. One that fails joins the call that the others make next, and all end: one line, one
 * exit status. A process that is alone pays nothing: no call does anything then. */
#ifndef COMMON_RANKS_H
#define COMMON_RANKS_H

#include "common/program.h"

/* Join the others, where mpirun started several processes. From here on a failure ends all of them, and standard output is rank 0's. */
void ranks_begin(void);

int64_t ranks(void);   /* how many there are */
bool ranks_lead(void); /* whether this is rank 0, which measures, writes and prints */

/* How many threads this rank takes where nobody asked for a number: its share of the processors that it may use. 0: all, alone. */
int64_t ranks_threads(int64_t asked);

/* Which of a batch's rows are this rank's: they lie behind one another, and as many as the others', or one less. */
struct share {
    int64_t begin, count;
};
struct share ranks_share(int64_t rows);

#define RANKS_SUMS 4

/* In place of the gradients of this rank's part of a batch, those of all of it: their mean, weighted by how much of the batch each
 * part is, `weight` (rows, say), in the same bits for all ranks. Of an embedding the rows that any rank used are exchanged. And of
 * sums[count] the sums over the ranks. */
void ranks_average(attn_params *params, double weight, double *sums, int64_t count);

/* The signal that any rank caught by the last of these calls, 0 for none: all stop at the same step. */
int ranks_stop(void);

/* What rank 0 says; and go on when all are here. */
int64_t ranks_told(int64_t value);
void ranks_meet(void);

/* End the program where a rank has other bits than rank 0: "its WHAT are not those of process 1; TO_DO". */
void ranks_same(uint64_t bits, const char *what, const char *to_do);
void ranks_same_weights(const attn_params *params);

#endif
