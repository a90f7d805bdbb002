/* gradient.c - gradient x input. */
#include <math.h>
#include <stdbool.h>

#include "core/lengths.h"
#include "explain/integral.h"

double attni_dot_product(int64_t dim, const float *x, const float *dx)
{
    double sum = 0.0;
    for (int64_t e = 0; e < dim; e++)
        sum += (double)x[e] * (double)dx[e];
    return sum;
}

static float attribution(int64_t dim, const float *x, const float *dx, int32_t form)
{
    if (form == ATTN_GRADIENT_NORM)
        return (float)sqrt(attni_dot_product(dim, dx, dx));
    const double product = attni_dot_product(dim, x, dx);
    return (float)(form == ATTN_GRADIENT_ABSOLUTE ? fabs(product) : product);
}

attn_status attn_explain_gradient_input(attn_context *context, int64_t batch, int64_t time, int64_t dim,
                                        const float *x, const float *dx, const int32_t *lengths, int32_t form,
                                        float *attributions)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE_RANGE(dim, 1, ATTNI_MOST_DIM);
    ATTNI_REQUIRE(form >= ATTN_GRADIENT_SIGNED && form <= ATTN_GRADIENT_NORM,
                  "%s: form is %d; expected ATTN_GRADIENT_SIGNED, _ABSOLUTE or _NORM", __func__, form);
    ATTNI_REQUIRE(batch * time == 0 || ((x || form == ATTN_GRADIENT_NORM) && dx && attributions),
                  "%s: x, dx or attributions is NULL; expected valid pointers", __func__);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = 0; t < time; t++) {
            const int64_t token = b * time + t;
            if (token % ATTNI_STRIDE == 0)
                ATTNI_GO_ON();
            const bool inside = lengths == NULL || t < lengths[b];
            const float *from = x ? x + token * dim : NULL;
            attributions[token] = inside ? attribution(dim, from, dx + token * dim, form) : 0.0f;
        }
    }
    return ATTN_OK;
}
