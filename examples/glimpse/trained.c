/* trained.c - model files: layers and vocabulary describe themselves, and there is nothing else to know. */
#include "trained.h"

#include "common/saved.h"
#include "tasks.h"

void trained_save(const struct trained *trained, const char *path, int64_t epoch, double loss)
{
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.vocab = trained->vocab;
    save_model(path, trained->network.params, options,
               json_pack("{s:{s:I, s:f}}", "best", "epoch", (json_int_t)epoch, "loss", loss));
}

struct trained trained_open(attn_context *context, const char *path)
{
    attn_file *file;
    struct trained trained;
    must_read(attn_file_open(context, path, &file));
    json_t *json = read_model_json(file, path);
    require_task(json, path, "scenes");
    json_decref(json);
    must_read(attn_file_vocab_create(file, NULL, &trained.vocab));
    trained.network = network_open(context, file, path);
    must_fit(attn_vocab_size(trained.vocab) == trained.network.classes, path);
    attn_file_close(&file);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
}
