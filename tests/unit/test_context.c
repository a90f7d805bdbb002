/* test_context.c - status, last error, and the context: options, threads, instruction sets, lifetimes. */
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "unit_memory.h"
#include "unit_network.h"

/* ---- status, version, last error ------------------------------------------------------------------------- */

START_TEST(each_status_has_a_word)
{
    ck_assert_str_eq(attn_status_name(ATTN_OK), "ok");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_ARGUMENT), "argument");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_MEMORY), "memory");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_IO), "io");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_FORMAT), "format");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_STATE), "state");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_SYSTEM), "system");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_UNSUPPORTED), "unsupported");
    ck_assert_str_eq(attn_status_name(ATTN_ERR_INTERRUPTED), "interrupted");
    ck_assert_str_eq(attn_status_name(1), "unknown");
    ck_assert_str_eq(attn_status_name(-1), "program");
    ck_assert_str_eq(attn_status_name(INT32_MIN), "program");
}
END_TEST

START_TEST(the_version_is_that_of_the_headers)
{
    char expected[64];
    snprintf(expected, sizeof expected, "%d.%d.%d", ATTN_API_MAJOR, ATTN_API_MINOR, ATTN_API_PATCH);
    ck_assert_str_eq(attn_version(), expected);
    ck_assert_int_eq(attn_version_number(), 10000 * ATTN_API_MAJOR + 100 * ATTN_API_MINOR + ATTN_API_PATCH);
}
END_TEST

START_TEST(a_callback_sets_the_line_itself)
{
    ck_assert_int_eq(attn_set_error(-7, "the database\nis gone"), -7);
    ck_assert_str_eq(attn_last_error(), "the database?is gone");
    ck_assert_int_eq(attn_set_error(-8, attn_last_error()), -8);
    ck_assert_str_eq(attn_last_error(), "the database?is gone");
    ck_assert_int_eq(attn_set_error(ATTN_ERR_IO, NULL), ATTN_ERR_IO);
    ck_assert_str_eq(attn_last_error(), "");
}
END_TEST

static void *last_error_of_a_new_thread(void *argument)
{
    (void)argument;
    return (void *)attn_last_error();
}

START_TEST(the_last_error_belongs_to_its_thread)
{
    FAILS(ATTN_ERR_ARGUMENT, "attn_context_create: out is NULL", attn_context_create(NULL, NULL));
    pthread_t thread;
    void *line;
    ck_assert_int_eq(pthread_create(&thread, NULL, last_error_of_a_new_thread, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &line), 0);
    ck_assert_ptr_ne(line, attn_last_error());
    ck_assert_str_eq(attn_last_error(), "attn_context_create: out is NULL; expected a valid pointer");
}
END_TEST

START_TEST(a_success_does_not_clear_the_last_error)
{
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_context_create(NULL, NULL));
    attn_context *context = unit_context(1);
    ck_assert_ptr_nonnull(strstr(attn_last_error(), "out is NULL"));
    attn_context_destroy(&context);
}
END_TEST

typedef struct heard {
    int32_t count, nested;
    attn_params *params;
    attn_status status;
    char line[256];
} heard;

static void listen(void *user, attn_status status, const char *line)
{
    heard *to = user;
    to->count++;
    to->status = status;
    snprintf(to->line, sizeof to->line, "%s", line);
    ck_assert_str_eq(line, attn_last_error());
    to->nested = attn_params_set_trainable(to->params, "in the hook", 1) != ATTN_OK;
}

START_TEST(a_context_tells_its_hook_of_each_failure)
{
    heard first = {0}, second = {0};
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.failed = listen;
    options.user = &first;
    attn_context *context = NULL, *other = NULL;
    OK(attn_context_create(&options, &context));
    options.user = &second;
    OK(attn_context_create(&options, &other));
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_tape_create(other, NULL, &tape));
    first.params = params;
    ck_assert_int_eq(first.count + second.count, 0);

    FAILS(ATTN_ERR_ARGUMENT, "no tensor is called \"w\"", attn_params_set_trainable(params, "w", 0));
    ck_assert_int_eq(first.count, 1);
    ck_assert_int_eq(first.status, ATTN_ERR_ARGUMENT);
    ck_assert_int_eq(first.nested,
                     1); /* a failure in the hook is not reported again, and leaves the line alone */
    ck_assert_str_eq(first.line, attn_last_error());
    FAILS(ATTN_ERR_ARGUMENT, "step is -1", attn_tape_begin(tape, -1));
    ck_assert_int_eq(first.count, 1);
    ck_assert_int_eq(second.count, 1);
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_set_trainable(NULL, "w", 0)); /* no context's */
    ck_assert_int_eq(first.count + second.count, 2);

    attn_params_destroy(&params);
    attn_tape_destroy(&tape);
    attn_context_destroy(&context);
    attn_context_destroy(&other);
}
END_TEST

