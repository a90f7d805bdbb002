/* test_custom.c - a layer that a program writes, on the tape among the library's: y = s x with a learned number s. */
#include "unit.h"
#include "unit_memory.h"

#define ROWS 3
#define WIDTH 4

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static attn_dense *first, *second;

/* What a program would write: its handle, its forward and its backward. */
typedef struct scale {
    int64_t size;
} scale;

static attn_tensor number(void)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(params, "scale.s", &view));
    return view;
}

static attn_status scale_forward(const scale *layer, attn_tape *on, const float *x, float *y)
{
    void *kept;
    attn_status status = attn_tape_push(on, layer, "scale", ROWS, 0, ROWS * WIDTH * sizeof(float), &kept);
    if (status != ATTN_OK)
        return status;
    memcpy(kept, x, ROWS * WIDTH * sizeof *x);
    for (int i = 0; i < ROWS * WIDTH; i++)
        y[i] = number().values[0] * x[i];
    return ATTN_OK;
}

static attn_status scale_backward(const scale *layer, attn_tape *on, int64_t rows, const float *dy, float *dx)
{
    void *kept;
    attn_status status = attn_tape_peek(on, layer, rows, 0, &kept);
    if (status != ATTN_OK)
        return status;
    for (int i = 0; i < ROWS * WIDTH; i++) {
        number().gradients[0] += dy[i] * ((float *)kept)[i];
        dx[i] = dy[i] * number().values[0];
    }
    return attn_tape_pop(on, layer);
}

