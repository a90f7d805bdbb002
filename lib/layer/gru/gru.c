/* gru.c - the GRU's handle: its options and its tensors. */
#include "layer/gru/gru.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "attn/experimental.h"
#include "core/init.h"
#include "layer/kinds.h"

/* Glorot's and the article's bounds are those of each gate's own matrix, not of the three stacked. */
static void init_cell(const attn_gru *gru, const attni_gru_cell *cell, int32_t init)
{
    attn_params *params = gru->layer.params;
    int64_t h = gru->shape.hidden_dim, e = cell->input_dim;
    for (int64_t gate = 0; gate < gru->shape.gates; gate++) {
        int64_t joint_out =
            gate == attni_gru_n(&gru->shape)
                ? h
                : attni_gru_at_n(&gru->shape); /* the article holds r and z in one matrix over [x, h] */
        float article = sqrtf(2.0f / (float)(e + h + joint_out));
        float bound = init == ATTN_INIT_FAN_SUM_RELU ? article : sqrtf(6.0f / (float)(e + h));
        attni_init_uniform(attni_params_value(params, cell->weight_ih) + gate * h * e, h * e, bound,
                           attni_params_seed(params),
                           attni_params_at(params, cell->weight_ih)->stream + (uint64_t)gate);
        if (init == ATTN_INIT_FAN_SUM_RELU)
            attni_init_uniform(attni_params_value(params, cell->weight_hh) + gate * h * h, h * h, article,
                               attni_params_seed(params),
                               attni_params_at(params, cell->weight_hh)->stream + (uint64_t)gate);
    }
    for (int64_t j = 0; init == ATTN_INIT_FAN_SUM_RELU && j < attni_gru_at_n(&gru->shape); j++)
        attni_params_value(params, cell->bias_ih)[j] = 1.0f;
}

static attn_status add_cell(attn_gru *gru, const char *function, int64_t layer, int64_t direction,
                            int32_t init)
{
    attni_gru_cell *cell = &gru->cells[attni_gru_cell_index(&gru->shape, layer, direction)];
    int64_t h = gru->shape.hidden_dim;
    cell->input_dim = layer == 0 ? gru->shape.input_dim : gru->shape.directions * h;
    const struct {
        const char *name;
        int32_t rank, init;
        int64_t width;
        int64_t *index;
    } tensors[] = {
        {"weight_ih", 2, ATTN_INIT_ZERO, cell->input_dim, &cell->weight_ih},
        {"weight_hh", 2, init == ATTN_INIT_DEFAULT ? ATTN_INIT_ORTHOGONAL : ATTN_INIT_ZERO, h,
         &cell->weight_hh},
        {"bias_ih", 1, ATTN_INIT_ZERO, 1, &cell->bias_ih},
        {"bias_hh", 1, ATTN_INIT_ZERO, 1, &cell->bias_hh},
        {"norm_gain", 1, ATTN_INIT_ONE, 1, &cell->norm_gain},
        {"norm_shift", 1, ATTN_INIT_ZERO, 1, &cell->norm_shift},
    };
    int count = gru->shape.layer_norm ? 6 : 4;
    for (int i = 0; i < count; i++) {
        char full[64];
        if (gru->shape.weight_dim == 0)
            snprintf(full, sizeof full, "%s_l%d%s", tensors[i].name, (int)layer, direction ? "_reverse" : "");
        else
            snprintf(full, sizeof full, "%s", tensors[i].name);
        const int64_t shape[2] = {attni_gru_width(&gru->shape), tensors[i].width};
        ATTNI_TRY(attni_params_register(gru->layer.params, function, gru->layer.name, full, tensors[i].rank,
                                        shape, tensors[i].init, 0, tensors[i].index));
    }
    if (init != ATTNI_GRU_UNDRAWN)
        init_cell(gru, cell, init);
    return attni_go_on();
}

