/* network.c - the layers, new or out of a model file. */
#include "network.h"

#include "common/saved.h"

struct network network_create(attn_context *context, const struct config *config, int64_t vocab_size)
{
    int64_t hidden = config->hidden;
    struct network network = {
        .context = context, .hidden = hidden, .memory_dim = hidden + PLACE_DIM, .classes = vocab_size};
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

/* Every width follows from these two, or the layers do not fit. */
static bool measure(struct network *network)
{
    const attn_dense_info sketcher = dense_info(network->sketcher), seer = dense_info(network->seer),
                          chooser = dense_info(network->chooser), decision = dense_info(network->decision);
    const attn_embedding_info words = embedding_info(network->embedding);
    const attn_gru_info asker = gru_info(network->asker), teller = gru_info(network->teller);
    const attn_attention_info attention = attention_info(network->attention);
    int64_t hidden = network->hidden = seer.output_dim, memory = network->memory_dim = hidden + PLACE_DIM;
    network->classes = words.rows;
    return sketcher.input_dim == REGION_DIM && sketcher.output_dim == hidden && seer.input_dim == hidden &&
           asker.input_dim == words.dim && asker.output_dim == hidden && asker.state_count == 1 &&
           attention.memory_dim == memory && attention.query_dim == hidden &&
           teller.input_dim == hidden + PLACE_DIM && teller.output_dim == hidden && teller.state_count == 1 &&
           chooser.input_dim == hidden + memory && chooser.output_dim == hidden &&
           decision.input_dim == hidden && decision.output_dim == words.rows;
}

struct network network_open(attn_context *context, const attn_file *file, const char *path)
{
    struct network network = {.context = context};
    must(attn_params_create(context, NULL, &network.params));
    must_read(attn_file_dense_create(file, "sketcher", network.params, &network.sketcher));
    must_read(attn_file_dense_create(file, "seer", network.params, &network.seer));
    must_read(attn_file_embedding_create(file, "embedding", network.params, &network.embedding));
    must_read(attn_file_gru_create(file, "asker", network.params, &network.asker));
    must_read(attn_file_attention_create(file, "attention", network.params, &network.attention));
    must_read(attn_file_gru_create(file, "teller", network.params, &network.teller));
    must_read(attn_file_dense_create(file, "chooser", network.params, &network.chooser));
    must_read(attn_file_dense_create(file, "decision", network.params, &network.decision));
    must_fit(measure(&network), path);
    return network;
}

void network_destroy(struct network *network)
{
    scratch_free(&network->scratch);
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
