/* fuzz_file.c - any bytes as a model file: open, look at everything, load what it holds into params that fit, make every layer
 * that it describes, save and open again what came of it, and read a text by the classifier that it is.
 *
 * The first byte of the input decides: 255, and the rest is the file; otherwise the rest is the JSON header of a file
 * with that many floats behind it, so that the fuzzer need not find out the length by itself. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* The promise of attn/file.h, here for the file, two sets of params with all that is in it, their gradients and an optimiser
 * at once: of a number of 1 byte in the file there are 4 floats in memory, twice; and the shortest tensor or layer that a
 * header can describe, of some 50 bytes, takes some 500 for its names, its shape and its place in tables that grow by
 * doubling. */
#define FILE_TIMES 64
#define FILE_BESIDE ((size_t)1 << 20)
#define CLASSIFIER_ROOM ((size_t)1 << 24)

static attn_context *context;

/* The file, in memory of just its size. */
static uint8_t *make_file(const uint8_t *data, size_t size, size_t *file_size)
{
    static const float numbers[255] = {1, -2, 3e-40f, 4};
    uint64_t length = size - 1;
    size_t before = data[0] == 255 ? 0 : sizeof length, behind = data[0] == 255 ? 0 : data[0] * sizeof(float);
    *file_size = before + size - 1 + behind;
    uint8_t *file = malloc(*file_size ? *file_size : 1);
    ensure(file != NULL);
    memcpy(file, &length, before);
    memcpy(file + before, data + 1, size - 1);
    memcpy(file + before + size - 1, numbers, behind);
    return file;
}

/* Params of the file's own tensors, but for the optimiser's; each is read by itself too. */
static attn_params *load(const attn_file *file)
{
    attn_params *params = NULL;
    attn_adam *adam = NULL;
    ensure(attn_params_create(context, NULL, &params) == ATTN_OK);
    for (int64_t i = 0; i < attn_file_count(file); i++) {
        attn_tensor view = ATTN_TENSOR_INIT, found = ATTN_TENSOR_INIT;
        ensure(attn_file_tensor(file, i, &view) == ATTN_OK &&
               attn_file_find(file, view.name, &found) == ATTN_OK);
        ensure(strcmp(view.name, found.name) == 0 && view.size == found.size && view.values == found.values);
        if (view.size >= 0 && view.size < 1024) {
            float *numbers = malloc(((size_t)view.size + 1) * sizeof *numbers);
            ensure(numbers != NULL);
            ensure((attn_file_read(file, view.name, view.size, numbers) == ATTN_OK) ==
                   (view.dtype != ATTN_DTYPE_OTHER));
            ensure(view.values == NULL ||
                   memcmp(view.values, numbers, (size_t)view.size * sizeof *numbers) == 0);
            free(numbers);
        }
        if (strncmp(view.name, "adam.", 5) != 0 && view.rank > 0)
            (void)!attn_params_add(params, view.name, view.rank, view.shape, NULL);
    }
    (void)!attn_file_load(file, params, NULL, NULL);
    (void)!attn_file_load(file, params, "a", "b");
    if (attn_adam_create(params, NULL, &adam) == ATTN_OK)
        (void)!attn_file_load_adam(file, adam);
    attn_adam_destroy(&adam);
    return params;
}

/* The layer finds each of its n-grams, and reads texts of any ids; their logits may be too large for a float. */
static void decide(const attn_ngrams *ngrams)
{
    static const int32_t ids[] = {0, 1, 2, 3, 2, 3, INT32_MAX, 4};
    attn_ngrams_info info = ATTN_NGRAMS_INFO_INIT;
    ensure(attn_ngrams_get_info(ngrams, &info) == ATTN_OK);
    for (int64_t i = 0; i < info.ngrams; i++) {
        int64_t length;
        const int32_t *gram = attn_ngrams_get(ngrams, i, &length);
        ensure(attn_ngrams_find(ngrams, length, gram) == i);
    }
    float *logits = malloc((size_t)info.classes * sizeof *logits), shares[8];
    ensure(logits != NULL);
    (void)!attn_ngrams_forward(ngrams, NULL, 1, 8, ids, NULL, logits);
    (void)!attn_ngrams_attribute(ngrams, 1, 8, ids, NULL, NULL, shares, NULL);
    free(logits);
}

