/* test_attention_tape.c - attention and the embedding on a tape: sizes, tapes and layers that do not fit, arrays that may be one,
 * gradients of inputs alone, and what the two say of themselves. */
#include <pthread.h>

#include "unit.h"
#include "unit_data.h"

enum { D = 5, MOST = 4 * 6 * D, SCORES = ATTN_SCORE_BILINEAR + 1 };

static attn_context *context;
static attn_params *params;
static attn_tape *tape;

static void setup(int32_t mode)
{
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = mode;
    context = unit_context(2);
    params = NULL;
    tape = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, &options, &tape));
}

static void teardown(void)
{
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static attn_attention *attention_of(const char *name, int32_t score)
{
    attn_attention *attention = NULL;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = score;
    options.outer_tanh = 1;
    OK(attn_attention_create(params, name, D, &options, &attention));
    return attention;
}

/* Have the params gradients yet? */
static int have_gradients(void)
{
    attn_tensor first = ATTN_TENSOR_INIT;
    return attn_params_count(params) > 0 && attn_params_tensor(params, 0, &first) == ATTN_OK &&
           first.gradients != NULL;
}

/* One forward and what its backward gives: b rows of j items, and as many queries where the score asks. */
typedef struct pass {
    int64_t b, j, q;
    float memory[MOST], query[MOST], dcontext[MOST], dmemory[MOST], dquery[MOST];
} pass;

static pass pass_of(int32_t score, int64_t b, int64_t j, uint64_t seed)
{
    pass p = {.b = b, .j = j, .q = score == ATTN_SCORE_FEEDFORWARD ? 1 : j};
    unit_fill(p.memory, MOST, seed);
    unit_fill(p.query, MOST, seed + 1);
    unit_fill(p.dcontext, MOST, seed + 2);
    return p;
}

static void attend(const attn_attention *attention, int32_t score, attn_tape *used, const pass *p)
{
    OK(score == ATTN_SCORE_FEEDFORWARD
           ? attn_attention_forward(attention, used, p->b, p->j, p->memory, NULL, NULL, NULL)
           : attn_attention_forward_queries(attention, used, p->b, p->j, p->q, p->memory, NULL, p->query,
                                            NULL, NULL, NULL));
}

static attn_status back(const attn_attention *attention, int32_t score, attn_tape *used, int64_t b, int64_t j,
                        int64_t q, pass *p)
{
    return attn_attention_backward(attention, used, b, j, q, NULL, p->dcontext, p->dmemory,
                                   score == ATTN_SCORE_FEEDFORWARD ? NULL : p->dquery);
}

/* What was refused has written nothing and left the tape as it was. */
static void expect_untouched(const pass *p, int64_t depth)
{
    unit_assert_all(p->dmemory, MOST, 0.0f);
    unit_assert_all(p->dquery, MOST, 0.0f);
    ck_assert(!have_gradients());
    ck_assert_int_eq(attn_tape_depth(tape), depth);
}

/* ---- sizes, tapes, layers -------------------------------------------------------------------------------- */

START_TEST(attention_twice_on_a_tape_wants_the_sizes_of_each)
{
    for (int32_t score = 0; score < SCORES; score++) {
        setup(ATTN_TAPE_TRAIN);
        attn_attention *attention = attention_of("a", score);
        pass first = pass_of(score, 2, 3, 1), second = pass_of(score, 4, 6, 2), alone = first;
        attend(attention, score, tape, &first);
        attend(attention, score, tape, &second);
        const int64_t wrong[][3] = {{2, 3, first.q},      {3, 6, second.q},  {4, 5, second.q},
                                    {4, 6, second.q + 1}, {-1, 6, second.q}, {6, 4, second.q}};
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            char line[120];
            snprintf(
                line, sizeof line,
                "attn_attention_backward: batch is %d and items %d and queries %d; expected forward's, 4 and "
                "6 and %d",
                (int)wrong[i][0], (int)wrong[i][1], (int)wrong[i][2], (int)second.q);
            FAILS(ATTN_ERR_ARGUMENT, line,
                  back(attention, score, tape, wrong[i][0], wrong[i][1], wrong[i][2], &second));
            expect_untouched(&second, 2);
        }
        OK(back(attention, score, tape, 4, 6, second.q, &second));
        OK(back(attention, score, tape, 2, 3, first.q, &first));
        attend(attention, score, tape, &alone);
        OK(back(attention, score, tape, 2, 3, first.q, &alone));
        unit_assert_same_bits(first.dmemory, alone.dmemory, MOST);
        unit_assert_same_bits(first.dquery, alone.dquery, MOST);
        attn_attention_destroy(&attention);
        teardown();
    }
}
END_TEST

