/* network.c - creating the layers, running them forward and backward, and opening a trained model. */
#include "network.h"

#include <stdlib.h>
#include <string.h>

struct network network_create(attn_context *context, const struct config *config, int64_t sources,
                              int64_t targets)
{
    struct network network = {.config = *config, .context = context, .classes = targets};
    attn_gru_options encoder = ATTN_GRU_OPTIONS_INIT, decoder = ATTN_GRU_OPTIONS_INIT;
    encoder.bidirectional = 1;
    encoder.input_dropout = decoder.input_dropout = (float)config->dropout_embedding;
    encoder.dropout = (float)config->dropout_states;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attention.score = ATTN_SCORE_ADDITIVE;
    attention.attention_dim = attention.query_dim = config->decoder;
    attn_dense_options tanh = ATTN_DENSE_OPTIONS_INIT;
    tanh.activation = ATTN_ACTIVATION_TANH;

    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    attn_params *params = network.params;
    int64_t memory = 2 * config->encoder, joined = config->decoder + memory;
    must(attn_embedding_create(params, "source", sources, config->emb, NULL, &network.source));
    must(attn_embedding_create(params, "target", targets, config->emb, NULL, &network.target));
    must(attn_gru_create(params, "encoder", config->emb, config->encoder, &encoder, &network.encoder));
    must(attn_gru_create(params, "decoder", config->emb, config->decoder, &decoder, &network.decoder));
    must(attn_attention_create(params, "attention", memory, &attention, &network.attention));
    must(attn_dense_create(params, "bridge", memory, config->decoder, &tanh, &network.bridge));
    must(attn_dense_create(params, "combine", joined, config->decoder, &tanh, &network.combine));
    must(attn_dense_create(params, "decision", config->decoder, targets, NULL, &network.decision));
    return network;
}

void network_destroy(struct network *network)
{
    struct workspace *w = &network->workspace;
    struct floats *all[] = {&w->states, &w->dstates, &w->last,    &w->dlast,    &w->bridge,   &w->dbridge,
                            &w->first,  &w->dfirst,  &w->queries, &w->dqueries, &w->contexts, &w->dcontexts,
                            &w->joined, &w->djoined, &w->output,  &w->doutput,  &w->logits,   &w->asked};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    attn_dense_destroy(&network->decision);
    attn_dense_destroy(&network->combine);
    attn_dense_destroy(&network->bridge);
    attn_attention_destroy(&network->attention);
    attn_gru_destroy(&network->decoder);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->target);
    attn_embedding_destroy(&network->source);
    attn_params_destroy(&network->params);
}

/* ---- rows of numbers, moved ---- */

/* Two directions' last states [2, B, H] side by side, [B, 2 H]; and back. */
static void move_last(int64_t rows, int64_t hidden, float *last, float *joined, bool back)
{
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t d = 0; d < 2; d++) {
            float *apart = last + (d * rows + b) * hidden, *beside = joined + (2 * b + d) * hidden;
            memcpy(back ? apart : beside, back ? beside : apart, (size_t)hidden * sizeof(float));
        }
    }
}

/* The states and contexts of steps within their lengths, side by side and without padding, [N, S + D]; and back, where the
 * padding is never read. The loss could ignore padding, but a third of the steps of short sentences is padding, and with a
 * vocabulary of thousands the last layer over it made training 17 % slower. */
static void move_steps(const struct network *network, const struct batch *batch, float *queries,
                       float *contexts, float *joined, bool back)
{
    int64_t state = network->config.decoder, memory = 2 * network->config.encoder;
    for (int64_t b = 0; b < batch->rows; b++) {
        for (int64_t t = 0; t < batch->target_lengths[b]; t++, joined += state + memory) {
            float *query = queries + (b * batch->steps + t) * state;
            float *context = contexts + (b * batch->steps + t) * memory;
            memcpy(back ? query : joined, back ? joined : query, (size_t)state * sizeof(float));
            memcpy(back ? context : joined + state, back ? joined + state : context,
                   (size_t)memory * sizeof(float));
        }
    }
}

/* ---- forward ---- */

void network_encode(struct network *network, attn_tape *tape, const struct batch *batch, float **states,
                    float **first)
{
    struct workspace *w = &network->workspace;
    int64_t rows = batch->rows, hidden = network->config.encoder;
    float *last = reserve(&w->last, 2 * rows * hidden), *joined = reserve(&w->bridge, 2 * rows * hidden);
    *states = reserve(&w->states, rows * batch->items * 2 * hidden);
    *first = reserve(&w->first, rows * network->config.decoder);
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = rows,
                              .time = batch->items,
                              .lengths = batch->source_lengths,
                              .embedding = network->source,
                              .ids = batch->source};
    must(attn_gru_forward(network->encoder, tape, &in, NULL, *states, last));
    move_last(rows, hidden, last, joined, false);
    must(attn_dense_forward(network->bridge, tape, rows, joined, *first));
}

