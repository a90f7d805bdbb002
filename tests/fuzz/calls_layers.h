/* calls_layers.h - the calls of fuzz_calls.c that make layers and go through them, and what all of its calls take their
 * arguments from. Each returns the status of what it called. */
#ifndef FUZZ_CALLS_LAYERS_H
#define FUZZ_CALLS_LAYERS_H

#include "calls_world.h"

/* ---- arguments ---- */

static fuzz_input input;

static int32_t below(int32_t bound)
{
    return fuzz_byte(&input) % bound;
}

static int64_t size_by(uint8_t byte, int64_t most)
{
    return byte < 200 ? byte % (most + 1) : byte < 220 ? -1 : byte < 235 ? INT64_MIN : INT64_MAX;
}

/* Of the arrays that a call is handed: what they have room for, or what no array has. */
static int64_t size_of(int64_t most)
{
    return size_by(fuzz_byte(&input), most);
}

/* Of what the library is to make: also one for which there is not enough memory. */
static int64_t width_of(int64_t most)
{
    const uint8_t byte = fuzz_byte(&input);
    return byte < 250 ? size_by(byte, most) : 1 << 20;
}

static const char *name_of(void)
{
    static const char *const names[] = {"a", "b", "c", "a.weight", "", NULL, "\xff", "b.weight_ih_l0"};
    return names[below(8)];
}

/* NULL where every row is full; else lengths, of which one may be too long. */
static const int32_t *lengths_of(void)
{
    static const int32_t lengths[4][4] = {{0, 1, 2, 0}, {2, 2, 1, 1}, {1, 0, 0, 1}, {1, -1, 100, INT32_MAX}};
    const int32_t which = below(6);
    return which < 4 ? lengths[which] : NULL;
}

static const int32_t *ids_of(void)
{
    static const int32_t good[64] = {1, 2, 0, 1, 2, 2, 1, 0, 1}, bad[64] = {1, 2, 3, -1, INT32_MAX};
    return below(4) ? good : bad;
}

static attn_params *params_of(void)
{
    return world.params[below(SETS)];
}

static attn_tape *tape_of(void)
{
    return world.tapes[below(TAPES)];
}

/* ---- layers ---- */

static attn_status create_layer(void)
{
    attn_gru_options gru = ATTN_GRU_OPTIONS_INIT;
    attn_attngru_options attngru = ATTN_ATTNGRU_OPTIONS_INIT;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attn_dense_options dense = ATTN_DENSE_OPTIONS_INIT;
    struct layer *layer = &world.layers[below(LAYERS)];
    attn_params *params = params_of();
    const char *name = name_of();
    const enum kind kind = (enum kind)(1 + below(5));
    const int64_t width = width_of(3), height = width_of(4);
    attn_status status = ATTN_OK;
    if (layer->kind != NONE)
        return status;
    switch (kind) {
    case NONE:
        break;
    case EMBEDDING:
        status = attn_embedding_create(params, name, height, width, NULL, (attn_embedding **)&layer->handle);
        break;
    case GRU:
        gru.layers = below(4);
        gru.bidirectional = below(2);
        gru.reset = below(2);
        gru.layer_norm = below(2);
        gru.dropout = (float)below(4) * 0.25f;
        gru.experimental = below(3);
        status = attn_gru_create(params, name, width, height, &gru, (attn_gru **)&layer->handle);
        break;
    case ATTNGRU:
        attngru.form = below(4);
        attngru.vector_openings = below(2);
        attngru.layer_norm = below(2);
        status = attn_attngru_create(params, name, width, height, &attngru, (attn_attngru **)&layer->handle);
        break;
    case ATTENTION:
        attention.score = below(7);
        attention.padding = below(2);
        attention.weighting = below(4);
        attention.outer_tanh = below(2);
        attention.attention_dim = width_of(3);
        attention.query_dim = width_of(3);
        status = attn_attention_create(params, name, width, &attention, (attn_attention **)&layer->handle);
        break;
    case DENSE:
        dense.activation = below(5);
        dense.no_bias = below(2);
        status = attn_dense_create(params, name, width, height, &dense, (attn_dense **)&layer->handle);
        break;
    }
    ensure((status == ATTN_OK) == (layer->handle != NULL));
    layer->kind = status == ATTN_OK ? kind : NONE;
    return status;
}

static attn_sequence sequence_of(int64_t batch, int64_t time)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    const struct layer *table = &world.layers[below(LAYERS)];
    in.batch = batch;
    in.time = time;
    in.lengths = lengths_of();
    if (below(3) > 0) {
        in.x = world.x;
    } else {
        in.embedding = table->kind == EMBEDDING ? table->handle : NULL;
        in.ids = ids_of();
        in.scales = below(2) ? world.x : NULL;
    }
    in.openings = below(2) ? world.x + 512 : NULL;
    return in;
}