START_TEST(attention_refuses_another_tape_and_another_record)
{
    for (int32_t score = 0; score < SCORES; score++) {
        setup(ATTN_TAPE_TRAIN);
        attn_context *elsewhere = unit_context(1);
        attn_tape *other_tape = NULL;
        OK(attn_tape_create(elsewhere, NULL, &other_tape));
        attn_attention *attention = attention_of("a", score), *other = attention_of("b", score);
        pass p = pass_of(score, 2, 3, 1);
        FAILS(ATTN_ERR_STATE, "the tape is empty", back(attention, score, tape, 2, 3, p.q, &p));
        attend(other, score, tape, &p);
        FAILS(ATTN_ERR_STATE, "another layer's (attention \"b\")",
              back(attention, score, tape, 2, 3, p.q, &p));
        FAILS(ATTN_ERR_ARGUMENT, "another context", back(other, score, other_tape, 2, 3, p.q, &p));
        expect_untouched(&p, 1);
        attn_tape_entry top = ATTN_TAPE_ENTRY_INIT;
        OK(attn_tape_top(tape, &top));
        ck_assert_str_eq(top.kind, "attention");
        ck_assert_str_eq(top.name, "b");
        ck_assert(top.batch == 2 && top.time == 3 && top.queries == p.q);
        OK(back(other, score, tape, 2, 3, p.q, &p));
        attn_attention_destroy(&attention);
        attn_attention_destroy(&other);
        attn_tape_destroy(&other_tape);
        attn_context_destroy(&elsewhere);
        teardown();
    }
}
END_TEST

START_TEST(an_embedding_twice_on_a_tape_wants_the_sizes_of_each)
{
    setup(ATTN_TAPE_TRAIN);
    attn_embedding *embedding = NULL, *other = NULL;
    OK(attn_embedding_create(params, "e", 7, D, NULL, &embedding));
    OK(attn_embedding_create(params, "f", 7, D, NULL, &other));
    const int32_t ids[] = {1, 2, 3, 4, 5, 6, 1, 1};
    float y[8 * D], dy[8 * D];
    unit_fill(dy, 8 * D, 1);
    OK(attn_embedding_forward(embedding, tape, 1, 3, ids, NULL, y));
    OK(attn_embedding_forward(embedding, tape, 2, 4, ids, NULL, y));
    FAILS(ATTN_ERR_ARGUMENT, "attn_embedding_backward: batch is 1 and time 3; expected forward's, 2 and 4",
          attn_embedding_backward(embedding, tape, 1, 3, dy));
    FAILS(ATTN_ERR_ARGUMENT, "expected forward's", attn_embedding_backward(embedding, tape, 4, 2, dy));
    FAILS(ATTN_ERR_STATE, "another layer's (embedding \"e\")",
          attn_embedding_backward(other, tape, 2, 4, dy));
    ck_assert(!have_gradients());
    ck_assert_int_eq(attn_tape_depth(tape), 2);
    OK(attn_embedding_backward(embedding, tape, 2, 4, dy));
    OK(attn_embedding_backward(embedding, tape, 1, 3, dy));
    for (int d = 0; d < D; d++) /* id 1 stands in three places of the one, and in one of the other */
        NEAR((double)attn_params_gradients(params)[D + d],
             2.0 * (double)dy[d] + (double)dy[6 * D + d] + (double)dy[7 * D + d], 1e-6);
    attn_embedding_destroy(&embedding);
    attn_embedding_destroy(&other);
    teardown();
}
END_TEST

