/* config.c - the presets, and the configuration to and from JSON by a table of its fields. */
#include "config.h"

#include <stddef.h>
#include <string.h>

typedef enum field_kind { SWITCH, INTEGER, NUMBER } field_kind;

struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double least, most;
};

#define FIELD(name, kind, least, most)                                                                       \
    {                                                                                                        \
#name, kind, offsetof(struct config, name), least, most                                              \
    }

static const struct field fields[] = {
    FIELD(max_length, INTEGER, 1, 100000),
    FIELD(min_count, INTEGER, 1, 1e9),
    FIELD(max_vocab, INTEGER, 2, 1e8),
    FIELD(emb, INTEGER, 1, 4096),
    FIELD(hidden, INTEGER, 1, 4096),
    FIELD(layers, INTEGER, 1, 16),
    FIELD(directions, INTEGER, 1, 2),
    FIELD(no_attention, SWITCH, 0, 1),
    FIELD(reset_before, SWITCH, 0, 1),
    FIELD(layer_norm, SWITCH, 0, 1),
    FIELD(padding_kept, SWITCH, 0, 1),
    FIELD(outer_tanh, SWITCH, 0, 1),
    FIELD(article_init, SWITCH, 0, 1),
    FIELD(freeze_embedding, SWITCH, 0, 1),
    FIELD(dropout_embedding, NUMBER, 0, 0.99),
    FIELD(dropout_states, NUMBER, 0, 0.99),
    FIELD(dropout_context, NUMBER, 0, 0.99),
    FIELD(dropout_words, NUMBER, 0, 0.99),
    FIELD(batch, INTEGER, 1, 4096),
    FIELD(epochs, INTEGER, 1, 10000),
    FIELD(seed, INTEGER, 0, 9e15),
    FIELD(lr, NUMBER, 1e-9, 10),
    FIELD(decay_rate, NUMBER, 1e-6, 1),
    FIELD(decay_steps, INTEGER, 0, 1e12),
    FIELD(lr_floor, NUMBER, 0, 10),
    FIELD(clip_norm, NUMBER, 0, 1e6),
    FIELD(embedding_rate, NUMBER, 1e-6, 1e6),
    FIELD(average, NUMBER, 0, 0.999999),
};

static const struct config default_preset = {
    .max_length = 1000,
    .min_count = 5,
    .max_vocab = 50000,
    .emb = 100,
    .hidden = 128,
    .layers = 1,
    .directions = 2,
    .dropout_embedding = 0.4,
    .dropout_states = 0.3,
    .dropout_context = 0.5,
    .dropout_words = 0.2,
    .batch = 64,
    .epochs = 5,
    .seed = 1,
    .lr = 2e-3,
    .decay_rate = 0.5,
    .decay_steps = 0,
    .lr_floor = 1e-5,
    .clip_norm = 5,
    .embedding_rate = 3,
    .average = 0.99,
};

/* "Interpretability via attentional and memory-based interfaces, using TensorFlow" (2017), with the 30,000
 * most frequent words. */
static const struct config article_preset = {
    .max_length = 300,
    .min_count = 1,
    .max_vocab = 30000,
    .emb = 200,
    .hidden = 200,
    .layers = 1,
    .directions = 1,
    .reset_before = 1,
    .layer_norm = 1,
    .padding_kept = 1,
    .outer_tanh = 1,
    .article_init = 1,
    .dropout_states = 0.1,
    .batch = 256,
    .epochs = 20,
    .seed = 1,
    .lr = 1e-4,
    .decay_rate = 0.96,
    .decay_steps = 100000,
    .lr_floor = 1e-6,
    .embedding_rate = 1,
};

struct config config_preset(const char *preset)
{
    return strcmp(preset, "article") == 0 ? article_preset : default_preset;
}

json_t *config_json(const struct config *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < COUNT(fields); i++) {
        const void *value = (const char *)config + fields[i].offset;
        json_object_set_new(json, fields[i].name,
                            fields[i].kind == SWITCH    ? json_boolean(*(const int64_t *)value)
                            : fields[i].kind == INTEGER ? json_integer(*(const int64_t *)value)
                                                        : json_real(*(const double *)value));
    }
    return json;
}

struct config config_read(const char *path, const json_t *json)
{
    struct config config = default_preset;
    for (int64_t i = 0; i < COUNT(fields); i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        bool right = fields[i].kind == SWITCH    ? json_is_boolean(value)
                     : fields[i].kind == INTEGER ? json_is_integer(value)
                                                 : json_is_number(value);
        double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
        if (!right || number < fields[i].least || number > fields[i].most)
            fail(EXIT_BAD_INPUT,
                 "%s: its configuration holds no %s, or one out of range; expected a model that " PROGRAM
                 " train wrote",
                 path, fields[i].name);
        void *target = (char *)&config + fields[i].offset;
        if (fields[i].kind == NUMBER)
            *(double *)target = number;
        else
            *(int64_t *)target = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    }
    return config;
}
