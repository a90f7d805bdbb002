/* test_gru_tape.c - the recurrent layers and the tape: forward's sizes in backward, gradients of inputs alone, by several threads at
 * once; and what the layers say of themselves. */
#include <pthread.h>
#include <stddef.h>

#include "unit.h"
#include "unit_data.h"

enum { ROWS = 5, TIME = 6, INPUT = 3, HIDDEN = 4, WORDS = 9 };
static const int32_t row_lengths[ROWS] = {6, 0, 3, 1, 5};

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static attn_embedding *embedding;
static attn_gru *gru;
static attn_attngru *attngru;

static void setup(int32_t mode)
{
    context = unit_context(2);
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = mode;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, &options, &tape));
    attn_gru_options deep = ATTN_GRU_OPTIONS_INIT;
    deep.layers = 2;
    deep.bidirectional = 1;
    deep.layer_norm = 1;
    OK(attn_embedding_create(params, "words", WORDS, INPUT, NULL, &embedding));
    OK(attn_gru_create(params, "gru", INPUT, HIDDEN, &deep, &gru));
    OK(attn_attngru_create(params, "cell", INPUT, HIDDEN, NULL, &attngru));
}

static void teardown(void)
{
    attn_attngru_destroy(&attngru);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

/* What a pass reads and gives: by vectors, by ids with scales, and by the attention GRU on ids with scales. */
typedef struct pass {
    float x[ROWS * TIME * INPUT], scales[ROWS * TIME], openings[ROWS * TIME], dy[ROWS * TIME * 2 * HIDDEN];
    int32_t ids[ROWS * TIME];
    float dx[ROWS * TIME * INPUT], dscales[2][ROWS * TIME], dopenings[ROWS * TIME], dh0[3][4 * ROWS * HIDDEN];
} pass;

static pass pass_of(uint64_t seed)
{
    pass p = {0};
    unit_fill(p.x, ROWS * TIME * INPUT, seed);
    unit_fill(p.scales, ROWS * TIME, seed + 1);
    unit_fill(p.openings, ROWS * TIME, seed + 2);
    unit_fill(p.dy, ROWS * TIME * 2 * HIDDEN, seed + 3);
    for (int64_t i = 0; i < ROWS * TIME; i++)
        p.ids[i] = (int32_t)((seed + (uint64_t)(i * i)) % WORDS);
    return p;
}

#define BATCH .batch = ROWS, .time = TIME, .lengths = row_lengths
#define SIZES .batch = ROWS, .time = TIME
#define OF_IDS(p) BATCH, .embedding = embedding, .ids = (p)->ids, .scales = (p)->scales

/* All three, forth and back on the tape `on`. */
static attn_status run(attn_tape *on, pass *p)
{
    float y[ROWS * TIME * 2 * HIDDEN];
    attn_status status = attn_gru_forward(gru, on, SEQUENCE(BATCH, .x = p->x), NULL, y, NULL);
    if (status == ATTN_OK)
        status = attn_gru_forward(gru, on, SEQUENCE(OF_IDS(p)), NULL, y, NULL);
    if (status == ATTN_OK)
        status =
            attn_attngru_forward(attngru, on, SEQUENCE(OF_IDS(p), .openings = p->openings), NULL, y, NULL);
    if (status == ATTN_OK)
        status = attn_attngru_backward(attngru, on, p->dy, NULL,
                                       GRADIENTS(SIZES, .dscales = p->dscales[0], .dopenings = p->dopenings),
                                       p->dh0[0]);
    if (status == ATTN_OK)
        status =
            attn_gru_backward(gru, on, p->dy, NULL, GRADIENTS(SIZES, .dscales = p->dscales[1]), p->dh0[1]);
    if (status == ATTN_OK)
        status = attn_gru_backward(gru, on, p->dy, NULL, GRADIENTS(SIZES, .dx = p->dx), p->dh0[2]);
    return status;
}

static int have_gradients(void)
{
    attn_tensor tensor = ATTN_TENSOR_INIT;
    OK(attn_params_tensor(params, 0, &tensor));
    return tensor.gradients != NULL;
}

/* ---- sizes ----------------------------------------------------------------------------------------------- */

START_TEST(one_layer_twice_on_a_tape_wants_the_sizes_of_each)
{
    setup(ATTN_TAPE_TRAIN);
    pass p = pass_of(1);
    float small[2 * 1 * INPUT], dx[ROWS * TIME * INPUT], y[ROWS * TIME * 2 * HIDDEN];
    unit_fill(small, 2 * INPUT, 9);
    for (int64_t i = 0; i < ROWS * TIME * INPUT; i++)
        dx[i] = 7.0f;
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = 2, .time = 1, .x = small), NULL, y, NULL));
    OK(attn_gru_forward(gru, tape, SEQUENCE(BATCH, .x = p.x), NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_backward: batch is 2 and time 1; expected forward's, 5 and 6",
          attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(.batch = 2, .time = 1, .dx = dx), NULL));
    for (int64_t i = 0; i < ROWS * TIME * INPUT; i++)
        ck_assert(dx[i] == 7.0f);
    ck_assert(!have_gradients());
    OK(attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(SIZES, .dx = dx), NULL));
    for (int64_t i = 0; i < ROWS * TIME * INPUT; i++)
        ck_assert(dx[i] != 7.0f);
    FAILS(ATTN_ERR_ARGUMENT, "attn_gru_backward: batch is 5 and time 6; expected forward's, 2 and 1",
          attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(SIZES, .dx = dx), NULL));
    OK(attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(.batch = 2, .time = 1, .dx = dx), NULL));

    OK(attn_attngru_forward(attngru, tape, SEQUENCE(BATCH, .x = p.x, .openings = p.openings), NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "attn_attngru_backward: batch is 6 and time 5; expected forward's, 5 and 6",
          attn_attngru_backward(attngru, tape, p.dy, NULL, GRADIENTS(.batch = 6, .time = 5, .dx = dx), NULL));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_attngru_backward(attngru, tape, p.dy, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "dscales is not NULL",
          attn_attngru_backward(attngru, tape, p.dy, NULL, GRADIENTS(SIZES, .dscales = dx), NULL));
    FAILS(ATTN_ERR_STATE, "another layer's (attngru \"cell\")",
          attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(SIZES), NULL));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    teardown();
}
END_TEST

