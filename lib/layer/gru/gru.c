/* gru.c - the GRU's handle: its options and its tensors. */
#include "layer/gru/gru.h"

#include <math.h>
#include <stdio.h>

#include "core/init.h"

/* Glorot's and the article's bounds are those of each gate's own matrix, not of the three stacked. */
static void init_cell(const attn_gru *gru, const attni_gru_cell *cell, int32_t init)
{
    attn_params *params = gru->params;
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

static attn_status add_cell(attn_gru *gru, const char *function, const char *name, int64_t layer,
                            int64_t direction, int32_t init, int32_t numbered)
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
        if (numbered)
            snprintf(full, sizeof full, "%s_l%d%s", tensors[i].name, (int)layer, direction ? "_reverse" : "");
        else
            snprintf(full, sizeof full, "%s", tensors[i].name);
        const int64_t shape[2] = {attni_gru_width(&gru->shape), tensors[i].width};
        ATTNI_TRY(attni_params_register(gru->params, function, name, full, tensors[i].rank, shape,
                                        tensors[i].init, 0, tensors[i].index));
    }
    init_cell(gru, cell, init);
    return ATTN_OK;
}

attn_status attni_gru_open(attn_gru *gru, attn_params *params, const char *function, const char *name,
                           const attni_gru_shape *shape, int32_t init, int32_t numbered)
{
    attn_context *context = attni_params_context(params);
    int64_t cells = attni_gru_cells(shape), tensors = attn_params_count(params);
    *gru = (attn_gru){.id = attni_tape_new_owner(),
                      .params = attni_params_retain(params),
                      .context = context,
                      .shape = *shape,
                      .cells = attni_alloc_zero(context, (size_t)cells * sizeof *gru->cells)};
    attn_status status = gru->cells ? ATTN_OK : attni_no_memory(function, (size_t)cells * sizeof *gru->cells);
    for (int64_t i = 0; i < cells && status == ATTN_OK; i++)
        status = add_cell(gru, function, name, i / shape->directions, i % shape->directions, init, numbered);
    if (status != ATTN_OK) {
        attni_params_truncate(params, tensors);
        attni_free(context, gru->cells);
        attni_params_release(params);
    }
    return status;
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
    ATTNI_REQUIRE(options->orthogonal == 0 || options->orthogonal == 1,
                  "%s: orthogonal is %d; expected 0 or 1", function, options->orthogonal);
    return ATTN_OK;
}

attn_status attn_gru_create(attn_params *params, const char *name, int64_t input_dim, int64_t hidden_dim,
                            const attn_gru_options *options, attn_gru **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    attn_gru_options chosen = ATTN_GRU_OPTIONS_INIT;
    ATTNI_TRY(attni_copy_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(attni_gru_check(__func__, name, input_dim, hidden_dim, chosen.reset, chosen.layer_norm,
                              chosen.init, chosen.dropout));
    ATTNI_TRY(check_options(__func__, &chosen));

    attn_context *context = attni_params_context(params);
    attn_gru *gru = attni_alloc_zero(context, sizeof *gru);
    if (gru == NULL)
        return attni_no_memory(__func__, sizeof *gru);
    const attni_gru_shape shape = {.input_dim = input_dim,
                                   .hidden_dim = hidden_dim,
                                   .layers = chosen.layers ? chosen.layers : 1,
                                   .directions = chosen.bidirectional ? 2 : 1,
                                   .gates = 3,
                                   .reset = chosen.reset,
                                   .layer_norm = chosen.layer_norm,
                                   .orthogonal = chosen.orthogonal};
    attn_status status = attni_gru_open(gru, params, __func__, name, &shape, chosen.init, 1);
    if (status != ATTN_OK) {
        attni_free(context, gru);
        return status;
    }
    gru->dropout = chosen.dropout;
    gru->input_dropout = chosen.input_dropout;
    *out = gru;
    return ATTN_OK;
}

void attn_gru_destroy(attn_gru **gru)
{
    if (gru == NULL || *gru == NULL)
        return;
    attn_params *params = (*gru)->params;
    attni_free((*gru)->context, (*gru)->cells);
    attni_free((*gru)->context, *gru);
    attni_params_release(params);
    *gru = NULL;
}

int64_t attn_gru_output_dim(const attn_gru *gru)
{
    return gru ? gru->shape.hidden_dim * gru->shape.directions : 0;
}

int64_t attn_gru_states(const attn_gru *gru)
{
    return gru ? gru->shape.layers * gru->shape.directions : 0;
}

attni_gru_mask attni_gru_mask_of(const attn_gru *gru, const attn_tape *tape, uint64_t stream, int64_t index)
{
    float rate = index == ATTNI_GRU_INPUT_MASK ? gru->input_dropout : gru->dropout;
    if (tape == NULL || tape->mode != ATTN_TAPE_TRAIN || rate == 0.0f)
        return (attni_gru_mask){0};
    return (attni_gru_mask){.threshold = (uint32_t)lrintf(rate * 65536.0f),
                            .scale = 1.0f / (1.0f - rate),
                            .seed = tape->seed,
                            .stream = stream + (uint64_t)index};
}