static void setup(void)
{
    const int64_t one = 1;
    context = unit_context(1);
    OK(attn_params_create(context, NULL, &params));
    OK(attn_dense_create(params, "first", WIDTH, WIDTH, NULL, &first));
    OK(attn_params_add(params, "scale.s", 1, &one, NULL));
    OK(attn_dense_create(params, "second", WIDTH, 1, NULL, &second));
    OK(attn_params_zero_grad(params));
    OK(attn_tape_create(context, NULL, &tape));
    number().values[0] = 1.5f;
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_dense_destroy(&second);
    attn_dense_destroy(&first);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

/* The sum of what the three layers give. */
static float run(const scale *layer, const float *x, float *hidden, float *scaled, float *y)
{
    OK(attn_tape_begin(tape, 0));
    OK(attn_dense_forward(first, tape, ROWS, x, hidden));
    OK(scale_forward(layer, tape, hidden, scaled));
    OK(attn_dense_forward(second, tape, ROWS, scaled, y));
    return y[0] + y[1] + y[2];
}

START_TEST(gradients_flow_through_a_layer_of_ones_own)
{
    setup();
    const scale layer = {WIDTH};
    float x[ROWS * WIDTH], hidden[ROWS * WIDTH], scaled[ROWS * WIDTH], dx[ROWS * WIDTH],
        dhidden[ROWS * WIDTH], y[ROWS];
    const float dy[ROWS] = {1, 1, 1}, step = 1e-2f;
    for (int i = 0; i < ROWS * WIDTH; i++)
        x[i] = 0.1f * (float)(i - 5);
    run(&layer, x, hidden, scaled, y);
    attn_tape_entry entry = ATTN_TAPE_ENTRY_INIT;
    OK(attn_dense_backward(second, tape, ROWS, dy, dx));
    OK(attn_tape_top(tape, &entry));
    ck_assert_str_eq(entry.kind, "custom");
    ck_assert_str_eq(entry.name, "scale");
    ck_assert_int_eq(entry.batch, ROWS);
    OK(scale_backward(&layer, tape, ROWS, dx, dhidden));
    OK(attn_dense_backward(first, tape, ROWS, dhidden, dx));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    const float gradient = number().gradients[0], dx0 = dx[0];

    /* The whole is linear in s, and in x: differences are exact but for rounding of sums near 1. */
    number().values[0] += step;
    float more = run(&layer, x, hidden, scaled, y);
    number().values[0] -= 2 * step;
    float less = run(&layer, x, hidden, scaled, y);
    NEAR(gradient, (more - less) / (2 * step), 1e-4);
    number().values[0] += step;
    x[0] += step;
    more = run(&layer, x, hidden, scaled, y);
    x[0] -= 2 * step;
    less = run(&layer, x, hidden, scaled, y);
    NEAR(dx0, (more - less) / (2 * step), 1e-4);
    teardown();
}
END_TEST

START_TEST(a_record_is_its_owners_alone_and_knows_its_sizes)
{
    setup();
    const scale layer = {WIDTH}, other = {WIDTH};
    float x[ROWS * WIDTH] = {0}, y[ROWS * WIDTH];
    void *memory = &memory;
    FAILS(ATTN_ERR_STATE, "attn_tape_peek: the tape is empty",
          attn_tape_peek(tape, &layer, ROWS, 0, &memory));
    ck_assert_ptr_null(memory);
    OK(attn_tape_push(tape, &layer, "scale", ROWS, 5, 100, &memory));
    ck_assert_uint_eq((uintptr_t)memory % 64, 0);
    memset(memory, 7, 100);
    FAILS(ATTN_ERR_STATE, "custom \"scale\"", attn_tape_peek(tape, &other, ROWS, 5, &memory));
    FAILS(ATTN_ERR_STATE, "custom \"scale\"", attn_tape_pop(tape, &other));
    FAILS(ATTN_ERR_STATE, "custom \"scale\"", attn_dense_backward(first, tape, ROWS, x, y));
    FAILS(ATTN_ERR_ARGUMENT, "batch is 3 and time 4; expected forward's, 3 and 5",
          attn_tape_peek(tape, &layer, ROWS, 4, &memory));
    OK(attn_tape_peek(tape, &layer, ROWS, 5, &memory));
    ck_assert_int_eq(((char *)memory)[99], 7);
    OK(attn_dense_forward(first, tape, ROWS, x, y));
    FAILS(ATTN_ERR_STATE, "dense \"first\"", attn_tape_pop(tape, &layer));
    OK(attn_dense_backward(first, tape, ROWS, y, NULL));
    OK(attn_tape_pop(tape, &layer));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    teardown();
}
END_TEST

START_TEST(arguments_out_of_range_are_refused)
{
    setup();
    void *memory;
    FAILS(ATTN_ERR_ARGUMENT, "tape is NULL", attn_tape_push(NULL, &memory, "x", 1, 1, 1, &memory));
    FAILS(ATTN_ERR_ARGUMENT, "owner is NULL", attn_tape_push(tape, NULL, "x", 1, 1, 1, &memory));
    FAILS(ATTN_ERR_ARGUMENT, "name is NULL", attn_tape_push(tape, &memory, NULL, 1, 1, 1, &memory));
    FAILS(ATTN_ERR_ARGUMENT, "memory is NULL", attn_tape_push(tape, &memory, "x", 1, 1, 1, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "batch is -1", attn_tape_push(tape, &memory, "x", -1, 1, 1, &memory));
    FAILS(ATTN_ERR_MEMORY, "attn_tape_push: no memory",
          attn_tape_push(tape, &memory, "x", 1, 1, SIZE_MAX, &memory));
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    teardown();
}
END_TEST

START_TEST(memory_for_layers_of_ones_own_comes_from_the_hook)
{
    static unit_memory memory;
    void *piece;
    unit_memory_reset(&memory, UNIT_ENOUGH);
    context = unit_memory_context(&memory, 1);
    const long long before = atomic_load(&memory.blocks);
    OK(attn_context_alloc(context, 1000, &piece));
    ck_assert_uint_eq((uintptr_t)piece % 64, 0);
    ck_assert_int_eq(atomic_load(&memory.blocks), before + 1);
    attn_context_free(context, piece);
    attn_context_free(context, NULL);
    ck_assert_int_eq(atomic_load(&memory.blocks), before);
    unit_memory_reset(&memory, 0);
    FAILS(ATTN_ERR_MEMORY, "attn_context_alloc: no memory for 1000 bytes",
          attn_context_alloc(context, 1000, &piece));
    ck_assert_ptr_null(piece);
    unit_memory_reset(&memory, UNIT_ENOUGH);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_shared_handle_lives_until_its_last_owner_has_let_go)
{
    setup();
    attn_dense *again = attn_dense_share(second);
    attn_dense_info info = ATTN_DENSE_INFO_INIT;
    float x[WIDTH] = {1, 2, 3, 4}, before, after;
    ck_assert_ptr_eq(again, second);
    OK(attn_dense_get_info(again, &info));
    ck_assert_ptr_eq(info.params, params);
    ck_assert_ptr_eq(attn_params_context(params), context);
    OK(attn_dense_forward(second, NULL, 1, x, &before));
    teardown();
    OK(attn_dense_forward(again, NULL, 1, x, &after)); /* which keeps params and context alive too */
    ck_assert(before == after);
    attn_dense_destroy(&again);
    ck_assert_ptr_null(again);
    ck_assert_ptr_null(attn_dense_share(NULL));
}
END_TEST

UNIT_MAIN("custom", gradients_flow_through_a_layer_of_ones_own,
          a_record_is_its_owners_alone_and_knows_its_sizes, arguments_out_of_range_are_refused,
          memory_for_layers_of_ones_own_comes_from_the_hook,
          a_shared_handle_lives_until_its_last_owner_has_let_go)
