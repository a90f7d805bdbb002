/* network.c - the layers, forward and back. */
#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rows.h"
#include "position.h"

/* Word vectors start with variance 1, as DMN+'s do: of the library's, ten times smaller, facts begin too much alike, and tasks that
 * join facts take far longer. */
static void widen_words(attn_params *params)
{
    attn_tensor table = ATTN_TENSOR_INIT;
    must(attn_params_find(params, "embedding.weight", &table));
    for (int64_t i = 0; i < table.size; i++)
        table.values[i] *= 10.0f;
}

struct network network_create(attn_context *context, const struct config *config, int64_t classes)
{
    int64_t h = config->hidden;
    struct network network = {.hidden = h,
                              .classes = classes,
                              .context = context,
                              .dropout = (float)config->dropout,
                              .l2 = (float)config->l2};
    attn_gru_options fusion = ATTN_GRU_OPTIONS_INIT;
    fusion.bidirectional = 1;
    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &first, &network.params));
    must(attn_embedding_create(network.params, "embedding", classes, h, NULL, &network.embedding));
    widen_words(network.params);
    must(attn_gru_create(network.params, "fusion", h, h, &fusion, &network.fusion));
    must(attn_gru_create(network.params, "question", h, h, NULL, &network.reader));
    network.episode = episode_create(network.params, h, config->passes);
    if (config->pointer)
        network.pointer = pointer_create(network.params, h);
    else
        must(attn_dense_create(network.params, "decision", 2 * h, classes, NULL, &network.decision));
    return network;
}

struct network network_open(attn_context *context, const attn_file *file, const char *path)
{
    struct network network = {.context = context};
    must(attn_params_create(context, NULL, &network.params));
    must_read(attn_file_embedding_create(file, "embedding", network.params, &network.embedding));
    must_read(attn_file_gru_create(file, "fusion", network.params, &network.fusion));
    must_read(attn_file_gru_create(file, "question", network.params, &network.reader));
    const attn_embedding_info words = embedding_info(network.embedding);
    const attn_gru_info fusion = gru_info(network.fusion), reader = gru_info(network.reader);
    int64_t h = network.hidden = words.dim;
    network.classes = words.rows;
    must_fit(fusion.input_dim == h && fusion.output_dim == 2 * h && reader.input_dim == h &&
                 reader.output_dim == h && reader.state_count == 1,
             path);
    network.episode = episode_open(network.params, file, path, h);
    if (file_describes(file, "pointer")) {
        network.pointer = pointer_open(network.params, file, path, h);
        return network;
    }
    must_read(attn_file_dense_create(file, "decision", network.params, &network.decision));
    const attn_dense_info decision = dense_info(network.decision);
    must_fit(decision.input_dim == 2 * h && decision.output_dim == words.rows, path);
    return network;
}

void network_destroy(struct network *network)
{
    scratch_free(&network->scratch);
    pointer_destroy(&network->pointer);
    attn_dense_destroy(&network->decision);
    episode_destroy(&network->episode);
    attn_gru_destroy(&network->reader);
    attn_gru_destroy(&network->fusion);
    attn_embedding_destroy(&network->embedding);
    attn_params_destroy(&network->params);
}

/* ---- forward --------------------------------------------------------------------------------------------- */

/* fused[rows, H] = the two directions' states[rows, 2H], added. */
static void add_directions(int64_t rows, int64_t h, const float *states, float *fused)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t d = 0; d < h; d++)
            fused[i * h + d] = states[i * 2 * h + d] + states[i * 2 * h + h + d];
    }
}

