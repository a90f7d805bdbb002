/* network.c - creating the layers, and opening a trained model. */
#include "network.h"

#include <stdlib.h>
#include <string.h>

struct network network_create(attn_context *context, const struct config *config, int64_t vocab_size)
{
    struct network network = {.config = *config,
                              .context = context,
                              .memory_dim = config->hidden + PLACE_DIM,
                              .classes = vocab_size};
    int64_t hidden = config->hidden;
    attn_dense_options region = ATTN_DENSE_OPTIONS_INIT;
    region.activation = ATTN_ACTIVATION_RELU;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attention.score = ATTN_SCORE_ADDITIVE;
    attention.query_dim = hidden;
    attention.attention_dim = hidden;
    attention.weighting = (int32_t)config->weighting;
    attention.temperature = (float)config->temperature;

    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    attn_params *params = network.params;
    must(attn_dense_create(params, "sketcher", REGION_DIM, hidden, &region, &network.sketcher));
    region.activation = ATTN_ACTIVATION_TANH;
    must(attn_dense_create(params, "seer", hidden, hidden, &region, &network.seer));
    must(attn_embedding_create(params, "embedding", vocab_size, config->emb, NULL, &network.embedding));
    must(attn_gru_create(params, "asker", config->emb, hidden, NULL, &network.asker));
    must(attn_attention_create(params, "attention", network.memory_dim, &attention, &network.attention));
    must(attn_gru_create(params, "teller", hidden + PLACE_DIM, hidden, NULL, &network.teller));
    must(
        attn_dense_create(params, "chooser", hidden + network.memory_dim, hidden, &region, &network.chooser));
    must(attn_dense_create(params, "decision", hidden, vocab_size, NULL, &network.decision));
    return network;
}

void network_destroy(struct network *network)
{
    struct workspace *w = &network->workspace;
    struct floats *all[] = {&w->sketch,  &w->sight,    &w->dsketch, &w->dsight, &w->memory, &w->dmemory,
                            &w->query,   &w->told,     &w->dquery,  &w->dasked, &w->dtold,  &w->weights,
                            &w->context, &w->dcontext, &w->where,   &w->dwhere, &w->joined, &w->djoined,
                            &w->choice,  &w->dchoice,  &w->logits};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    attn_dense_destroy(&network->decision);
    attn_dense_destroy(&network->chooser);
    attn_gru_destroy(&network->teller);
    attn_attention_destroy(&network->attention);
    attn_gru_destroy(&network->asker);
    attn_embedding_destroy(&network->embedding);
    attn_dense_destroy(&network->seer);
    attn_dense_destroy(&network->sketcher);
    attn_params_destroy(&network->params);
}

struct trained trained_open(attn_context *context, const char *path)
{
    attn_file *file;
    struct trained trained;
    json_t *json = open_trained(context, path, &file, &trained.vocab);
    struct config config = config_read(path, json_object_get(json, "config"));
    trained.network = network_create(context, &config, attn_vocab_size(trained.vocab));
    load_trained(&file, json, trained.network.params);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
}
