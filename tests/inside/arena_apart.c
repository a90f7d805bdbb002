/* arena_apart.c - core/arena.h again, for tests: each array is an allocation of its own, which can fail by itself, and what is taken back is
 * released at once, so that who reads it still is found. (The library's own hands out chunks, of which many arrays have a part.) */
#include "core/arena.h"
#include "core/context.h"

struct attni_chunk {
    attni_chunk *below;
    size_t size;
    _Alignas(64) unsigned char data[];
};

void attni_arena_init(attni_arena *arena, attn_context *context)
{
    *arena = (attni_arena){.context = context};
}

void *attni_arena_alloc(attni_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        return NULL;
    attni_chunk *chunk = attni_alloc(arena->context, sizeof *chunk + size);
    if (chunk == NULL)
        return NULL;
    *chunk = (attni_chunk){.below = arena->current, .size = size};
    arena->current = chunk;
    return chunk->data;
}

float *attni_arena_floats(attni_arena *arena, int64_t count)
{
    return attni_arena_alloc(arena, attni_bytes(count, sizeof(float)));
}

attni_mark attni_arena_mark(const attni_arena *arena)
{
    return (attni_mark){.chunk = arena->current};
}

void attni_arena_reset(attni_arena *arena, attni_mark mark)
{
    while (arena->current != mark.chunk) {
        attni_chunk *top = arena->current;
        arena->current = top->below;
        attni_free(arena->context, top);
    }
}

void attni_arena_clear(attni_arena *arena)
{
    attni_arena_reset(arena, (attni_mark){NULL, 0});
}

size_t attni_arena_bytes(const attni_arena *arena)
{
    size_t bytes = 0;
    for (const attni_chunk *chunk = arena->current; chunk; chunk = chunk->below)
        bytes += chunk->size;
    return bytes;
}
