/* finite.c - which number is not finite. */
#include "core/finite.h"

#include <float.h>
#include <math.h>
#include <string.h>

attn_status attni_check_finite(const char *function, const attni_given *given)
{
    for (int64_t b = 0; given->values && b < given->batch; b++) {
        int64_t count = (given->lengths ? given->lengths[b] : given->time) * given->width;
        const float *row = given->values + b * given->time * given->width;
        int32_t wrong = 0;
        for (int64_t i = 0; i < count; i++) /* which the compiler makes vectors of */
            wrong |= !(fabsf(row[i]) <= FLT_MAX);
        for (int64_t i = 0; wrong && i < count; i++)
            ATTNI_REQUIRE(isfinite(row[i]), "%s: %s[%lld, %lld, %lld] is %g; expected finite numbers",
                          function, given->name, (long long)b, (long long)(i / given->width),
                          (long long)(i % given->width), (double)row[i]);
    }
    return ATTN_OK;
}

/* A layer's tensors are called "NAME....". */
static int32_t is_of(const attni_layer *layer, const char *tensor)
{
    size_t length = strlen(layer->name);
    return strncmp(tensor, layer->name, length) == 0 && tensor[length] == '.';
}

attn_status attni_check_tensors(const char *function, const attni_layer *layer)
{
    for (int64_t i = 0; i < attn_params_count(layer->params); i++) {
        const attni_tensor *tensor = attni_params_at(layer->params, i);
        const float *values = attni_params_value(layer->params, i);
        for (int64_t j = 0; is_of(layer, tensor->name) && j < tensor->size; j++) {
            if (!isfinite(values[j]))
                return attni_fail(ATTN_ERR_STATE,
                                  "%s: number %lld of tensor \"%s\" is %g; expected finite numbers", function,
                                  (long long)j, tensor->name, (double)values[j]);
        }
    }
    return ATTN_OK;
}

attn_status attni_not_finite(const char *function, const attni_given *given, int32_t count,
                             const attni_layer *const *layers, const char *made)
{
    for (int32_t i = 0; i < count; i++)
        ATTNI_TRY(attni_check_finite(function, &given[i]));
    for (; *layers; layers++)
        ATTNI_TRY(attni_check_tensors(function, *layers));
    return attni_fail(ATTN_ERR_ARGUMENT,
                      "%s: %s are beyond the floats, though the numbers that they are made of are finite; "
                      "expected smaller ones",
                      function, made);
}
