/* save.c - writing a model file. file.h (internal) describes the format.
 *
 * The header is built in memory; behind it the file is one large block, or three in a checkpoint: the flat arrays
 * of the params and of the optimiser are already the tensors in the order of the file. */
#include <float.h>

#include "core/params.h"
#include "core/writer.h"
#include "file/file.h"
#include "train/adam.h"

#define BLOCK 16384 /* numbers converted at once, on the stack */

/* ---- what cannot be saved -------------------------------------------------------------------------------- */

/* The index of the first number that is NaN or infinite; -1: none. */
static int64_t first_not_finite(const float *values, int64_t size)
{
    for (int64_t i = 0; i < size; i++) {
        if (i % ATTNI_STRIDE == 0 && attni_interrupted())
            return -1;
        if (!(values[i] >= -FLT_MAX && values[i] <= FLT_MAX)) /* false for NaN */
            return i;
    }
    return -1;
}

/* A file that could not be loaded again must not replace one that can. `most`: the largest number that there is. */
static attn_status check_numbers(const attn_params *params, const char *function, const float *flat,
                                 const char *what, float most)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        const float *values = flat + tensor->offset;
        const int64_t bad = first_not_finite(values, tensor->size);
        ATTNI_GO_ON();
        ATTNI_REQUIRE(bad < 0, "%s: number %lld of %s\"%s\" is NaN or infinite; nothing was written",
                      function, (long long)bad, what, tensor->name);
        for (int64_t j = 0; most < FLT_MAX && j < tensor->size; j++)
            ATTNI_REQUIRE(
                values[j] < most && values[j] > -most,
                "%s: number %lld of \"%s\" is %g, too large for bfloat16 and int8; nothing was written",
                function, (long long)j, tensor->name, (double)values[j]);
    }
    return ATTN_OK;
}

static attn_status check_adam(const attn_params *params, const char *function, const attni_adam_state *state)
{
    ATTNI_REQUIRE(state->params == params, "%s: adam was made for other params than those given", function);
    ATTNI_REQUIRE(state->count == attn_params_count(params) && state->size == attn_params_size(params),
                  "%s: adam was made for %lld tensors and there are %lld now; make it after all layers",
                  function, (long long)state->count, (long long)attn_params_count(params));
    if (state->swapped)
        return attni_fail(
            ATTN_ERR_STATE,
            "%s: the weights' average is swapped in; save it with adam NULL, or swap back first", function);
    for (int32_t k = 0; k < state->arrays; k++)
        ATTNI_TRY(check_numbers(params, function, state->array[k].values, state->array[k].prefix, FLT_MAX));
    return ATTN_OK;
}

static attn_status check_options(const char *function, const attn_save_options *options)
{
    ATTNI_REQUIRE(options->dtype == ATTN_DTYPE_FLOAT32 || options->dtype == ATTN_DTYPE_BFLOAT16 ||
                      options->dtype == ATTN_DTYPE_INT8,
                  "%s: dtype is %d; expected ATTN_DTYPE_FLOAT32, _BFLOAT16 or _INT8", function,
                  options->dtype);
    ATTNI_REQUIRE(options->adam == NULL || options->dtype == ATTN_DTYPE_FLOAT32,
                  "%s: dtype is %s and adam is given; a checkpoint is float32", function,
                  options->dtype == ATTN_DTYPE_INT8 ? "int8" : "bfloat16");
    ATTNI_REQUIRE(options->vocab_count >= 0 && options->metadata_count >= 0,
                  "%s: vocab_count is %lld and metadata_count %lld; expected 0 or more", function,
                  (long long)options->vocab_count, (long long)options->metadata_count);
    ATTNI_REQUIRE(options->vocab_count == 0 || (options->vocab_names && options->vocabs),
                  "%s: vocab_names or vocabs is NULL; expected %lld of each", function,
                  (long long)options->vocab_count);
    ATTNI_REQUIRE(options->metadata_count == 0 || options->metadata,
                  "%s: metadata is NULL; expected %lld pairs of strings", function,
                  (long long)options->metadata_count);
    return ATTN_OK;
}

/* ---- the numbers ----------------------------------------------------------------------------------------- */

/* Where the bytes go: one of the two below. */
typedef struct sink {
    attn_write_fn write;
    void *user;
} sink;

static attn_status write_to_program(void *user, const void *data, size_t size)
{
    const sink *program = user;
    attn_status status;
    ATTNI_CALLBACK(status, "write", program->write(program->user, data, size));
    return status;
}

static attn_status write_to_file(void *user, const void *data, size_t size)
{
    ATTNI_TRY(attni_go_on_now());
    return attni_writer_write(user, data, size);
}

/* Block by block, of no memory that might be refused after the header. */
static attn_status write_narrow(const sink *to, const float *values, int64_t size)
{
    uint16_t block[BLOCK];
    for (int64_t i = 0; i < size; i += BLOCK) {
        int64_t count = size - i < BLOCK ? size - i : BLOCK;
        attni_narrow(values + i, count, block);
        ATTNI_TRY(to->write(to->user, block, (size_t)count * sizeof *block));
    }
    return ATTN_OK;
}

