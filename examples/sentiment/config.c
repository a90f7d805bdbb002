/* config.c - the presets, and the configuration to and from JSON by tables of its fields, and from a classifier. */
#include "config.h"

#include <attn/experimental.h>
#include <string.h>

/* The fields of a struct config: int64_t for switches and integers, double for numbers. */
enum field_kind { FIELD_SWITCH, FIELD_INTEGER, FIELD_NUMBER };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    double least, most;
};

#define FIELD(name, kind, least, most)                                                                       \
    {                                                                                                        \
#name, kind, offsetof(struct config, name), least, most                                              \
    }

/* Their ranges are the library's. */
static const struct field layers[] = {
    FIELD(max_length, FIELD_INTEGER, 0, 0),
    FIELD(emb, FIELD_INTEGER, 0, 0),
    FIELD(hidden, FIELD_INTEGER, 0, 0),
    FIELD(layers, FIELD_INTEGER, 0, 0),
    FIELD(directions, FIELD_INTEGER, 0, 0),
    FIELD(pooling, FIELD_INTEGER, 0, 0),
    FIELD(ngrams, FIELD_SWITCH, 0, 0),
    FIELD(no_encoder, FIELD_SWITCH, 0, 0),
    FIELD(attngru, FIELD_SWITCH, 0, 0),
    FIELD(reset_before, FIELD_SWITCH, 0, 0),
    FIELD(layer_norm, FIELD_SWITCH, 0, 0),
    FIELD(padding_kept, FIELD_SWITCH, 0, 0),
    FIELD(outer_tanh, FIELD_SWITCH, 0, 0),
    FIELD(freeze_embedding, FIELD_SWITCH, 0, 0),
    FIELD(orthogonal, FIELD_SWITCH, 0, 0),
    FIELD(weighting, FIELD_INTEGER, 0, 0),
    FIELD(dropout_embedding, FIELD_NUMBER, 0, 0),
    FIELD(dropout_states, FIELD_NUMBER, 0, 0),
    FIELD(dropout_context, FIELD_NUMBER, 0, 0),
};

static const struct field training[] = {
    FIELD(min_count, FIELD_INTEGER, 1, 1e9),
    FIELD(max_vocab, FIELD_INTEGER, 2, 1e8),
    FIELD(article_init, FIELD_SWITCH, 0, 1),
    FIELD(batch, FIELD_INTEGER, 1, 4096),
    FIELD(epochs, FIELD_INTEGER, 1, 10000),
    FIELD(seed, FIELD_INTEGER, 0, 9e15),
    FIELD(dropout_words, FIELD_NUMBER, 0, 0.99),
    FIELD(diversity_weight, FIELD_NUMBER, 0, 1000),
    FIELD(undecided_weight, FIELD_NUMBER, 0, 1000),
    FIELD(lr, FIELD_NUMBER, 1e-9, 10),
    FIELD(decay_rate, FIELD_NUMBER, 1e-6, 1),
    FIELD(decay_steps, FIELD_INTEGER, 0, 1e12),
    FIELD(lr_floor, FIELD_NUMBER, 0, 10),
    FIELD(clip_norm, FIELD_NUMBER, 0, 1e6),
    FIELD(embedding_rate, FIELD_NUMBER, 1e-6, 1e6),
    FIELD(average, FIELD_NUMBER, 0, 0.999999),
    FIELD(beta2, FIELD_NUMBER, 0, 0.999999),
    FIELD(ngrams_min_count, FIELD_INTEGER, 1, 1e9),
    FIELD(max_ngrams, FIELD_INTEGER, 1, 1e8),
    FIELD(bfloat16, FIELD_SWITCH, 0, 1),
    FIELD(int8, FIELD_SWITCH, 0, 1),
};

static const struct field language[] = {
    FIELD(candidates, FIELD_INTEGER, 1, 1e8),
    FIELD(max_length, FIELD_INTEGER, 1, 1e6),
};

static const struct config default_preset = {
    .max_length = 1000,
    .min_count = 5,
    .max_vocab = 50000,
    .ngrams_min_count = 5,
    .max_ngrams = 200000,
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
    .beta2 = 0.999,
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
    .ngrams_min_count = 5,
    .max_ngrams = 200000,
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
    .beta2 = 0.999,
    .decay_rate = 0.96,
    .decay_steps = 100000,
    .lr_floor = 1e-6,
    .embedding_rate = 1,
};

int64_t config_language_epochs(const char *preset)
{
    return strcmp(preset, "gru") == 0 || strcmp(preset, "best") == 0 ? 8 : 0;
}

