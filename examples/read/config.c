/* config.c - the defaults, and the settings of training as JSON. */
#include "config.h"

#include "batch.h"

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

/* One setting: a whole number or a real one, from `least` to `most`. */
struct setting {
    const char *name;
    size_t offset; /* in the config */
    bool whole;
    double least, most;
};

#define WHOLE(name, least, most)                                                                             \
    {                                                                                                        \
#name, offsetof(struct config, name), true, least, most                                              \
    }
#define REAL(name, least, most)                                                                              \
    {                                                                                                        \
#name, offsetof(struct config, name), false, least, most                                             \
    }

static const struct setting settings[] = {
    WHOLE(limit, 0, 1e12),   WHOLE(valid_limit, 0, 1e12), WHOLE(epochs, 1, 10000), WHOLE(batch, 1, MOST_ROWS),
    WHOLE(seed, 0, 9e15),    REAL(dropout, 0, 0.99),      REAL(lr, 1e-9, 10),      REAL(lr_decay, 0.01, 1),
    REAL(clip_norm, 0, 1e9), REAL(average, 0, 0.9999),
};

json_t *config_json(const struct config *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < COUNT(settings); i++) {
        const void *value = (const char *)config + settings[i].offset;
        json_object_set_new(json, settings[i].name,
                            settings[i].whole ? json_integer(*(const int64_t *)value)
                                              : json_real(*(const double *)value));
    }
    return json;
}

struct config config_of_json(const json_t *json, const char *path)
{
    struct config config = default_config;
    for (int64_t i = 0; i < COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        const json_t *value = json_object_get(json, setting->name);
        const double number = json_number_value(value);
        if (!(setting->whole ? json_is_integer(value) : json_is_number(value)) ||
            !(number >= setting->least) || !(number <= setting->most))
            fail(EXIT_BAD_INPUT,
                 "%s: its setting %s is missing or out of range; expected a checkpoint that " PROGRAM
                 " train wrote",
                 path, setting->name);
        void *place = (char *)&config + setting->offset;
        if (setting->whole)
            *(int64_t *)place = json_integer_value(value);
        else
            *(double *)place = number;
    }
    return config;
}