/* Scales, and what stays as it is. */
static attn_status write_floats(const sink *to, const attn_params *params)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        const float *values = attni_params_value(params, i);
        ATTNI_TRY(attni_becomes_int8(tensor) ? attni_write_scales(tensor, values, to->write, to->user)
                                             : attni_write_words(values, tensor->size, to->write, to->user));
    }
    return ATTN_OK;
}

static attn_status write_bytes(const sink *to, const attn_params *params)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        if (attni_becomes_int8(tensor))
            ATTNI_TRY(attni_write_int8(tensor, attni_params_value(params, i), to->write, to->user));
    }
    return ATTN_OK;
}

static attn_status write_numbers(const sink *to, const attn_params *params, const attn_save_options *options,
                                 const attni_adam_state *state)
{
    int64_t size = attn_params_size(params);
    if (size == 0)
        return ATTN_OK;
    const float *values = attni_params_value(params, 0);
    ATTNI_TRY(attni_file_write_tables(params, 4, to->write, to->user));
    if (options->dtype == ATTN_DTYPE_BFLOAT16)
        ATTNI_TRY(write_narrow(to, values, size));
    else if (options->dtype == ATTN_DTYPE_INT8)
        ATTNI_TRY(write_floats(to, params));
    else
        ATTNI_TRY(attni_write_words(values, size, to->write, to->user));
    for (int32_t k = 0; state && k < state->arrays; k++)
        ATTNI_TRY(attni_write_words(state->array[k].values, size, to->write, to->user));
    ATTNI_TRY(attni_file_write_tables(params, 2, to->write, to->user));
    return options->dtype == ATTN_DTYPE_INT8 ? write_bytes(to, params) : ATTN_OK;
}

/* ---- the file -------------------------------------------------------------------------------------------- */

/* Everything that can be refused is, before the first byte is written: `to` is made ready by `open`. */
static attn_status check_and_describe(const attn_params *params, const char *function,
                                      const attn_save_options *options, attni_adam_state *values,
                                      const attni_adam_state **state, attni_buffer *header)
{
    const float most =
        options->dtype == ATTN_DTYPE_FLOAT32 ? FLT_MAX : 0x1.FFp127f; /* bfloat16's halfway to infinity */
    ATTNI_TRY(check_options(function, options));
    if (attn_params_size(params) > 0)
        ATTNI_TRY(check_numbers(params, function, attni_params_value(params, 0), "", most));
    if (options->adam) {
        *values = attni_adam_state_of(options->adam);
        *state = values;
        ATTNI_TRY(check_adam(params, function, values));
    }
    return attni_file_describe(params, function, options, *state, header);
}

static attn_status write_all(const sink *to, const attni_buffer *header, const attn_params *params,
                             const attn_save_options *options, const attni_adam_state *state)
{
    ATTNI_TRY(to->write(to->user, header->data, header->size));
    return write_numbers(to, params, options, state);
}

attn_status attn_params_write(const attn_params *params, const attn_save_options *options,
                              attn_write_fn write, void *user)
{
    ATTNI_REQUIRE_PTR(params);
    attn_context *context = attn_params_context(params);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(write != NULL, "%s: write is NULL; expected a function", __func__);
    attn_save_options chosen;
    attni_adam_state values;
    const attni_adam_state *state = NULL;
    attni_buffer header = {NULL, 0, 0};
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    attn_status status = check_and_describe(params, __func__, &chosen, &values, &state, &header);
    if (status == ATTN_OK)
        status = write_all(&(sink){write_to_program, &(sink){write, user}}, &header, params, &chosen, state);
    attni_buffer_clear(&header, context);
    return status;
}

attn_status attn_params_save(const attn_params *params, const char *path, const attn_save_options *options)
{
    ATTNI_REQUIRE_PTR(params);
    attn_context *context = attn_params_context(params);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    attn_save_options chosen;
    attni_adam_state values;
    const attni_adam_state *state = NULL;
    attni_buffer header = {NULL, 0, 0};
    attni_writer writer = {.descriptor = -1};
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    attn_status status = check_and_describe(params, __func__, &chosen, &values, &state, &header);
    if (status == ATTN_OK)
        status = attni_writer_open(&writer, __func__, path);
    if (status == ATTN_OK)
        status = write_all(&(sink){write_to_file, &writer}, &header, params, &chosen, state);
    if (status == ATTN_OK)
        status = attni_writer_commit(&writer);
    attni_writer_abort(&writer);
    attni_buffer_clear(&header, context);
    return status;
}

attn_status attn_file_replace(attn_context *context, const char *path, const void *data, size_t size)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    ATTNI_REQUIRE(data != NULL || size == 0, "%s: data is NULL; expected %zu bytes", __func__, size);
    return attni_write_file(__func__, path, data, size);
}
