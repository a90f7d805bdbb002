/* start.c - a classifier that begins with what a language model has learned: its embedding and its encoder. */
#include "language.h"

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

void start_from_file(const attn_file *file, attn_params *to)
{
    for (int64_t i = 0; i < attn_params_count(to); i++) {
        attn_tensor target = ATTN_TENSOR_INIT;
        must(attn_params_tensor(to, i, &target));
        if (is_shared(target.name))
            must_read(attn_file_read(file, target.name, target.size, target.values));
    }
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
    config->layer_norm = encoder.layer_norm;
    config->reset_before = encoder.reset == ATTN_GRU_RESET_BEFORE;
    language_free(&language);
    json_decref(json);
    return file;
}