static double forward(struct network *network, attn_tape *tape, const struct batch *batch, float *weights,
                      float *dlogits)
{
    const struct config *config = &network->config;
    struct workspace *w = &network->workspace;
    int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    int64_t state = config->decoder, memory = 2 * config->encoder;
    float *queries = reserve(&w->queries, rows * steps * state);
    float *contexts = reserve(&w->contexts, rows * steps * memory);
    float *joined = reserve(&w->joined, tokens * (state + memory)),
          *output = reserve(&w->output, tokens * state);
    float *logits = reserve(&w->logits, tokens * network->classes), *states, *first, loss;

    network_encode(network, tape, batch, &states, &first);
    const attn_sequence target = {.struct_size = sizeof target,
                                  .batch = rows,
                                  .time = steps,
                                  .lengths = batch->target_lengths,
                                  .embedding = network->target,
                                  .ids = batch->target};
    must(attn_gru_forward(network->decoder, tape, &target, first, queries, NULL));
    must(attn_attention_forward_queries(network->attention, tape, rows, batch->items, steps, states,
                                        batch->source_lengths, queries, batch->target_lengths, weights,
                                        contexts));
    move_steps(network, batch, queries, contexts, joined, false);
    must(attn_dense_forward(network->combine, tape, tokens, joined, output));
    must(attn_dropout_forward(tape, tokens * state, output, (float)config->dropout_output, output));
    must(attn_dense_forward(network->decision, tape, tokens, output, logits));
    must(attn_cross_entropy(network->context, tokens, network->classes, logits, batch->labels, NULL, &loss,
                            NULL, NULL, dlogits));
    return (double)loss;
}

double network_loss(struct network *network, const struct batch *batch, float *weights)
{
    return forward(network, NULL, batch, weights, NULL);
}

/* ---- backward ---- */

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch, int64_t step)
{
    const struct config *config = &network->config;
    struct workspace *w = &network->workspace;
    int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    int64_t state = config->decoder, memory = 2 * config->encoder;
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(tape, step));
    float *dlogits = reserve(&w->logits, tokens * network->classes);
    double loss = forward(network, tape, batch, NULL, dlogits);

    float *doutput = reserve(&w->doutput, tokens * state),
          *djoined = reserve(&w->djoined, tokens * (state + memory));
    must(attn_dense_backward(network->decision, tape, tokens, dlogits, doutput));
    must(attn_dropout_backward(tape, tokens * state, doutput, doutput));
    must(attn_dense_backward(network->combine, tape, tokens, doutput, djoined));

    float *dqueries = reserve(&w->dqueries, rows * steps * state),
          *asked = reserve(&w->asked, rows * steps * state);
    float *dcontexts = reserve(&w->dcontexts, rows * steps * memory);
    float *dstates = reserve(&w->dstates, rows * batch->items * memory);
    memset(dqueries, 0, (size_t)(rows * steps * state) * sizeof *dqueries);
    move_steps(network, batch, dqueries, dcontexts, djoined, true);
    must(attn_attention_backward(network->attention, tape, rows, batch->items, steps, NULL, dcontexts,
                                 dstates, asked));
    for (int64_t i = 0; i < rows * steps * state; i++)
        dqueries[i] += asked[i];

    float *dfirst = reserve(&w->dfirst, rows * state), *dbridge = reserve(&w->dbridge, rows * memory);
    float *dlast = reserve(&w->dlast, rows * memory);
    const attn_sequence_gradients target = {.struct_size = sizeof target, .batch = rows, .time = steps};
    must(attn_gru_backward(network->decoder, tape, dqueries, NULL, &target, dfirst));
    must(attn_dense_backward(network->bridge, tape, rows, dfirst, dbridge));
    move_last(rows, config->encoder, dlast, dbridge, true);
    const attn_sequence_gradients source = {
        .struct_size = sizeof source, .batch = rows, .time = batch->items};
    must(attn_gru_backward(network->encoder, tape, dstates, dlast, &source, NULL));
    return loss;
}

/* ---- a trained model ---- */

struct trained trained_open(attn_context *context, const char *path)
{
    attn_file *file;
    struct trained trained = {0};
    struct languages *languages = &trained.languages;
    json_t *json = open_trained(context, path, &file, &languages->source);
    struct config config = config_read(path, json_object_get(json, "config"));
    languages->task = config.task;
    must_read(attn_file_vocab_create(file, "target", &languages->target));
    if (attn_vocab_id(languages->target, BOUNDARY) != BOUNDARY_ID)
        fail(EXIT_BAD_INPUT,
             "%s: its target vocabulary has no " BOUNDARY "; expected a model that " PROGRAM " train wrote",
             path);
    must(attn_tokens_create(context, NULL, &languages->tokens));
    trained.network = network_create(context, &config, attn_vocab_size(languages->source),
                                     attn_vocab_size(languages->target));
    load_trained(&file, json, trained.network.params);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    languages_free(&trained->languages);
}