/* Every layer that can be made, by every call; a name may stand for only one of them. */
static attn_params *make_layers(const attn_file *file)
{
    attn_params *params = NULL;
    ensure(attn_params_create(context, NULL, &params) == ATTN_OK);
    for (int64_t i = 0; i < attn_file_layer_count(file) && i < 20; i++) {
        attn_layer_info view = ATTN_LAYER_INFO_INIT;
        attn_embedding *embedding = NULL;
        attn_attention *attention = NULL;
        attn_gru *gru = NULL;
        attn_attngru *attngru = NULL;
        attn_dense *dense = NULL;
        attn_ngrams *ngrams = NULL;
        ensure(attn_file_layer(file, i, &view) == ATTN_OK);
        int64_t before = attn_params_count(params);
        int made = (attn_file_embedding_create(file, view.name, params, &embedding) == ATTN_OK) +
                   (attn_file_attention_create(file, view.name, params, &attention) == ATTN_OK) +
                   (attn_file_gru_create(file, view.name, params, &gru) == ATTN_OK) +
                   (attn_file_attngru_create(file, view.name, params, &attngru) == ATTN_OK) +
                   (attn_file_dense_create(file, view.name, params, &dense) == ATTN_OK) +
                   (attn_file_ngrams_create(file, view.name, params, &ngrams) == ATTN_OK);
        ensure(made <= 1 && made == (embedding != NULL) + (gru != NULL) + (attngru != NULL) +
                                        (attention != NULL) + (dense != NULL) + (ngrams != NULL));
        ensure(made == 1 || attn_params_count(params) == before);
        attn_embedding_destroy(&embedding);
        attn_attention_destroy(&attention);
        attn_gru_destroy(&gru);
        attn_attngru_destroy(&attngru);
        attn_dense_destroy(&dense);
        if (ngrams)
            decide(ngrams);
        attn_ngrams_destroy(&ngrams);
    }
    return params;
}

/* The whole classifier, where the file is one, decides a text, and says why in every way; what it then works on may be
 * large. Where a later layer fails, the params keep those before it, and are given up, as classifier.h says. */
static void classify(const attn_file *file)
{
    attn_params *params;
    attn_classifier *classifier = NULL;
    attn_gru_packed_options packing = ATTN_GRU_PACKED_OPTIONS_INIT;
    ensure(attn_params_create(context, NULL, &params) == ATTN_OK);
    const attn_status status = attn_file_classifier_create(file, params, &classifier);
    ensure((status == ATTN_OK) == (classifier != NULL));
    fuzz_room(CLASSIFIER_ROOM);
    for (int32_t by = ATTN_BY_NOTHING; classifier && by <= ATTN_BY_NGRAMS; by++) {
        attn_reading *reading = NULL;
        const attn_status read = attn_classifier_read(classifier, "good film <s> a", 15, by, &reading);
        ensure((read == ATTN_OK) == (reading != NULL));
        attn_reading_destroy(&reading);
        if (by == ATTN_BY_OCCLUSION)
            (void)!attn_classifier_pack(classifier, &packing);
    }
    attn_classifier_destroy(&classifier);
    attn_params_destroy(&params);
}

/* What was loaded can be saved, and what was saved can be opened and loaded, of each type. */
static void save_and_open(attn_params *params)
{
    for (int32_t dtype = ATTN_DTYPE_FLOAT32; dtype <= ATTN_DTYPE_INT8; dtype++) {
        fuzz_bytes to = {NULL, 0, 0};
        attn_file *file = NULL;
        attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
        options.dtype = dtype;
        if (attn_params_write(params, &options, fuzz_collect, &to) == ATTN_OK) {
            ensure(attn_file_open_memory(context, to.data, to.size, &file) == ATTN_OK);
            ensure(attn_file_load(file, params, NULL, NULL) == ATTN_OK);
        }
        attn_file_close(&file);
        free(to.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    context = fuzz_context();
    if (size == 0)
        return 0;
    size_t file_size;
    uint8_t *bytes = make_file(data, size, &file_size);
    attn_file *file = NULL;
    fuzz_limit(FILE_TIMES * file_size + FILE_BESIDE);
    attn_status status = attn_file_open_memory(context, bytes, file_size, &file);
    ensure((status == ATTN_OK) == (file != NULL) && (status == ATTN_OK || status == ATTN_ERR_FORMAT));
    if (file) {
        attn_vocab *vocab = NULL;
        (void)!attn_file_vocab_create(file, NULL, &vocab);
        attn_vocab_destroy(&vocab);
        (void)!attn_file_vocab_create(file, "a", &vocab);
        attn_vocab_destroy(&vocab);
        attn_pieces *pieces = NULL;
        (void)!attn_file_pieces_create(file, &pieces);
        attn_pieces_destroy(&pieces);
        const char *config = attn_file_config(file);
        ensure(config == NULL || strlen(config) <= size);
        attn_params *loaded = load(file), *made = make_layers(file);
        save_and_open(loaded);
        save_and_open(made);
        attn_params_destroy(&loaded);
        attn_params_destroy(&made);
    }
    if (file)
        classify(file);
    attn_file_close(&file);
    fuzz_limit(SIZE_MAX);
    free(bytes);
    return 0;
}
