/* batch.c - pairs side by side: padded sources and targets, and labels without padding. */
#include "batch.h"

#include <stdlib.h>

static int64_t longest(const int32_t *lengths, int64_t rows)
{
    int64_t most = 0;
    for (int64_t b = 0; b < rows; b++)
        most = lengths[b] > most ? lengths[b] : most;
    return most;
}

/* Room for the targets that target_lengths tells, and their begins. */
static void make_targets(struct batch *batch)
{
    batch->steps = longest(batch->target_lengths, batch->rows);
    int64_t size = batch->rows * batch->steps;
    batch->target = grow(batch->target, size, &batch->target_capacity, sizeof *batch->target);
    batch->labels = grow(batch->labels, size, &batch->labels_capacity, sizeof *batch->labels);
    for (int64_t i = 0; i < size; i++)
        batch->target[i] = ATTN_PAD_ID;
    batch->tokens = 0;
}

static void set_target(struct batch *batch, int64_t row, const int32_t *ids)
{
    int64_t length = batch->target_lengths[row] - 1;
    for (int64_t t = 0; t < length; t++) /* ids may be NULL where no target is known */
        batch->target[row * batch->steps + 1 + t] = batch->labels[batch->tokens + t] = ids[t];
    batch->target[row * batch->steps] = batch->labels[batch->tokens + length] = BOUNDARY_ID;
    batch->tokens += length + 1;
}

void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *items, int64_t rows)
{
    const struct side *source = &corpus->source, *target = &corpus->target;
    batch->rows = rows;
    batch->source_lengths =
        grow(batch->source_lengths, rows, &batch->rows_capacity[0], sizeof *batch->source_lengths);
    batch->target_lengths =
        grow(batch->target_lengths, rows, &batch->rows_capacity[1], sizeof *batch->target_lengths);
    for (int64_t b = 0; b < rows; b++) {
        batch->source_lengths[b] = source->lengths[items[b]];
        batch->target_lengths[b] = target->lengths[items[b]] + 1;
    }
    batch->items = longest(batch->source_lengths, rows);
    batch->items += batch->items == 0; /* all of them empty */
    batch->source = grow(batch->source, rows * batch->items, &batch->source_capacity, sizeof *batch->source);
    make_targets(batch);
    for (int64_t b = 0; b < rows; b++) {
        int32_t *row = batch->source + b * batch->items;
        for (int64_t j = 0; j < batch->items; j++)
            row[j] = j < batch->source_lengths[b] ? source->ids[source->begins[items[b]] + j] : ATTN_PAD_ID;
        set_target(batch, b, target->ids ? target->ids + target->begins[items[b]] : NULL); /* all are empty */
    }
}

void batch_set_targets(struct batch *batch, int64_t length, const int32_t *ids, const int32_t *lengths)
{
    for (int64_t b = 0; b < batch->rows; b++)
        batch->target_lengths[b] = lengths[b] + 1;
    make_targets(batch);
    for (int64_t b = 0; b < batch->rows; b++)
        set_target(batch, b, ids + b * length);
}

void batch_free(struct batch *batch)
{
    free(batch->source);
    free(batch->target);
    free(batch->labels);
    free(batch->source_lengths);
    free(batch->target_lengths);
}
