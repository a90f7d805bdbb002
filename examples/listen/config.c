/* config.c - the defaults, and the settings of training as JSON. */
#include "config.h"

#include "common/settings.h"

const struct config default_config = {
    .encoder = 64,
    .memory = 64,
    .decoder = 96,
    .emb = 16,
    .join = {2, 2, 1},
    .dropout = 0.15,
    .strings = 2000,
    .epochs = 16,
    .batch = 8,
    .seed = 1,
    .warmup = 2,
    .lr = 2e-3,
    .lr_decay = 0.83,
    .clip_norm = 1,
    .average = 0.99,
    .smoothing = 0.05,
    .diagonal = 2,
    .silence = 0.5,
};

static const struct setting settings[] = {
    WHOLE_SETTING(strings, 1, 1e9),   WHOLE_SETTING(epochs, 1, 10000), WHOLE_SETTING(batch, 1, MOST_ROWS),
    WHOLE_SETTING(seed, 0, 9e15),     WHOLE_SETTING(warmup, 0, 10000), REAL_SETTING(dropout, 0, 0.99),
    REAL_SETTING(lr, 1e-9, 10),       REAL_SETTING(lr_decay, 0.01, 1), REAL_SETTING(clip_norm, 0, 1e9),
    REAL_SETTING(average, 0, 0.9999), REAL_SETTING(smoothing, 0, 1),   REAL_SETTING(diagonal, 0, 100),
    REAL_SETTING(silence, 0, 100),
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