START_TEST(a_tape_of_another_context_is_refused)
{
    setup(ATTN_TAPE_TRAIN);
    attn_context *elsewhere = unit_context(1);
    attn_tape *foreign = NULL;
    pass p = pass_of(1);
    float y[ROWS * TIME * 2 * HIDDEN];
    OK(attn_tape_create(elsewhere, NULL, &foreign));
    FAILS(ATTN_ERR_ARGUMENT, "the tape is of another context than the layer \"gru\"",
          attn_gru_forward(gru, foreign, SEQUENCE(BATCH, .x = p.x), NULL, y, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "another context",
          attn_attngru_backward(attngru, foreign, p.dy, NULL, GRADIENTS(SIZES), NULL));
    ck_assert_int_eq(attn_tape_depth(foreign), 0);
    attn_tape_destroy(&foreign);
    attn_context_destroy(&elsewhere);
    teardown();
}
END_TEST

/* ---- gradients of inputs alone --------------------------------------------------------------------------- */

static void assert_same(const pass *a, const pass *b)
{
    ck_assert_mem_eq(a->dx, b->dx, sizeof a->dx);
    ck_assert_mem_eq(a->dscales, b->dscales, sizeof a->dscales);
    ck_assert_mem_eq(a->dopenings, b->dopenings, sizeof a->dopenings);
    ck_assert_mem_eq(a->dh0, b->dh0, sizeof a->dh0);
}

START_TEST(gradients_of_inputs_are_the_same_and_leave_the_params_alone)
{
    const int32_t modes[2] = {ATTN_TAPE_INPUTS, ATTN_TAPE_GRADIENT};
    pass of[2] = {pass_of(3), pass_of(3)};
    for (int i = 0; i < 2; i++) {
        setup(modes[i]);
        OK(run(tape, &of[i]));
        ck_assert_int_eq(have_gradients(), i);
        teardown();
    }
    assert_same(&of[0], &of[1]);
}
END_TEST

typedef struct job {
    pass p;
    const char *fault;
} job;

static void *go_back(void *argument)
{
    job *j = argument;
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_INPUTS;
    attn_tape *own = NULL;
    if (attn_tape_create(context, &options, &own) != ATTN_OK)
        j->fault = "no tape";
    for (int round = 0; round < 20 && j->fault == NULL; round++) {
        if (run(own, &j->p) != ATTN_OK)
            j->fault = "no pass";
    }
    attn_tape_destroy(&own);
    return NULL;
}

START_TEST(threads_go_back_through_one_layer_at_once)
{
    enum { THREADS = 4 };
    setup(ATTN_TAPE_INPUTS);
    pthread_t threads[THREADS];
    static job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){.p = pass_of((uint64_t)(10 * i))};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, go_back, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_ptr_null(jobs[i].fault);
        pass alone = pass_of((uint64_t)(10 * i));
        OK(run(tape, &alone));
        assert_same(&jobs[i].p, &alone);
    }
    ck_assert(!have_gradients());
    teardown();
}
END_TEST

/* ---- what they are --------------------------------------------------------------------------------------- */

