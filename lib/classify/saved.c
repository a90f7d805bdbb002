/* saved.c - a classifier to a file, and from one. Beside the layers, which describe themselves, the metadata holds
 *
 *     classifier.embedding, .encoder, .decision        the layers' names
 *     classifier.attention, .reader, .ngrams           likewise; absent where there is none. Of n-grams alone so are those above
 *     classifier.pooling                               mean or max; absent where attention or the last states decide
 *     classifier.max_length, classifier.context_dropout
 *     classifier.scale.decision, .scale.ngrams         what their logits are multiplied by; absent where that is 1
 *     classifier.label.0, .1, ...                      a name for each class */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "classify/classifier.h"
#include "core/undo.h"

#define PREFIX "classifier."
#define MAX_KEY 64 /* bytes of a key of the classifier's own */
#define MAX_LABEL 32

/* By ATTN_POOLING_... */
static const char *const poolings[] = {NULL, "mean", "max"};

static const char *scale_key(const attn_classifier *classifier, int64_t channel)
{
    return classifier->ngrams && channel == classifier->channels - 1 ? "scale.ngrams" : "scale.decision";
}

/* ---- to a file ---------------------------------------------------------------------------------------------------------------- */

/* Keys and values, with room for those of numbers. */
struct pairs {
    const char **list; /* [2 * capacity] */
    char (*keys)[MAX_KEY];
    char max_length[24], context_dropout[24], scales[ATTNI_CHANNELS][24];
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

/* The point is a point whatever the program's locale. */
static void print_number(double number, char text[24])
{
    snprintf(text, 24, "%.9g", number);
    for (char *c = text; *c; c++)
        *c = strchr("+-0123456789e", *c) ? *c : '.';
}

static attn_status describe(const char *function, const attn_classifier *classifier,
                            const attn_save_options *options, struct pairs *pairs)
{
    char label[MAX_LABEL];
    attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    attn_gru_info encoder = ATTN_GRU_INFO_INIT;
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    attn_attngru_info reader = ATTN_ATTNGRU_INFO_INIT;
    attn_dense_info decision = ATTN_DENSE_INFO_INIT;
    attn_ngrams_info ngrams = ATTN_NGRAMS_INFO_INIT;
    if (classifier->embedding)
        ATTNI_TRY(attn_embedding_get_info(classifier->embedding, &embedding));
    if (classifier->encoder)
        ATTNI_TRY(attn_gru_get_info(classifier->encoder, &encoder));
    if (classifier->attention)
        ATTNI_TRY(attn_attention_get_info(classifier->attention, &attention));
    if (classifier->reader)
        ATTNI_TRY(attn_attngru_get_info(classifier->reader, &reader));
    if (classifier->decision)
        ATTNI_TRY(attn_dense_get_info(classifier->decision, &decision));
    if (classifier->ngrams)
        ATTNI_TRY(attn_ngrams_get_info(classifier->ngrams, &ngrams));
    add(pairs, "embedding", embedding.name);
    add(pairs, "encoder", encoder.name);
    add(pairs, "attention", attention.name);
    add(pairs, "reader", reader.name);
    add(pairs, "decision", decision.name);
    add(pairs, "ngrams", ngrams.name);
    add(pairs, "pooling", poolings[classifier->pooling]);
    snprintf(pairs->max_length, sizeof pairs->max_length, "%lld", (long long)classifier->max_length);
    add(pairs, "max_length", pairs->max_length);
    print_number((double)classifier->context_dropout, pairs->context_dropout);
    add(pairs, "context_dropout", pairs->context_dropout);
    for (int64_t c = 0; c < classifier->channels; c++) {
        print_number((double)classifier->scales[c], pairs->scales[c]);
        add(pairs, scale_key(classifier, c), classifier->scales[c] == 1.0f ? NULL : pairs->scales[c]);
    }
    for (int64_t k = 0; k < classifier->classes; k++) {
        snprintf(label, sizeof label, "label.%lld", (long long)k);
        add(pairs, label, classifier->labels[k]);
    }
    for (int64_t i = 0; i < options->metadata_count; i++) {
        const char *key = options->metadata[2 * i];
        ATTNI_REQUIRE(key == NULL || strncmp(key, PREFIX, strlen(PREFIX)) != 0,
                      "%s: metadata's key \"%s\" begins with \"" PREFIX "\", which is the classifier's own",
                      function, key);
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
    const size_t capacity = (size_t)(9 + ATTNI_CHANNELS + classifier->classes + own.metadata_count);
    ATTNI_TRY(attn_context_alloc(classifier->context, capacity * (2 * sizeof(char *) + MAX_KEY), &memory));
    struct pairs pairs = {.list = memory, .keys = (char(*)[MAX_KEY])((const char **)memory + 2 * capacity)};
    attn_status status = describe(function, classifier, &own, &pairs);
    own.vocab = classifier->vocab;
    own.metadata = pairs.list;
    own.metadata_count = pairs.count;
    if (status == ATTN_OK)
        status = path ? attn_params_save(classifier->params, path, &own)
                      : attn_params_write(classifier->params, &own, write, user);
    attn_context_free(classifier->context, memory);
    return status;
}

attn_status attn_classifier_save(const attn_classifier *classifier, const char *path,
                                 const attn_save_options *options)
{
    ATTNI_REQUIRE_PTR(path);
    return save(__func__, classifier, path, NULL, NULL, options);
}

attn_status attn_classifier_write(const attn_classifier *classifier, const attn_save_options *options,
                                  attn_write_fn write, void *user)
{
    ATTNI_REQUIRE(write != NULL, "%s: write is NULL; expected a function", __func__);
    return save(__func__, classifier, NULL, write, user, options);
}

/* ---- from a file -------------------------------------------------------------------------------------------------------------- */

/* Where it is read, and how failures call that. */
struct source {
    const char *function, *name;
    const attn_file *file;
};

static const char *find(const struct source *source, const char *key)
{
    char whole[MAX_KEY];
    snprintf(whole, sizeof whole, PREFIX "%s", key);
    return attn_file_metadata(source->file, whole);
}

static attn_status need(const struct source *source, const char *key, const char **value)
{
    *value = find(source, key);
    return *value ? ATTN_OK
                  : attni_fail(ATTN_ERR_FORMAT,
                               "%s: %s describes no classifier, since its metadata lacks " PREFIX
                               "%s; expected a file that attn_classifier_save wrote",
                               source->function, source->name, key);
}

/* Digits, a point and digits, an exponent: as strtod, but in every locale. Returns 0 where it is anything else. */
static int32_t parse_number(const char *text, double *number)
{
    int64_t places = 0, exponent = 0, digits = 0, sign = 1;
    *number = 0;
    for (int32_t behind = 0; (*text >= '0' && *text <= '9') || (*text == '.' && !behind); text++) {
        if (*text == '.') {
            behind = 1;
            continue;
        }
        *number = *number * 10 + (*text - '0');
        places += behind;
        digits++;
    }
    if (*text == 'e' && text[1] != '\0') {
        text++;
        if (*text == '-' || *text == '+')
            sign = *text++ == '-' ? -1 : 1;
        for (; *text >= '0' && *text <= '9' && exponent < 1000; text++)
            exponent = exponent * 10 + (*text - '0');
    }
    *number *= pow(10, (double)(sign * exponent - places));
    return digits > 0 && *text == '\0';
}

static attn_status read_number(const struct source *source, const char *key, double most, double *number)
{
    const char *text;
    ATTNI_TRY(need(source, key, &text));
    if (!parse_number(text, number) || !(*number >= 0 && *number <= most))
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: " PREFIX "%s is \"%.40s\"; expected a number from 0 to %.0f",
                          source->function, source->name, key, text, most);
    return ATTN_OK;
}

static attn_status read_length(const struct source *source, int64_t *length)
{
    double number;
    ATTNI_TRY(read_number(source, "max_length", 1 << 30, &number));
    *length = (int64_t)number;
    if ((double)*length != number)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: " PREFIX "max_length is %g; expected a whole number",
                          source->function, source->name, number);
    return ATTN_OK;
}

