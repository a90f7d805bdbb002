/* network.c - the layers, new or out of a model file. */
#include "network.h"

#include "common/saved.h"

/* The widths, as the layers have them; false where layers do not fit each other. */
static bool measure(struct network *network)
{
    const attn_gru_info lower = gru_info(network->lower), upper = gru_info(network->upper),
                        speller = gru_info(network->speller);
    const attn_attention_info attention = attention_info(network->attention);
    const attn_embedding_info letters = embedding_info(network->letters);
    const attn_dense_info narrow = dense_info(network->narrow), combine = dense_info(network->combine),
                          decision = dense_info(network->decision);
    const int64_t *join = network->join;
    network->bands = lower.input_dim / join[0];
    network->encoder = upper.output_dim;
    network->memory = narrow.output_dim;
    network->keys = attention.attention_dim;
    network->state = speller.output_dim;
    network->output = combine.output_dim;
    network->classes = decision.output_dim;
    return lower.input_dim == network->bands * join[0] && lower.output_dim == network->encoder &&
           lower.bidirectional && lower.layers == 1 && upper.bidirectional && upper.layers == 1 &&
           upper.input_dim == lower.output_dim * join[1] && speller.state_count == 1 &&
           speller.input_dim == letters.dim && letters.rows == network->classes &&
           narrow.input_dim == upper.output_dim * join[2] && attention.score == ATTN_SCORE_ADDITIVE &&
           attention.memory_dim == network->memory + PLACE_DIM && attention.query_dim == network->state &&
           combine.input_dim == network->state + network->memory + PLACE_DIM &&
           decision.input_dim == network->output;
}

struct network network_create(attn_context *context, const struct config *config, int64_t bands,
                              int64_t letters)
{
    struct network network = {
        .context = context, .dropout = (float)config->dropout, .smoothing = (float)config->smoothing};
    attn_gru_options encoder = ATTN_GRU_OPTIONS_INIT;
    encoder.bidirectional = 1;
    encoder.dropout = (float)config->dropout;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attention.score = ATTN_SCORE_ADDITIVE;
    attention.attention_dim = config->memory;
    attention.query_dim = config->decoder;
    attn_dense_options tanh = ATTN_DENSE_OPTIONS_INIT;
    tanh.activation = ATTN_ACTIVATION_TANH;

    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    attn_params *params = network.params;
    for (int64_t level = 0; level < LEVELS; level++)
        network.join[level] = config->join[level];
    const int64_t width = 2 * config->encoder, heard = config->memory + PLACE_DIM, state = config->decoder;
    must(
        attn_gru_create(params, "lower", bands * config->join[0], config->encoder, &encoder, &network.lower));
    must(
        attn_gru_create(params, "upper", width * config->join[1], config->encoder, &encoder, &network.upper));
    must(
        attn_dense_create(params, "narrow", width * config->join[2], config->memory, &tanh, &network.narrow));
    must(attn_embedding_create(params, "letters", letters, config->emb, NULL, &network.letters));
    must(attn_gru_create(params, "speller", config->emb, state, NULL, &network.speller));
    must(attn_attention_create(params, "attention", heard, &attention, &network.attention));
    must(attn_dense_create(params, "combine", state + heard, state, &tanh, &network.combine));
    must(attn_dense_create(params, "decision", state, letters, NULL, &network.decision));
    measure(&network);
    return network;
}

struct network network_open(attn_context *context, const attn_file *file, const int64_t *join,
                            const char *path)
{
    struct network network = {.context = context};
    for (int64_t level = 0; level < LEVELS; level++)
        network.join[level] = join[level];
    must(attn_params_create(context, NULL, &network.params));
    must_read(attn_file_gru_create(file, "lower", network.params, &network.lower));
    must_read(attn_file_gru_create(file, "upper", network.params, &network.upper));
    must_read(attn_file_dense_create(file, "narrow", network.params, &network.narrow));
    must_read(attn_file_embedding_create(file, "letters", network.params, &network.letters));
    must_read(attn_file_gru_create(file, "speller", network.params, &network.speller));
    must_read(attn_file_attention_create(file, "attention", network.params, &network.attention));
    must_read(attn_file_dense_create(file, "combine", network.params, &network.combine));
    must_read(attn_file_dense_create(file, "decision", network.params, &network.decision));
    must_fit(measure(&network), path);
    return network;
}

void network_destroy(struct network *network)
{
    scratch_free(&network->scratch);
    attn_dense_destroy(&network->decision);
    attn_dense_destroy(&network->combine);
    attn_attention_destroy(&network->attention);
    attn_gru_destroy(&network->speller);
    attn_embedding_destroy(&network->letters);
    attn_dense_destroy(&network->narrow);
    attn_gru_destroy(&network->upper);
    attn_gru_destroy(&network->lower);
    attn_params_destroy(&network->params);
}

int64_t network_span(const struct network *network)
{
    return network->join[0] * network->join[1] * network->join[2];
}
