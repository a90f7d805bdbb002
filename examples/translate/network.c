/* network.c - the layers, new or out of a model file, run forward and backward. */
#include "network.h"

#include <string.h>

#include "common/rows.h"
#include "common/saved.h"

/* The widths, as the layers have them; false where layers do not fit each other. */
static bool measure(struct network *network)
{
    const attn_gru_info encoder = gru_info(network->encoder), decoder = gru_info(network->decoder);
    const attn_attention_info attention = attention_info(network->attention);
    const attn_dense_info bridge = dense_info(network->bridge), combine = dense_info(network->combine),
                          decision = dense_info(network->decision);
    network->memory = encoder.output_dim;
    network->state = decoder.output_dim;
    network->output = combine.output_dim;
    network->classes = decision.output_dim;
    return encoder.layers == 1 && encoder.bidirectional && decoder.state_count == 1 &&
           embedding_info(network->source).dim == encoder.input_dim &&
           embedding_info(network->target).dim == decoder.input_dim &&
           embedding_info(network->target).rows == network->classes &&
           attention.memory_dim == network->memory && attention.query_dim == network->state &&
           bridge.input_dim == network->memory && bridge.output_dim == network->state &&
           combine.input_dim == network->state + network->memory && decision.input_dim == network->output;
}

struct network network_create(attn_context *context, const struct config *config, int64_t sources,
                              int64_t targets)
{
    struct network network = {
        .context = context, .dropout = (float)config->dropout_output, .smoothing = (float)config->smoothing};
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
    measure(&network);
    return network;
}

struct network network_open(attn_context *context, const attn_file *file, const char *path)
{
    struct network network = {.context = context};
    must(attn_params_create(context, NULL, &network.params));
    must_read(attn_file_embedding_create(file, "source", network.params, &network.source));
    must_read(attn_file_embedding_create(file, "target", network.params, &network.target));
    must_read(attn_file_gru_create(file, "encoder", network.params, &network.encoder));
    must_read(attn_file_gru_create(file, "decoder", network.params, &network.decoder));
    must_read(attn_file_attention_create(file, "attention", network.params, &network.attention));
    must_read(attn_file_dense_create(file, "bridge", network.params, &network.bridge));
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
    attn_dense_destroy(&network->bridge);
    attn_attention_destroy(&network->attention);
    attn_gru_destroy(&network->decoder);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->target);
    attn_embedding_destroy(&network->source);
    attn_params_destroy(&network->params);
}

/* The states and contexts of steps within their lengths, side by side and without padding, [N, S + D]; and apart again, where the
 * padding is never read. The loss could ignore padding, but a third of the steps of short sentences is padding, and with a
 * vocabulary of thousands the last layer over it made training 17 % slower. */
static void move_steps(const struct network *network, const struct batch *batch, float *queries,
                       float *contexts, float *joined, bool back)
{
    int64_t state = network->state, memory = network->memory;
    for (int64_t b = 0; b < batch->rows; b++) {
        int64_t steps = batch->target_lengths[b];
        if (back)
            part_rows(steps, state, queries, memory, contexts, joined);
        else
            join_rows(steps, state, queries, memory, contexts, joined);
        queries += batch->steps * state;
        contexts += batch->steps * memory;
        joined += steps * (state + memory);
    }
}

/* ---- forward ---- B rows, J source tokens, T steps, N target tokens in all; D, S and W as in network.h */

void network_encode(struct network *network, attn_tape *tape, const struct batch *batch, float **states,
                    float **first)
{
    struct scratch *scratch = &network->scratch;
    int64_t rows = batch->rows, memory = network->memory;
    scratch->taken = 0;
    float *last = take(scratch, rows * memory);   /* [2, B, D / 2] */
    float *joined = take(scratch, rows * memory); /* [B, D] */
    *states = take(scratch, rows * batch->items * memory);
    *first = take(scratch, rows * network->state);
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = rows,
                              .time = batch->items,
                              .lengths = batch->source_lengths,
                              .embedding = network->source,
                              .ids = batch->source};
    must(attn_gru_forward(network->encoder, tape, &in, NULL, *states, last));
    join_rows(rows, memory / 2, last, memory / 2, last + rows * memory / 2, joined);
    must(attn_dense_forward(network->bridge, tape, rows, joined, *first));
}

/* The mean loss; with `dlogits` its gradient, [N, classes]. */
static double forward(struct network *network, attn_tape *tape, const struct batch *batch, float *weights,
                      float **dlogits)
{
    struct scratch *scratch = &network->scratch;
    int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    int64_t state = network->state, memory = network->memory, width = network->output;
    float *states, *first, loss; /* [B, J, D], [B, S] */
    network_encode(network, tape, batch, &states, &first);
    float *queries = take(scratch, rows * steps * state);     /* [B, T, S] */
    float *contexts = take(scratch, rows * steps * memory);   /* [B, T, D] */
    float *joined = take(scratch, tokens * (state + memory)); /* [N, S + D] */
    float *output = take(scratch, tokens * width);            /* [N, W] */
    float *logits = take(scratch, tokens * network->classes);
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
    must(attn_dropout_forward(network->context, tape, tokens * width, output, network->dropout, output));
    must(attn_dense_forward(network->decision, tape, tokens, output, logits));
    attn_cross_entropy_options options = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    options.label_smoothing = tape ? network->smoothing : 0;
    must(attn_cross_entropy(network->context, tokens, network->classes, logits, batch->labels, &options,
                            &loss, NULL, NULL, dlogits ? logits : NULL));
    if (dlogits)
        *dlogits = logits;
    return (double)loss;
}

double network_loss(struct network *network, const struct batch *batch, float *weights)
{
    return forward(network, NULL, batch, weights, NULL);
}

/* ---- backward ---- */

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    int64_t state = network->state, memory = network->memory, width = network->output;
    float *dlogits;
    double loss = forward(network, tape, batch, NULL, &dlogits);

    float *doutput = take(scratch, tokens * width), *djoined = take(scratch, tokens * (state + memory));
    must(attn_dense_backward(network->decision, tape, tokens, dlogits, doutput));
    must(attn_dropout_backward(network->context, tape, tokens * width, doutput, doutput));
    must(attn_dense_backward(network->combine, tape, tokens, doutput, djoined));

    float *dqueries = take(scratch, rows * steps * state), *asked = take(scratch, rows * steps * state);
    float *dcontexts = take(scratch, rows * steps * memory),
          *dstates = take(scratch, rows * batch->items * memory);
    memset(dqueries, 0, (size_t)(rows * steps * state) * sizeof *dqueries);
    move_steps(network, batch, dqueries, dcontexts, djoined, true);
    must(attn_attention_backward(network->attention, tape, rows, batch->items, steps, NULL, dcontexts,
                                 dstates, asked));
    add_numbers(rows * steps * state, asked, dqueries);

    float *dfirst = take(scratch, rows * state), *dlast = take(scratch, rows * memory);
    float *dbridge = take(scratch, rows * memory);
    const attn_sequence_gradients target = {.struct_size = sizeof target, .batch = rows, .time = steps};
    must(attn_gru_backward(network->decoder, tape, dqueries, NULL, &target, dfirst));
    must(attn_dense_backward(network->bridge, tape, rows, dfirst, dbridge));
    part_rows(rows, memory / 2, dlast, memory / 2, dlast + rows * memory / 2, dbridge);
    const attn_sequence_gradients source = {
        .struct_size = sizeof source, .batch = rows, .time = batch->items};
    must(attn_gru_backward(network->encoder, tape, dstates, dlast, &source, NULL));
    return loss;
}
