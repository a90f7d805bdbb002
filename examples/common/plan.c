/* plan.c - the order of an epoch: shuffled, and bucketed by length. */
#include "common/plan.h"

#include <stdlib.h>
#include <string.h>

#define POOL_BATCHES                                                                                         \
    50 /* how many batches a pool holds: more waste less on padding, fewer mix lengths better */

#define BLOCK                                                                                                \
    1024 /* neighbours that a window takes together: some 500 KB of reviews, which are read at once */

struct keyed {
    int32_t length;
    int64_t place, item; /* equal lengths stay in the order in which they came */
};

static int by_length(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static void sort_by_length(const int32_t *lengths, int64_t *items, int64_t count)
{
    struct keyed *keyed = allocate(count, sizeof *keyed);
    for (int64_t i = 0; i < count; i++)
        keyed[i] = (struct keyed){lengths[items[i]], i, items[i]};
    qsort(keyed, (size_t)count, sizeof *keyed, by_length);
    for (int64_t i = 0; i < count; i++)
        items[i] = keyed[i].item;
    free(keyed);
}

static int64_t *copy(const int64_t *items, int64_t count)
{
    int64_t *copied = allocate(count, sizeof *copied);
    memcpy(copied, items, (size_t)count * sizeof *copied);
    return copied;
}

int64_t *plan_all(int64_t count)
{
    int64_t *items = allocate(count, sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = i;
    return items;
}

int64_t *plan_by_length(const int32_t *lengths, const int64_t *items, int64_t count)
{
    int64_t *plan = copy(items, count);
    sort_by_length(lengths, plan, count);
    return plan;
}

int64_t *plan_filled(const int32_t *lengths, int64_t count, int64_t *filled)
{
    int64_t *items = allocate(count, sizeof *items);
    *filled = 0;
    for (int64_t i = 0; i < count; i++) {
        if (lengths[i] > 0)
            items[(*filled)++] = i;
    }
    sort_by_length(lengths, items, *filled);
    return items;
}

/* Shuffle pooled[count], and put batches of like lengths into plan[count]. */
static void arrange(const int32_t *lengths, int64_t *pooled, int64_t count, int64_t size, uint64_t seed,
                    uint64_t stream, int64_t *plan)
{
    shuffle(pooled, count, seed, stream);
    int64_t pool = size * POOL_BATCHES, whole = count / size;
    for (int64_t at = 0; at < count; at += pool)
        sort_by_length(lengths, pooled + at, count - at < pool ? count - at : pool);

    /* Whole batches in shuffled order; what is left over is the last, smaller one. */
    int64_t *order = plan_all(whole);
    shuffle(order, whole, seed, stream + 1);
    for (int64_t i = 0; i < whole; i++)
        memcpy(plan + i * size, pooled + order[i] * size, (size_t)size * sizeof *plan);
    memcpy(plan + whole * size, pooled + whole * size, (size_t)(count - whole * size) * sizeof *plan);
    free(order);
}

int64_t *plan_epoch(const int32_t *lengths, const int64_t *items, int64_t count, int64_t size, uint64_t seed,
                    int64_t epoch)
{
    int64_t *pooled = copy(items, count), *plan = allocate(count, sizeof *plan);
    arrange(lengths, pooled, count, size, seed, STREAM_EPOCH + 2 * (uint64_t)epoch, plan);
    free(pooled);
    return plan;
}

int64_t *plan_epoch_in_windows(const int32_t *lengths, const int64_t *items, int64_t count, int64_t size,
                               uint64_t seed, int64_t epoch)
{
    if (count <= PLAN_WINDOW)
        return plan_epoch(lengths, items, count, size, seed, epoch);
    const int64_t blocks = (count + BLOCK - 1) / BLOCK, window = PLAN_WINDOW / size * size;
    uint64_t stream = STREAM_PLAN_WINDOWS + ((uint64_t)epoch << 20);
    int64_t *order = plan_all(blocks), *pooled = allocate(count, sizeof *pooled),
            *plan = allocate(count, sizeof *plan), used = 0;
    shuffle(order, blocks, seed, stream++);
    for (int64_t i = 0; i < blocks; i++) {
        const int64_t at = order[i] * BLOCK, some = count - at < BLOCK ? count - at : BLOCK;
        memcpy(pooled + used, items + at, (size_t)some * sizeof *pooled);
        used += some;
    }
    for (int64_t at = 0; at < count; at += window, stream += 2)
        arrange(lengths, pooled + at, count - at < window ? count - at : window, size, seed, stream,
                plan + at);
    free(order);
    free(pooled);
    return plan;
}
