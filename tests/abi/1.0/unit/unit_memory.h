/* unit_memory.h - a memory hook that counts, that fails when it is told to, and that leaves nothing of what is released. */
#ifndef UNIT_MEMORY_H
#define UNIT_MEMORY_H

#include <stdatomic.h>

#include "unit.h"
#include "unit_data.h"

typedef struct unit_memory {
    atomic_llong left;     /* allocations that still succeed; UNIT_ENOUGH: all */
    atomic_llong calls;    /* allocations asked for */
    atomic_llong blocks;   /* in use */
    atomic_size_t largest; /* bytes asked for at once */
    int once; /* the one after them fails, and those after it succeed again; 0: no other one succeeds */
} unit_memory;

#define UNIT_ENOUGH (1LL << 60)

static inline void *unit_memory_allocate(void *user, size_t size)
{
    unit_memory *memory = user;
    atomic_fetch_add(&memory->calls, 1);
    for (size_t most = atomic_load(&memory->largest);
         size > most && !atomic_compare_exchange_weak(&memory->largest, &most, size);)
        ;
    const long long left = atomic_fetch_sub(&memory->left, 1);
    if (left == 0 || (left < 0 && !memory->once))
        return NULL;
    atomic_fetch_add(&memory->blocks, 1);
    size_t *start = malloc(16 + size); /* before what is used: its size */
    MUST(start, "malloc has no memory");
    *start = size;
    return (char *)start + 16;
}

static inline void unit_memory_release(void *user, void *block)
{
    unit_memory *memory = user;
    MUST(block, "release was given NULL");
    atomic_fetch_sub(&memory->blocks, 1);
    size_t *start = (size_t *)(void *)((char *)block - 16);
    explicit_bzero(block, *start); /* which no compiler leaves out */
    free(start);
}

static inline void unit_memory_reset(unit_memory *memory, long long left)
{
    atomic_store(&memory->left, left);
    atomic_store(&memory->calls, 0);
}

static inline attn_context_options unit_memory_options(unit_memory *memory, int32_t threads)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.allocate = unit_memory_allocate;
    options.release = unit_memory_release;
    options.user = memory;
    return options;
}

/* A context of that memory's. */
static inline attn_context *unit_memory_context(unit_memory *memory, int32_t threads)
{
    attn_context_options options = unit_memory_options(memory, threads);
    attn_context *context = NULL;
    OK(attn_context_create(&options, &context));
    return context;
}

/* Run life(context, user) with no allocation allowed, then one, and so on until it succeeds: before that it must fail with MEMORY, and
 * never leave a block. Returns how many runs that took. */
static inline long long unit_memory_starve(attn_status (*life)(attn_context *context, void *user), void *user)
{
    long long left = 0;
    for (attn_status status = ATTN_ERR_MEMORY; status != ATTN_OK; left++) {
        ck_assert_int_lt(left, 1000);
        unit_memory memory = {.left = 0};
        unit_memory_reset(&memory, left);
        attn_context_options options = unit_memory_options(&memory, 2);
        attn_context *context = NULL;
        status = attn_context_create(&options, &context);
        if (status == ATTN_OK)
            status = life(context, user);
        attn_context_destroy(&context);
        ck_assert_msg(atomic_load(&memory.blocks) == 0, "%lld blocks leaked when allocation %lld failed",
                      atomic_load(&memory.blocks), left);
        if (status != ATTN_OK)
            ck_assert_int_eq(status, ATTN_ERR_MEMORY);
    }
    return left;
}

#endif
