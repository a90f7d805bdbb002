/* config.h - everything that decides what is trained, and how. */
#ifndef BABI_CONFIG_H
#define BABI_CONFIG_H

#include "common/program.h"

struct config {
    int64_t hidden, passes;
    int64_t pointer; /* 1: the answer is a word of the story that is pointed at; 0: one of the vocabulary */
    double dropout;
    double l2; /* of the loss: l2 * the sum of the squares of all weights */
    int64_t batch, epochs, patience, seed;
    double lr, clip_norm;
};

extern const struct config default_config;

/* What a run that is gone on with has to know, and its network's file does not tell; and back: ends the program where the checkpoint at
 * `path` holds none that can be. */
json_t *config_json(const struct config *config);
struct config config_of_json(const json_t *json, const char *path);

#endif
