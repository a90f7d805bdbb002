/* trained.c - model files: layers and words describe themselves. */
#include "trained.h"

#include <stdlib.h>

#include "common/saved.h"

struct trained trained_create(attn_context *context, const struct config *config,
                              const struct articles *articles, const int64_t *numbers, int64_t count,
                              const char *vectors)
{
    struct config own = *config;
    float *table = NULL;
    if (vectors) {
        attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
        must_read(attn_vectors_probe(context, vectors, ATTN_VECTORS_AUTO, &report));
        own.emb = report.dim;
    }
    struct trained trained = {.vocab = vocab_create(context, articles, numbers, count, config->max_vocab,
                                                    vectors, own.emb, &table)};
    trained.network = network_create(context, &own, attn_vocab_size(trained.vocab), table);
    free(table);
    return trained;
}

void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json)
{
    options.vocab = trained->vocab;
    save_model(path, trained->network.params, options, json);
}

struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    struct trained trained = {0};
    json_t *config = open_trained(context, path, &own, &trained.vocab);
    trained.network = network_open(context, own, path);
    must_fit(attn_vocab_size(trained.vocab) == trained.network.words, path);
    hand_over(own, file, config, json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
}

struct lexicon trained_lexicon(const struct trained *trained, const struct articles *articles)
{
    return lexicon_create(articles, trained->vocab, trained->network.buckets);
}
