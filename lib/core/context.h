/* context.h (internal) - memory, scratch arenas and the thread pool, as the rest of the library uses them. */
#ifndef ATTN_CORE_CONTEXT_H
#define ATTN_CORE_CONTEXT_H

#include "attn/context.h"
#include "core/arena.h"
#include "core/error.h"
#include "core/pool.h"
#include "kernel/kernel.h"

/* Handles keep their context alive. */
attn_context *attni_context_retain(attn_context *context);
void attni_context_release(attn_context *context);

const attni_kernels *attni_context_kernels(const attn_context *context);

/* The bytes of so many things of `size` each; SIZE_MAX, which nobody has, where a size_t of 32 bits would hold a part of their number. */
static inline size_t attni_bytes(int64_t count, size_t size)
{
    return (uint64_t)count > SIZE_MAX / size ? SIZE_MAX : (size_t)count * size;
}

/* All memory of the library comes from here: aligned to 64 bytes, NULL when there is none. attni_free takes
 * NULL. attni_alloc_zero costs nothing for pages that are never touched, unless a memory hook is set. */
void *attni_alloc(attn_context *context, size_t size);
void *attni_alloc_zero(attn_context *context, size_t size);
void attni_free(attn_context *context, void *memory);
char *attni_strdup(attn_context *context, const char *text);

/* Who is asked whether a call goes on. */
typedef struct attni_interrupt {
    int32_t (*interrupted)(void *user);
    void *user;
    int64_t interval; /* nanoseconds between two questions */
} attni_interrupt;

/* NULL: nobody. */
const attni_interrupt *attni_context_interrupt(const attn_context *context);

/* Call the context's hook for failures, if it has one. */
void attni_context_failed(const attn_context *context, attn_status status, const char *line);

/* The line for a failed attni_alloc: `return attni_no_memory(__func__, bytes);` */
attn_status attni_no_memory(const char *function, size_t size);
#ifdef ATTNI_ANALYZED /* as attni_fail */
#define attni_no_memory(function, size) (attni_no_memory(function, size), ATTN_ERR_MEMORY)
#endif

/* Borrow an arena for the temporaries of one call, and give it back; it keeps its memory for the next one. */
attni_arena *attni_scratch_take(attn_context *context);
void attni_scratch_give(attn_context *context, attni_arena *arena);

/* Run task(argument, i, worker) for i in [0, count) on the context's threads, in any order, each i once. `worker`
 * is below attn_context_threads and never shared by two tasks that run at once: it indexes scratch memory. So that
 * results do not depend on the number of threads, what a task computes must depend on i alone. INTERRUPTED where the call is to
 * end: some tasks have not begun then, and those that ask attni_interrupted have stopped half-way. */
ATTN_CHECKED attn_status attni_parallel_for(attn_context *context, int64_t count, attni_task *task,
                                            void *argument);

/* The same for what is not to be left half done: it always comes to its end. */
void attni_parallel_whole(attn_context *context, int64_t count, attni_task *task, void *argument);

#endif
