/* arena.h - memory that is handed out in order and taken back in reverse order, never returned in between.
 *
 * A list of chunks. What is handed out never moves, and chunks are kept for the next round, so a step that asks
 * for the same sizes as the one before allocates nothing. */
#ifndef ATTN_CORE_ARENA_H
#define ATTN_CORE_ARENA_H

#include "attn/context.h"

typedef struct attni_chunk attni_chunk;

typedef struct attni_arena {
    attn_context *context;
    attni_chunk *first;
    attni_chunk *current;     /* NULL while nothing is handed out */
    size_t used;              /* bytes of `current` that are handed out */
    struct attni_arena *next; /* in the context's list of idle arenas */
} attni_arena;

/* A place in the arena to go back to. */
typedef struct attni_mark {
    attni_chunk *chunk;
    size_t used;
} attni_mark;

void attni_arena_init(attni_arena *arena, attn_context *context);
void attni_arena_clear(attni_arena *arena); /* returns all memory to the allocator */

/* 64-byte aligned, not cleared; NULL when memory ran out. A size of 0 gives a valid pointer. */
void *attni_arena_alloc(attni_arena *arena, size_t size);
float *attni_arena_floats(attni_arena *arena, int64_t count);

attni_mark attni_arena_mark(const attni_arena *arena);
void attni_arena_reset(attni_arena *arena, attni_mark mark);
size_t attni_arena_bytes(const attni_arena *arena);

#endif
