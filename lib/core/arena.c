/* arena.c - a bump allocator over a list of chunks. */
#include "core/arena.h"

#include "core/context.h"

#define FIRST_CHUNK ((size_t)1 << 16)

/* Of a chunk, only what is handed out may be touched. AddressSanitizer is told so, and finds who goes beyond an array, or reads one that
 * was taken back. */
#if defined(__SANITIZE_ADDRESS__)
#define GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARDED 1
#endif
#endif
#ifdef GUARDED
#include <sanitizer/asan_interface.h>
#define GUARD ((size_t)64) /* bytes between two arrays */
#define CLOSE(begin, size) ASAN_POISON_MEMORY_REGION(begin, size)
#define OPEN(begin, size) ASAN_UNPOISON_MEMORY_REGION(begin, size)
#else
#define GUARD ((size_t)0)
#define CLOSE(begin, size) ((void)(begin), (void)(size))
#define OPEN(begin, size) ((void)(begin), (void)(size))
#endif

struct attni_chunk {
    attni_chunk *next;
    size_t size;
    _Alignas(64) unsigned char data[];
};

void attni_arena_init(attni_arena *arena, attn_context *context)
{
    *arena = (attni_arena){.context = context};
}

static void free_from(attni_arena *arena, attni_chunk **link)
{
    for (attni_chunk *chunk = *link, *next; chunk; chunk = next) {
        next = chunk->next;
        OPEN(chunk->data, chunk->size); /* to who releases it */
        attni_free(arena->context, chunk);
    }
    *link = NULL;
}

void attni_arena_clear(attni_arena *arena)
{
    free_from(arena, &arena->first);
    attni_arena_init(arena, arena->context);
}

static attni_chunk *new_chunk(attni_arena *arena, size_t size)
{
    attni_chunk *chunk = attni_alloc(arena->context, sizeof(attni_chunk) + size);
    if (chunk) {
        chunk->size = size;
        CLOSE(chunk->data, size);
    }
    return chunk;
}

/* Add a chunk of at least `size` bytes behind the current one, twice as large as all so far. None of those behind is as large. */
static attni_chunk *add_chunk(attni_arena *arena, size_t size)
{
    attni_chunk **link = arena->current ? &arena->current->next : &arena->first;
    size_t held = attni_arena_bytes(arena);
    size_t want = held < FIRST_CHUNK ? FIRST_CHUNK : held;
    if (want < size)
        want = size;
    attni_chunk *chunk = new_chunk(arena, want);
    if (chunk == NULL && want > size) /* the doubling was only for speed */
        chunk = new_chunk(arena, size);
    if (chunk == NULL && *link) { /* nothing of those behind is handed out */
        free_from(arena, link);
        chunk = new_chunk(arena, size);
    }
    if (chunk == NULL)
        return NULL;
    chunk->next = *link;
    *link = chunk;
    return chunk;
}

void *attni_arena_alloc(attni_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        return NULL;
    const size_t asked = size;
    size = ((size + 63) & ~(size_t)63) + GUARD;
    if (arena->current == NULL || arena->current->size - arena->used < size) {
        attni_chunk *next = arena->current ? arena->current->next : arena->first;
        while (next && next->size < size)
            next = next->next;
        if (next == NULL)
            next = add_chunk(arena, size);
        if (next == NULL)
            return NULL;
        arena->current = next;
        arena->used = 0;
    }
    void *memory = arena->current->data + arena->used;
    arena->used += size;
    OPEN(memory, asked);
    return memory;
}

float *attni_arena_floats(attni_arena *arena, int64_t count)
{
    return attni_arena_alloc(arena, attni_bytes(count, sizeof(float)));
}

attni_mark attni_arena_mark(const attni_arena *arena)
{
    return (attni_mark){arena->current, arena->used};
}

void attni_arena_reset(attni_arena *arena, attni_mark mark)
{
    arena->current = mark.chunk;
    arena->used = mark.used;
#ifdef GUARDED
    if (mark.chunk)
        CLOSE(mark.chunk->data + mark.used, mark.chunk->size - mark.used);
    for (attni_chunk *chunk = mark.chunk ? mark.chunk->next : arena->first; chunk; chunk = chunk->next)
        CLOSE(chunk->data, chunk->size);
#endif
}

size_t attni_arena_bytes(const attni_arena *arena)
{
    size_t bytes = 0;
    for (const attni_chunk *chunk = arena->first; chunk; chunk = chunk->next)
        bytes += chunk->size;
    return bytes;
}
