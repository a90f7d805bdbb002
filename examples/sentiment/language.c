/* language.c - the two language models: their layers, and batches through them. */
#include "language.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED_OF_DRAWS 1 /* beside that of the rest: of the draws alone */

static const char *const projection_names[] = {"language.forward", "language.backward"};

/* ---- what they are --------------------------------------------------------------------------------------- */

void language_check(const struct config *config, const char *option)
{
    if (config->layers > 1 && config->directions == 2)
        fail(EXIT_BAD_INPUT,
             "%s: the second of %lld layers in both directions has read the words that it would predict; "
             "expected "
             "--layers 1, or --directions 1",
             option, (long long)config->layers);
}

struct language language_create(attn_context *context, const struct config *config, int64_t words)
{
    const int64_t directions = config->directions == 2 ? 2 : 1;
    struct language language = {
        .context = context, .directions = directions, .hidden = config->hidden, .emb = config->emb};
    attn_params_options params = ATTN_PARAMS_OPTIONS_INIT;
    params.seed = (uint64_t)config->seed;
    attn_gru_options encoder = ATTN_GRU_OPTIONS_INIT;
    encoder.layers = (int32_t)config->layers;
    encoder.bidirectional = directions == 2;
    encoder.reset = config->reset_before ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
    encoder.layer_norm = (int32_t)config->layer_norm;
    encoder.dropout = (float)config->dropout_states;
    encoder.input_dropout = (float)config->dropout_embedding;
    attn_embedding_options bias = ATTN_EMBEDDING_OPTIONS_INIT;
    bias.init = ATTN_INIT_ZERO;
    bias.frozen = 1; /* where it is set to: learned it takes from the vectors what they should tell */
    must(attn_params_create(context, &params, &language.params));
    must(attn_embedding_create(language.params, "embedding", words, config->emb, NULL, &language.embedding));
    must(attn_gru_create(language.params, "encoder", config->emb, config->hidden, &encoder,
                         &language.encoder));
    must(attn_embedding_create(language.params, "language.bias", words, 1, &bias, &language.bias));
    for (int64_t d = 0; d < directions; d++)
        must(attn_dense_create(language.params, projection_names[d], config->hidden, config->emb, NULL,
                               &language.projections[d]));
    return language;
}

struct language language_open(attn_context *context, const attn_file *file, const char *path)
{
    struct language language = {.context = context};
    must(attn_params_create(context, NULL, &language.params));
    must_read(attn_file_embedding_create(file, "embedding", language.params, &language.embedding));
    must_read(attn_file_gru_create(file, "encoder", language.params, &language.encoder));
    must_read(attn_file_embedding_create(file, "language.bias", language.params, &language.bias));
    const attn_gru_info encoder = gru_info(language.encoder);
    const attn_embedding_info embedding = embedding_info(language.embedding),
                              bias = embedding_info(language.bias);
    const int64_t directions = encoder.bidirectional ? 2 : 1;
    language.directions = directions;
    language.hidden = encoder.hidden_dim;
    language.emb = embedding.dim;
    must_fit(encoder.input_dim == embedding.dim && bias.rows == embedding.rows && bias.dim == 1, path);
    for (int64_t d = 0; d < directions; d++) {
        must_read(
            attn_file_dense_create(file, projection_names[d], language.params, &language.projections[d]));
        const attn_dense_info dense = dense_info(language.projections[d]);
        must_fit(dense.input_dim == encoder.hidden_dim && dense.output_dim == embedding.dim, path);
    }
    return language;
}

void language_free(struct language *language)
{
    struct floats *all[] = {&language->states, &language->dstates,   &language->rows,
                            &language->drows,  &language->projected, &language->dprojected};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    free(language->targets);
    attn_candidates_destroy(&language->drawn);
    attn_candidates_destroy(&language->all);
    for (int64_t d = 0; d < 2; d++)
        attn_dense_destroy(&language->projections[d]);
    attn_gru_destroy(&language->encoder);
    attn_embedding_destroy(&language->bias);
    attn_embedding_destroy(&language->embedding);
    attn_params_destroy(&language->params);
}

void language_count(struct language *language, const struct config *config, const struct corpus *corpus,
                    const int64_t *reviews, int64_t count, bool is_new)
{
    const int64_t words = embedding_info(language->embedding).rows;
    int64_t *frequencies = allocate(words, sizeof *frequencies), total = 0, capacity = 0;
    int32_t *ids = NULL;
    for (int64_t i = 0; i < count; i++) {
        const int64_t length = corpus->lengths[reviews[i]];
        ids = grow(ids, length, &capacity, sizeof *ids);
        corpus_read(corpus, corpus->begins[reviews[i]], length, ids);
        for (int64_t t = 0; t < length; t++)
            frequencies[ids[t]]++;
    }
    free(ids);
    for (int64_t id = ATTN_PAD_ID + 1; id < words; id++) { /* held-out reviews may have the others */
        frequencies[id] += frequencies[id] == 0;
        total += frequencies[id];
    }
    attn_candidates_options drawn = ATTN_CANDIDATES_OPTIONS_INIT, all = ATTN_CANDIDATES_OPTIONS_INIT;
    drawn.count = config->candidates;
    drawn.seed = (uint64_t)config->seed + SEED_OF_DRAWS;
    all.count = words;
    must(attn_candidates_create(language->context, words, frequencies, &drawn, &language->drawn));
    must(attn_candidates_create(language->context, words, frequencies, &all, &language->all));
    attn_tensor bias = ATTN_TENSOR_INIT;
    must(attn_params_find(language->params, "language.bias.weight", &bias));
    for (int64_t id = ATTN_PAD_ID + 1; id < words && is_new; id++)
        bias.values[id] = (float)log((double)frequencies[id] / (double)total);
    free(frequencies);
}

