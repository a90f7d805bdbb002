/* config.c - the defaults, and the configuration to and from JSON by a table of its fields. */
#include "config.h"

#define FIELD(name, kind, least, most) CONFIG_FIELD(struct config, name, kind, least, most)

static const struct field fields[] = {
    FIELD(hidden, FIELD_INTEGER, 1, 4096), FIELD(emb, FIELD_INTEGER, 1, 4096),
    FIELD(weighting, FIELD_INTEGER, 0, 2), FIELD(temperature, FIELD_NUMBER, 1e-3, 1e3),
    FIELD(batch, FIELD_INTEGER, 1, 4096),  FIELD(epochs, FIELD_INTEGER, 1, 10000),
    FIELD(seed, FIELD_INTEGER, 0, 9e15),   FIELD(scenes, FIELD_INTEGER, 0, 1e9),
    FIELD(lr, FIELD_NUMBER, 1e-9, 10),     FIELD(clip_norm, FIELD_NUMBER, 1e-9, 1e6),
};

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

json_t *config_json(const struct config *config)
{
    return fields_json(fields, COUNT(fields), config);
}

struct config config_read(const char *path, const json_t *json)
{
    struct config config = default_config;
    fields_read(fields, COUNT(fields), path, json, &config);
    return config;
}
