/* fuzz_calls.c - any sequence of calls, good and bad ones, over a small pool of handles: each succeeds or fails, and one
 * that failed has left all handles as they were: names, shapes, values, gradients, the optimiser, the tapes. In the end no
 * memory is held.
 *
 * The input is a list of calls: a byte that says which one, then its arguments, of which small numbers say which handle
 * (there may be none) and what size. After some calls there is not enough memory for the next. */
#include <math.h>

#include "calls_layers.h"

/* ---- calls: each returns its status ---- */

static attn_status create_params(void)
{
    attn_params_options options = ATTN_PARAMS_OPTIONS_INIT;
    attn_params **place = &world.params[below(SETS)];
    options.seed = fuzz_byte(&input);
    return *place ? ATTN_OK : attn_params_create(world.context, &options, place);
}

static attn_status add_tensor(void)
{
    attn_tensor_options options = ATTN_TENSOR_OPTIONS_INIT;
    attn_params *params = params_of();
    const char *name = name_of();
    int64_t shape[ATTN_MAX_RANK];
    const int32_t rank = below(4) ? below(3) : below(12) - 1;
    for (int i = 0; i < ATTN_MAX_RANK; i++)
        shape[i] = width_of(3);
    options.init = below(9);
    options.frozen = below(3);
    return attn_params_add(params, name, rank, shape, &options);
}

static attn_status change_params(void)
{
    static const float scales[] = {0.5f, 2, 0, -1, NAN, INFINITY};
    attn_params *params = params_of();
    const char *name = name_of();
    const int64_t rows[] = {1, 0, width_of(4)};
    switch (below(6)) {
    case 0:
        return attn_params_seal(params);
    case 1:
        return attn_params_set_trainable(params, name, below(3));
    case 2:
        return attn_params_set_lr_scale(params, name, scales[below(6)]);
    case 3:
        return attn_params_use_rows(params, name, size_of(3) % 4, rows);
    default:
        return attn_params_zero_grad(params);
    }
}

/* The program's own writing. */
static attn_status set_number(void)
{
    static const float numbers[] = {0, 1, -0.5f, 100, 3e38f, NAN, INFINITY, 1e-40f};
    attn_params *params = params_of();
    const int64_t size = attn_params_size(params), at = fuzz_byte(&input);
    const float number = numbers[below(8)];
    float *values = below(2) ? attn_params_values(params) : attn_params_gradients(params);
    if (values && at < size)
        values[at] = number;
    else
        world.x[at] = number;
    return ATTN_OK;
}

static attn_status use_tape(void)
{
    static const int owners[2];
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    const int32_t which = below(8);
    attn_tape **place = &world.tapes[below(TAPES)];
    const int64_t number = width_of(100);
    const void *owner = &owners[below(2)];
    void *memory;
    switch (which) {
    case 0:
        attn_tape_destroy(place);
        return ATTN_OK;
    case 1:
        return attn_tape_begin(*place, number);
    case 2:
        return attn_tape_push(*place, owner, name_of(), number % 4, 1, (size_t)number, &memory);
    case 3:
        return attn_tape_peek(*place, owner, number % 4, 1, &memory);
    case 4:
        return attn_tape_pop(*place, owner);
    default:
        options.mode = (int32_t)(number % 4);
        return *place ? ATTN_OK : attn_tape_create(world.context, &options, place);
    }
}

static attn_status use_adam(void)
{
    static const float rates[] = {0.1f, 1, 1e20f, 0, -1, NAN};
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    const int32_t set = below(SETS);
    attn_adam **place = &world.adam[set];
    switch (below(6)) {
    case 0:
        options.average = below(2) ? 0.5f : 0;
        options.clip_norm = (float)below(3);
        return *place || world.params[set] == NULL ? ATTN_OK
                                                   : attn_adam_create(world.params[set], &options, place);
    case 1:
        attn_adam_destroy(place);
        return ATTN_OK;
    case 2:
        return attn_adam_swap_average(*place);
    case 3:
        return attn_adam_set_lr(*place, rates[below(6)]);
    default:
        return attn_adam_step(*place, NULL);
    }
}