struct config config_preset(const char *preset)
{
    struct config config = strcmp(preset, "article") == 0 ? article_preset : default_preset;
    config.ngrams = strcmp(preset, "best") == 0 || strcmp(preset, "none") == 0;
    if (config_language_epochs(preset)) {
        config.epochs = 3;
        config.layer_norm = 1;
        config.min_count = 10; /* as a language model has it */
    }
    if (strcmp(preset, "none") == 0) { /* as weights of single features learn best */
        config.no_encoder = 1;
        config.dropout_words = config.average = config.clip_norm = 0;
        config.lr = 0.02;
        config.decay_rate = 1;
        config.lr_floor = 0;
        config.beta2 = 0.99;
        config.epochs = 3;
    }
    if (strcmp(preset, "language") == 0) { /* there is far more text, and all of it is asked for */
        config.max_length = 400;
        config.min_count = 10;
        config.max_vocab = 40000;
        config.candidates = 600;
        config.dropout_words = config.average = 0;
        config.dropout_embedding = config.dropout_states = 0.1;
        config.embedding_rate = 1;
        config.epochs = 4;
    }
    return config;
}

static json_t *fields_json(const struct field *fields, int64_t count, const struct config *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < count; i++) {
        const void *value = (const char *)config + fields[i].offset;
        json_object_set_new(json, fields[i].name,
                            fields[i].kind == FIELD_SWITCH    ? json_boolean(*(const int64_t *)value)
                            : fields[i].kind == FIELD_INTEGER ? json_integer(*(const int64_t *)value)
                                                              : json_real(*(const double *)value));
    }
    return json;
}

/* Every one of `fields` must be there and in its range, but for switches, which are off where they are not; or the program ends with a
 * line that names `path` and the command that writes such files. */
static void fields_read(const char *path, const char *command, const struct field *fields, int64_t count,
                        const json_t *json, struct config *config)
{
    for (int64_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        if (value == NULL && fields[i].kind == FIELD_SWITCH)
            continue;
        bool right = fields[i].kind == FIELD_SWITCH    ? json_is_boolean(value)
                     : fields[i].kind == FIELD_INTEGER ? json_is_integer(value)
                                                       : json_is_number(value);
        double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
        if (!right || number < fields[i].least || number > fields[i].most)
            fail(EXIT_BAD_INPUT,
                 "%s: its configuration holds no %s, or one out of range; expected a model that " PROGRAM
                 " %s wrote",
                 path, fields[i].name, command);
        void *target = (char *)config + fields[i].offset;
        if (fields[i].kind == FIELD_NUMBER)
            *(double *)target = number;
        else
            *(int64_t *)target = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    }
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

json_t *config_language_json(const struct config *config)
{
    json_t *json = config_json(config), *rest = fields_json(language, COUNT(language), config);
    json_object_update(json, rest);
    json_decref(rest);
    return json;
}

struct config config_read_language(const char *path, const json_t *json)
{
    struct config config = {0};
    fields_read(path, "pretrain", training, COUNT(training), json, &config);
    fields_read(path, "pretrain", language, COUNT(language), json, &config);
    return config;
}

static void read_layers(const attn_classifier *classifier, struct config *config)
{
    attn_classifier_info whole = ATTN_CLASSIFIER_INFO_INIT;
    must(attn_classifier_get_info(classifier, &whole));
    config->max_length = whole.max_length;
    config->ngrams = whole.ngrams != NULL;
    config->no_encoder = whole.encoder == NULL;
    if (whole.encoder == NULL)
        return;
    const attn_embedding_info embedding = embedding_info(whole.embedding);
    const attn_gru_info encoder = gru_info(whole.encoder);
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    if (whole.attention)
        attention = attention_info(whole.attention);
    config->emb = embedding.dim;
    config->hidden = encoder.hidden_dim;
    config->layers = encoder.layers;
    config->directions = encoder.bidirectional ? 2 : 1;
    config->pooling = whole.attention                      ? POOL_ATTENTION
                      : whole.pooling == ATTN_POOLING_MEAN ? POOL_MEAN
                      : whole.pooling == ATTN_POOLING_MAX  ? POOL_MAX
                                                           : POOL_LAST;
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
    fields_read(path, "train", training, COUNT(training), json, &config);
    read_layers(classifier, &config);
    return config;
}

void config_words(const struct config *config, const char **encoder, const char **pooling,
                  const char **weighting, const char **faithful)
{
    static const char *const poolings[] = {"attention", "mean", "max", "last"};
    static const char *const weightings[] = {"softmax", "sparsemax", "entmax"};
    *encoder = config->no_encoder ? "none" : config->attngru ? "attngru" : "gru";
    *pooling = poolings[config->pooling];
    *weighting = weightings[config->weighting];
    *faithful = config->orthogonal ? "orthogonal" : config->diversity_weight > 0 ? "diversity" : "none";
}
