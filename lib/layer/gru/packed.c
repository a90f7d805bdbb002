/* packed.c - the GRU for inference: weights packed once, an embedding's rows projected once. */
#include "attn/gru_packed.h"

#include "layer/gru/gru.h"

struct attn_gru_packed {
    attn_context *context;
    attni_gru_shape shape;
    attni_arena arena;          /* of all that follows */
    attni_gru_weights *weights; /* [layers * directions] */
    int64_t rows;               /* of the embedding; 0: none */
    float *projected[2];        /* a direction: [rows, 3H] */
};

static attn_status project_embedding(attn_gru_packed *packed, const char *function,
                                     const attn_embedding *embedding)
{
    ATTNI_REQUIRE(embedding->dim == packed->shape.input_dim,
                  "%s: the embedding's rows have %lld numbers and the GRU's input %lld; expected as many",
                  function, (long long)embedding->dim, (long long)packed->shape.input_dim);
    packed->rows = embedding->rows;
    for (int64_t direction = 0; direction < packed->shape.directions; direction++) {
        int64_t size = embedding->rows * 3 * packed->shape.hidden_dim;
        packed->projected[direction] = attni_arena_floats(&packed->arena, size);
        if (packed->projected[direction] == NULL)
            return attni_no_memory(function, (size_t)size * sizeof(float));
        attni_gru_project(packed->context, &packed->shape, &packed->weights[direction], embedding->rows,
                          attni_params_value(embedding->layer.params, embedding->table),
                          packed->projected[direction]);
    }
    return ATTN_OK;
}

static attn_status fill(attn_gru_packed *packed, const char *function, const attn_gru *gru,
                        const attn_gru_packed_options *options)
{
    int64_t cells = packed->shape.layers * packed->shape.directions;
    packed->weights = attni_arena_alloc(&packed->arena, (size_t)cells * sizeof *packed->weights);
    if (packed->weights == NULL)
        return attni_no_memory(function, (size_t)cells * sizeof *packed->weights);
    for (int64_t i = 0; i < cells; i++)
        ATTNI_TRY(attni_gru_pack(gru, &gru->cells[i], &packed->arena, function,
                                 options->precision == ATTN_PRECISION_BFLOAT16, &packed->weights[i]));
    return options->embedding ? project_embedding(packed, function, options->embedding) : ATTN_OK;
}

attn_status attn_gru_packed_create(const attn_gru *gru, const attn_gru_packed_options *options,
                                   attn_gru_packed **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(gru);
    attn_gru_packed_options chosen = ATTN_GRU_PACKED_OPTIONS_INIT;
    ATTNI_TRY(attni_copy_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.precision == ATTN_PRECISION_FLOAT32 || chosen.precision == ATTN_PRECISION_BFLOAT16,
                  "%s: precision is %d; expected ATTN_PRECISION_FLOAT32 or ATTN_PRECISION_BFLOAT16", __func__,
                  chosen.precision);
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    attn_gru_packed *packed = attni_alloc_zero(gru->context, sizeof *packed);
    if (packed == NULL)
        return attni_no_memory(__func__, sizeof *packed);
    packed->context = attni_context_retain(gru->context);
    packed->shape = gru->shape;
    attni_arena_init(&packed->arena, packed->context);
    attn_status status = fill(packed, __func__, gru, &chosen);
    if (status != ATTN_OK)
        attn_gru_packed_destroy(&packed);
    *out = packed;
    return status;
}

void attn_gru_packed_destroy(attn_gru_packed **packed)
{
    if (packed == NULL || *packed == NULL)
        return;
    attn_context *context = (*packed)->context;
    attni_arena_clear(&(*packed)->arena);
    attni_free(context, *packed);
    attni_context_release(context);
    *packed = NULL;
}

/* ---- whole sequences ------------------------------------------------------------------------------------- */

static attn_status run(const attn_gru_packed *packed, attni_arena *arena, const char *function, int64_t batch,
                       int64_t time, const float *x, const int32_t *ids, const int32_t *lengths,
                       const float *h0, float *y, float *hn)
{
    attni_gru_record record = {0};
    ATTNI_TRY(attni_sequence_make(&record.sequence, arena, function, batch, time, lengths));
    if (ids)
        record.tokens =
            (attni_gru_tokens){.slots = ids, .projected = {packed->projected[0], packed->projected[1]}};
    attni_gru_call call = {.context = packed->context,
                           .shape = &packed->shape,
                           .arena = arena,
                           .function = function,
                           .record = &record,
                           .weights = packed->weights,
                           .x = x,
                           .h0 = h0,
                           .y = y,
                           .hn = hn};
    return attni_gru_run_layers(&call);
}

static attn_status forward(const attn_gru_packed *packed, const char *function, int64_t batch, int64_t time,
                           const float *x, const int32_t *ids, const int32_t *lengths, const float *h0,
                           float *y, float *hn)
{
    attni_arena *arena = attni_scratch_take(packed->context);
    attn_status status = arena ? run(packed, arena, function, batch, time, x, ids, lengths, h0, y, hn)
                               : attni_no_memory(function, sizeof *arena);
    attni_scratch_give(packed->context, arena);
    return status;
}

