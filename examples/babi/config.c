/* config.c - the defaults, and the settings of training as JSON. */
#include "config.h"

#include "common/settings.h"

const struct config default_config = {
    .hidden = 80,
    .passes = 3,
    .dropout = 0.1,
    .l2 = 1e-4,
    .batch = 50,
    .epochs = 100,
    .patience = 30,
    .seed = 1,
    .lr = 1e-3,
    .clip_norm = 10,
};

static const struct setting settings[] = {
    WHOLE_SETTING(batch, 1, 4096), WHOLE_SETTING(epochs, 1, 100000), WHOLE_SETTING(patience, 0, 100000),
    WHOLE_SETTING(seed, 0, 9e15),  REAL_SETTING(dropout, 0, 0.99),   REAL_SETTING(l2, 0, 1),
    REAL_SETTING(lr, 1e-9, 10),    REAL_SETTING(clip_norm, 0, 1e9),
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
