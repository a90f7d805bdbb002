/* network.c - creating the layers, running them forward and backward, and opening a trained model. */
#include "network.h"

#include <attn/experimental.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct network network_create(attn_context *context, const struct config *config, int64_t classes,
                              int64_t vocab_size)
{
    struct network network = {.config = *config, .classes = classes, .context = context};
    attn_embedding_options embedding = ATTN_EMBEDDING_OPTIONS_INIT;
    embedding.frozen = (int32_t)config->freeze_embedding;
    attn_gru_options encoder = ATTN_GRU_OPTIONS_INIT;
    encoder.layers = (int32_t)config->layers;
    encoder.bidirectional = config->directions == 2;
    encoder.reset = config->reset_before ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
    encoder.layer_norm = (int32_t)config->layer_norm;
    encoder.experimental = config->orthogonal ? ATTN_GRU_ORTHOGONAL : 0;
    encoder.init = config->article_init ? ATTN_INIT_FAN_SUM_RELU : ATTN_INIT_DEFAULT;
    encoder.dropout = (float)config->dropout_states;
    encoder.input_dropout = (float)config->dropout_embedding;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attention.padding = config->padding_kept ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
    attention.outer_tanh = (int32_t)config->outer_tanh;
    attention.weighting = (int32_t)config->weighting;
    attention.init = config->article_init ? ATTN_INIT_FAN_SUM : ATTN_INIT_DEFAULT;
    attn_dense_options decision = ATTN_DENSE_OPTIONS_INIT;
    decision.init = config->article_init ? ATTN_INIT_FAN_SUM_RELU : ATTN_INIT_DEFAULT;

    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    attn_params *params = network.params;
    must(attn_embedding_create(params, "embedding", vocab_size, config->emb, &embedding, &network.embedding));
    must(attn_gru_create(params, "encoder", config->emb, config->hidden, &encoder, &network.encoder));
    attn_gru_info info = ATTN_GRU_INFO_INIT;
    must(attn_gru_get_info(network.encoder, &info));
    int64_t width = network.width = info.output_dim;
    network.states = info.state_count;
    if (!config->no_attention)
        must(attn_attention_create(params, "attention", width, &attention, &network.attention));
    if (config->attngru)
        must(attn_attngru_create(params, "reader", width, width, NULL, &network.reader));
    must(attn_dense_create(params, "decision", width, classes, &decision, &network.decision));
    return network;
}

void network_destroy(struct network *network)
{
    struct workspace *w = &network->workspace;
    struct floats *all[] = {&w->states,   &w->dstates, &w->dread,        &w->last,
                            &w->dlast,    &w->weights, &w->dweights,     &w->context,
                            &w->dcontext, &w->logits,  &w->probabilities};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    attn_dense_destroy(&network->decision);
    attn_attngru_destroy(&network->reader);
    attn_attention_destroy(&network->attention);
    attn_gru_packed_destroy(&network->packed);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->embedding);
    attn_params_destroy(&network->params);
}

void network_pack(struct network *network, int32_t precision)
{
    attn_gru_packed_destroy(&network->packed);
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = precision;
    options.embedding = network->embedding;
    must(attn_gru_packed_create(network->encoder, &options, &network->packed));
}

int32_t network_decision(const struct network *network, const float *probabilities)
{
    int32_t best = 0;
    for (int32_t k = 1; k < network->classes; k++)
        best = probabilities[k] > probabilities[best] ? k : best;
    return best;
}

/* z_c - ln sum_{k != c} e^z_k, which of two classes is the difference of their logits. */
float network_log_odds(const struct network *network, const float *logits, int32_t class)
{
    float most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < network->classes; k++)
        most = k != class && logits[k] > most ? logits[k] : most;
    for (int64_t k = 0; k < network->classes; k++)
        sum += k != class ? expf(logits[k] - most) : 0;
    return logits[class] - (most + logf(sum));
}

int64_t network_time(const struct network *network)
{
    return network->config.padding_kept ? network->config.max_length : 0;
}