/* B questions, J facts, M words, H hidden. */
static struct outcome forward(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    int64_t rows = batch->rows, h = network->hidden, facts = rows * batch->facts;
    float dropout = network->dropout;
    scratch->taken = 0;
    float *words = take(scratch, facts * batch->words * h);                           /* [B, J, M, H] */
    float *fact = take(scratch, facts * h), *fused = take(scratch, facts * h);        /* [B, J, H] */
    float *states = take(scratch, facts * 2 * h);                                     /* [B, J, 2H] */
    float *question = take(scratch, rows * h), *joined = take(scratch, rows * 2 * h); /* [B, H], [B, 2H] */
    float *logits = take(scratch, rows * network->classes),
          *probabilities = take(scratch, rows * network->classes);
    network->facts = fused;
    network->question = question;
    network->logits = logits;

    must(attn_embedding_forward(network->embedding, tape, facts, batch->words, batch->fact_ids,
                                batch->word_counts, words));
    position_encode(facts, batch->words, h, words, batch->word_counts, fact);
    must(attn_dropout_forward(network->context, tape, facts * h, fact, dropout, fact));
    const attn_sequence fusion = {.struct_size = sizeof fusion,
                                  .batch = rows,
                                  .time = batch->facts,
                                  .lengths = batch->fact_counts,
                                  .x = fact};
    must(attn_gru_forward(network->fusion, tape, &fusion, NULL, states, NULL));
    add_directions(facts, h, states, fused);
    const attn_sequence asked = {.struct_size = sizeof asked,
                                 .batch = rows,
                                 .time = batch->question_words,
                                 .lengths = batch->question_counts,
                                 .embedding = network->embedding,
                                 .ids = batch->question_ids};
    must(attn_gru_forward(network->reader, tape, &asked, NULL, NULL, question));
    const float *memory = episode_forward(&network->episode, scratch, tape, rows, batch->facts, question,
                                          fused, batch->fact_counts);
    join_rows(rows, h, memory, h, question, joined);
    must(attn_dropout_forward(network->context, tape, rows * 2 * h, joined, dropout, joined));
    struct outcome outcome = {.probabilities = probabilities};
    if (network->decision) {
        float loss;
        must(attn_dense_forward(network->decision, tape, rows, joined, logits));
        must(attn_cross_entropy(network->context, rows, network->classes, logits, batch->answers, NULL, &loss,
                                NULL, probabilities, tape ? logits : NULL));
        outcome.loss = (double)loss;
    } else {
        outcome.loss = pointer_forward(&network->pointer, scratch, tape, batch, words, fused, joined,
                                       network->classes, probabilities);
    }
    for (int64_t b = 0; b < rows; b++)
        outcome.wrong += likeliest(network, &outcome, b) != batch->answers[b];
    return outcome;
}

int32_t likeliest(const struct network *network, const struct outcome *outcome, int64_t b)
{
    const float *p = outcome->probabilities + b * network->classes;
    int64_t best = 0;
    for (int64_t k = 1; k < network->classes; k++)
        best = p[k] > p[best] ? k : best;
    return (int32_t)best;
}

struct outcome network_answer(struct network *network, const struct batch *batch)
{
    return forward(network, NULL, batch);
}

/* ---- backward -------------------------------------------------------------------------------------------- */

static void backward(struct network *network, attn_tape *tape, const struct batch *batch,
                     const float *probabilities)
{
    int64_t rows = batch->rows, h = network->hidden, facts = rows * batch->facts;
    struct scratch *scratch = &network->scratch;
    float *djoined = take(scratch, rows * 2 * h), *dmemory = take(scratch, rows * h),
          *dquestion = take(scratch, rows * h);
    float *dfused = take(scratch, facts * h), *dfact = take(scratch, facts * h),
          *dstates = take(scratch, facts * 2 * h);
    float *dwords = take(scratch, facts * batch->words * h);

    memset(dfused, 0, (size_t)(facts * h) * sizeof *dfused);
    if (network->decision)
        must(attn_dense_backward(network->decision, tape, rows, network->logits, djoined));
    else
        pointer_backward(&network->pointer, scratch, tape, batch, probabilities, network->classes, djoined,
                         dfused);
    must(attn_dropout_backward(network->context, tape, rows * 2 * h, djoined, djoined));
    part_rows(rows, h, dmemory, h, dquestion, djoined);
    episode_backward(&network->episode, scratch, tape, rows, batch->facts, network->question, network->facts,
                     batch->fact_counts, dmemory, dquestion, dfused);
    const attn_sequence_gradients dasked = {
        .struct_size = sizeof dasked, .batch = rows, .time = batch->question_words};
    must(attn_gru_backward(network->reader, tape, NULL, dquestion, &dasked, NULL));
    join_rows(facts, h, dfused, h, dfused, dstates);
    const attn_sequence_gradients dfusion = {
        .struct_size = sizeof dfusion, .batch = rows, .time = batch->facts, .dx = dfact};
    must(attn_gru_backward(network->fusion, tape, dstates, NULL, &dfusion, NULL));
    must(attn_dropout_backward(network->context, tape, facts * h, dfact, dfact));
    position_encode_backward(facts, batch->words, h, dfact, batch->word_counts, dwords);
    if (network->decision == NULL)
        pointer_add_words(&network->pointer, batch, dwords);
    must(attn_embedding_backward(network->embedding, tape, facts, batch->words, dwords));
}

/* The gradient of l2 * sum of squares, of the weights and not of the biases; the embedding's rows are left alone. */
static void add_squares(struct network *network)
{
    float factor = 2.0f * network->l2;
    for (int64_t i = 0; i < attn_params_count(network->params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        must(attn_params_tensor(network->params, i, &tensor));
        if (tensor.rank < 2 || strncmp(tensor.name, "embedding", 9) == 0)
            continue;
        for (int64_t k = 0; k < tensor.size; k++)
            tensor.gradients[k] += factor * tensor.values[k];
    }
}

struct outcome network_gradients(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct outcome outcome = forward(network, tape, batch);
    backward(network, tape, batch, outcome.probabilities);
    if (network->l2 > 0)
        add_squares(network);
    return outcome;
}
