/* fuzz_file.c - libFuzzer on the model file: open, look at everything, load what it holds into params that fit.
 *
 *     build/tests/fuzz_file -dict=tests/fuzz/file.dict CORPUS tests/fuzz/file
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
    int descriptor = memfd_create("file", MFD_CLOEXEC);
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
static void load(const attn_file *file, attn_context *context)
{
    attn_params *params = NULL;
    attn_adam *adam = NULL;
    if (attn_params_create(context, NULL, &params) != ATTN_OK)
        abort();
    for (int64_t i = 0; i < attn_file_count(file); i++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        float *numbers = NULL;
        if (attn_file_tensor(file, i, &view) != ATTN_OK ||
            (view.size > 0 && view.size < 1024 &&
             (numbers = malloc((size_t)view.size * sizeof *numbers)) == NULL))
            abort();
        if (numbers && (attn_file_read(file, view.name, view.size, numbers) == ATTN_OK) !=
                           (view.dtype != ATTN_DTYPE_OTHER))
            abort();
        free(numbers);
        if (strncmp(view.name, "adam.", 5) != 0 && view.rank > 0)
            attn_params_add(params, view.name, view.rank, view.shape, NULL);
    }
    attn_file_load(file, params, NULL, NULL);
    if (attn_adam_create(params, NULL, &adam) == ATTN_OK)
        attn_file_load_adam(file, adam);
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
    attn_file *file = NULL;
    attn_status status = attn_file_open(context, path, &file);
    if ((status == ATTN_OK) != (file != NULL) || (status != ATTN_OK && status != ATTN_ERR_FORMAT))
        abort();
    if (file) {
        attn_vocab *vocab = NULL;
        attn_file_vocab_create(file, NULL, &vocab);
        attn_vocab_destroy(&vocab);
        const char *config = attn_file_config(file);
        if (config && strlen(config) > size)
            abort();
        load(file, context);
    }
    attn_file_close(&file);
    close(descriptor);
    return 0;
}
