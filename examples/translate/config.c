/* config.c - each task's settings, and the configuration to and from JSON by a table of its fields. */
#include "config.h"

#include "words.h"

#define FIELD(name, kind, least, most) CONFIG_FIELD(struct config, name, kind, least, most)

static const struct field fields[] = {
    FIELD(task, FIELD_INTEGER, TASK_SENTENCES, TASK_DATES),
    FIELD(max_length, FIELD_INTEGER, 1, 10000),
    FIELD(min_count, FIELD_INTEGER, 1, 1e9),
    FIELD(emb, FIELD_INTEGER, 1, 4096),
    FIELD(encoder, FIELD_INTEGER, 1, 4096),
    FIELD(decoder, FIELD_INTEGER, 1, 4096),
    FIELD(dropout_embedding, FIELD_NUMBER, 0, 0.99),
    FIELD(dropout_states, FIELD_NUMBER, 0, 0.99),
    FIELD(dropout_output, FIELD_NUMBER, 0, 0.99),
    FIELD(batch, FIELD_INTEGER, 1, 4096),
    FIELD(epochs, FIELD_INTEGER, 1, 10000),
    FIELD(patience, FIELD_INTEGER, 0, 10000),
    FIELD(seed, FIELD_INTEGER, 0, 9e15),
    FIELD(lr, FIELD_NUMBER, 1e-9, 10),
    FIELD(decay_rate, FIELD_NUMBER, 1e-6, 1),
    FIELD(clip_norm, FIELD_NUMBER, 0, 1e6),
    FIELD(embedding_rate, FIELD_NUMBER, 1e-6, 1e6),
    FIELD(average, FIELD_NUMBER, 0, 0.999999),
};

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
                        .decay_rate = 0.9,
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
                    .decay_rate = 0.7,
                    .clip_norm = 5,
                    .embedding_rate = 1,
                    .average = 0.99},
};

struct config config_default(int64_t task)
{
    return defaults[task];
}

json_t *config_json(const struct config *config)
{
    return fields_json(fields, COUNT(fields), config);
}

struct config config_read(const char *path, const json_t *json)
{
    struct config config = {0};
    fields_read(fields, COUNT(fields), path, json, &config);
    return config;
}