/* ---- arrays that the header lets overlap ------------------------------------------------------------------ */

enum { SHARED_ROWS = 3, SHARED_ITEMS = 9, SHARED = SHARED_ROWS * SHARED_ITEMS * D };

typedef struct shared {
    float numbers[2][SHARED],
        given[2][SHARED]; /* memory and query, dmemory and dquery: all that there may be */
    float *memory, *query, *dmemory, *dquery;
    float weights[SHARED_ROWS * SHARED_ITEMS * SHARED_ITEMS], attended[SHARED], gradients[400];
} shared;

/* The same numbers in memory and query, which may be one array, as may be what is named by the other two. */
static void run_shared(int32_t score, const int32_t *lengths, int one, int dmemory_there, int dquery_there,
                       shared *s)
{
    setup(ATTN_TAPE_TRAIN);
    attn_attention *attention = attention_of("a", score);
    int64_t size = attn_params_size(params);
    ck_assert_int_le(size, 400);
    if (size)
        unit_fill(attn_params_values(params), size, 9);
    float dcontext[SHARED];
    unit_fill(s->numbers[0], SHARED, 1);
    unit_fill(s->numbers[1], SHARED, 1);
    unit_fill(dcontext, SHARED, 2);
    s->memory = s->numbers[0];
    s->query = one ? s->memory : s->numbers[1];
    s->dmemory = dmemory_there ? s->memory : s->given[0];
    s->dquery = dquery_there ? s->query : s->given[1];
    memset(s->gradients, 0, sizeof s->gradients);
    OK(score == ATTN_SCORE_FEEDFORWARD
           ? attn_attention_forward(attention, tape, SHARED_ROWS, SHARED_ITEMS, s->memory, lengths,
                                    s->weights, s->attended)
           : attn_attention_forward_queries(attention, tape, SHARED_ROWS, SHARED_ITEMS, SHARED_ITEMS,
                                            s->memory, lengths, s->query, lengths, s->weights, s->attended));
    OK(attn_attention_backward(attention, tape, SHARED_ROWS, SHARED_ITEMS,
                               score == ATTN_SCORE_FEEDFORWARD ? 1 : SHARED_ITEMS, NULL, dcontext, s->dmemory,
                               score == ATTN_SCORE_FEEDFORWARD ? NULL : s->dquery));
    if (size)
        memcpy(s->gradients, attn_params_gradients(params), (size_t)size * sizeof(float));
    attn_attention_destroy(&attention);
    teardown();
}

/* Memory and query apart or one, by dmemory there or not, by dquery there or not; but not both where memory and query are one. */
START_TEST(arrays_that_may_be_one_change_no_bit)
{
    static const int32_t some[SHARED_ROWS] = {9, 0, 4};
    static shared apart, together;
    for (int32_t score = 0; score < SCORES; score++) {
        for (int pattern = 0; pattern < 16; pattern++) {
            int one = pattern & 1, dmemory_there = pattern >> 1 & 1, dquery_there = pattern >> 2 & 1;
            const int32_t *lengths = pattern & 8 ? some : NULL;
            if (one && dmemory_there && dquery_there)
                continue;
            run_shared(score, lengths, 0, 0, 0, &apart);
            run_shared(score, lengths, one, dmemory_there, dquery_there, &together);
            unit_assert_same_bits(together.dmemory, apart.dmemory, SHARED);
            unit_assert_same_bits(together.gradients, apart.gradients, 400);
            if (score != ATTN_SCORE_FEEDFORWARD)
                unit_assert_same_bits(together.dquery, apart.dquery, SHARED);
        }
    }
}
END_TEST

/* ---- gradients of inputs alone --------------------------------------------------------------------------- */

