/* saved.c - a classifier to a file, and from one. Beside the layers, which describe themselves, the metadata holds
 *
 *     classifier.embedding, .encoder, .decision        the layers' names
 *     classifier.attention, .reader                    likewise; absent where there is none
 *     classifier.max_length, classifier.context_dropout
 *     classifier.label.0, .1, ...                      a name for each class */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classify/classifier.h"

#define PREFIX "classifier."
#define MAX_KEY 64 /* bytes of a key of the classifier's own */
#define MAX_LABEL 32

/* ---- to a file ---------------------------------------------------------------------------------------------------------------- */

/* Keys and values, with room for those of numbers. */
struct pairs {
    const char **list; /* [2 * capacity] */
    char (*keys)[MAX_KEY];
    char max_length[24], context_dropout[24];
    int64_t count;
};

static void add(struct pairs *pairs, const char *key, const char *value)
{
    if (value == NULL)
        return;
    snprintf(pairs->keys[pairs->count], MAX_KEY, PREFIX "%s", key);
    pairs->list[2 * pairs->count] = pairs->keys[pairs->count];
    pairs->list[2 * pairs->count + 1] = value;
    pairs->count++;
}

static attn_status describe(const attn_classifier *classifier, const attn_save_options *options,
                            struct pairs *pairs)
{
    char label[MAX_LABEL];
    attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    attn_gru_info encoder = ATTN_GRU_INFO_INIT;
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    attn_attngru_info reader = ATTN_ATTNGRU_INFO_INIT;
    attn_dense_info decision = ATTN_DENSE_INFO_INIT;
    ATTNI_TRY(attn_embedding_get_info(classifier->embedding, &embedding));
    ATTNI_TRY(attn_gru_get_info(classifier->encoder, &encoder));
    if (classifier->attention)
        ATTNI_TRY(attn_attention_get_info(classifier->attention, &attention));
    if (classifier->reader)
        ATTNI_TRY(attn_attngru_get_info(classifier->reader, &reader));
    ATTNI_TRY(attn_dense_get_info(classifier->decision, &decision));
    add(pairs, "embedding", embedding.name);
    add(pairs, "encoder", encoder.name);
    add(pairs, "attention", attention.name);
    add(pairs, "reader", reader.name);
    add(pairs, "decision", decision.name);
    snprintf(pairs->max_length, sizeof pairs->max_length, "%lld", (long long)classifier->max_length);
    add(pairs, "max_length", pairs->max_length);
    snprintf(pairs->context_dropout, sizeof pairs->context_dropout, "%.9g",
             (double)classifier->context_dropout);
    add(pairs, "context_dropout", pairs->context_dropout);
    for (int64_t k = 0; k < classifier->classes; k++) {
        snprintf(label, sizeof label, "label.%lld", (long long)k);
        add(pairs, label, classifier->labels[k]);
    }
    for (int64_t i = 0; i < options->metadata_count; i++) {
        const char *key = options->metadata[2 * i];
        ATTNI_REQUIRE(key == NULL || strncmp(key, PREFIX, strlen(PREFIX)) != 0,
                      "attn_classifier_save: metadata's key \"%s\" begins with \"" PREFIX
                      "\", which is the classifier's own",
                      key);
        memcpy(pairs->list + 2 * pairs->count++, options->metadata + 2 * i, 2 * sizeof *pairs->list);
    }
    return ATTN_OK;
}

/* Exactly one of path and write. */
static attn_status save(const char *function, const attn_classifier *classifier, const char *path,
                        attn_write_fn write, void *user, const attn_save_options *options)
{
    attn_save_options own;
    void *memory;
    ATTNI_REQUIRE(classifier != NULL, "%s: classifier is NULL; expected a valid pointer", function);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_read_options(function, options, &own, sizeof own));
    ATTNI_REQUIRE(own.vocab == NULL, "%s: options->vocab is given; expected NULL: the classifier has its own",
                  function);
    ATTNI_REQUIRE(own.metadata_count >= 0 && own.metadata_count <= 1 << 20 &&
                      (own.metadata != NULL || own.metadata_count == 0),
                  "%s: metadata_count is %lld; expected 0 to 2^20, and metadata", function,
                  (long long)own.metadata_count);
    const size_t capacity = (size_t)(7 + classifier->classes + own.metadata_count);
    ATTNI_TRY(attn_context_alloc(classifier->context, capacity * (2 * sizeof(char *) + MAX_KEY), &memory));
    struct pairs pairs = {.list = memory, .keys = (char(*)[MAX_KEY])((const char **)memory + 2 * capacity)};
    attn_status status = describe(classifier, &own, &pairs);
    own.vocab = classifier->vocab;
    own.metadata = pairs.list;
    own.metadata_count = pairs.count;
    if (status == ATTN_OK)
        status = path ? attn_params_save(classifier->params, path, &own)
                      : attn_params_write(classifier->params, write, user, &own);
    attn_context_free(classifier->context, memory);
    return status;
}

attn_status attn_classifier_save(const attn_classifier *classifier, const char *path,
                                 const attn_save_options *options)
{
    ATTNI_REQUIRE_PTR(path);
    return save(__func__, classifier, path, NULL, NULL, options);
}

