/* golden.h - reads what PyTorch computed (make_golden.py) and compares.
 *
 * The tolerance: float32 rounds at 6e-8, and the longest chain here (17 steps of sums over 53 products, back
 * and forth, through layer normalisation) makes some hundred such errors in a row, most of which cancel. 1e-5
 * of a tensor's largest magnitude leaves room for that and is far below what any wrong term would do. Where
 * that magnitude is below 0.1 the tensor is a sum of larger terms that cancel (the score bias without outer
 * tanh: 0), and 1e-5 of 0.1 is allowed. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <jansson.h>

#include "../unit/unit.h"

#define GOLDEN_TOLERANCE 1e-5
#define GOLDEN_SMALL 0.1

typedef struct golden {
    const char *name;
    attn_context *context;
    attn_file *model;
    attn_params *tensors; /* all of the file's */
    json_t *config;
} golden;

/* Open data/NAME.safetensors; everything in it becomes readable by golden_find. */
static inline golden golden_open(attn_context *context, const char *name)
{
    golden file = {.name = name, .context = context};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.safetensors", GOLDEN_DATA, name);
    OK(attn_file_open(context, path, &file.model));
    OK(attn_params_create(context, NULL, &file.tensors));
    for (int64_t i = 0; i < attn_file_count(file.model); i++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_file_tensor(file.model, i, &view));
        OK(attn_params_add(file.tensors, view.name, view.rank, view.shape, UNIT_INIT(ATTN_INIT_ZERO)));
    }
    OK(attn_file_load(file.model, file.tensors, NULL, NULL));
    file.config = json_loads(attn_file_config(file.model), 0, NULL);
    ck_assert_ptr_nonnull(file.config);
    return file;
}

static inline void golden_close(golden *file)
{
    json_decref(file->config);
    attn_params_destroy(&file->tensors);
    attn_file_close(&file->model);
}

static inline double golden_number(const golden *file, const char *key)
{
    json_t *value = json_object_get(file->config, key);
    ck_assert_msg(json_is_number(value), "%s: the config has no number \"%s\"", file->name, key);
    return json_number_value(value);
}

static inline int32_t golden_int(const golden *file, const char *key)
{
    return (int32_t)golden_number(file, key);
}

/* The integers of a JSON array; the caller frees them. */
static inline int32_t *golden_ints(json_t *array)
{
    ck_assert(json_is_array(array));
    int32_t *numbers = calloc(json_array_size(array) + 1, sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    for (size_t i = 0; i < json_array_size(array); i++)
        numbers[i] = (int32_t)json_integer_value(json_array_get(array, i));
    return numbers;
}

static inline int golden_has(const golden *file, const char *tensor)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    return attn_params_find(file->tensors, tensor, &view) == ATTN_OK;
}

static inline attn_tensor golden_find(const golden *file, const char *tensor)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(file->tensors, tensor, &view));
    return view;
}

/* A tensor's numbers, or NULL where the file does not have it. */
static inline float *golden_values(const golden *file, const char *tensor)
{
    return golden_has(file, tensor) ? golden_find(file, tensor).values : NULL;
}

/* An array of the tensor's size, full of NaN: what a layer does not write is found out. The caller frees it.
 */
static inline float *golden_room(const golden *file, const char *tensor)
{
    int64_t size = golden_find(file, tensor).size;
    float *room = malloc((size_t)size * sizeof *room);
    ck_assert_ptr_nonnull(room);
    for (int64_t i = 0; i < size; i++)
        room[i] = NAN;
    return room;
}

static inline void golden_expect(const golden *file, const char *tensor, const float *got)
{
    attn_tensor expected = golden_find(file, tensor);
    double most = GOLDEN_SMALL;
    for (int64_t i = 0; i < expected.size; i++) {
        double absolute = fabs((double)expected.values[i]);
        most = absolute > most ? absolute : most;
    }
    for (int64_t i = 0; i < expected.size; i++) { /* ck_assert writes to a pipe: too slow for each number */
        if (!(fabs((double)got[i] - expected.values[i]) <= GOLDEN_TOLERANCE * most))
            ck_abort_msg("%s, %s, %d threads: %s[%lld] = %.9g; PyTorch has %.9g, and %.3g at most",
                         file->name, attn_context_isa_name(file->context),
                         attn_context_threads(file->context), tensor, (long long)i, (double)got[i],
                         (double)expected.values[i], most);
    }
}

/* Every gradient of the params against "gradient.NAME". */
static inline void golden_expect_gradients(const golden *file, attn_params *params)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        char name[300];
        OK(attn_params_tensor(params, i, &tensor));
        snprintf(name, sizeof name, "gradient.%s", tensor.name);
        golden_expect(file, name, tensor.gradients);
    }
}

/* NaN beyond the lengths of array[batch, time, width]: nothing there may be read. */
static inline void golden_poison(int64_t batch, int64_t time, int64_t width, const int32_t *lengths,
                                 float *array)
{
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = lengths[b] * width; i < time * width; i++)
            array[b * time * width + i] = NAN;
    }
}

/* Exactly 0 beyond the lengths. */
static inline void golden_expect_padding(const golden *file, const char *what, int64_t batch, int64_t time,
                                         int64_t width, const int32_t *lengths, const float *array)
{
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = lengths[b] * width; i < time * width; i++) {
            if (array[b * time * width + i] != 0.0f)
                ck_abort_msg("%s: %s is %.9g beyond the length of row %lld", file->name, what,
                             (double)array[b * time * width + i], (long long)b);
        }
    }
}

/* Run `test` for each case with each instruction set of this machine, in 1 and 2 threads. Under the
 * environment variable ATTN_ISA, which overrides every context, only that one. */
static inline void golden_everywhere(void (*test)(attn_context *context, const char *name),
                                     const char *const *names)
{
    int ran = 0;
    for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512BF16; isa++) {
        for (int32_t threads = 1; threads <= 2; threads++) {
            attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
            attn_context *context = NULL;
            options.threads = threads;
            options.isa = isa;
            if (attn_context_create(&options, &context) != ATTN_OK)
                continue;
            for (const char *const *name = names; *name && attn_context_isa(context) == isa; name++, ran++)
                test(context, *name);
            attn_context_destroy(&context);
        }
    }
    ck_assert_int_gt(ran, 0);
}

#endif
