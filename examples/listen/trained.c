/* trained.c - model files: layers and letters describe themselves, the rest is a line of JSON. */
#include "trained.h"

#include <string.h>

#include "common/saved.h"

struct trained trained_create(attn_context *context, const struct config *config)
{
    struct trained trained = {.vocab = letters_create(context), .settings = features_default()};
    trained.features = features_create(&trained.settings);
    trained.network = network_create(context, config, trained.settings.bands, attn_vocab_size(trained.vocab));
    return trained;
}

void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json)
{
    json_t *join = json_array();
    for (int64_t level = 0; level < LEVELS; level++)
        json_array_append_new(join, json_integer(trained->network.join[level]));
    json_object_set_new(json, "features", features_json(&trained->settings));
    json_object_set_new(json, "join", join);
    options.vocab = trained->vocab;
    save_model(path, trained->network.params, options, json);
}

struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    struct trained trained = {0};
    int64_t join[LEVELS];
    json_t *config = open_trained(context, path, &own, &trained.vocab);
    trained.settings = features_of_json(json_object_get(config, "features"), path);
    for (int64_t level = 0; level < LEVELS; level++) {
        const json_int_t count =
            json_integer_value(json_array_get(json_object_get(config, "join"), (size_t)level));
        must_fit(count >= 1 && count <= 64, path);
        join[level] = count;
    }
    trained.network = network_open(context, own, join, path);
    must_fit(attn_vocab_size(trained.vocab) == trained.network.classes &&
                 trained.network.bands == trained.settings.bands &&
                 attn_vocab_id(trained.vocab, BOUNDARY) == BOUNDARY_ID &&
                 attn_vocab_id(trained.vocab, BLANK) == BLANK_ID,
             path);
    trained.features = features_create(&trained.settings);
    hand_over(own, file, config, json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
    features_destroy(trained->features);
}

int32_t letter_id(const struct trained *trained, char letter)
{
    return letter == ' ' ? BLANK_ID : attn_vocab_id(trained->vocab, (char[]){letter, '\0'});
}

void append_letters(const struct trained *trained, struct text *out, const int32_t *ids, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const char *token = ids[i] == BLANK_ID ? " " : attn_vocab_token(trained->vocab, ids[i]);
        text_append(out, token, strlen(token));
    }
}
