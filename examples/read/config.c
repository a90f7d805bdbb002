/* config.c - the defaults, and the settings of training as JSON. */
#include "config.h"

#include "batch.h"
#include "common/settings.h"

const struct config default_config = {
    .reader = "bidaf",
    .hidden = 80,
    .layers = 1,
    .emb = 100,
    .pieces = 32,
    .buckets = 20000,
    .max_vocab = 100000,
    .dropout = 0.2,
    .limit = 0,
    .valid_limit = 2000,
    .epochs = 8,
    .batch = 32,
    .seed = 1,
    .lr = 2e-3,
    .lr_decay = 0.75,
    .clip_norm = 5,
    .average = 0.999,
};

static const struct setting settings[] = {
    WHOLE_SETTING(limit, 0, 1e12),      WHOLE_SETTING(valid_limit, 0, 1e12), WHOLE_SETTING(epochs, 1, 10000),
    WHOLE_SETTING(batch, 1, MOST_ROWS), WHOLE_SETTING(seed, 0, 9e15),        REAL_SETTING(dropout, 0, 0.99),
    REAL_SETTING(lr, 1e-9, 10),         REAL_SETTING(lr_decay, 0.01, 1),     REAL_SETTING(clip_norm, 0, 1e9),
    REAL_SETTING(average, 0, 0.9999),
};

json_t *config_json(const struct config *config)
{
    return settings_json(settings, COUNT(settings), config);
}

struct config config_of_json(const json_t *json, const char *path)
{
    struct config config = default_config;
    settings_of_json(settings, COUNT(settings), json, path, &config);
    return config;
}
