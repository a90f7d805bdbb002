/* config.c - the defaults, and the settings of training as JSON. */
#include "config.h"

#include "common/settings.h"

const struct config default_config = {
    .hidden = 96,
    .emb = 32,
    .weighting = ATTN_WEIGHTING_ENTMAX15,
    .temperature = 0.7,
    .batch = 16,
    .epochs = 10,
    .seed = 1,
    .scenes = 5000,
    .lr = 2e-3,
    .clip_norm = 1,
};

static const struct setting settings[] = {
    WHOLE_SETTING(batch, 1, 4096), WHOLE_SETTING(epochs, 1, 10000), WHOLE_SETTING(seed, 0, 9e15),
    WHOLE_SETTING(scenes, 0, 1e9), REAL_SETTING(lr, 1e-9, 10),      REAL_SETTING(clip_norm, 0, 1e9),
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