static attn_status go_forward(void)
{
    struct layer *layer = &world.layers[below(LAYERS)];
    attn_tape *tape = tape_of();
    const int64_t batch = size_of(3), time = size_of(3), queries = size_of(3);
    const int64_t depth = attn_tape_depth(tape);
    const attn_sequence in = sequence_of(batch, time);
    const float *h0 = below(2) ? world.x + 1024 : NULL;
    attn_status status = ATTN_OK;
    switch (layer->kind) {
    case NONE:
        return ATTN_OK;
    case EMBEDDING:
        status = attn_embedding_forward(layer->handle, tape, batch, time, ids_of(), in.lengths, world.y);
        break;
    case GRU:
        status = attn_gru_forward(layer->handle, tape, &in, h0, world.y, world.y + 2048);
        break;
    case ATTNGRU:
        status = attn_attngru_forward(layer->handle, tape, &in, h0, world.y, world.y + 2048);
        break;
    case ATTENTION:
        status = below(2) ? attn_attention_forward(layer->handle, tape, batch, time, world.x, in.lengths,
                                                   world.y, world.y + 2048)
                          : attn_attention_forward_queries(layer->handle, tape, batch, time, queries, world.x,
                                                           in.lengths, world.x + 512, NULL, world.y,
                                                           world.y + 2048);
        break;
    case DENSE:
        status = attn_dense_forward(layer->handle, tape, batch, world.x, world.y);
        break;
    }
    ensure(attn_tape_depth(tape) == depth + (tape != NULL && status == ATTN_OK));
    return status;
}

static attn_status go_backward(void)
{
    struct layer *layer = &world.layers[below(LAYERS)];
    attn_tape *tape = tape_of();
    const int64_t depth = attn_tape_depth(tape);
    attn_tape_entry top = ATTN_TAPE_ENTRY_INIT;
    int64_t batch = size_of(3), time = size_of(3), queries = size_of(3);
    if (depth > 0 && below(4)) { /* mostly what the tape expects */
        ensure(attn_tape_top(tape, &top) == ATTN_OK);
        batch = top.batch, time = top.time, queries = top.queries;
    }
    attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
    out.batch = batch;
    out.time = time;
    out.dx = below(2) ? world.z : NULL;
    out.dscales = below(3) ? NULL : world.z + 512;
    out.dopenings = below(3) ? NULL : world.z + 1024;
    float *dh0 = below(2) ? world.z + 2048 : NULL;
    attn_status status = ATTN_OK;
    switch (layer->kind) {
    case NONE:
        return ATTN_OK;
    case EMBEDDING:
        status = attn_embedding_backward(layer->handle, tape, batch, time, world.x);
        break;
    case GRU:
        status = attn_gru_backward(layer->handle, tape, world.x, below(2) ? world.x : NULL, &out, dh0);
        break;
    case ATTNGRU:
        status = attn_attngru_backward(layer->handle, tape, world.x, NULL, &out, dh0);
        break;
    case ATTENTION:
        status = attn_attention_backward(layer->handle, tape, batch, time, queries, NULL, world.x, world.z,
                                         below(2) ? world.z + 512 : NULL);
        break;
    case DENSE:
        status = attn_dense_backward(layer->handle, tape, batch, world.x, world.z);
        break;
    }
    ensure(status != ATTN_OK || attn_tape_depth(tape) == depth - 1);
    return status;
}

/* The layers that are no handles. */
static attn_status go_through(void)
{
    attn_tape *tape = tape_of();
    const int64_t batch = size_of(3), time = size_of(3), dim = size_of(4), join = size_of(3);
    const int32_t *lengths = lengths_of(), which = below(6), how = below(5);
    int32_t joined[4];
    switch (which) {
    case 0:
        return attn_dropout_forward(world.context, tape, batch, world.x, 0.25f * (float)how, world.y);
    case 1:
        return attn_dropout_backward(world.context, tape, batch, world.x, world.z);
    case 2:
        return attn_pooling_forward(world.context, tape, batch, time, dim, world.x, lengths, how, world.y);
    case 3:
        return attn_pooling_backward(world.context, tape, batch, time, dim, world.x, world.z);
    case 4:
        return attn_pyramid_forward(world.context, tape, batch, time, dim, join, world.x, lengths, world.y,
                                    joined);
    default:
        return attn_pyramid_backward(world.context, tape, batch, time, dim, join, world.x, world.z);
    }
}

#endif
