/* packed.c - the GRU for inference: weights packed once, an embedding's rows projected once. */
#include "attn/gru_packed.h"

#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/gru/gru.h"

struct attn_gru_packed {
    _Atomic int64_t references; /* the caller's, and one of each direction that was taken from it */
    attn_gru_packed *whole;     /* of a direction: what it was taken from, whose memory it reads; else NULL */
    attn_context *context;
    attn_gru_packed_info info;
    attni_gru_shape shape;
    attni_arena arena;          /* of all that follows */
    attni_gru_weights *weights; /* [layers * directions] */
    uint64_t embedding;         /* whose rows are in `projected` */
    float *projected[2];        /* a direction: [rows, G H] */
};

static attn_status project_embedding(attn_gru_packed *packed, const char *function,
                                     const attn_embedding *embedding)
{
    ATTNI_TRY(attni_gru_check_table(function, &packed->shape, embedding));
    ATTNI_TRY(attni_check_tensors(function, &embedding->layer));
    packed->embedding = embedding->layer.id;
    for (int64_t direction = 0; direction < packed->shape.directions; direction++) {
        int64_t size = embedding->rows * attni_gru_width(&packed->shape);
        packed->projected[direction] = attni_arena_floats(&packed->arena, size);
        if (packed->projected[direction] == NULL)
            return attni_no_memory(function, (size_t)size * sizeof(float));
        ATTNI_TRY(attni_gru_project(
            packed->context, &packed->shape, &packed->weights[direction], embedding->rows,
            attni_params_value(embedding->layer.params, embedding->table), packed->projected[direction]));
    }
    return ATTN_OK;
}

/* What it is, as attn_gru_get_info has it; the name is a copy, since the GRU and its params may be destroyed. */
static attn_status describe(attn_gru_packed *packed, const char *function, const attn_gru *gru,
                            const attn_gru_packed_options *options)
{
    size_t size = strlen(gru->layer.name) + 1;
    char *name = attni_arena_alloc(&packed->arena, size);
    if (name == NULL)
        return attni_no_memory(function, size);
    const attn_gru_info *info = gru->layer.info;
    packed->info = (attn_gru_packed_info){.struct_size = sizeof packed->info,
                                          .name = memcpy(name, gru->layer.name, size),
                                          .input_dim = info->input_dim,
                                          .hidden_dim = info->hidden_dim,
                                          .output_dim = info->output_dim,
                                          .state_count = info->state_count,
                                          .rows = options->embedding ? options->embedding->rows : 0,
                                          .layers = info->layers,
                                          .bidirectional = info->bidirectional,
                                          .reset = info->reset,
                                          .layer_norm = info->layer_norm,
                                          .precision = options->precision,
                                          .experimental = info->experimental};
    return ATTN_OK;
}

static attn_status fill(attn_gru_packed *packed, const char *function, const attn_gru *gru,
                        const attn_gru_packed_options *options)
{
    ATTNI_TRY(describe(packed, function, gru, options));
    ATTNI_TRY(attni_check_tensors(function, &gru->layer));
    int64_t cells = attni_gru_cells(&packed->shape);
    packed->weights = attni_arena_alloc(&packed->arena, (size_t)cells * sizeof *packed->weights);
    if (packed->weights == NULL)
        return attni_no_memory(function, (size_t)cells * sizeof *packed->weights);
    for (int64_t i = 0; i < cells; i++)
        ATTNI_TRY(attni_gru_pack(gru, &gru->cells[i], &packed->arena, function, options->precision,
                                 &packed->weights[i]));
    return options->embedding ? project_embedding(packed, function, options->embedding) : ATTN_OK;
}

attn_status attn_gru_packed_create(const attn_gru *gru, const attn_gru_packed_options *options,
                                   attn_gru_packed **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(gru);
    ATTNI_ENTER(gru->layer.context);
    attn_gru_packed_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.precision >= ATTN_PRECISION_FLOAT32 && chosen.precision <= ATTN_PRECISION_INT8,
                  "%s: precision is %d; expected ATTN_PRECISION_FLOAT32, _BFLOAT16 or _INT8", __func__,
                  chosen.precision);
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    attn_gru_packed *packed = attni_alloc_zero(gru->layer.context, sizeof *packed);
    if (packed == NULL)
        return attni_no_memory(__func__, sizeof *packed);
    packed->references = 1;
    packed->context = attni_context_retain(gru->layer.context);
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
    attn_gru_packed *gone = *packed;
    *packed = NULL;
    if (atomic_fetch_sub(&gone->references, 1) > 1)
        return;
    attn_context *context = gone->context;
    attn_gru_packed_destroy(&gone->whole);
    attni_arena_clear(&gone->arena);
    attni_free(context, gone);
    attni_context_release(context);
}