static attn_status save(void)
{
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    const int32_t set = below(SETS);
    fuzz_bytes bytes = {NULL, 0, 0};
    options.adam = below(2) ? world.adam[below(4) ? set : below(SETS)] : NULL;
    options.dtype = below(3);
    const attn_status status = attn_params_write(world.params[set], &options, fuzz_collect, &bytes);
    if (status != ATTN_OK) {
        ensure(bytes.size == 0);
        return status;
    }
    free(world.saved.data);
    world.saved = bytes;
    return status;
}

/* One byte of the file may be another. */
static attn_status load(void)
{
    const int32_t set = below(SETS);
    attn_file *file = NULL;
    const size_t at = fuzz_number(&input, 2);
    const uint8_t change = below(3) ? 0 : fuzz_byte(&input);
    if (at < world.saved.size)
        world.saved.data[at] ^= change;
    attn_status status = attn_file_open_memory(world.context, world.saved.data, world.saved.size, &file);
    ensure((status == ATTN_OK) == (file != NULL));
    struct layer *layer = &world.layers[below(LAYERS)];
    const char *name = name_of();
    const char *from = below(2) ? "a" : NULL, *to = below(2) ? "b" : NULL;
    const int32_t which = below(5);
    if (status == ATTN_OK && which == 0)
        status = attn_file_load_adam(file, world.adam[set]);
    else if (status == ATTN_OK && which == 1)
        status = attn_file_load(file, world.params[set], from, to);
    else if (status == ATTN_OK && which == 2 && layer->kind == NONE) {
        status = attn_file_gru_create(file, name, world.params[set], (attn_gru **)&layer->handle);
        layer->kind = status == ATTN_OK ? GRU : NONE;
    } else if (status == ATTN_OK && which == 3 && layer->kind == NONE) {
        status = attn_file_dense_create(file, name, world.params[set], (attn_dense **)&layer->handle);
        layer->kind = status == ATTN_OK ? DENSE : NONE;
    } else if (status == ATTN_OK)
        status = attn_file_load(file, world.params[set], NULL, NULL);
    attn_file_close(&file);
    if (at < world.saved.size)
        world.saved.data[at] ^= change;
    return status;
}

static attn_status destroy(void)
{
    const int32_t which = below(2 * LAYERS);
    if (which < LAYERS)
        destroy_layer(&world.layers[which]);
    else if (below(4) == 0)
        attn_params_destroy(&world.params[which % SETS]);
    return ATTN_OK;
}

static attn_status (*const calls[])(void) = {
    create_params, add_tensor,  change_params, set_number, use_tape, create_layer, create_layer, go_forward,
    go_forward,    go_backward, go_backward,   go_through, use_adam, save,         load,         destroy};

#define CALLS ((int32_t)(sizeof calls / sizeof *calls))
#define ROOM ((size_t)1 << 18) /* more than any good call here takes */

/* What a failure may change: a backward that lacked memory has added part of its gradients (tape.h), and the step is begun
 * anew. */
static void begin_anew(void)
{
    for (int i = 0; i < SETS; i++)
        (void)!attn_params_zero_grad(world.params[i]);
    for (int i = 0; i < TAPES; i++)
        (void)!attn_tape_begin(world.tapes[i], 0);
}

static void call_one(int32_t which, size_t room)
{
    fuzz_bytes before = look();
    fuzz_room(room);
    const attn_status status = calls[which]();
    fuzz_limit(SIZE_MAX);
    ensure(status >= ATTN_OK && status <= ATTN_ERR_UNSUPPORTED && status % 10 == 0);
    ensure(status != ATTN_ERR_MEMORY || attn_last_error()[0] != '\0');
    if (status == ATTN_ERR_MEMORY && calls[which] == go_backward) {
        begin_anew();
    } else if (status != ATTN_OK) {
        fuzz_bytes after = look();
        ensure(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
        free(after.data);
    }
    free(before.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = (fuzz_input){data, size};
    make_world();
    for (int i = 0; i < NUMBERS; i++)
        world.x[i] = (float)(i * 37 % 11 - 5) * 0.125f;
    for (int count = 0; input.size > 0 && count < 64; count++) {
        const int32_t which = below(CALLS + 1);
        if (which < CALLS)
            call_one(which, ROOM);
        else /* less memory than the next call may want */
            call_one(below(CALLS), (size_t)fuzz_byte(&input) * 64);
    }
    forget_world();
    return 0;
}
