/* dice.h - a row of random numbers, each a function of seed, stream and its place in the row. */
#ifndef COMMON_DICE_H
#define COMMON_DICE_H

#include "common/program.h"

struct dice {
    uint64_t seed, stream, position;
};

static inline int64_t roll(struct dice *dice, int64_t bound)
{
    return random_below(bound, dice->seed, dice->stream, dice->position++);
}

/* Uniform from `least` to `most`. */
static inline double roll_between(struct dice *dice, double least, double most)
{
    return least + (most - least) * (double)roll(dice, 1 << 24) / (1 << 24);
}

#endif