static attn_status read_scales(const struct source *source, attn_classifier *classifier)
{
    for (int64_t c = 0; c < classifier->channels; c++) {
        double number = 1;
        const char *key = scale_key(classifier, c), *text = find(source, key);
        if (text && !parse_number(text, &number))
            number = 0;
        classifier->scales[c] = (float)number;
        if (!(classifier->scales[c] > 0.0f && isfinite(classifier->scales[c])))
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s: " PREFIX "%s is \"%.40s\"; expected a number more than 0",
                              source->function, source->name, key, text);
    }
    return ATTN_OK;
}

static attn_status read_pooling(const struct source *source, int32_t *pooling)
{
    const char *text = find(source, "pooling");
    for (*pooling = ATTN_POOLING_MAX; text && *pooling > 0; --*pooling) {
        if (strcmp(text, poolings[*pooling]) == 0)
            return ATTN_OK;
    }
    *pooling = 0;
    return text == NULL
               ? ATTN_OK
               : attni_fail(ATTN_ERR_FORMAT, "%s: %s: " PREFIX "pooling is \"%.40s\"; expected mean or max",
                            source->function, source->name, text);
}

/* The layers that the file names, each with its tensors. */
static attn_status create_layers(const struct source *source, attn_params *params,
                                 attn_classifier_parts *parts)
{
    const char *embedding = find(source, "embedding"), *encoder = find(source, "encoder"),
               *attention = find(source, "attention"), *reader = find(source, "reader"),
               *decision = find(source, "decision"), *ngrams = find(source, "ngrams");
    if (ngrams == NULL || embedding || encoder || attention || reader || decision) {
        ATTNI_TRY(need(source, "embedding", &embedding));
        ATTNI_TRY(need(source, "encoder", &encoder));
        ATTNI_TRY(need(source, "decision", &decision));
        ATTNI_TRY(attn_file_embedding_create(source->file, embedding, params, &parts->embedding));
        ATTNI_TRY(attn_file_gru_create(source->file, encoder, params, &parts->encoder));
    }
    if (attention)
        ATTNI_TRY(attn_file_attention_create(source->file, attention, params, &parts->attention));
    if (reader)
        ATTNI_TRY(attn_file_attngru_create(source->file, reader, params, &parts->reader));
    if (decision)
        ATTNI_TRY(attn_file_dense_create(source->file, decision, params, &parts->decision));
    return ngrams ? attn_file_ngrams_create(source->file, ngrams, params, &parts->ngrams) : ATTN_OK;
}