START_TEST(the_layers_say_what_they_are)
{
    setup(ATTN_TAPE_TRAIN);
    attn_gru_info info = ATTN_GRU_INFO_INIT;
    OK(attn_gru_get_info(gru, &info));
    ck_assert_str_eq(info.name, "gru");
    ck_assert(info.input_dim == INPUT && info.hidden_dim == HIDDEN && info.output_dim == 2 * HIDDEN);
    ck_assert(info.state_count == 4 && info.layers == 2 && info.bidirectional == 1 && info.layer_norm == 1);
    ck_assert(info.reset == ATTN_GRU_RESET_AFTER && info.experimental == 0 && info.reserved == 0);
    info = (attn_gru_info){.struct_size = offsetof(attn_gru_info, hidden_dim), .hidden_dim = -1};
    OK(attn_gru_get_info(gru, &info)); /* an older program's: not beyond its end */
    ck_assert(info.input_dim == INPUT && info.hidden_dim == -1);
    FAILS(ATTN_ERR_ARGUMENT, "gru is NULL", attn_gru_get_info(NULL, &info));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_gru_get_info(gru, NULL));

    attn_attngru_info cell = ATTN_ATTNGRU_INFO_INIT;
    OK(attn_attngru_get_info(attngru, &cell));
    ck_assert_str_eq(cell.name, "cell");
    ck_assert(cell.input_dim == INPUT && cell.hidden_dim == HIDDEN && cell.form == ATTN_ATTNGRU_REPLACE);
    FAILS(ATTN_ERR_ARGUMENT, "attngru is NULL", attn_attngru_get_info(NULL, &cell));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_attngru_get_info(attngru, NULL));
    teardown();
}
END_TEST

/* It is a copy, which outlives all that it was made of. */
START_TEST(a_packed_gru_says_what_it_was_packed_of)
{
    setup(ATTN_TAPE_TRAIN);
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = ATTN_PRECISION_BFLOAT16;
    options.embedding = embedding;
    attn_gru_packed *packed = NULL;
    OK(attn_gru_packed_create(gru, &options, &packed));
    teardown();
    attn_gru_packed_info info = ATTN_GRU_PACKED_INFO_INIT;
    OK(attn_gru_packed_get_info(packed, &info));
    ck_assert_str_eq(info.name, "gru");
    ck_assert(info.input_dim == INPUT && info.hidden_dim == HIDDEN && info.output_dim == 2 * HIDDEN);
    ck_assert(info.state_count == 4 && info.rows == WORDS && info.precision == ATTN_PRECISION_BFLOAT16);
    FAILS(ATTN_ERR_ARGUMENT, "packed is NULL", attn_gru_packed_get_info(NULL, &info));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_gru_packed_get_info(packed, NULL));
    attn_gru_packed_destroy(&packed);
}
END_TEST

START_TEST(zeros_are_the_defaults)
{
    setup(ATTN_TAPE_TRAIN);
    const attn_gru_options zeros = {.struct_size = sizeof zeros};
    const attn_attngru_options none = {.struct_size = sizeof none};
    attn_gru *plain[2] = {NULL, NULL};
    attn_attngru *cells[2] = {NULL, NULL};
    OK(attn_gru_create(params, "a", INPUT, HIDDEN, NULL, &plain[0]));
    OK(attn_gru_create(params, "b", INPUT, HIDDEN, &zeros, &plain[1]));
    OK(attn_attngru_create(params, "c", INPUT, HIDDEN, NULL, &cells[0]));
    OK(attn_attngru_create(params, "d", INPUT, HIDDEN, &none, &cells[1]));
    attn_gru_info of[2] = {unit_gru_info(plain[0]), unit_gru_info(plain[1])};
    attn_attngru_info cell[2] = {ATTN_ATTNGRU_INFO_INIT, ATTN_ATTNGRU_INFO_INIT};
    for (int i = 0; i < 2; i++) {
        OK(attn_attngru_get_info(cells[i], &cell[i]));
        of[i].name = cell[i].name = NULL;
        attn_gru_destroy(&plain[i]);
        attn_attngru_destroy(&cells[i]);
    }
    ck_assert_mem_eq(&of[0], &of[1], sizeof of[0]);
    ck_assert_mem_eq(&cell[0], &cell[1], sizeof cell[0]);
    ck_assert_int_eq(of[0].layers, 1);
    attn_gru *again = NULL;
    int64_t tensors = attn_params_count(params);
    FAILS(ATTN_ERR_ARGUMENT, "already a layer called \"a\"",
          attn_gru_create(params, "a", 2, 2, NULL, &again));
    ck_assert_int_eq(attn_params_count(params), tensors);
    teardown();
}
END_TEST

