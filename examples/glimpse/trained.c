/* trained.c - model files: layers and vocabulary describe themselves, and there is nothing else to know. */
#include "trained.h"

#include "common/saved.h"
#include "tasks.h"

void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json)
{
    options.vocab = trained->vocab;
    save_model(path, trained->network.params, options, json);
}

struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    struct trained trained;
    must_read(attn_file_open(context, path, &own));
    json_t *config = read_model_json(own, path);
    require_task(config, path, "scenes");
    must_read(attn_file_vocab_create(own, NULL, &trained.vocab));
    trained.network = network_open(context, own, path);
    must_fit(attn_vocab_size(trained.vocab) == trained.network.classes, path);
    hand_over(own, file, config, json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
}
