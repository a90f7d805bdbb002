/* attngru.c - the attention GRU: one layer of the GRU in one direction, whose steps are opened by weights from outside. The
 * equations are the kernels' (kernel/kernel.h); all the rest is the GRU's. */
#include "attn/attngru.h"

#include "layer/gru/gru.h"

_Static_assert((int)ATTNI_REPLACE == ATTN_ATTNGRU_REPLACE && (int)ATTNI_PAPER == ATTN_ATTNGRU_PAPER &&
                   (int)ATTNI_CODE == ATTN_ATTNGRU_CODE,
               "the kernels number the forms as the API does");

struct attn_attngru {
    attn_gru gru;
};

attn_status attn_attngru_create(attn_params *params, const char *name, int64_t input_dim, int64_t hidden_dim,
                                const attn_attngru_options *options, attn_attngru **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    attn_attngru_options chosen = ATTN_ATTNGRU_OPTIONS_INIT;
    ATTNI_TRY(attni_copy_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(attni_gru_check(__func__, name, input_dim, hidden_dim, chosen.reset, chosen.layer_norm,
                              chosen.init, chosen.dropout));
    ATTNI_REQUIRE(chosen.form >= ATTN_ATTNGRU_REPLACE && chosen.form <= ATTN_ATTNGRU_CODE,
                  "%s: form is %d; expected ATTN_ATTNGRU_...", __func__, chosen.form);
    ATTNI_REQUIRE(chosen.vector_weights == 0 || chosen.vector_weights == 1,
                  "%s: vector_weights is %d; expected 0 or 1", __func__, chosen.vector_weights);

    attn_context *context = attni_params_context(params);
    attn_attngru *attngru = attni_alloc_zero(context, sizeof *attngru);
    if (attngru == NULL)
        return attni_no_memory(__func__, sizeof *attngru);
    const attni_gru_shape shape = {.input_dim = input_dim,
                                   .hidden_dim = hidden_dim,
                                   .layers = 1,
                                   .directions = 1,
                                   .gates = chosen.form == ATTN_ATTNGRU_REPLACE ? 2 : 3,
                                   .reset = chosen.reset,
                                   .layer_norm = chosen.layer_norm,
                                   .form = chosen.form,
                                   .weight_dim = chosen.vector_weights ? hidden_dim : 1};
    attn_status status = attni_gru_open(&attngru->gru, params, __func__, name, &shape, chosen.init, 0);
    if (status != ATTN_OK) {
        attni_free(context, attngru);
        return status;
    }
    attngru->gru.dropout = chosen.dropout;
    *out = attngru;
    return ATTN_OK;
}

void attn_attngru_destroy(attn_attngru **attngru)
{
    if (attngru == NULL || *attngru == NULL)
        return;
    attn_params *params = (*attngru)->gru.params;
    attni_free((*attngru)->gru.context, (*attngru)->gru.cells);
    attni_free((*attngru)->gru.context, *attngru);
    attni_params_release(params);
    *attngru = NULL;
}

attn_status attn_attngru_forward(const attn_attngru *attngru, attn_tape *tape, const attn_sequence *in,
                                 const float *h0, float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(attngru);
    return attni_gru_forward(__func__, &attngru->gru, tape, in, h0, y, hn);
}

attn_status attn_attngru_backward(const attn_attngru *attngru, attn_tape *tape, const float *dy,
                                  const float *dhn, const attn_sequence_gradients *out, float *dh0)
{
    ATTNI_REQUIRE_PTR(attngru);
    return attni_gru_backward(__func__, &attngru->gru, tape, dy, dhn, out, dh0);
}
