/* network.c - the layers, new or out of a model file. */
#include "network.h"

#include <string.h>

#include "common/options.h"
#include "common/saved.h"

/* The widths, as the layers have them; false where layers do not fit each other. */
static bool measure(struct network *network)
{
    const attn_embedding_info vectors = embedding_info(network->vectors),
                              pieces = embedding_info(network->pieces);
    const attn_gru_info encoder = gru_info(network->encoder);
    const attn_attention_info summary = attention_info(network->summary),
                              begin = attention_info(network->begin), end = attention_info(network->end);
    const int64_t width = encoder.output_dim;
    network->words = vectors.rows;
    network->emb = vectors.dim;
    network->spelt = pieces.dim;
    network->buckets = pieces.rows;
    network->width = width;
    bool fits = encoder.bidirectional && encoder.input_dim == vectors.dim + pieces.dim + MARKS &&
                pieces.rows >= 2 && summary.score == ATTN_SCORE_FEEDFORWARD && summary.memory_dim == width &&
                begin.memory_dim == width && begin.query_dim == width && end.memory_dim == width &&
                end.query_dim == 2 * width;
    if (network->flow == NULL)
        return fits;
    const attn_attention_info back = attention_info(network->back), flow = attention_info(network->flow);
    const attn_dense_info narrow = dense_info(network->narrow);
    const attn_gru_info modeller = gru_info(network->modeller);
    return fits && back.memory_dim == width && back.query_dim == width && flow.memory_dim == 2 * width &&
           flow.query_dim == width && narrow.input_dim == 4 * width &&
           modeller.input_dim == narrow.output_dim && modeller.output_dim == width && modeller.bidirectional;
}

static void set_vectors(const struct network *network, const float *table)
{
    attn_tensor tensor = ATTN_TENSOR_INIT;
    must(attn_params_find(network->params, "vectors.weight", &tensor));
    memcpy(tensor.values, table, (size_t)tensor.size * sizeof *table);
}

struct network network_create(attn_context *context, const struct config *config, int64_t words,
                              const float *table)
{
    struct network network = {.context = context, .dropout = (float)config->dropout};
    const int64_t width = 2 * config->hidden;
    attn_embedding_options vectors = ATTN_EMBEDDING_OPTIONS_INIT;
    vectors.frozen = table && !config->train_words;
    attn_gru_options gru = ATTN_GRU_OPTIONS_INIT;
    gru.bidirectional = 1;
    gru.layers = (int32_t)config->layers;
    gru.dropout = (float)config->dropout;
    attn_attention_options asks = ATTN_ATTENTION_OPTIONS_INIT;
    asks.score = ATTN_SCORE_BILINEAR;
    asks.query_dim = width;
    attn_dense_options relu = ATTN_DENSE_OPTIONS_INIT;
    relu.activation = ATTN_ACTIVATION_RELU;

    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    attn_params *params = network.params;
    must(attn_embedding_create(params, "vectors", words, config->emb, &vectors, &network.vectors));
    must(attn_embedding_create(params, "pieces", config->buckets, config->pieces, NULL, &network.pieces));
    must(attn_gru_create(params, "encoder", config->emb + config->pieces + MARKS, config->hidden, &gru,
                         &network.encoder));
    must(attn_attention_create(params, "summary", width, NULL, &network.summary));
    if (choice_place(READERS, config->reader) == READER_BIDAF) {
        must(attn_attention_create(params, "back", width, &asks, &network.back));
        must(attn_attention_create(params, "flow", 2 * width, &asks, &network.flow));
        must(attn_dense_create(params, "narrow", 4 * width, width, &relu, &network.narrow));
        gru.layers = 1;
        must(attn_gru_create(params, "modeller", width, config->hidden, &gru, &network.modeller));
    }
    must(attn_attention_create(params, "begin", width, &asks, &network.begin));
    asks.query_dim = 2 * width;
    must(attn_attention_create(params, "end", width, &asks, &network.end));
    measure(&network);
    if (table)
        set_vectors(&network, table);
    return network;
}

struct network network_open(attn_context *context, const attn_file *file, const char *path)
{
    struct network network = {.context = context};
    must(attn_params_create(context, NULL, &network.params));
    attn_params *params = network.params;
    must_read(attn_file_embedding_create(file, "vectors", params, &network.vectors));
    must_read(attn_file_embedding_create(file, "pieces", params, &network.pieces));
    must_read(attn_file_gru_create(file, "encoder", params, &network.encoder));
    must_read(attn_file_attention_create(file, "summary", params, &network.summary));
    if (file_describes(file, "flow")) {
        must_read(attn_file_attention_create(file, "back", params, &network.back));
        must_read(attn_file_attention_create(file, "flow", params, &network.flow));
        must_read(attn_file_dense_create(file, "narrow", params, &network.narrow));
        must_read(attn_file_gru_create(file, "modeller", params, &network.modeller));
    }
    must_read(attn_file_attention_create(file, "begin", params, &network.begin));
    must_read(attn_file_attention_create(file, "end", params, &network.end));
    must_fit(measure(&network), path);
    return network;
}

void network_destroy(struct network *network)
{
    scratch_free(&network->scratch);
    attn_attention_destroy(&network->end);
    attn_attention_destroy(&network->begin);
    attn_gru_destroy(&network->modeller);
    attn_dense_destroy(&network->narrow);
    attn_attention_destroy(&network->flow);
    attn_attention_destroy(&network->back);
    attn_attention_destroy(&network->summary);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->pieces);
    attn_embedding_destroy(&network->vectors);
    attn_params_destroy(&network->params);
}
