/* batch.c - the plan of an epoch, and padding. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define POOL_BATCHES                                                                                         \
    50 /* how many batches a pool holds: more waste less on padding, fewer mix lengths better */

struct keyed {
    int32_t length;
    int64_t place, review; /* equal lengths stay in the order in which they came */
};

static int by_length(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static void sort_by_length(const struct corpus *corpus, int64_t *reviews, int64_t count)
{
    struct keyed *items = allocate(count, sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = (struct keyed){corpus->lengths[reviews[i]], i, reviews[i]};
    qsort(items, (size_t)count, sizeof *items, by_length);
    for (int64_t i = 0; i < count; i++)
        reviews[i] = items[i].review;
    free(items);
}

static int64_t *copy(const int64_t *items, int64_t count)
{
    int64_t *copied = allocate(count, sizeof *copied);
    memcpy(copied, items, (size_t)count * sizeof *copied);
    return copied;
}

int64_t *plan_by_length(const struct corpus *corpus, const int64_t *reviews, int64_t count)
{
    int64_t *plan = copy(reviews, count);
    sort_by_length(corpus, plan, count);
    return plan;
}

int64_t *plan_epoch(const struct corpus *corpus, const int64_t *reviews, int64_t count, int64_t size,
                    uint64_t seed, int64_t epoch)
{
    uint64_t stream = STREAM_EPOCH + 2 * (uint64_t)epoch;
    int64_t *pooled = copy(reviews, count), *plan = allocate(count, sizeof *plan);
    shuffle(pooled, count, seed, stream);
    int64_t pool = size * POOL_BATCHES, whole = count / size;
    for (int64_t at = 0; at < count; at += pool)
        sort_by_length(corpus, pooled + at, count - at < pool ? count - at : pool);

    /* Whole batches in shuffled order; what is left over is the last, smaller one. */
    int64_t *order = allocate(whole, sizeof *order);
    for (int64_t i = 0; i < whole; i++)
        order[i] = i;
    shuffle(order, whole, seed, stream + 1);
    for (int64_t i = 0; i < whole; i++)
        memcpy(plan + i * size, pooled + order[i] * size, (size_t)size * sizeof *plan);
    memcpy(plan + whole * size, pooled + whole * size, (size_t)(count - whole * size) * sizeof *plan);
    free(order);
    free(pooled);
    return plan;
}

void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                int64_t time)
{
    for (int64_t b = 0; b < rows && time == 0; b++)
        batch->time =
            b == 0 || corpus->lengths[reviews[b]] > batch->time ? corpus->lengths[reviews[b]] : batch->time;
    if (time > 0)
        batch->time = time;
    batch->rows = rows;
    batch->ids = grow(batch->ids, rows * batch->time, &batch->ids_capacity, sizeof *batch->ids);
    batch->lengths = grow(batch->lengths, rows, &batch->lengths_capacity, sizeof *batch->lengths);
    batch->labels = grow(batch->labels, rows, &batch->labels_capacity, sizeof *batch->labels);
    for (int64_t b = 0; b < rows; b++) {
        int64_t review = reviews[b], length = corpus->lengths[review];
        int32_t *row = batch->ids + b * batch->time;
        memcpy(row, corpus->ids + corpus->begins[review], (size_t)length * sizeof *row);
        for (int64_t t = length; t < batch->time; t++)
            row[t] = ATTN_PAD_ID;
        batch->lengths[b] = (int32_t)length;
        batch->labels[b] = corpus->labels[review];
    }
}

void batch_drop_words(struct batch *batch, double rate, uint64_t seed, int64_t step)
{
    const int64_t whole = 1 << 20;
    for (int64_t b = 0; b < batch->rows && rate > 0; b++) {
        int32_t *row = batch->ids + b * batch->time, kept = 0;
        for (int32_t t = 0; t < batch->lengths[b]; t++) {
            int64_t draw =
                random_below(whole, seed, STREAM_WORDS + (uint64_t)step, (uint64_t)(b * batch->time + t));
            if ((double)draw >= rate * (double)whole)
                row[kept++] = row[t];
        }
        batch->lengths[b] = kept;
    }
}

void batch_free(struct batch *batch)
{
    free(batch->ids);
    free(batch->lengths);
    free(batch->labels);
}
