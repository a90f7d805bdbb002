/* calls_world.h - what fuzz_calls.c calls the library with: a small pool of handles, and all that can be seen of them as
 * bytes. */
#ifndef FUZZ_CALLS_WORLD_H
#define FUZZ_CALLS_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SETS 2 /* of params, each with an optimiser */
#define TAPES 2
#define LAYERS 4
#define NUMBERS 4096 /* that the arrays of a call hold: more than 3 x 3 x 4 rows of 2 x 4 */

enum kind { NONE, EMBEDDING, GRU, ATTNGRU, ATTENTION, DENSE };

struct layer {
    enum kind kind; /* NONE: there is none, and `handle` is NULL */
    void *handle;
};

static struct world {
    attn_context *context;
    attn_params *params[SETS];
    attn_adam *adam[SETS];
    attn_tape *tapes[TAPES];
    struct layer layers[LAYERS];
    fuzz_bytes saved;                         /* a model file */
    float x[NUMBERS], y[NUMBERS], z[NUMBERS]; /* input; output; gradients */
} world;

static void destroy_layer(struct layer *layer)
{
    switch (layer->kind) {
    case NONE:
        break;
    case EMBEDDING:
        attn_embedding_destroy((attn_embedding **)&layer->handle);
        break;
    case GRU:
        attn_gru_destroy((attn_gru **)&layer->handle);
        break;
    case ATTNGRU:
        attn_attngru_destroy((attn_attngru **)&layer->handle);
        break;
    case ATTENTION:
        attn_attention_destroy((attn_attention **)&layer->handle);
        break;
    case DENSE:
        attn_dense_destroy((attn_dense **)&layer->handle);
        break;
    }
    ensure(layer->handle == NULL);
    layer->kind = NONE;
}

static void make_world(void)
{
    const attn_context_options options = fuzz_options(1);
    ensure(attn_context_create(&options, &world.context) == ATTN_OK);
}

/* The context's scratch goes with it: an input that fails does so by itself, and whatever else is still held was lost. */
static void forget_world(void)
{
    for (int i = 0; i < LAYERS; i++)
        destroy_layer(&world.layers[i]);
    for (int i = 0; i < TAPES; i++)
        attn_tape_destroy(&world.tapes[i]);
    for (int i = 0; i < SETS; i++) {
        attn_adam_destroy(&world.adam[i]);
        attn_params_destroy(&world.params[i]);
    }
    attn_context_destroy(&world.context);
    ensure(fuzz_held() == 0);
    free(world.saved.data);
    world.saved = (fuzz_bytes){NULL, 0, 0};
}

/* ---- what can be seen ---- */

static void note(fuzz_bytes *to, const void *data, size_t size)
{
    ensure(fuzz_collect(to, data, size) == ATTN_OK);
}

static void note_number(fuzz_bytes *to, int64_t number)
{
    note(to, &number, sizeof number);
}

static void note_params(fuzz_bytes *to, const attn_params *params)
{
    note_number(to, attn_params_count(params));
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        ensure(attn_params_tensor(params, i, &view) == ATTN_OK);
        note(to, view.name, strlen(view.name) + 1);
        note(to, view.shape, sizeof view.shape);
        note_number(to, view.offset);
        note_number(to, view.trainable);
        note(to, &view.lr_scale, sizeof view.lr_scale);
    }
    const size_t bytes = (size_t)attn_params_size(params) * sizeof(float);
    note(to, attn_params_values(params), bytes);
    note_number(to, attn_params_gradients(params) != NULL);
    if (attn_params_gradients(params))
        note(to, attn_params_gradients(params), bytes);
}

/* The optimiser's inside is seen in a file; numbers that are not finite cannot be saved. */
static void note_adam(fuzz_bytes *to, const attn_params *params, const attn_adam *adam)
{
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    const float lr = attn_adam_lr(adam);
    options.adam = adam;
    note_number(to, attn_adam_steps(adam));
    note(to, &lr, sizeof lr);
    if (adam)
        (void)!attn_params_write(params, &options, fuzz_collect, to);
}

static void note_tape(fuzz_bytes *to, const attn_tape *tape)
{
    attn_tape_entry entry = ATTN_TAPE_ENTRY_INIT;
    note_number(to, attn_tape_depth(tape));
    if (attn_tape_depth(tape) == 0)
        return;
    ensure(attn_tape_top(tape, &entry) == ATTN_OK);
    note(to, entry.name, strlen(entry.name) + 1);
    note_number(to, entry.batch);
    note_number(to, entry.time);
    note_number(to, entry.queries);
}

/* All of the pool. To be freed. */
static fuzz_bytes look(void)
{
    fuzz_bytes seen = {NULL, 0, 0};
    for (int i = 0; i < SETS; i++) {
        note_params(&seen, world.params[i]);
        note_adam(&seen, world.params[i], world.adam[i]);
    }
    for (int i = 0; i < TAPES; i++)
        note_tape(&seen, world.tapes[i]);
    for (int i = 0; i < LAYERS; i++)
        note(&seen, &world.layers[i], sizeof world.layers[i]);
    note(&seen, world.saved.data, world.saved.size);
    return seen;
}

#endif
