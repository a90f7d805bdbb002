/* model.c - creating the layers, and batches through them. */
#include "model.h"

#include "faithful.h"

#include <attn/experimental.h>
#include <stdlib.h>
#include <string.h>

#include "common/bundled.h"

/* ---- putting it together --------------------------------------------------------------------------------- */

static void create_ngrams(attn_params *params, const struct config *config,
                          const attn_ngrams_builder *counted, attn_classifier_parts *parts)
{
    attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
    options.min_count = config->ngrams_min_count;
    options.max_ngrams = config->max_ngrams;
    options.offset = ATTN_ZERO; /* as they are weighed at first nothing is gained: .905, and .914 from 0 */
    must(attn_ngrams_create(params, "ngrams", counted, &options, &parts->ngrams));
}

static void create_layers(attn_params *params, const struct config *config, int64_t words, int64_t classes,
                          attn_classifier_parts *parts)
{
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
    const int64_t width = config->hidden * config->directions;

    must(attn_embedding_create(params, "embedding", words, config->emb, &embedding, &parts->embedding));
    must(attn_gru_create(params, "encoder", config->emb, config->hidden, &encoder, &parts->encoder));
    if (config->pooling == POOL_ATTENTION)
        must(attn_attention_create(params, "attention", width, &attention, &parts->attention));
    if (config->attngru)
        must(attn_attngru_create(params, "reader", width, width, NULL, &parts->reader));
    must(attn_dense_create(params, "decision", width, classes, &decision, &parts->decision));
}

struct model model_create(attn_context *context, const struct config *config, const struct labels *labels,
                          attn_vocab *vocab, const attn_ngrams_builder *counted)
{
    attn_params *params;
    attn_classifier *classifier;
    attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    attn_params_options options = ATTN_PARAMS_OPTIONS_INIT;
    options.seed = (uint64_t)config->seed;
    must(attn_params_create(context, &options, &params));
    if (!config->no_encoder)
        create_layers(params, config, attn_vocab_size(vocab), labels->count, &parts);
    if (counted)
        create_ngrams(params, config, counted, &parts);
    parts.pooling = config->no_encoder             ? 0
                    : config->pooling == POOL_MEAN ? ATTN_POOLING_MEAN
                    : config->pooling == POOL_MAX  ? ATTN_POOLING_MAX
                                                   : 0;
    parts.vocab = vocab;
    parts.labels = (const char *const *)labels->names;
    parts.max_length = config->max_length;
    parts.context_dropout = (float)config->dropout_context;
    must(attn_classifier_create(&parts, &classifier));
    attn_ngrams_destroy(&parts.ngrams);
    attn_dense_destroy(&parts.decision);
    attn_attngru_destroy(&parts.reader);
    attn_attention_destroy(&parts.attention);
    attn_gru_destroy(&parts.encoder);
    attn_embedding_destroy(&parts.embedding);
    attn_params_destroy(&params);
    return model_of(context, classifier);
}

/* The same without n-grams. */
static attn_classifier *encoder_of(const attn_classifier_info *info)
{
    attn_classifier *encoder;
    attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    parts.embedding = info->embedding;
    parts.encoder = info->encoder;
    parts.attention = info->attention;
    parts.reader = info->reader;
    parts.pooling = info->pooling;
    parts.decision = info->decision;
    parts.max_length = info->max_length;
    parts.context_dropout = info->context_dropout;
    must(attn_classifier_create(&parts, &encoder));
    return encoder;
}

struct model model_of(attn_context *context, attn_classifier *classifier)
{
    struct model model = {.context = context, .classifier = classifier, .info = ATTN_CLASSIFIER_INFO_INIT};
    must(attn_classifier_get_info(classifier, &model.info));
    if (model.info.ngrams && model.info.encoder)
        model.trained = encoder_of(&model.info);
    model.labels = labels_of(classifier, model.info.classes);
    return model;
}

/* End with what it is for, where the file is a language model. */
static void refuse_language(attn_context *context, const char *path)
{
    attn_file *file;
    if (attn_file_open(context, path, &file) != ATTN_OK)
        return;
    const char *text = attn_file_config(file);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    if (json_object_get(json, "language"))
        fail(EXIT_BAD_INPUT,
             "%s: a language model, which decides nothing; train a classifier that begins with it: " PROGRAM
             " train --start %s",
             path, path);
    json_decref(json);
    attn_file_close(&file);
}

const char *bundled_model(void)
{
    return bundled("reviews.safetensors");
}

struct model model_open(attn_context *context, const char *path)
{
    attn_classifier *classifier;
    const attn_status status = attn_classifier_open(context, path, &classifier);
    if (status != ATTN_OK)
        refuse_language(context, path);
    must_read(status);
    struct model model = model_of(context, classifier);
    if (model.info.vocab == NULL)
        fail(EXIT_BAD_INPUT, "%s: a classifier without a vocabulary; expected one that reads texts", path);
    return model;
}

