/* config.c - each task's settings. */
#include "config.h"

#include "words.h"

static const struct config defaults[] = {
    [TASK_SENTENCES] = {.task = TASK_SENTENCES,
                        .max_length = 40,
                        .min_count = 2,
                        .emb = 128,
                        .encoder = 192,
                        .decoder = 320,
                        .dropout_embedding = 0.4,
                        .dropout_states = 0.3,
                        .dropout_output = 0.5,
                        .batch = 64,
                        .epochs = 24,
                        .patience = 4,
                        .seed = 1,
                        .lr = 2e-3,
                        .lr_decay = 0.9,
                        .clip_norm = 5,
                        .embedding_rate = 3,
                        .average = 0.998},
    [TASK_DATES] = {.task = TASK_DATES,
                    .max_length = 12,
                    .min_count = 1,
                    .emb = 32,
                    .encoder = 32,
                    .decoder = 64,
                    .dropout_embedding = 0,
                    .dropout_output = 0,
                    .batch = 64,
                    .epochs = 12,
                    .patience = 0,
                    .seed = 1,
                    .lr = 4e-3,
                    .lr_decay = 0.7,
                    .clip_norm = 5,
                    .embedding_rate = 1,
                    .average = 0.99},
};

struct config config_default(int64_t task)
{
    return defaults[task];
}