/* Where the top layer's state of one direction and row stands in [layers * directions, batch, hidden]. */
static int64_t top_state(const struct network *network, int64_t batch, int64_t direction, int64_t row)
{
    return (((network->config.layers - 1) * network->config.directions + direction) * batch + row) *
           network->config.hidden;
}

/* The top layer's states to context [batch, directions * hidden], and the gradient back. */
static void join_last(const struct network *network, int64_t batch, const float *last, float *context)
{
    int64_t hidden = network->config.hidden, width = network->width;
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t d = 0; d * hidden < width; d++)
            memcpy(context + b * width + d * hidden, last + top_state(network, batch, d, b),
                   (size_t)hidden * sizeof *last);
    }
}

static void part_last(const struct network *network, int64_t batch, const float *dcontext, float *dlast)
{
    int64_t hidden = network->config.hidden, width = network->width;
    memset(dlast, 0, (size_t)(network->states * batch * hidden) * sizeof *dlast);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t d = 0; d * hidden < width; d++)
            memcpy(dlast + top_state(network, batch, d, b), dcontext + b * width + d * hidden,
                   (size_t)hidden * sizeof *dlast);
    }
}

static void encode(const struct network *network, attn_tape *tape, const struct batch *batch, float *states,
                   float *last)
{
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = batch->rows,
                              .time = batch->time,
                              .lengths = batch->lengths,
                              .embedding = network->embedding,
                              .ids = batch->ids,
                              .scales = batch->scales};
    if (network->packed && tape == NULL && batch->scales == NULL)
        must(attn_gru_packed_forward(network->packed, &in, NULL, states, last));
    else
        must(attn_gru_forward(network->encoder, tape, &in, NULL, states, last));
}

static struct outcome forward(struct network *network, attn_tape *tape, const struct batch *batch,
                              float *dlogits)
{
    const struct config *config = &network->config;
    struct workspace *w = &network->workspace;
    int64_t rows = batch->rows, time = batch->time, width = network->width, classes = network->classes;
    float *context = reserve(&w->context, rows * width), *logits = reserve(&w->logits, rows * classes);
    float *probabilities = reserve(&w->probabilities, rows * classes), *weights = NULL, loss = 0;

    if (network->attention) {
        float *states = reserve(&w->states, rows * time * width);
        weights = reserve(&w->weights, rows * time);
        encode(network, tape, batch, states, NULL);
        must(attn_attention_forward(network->attention, tape, rows, time, states, batch->lengths, weights,
                                    network->reader ? NULL : context));
        const attn_sequence read = {.struct_size = sizeof read,
                                    .batch = rows,
                                    .time = time,
                                    .lengths = batch->lengths,
                                    .x = states,
                                    .openings = weights};
        if (network->reader)
            must(attn_attngru_forward(network->reader, tape, &read, NULL, NULL, context));
    } else {
        float *last = reserve(&w->last, network->states * rows * config->hidden);
        encode(network, tape, batch, NULL, last);
        join_last(network, rows, last, context);
    }
    must(attn_dropout_forward(tape, rows * width, context, (float)config->dropout_context, context));
    must(attn_dense_forward(network->decision, tape, rows, context, logits));
    must(attn_cross_entropy(network->context, rows, classes, logits, batch->labels, NULL, &loss, NULL,
                            probabilities, dlogits));

    struct outcome outcome = {loss, 0, probabilities, logits, weights};
    for (int64_t b = 0; b < rows; b++)
        outcome.correct += network_decision(network, probabilities + b * classes) == batch->labels[b];
    return outcome;
}

struct outcome network_predict(struct network *network, const struct batch *batch)
{
    return forward(network, NULL, batch, NULL);
}

