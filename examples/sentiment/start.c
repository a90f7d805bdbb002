/* start.c - a classifier that begins with what a language model has learned: its embedding and its encoder. */
#include "language.h"

#include <stdlib.h>
#include <string.h>

/* Whether a tensor is of the part that both have. */
static bool is_shared(const char *name)
{
    return strncmp(name, "embedding.", 10) == 0 || strncmp(name, "encoder.", 8) == 0;
}

void start_copy(const attn_params *from, attn_params *to)
{
    for (int64_t i = 0; i < attn_params_count(to); i++) {
        attn_tensor source = ATTN_TENSOR_INIT, target = ATTN_TENSOR_INIT;
        must(attn_params_tensor(to, i, &target));
        if (!is_shared(target.name))
            continue;
        must(attn_params_find(from, target.name, &source));
        memcpy(target.values, source.values, (size_t)target.size * sizeof *target.values);
    }
}

void start_from_file(const attn_file *file, const char *path, attn_params *to)
{
    for (int64_t i = 0; i < attn_params_count(to); i++) {
        attn_tensor source = ATTN_TENSOR_INIT, target = ATTN_TENSOR_INIT;
        must(attn_params_tensor(to, i, &target));
        if (!is_shared(target.name))
            continue;
        must_read(attn_file_find(file, target.name, &source));
        float *values = allocate(source.size, sizeof *values);
        must_read(attn_file_read(file, target.name, source.size, values));
        must_fit(target.size <= source.size, path);
        memcpy(target.values, values, (size_t)target.size * sizeof *values);
        free(values);
    }
}

attn_vocab *start_vocab(attn_context *context, const attn_file *file, int64_t max_size)
{
    attn_vocab *all, *first;
    attn_vocab_builder *builder;
    attn_tokens *tokens;
    must_read(attn_file_vocab_create(file, NULL, &all));
    must(attn_vocab_tokens_create(all, &tokens));
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int32_t id = ATTN_UNK_ID + 1; id < attn_vocab_size(all); id++)
        must(attn_vocab_builder_add_token(builder, attn_vocab_token(all, id), attn_vocab_frequency(all, id)));
    attn_vocab_options options = {sizeof options, max_size, 0, 0, NULL, tokens};
    must(attn_vocab_create(builder, &options, &first));
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&tokens);
    attn_vocab_destroy(&all);
    return first;
}

attn_file *start_open(attn_context *context, const char *path, struct config *config,
                      const struct option *options, int64_t count)
{
    attn_file *file;
    must_read(attn_file_open(context, path, &file));
    json_t *json = read_model_json(file, path);
    if (json_object_get(json, "language") == NULL)
        fail(EXIT_BAD_INPUT,
             "--start %s: this is no language model; expected a model that " PROGRAM " pretrain wrote", path);
    struct language language = language_open(context, file, path);
    const attn_gru_info encoder = gru_info(language.encoder);
    const struct {
        const char *name;
        int64_t *value, of_file;
    } sizes[] = {{"emb", &config->emb, language.emb},
                 {"hidden", &config->hidden, language.hidden},
                 {"layers", &config->layers, encoder.layers},
                 {"directions", &config->directions, language.directions}};
    for (int64_t i = 0; i < COUNT(sizes); i++) {
        if (option_given(options, count, sizes[i].name) && *sizes[i].value != sizes[i].of_file)
            fail(EXIT_BAD_INPUT, "--%s %lld: the language model in %s was trained with %lld; leave --%s out",
                 sizes[i].name, (long long)*sizes[i].value, path, (long long)sizes[i].of_file, sizes[i].name);
        *sizes[i].value = sizes[i].of_file;
    }
    if (option_given(options, count, "layer-norm") && !encoder.layer_norm)
        fail(EXIT_BAD_INPUT,
             "--layer-norm: the language model in %s was trained without; leave --layer-norm out", path);
    if (!option_given(options, count, "max-vocab"))
        config->max_vocab = embedding_info(language.embedding).rows;
    config->layer_norm = encoder.layer_norm;
    config->reset_before = encoder.reset == ATTN_GRU_RESET_BEFORE;
    language_free(&language);
    json_decref(json);
    return file;
}
