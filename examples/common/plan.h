/* plan.h - in which order examples are visited. */
#ifndef COMMON_PLAN_H
#define COMMON_PLAN_H

#include "common/program.h"

/* Of the program's streams of random numbers those from here on are taken by the plans, two an epoch. */
#define STREAM_EPOCH 1000

/* 0, 1, ..., count - 1; the caller frees it. */
int64_t *plan_all(int64_t count);

/* The order in which an epoch visits items[count], numbers of examples: `size` of them after another are a batch. Examples of
 * like length are put together, as far as the shuffled pool from which they come allows, and the batches are shuffled; all of
 * it a function of seed and epoch. lengths[item] is one example's. The caller frees it. */
int64_t *plan_epoch(const int32_t *lengths, const int64_t *items, int64_t count, int64_t size, uint64_t seed,
                    int64_t epoch);

/* The same for more examples than memory holds, which lie in the order of `items`: blocks of neighbours are shuffled, PLAN_WINDOW items
 * at a time are mixed, and their batches made as above; of no more than PLAN_WINDOW it is the plan above. The program's streams from
 * STREAM_PLAN_WINDOWS on are taken, 2^20 an epoch. */
#define PLAN_WINDOW 262144
#define STREAM_PLAN_WINDOWS ((uint64_t)1 << 42)
int64_t *plan_epoch_in_windows(const int32_t *lengths, const int64_t *items, int64_t count, int64_t size,
                               uint64_t seed, int64_t epoch);

/* The order for measuring: by length, the shortest first. */
int64_t *plan_by_length(const int32_t *lengths, const int64_t *items, int64_t count);

/* The same of those among examples 0 to count - 1 that are not empty; *filled receives how many they are. */
int64_t *plan_filled(const int32_t *lengths, int64_t count, int64_t *filled);

#endif
