/* distinct.c - the distinct ids of a batch. */
#include "layer/distinct.h"

#include <string.h>

attn_status attni_check_ids(const char *function, int64_t rows, int64_t batch, int64_t time,
                            const int32_t *ids, const int32_t *lengths)
{
    for (int64_t b = 0; b < batch; b++) {
        int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = 0; t < length; t++)
            ATTNI_REQUIRE(ids[b * time + t] >= 0 && ids[b * time + t] < rows,
                          "%s: ids[%lld,%lld] is %d; expected 0 to %lld", function, (long long)b,
                          (long long)t, ids[b * time + t], (long long)rows - 1);
    }
    return ATTN_OK;
}

attn_status attni_distinct_make(attni_distinct *distinct, attni_arena *arena, const char *function,
                                int64_t rows, int64_t batch, int64_t time, const int32_t *ids,
                                const int32_t *lengths)
{
    int64_t most = batch * time < rows ? batch * time : rows;
    *distinct = (attni_distinct){
        .ids = attni_arena_alloc(arena, (size_t)most * sizeof(int32_t)),
        .slots = attni_arena_alloc(arena, attni_bytes(batch * time, sizeof(int32_t))),
    };
    int32_t *slot_of = attni_arena_alloc(arena, (size_t)rows * sizeof(int32_t)); /* set for used ids alone */
    if (!distinct->ids || !distinct->slots || !slot_of)
        return attni_no_memory(function, (size_t)(most + batch * time + rows) * sizeof(int32_t));
    for (int64_t b = 0; b < batch; b++) {
        int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = b * time; t < b * time + length; t++)
            slot_of[ids[t]] = -1;
    }
    for (int64_t b = 0; b < batch; b++) {
        int64_t length = lengths ? lengths[b] : time;
        if (b % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        for (int64_t t = b * time; t < b * time + length; t++) {
            if (slot_of[ids[t]] < 0) {
                slot_of[ids[t]] = (int32_t)distinct->count;
                distinct->ids[distinct->count++] = ids[t];
            }
            distinct->slots[t] = slot_of[ids[t]];
        }
    }
    return ATTN_OK;
}

attn_status attni_distinct_places(const attni_distinct *distinct, attni_arena *arena, const char *function,
                                  int64_t batch, int64_t time, const int32_t *lengths, attni_places *places)
{
    int64_t tokens = lengths ? 0 : batch * time;
    for (int64_t b = 0; lengths && b < batch; b++)
        tokens += lengths[b];
    size_t begins_size = (size_t)(distinct->count + 1) * sizeof(int32_t),
           places_size = attni_bytes(tokens, sizeof(int32_t));
    places->begins = attni_arena_alloc(arena, begins_size);
    places->places = attni_arena_alloc(arena, places_size);
    if (!places->begins || !places->places)
        return attni_no_memory(function, begins_size + places_size);
    memset(places->begins, 0, begins_size);
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = b * time; t < b * time + length; t++)
            places->begins[distinct->slots[t]]++;
    }
    int32_t total = 0;
    for (int64_t i = 0; i <= distinct->count;
         i++) { /* counts to ends; filling from behind makes them begins */
        total += places->begins[i];
        places->begins[i] = total;
    }
    for (int64_t b = batch - 1; b >= 0; b--) {
        const int64_t length = lengths ? lengths[b] : time;
        for (int64_t t = b * time + length - 1; t >= b * time; t--)
            places->places[--places->begins[distinct->slots[t]]] = (int32_t)t;
    }
    return ATTN_OK;
}
