/* load.c - copying from an opened model file into params and into the optimiser. Everything is checked first,
 * so that a file that does not fit changes nothing. */
#include "model/model.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/params.h"
#include "train/adam.h"

int64_t attni_model_first_bad(const void *numbers, int64_t size, float lowest)
{
    for (int64_t i = 0; i < size; i++) {
        float number;
        memcpy(&number, (const char *)numbers + i * (int64_t)sizeof number, sizeof number);
        if (!(number >= lowest && number <= FLT_MAX)) /* false for NaN */
            return i;
    }
    return -1;
}

static const attni_stored *find(const attn_model *model, const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    for (int64_t i = 0; i < model->count; i++) {
        const attni_stored *stored = &model->tensors[i];
        if (strncmp(stored->name, prefix, length) == 0 && strcmp(stored->name + length, name) == 0)
            return stored;
    }
    return NULL;
}

#define SHAPE_TEXT 96 /* 4 numbers of 19 digits */

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

/* The file must hold PREFIX and the tensor's name, of its shape, with numbers that are finite and not below `lowest`. */
static attn_status check(const attn_model *model, const char *function, const char *prefix,
                         const attni_tensor *tensor, float lowest)
{
    const attni_stored *stored = find(model, prefix, tensor->name);
    char expected[SHAPE_TEXT], found[SHAPE_TEXT];
    print_shape(tensor->rank, tensor->shape, expected);
    if (stored == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s has no tensor \"%s%s\"; expected one of shape %s",
                          function, model->path, prefix, tensor->name, expected);
    if (stored->rank != tensor->rank || memcmp(stored->shape, tensor->shape, sizeof stored->shape) != 0) {
        print_shape(stored->rank, stored->shape, found);
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: tensor \"%s\" has the shape %s; expected %s", function,
                          model->path, stored->name, found, expected);
    }
    int64_t bad = attni_model_first_bad(model->data + stored->begin, stored->size, lowest);
    if (bad >= 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: number %lld of tensor \"%s\" is NaN, infinite%s",
                          function, model->path, (long long)bad, stored->name,
                          lowest < 0 ? "" : " or negative");
    return ATTN_OK;
}

static void copy(const attn_model *model, const char *prefix, const attni_tensor *tensor, float *flat)
{
    const attni_stored *stored = find(model, prefix, tensor->name);
    memcpy(flat + tensor->offset, model->data + stored->begin, (size_t)(stored->end - stored->begin));
}

attn_status attn_model_load(const attn_model *model, attn_params *params)
{
    ATTNI_REQUIRE_PTR(model);
    ATTNI_REQUIRE_PTR(params);
    int64_t count = attn_params_count(params);
    for (int64_t i = 0; i < count; i++)
        ATTNI_TRY(check(model, __func__, "", attni_params_at(params, i), -FLT_MAX));
    for (int64_t i = 0; i < count; i++)
        copy(model, "", attni_params_at(params, i), attn_params_values(params));
    return ATTN_OK;
}

static attn_status read_steps(const attn_model *model, const char *function, int64_t *steps)
{
    const char *text = json_string_value(json_object_get(model->metadata, ATTNI_MODEL_ADAM_STEPS));
    if (text == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s holds no optimiser; give attn_model_save one", function,
                          model->path);
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: " ATTNI_MODEL_ADAM_STEPS " is \"%.40s\"; expected a number of steps",
                          function, model->path, text);
    *steps = strtoll(text, NULL, 10);
    return ATTN_OK;
}

attn_status attn_model_load_adam(const attn_model *model, attn_adam *adam)
{
    ATTNI_REQUIRE_PTR(model);
    ATTNI_REQUIRE_PTR(adam);
    attni_adam_state state = attni_adam_state_of(adam);
    int64_t steps = 0;
    if (state.swapped)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the weights' average is swapped in; call attn_adam_swap_average first",
                          __func__);
    ATTNI_TRY(read_steps(model, __func__, &steps));
    for (int64_t i = 0; i < state.count; i++) {
        const attni_tensor *tensor = attni_params_at(state.params, i);
        for (int32_t k = 0; k < state.arrays; k++)
            ATTNI_TRY(check(model, __func__, state.array[k].prefix, tensor, state.array[k].least));
    }
    for (int64_t i = 0; i < state.count; i++) {
        const attni_tensor *tensor = attni_params_at(state.params, i);
        for (int32_t k = 0; k < state.arrays; k++)
            copy(model, state.array[k].prefix, tensor, state.array[k].values);
    }
    *state.steps = steps;
    return ATTN_OK;
}
