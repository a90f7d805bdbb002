/* trained.c - model files: layers and vocabularies describe themselves, the rest is a line of JSON. */
#include "trained.h"

#include "common/saved.h"

void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json)
{
    const struct languages *languages = &trained->languages;
    options.vocab = languages->source;
    options.pieces = languages->pieces;
    options.vocab_count = 1;
    options.vocab_names = (const char *[]){"target"};
    options.vocabs = (const attn_vocab *[]){languages->target};
    json_object_set_new(json, "task", json_integer(languages->task));
    json_object_set_new(json, "max_length", json_integer(trained->max_length));
    save_model(path, trained->network.params, options, json);
}

struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    struct trained trained = {0};
    struct languages *languages = &trained.languages;
    json_t *config = open_trained(context, path, &own, &languages->source);
    languages->task = saved_integer(config, path, "task", TASK_SENTENCES, TASK_TOKENISED);
    trained.max_length = saved_integer(config, path, "max_length", 1, 10000);
    must_read(attn_file_vocab_create(own, "target", &languages->target));
    if (attn_file_metadata(own, "pieces"))
        must_read(attn_file_pieces_create(own, &languages->pieces));
    must(attn_vocab_tokens_create(languages->source, &languages->tokens));
    trained.network = network_open(context, own, path);
    must_fit(attn_vocab_size(languages->source) == embedding_info(trained.network.source).rows &&
                 attn_vocab_size(languages->target) == trained.network.classes &&
                 attn_vocab_id(languages->target, BOUNDARY) == BOUNDARY_ID,
             path);
    hand_over(own, file, config, json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    languages_free(&trained->languages);
}