void model_close(struct model *model)
{
    struct floats *all[] = {&model->logits,  &model->probabilities, &model->weights,    &model->states,
                            &model->dstates, &model->mean,          &model->mean_logits};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    labels_free(&model->labels);
    attn_classifier_destroy(&model->trained);
    attn_classifier_destroy(&model->classifier);
}

/* ---- batches --------------------------------------------------------------------------------------------- */

int32_t model_decision(const struct model *model, const float *probabilities)
{
    int32_t best = 0;
    for (int32_t k = 1; k < model->info.classes; k++)
        best = probabilities[k] > probabilities[best] ? k : best;
    return best;
}

static attn_sequence sequence_of(const struct batch *batch)
{
    return (attn_sequence){.struct_size = sizeof(attn_sequence),
                           .batch = batch->rows,
                           .time = batch->time,
                           .lengths = batch->lengths,
                           .ids = batch->ids};
}

const float *model_channels(struct model *model, const struct batch *batch)
{
    const attn_sequence in = sequence_of(batch);
    float *logits = reserve(&model->logits, model->info.channels * batch->rows * model->info.classes);
    must(attn_classifier_channels(model->classifier, &in, logits));
    return logits;
}

void model_pack(struct model *model, const attn_gru_packed_options *options)
{
    if (model->info.encoder)
        must(attn_classifier_pack(model->classifier, options));
}

bool model_shows(const struct model *model, int32_t by)
{
    return (by != ATTN_BY_ATTENTION || model->info.attention) && (by != ATTN_BY_NGRAMS || model->info.ngrams);
}

void model_need_attention(const struct model *model, const char *path, const char *else_do)
{
    if (model->info.attention == NULL)
        fail(EXIT_BAD_INPUT, "%s: this model was trained with %s, so it has no attention; %s", path,
             model->info.encoder == NULL                ? "--encoder none"
             : model->info.pooling == ATTN_POOLING_MEAN ? "--pooling mean"
             : model->info.pooling == ATTN_POOLING_MAX  ? "--pooling max"
                                                        : "--pooling last",
             else_do);
}

void model_unscale(struct model *model)
{
    float ones[ATTN_MAX_CHANNELS];
    for (int64_t c = 0; c < ATTN_MAX_CHANNELS; c++)
        ones[c] = 1;
    must(attn_classifier_set_scales(model->classifier, model->info.channels, ones));
}

static struct outcome forward(struct model *model, attn_tape *tape, const struct batch *batch, float *weights,
                              float *states, float *dlogits)
{
    const int64_t rows = batch->rows, classes = model->info.classes;
    const attn_sequence in = sequence_of(batch);
    float *logits = reserve(&model->logits, rows * classes),
          *probabilities = reserve(&model->probabilities, rows * classes), loss = 0;
    const attn_classifier *asked = tape && model->trained ? model->trained : model->classifier;
    must(attn_classifier_forward(asked, tape, &in, logits, weights, states));
    attn_cross_entropy_options truth = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    truth.targets = tape ? batch->targets : NULL;
    must(attn_cross_entropy(model->context, rows, classes, logits, batch->labels, &truth, &loss, NULL,
                            probabilities, dlogits));
    struct outcome outcome = {loss, 0, probabilities, weights};
    for (int64_t b = 0; b < rows; b++)
        outcome.correct += model_decision(model, probabilities + b * classes) == batch->labels[b];
    return outcome;
}

struct outcome model_predict(struct model *model, const struct batch *batch)
{
    float *weights = model->info.attention ? reserve(&model->weights, batch->rows * batch->time) : NULL;
    return forward(model, NULL, batch, weights, NULL, NULL);
}

struct outcome model_gradients(struct model *model, attn_tape *tape, const struct batch *batch, int64_t step,
                               const struct config *config)
{
    const int64_t rows = batch->rows, time = batch->time, numbers = rows * time * model->info.state_dim;
    const attn_sequence_gradients out = {.struct_size = sizeof out, .batch = rows, .time = time};
    float *dlogits = reserve(&model->logits, rows * model->info.classes), *states = NULL, *dstates = NULL;
    if (faithful_asked(config)) {
        states = reserve(&model->states, numbers);
        dstates = reserve(&model->dstates, numbers);
    }
    must(attn_params_zero_grad(model->info.params));
    must(attn_tape_begin_part(tape, step, batch->first, batch->rows));
    struct outcome outcome = forward(model, tape, batch, NULL, states, dlogits);
    if (dstates)
        faithful_gradients(model, tape, batch, config, states, dstates);
    must(attn_classifier_backward(model->trained ? model->trained : model->classifier, tape, dlogits, NULL,
                                  dstates, &out));
    return outcome;
}
