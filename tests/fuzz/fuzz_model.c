/* fuzz_model.c - libFuzzer on the model file: open, look at everything, load what it holds into params that fit.
 *
 *     build/tests/fuzz_model -dict=tests/fuzz/model.dict CORPUS tests/fuzz/model
 *
 * The first byte of the input decides: 255, and the rest is the file; otherwise the rest is the JSON header of a file
 * with that many floats behind it, so that the fuzzer need not find out the length by itself. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attn/attn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int descriptor, const void *bytes, size_t size)
{
    if (write(descriptor, bytes, size) != (ssize_t)size)
        abort();
}

/* An unnamed file in memory; its name in path[64]. */
static int make_file(const uint8_t *data, size_t size, char *path)
{
    static const float numbers[255] = {1, -2, 3e-40f, 4};
    int descriptor = memfd_create("model", MFD_CLOEXEC);
    if (descriptor < 0)
        abort();
    uint64_t length = size - 1;
    if (data[0] != 255)
        put(descriptor, &length, sizeof length);
    put(descriptor, data + 1, size - 1);
    if (data[0] != 255)
        put(descriptor, numbers, data[0] * sizeof(float));
    snprintf(path, 64, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

/* Params of the file's own tensors, but for the optimiser's. */
static void load(const attn_model *model, attn_context *context)
{
    attn_params *params = NULL;
    attn_adam *adam = NULL;
    if (attn_params_create(context, 1, &params) != ATTN_OK)
        abort();
    for (int64_t i = 0; i < attn_model_count(model); i++) {
        const char *name;
        int32_t rank;
        int64_t shape[ATTN_MAX_RANK];
        if (attn_model_tensor(model, i, &name, &rank, shape) != ATTN_OK)
            abort();
        if (strncmp(name, "adam.", 5) != 0 && rank > 0)
            attn_params_add(params, name, rank, shape, ATTN_INIT_ZERO);
    }
    attn_model_load(model, params);
    if (attn_adam_create(params, NULL, &adam) == ATTN_OK)
        attn_model_load_adam(model, adam);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static attn_context *context;
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    if (context == NULL && attn_context_create(&options, &context) != ATTN_OK)
        abort();
    if (size == 0)
        return 0;
    char path[64];
    int descriptor = make_file(data, size, path);
    attn_model *model = NULL;
    attn_status status = attn_model_open(context, path, &model);
    if ((status == ATTN_OK) != (model != NULL) || (status != ATTN_OK && status != ATTN_ERR_FORMAT))
        abort();
    if (model) {
        attn_vocab *vocab = NULL;
        attn_model_vocab(model, &vocab);
        attn_vocab_destroy(&vocab);
        const char *config = attn_model_config(model);
        if (config && strlen(config) > size)
            abort();
        load(model, context);
    }
    attn_model_close(&model);
    close(descriptor);
    return 0;
}