static attn_status check_ids(const attn_gru_packed *packed, const char *function, int64_t batch, int64_t time,
                             const int32_t *ids, const int32_t *lengths)
{
    ATTNI_REQUIRE(packed->rows > 0,
                  "%s: the GRU was packed without an embedding; give one to attn_gru_packed_create, or "
                  "vectors to this call's twin without _ids",
                  function);
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    ATTNI_REQUIRE(ids != NULL || batch == 0 || time == 0, "%s: ids is NULL; expected [batch, time] ids",
                  function);
    return attni_check_ids(function, packed->rows, batch, time, ids, lengths);
}

attn_status attn_gru_packed_forward(const attn_gru_packed *packed, int64_t batch, int64_t time,
                                    const float *x, const int32_t *lengths, const float *h0, float *y,
                                    float *hn)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_REQUIRE(x != NULL || batch == 0 || time == 0,
                  "%s: x is NULL; expected [batch, time, input_dim] numbers", __func__);
    return forward(packed, __func__, batch, time, x, NULL, lengths, h0, y, hn);
}

attn_status attn_gru_packed_forward_ids(const attn_gru_packed *packed, int64_t batch, int64_t time,
                                        const int32_t *ids, const int32_t *lengths, const float *h0, float *y,
                                        float *hn)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_TRY(check_ids(packed, __func__, batch, time, ids, lengths));
    return forward(packed, __func__, batch, time, NULL, ids, lengths, h0, y, hn);
}

/* ---- one step -------------------------------------------------------------------------------------------- */

/* One layer's step: the input's projection from `projected` rows or from x; h [batch, H] is replaced. */
static void step_layer(const attn_gru_packed *packed, int64_t layer, int64_t batch, const float *x,
                       int64_t input_dim, const int32_t *ids, float *h, float *scratch, const float **rows)
{
    const attni_kernels *kernels = attni_context_kernels(packed->context);
    const attni_gru_weights *weights = &packed->weights[layer];
    int64_t H = packed->shape.hidden_dim, norm = packed->shape.layer_norm;
    float *u = scratch, *reset_state = u + batch * 3 * H, *kept = reset_state + batch * H;
    float *xhat = kept + batch * 5 * H, *rstd = xhat + norm * batch * 3 * H;
    const attni_gru_run run = {.kept = kept, .xhat = xhat, .rstd = rstd};
    if (ids == NULL)
        attni_gru_product(kernels, weights->input, batch, 3 * H, input_dim, x, input_dim, kept, 5 * H, NULL);
    for (int64_t b = 0; b < batch; b++)
        rows[b] = ids ? packed->projected[0] + 3 * H * ids[b] : kept + b * 5 * H;
    if (norm || packed->shape.reset == ATTN_GRU_RESET_BEFORE) {
        attni_gru_gates(kernels, &packed->shape, weights, batch, rows, &run, h, u, reset_state);
        return;
    }
    attni_gru_product(kernels, weights->recurrent, batch, 3 * H, H, h, H, u, 3 * H, NULL);
    kernels->gru_forward(batch, H, rows, u, 3 * H, weights->bias, NULL, h, NULL);
}

static attn_status step(const attn_gru_packed *packed, const char *function, int64_t batch, const float *x,
                        const int32_t *ids, float *h)
{
    ATTNI_REQUIRE(batch == 0 || h != NULL, "%s: h is NULL; expected [states, batch, hidden_dim] numbers",
                  function);
    ATTNI_REQUIRE(packed->shape.directions == 1,
                  "%s: the GRU is bidirectional, and its second direction starts at the end of the "
                  "sequence; use attn_gru_packed_forward",
                  function);
    ATTNI_REQUIRE(packed->shape.orthogonal == 0,
                  "%s: the GRU is orthogonal, and a step would need the sum of all states before it; use "
                  "attn_gru_packed_forward",
                  function);
    int64_t H = packed->shape.hidden_dim, numbers = batch * (12 * H + 3);
    attni_arena *arena = attni_scratch_take(packed->context);
    float *scratch = arena ? attni_arena_floats(arena, numbers) : NULL;
    const float **rows = scratch ? attni_arena_alloc(arena, (size_t)batch * sizeof *rows) : NULL;
    for (int64_t layer = 0; rows && layer < packed->shape.layers; layer++) {
        step_layer(packed, layer, batch, x, layer ? H : packed->shape.input_dim, layer ? NULL : ids,
                   h + layer * batch * H, scratch, rows);
        x = h + layer * batch * H;
    }
    attni_scratch_give(packed->context, arena);
    return rows ? ATTN_OK : attni_no_memory(function, (size_t)numbers * sizeof(float));
}

attn_status attn_gru_packed_step(const attn_gru_packed *packed, int64_t batch, const float *x, float *h)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_TRY(attni_check_lengths(__func__, batch, 1, NULL));
    ATTNI_REQUIRE(batch == 0 || x != NULL, "%s: x is NULL; expected [batch, input_dim] numbers", __func__);
    return step(packed, __func__, batch, x, NULL, h);
}

attn_status attn_gru_packed_step_ids(const attn_gru_packed *packed, int64_t batch, const int32_t *ids,
                                     float *h)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_TRY(check_ids(packed, __func__, batch, 1, ids, NULL));
    return step(packed, __func__, batch, NULL, ids, h);
}