START_TEST(gradients_of_inputs_are_the_same_and_leave_the_params_alone)
{
    for (int32_t score = 0; score < SCORES; score++) {
        pass of[2] = {pass_of(score, 4, 6, 1), pass_of(score, 4, 6, 1)};
        const int32_t modes[2] = {ATTN_TAPE_INPUTS, ATTN_TAPE_GRADIENT};
        for (int i = 0; i < 2; i++) {
            setup(modes[i]);
            attn_attention *attention = attention_of("a", score);
            attend(attention, score, tape, &of[i]);
            OK(back(attention, score, tape, 4, 6, of[i].q, &of[i]));
            ck_assert_int_eq(have_gradients(), i && attn_params_size(params) > 0);
            attn_attention_destroy(&attention);
            teardown();
        }
        unit_assert_same_bits(of[0].dmemory, of[1].dmemory, MOST);
        unit_assert_same_bits(of[0].dquery, of[1].dquery, MOST);
    }
    setup(ATTN_TAPE_INPUTS);
    attn_embedding *embedding = NULL;
    float y[2 * D];
    OK(attn_embedding_create(params, "e", 7, D, NULL, &embedding));
    OK(attn_embedding_forward(embedding, tape, 1, 2, (int32_t[]){1, 2}, NULL, y));
    OK(attn_embedding_backward(embedding, tape, 1, 2, NULL));
    ck_assert(!have_gradients());
    ck_assert_int_eq(attn_tape_depth(tape), 0);
    attn_embedding_destroy(&embedding);
    teardown();
}
END_TEST

typedef struct job {
    const attn_attention *attention;
    int32_t score;
    pass p;
} job;

static void *go_back(void *argument)
{
    job *j = argument;
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_INPUTS;
    attn_tape *own = NULL;
    for (int round = 0; round < 50; round++) {
        if (attn_tape_create(context, &options, &own) != ATTN_OK)
            return "no tape";
        attend(j->attention, j->score, own, &j->p);
        if (back(j->attention, j->score, own, 4, 6, j->p.q, &j->p) != ATTN_OK)
            return "no backward";
        attn_tape_destroy(&own);
    }
    return NULL;
}

