/* context.c - the context: a reference count, the memory hook, idle scratch arenas, and the choice of kernels. */
#include "core/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/system.h"

#define DEFAULT_INTERVAL 50 /* milliseconds between two questions whether to go on */

struct attn_context {
    atomic_int references;
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory);
    void *user;
    void (*failed)(void *user, attn_status status, const char *line);
    attni_interrupt interrupt;
    attni_kernels kernels;

    pthread_mutex_t scratch_lock;
    attni_arena *scratch; /* idle arenas */

    attni_pool pool;
};

/* ---- memory ---------------------------------------------------------------------------------------------- */

/* In front of each block: what the allocator returned. The block begins at the next multiple of 64. */
static void *place(void *raw)
{
    if (raw == NULL)
        return NULL;
    uintptr_t block = ((uintptr_t)raw + sizeof(void *) + 63) & ~(uintptr_t)63;
    memcpy((void *)(block - sizeof(void *)), &raw, sizeof raw);
    return (void *)block;
}

#define OVERHEAD (64 + sizeof(void *))

void *attni_alloc(attn_context *context, size_t size)
{
    if (size > SIZE_MAX - OVERHEAD)
        return NULL;
    return place(context->allocate ? context->allocate(context->user, size + OVERHEAD)
                                   : malloc(size + OVERHEAD));
}

