/* load.c - copying from an opened file into arrays, into params and into the optimiser. Everything is checked first,
 * so that a file that does not fit changes nothing. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/params.h"
#include "file/file.h"
#include "train/adam.h"

#define SHAPE_TEXT (ATTN_MAX_RANK * 21 + 2) /* numbers of 19 digits */

/* "[600, 200]" */
static void print_shape(int32_t rank, const int64_t *shape, char text[SHAPE_TEXT])
{
    size_t length = 1;
    text[0] = '[';
    for (int32_t d = 0; d < rank; d++)
        length +=
            (size_t)snprintf(text + length, SHAPE_TEXT - length, d ? ", %lld" : "%lld", (long long)shape[d]);
    snprintf(text + length, SHAPE_TEXT - length, "]");
}

static attn_status check_type(const attn_file *file, const char *function, const attni_stored *stored)
{
    if (stored->dtype != ATTN_DTYPE_OTHER)
        return ATTN_OK;
    return attni_fail(ATTN_ERR_UNSUPPORTED,
                      "%s: %s: tensor \"%s\" is of another type than F32, BF16, F16 and I8 with scales; "
                      "convert it to float32 "
                      "before saving",
                      function, file->path, stored->name);
}

/* ---- one tensor ------------------------------------------------------------------------------------------ */

attn_status attn_file_read(const attn_file *file, const char *name, int64_t size, float *values)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(name);
    const attni_stored *stored = attni_file_find(file, "", name);
    if (stored == NULL)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s has no tensor \"%s\"; attn_file_tensor lists the %lld that it has",
                          __func__, file->path, name, (long long)file->count);
    ATTNI_REQUIRE(size == stored->size, "%s: size is %lld; expected %lld, as tensor \"%s\" of %s has",
                  __func__, (long long)size, (long long)stored->size, name, file->path);
    ATTNI_REQUIRE(values != NULL || size == 0, "%s: values is NULL; expected room for %lld numbers", __func__,
                  (long long)size);
    ATTNI_TRY(check_type(file, __func__, stored));
    attni_widen(file, stored, values);
    return ATTN_OK;
}

/* ---- many ------------------------------------------------------------------------------------------------ */

attn_status attni_file_check(const attn_file *file, const char *function, const char *prefix,
                             const char *name, int32_t rank, const int64_t *shape, float lowest)
{
    const attni_stored *stored = attni_file_find(file, prefix, name);
    char expected[SHAPE_TEXT], found[SHAPE_TEXT];
    print_shape(rank, shape, expected);
    if (stored == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s has no tensor \"%s%s\"; expected one of shape %s",
                          function, file->path, prefix, name, expected);
    if (stored->rank != rank || memcmp(stored->shape, shape, (size_t)rank * sizeof *shape) != 0) {
        print_shape(stored->rank, stored->shape, found);
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: tensor \"%s\" has the shape %s; expected %s", function,
                          file->path, stored->name, found, expected);
    }
    ATTNI_TRY(check_type(file, function, stored));
    int64_t bad = attni_first_bad(file, stored, lowest);
    ATTNI_GO_ON();
    if (bad >= 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: number %lld of tensor \"%s\" is NaN, infinite%s",
                          function, file->path, (long long)bad, stored->name,
                          lowest < 0 ? "" : " or negative");
    return ATTN_OK;
}

void attni_file_copy(const attn_file *file, const char *prefix, const char *name, float *to)
{
    const attni_stored *stored = attni_file_find(file, prefix, name);
    attni_widen(file, stored, to);
}

attn_status attn_file_load(const attn_file *file, attn_params *params, const char *from, const char *to)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(params);
    from = from ? from : "";
    to = to ? to : "";
    size_t length = strlen(to);
    int64_t count = attn_params_count(params), found = 0;
    for (int64_t i = 0; i < count; i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        if (strncmp(tensor->name, to, length) != 0)
            continue;
        ATTNI_TRY(attni_file_check(file, __func__, from, tensor->name + length, tensor->rank, tensor->shape,
                                   -FLT_MAX));
        found++;
    }
    ATTNI_REQUIRE(found > 0 || length == 0, "%s: no tensor of the params begins with \"%.80s\"", __func__,
                  to);
    ATTNI_TRY(attni_file_compare_layers(file, __func__, params, from, to));
    for (int64_t i = 0; i < count; i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        if (strncmp(tensor->name, to, length) == 0)
            attni_file_copy(file, from, tensor->name + length, attni_params_value(params, i));
    }
    return ATTN_OK;
}

/* ---- the optimiser --------------------------------------------------------------------------------------- */

static attn_status read_steps(const attn_file *file, const char *function, int64_t *steps)
{
    const attni_metadata *text = attni_file_metadata(file, ATTNI_FILE_ADAM_STEPS);
    if (text == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s holds no optimiser; give attn_params_save one", function,
                          file->path);
    size_t digits = strspn(text->value, "0123456789");
    if (digits == 0 || digits > 18 || text->value[digits] != '\0')
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: " ATTNI_FILE_ADAM_STEPS " is \"%.40s\"; expected a number of steps",
                          function, file->path, text->value);
    *steps = strtoll(text->value, NULL, 10);
    return ATTN_OK;
}

attn_status attn_file_load_adam(const attn_file *file, attn_adam *adam)
{
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    ATTNI_REQUIRE_PTR(adam);
    attni_adam_state state = attni_adam_state_of(adam);
    int64_t steps = 0;
    if (state.swapped)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the weights' average is swapped in; call attn_adam_swap_average first",
                          __func__);
    ATTNI_TRY(read_steps(file, __func__, &steps));
    for (int64_t i = 0; i < state.count; i++) {
        const attni_tensor *tensor = attni_params_at(state.params, i);
        for (int32_t k = 0; k < state.arrays; k++)
            ATTNI_TRY(attni_file_check(file, __func__, state.array[k].prefix, tensor->name, tensor->rank,
                                       tensor->shape, state.array[k].least));
    }
    for (int64_t i = 0; i < state.count; i++) {
        const attni_tensor *tensor = attni_params_at(state.params, i);
        for (int32_t k = 0; k < state.arrays; k++)
            attni_file_copy(file, state.array[k].prefix, tensor->name,
                            state.array[k].values + tensor->offset);
    }
    *state.steps = steps;
    return ATTN_OK;
}
