/* config.c - the presets, and the configuration to and from JSON by tables of its fields, and from a classifier. */
#include "config.h"

#include <attn/experimental.h>
#include <string.h>

#define FIELD(name, kind, least, most) CONFIG_FIELD(struct config, name, kind, least, most)

static const struct field layers[] = {
    FIELD(max_length, FIELD_INTEGER, 1, 100000),
    FIELD(emb, FIELD_INTEGER, 1, 4096),
    FIELD(hidden, FIELD_INTEGER, 1, 4096),
    FIELD(layers, FIELD_INTEGER, 1, 16),
    FIELD(directions, FIELD_INTEGER, 1, 2),
    FIELD(no_attention, FIELD_SWITCH, 0, 1),
    FIELD(attngru, FIELD_SWITCH, 0, 1),
    FIELD(reset_before, FIELD_SWITCH, 0, 1),
    FIELD(layer_norm, FIELD_SWITCH, 0, 1),
    FIELD(padding_kept, FIELD_SWITCH, 0, 1),
    FIELD(outer_tanh, FIELD_SWITCH, 0, 1),
    FIELD(freeze_embedding, FIELD_SWITCH, 0, 1),
    FIELD(orthogonal, FIELD_SWITCH, 0, 1),
    FIELD(weighting, FIELD_INTEGER, ATTN_WEIGHTING_SOFTMAX, ATTN_WEIGHTING_ENTMAX15),
    FIELD(dropout_embedding, FIELD_NUMBER, 0, 0.99),
    FIELD(dropout_states, FIELD_NUMBER, 0, 0.99),
    FIELD(dropout_context, FIELD_NUMBER, 0, 0.99),
};

static const struct field training[] = {
    FIELD(min_count, FIELD_INTEGER, 1, 1e9),     FIELD(max_vocab, FIELD_INTEGER, 2, 1e8),
    FIELD(article_init, FIELD_SWITCH, 0, 1),     FIELD(batch, FIELD_INTEGER, 1, 4096),
    FIELD(epochs, FIELD_INTEGER, 1, 10000),      FIELD(seed, FIELD_INTEGER, 0, 9e15),
    FIELD(dropout_words, FIELD_NUMBER, 0, 0.99), FIELD(diversity_weight, FIELD_NUMBER, 0, 1000),
    FIELD(lr, FIELD_NUMBER, 1e-9, 10),           FIELD(decay_rate, FIELD_NUMBER, 1e-6, 1),
    FIELD(decay_steps, FIELD_INTEGER, 0, 1e12),  FIELD(lr_floor, FIELD_NUMBER, 0, 10),
    FIELD(clip_norm, FIELD_NUMBER, 0, 1e6),      FIELD(embedding_rate, FIELD_NUMBER, 1e-6, 1e6),
    FIELD(average, FIELD_NUMBER, 0, 0.999999),
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
    return fields_json(training, COUNT(training), config);
}

json_t *config_whole_json(const struct config *config)
{
    json_t *json = fields_json(layers, COUNT(layers), config), *rest = config_json(config);
    json_object_update(json, rest);
    json_decref(rest);
    return json;
}

static void read_layers(const attn_classifier *classifier, struct config *config)
{
    attn_classifier_info whole = ATTN_CLASSIFIER_INFO_INIT;
    attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    attn_gru_info encoder = ATTN_GRU_INFO_INIT;
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    must(attn_classifier_get_info(classifier, &whole));
    must(attn_embedding_get_info(whole.embedding, &embedding));
    must(attn_gru_get_info(whole.encoder, &encoder));
    if (whole.attention)
        must(attn_attention_get_info(whole.attention, &attention));
    config->max_length = whole.max_length;
    config->emb = embedding.dim;
    config->hidden = encoder.hidden_dim;
    config->layers = encoder.layers;
    config->directions = encoder.bidirectional ? 2 : 1;
    config->no_attention = whole.attention == NULL;
    config->attngru = whole.reader != NULL;
    config->reset_before = encoder.reset == ATTN_GRU_RESET_BEFORE;
    config->layer_norm = encoder.layer_norm;
    config->padding_kept = attention.padding == ATTN_PADDING_KEPT;
    config->outer_tanh = attention.outer_tanh;
    config->freeze_embedding = embedding.frozen;
    config->orthogonal = (encoder.experimental & ATTN_GRU_ORTHOGONAL) != 0;
    config->weighting = attention.weighting;
    config->dropout_embedding = (double)encoder.input_dropout;
    config->dropout_states = (double)encoder.dropout;
    config->dropout_context = (double)whole.context_dropout;
}

struct config config_read(const char *path, const json_t *json, const attn_classifier *classifier)
{
    struct config config = {0};
    fields_read(training, COUNT(training), path, json, &config);
    read_layers(classifier, &config);
    return config;
}

void config_words(const struct config *config, const char **encoder, const char **weighting,
                  const char **faithful)
{
    static const char *const weightings[] = {"softmax", "sparsemax", "entmax"};
    *encoder = config->attngru ? "attngru" : "gru";
    *weighting = weightings[config->weighting];
    *faithful = config->orthogonal ? "orthogonal" : config->diversity_weight > 0 ? "diversity" : "none";
}
