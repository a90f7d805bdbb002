/* config.h - everything that decides what is trained, and how; it stands in the model file as JSON. */
#ifndef BABI_CONFIG_H
#define BABI_CONFIG_H

#include "common/saved.h"

#define MOST_PASSES 16

struct config {
    int64_t task;       /* of the files in a folder */
    int64_t most_facts; /* of a longer story the last ones are seen */
    int64_t hidden, passes;
    int64_t ordered; /* 1: lists of answers are sequences; 0: sets */
    int64_t pointer; /* 1: the answer is a word of the story that is pointed at; 0: one of the vocabulary */
    double dropout;
    double l2; /* of the loss: l2 * the sum of the squares of all weights */
    int64_t batch, epochs, patience, seed;
    double lr, clip_norm;
};

extern const struct config default_config;

json_t *config_json(const struct config *config);

/* Read what config_json wrote; `path` names the file in the line when it is not that. */
struct config config_read(const char *path, const json_t *json);

#endif
