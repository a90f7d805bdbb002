/* config.c - each task's settings. */
#include "config.h"

#include "common/settings.h"
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
                        .share = 0.1,
                        .batch = 64,
                        .epochs = 24,
                        .patience = 4,
                        .seed = 1,
                        .lr = 2e-3,
                        .lr_decay = 0.9,
                        .clip_norm = 5,
                        .embedding_rate = 3,
                        .average = 0.998},
    [TASK_TOKENISED] = {.task = TASK_TOKENISED,
                        .max_length = 60,
                        .min_count = 2,
                        .emb = 256,
                        .encoder = 256,
                        .decoder = 384,
                        .dropout_embedding = 0.3,
                        .dropout_states = 0.3,
                        .dropout_output = 0.5,
                        .share = 0.1,
                        .batch = 64,
                        .epochs = 16,
                        .patience = 4,
                        .seed = 1,
                        .lr = 2e-3,
                        .lr_decay = 0.85,
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
                    .dates = 20000,
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

static const struct setting settings[] = {
    REAL_SETTING(smoothing, 0, 1),
    REAL_SETTING(dropout_embedding, 0, 0.99),
    REAL_SETTING(dropout_states, 0, 0.99),
    REAL_SETTING(dropout_output, 0, 0.99),
    REAL_SETTING(share, 0, 0.9),
    WHOLE_SETTING(dates, 0, 1e7),
    WHOLE_SETTING(batch, 1, 4096),
    WHOLE_SETTING(epochs, 1, 10000),
    WHOLE_SETTING(patience, 0, 10000),
    WHOLE_SETTING(seed, 0, 9e15),
    REAL_SETTING(lr, 1e-9, 10),
    REAL_SETTING(lr_decay, 0.01, 1),
    REAL_SETTING(clip_norm, 0, 1e9),
    REAL_SETTING(embedding_rate, 1e-9, 1e9),
    REAL_SETTING(average, 0, 0.9999),
};

json_t *config_json(const struct config *config)
{
    return settings_json(settings, COUNT(settings), config);
}

struct config config_of_json(const json_t *json, int64_t task, const char *path)
{
    struct config config = config_default(task);
    settings_of_json(settings, COUNT(settings), json, path, &config);
    return config;
}
