/* rooms.h - scratch memory of the workers: as many numbers for each of them, on cache lines of its own. */
#ifndef ATTN_LAYER_ROOMS_H
#define ATTN_LAYER_ROOMS_H

#include "core/context.h"

typedef struct attni_rooms {
    float *numbers; /* [workers, size] */
    int64_t size;
} attni_rooms;

static inline attn_status attni_rooms_make(attni_rooms *rooms, attn_context *context, attni_arena *arena,
                                           const char *function, int64_t size)
{
    rooms->size = (size + 15) / 16 * 16;
    int64_t count = attn_context_threads(context) * rooms->size;
    rooms->numbers = attni_arena_floats(arena, count);
    return rooms->numbers ? ATTN_OK : attni_no_memory(function, (size_t)count * sizeof(float));
}

static inline float *attni_room(const attni_rooms *rooms, int32_t worker)
{
    return rooms->numbers + worker * rooms->size;
}

#endif