attn_status attni_gru_open(attn_gru *gru, attn_params *params, const char *function, const char *name,
                           const attni_kind *kind, const void *info, int32_t init)
{
    int64_t cells = attni_gru_cells(&gru->shape);
    ATTNI_TRY(attni_layer_open(&gru->layer, params, function, name, kind, info));
    gru->cells = attni_alloc_zero(gru->layer.context, (size_t)cells * sizeof *gru->cells);
    attn_status status = gru->cells ? ATTN_OK : attni_no_memory(function, (size_t)cells * sizeof *gru->cells);
    for (int64_t i = 0; i < cells && status == ATTN_OK; i++)
        status = add_cell(gru, function, i / gru->shape.directions, i % gru->shape.directions, init);
    if (status != ATTN_OK) {
        attni_free(gru->layer.context, gru->cells);
        attni_layer_undo(&gru->layer);
    }
    return status;
}

void attni_gru_close(attn_gru *gru)
{
    attni_free(gru->layer.context, gru->cells);
    attni_layer_close(&gru->layer);
}

attn_status attni_gru_check(const char *function, const char *name, int64_t input_dim, int64_t hidden_dim,
                            int32_t reset, int32_t layer_norm, int32_t init, float dropout)
{
    ATTNI_REQUIRE(name != NULL, "%s: name is NULL", function);
    ATTNI_REQUIRE(input_dim >= 1 && input_dim <= 65536, "%s: input_dim is %lld; expected 1 to 65536",
                  function, (long long)input_dim);
    ATTNI_REQUIRE(hidden_dim >= 1 && hidden_dim <= 65536, "%s: hidden_dim is %lld; expected 1 to 65536",
                  function, (long long)hidden_dim);
    ATTNI_REQUIRE(reset == ATTN_GRU_RESET_AFTER || reset == ATTN_GRU_RESET_BEFORE,
                  "%s: reset is %d; expected ATTN_GRU_RESET_AFTER or ATTN_GRU_RESET_BEFORE", function, reset);
    ATTNI_REQUIRE(layer_norm == 0 || layer_norm == 1, "%s: layer_norm is %d; expected 0 or 1", function,
                  layer_norm);
    ATTNI_REQUIRE(init == ATTN_INIT_DEFAULT || init == ATTN_INIT_FAN_SUM_RELU,
                  "%s: init is %d; expected ATTN_INIT_DEFAULT or ATTN_INIT_FAN_SUM_RELU", function, init);
    ATTNI_REQUIRE(dropout >= 0.0f && dropout < 1.0f, "%s: dropout is %g; expected 0 or more, and less than 1",
                  function, (double)dropout);
    return ATTN_OK;
}

static attn_status check_options(const char *function, const attn_gru_options *options)
{
    ATTNI_REQUIRE(options->layers >= 0 && options->layers <= 16, "%s: layers is %d; expected 1 to 16",
                  function, options->layers);
    ATTNI_REQUIRE(options->bidirectional == 0 || options->bidirectional == 1,
                  "%s: bidirectional is %d; expected 0 or 1", function, options->bidirectional);
    ATTNI_REQUIRE(options->input_dropout >= 0.0f && options->input_dropout < 1.0f,
                  "%s: input_dropout is %g; expected 0 or more, and less than 1", function,
                  (double)options->input_dropout);
    ATTNI_REQUIRE((options->experimental & ~ATTN_GRU_ORTHOGONAL) == 0,
                  "%s: experimental is %d; expected 0 or ATTN_GRU_ORTHOGONAL", function,
                  options->experimental);
    return ATTN_OK;
}

static attn_status create(const char *function, attn_params *params, const char *name, int64_t input_dim,
                          int64_t hidden_dim, const attn_gru_options *options, int32_t init, attn_gru **out)
{
    ATTNI_TRY(attni_gru_check(function, name, input_dim, hidden_dim, options->reset, options->layer_norm,
                              options->init, options->dropout));
    ATTNI_TRY(check_options(function, options));
    attn_context *context = attn_params_context(params);
    attn_gru *gru = attni_alloc_zero(context, sizeof *gru);
    if (gru == NULL)
        return attni_no_memory(function, sizeof *gru);
    gru->dropout = options->dropout;
    gru->input_dropout = options->input_dropout;
    gru->shape = (attni_gru_shape){.input_dim = input_dim,
                                   .hidden_dim = hidden_dim,
                                   .layers = options->layers ? options->layers : 1,
                                   .directions = options->bidirectional ? 2 : 1,
                                   .gates = 3,
                                   .reset = options->reset,
                                   .layer_norm = options->layer_norm,
                                   .orthogonal = options->experimental & ATTN_GRU_ORTHOGONAL};
    const attn_gru_info info = {.input_dim = input_dim,
                                .hidden_dim = hidden_dim,
                                .output_dim = gru->shape.directions * hidden_dim,
                                .state_count = attni_gru_cells(&gru->shape),
                                .layers = (int32_t)gru->shape.layers,
                                .bidirectional = options->bidirectional,
                                .reset = options->reset,
                                .layer_norm = options->layer_norm,
                                .dropout = options->dropout,
                                .input_dropout = options->input_dropout,
                                .experimental = options->experimental};
    attn_status status = attni_gru_open(gru, params, function, name, &attni_gru_kind, &info, init);
    if (status == ATTN_OK)
        *out = gru;
    else
        attni_free(context, gru);
    return status;
}