START_TEST(a_layer_that_is_no_handle_tells_the_context_it_is_given_without_a_tape_too)
{
    float x[4] = {0};
    heard to = {0};
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.failed = listen;
    options.user = &to;
    attn_context *context = NULL;
    OK(attn_context_create(&options, &context));
    FAILS(ATTN_ERR_ARGUMENT, "probability is 1", attn_dropout_forward(context, NULL, 4, x, 1.0f, x));
    ck_assert_int_eq(to.count, 1);
    FAILS(ATTN_ERR_ARGUMENT, "tape is NULL", attn_dropout_backward(context, NULL, 4, x, x));
    ck_assert_int_eq(to.count, 2);
    FAILS(ATTN_ERR_ARGUMENT, "join 0", attn_pyramid_forward(context, NULL, 1, 2, 2, 0, x, NULL, x, NULL));
    ck_assert_int_eq(to.count, 3);
    FAILS(ATTN_ERR_ARGUMENT, "tape is NULL", attn_pyramid_backward(context, NULL, 1, 2, 2, 1, x, x));
    ck_assert_int_eq(to.count, 4);
    FAILS(ATTN_ERR_ARGUMENT, "pooling is 0", attn_pooling_forward(context, NULL, 1, 2, 2, x, NULL, 0, x));
    ck_assert_int_eq(to.count, 5);
    attn_context_destroy(&context);
}
END_TEST

/* ---- options --------------------------------------------------------------------------------------------- */

START_TEST(defaults_are_the_processors_and_the_best_instructions)
{
    attn_context *context = NULL;
    OK(attn_context_create(NULL, &context));
    ck_assert_int_ge(attn_context_threads(context), 1);
    ck_assert_int_le(attn_context_threads(context), 256);
    ck_assert_int_le(attn_context_threads(context), sysconf(_SC_NPROCESSORS_ONLN));
    ck_assert_int_ge(attn_context_isa(context), ATTN_ISA_REFERENCE);
    attn_context_destroy(&context);
    ck_assert_ptr_null(context);
}
END_TEST

START_TEST(threads_are_as_asked_for)
{
    const int32_t counts[] = {1, 2, 7, 256};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        attn_context *context = unit_context(counts[i]);
        ck_assert_int_eq(attn_context_threads(context), counts[i]);
        attn_context_destroy(&context);
    }
}
END_TEST

static void refuse(const attn_context_options *options, const char *part)
{
    attn_context *context = (attn_context *)&options;
    FAILS(ATTN_ERR_ARGUMENT, part, attn_context_create(options, &context));
    ck_assert_ptr_null(context);
    ck_assert_int_eq(strncmp(attn_last_error(), "attn_context_create: ", 21), 0);
}

START_TEST(options_out_of_range_are_refused)
{
    unsetenv("ATTN_ISA");
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = -1;
    refuse(&options, "threads is -1");
    options.threads = 257;
    refuse(&options, "threads is 257");
    options = (attn_context_options)ATTN_CONTEXT_OPTIONS_INIT;
    options.isa = -1;
    refuse(&options, "isa is -1");
    options.isa = 7;
    refuse(&options, "isa is 7");
    options = (attn_context_options)ATTN_CONTEXT_OPTIONS_INIT;
    options.precision = -1;
    refuse(&options, "precision is -1");
    options.precision = ATTN_PRECISION_INT8;
    refuse(&options, "precision is 2");
    options = (attn_context_options)ATTN_CONTEXT_OPTIONS_INIT;
    options.allocate = unit_memory_allocate;
    refuse(&options, "one of allocate and release is NULL");
    options.allocate = NULL;
    options.release = unit_memory_release;
    refuse(&options, "one of allocate and release is NULL");
}
END_TEST

START_TEST(options_of_an_older_header_get_the_defaults)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.struct_size = offsetof(attn_context_options, isa);
    options.threads = 3;
    options.isa = 99; /* an old caller has no such member: what stands here is not his */
    attn_context *context = NULL;
    OK(attn_context_create(&options, &context));
    ck_assert_int_eq(attn_context_threads(context), 3);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(options_of_a_newer_header_must_be_zero_beyond_ours)
{
    struct {
        attn_context_options known;
        int64_t unknown;
    } newer = {.known = ATTN_CONTEXT_OPTIONS_INIT};
    newer.known.struct_size = sizeof newer;
    attn_context *context = NULL;
    OK(attn_context_create(&newer.known, &context));
    attn_context_destroy(&context);
    newer.unknown = 1;
    refuse(&newer.known, "does not know");
}
END_TEST

START_TEST(a_struct_size_that_nobody_set_is_refused)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.struct_size = 0;
    refuse(&options, "struct_size is 0");
    options.struct_size = (size_t)-1;
    refuse(&options, "struct_size is");
}
END_TEST