/* dstates[rows, time, width] from the gradient of what decides. */
static void attend_backward(struct network *network, attn_tape *tape, int64_t rows, int64_t time,
                            const float *dcontext, float *dstates)
{
    if (network->reader == NULL) {
        must(attn_attention_backward(network->attention, tape, rows, time, 1, NULL, dcontext, dstates, NULL));
        return;
    }
    int64_t numbers = rows * time * network->width;
    float *dread = reserve(&network->workspace.dread, numbers),
          *dweights = reserve(&network->workspace.dweights, rows * time);
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = rows, .time = time, .dx = dread, .dopenings = dweights};
    must(attn_attngru_backward(network->reader, tape, NULL, dcontext, &out, NULL));
    must(attn_attention_backward(network->attention, tape, rows, time, 1, dweights, NULL, dstates, NULL));
    for (int64_t i = 0; i < numbers; i++)
        dstates[i] += dread[i];
}

/* All the way back, for the forward on the tape; dscales is for a batch that has scales. */
static void backward(struct network *network, attn_tape *tape, const struct batch *batch,
                     const float *dlogits, float *dscales)
{
    const struct config *config = &network->config;
    struct workspace *w = &network->workspace;
    int64_t rows = batch->rows, time = batch->time, width = network->width;
    float *dcontext = reserve(&w->dcontext, rows * width), *dstates = NULL, *dlast = NULL;
    must(attn_dense_backward(network->decision, tape, rows, dlogits, dcontext));
    must(attn_dropout_backward(tape, rows * width, dcontext, dcontext));
    if (network->attention) {
        dstates = reserve(&w->dstates, rows * time * width);
        attend_backward(network, tape, rows, time, dcontext, dstates);
        if (config->diversity_weight > 0 && dscales == NULL) /* which is of the loss, not of the decision */
            must(attn_conicity_loss(network->context, rows, time, width, w->states.values, batch->lengths,
                                    (float)config->diversity_weight, NULL, dstates));
    } else {
        dlast = reserve(&w->dlast, network->states * rows * config->hidden);
        part_last(network, rows, dcontext, dlast);
    }
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = rows, .time = time, .dscales = dscales};
    must(attn_gru_backward(network->encoder, tape, dstates, dlast, &out, NULL));
}

struct outcome network_gradients(struct network *network, attn_tape *tape, const struct batch *batch,
                                 int64_t step)
{
    float *dlogits = reserve(&network->workspace.logits, batch->rows * network->classes);
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(tape, step));
    struct outcome outcome = forward(network, tape, batch, dlogits);
    backward(network, tape, batch, dlogits, NULL);
    return outcome;
}

/* d (z_c - ln sum_{k != c} e^z_k) / dz, in place of the logits z: 1 for c, -softmax over the rest for the others. */
static void differentiate_log_odds(const struct network *network, float *logits, int32_t class)
{
    float rest = logits[class] - network_log_odds(network, logits, class);
    for (int64_t k = 0; k < network->classes; k++)
        logits[k] = k == class ? 1 : -expf(logits[k] - rest);
}

void network_scale_gradients(struct network *network, attn_tape *tape, const struct batch *batch,
                             float *outputs, float *dscales)
{
    float *dlogits = reserve(&network->workspace.logits, batch->rows * network->classes);
    must(attn_tape_begin(tape, 0));
    struct outcome outcome = forward(network, tape, batch, NULL);
    for (int64_t b = 0; b < batch->rows; b++, dlogits += network->classes) {
        outputs[b] = network_log_odds(network, outcome.logits + b * network->classes, batch->labels[b]);
        differentiate_log_odds(network, dlogits, batch->labels[b]);
    }
    dlogits = network->workspace.logits.values;
    backward(network, tape, batch, dlogits, dscales);
}

struct trained trained_open(attn_context *context, const char *path)
{
    attn_file *file;
    struct trained trained;
    json_t *json = open_trained(context, path, &file, &trained.vocab);
    struct config config = config_read(path, json_object_get(json, "config"));
    trained.labels = labels_read(path, json_object_get(json, "labels"));
    trained.network = network_create(context, &config, trained.labels.count, attn_vocab_size(trained.vocab));
    must_read(attn_file_load(file, trained.network.params, NULL, NULL));
    attn_file_close(&file);
    json_decref(json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
    labels_free(&trained->labels);
}