attn_status attn_gru_packed_direction(attn_gru_packed *packed, int32_t direction, attn_gru_packed **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_ENTER(packed->context);
    const attni_gru_shape *shape = &packed->shape;
    ATTNI_REQUIRE(direction >= 0 && direction < shape->directions, "%s: direction is %d; expected 0 to %lld",
                  __func__, direction, (long long)shape->directions - 1);
    ATTNI_REQUIRE(shape->layers == 1 || shape->directions == 1,
                  "%s: the GRU has %lld bidirectional layers, each of which reads both directions of the one "
                  "before; expected one layer",
                  __func__, (long long)shape->layers);
    attn_gru_packed *one = attni_alloc_zero(packed->context, sizeof *one);
    if (one == NULL)
        return attni_no_memory(__func__, sizeof *one);
    attni_arena_init(&one->arena, packed->context);
    one->references = 1;
    one->whole = packed;
    atomic_fetch_add(&packed->references, 1);
    one->context = attni_context_retain(packed->context);
    one->info = packed->info;
    one->info.bidirectional = 0;
    one->info.output_dim = shape->hidden_dim;
    one->info.state_count = shape->layers;
    one->shape = *shape;
    one->shape.directions = 1;
    one->shape.reverse = shape->reverse || direction == 1;
    one->weights = packed->weights + direction;
    one->embedding = packed->embedding;
    one->projected[0] = packed->projected[direction];
    *out = one;
    return ATTN_OK;
}

attn_status attn_gru_packed_get_info(const attn_gru_packed *packed, attn_gru_packed_info *info)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_ENTER(packed->context);
    ATTNI_REQUIRE_PTR(info);
    return attni_fill_struct(__func__, &packed->info, sizeof packed->info, info);
}

/* ---- whole sequences ------------------------------------------------------------------------------------- */

static attn_status read(const attn_gru_packed *packed, const char *function, const attn_sequence *given,
                        attn_sequence *in)
{
    ATTNI_TRY(attni_gru_read(function, &packed->shape, given, in));
    if (in->ids == NULL)
        return ATTN_OK;
    ATTNI_REQUIRE(
        packed->info.rows > 0,
        "%s: the GRU was packed without an embedding; give one to attn_gru_packed_create, or vectors",
        function);
    ATTNI_REQUIRE(in->embedding == NULL || in->embedding->layer.id == packed->embedding,
                  "%s: embedding is not the one that the GRU was packed with; expected that or NULL",
                  function);
    return attni_check_ids(function, packed->info.rows, in->batch, in->time, in->ids, in->lengths);
}

static attn_status run(attni_gru_call *call, const attn_gru_packed *packed)
{
    const attn_sequence *in = &call->in;
    ATTNI_TRY(attni_sequence_make(&call->record->sequence, call->arena, call->function, in->batch, in->time,
                                  in->lengths));
    const attni_given scales = {"scales", in->scales, in->batch, in->time, 1, in->lengths};
    ATTNI_TRY(attni_check_finite(call->function, &scales));
    if (in->ids)
        call->record->tokens = (attni_gru_tokens){.slots = in->ids,
                                                  .scales = in->scales,
                                                  .projected = {packed->projected[0], packed->projected[1]}};
    return attni_gru_run_layers(call);
}

attn_status attn_gru_packed_forward(const attn_gru_packed *packed, const attn_sequence *in, const float *h0,
                                    float *y, float *hn)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_ENTER(packed->context);
    attni_gru_record record = {0};
    attni_gru_call call = {.function = __func__,
                           .context = packed->context,
                           .shape = &packed->shape,
                           .h0 = h0,
                           .y = y,
                           .hn = hn,
                           .weights = packed->weights,
                           .record = &record};
    ATTNI_TRY(read(packed, __func__, in, &call.in));
    ATTNI_TRY(attni_gru_check_arrays(&call));
    call.arena = attni_scratch_take(packed->context);
    attn_status status = call.arena ? run(&call, packed) : attni_no_memory(__func__, sizeof *call.arena);
    attni_scratch_give(packed->context, call.arena);
    return status;
}

/* ---- one step -------------------------------------------------------------------------------------------- */

/* Room for a step of m rows. */
typedef struct step_room {
    const float **x;    /* [m]: where each one's W x is */
    float *u;           /* [m, G H] */
    float *scaled;      /* [m, G H] */
    float *reset_state; /* [m, H] */
    attni_gru_run run;
} step_room;

static attn_status make_room(const attni_gru_shape *shape, int64_t m, attni_arena *arena,
                             const char *function, step_room *room)
{
    int64_t width = m * attni_gru_width(shape);
    *room = (step_room){.x = attni_arena_alloc(arena, (size_t)m * sizeof *room->x),
                        .u = attni_arena_floats(arena, width),
                        .scaled = attni_arena_floats(arena, width),
                        .reset_state = attni_arena_floats(arena, m * shape->hidden_dim),
                        .run = {.kept = attni_arena_floats(arena, m * attni_gru_kept_width(shape)),
                                .xhat = attni_arena_floats(arena, width),
                                .rstd = attni_arena_floats(arena, m * shape->gates)}};
    if (!room->x || !room->u || !room->scaled || !room->reset_state || !room->run.kept || !room->run.xhat ||
        !room->run.rstd)
        return attni_no_memory(function, (size_t)(5 * width) * sizeof(float));
    return ATTN_OK;
}

