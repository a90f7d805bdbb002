/* trained.c - model files: layers and vocabularies describe themselves, the rest is a line of JSON. */
#include "trained.h"

#include "common/saved.h"

void trained_save(const struct trained *trained, const char *path, int64_t epoch, double loss)
{
    const struct languages *languages = &trained->languages;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.vocab = languages->source;
    options.vocab_count = 1;
    options.vocab_names = (const char *[]){"target"};
    options.vocabs = (const attn_vocab *[]){languages->target};
    save_model(path, trained->network.params, options,
               json_pack("{s:I, s:I, s:{s:I, s:f}}", "task", (json_int_t)languages->task, "max_length",
                         (json_int_t)trained->max_length, "best", "epoch", (json_int_t)epoch, "loss", loss));
}

struct trained trained_open(attn_context *context, const char *path)
{
    attn_file *file;
    struct trained trained = {0};
    struct languages *languages = &trained.languages;
    json_t *json = open_trained(context, path, &file, &languages->source);
    languages->task = saved_integer(json, path, "task", TASK_SENTENCES, TASK_DATES);
    trained.max_length = saved_integer(json, path, "max_length", 1, 10000);
    must_read(attn_file_vocab_create(file, "target", &languages->target));
    must(attn_vocab_tokens_create(languages->source, &languages->tokens));
    trained.network = network_open(context, file, path);
    must_fit(attn_vocab_size(languages->source) == embedding_info(trained.network.source).rows &&
                 attn_vocab_size(languages->target) == trained.network.classes &&
                 attn_vocab_id(languages->target, BOUNDARY) == BOUNDARY_ID,
             path);
    attn_file_close(&file);
    json_decref(json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    languages_free(&trained->languages);
}