void *attni_alloc_zero(attn_context *context, size_t size)
{
    if (size > SIZE_MAX - OVERHEAD)
        return NULL;
    if (context->allocate == NULL)
        return place(calloc(1, size + OVERHEAD));
    void *memory = attni_alloc(context, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

void attni_free(attn_context *context, void *memory)
{
    if (memory == NULL)
        return;
    void *raw;
    memcpy(&raw, (char *)memory - sizeof(void *), sizeof raw);
    if (context->release)
        context->release(context->user, raw);
    else
        free(raw);
}

char *attni_strdup(attn_context *context, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = attni_alloc(context, size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

attn_status attn_context_alloc(attn_context *context, size_t size, void **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    *out = attni_alloc(context, size);
    return *out ? ATTN_OK : attni_no_memory(__func__, size);
}

void attn_context_free(attn_context *context, void *memory)
{
    if (context)
        attni_free(context, memory);
}

void attni_context_failed(const attn_context *context, attn_status status, const char *line)
{
    if (context->failed)
        context->failed(context->user, status, line);
}

const attni_interrupt *attni_context_interrupt(const attn_context *context)
{
    return context->interrupt.interrupted ? &context->interrupt : NULL;
}

attn_status(attni_no_memory)(const char *function, size_t size)
{
    return attni_fail(ATTN_ERR_MEMORY, "%s: no memory for %zu bytes; free some, or use a smaller batch",
                      function, size);
}

attni_arena *attni_scratch_take(attn_context *context)
{
    pthread_mutex_lock(&context->scratch_lock);
    attni_arena *arena = context->scratch;
    if (arena)
        context->scratch = arena->next;
    pthread_mutex_unlock(&context->scratch_lock);
    if (arena == NULL) {
        arena = attni_alloc(context, sizeof *arena);
        if (arena)
            attni_arena_init(arena, context);
    }
    return arena;
}

void attni_scratch_give(attn_context *context, attni_arena *arena)
{
    if (arena == NULL)
        return;
    attni_arena_reset(arena, (attni_mark){NULL, 0});
    pthread_mutex_lock(&context->scratch_lock);
    arena->next = context->scratch;
    context->scratch = arena;
    pthread_mutex_unlock(&context->scratch_lock);
}

/* ---- threads --------------------------------------------------------------------------------------------- */

attn_status attni_parallel_for(attn_context *context, int64_t count, attni_task *task, void *argument)
{
    const _Atomic int32_t *end = attni_call_end();
    attni_pool_run(&context->pool, count, task, argument, end);
    return end ? attni_go_on() : ATTN_OK;
}

void attni_parallel_whole(attn_context *context, int64_t count, attni_task *task, void *argument)
{
    attni_pool_run(&context->pool, count, task, argument, NULL);
}

/* As many as the options say, or as there are processors. */
static int32_t threads_of(const attn_context_options *options)
{
    const int32_t count = options->threads ? options->threads : attni_processors();
    return count < ATTNI_MAX_THREADS ? count : ATTNI_MAX_THREADS;
}

/* ---- instruction set ------------------------------------------------------------------------------------- */

static const char *const isa_names[] = {"best",   "reference",  "baseline",  "avx2",
                                        "avx512", "avx512vnni", "avx512bf16"};
#define ISA_COUNT ((int32_t)(sizeof isa_names / sizeof *isa_names))

/* What the options ask for, or the environment instead: the library's one look at the environment. */
static attn_status choose_kernels(const char *function, int32_t isa, const attni_kernels **out)
{
    ATTNI_REQUIRE(isa >= 0 && isa < ISA_COUNT, "%s: isa is %d; expected ATTN_ISA_BEST (0) to %d", function,
                  isa, ISA_COUNT - 1);
    const char *wish = getenv("ATTN_ISA");
    if (wish && *wish) {
        for (isa = 0; isa < ISA_COUNT && strcmp(wish, isa_names[isa]) != 0; isa++)
            ;
        ATTNI_REQUIRE(isa < ISA_COUNT,
                      "%s: the environment variable ATTN_ISA is \"%s\"; expected best, reference, "
                      "baseline, avx2, avx512, avx512vnni or avx512bf16",
                      function, wish);
    }
    *out = attni_kernels_for(isa);
    ATTNI_REQUIRE(*out != NULL,
                  "%s: this processor or this build lacks the instruction set %s; expected another, or best",
                  function, isa_names[isa]);
    return ATTN_OK;
}

/* ---- the context ----------------------------------------------------------------------------------------- */

/* In nanoseconds. */
static int64_t interval_of(const attn_context_options *options)
{
    const int64_t interval = options->interval ? options->interval : DEFAULT_INTERVAL;
    return options->interval == ATTN_INTERVAL_NONE ? 0 : 1000000 * interval;
}

attn_status attn_context_create(const attn_context_options *options, attn_context **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    attn_context_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.threads >= 0 && chosen.threads <= ATTNI_MAX_THREADS,
                  "%s: threads is %d; expected 0 (one for each processor) to %d", __func__, chosen.threads,
                  ATTNI_MAX_THREADS);
    ATTNI_REQUIRE((chosen.allocate == NULL) == (chosen.release == NULL),
                  "%s: one of allocate and release is NULL; expected both or neither", __func__);
    ATTNI_REQUIRE(chosen.interval >= ATTN_INTERVAL_NONE,
                  "%s: interval is %d; expected milliseconds, 0 for 50, or ATTN_INTERVAL_NONE", __func__,
                  chosen.interval);
    ATTNI_REQUIRE(chosen.precision == ATTN_PRECISION_FLOAT32 || chosen.precision == ATTN_PRECISION_BFLOAT16,
                  "%s: precision is %d; expected ATTN_PRECISION_FLOAT32 or _BFLOAT16", __func__,
                  chosen.precision);
    const attni_kernels *kernels;
    ATTNI_TRY(choose_kernels(__func__, chosen.isa, &kernels));

    attn_context *context =
        chosen.allocate ? chosen.allocate(chosen.user, sizeof *context) : malloc(sizeof *context);
    if (context == NULL)
        return attni_no_memory(__func__, sizeof *context);
    memset(context, 0, sizeof *context);
    atomic_init(&context->references, 1);
    context->allocate = chosen.allocate;
    context->release = chosen.release;
    context->user = chosen.user;
    context->failed = chosen.failed;
    context->interrupt = (attni_interrupt){chosen.interrupted, chosen.user, interval_of(&chosen)};
    context->kernels =
        chosen.precision == ATTN_PRECISION_BFLOAT16 ? attni_kernels_rounding(kernels) : *kernels;
    pthread_mutex_init(&context->scratch_lock, NULL);
    attn_status status = attni_pool_start(&context->pool, __func__, threads_of(&chosen));
    if (status != ATTN_OK) {
        attni_context_release(context);
        return status;
    }
    *out = context;
    return ATTN_OK;
}

attn_context *attni_context_retain(attn_context *context)
{
    atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void attni_context_release(attn_context *context)
{
    if (atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
        return;
    attni_pool_stop(&context->pool);
    for (attni_arena *arena = context->scratch, *next; arena; arena = next) {
        next = arena->next;
        attni_arena_clear(arena);
        attni_free(context, arena);
    }
    pthread_mutex_destroy(&context->scratch_lock);
    if (context->release)
        context->release(context->user, context);
    else
        free(context);
}

void attn_context_destroy(attn_context **context)
{
    if (context == NULL || *context == NULL)
        return;
    attni_context_release(*context);
    *context = NULL;
}

int32_t attn_context_threads(const attn_context *context)
{
    return context ? context->pool.threads : 0;
}

int32_t attn_context_isa(const attn_context *context)
{
    return context ? context->kernels.isa : 0;
}

const char *attn_context_isa_name(const attn_context *context)
{
    return context ? context->kernels.name : "";
}

const attni_kernels *attni_context_kernels(const attn_context *context)
{
    return &context->kernels;
}