/* One layer's step, from ids or else from x[m, input_dim]; h[m, H] is replaced. */
static void step_layer(const attn_gru_packed *packed, int64_t layer, int64_t m, const attn_sequence *ids,
                       const float *x, const step_room *room, float *h)
{
    const attni_kernels *kernels = attni_context_kernels(packed->context);
    const attni_gru_weights *weights = &packed->weights[layer];
    const attni_gru_shape *shape = &packed->shape;
    int64_t H = shape->hidden_dim, width = attni_gru_width(shape), kept_width = attni_gru_kept_width(shape);
    int64_t input_dim = layer ? H : shape->input_dim;
    if (ids == NULL)
        attni_gru_product(kernels, weights->input, m, width, input_dim, x, input_dim, room->run.kept,
                          kept_width, NULL);
    for (int64_t b = 0; b < m; b++) {
        room->x[b] = ids ? packed->projected[0] + width * ids->ids[b] : room->run.kept + b * kept_width;
        if (ids && ids->scales)
            room->x[b] =
                attni_gru_scale_row(kernels, ids->scales[b], width, room->x[b], room->scaled + b * width);
    }
    if (attni_gru_apart(shape)) {
        const attni_gru_step step = {kernels, shape, m, room->run};
        attni_gru_gates(&step, weights, room->x, h, room->u, room->reset_state);
        return;
    }
    attni_gru_product(kernels, weights->recurrent, m, width, H, h, H, room->u, width, NULL);
    kernels->gru_forward(m, H, room->x, room->u, width, weights->bias, NULL, h, NULL);
}

/* The states, and where `step` is given what a step begins with beside. */
static attn_status look_at(const attn_gru_packed *packed, const char *function, int64_t batch,
                           const attn_sequence *step, const float *h)
{
    const attni_kernels *kernels = attni_context_kernels(packed->context);
    const attni_gru_shape *shape = &packed->shape;
    const attni_given given[] = {{"x", step ? step->x : NULL, batch, 1, shape->input_dim, NULL},
                                 {"scales", step ? step->scales : NULL, batch, 1, 1, NULL},
                                 {"h", step ? h : NULL, shape->layers, batch, shape->hidden_dim, NULL}};
    int32_t fine = kernels->finite(shape->layers * batch * shape->hidden_dim, h);
    fine &= given[0].values == NULL || kernels->finite(batch * shape->input_dim, given[0].values);
    fine &= given[1].values == NULL || kernels->finite(batch, given[1].values);
    return fine ? ATTN_OK : attni_not_finite(function, given, 3, (const attni_layer *[]){NULL}, "the states");
}

attn_status attn_gru_packed_step(const attn_gru_packed *packed, const attn_sequence *in, float *h)
{
    ATTNI_REQUIRE_PTR(packed);
    ATTNI_ENTER(packed->context);
    const attni_gru_shape *shape = &packed->shape;
    attn_sequence step;
    ATTNI_TRY(read(packed, __func__, in, &step));
    ATTNI_REQUIRE(step.time == 1, "%s: time is %lld; expected 1", __func__, (long long)step.time);
    ATTNI_REQUIRE(step.lengths == NULL, "%s: lengths are given; expected NULL, since each row makes its step",
                  __func__);
    ATTNI_REQUIRE(step.batch == 0 || h != NULL, "%s: h is NULL; expected [states, batch, hidden_dim] numbers",
                  __func__);
    ATTNI_REQUIRE(shape->directions == 1,
                  "%s: the GRU is bidirectional, and its second direction starts at the end of the "
                  "sequence; use attn_gru_packed_forward",
                  __func__);
    ATTNI_REQUIRE(
        shape->orthogonal == 0,
        "%s: the GRU has ATTN_GRU_ORTHOGONAL, and a step would need the sum of all states before it; use "
        "attn_gru_packed_forward",
        __func__);
    if (step.batch == 0)
        return ATTN_OK;
    ATTNI_REQUIRE_APART(__func__, 1, {"h", h, 1}, {"x", step.x, 1}, {"scales", step.scales, 1});
    ATTNI_TRY(look_at(packed, __func__, step.batch, &step, h));
    attni_arena *arena = attni_scratch_take(packed->context);
    step_room room = {0};
    attn_status status = arena ? make_room(shape, step.batch, arena, __func__, &room)
                               : attni_no_memory(__func__, sizeof *arena);
    const float *x = step.x;
    for (int64_t layer = 0; status == ATTN_OK && layer < shape->layers; layer++) {
        float *state = h + layer * step.batch * shape->hidden_dim;
        step_layer(packed, layer, step.batch, layer == 0 && step.ids ? &step : NULL, x, &room, state);
        x = state;
    }
    attni_scratch_give(packed->context, arena);
    return status == ATTN_OK ? look_at(packed, __func__, step.batch, NULL, h) : status;
}
