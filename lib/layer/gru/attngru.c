/* attngru.c - the attention GRU: one layer of the GRU in one direction, whose steps are opened by weights from outside. The
 * equations are the kernels' (kernel/kernel.h); all the rest is the GRU's. */
#include "attn/attngru.h"

#include <stddef.h>

#include "layer/gru/gru.h"
#include "layer/kinds.h"

_Static_assert((int)ATTNI_REPLACE == ATTN_ATTNGRU_REPLACE && (int)ATTNI_PAPER == ATTN_ATTNGRU_PAPER &&
                   (int)ATTNI_CODE == ATTN_ATTNGRU_CODE,
               "the kernels number the forms as the API does");

struct attn_attngru {
    attn_gru gru;
};

static attn_status create(const char *function, attn_params *params, const char *name, int64_t input_dim,
                          int64_t hidden_dim, const attn_attngru_options *options, int32_t init,
                          attn_attngru **out)
{
    ATTNI_TRY(attni_gru_check(function, name, input_dim, hidden_dim, options->reset, options->layer_norm,
                              options->init, options->dropout));
    ATTNI_REQUIRE(options->form >= ATTN_ATTNGRU_REPLACE && options->form <= ATTN_ATTNGRU_CODE,
                  "%s: form is %d; expected ATTN_ATTNGRU_...", function, options->form);
    ATTNI_REQUIRE(options->vector_openings == 0 || options->vector_openings == 1,
                  "%s: vector_openings is %d; expected 0 or 1", function, options->vector_openings);

    attn_context *context = attn_params_context(params);
    attn_attngru *attngru = attni_alloc_zero(context, sizeof *attngru);
    if (attngru == NULL)
        return attni_no_memory(function, sizeof *attngru);
    attngru->gru.dropout = options->dropout;
    attngru->gru.shape = (attni_gru_shape){.input_dim = input_dim,
                                           .hidden_dim = hidden_dim,
                                           .layers = 1,
                                           .directions = 1,
                                           .gates = options->form == ATTN_ATTNGRU_REPLACE ? 2 : 3,
                                           .reset = options->reset,
                                           .layer_norm = options->layer_norm,
                                           .form = options->form,
                                           .weight_dim = options->vector_openings ? hidden_dim : 1};
    const attn_attngru_info info = {.input_dim = input_dim,
                                    .hidden_dim = hidden_dim,
                                    .form = options->form,
                                    .vector_openings = options->vector_openings,
                                    .reset = options->reset,
                                    .layer_norm = options->layer_norm,
                                    .dropout = options->dropout};
    attn_status status =
        attni_gru_open(&attngru->gru, params, function, name, &attni_attngru_kind, &info, init);
    if (status == ATTN_OK)
        *out = attngru;
    else
        attni_free(context, attngru);
    return status;
}

attn_status attn_attngru_create(attn_params *params, const char *name, int64_t input_dim, int64_t hidden_dim,
                                const attn_attngru_options *options, attn_attngru **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    attn_attngru_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    return create(__func__, params, name, input_dim, hidden_dim, &chosen, chosen.init, out);
}

void attn_attngru_destroy(attn_attngru **attngru)
{
    if (attngru == NULL || *attngru == NULL)
        return;
    if (attni_layer_leave(&(*attngru)->gru.layer)) {
        attn_gru closing = (*attngru)->gru;
        attni_free(closing.layer.context, *attngru);
        attni_gru_close(&closing);
    }
    *attngru = NULL;
}

attn_attngru *attn_attngru_share(attn_attngru *attngru)
{
    if (attngru)
        attni_layer_share(&attngru->gru.layer);
    return attngru;
}

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    const attn_attngru_info *info = from;
    const attn_attngru_options options = {.struct_size = sizeof options,
                                          .form = info->form,
                                          .vector_openings = info->vector_openings,
                                          .reset = info->reset,
                                          .layer_norm = info->layer_norm,
                                          .dropout = info->dropout};
    return create("attn_attngru_create", params, name, info->input_dim, info->hidden_dim, &options,
                  ATTNI_GRU_UNDRAWN, (attn_attngru **)out);
}

static const attni_field fields[] = {
    {"input_dim", ATTNI_INT64, 1, offsetof(attn_attngru_info, input_dim)},
    {"hidden_dim", ATTNI_INT64, 1, offsetof(attn_attngru_info, hidden_dim)},
    {"form", ATTNI_INT32, 1, offsetof(attn_attngru_info, form)},
    {"vector_openings", ATTNI_INT32, 1, offsetof(attn_attngru_info, vector_openings)},
    {"reset", ATTNI_INT32, 1, offsetof(attn_attngru_info, reset)},
    {"layer_norm", ATTNI_INT32, 1, offsetof(attn_attngru_info, layer_norm)},
    {"dropout", ATTNI_FLOAT32, 0, offsetof(attn_attngru_info, dropout)},
};

const attni_kind attni_attngru_kind = {.kind = "attngru",
                                       .sizes = {"batch", "time"},
                                       .info_size = sizeof(attn_attngru_info),
                                       .fields = fields,
                                       .field_count = sizeof fields / sizeof *fields,
                                       .create = create_again};

attn_status attn_attngru_get_info(const attn_attngru *attngru, attn_attngru_info *info)
{
    ATTNI_REQUIRE_PTR(attngru);
    ATTNI_ENTER(attngru->gru.layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&attngru->gru.layer, __func__, info);
}

/* ---- forward and backward -------------------------------------------------------------------------------- */

attn_status attn_attngru_forward(const attn_attngru *attngru, attn_tape *tape, const attn_sequence *in,
                                 const float *h0, float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(attngru);
    ATTNI_ENTER(attngru->gru.layer.context);
    return attni_gru_forward(__func__, &attngru->gru, tape, in, h0, y, hn);
}

attn_status attn_attngru_backward(const attn_attngru *attngru, attn_tape *tape, const float *dy,
                                  const float *dhn, const attn_sequence_gradients *out, float *dh0)
{
    ATTNI_REQUIRE_PTR(attngru);
    ATTNI_ENTER(attngru->gru.layer.context);
    return attni_gru_backward(__func__, &attngru->gru, tape, dy, dhn, out, dh0);
}
