/* config.c - the defaults, and the configuration to and from JSON by a table of its fields. */
#include "config.h"

const struct config default_config = {
    .task = 1,
    .most_facts = 130,
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

#define FIELD(name, kind, least, most) CONFIG_FIELD(struct config, name, kind, least, most)

static const struct field fields[] = {
    FIELD(task, FIELD_INTEGER, 1, 1000),       FIELD(most_facts, FIELD_INTEGER, 1, 100000),
    FIELD(hidden, FIELD_INTEGER, 1, 4096),     FIELD(passes, FIELD_INTEGER, 1, MOST_PASSES),
    FIELD(ordered, FIELD_SWITCH, 0, 1),        FIELD(pointer, FIELD_SWITCH, 0, 1),
    FIELD(dropout, FIELD_NUMBER, 0, 0.99),     FIELD(l2, FIELD_NUMBER, 0, 1),
    FIELD(batch, FIELD_INTEGER, 1, 4096),      FIELD(epochs, FIELD_INTEGER, 1, 100000),
    FIELD(patience, FIELD_INTEGER, 0, 100000), FIELD(seed, FIELD_INTEGER, 0, 9e15),
    FIELD(lr, FIELD_NUMBER, 1e-9, 10),         FIELD(clip_norm, FIELD_NUMBER, 0, 1e6),
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
