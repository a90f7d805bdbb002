/* config.h - everything that decides what is trained, and how. */
#ifndef BABI_CONFIG_H
#define BABI_CONFIG_H

#include <stdint.h>

struct config {
    int64_t hidden, passes;
    int64_t pointer; /* 1: the answer is a word of the story that is pointed at; 0: one of the vocabulary */
    double dropout;
    double l2; /* of the loss: l2 * the sum of the squares of all weights */
    int64_t batch, epochs, patience, seed;
    double lr, clip_norm;
};

#endif