/* dh[TIME, width] of a row whose outputs have the gradients dy, and dh0 of the words [from, to) from the states beside them. */
static void back_over(attn_gru *of, const float *x, const float *states, const float *dy, int64_t from,
                      int64_t to, float *dh, float *dh0)
{
    const int64_t width = unit_gru_info(of).output_dim, directions = width / HIDDEN;
    float h0[2 * HIDDEN] = {0}, y[TIME * 2 * HIDDEN];
    if (from > 0)
        memcpy(h0, states + (from - 1) * width, HIDDEN * sizeof *h0);
    if (to < TIME && directions == 2)
        memcpy(h0 + HIDDEN, states + to * width + HIDDEN, HIDDEN * sizeof *h0);
    OK(attn_tape_begin(tape, 0));
    OK(attn_gru_forward(of, tape, SEQUENCE(.batch = 1, .time = to - from, .x = x + from * INPUT), h0, y,
                        NULL));
    OK(attn_gru_backward(of, tape, dy + from * width, NULL,
                         GRADIENTS(.batch = 1, .time = to - from, .dh = dh), dh0));
}

/* What a state's later steps make of it is what they have for the state that they begin from; its output comes to that. To rounding:
 * 1e-5 of numbers of some units. */
START_TEST(the_gradient_of_a_state_is_that_of_what_comes_after_it)
{
    for (int variant = 0; variant < 8; variant++) {
        attn_gru *of;
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = variant % 2;
        options.layer_norm = variant / 2 % 2;
        options.bidirectional = variant / 4;
        setup(ATTN_TAPE_INPUTS);
        OK(attn_gru_create(params, "one", INPUT, HIDDEN, &options, &of));
        const pass p = pass_of(3);
        const int64_t width = unit_gru_info(of).output_dim;
        float states[TIME * 2 * HIDDEN], dh[TIME * 2 * HIDDEN], dh0[2 * HIDDEN];
        OK(attn_gru_forward(of, NULL, SEQUENCE(.batch = 1, .time = TIME, .x = p.x), NULL, states, NULL));
        back_over(of, p.x, states, p.dy, 0, TIME, dh, dh0);
        for (int64_t t = 0; t < TIME; t++) {
            for (int d = 0; d <= options.bidirectional; d++) {
                const int ends = t == (d == 0 ? TIME - 1 : 0);
                memset(dh0, 0, sizeof dh0);
                if (!ends)
                    back_over(of, p.x, states, p.dy, d == 0 ? t + 1 : 0, d == 0 ? TIME : t, NULL, dh0);
                for (int64_t i = 0; i < HIDDEN; i++) {
                    const int64_t at = t * width + d * HIDDEN + i;
                    NEAR(dh[at], (double)p.dy[at] + (double)dh0[d * HIDDEN + i], 1e-5);
                }
            }
        }
        attn_gru_destroy(&of);
        teardown();
    }
}
END_TEST

/* Of a batch, of two layers the last: 0 beyond the lengths, where dy is not read. */
START_TEST(gradients_of_states_end_with_their_rows)
{
    setup(ATTN_TAPE_INPUTS);
    pass p = pass_of(3);
    float dh[ROWS * TIME * 2 * HIDDEN], dx[ROWS * TIME * INPUT];
    for (int64_t i = 0; i < ROWS * TIME * 2 * HIDDEN; i++) {
        if (i / (2 * HIDDEN) % TIME >= row_lengths[i / (2 * HIDDEN * TIME)])
            p.dy[i] = NAN;
        dh[i] = NAN;
    }
    OK(attn_tape_begin(tape, 0));
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = p.x),
                        NULL, NULL, NULL));
    OK(attn_gru_backward(gru, tape, p.dy, NULL, GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx, .dh = dh),
                         NULL));
    for (int64_t b = 0; b < ROWS; b++) {
        const int64_t begin = b * TIME * 2 * HIDDEN, length = row_lengths[b] * 2 * HIDDEN;
        unit_assert_all(dh + begin + length, TIME * 2 * HIDDEN - length, 0.0f);
        if (length > 0) /* the last forward state has its output alone */
            unit_assert_same_bits(dh + begin + length - 2 * HIDDEN, p.dy + begin + length - 2 * HIDDEN,
                                  HIDDEN);
    }
    teardown();
}
END_TEST

UNIT_MAIN("gru_tape", one_layer_twice_on_a_tape_wants_the_sizes_of_each, a_tape_of_another_context_is_refused,
          gradients_of_inputs_are_the_same_and_leave_the_params_alone,
          threads_go_back_through_one_layer_at_once, the_layers_say_what_they_are,
          a_packed_gru_says_what_it_was_packed_of, zeros_are_the_defaults,
          the_gradient_of_a_state_is_that_of_what_comes_after_it, gradients_of_states_end_with_their_rows)