/* ---- instruction sets ------------------------------------------------------------------------------------ */

static const char *const isa_names[] = {"best",   "reference",  "baseline",  "avx2",
                                        "avx512", "avx512vnni", "avx512bf16"};

START_TEST(each_instruction_set_says_its_name)
{
    unsetenv("ATTN_ISA");
    for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512BF16; isa++) {
        attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
        options.isa = isa;
        attn_context *context = NULL;
        if (attn_context_create(&options, &context) != ATTN_OK) {
            ck_assert_int_ge(isa, ATTN_ISA_AVX2); /* the others are everywhere */
            refuse(&options, isa_names[isa]);
            continue;
        }
        ck_assert_int_eq(attn_context_isa(context), isa);
        ck_assert_str_eq(attn_context_isa_name(context), isa_names[isa]);
        attn_context_destroy(&context);
    }
}
END_TEST

START_TEST(the_environment_overrides_the_instruction_set)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.isa = ATTN_ISA_REFERENCE;
    attn_context *context = NULL;
    setenv("ATTN_ISA", "baseline", 1);
    OK(attn_context_create(&options, &context));
    ck_assert_str_eq(attn_context_isa_name(context), "baseline");
    attn_context_destroy(&context);

    setenv("ATTN_ISA", "", 1); /* as if it were not set */
    OK(attn_context_create(&options, &context));
    ck_assert_str_eq(attn_context_isa_name(context), "reference");
    attn_context_destroy(&context);

    setenv("ATTN_ISA", "mmx\n", 1);
    refuse(&options, "ATTN_ISA is \"mmx?\"");
    unsetenv("ATTN_ISA");
}
END_TEST

/* ---- lifetimes ------------------------------------------------------------------------------------------- */

START_TEST(nothing_is_destroyed_twice)
{
    attn_context_destroy(NULL);
    attn_params_destroy(NULL);
    attn_tape_destroy(NULL);
    attn_embedding_destroy(NULL);
    attn_gru_destroy(NULL);
    attn_attention_destroy(NULL);
    attn_attention_memory_destroy(NULL);
    attn_dense_destroy(NULL);
    attn_adam_destroy(NULL);
    unit_network network = {0};
    unit_network_destroy(&network);
    attn_context *context = NULL;
    attn_context_destroy(&context);
    ck_assert_int_eq(attn_context_threads(NULL), 0);
    ck_assert_int_eq(attn_context_isa(NULL), 0);
    ck_assert_str_eq(attn_context_isa_name(NULL), "");
}
END_TEST

static const int32_t ids[] = {2, 3, 4, 5, 6, 0, 7, 8, 9};
static const int32_t lengths[] = {3, 2, 3};
static const int32_t labels[] = {0, 1, 1};

START_TEST(a_context_may_go_before_its_handles)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 2);
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
    attn_context_destroy(&context);
    attn_params *params = network.params;
    attn_params_destroy(&network.params); /* the layers keep it */
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
    network.params = params;
    float loss;
    OK(unit_network_train(&network, 0, &batch, &loss));
    network.params = NULL;
    ck_assert(loss > 0.0f);
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
}
END_TEST

/* A child of fork has none of the parent's threads, and works with its own. */
START_TEST(a_context_survives_a_fork)
{
    attn_context *context = unit_context(3);
    unit_network network;
    unit_batch batch;
    OK(unit_network_create(context, 10, 4, 5, NULL, NULL, &network));
    unit_batch_make(&network, 3, 3, ids, lengths, labels, &batch);
    OK(unit_network_forward(&network, NULL, &batch, NULL));
    float expected[6];
    memcpy(expected, batch.logits, sizeof expected);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(20);
        int same = unit_network_forward(&network, NULL, &batch, NULL) == ATTN_OK &&
                   !unit_any_differs(batch.logits, expected, 6);
        unit_batch_free(&batch);
        unit_network_destroy(&network);
        attn_context_destroy(&context);
        _exit(same ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "the child ended with status %#x", (unsigned)status);
    unit_batch_free(&batch);
    unit_network_destroy(&network);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("context", each_status_has_a_word, the_version_is_that_of_the_headers,
          a_callback_sets_the_line_itself, a_context_tells_its_hook_of_each_failure,
          a_layer_that_is_no_handle_tells_the_context_it_is_given_without_a_tape_too,
          the_last_error_belongs_to_its_thread, a_success_does_not_clear_the_last_error,
          defaults_are_the_processors_and_the_best_instructions, threads_are_as_asked_for,
          options_out_of_range_are_refused, options_of_an_older_header_get_the_defaults,
          options_of_a_newer_header_must_be_zero_beyond_ours, a_struct_size_that_nobody_set_is_refused,
          each_instruction_set_says_its_name, the_environment_overrides_the_instruction_set,
          nothing_is_destroyed_twice, a_context_may_go_before_its_handles, a_context_survives_a_fork)