attn_status attn_classifier_write(const attn_classifier *classifier, attn_write_fn write, void *user,
                                  const attn_save_options *options)
{
    ATTNI_REQUIRE(write != NULL, "%s: write is NULL; expected a function", __func__);
    return save(__func__, classifier, NULL, write, user, options);
}

/* ---- from a file -------------------------------------------------------------------------------------------------------------- */

static const char *find(const attn_file *file, const char *key)
{
    char whole[MAX_KEY];
    snprintf(whole, sizeof whole, PREFIX "%s", key);
    return attn_file_metadata(file, whole);
}

static attn_status need(const attn_file *file, const char *key, const char **value)
{
    *value = find(file, key);
    return *value ? ATTN_OK
                  : attn_set_error(
                        ATTN_ERR_FORMAT,
                        "attn_classifier_open: the file describes no classifier (its metadata lacks "
                        "classifier.embedding, .encoder, .decision, .max_length or a label); expected one "
                        "that attn_classifier_save wrote");
}

static attn_status read_number(const attn_file *file, const char *key, double most, double *number)
{
    const char *text;
    char *end;
    ATTNI_TRY(need(file, key, &text));
    *number = strtod(text, &end);
    if (end == text || *end != '\0' || !(*number >= 0 && *number <= most))
        return attn_set_error(ATTN_ERR_FORMAT,
                              "attn_classifier_open: the file's classifier.max_length or "
                              "classifier.context_dropout is no number in its range; expected what "
                              "attn_classifier_save wrote");
    return ATTN_OK;
}

/* The layers that the file names, each with its tensors. */
static attn_status create_layers(const attn_file *file, attn_params *params, attn_classifier_parts *parts)
{
    const char *embedding, *encoder, *decision, *attention = find(file, "attention"),
                                                *reader = find(file, "reader");
    ATTNI_TRY(need(file, "embedding", &embedding));
    ATTNI_TRY(need(file, "encoder", &encoder));
    ATTNI_TRY(need(file, "decision", &decision));
    ATTNI_TRY(attn_file_embedding_create(file, embedding, params, &parts->embedding));
    ATTNI_TRY(attn_file_gru_create(file, encoder, params, &parts->encoder));
    if (attention)
        ATTNI_TRY(attn_file_attention_create(file, attention, params, &parts->attention));
    if (reader)
        ATTNI_TRY(attn_file_attngru_create(file, reader, params, &parts->reader));
    return attn_file_dense_create(file, decision, params, &parts->decision);
}

static attn_status create_with_labels(const attn_file *file, attn_context *context,
                                      attn_classifier_parts *parts, attn_classifier **out)
{
    char key[MAX_LABEL];
    void *memory;
    attn_dense_info decision = ATTN_DENSE_INFO_INIT;
    ATTNI_TRY(attn_dense_get_info(parts->decision, &decision));
    ATTNI_TRY(attn_context_alloc(context, (size_t)decision.output_dim * sizeof(char *), &memory));
    const char **labels = memory;
    attn_status status = ATTN_OK;
    for (int64_t k = 0; k < decision.output_dim && status == ATTN_OK; k++) {
        snprintf(key, sizeof key, "label.%lld", (long long)k);
        status = need(file, key, &labels[k]);
    }
    parts->labels = labels;
    if (status == ATTN_OK)
        status = attn_classifier_create(parts, out);
    if (status == ATTN_ERR_ARGUMENT) /* the file's fault */
        status = attn_set_error(ATTN_ERR_FORMAT, attn_last_error());
    attn_context_free(context, memory);
    return status;
}

attn_status attn_file_classifier_create(const attn_file *file, attn_params *params, attn_classifier **out)
{
    attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    double max_length, dropout;
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(file);
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    ATTNI_TRY(read_number(file, "max_length", 1 << 30, &max_length));
    ATTNI_TRY(read_number(file, "context_dropout", 1, &dropout));
    parts.max_length = (int64_t)max_length;
    parts.context_dropout = (float)dropout;
    attn_status status = create_layers(file, params, &parts);
    if (status == ATTN_OK && attn_file_metadata(file, "vocab"))
        status = attn_file_vocab_create(file, NULL, &parts.vocab);
    if (status == ATTN_OK)
        status = create_with_labels(file, attn_params_context(params), &parts, out);
    attn_vocab_destroy(&parts.vocab);
    attn_dense_destroy(&parts.decision);
    attn_attngru_destroy(&parts.reader);
    attn_attention_destroy(&parts.attention);
    attn_gru_destroy(&parts.encoder);
    attn_embedding_destroy(&parts.embedding);
    return status;
}

attn_status attn_classifier_open(attn_context *context, const char *path, attn_classifier **out)
{
    attn_file *file;
    attn_params *params = NULL;
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attn_file_open(context, path, &file));
    attn_status status = attn_params_create(context, NULL, &params);
    if (status == ATTN_OK)
        status = attn_file_classifier_create(file, params, out);
    if (status == ATTN_OK)
        status = attn_params_seal(params);
    attn_params_destroy(&params);
    attn_file_close(&file);
    return status;
}