attn_status attn_gru_create(attn_params *params, const char *name, int64_t input_dim, int64_t hidden_dim,
                            const attn_gru_options *options, attn_gru **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    attn_gru_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    return create(__func__, params, name, input_dim, hidden_dim, &chosen, chosen.init, out);
}

void attn_gru_destroy(attn_gru **gru)
{
    if (gru == NULL || *gru == NULL)
        return;
    if (attni_layer_leave(&(*gru)->layer)) {
        attn_gru closing = **gru;
        attni_free(closing.layer.context, *gru);
        attni_gru_close(&closing);
    }
    *gru = NULL;
}

attn_gru *attn_gru_share(attn_gru *gru)
{
    if (gru)
        attni_layer_share(&gru->layer);
    return gru;
}

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    const attn_gru_info *info = from;
    const attn_gru_options options = {.struct_size = sizeof options,
                                      .layers = info->layers,
                                      .bidirectional = info->bidirectional,
                                      .reset = info->reset,
                                      .layer_norm = info->layer_norm,
                                      .dropout = info->dropout,
                                      .input_dropout = info->input_dropout,
                                      .experimental = info->experimental};
    return create("attn_gru_create", params, name, info->input_dim, info->hidden_dim, &options,
                  ATTNI_GRU_UNDRAWN, (attn_gru **)out);
}

static const attni_field fields[] = {
    {"input_dim", ATTNI_INT64, 1, offsetof(attn_gru_info, input_dim)},
    {"hidden_dim", ATTNI_INT64, 1, offsetof(attn_gru_info, hidden_dim)},
    {"layers", ATTNI_INT32, 1, offsetof(attn_gru_info, layers)},
    {"bidirectional", ATTNI_INT32, 1, offsetof(attn_gru_info, bidirectional)},
    {"reset", ATTNI_INT32, 1, offsetof(attn_gru_info, reset)},
    {"layer_norm", ATTNI_INT32, 1, offsetof(attn_gru_info, layer_norm)},
    {"dropout", ATTNI_FLOAT32, 0, offsetof(attn_gru_info, dropout)},
    {"input_dropout", ATTNI_FLOAT32, 0, offsetof(attn_gru_info, input_dropout)},
    {"experimental", ATTNI_INT32, 1, offsetof(attn_gru_info, experimental)},
};

const attni_kind attni_gru_kind = {.kind = "gru",
                                   .sizes = {"batch", "time"},
                                   .info_size = sizeof(attn_gru_info),
                                   .fields = fields,
                                   .field_count = sizeof fields / sizeof *fields,
                                   .create = create_again};

attn_status attn_gru_get_info(const attn_gru *gru, attn_gru_info *info)
{
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_ENTER(gru->layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&gru->layer, __func__, info);
}

/* ---- dropout --------------------------------------------------------------------------------------------- */

attni_gru_mask attni_gru_mask_of(const attn_gru *gru, const attn_tape *tape, uint64_t stream, int64_t index,
                                 int64_t time)
{
    const int32_t of_ids = index == ATTNI_GRU_INPUT_MASK;
    float rate = of_ids ? gru->input_dropout : gru->dropout;
    if (tape == NULL || tape->mode != ATTN_TAPE_TRAIN || rate == 0.0f)
        return (attni_gru_mask){0};
    const uint32_t threshold = attni_drop_threshold(rate);
    return (attni_gru_mask){.threshold = threshold,
                            .scale = attni_drop_scale(threshold),
                            .seed = tape->seed,
                            .stream = stream + (uint64_t)index,
                            .before = of_ids ? 0 : tape->first * time};
}