/* ---- a batch --------------------------------------------------------------------------------------------- */

static attn_sequence sequence_of(const struct language *language, const struct batch *batch)
{
    return (attn_sequence){.struct_size = sizeof(attn_sequence),
                           .batch = batch->rows,
                           .time = batch->time,
                           .lengths = batch->lengths,
                           .embedding = language->embedding,
                           .ids = batch->ids};
}

/* The states of a direction from which there is a word to predict. */
static attn_steps states_of(const struct language *language, const struct batch *batch, int64_t direction)
{
    return (attn_steps){.struct_size = sizeof(attn_steps),
                        .batch = batch->rows,
                        .time = batch->time,
                        .lengths = batch->lengths,
                        .skip_first = direction == 1,
                        .skip_last = direction == 0,
                        .dim = language->hidden * language->directions,
                        .column = language->hidden * direction,
                        .width = language->hidden};
}

/* The words of these rows: one further on, in the direction's sense. */
static int64_t find_targets(struct language *language, const struct batch *batch, attn_steps steps)
{
    int64_t count, first = steps.skip_first;
    steps.skip_first = steps.skip_last;
    steps.skip_last = first;
    must(attn_steps_gather_ids(language->context, &steps, NULL, NULL, &count));
    language->targets =
        grow(language->targets, count, &language->targets_capacity, sizeof *language->targets);
    must(attn_steps_gather_ids(language->context, &steps, batch->ids, language->targets, NULL));
    return count;
}

/* One direction, on top of the states: its mean loss, times `count`. With a tape it goes back down to dstates, from `scale` times
 * that mean. */
static double predict(struct language *language, attn_tape *tape, const struct batch *batch,
                      int64_t direction, int64_t step, int64_t *count)
{
    const attn_steps steps = states_of(language, batch, direction);
    *count = find_targets(language, batch, steps);
    float *rows = reserve(&language->rows, *count * language->hidden),
          *projected = reserve(&language->projected, *count * language->emb), loss;
    must(attn_steps_gather(language->context, &steps, language->states.values, rows, NULL));
    must(attn_dense_forward(language->projections[direction], tape, *count, rows, projected));
    attn_sampled_cross_entropy_options options = ATTN_SAMPLED_CROSS_ENTROPY_OPTIONS_INIT;
    options.scale = 1.0f / (float)language->directions;
    float *dprojected = tape ? reserve(&language->dprojected, *count * language->emb) : NULL;
    must(attn_sampled_cross_entropy(language->embedding, language->bias,
                                    tape ? language->drawn : language->all, step, *count, projected,
                                    language->targets, &options, &loss, NULL, dprojected));
    if (tape) {
        float *drows = reserve(&language->drows, *count * language->hidden);
        must(attn_dense_backward(language->projections[direction], tape, *count, dprojected, drows));
        must(attn_steps_scatter(language->context, &steps, drows, language->dstates.values));
    }
    return (double)loss * (double)language->directions * (double)*count;
}

/* All directions, with a tape back down to dstates. */
static struct predicted predict_all(struct language *language, attn_tape *tape, const struct batch *batch,
                                    int64_t step)
{
    struct predicted all = {0, 0};
    for (int64_t d = 0; d < language->directions; d++) {
        int64_t count;
        all.loss += predict(language, tape, batch, d, step, &count);
        all.words += count;
    }
    return all;
}

struct predicted language_gradients(struct language *language, attn_tape *tape, const struct batch *batch,
                                    int64_t step)
{
    const int64_t numbers = batch->rows * batch->time * language->hidden * language->directions;
    const attn_sequence in = sequence_of(language, batch);
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = batch->rows, .time = batch->time};
    float *states = reserve(&language->states, numbers), *dstates = reserve(&language->dstates, numbers);
    must(attn_params_zero_grad(language->params));
    must(attn_tape_begin_part(tape, step, batch->first, batch->rows));
    must(attn_gru_forward(language->encoder, tape, &in, NULL, states, NULL));
    memset(dstates, 0, (size_t)numbers * sizeof *dstates);
    const struct predicted all = predict_all(language, tape, batch, step);
    must(attn_gru_backward(language->encoder, tape, dstates, NULL, &out, NULL));
    return all;
}

struct predicted language_measure(struct language *language, const struct batch *batch)
{
    const attn_sequence in = sequence_of(language, batch);
    float *states =
        reserve(&language->states, batch->rows * batch->time * language->hidden * language->directions);
    must(attn_gru_forward(language->encoder, NULL, &in, NULL, states, NULL));
    return predict_all(language, NULL, batch, 0);
}