START_TEST(threads_go_back_through_one_layer_at_once)
{
    enum { THREADS = 4 };
    for (int32_t score = 0; score < SCORES; score++) {
        setup(ATTN_TAPE_INPUTS);
        attn_attention *attention = attention_of("a", score);
        pthread_t threads[THREADS];
        job jobs[THREADS];
        for (int i = 0; i < THREADS; i++) {
            jobs[i] = (job){attention, score, pass_of(score, 4, 6, (uint64_t)i)};
            ck_assert_int_eq(pthread_create(&threads[i], NULL, go_back, &jobs[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            void *fault;
            ck_assert_int_eq(pthread_join(threads[i], &fault), 0);
            ck_assert_ptr_null(fault);
            pass alone = pass_of(score, 4, 6, (uint64_t)i);
            attend(attention, score, tape, &alone);
            OK(back(attention, score, tape, 4, 6, alone.q, &alone));
            unit_assert_same_bits(jobs[i].p.dmemory, alone.dmemory, MOST);
            unit_assert_same_bits(jobs[i].p.dquery, alone.dquery, MOST);
        }
        ck_assert(!have_gradients());
        attn_attention_destroy(&attention);
        teardown();
    }
}
END_TEST

/* ---- what they are --------------------------------------------------------------------------------------- */

START_TEST(attention_says_what_it_is)
{
    setup(ATTN_TAPE_TRAIN);
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    attn_attention *attention = NULL;
    attn_attention_info info = ATTN_ATTENTION_INFO_INIT;
    options.score = ATTN_SCORE_ADDITIVE;
    options.attention_dim = 7;
    options.query_dim = 3;
    options.weighting = ATTN_WEIGHTING_ENTMAX15;
    options.outer_tanh = 1; /* which this score does not look at */
    OK(attn_attention_create(params, "a", D, &options, &attention));
    OK(attn_attention_get_info(attention, &info));
    ck_assert_str_eq(info.name, "a");
    ck_assert(info.memory_dim == D && info.query_dim == 3 && info.attention_dim == 7);
    ck_assert(info.score == ATTN_SCORE_ADDITIVE && info.weighting == ATTN_WEIGHTING_ENTMAX15);
    ck_assert(info.padding == 0 && info.outer_tanh == 0 && info.reserved == 0);
    ck_assert_float_eq(info.temperature, 1.0f);
    FAILS(ATTN_ERR_ARGUMENT, "attention is NULL", attn_attention_get_info(NULL, &info));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_attention_get_info(attention, NULL));
    attn_attention_destroy(&attention);

    /* of the defaults, asked for by NULL and by zeros; sizes that are not given are the memory's */
    attn_attention_info of[2] = {ATTN_ATTENTION_INFO_INIT, ATTN_ATTENTION_INFO_INIT};
    const attn_attention_options zeros = {.struct_size = sizeof zeros};
    OK(attn_attention_create(params, "b", D, NULL, &attention));
    OK(attn_attention_get_info(attention, &of[0]));
    attn_attention_destroy(&attention);
    OK(attn_attention_create(params, "c", D, &zeros, &attention));
    OK(attn_attention_get_info(attention, &of[1]));
    attn_attention_destroy(&attention);
    of[0].name = of[1].name = NULL;
    ck_assert_mem_eq(&of[0], &of[1], sizeof of[0]);
    ck_assert(of[0].attention_dim == D && of[0].query_dim == 0 && of[0].outer_tanh == 0);
    teardown();
}
END_TEST

START_TEST(an_embedding_says_what_it_is)
{
    setup(ATTN_TAPE_TRAIN);
    attn_embedding_options options = ATTN_EMBEDDING_OPTIONS_INIT;
    attn_embedding *embedding = NULL;
    attn_embedding_info info = ATTN_EMBEDDING_INFO_INIT;
    options.frozen = 1;
    OK(attn_embedding_create(params, "e", 7, D, &options, &embedding));
    OK(attn_embedding_get_info(embedding, &info));
    ck_assert_str_eq(info.name, "e");
    ck_assert(info.rows == 7 && info.dim == D && info.frozen == 1);
    info = (attn_embedding_info){.struct_size = offsetof(attn_embedding_info, dim), .dim = -1};
    OK(attn_embedding_get_info(embedding, &info)); /* an older program's: not beyond its end */
    ck_assert(info.rows == 7 && info.dim == -1);
    FAILS(ATTN_ERR_ARGUMENT, "embedding is NULL", attn_embedding_get_info(NULL, &info));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_embedding_get_info(embedding, NULL));
    attn_embedding_destroy(&embedding);
    FAILS(ATTN_ERR_ARGUMENT, "already a layer called \"e\"",
          attn_embedding_create(params, "e", 7, D, NULL, &embedding));
    ck_assert_int_eq(attn_params_count(params), 1);
    teardown();
}
END_TEST

START_TEST(the_options_of_a_prepared_memory_are_zeros_as_yet)
{
    setup(ATTN_TAPE_TRAIN);
    attn_attention *attention = attention_of("a", ATTN_SCORE_DOT);
    attn_attention_memory *made = NULL;
    const float memory[2 * D] = {0};
    attn_attention_memory_options options = ATTN_ATTENTION_MEMORY_OPTIONS_INIT;
    OK(attn_attention_memory_create(attention, 1, 2, memory, NULL, &options, &made));
    attn_attention_memory_destroy(&made);
    options.reserved = 1;
    FAILS(ATTN_ERR_ARGUMENT, "reserved is 1; expected 0",
          attn_attention_memory_create(attention, 1, 2, memory, NULL, &options, &made));
    options.struct_size = sizeof(size_t); /* an older program's */
    OK(attn_attention_memory_create(attention, 1, 2, memory, NULL, &options, &made));
    attn_attention_memory_destroy(&made);
    attn_attention_destroy(&attention);
    teardown();
}
END_TEST

UNIT_MAIN("attention on a tape", arrays_that_may_be_one_change_no_bit,
          attention_twice_on_a_tape_wants_the_sizes_of_each,
          attention_refuses_another_tape_and_another_record,
          an_embedding_twice_on_a_tape_wants_the_sizes_of_each,
          gradients_of_inputs_are_the_same_and_leave_the_params_alone,
          threads_go_back_through_one_layer_at_once, attention_says_what_it_is, an_embedding_says_what_it_is,
          the_options_of_a_prepared_memory_are_zeros_as_yet)