static attn_status create_with_labels(const struct source *source, attn_context *context,
                                      attn_classifier_parts *parts, attn_classifier **out)
{
    char key[MAX_LABEL];
    void *memory;
    attn_dense_info decision = ATTN_DENSE_INFO_INIT;
    attn_ngrams_info ngrams = ATTN_NGRAMS_INFO_INIT;
    if (parts->decision)
        ATTNI_TRY(attn_dense_get_info(parts->decision, &decision));
    else
        ATTNI_TRY(attn_ngrams_get_info(parts->ngrams, &ngrams));
    const int64_t classes = parts->decision ? decision.output_dim : ngrams.classes;
    ATTNI_TRY(attn_context_alloc(context, (size_t)classes * sizeof(char *), &memory));
    const char **labels = memory;
    attn_status status = ATTN_OK;
    for (int64_t k = 0; k < classes && status == ATTN_OK; k++) {
        snprintf(key, sizeof key, "label.%lld", (long long)k);
        status = need(source, key, &labels[k]);
    }
    parts->labels = labels;
    if (status == ATTN_OK)
        status = attn_classifier_create(parts, out);
    if (status == ATTN_ERR_ARGUMENT) /* the file's fault */
        status = attni_fail(ATTN_ERR_FORMAT, "%s: %s: %s", source->function, source->name, attn_last_error());
    attn_context_free(context, memory);
    return status;
}

static attn_status create(const struct source *source, attn_params *params, attn_classifier **out)
{
    attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    double dropout;
    ATTNI_TRY(read_length(source, &parts.max_length));
    ATTNI_TRY(read_number(source, "context_dropout", 1, &dropout));
    ATTNI_TRY(read_pooling(source, &parts.pooling));
    parts.context_dropout = (float)dropout;
    attn_status status = create_layers(source, params, &parts);
    if (status == ATTN_OK && attn_file_metadata(source->file, "vocab"))
        status = attn_file_vocab_create(source->file, NULL, &parts.vocab);
    if (status == ATTN_OK)
        status = create_with_labels(source, attn_params_context(params), &parts, out);
    if (status == ATTN_OK && (status = read_scales(source, *out)) != ATTN_OK)
        attn_classifier_destroy(out);
    attn_vocab_destroy(&parts.vocab);
    attn_ngrams_destroy(&parts.ngrams);
    attn_dense_destroy(&parts.decision);
    attn_attngru_destroy(&parts.reader);
    attn_attention_destroy(&parts.attention);
    attn_gru_destroy(&parts.encoder);
    attn_embedding_destroy(&parts.embedding);
    return status;
}

attn_status attn_file_classifier_create(const attn_file *file, attn_params *params, attn_classifier **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(file);
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    const attni_params_mark before = attni_params_mark_now(params);
    const attn_status status = create(&(struct source){__func__, "the file", file}, params, out);
    if (status != ATTN_OK)
        attni_params_take_back(params, before);
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
    ATTNI_REQUIRE_PTR(path);
    ATTNI_TRY(attn_file_open(context, path, &file));
    attn_status status = attn_params_create(context, NULL, &params);
    if (status == ATTN_OK)
        status = create(&(struct source){__func__, path, file}, params, out);
    if (status == ATTN_OK)
        status = attn_params_seal(params);
    attn_params_destroy(&params);
    attn_file_close(&file);
    return status;
}
