/* sequence.c - rows sorted by length and packed by blocks and steps. */
#include "layer/sequence.h"

#include <string.h>

/* order = rows by falling length, equal lengths in their own order: a counting sort. */
static void sort_rows(attni_sequence *sequence, const int32_t *lengths, int64_t *counts)
{
    int64_t time = sequence->time;
    memset(counts, 0, (size_t)(time + 2) * sizeof *counts);
    for (int64_t b = 0; b < sequence->batch; b++)
        counts[time - (lengths ? lengths[b] : time) + 1]++;
    for (int64_t t = 0; t <= time; t++)
        counts[t + 1] += counts[t];
    for (int64_t b = 0; b < sequence->batch; b++) {
        int32_t length = lengths ? lengths[b] : (int32_t)time;
        int64_t place = counts[time - length]++;
        sequence->order[place] = (int32_t)b;
        sequence->lengths[place] = length;
    }
}

/* Sixteen blocks, or a multiple, so that two, four or eight threads share them evenly; fewer where they would be of a few
 * rows only. */
static int64_t count_blocks(int64_t batch)
{
    if (batch >= 128)
        return (batch + 16 * ATTNI_BLOCK_ROWS - 1) / (16 * ATTNI_BLOCK_ROWS) * 16;
    return batch >= 32 ? 8 : batch >= 8 ? (batch + 3) / 4 : batch >= 2 ? 2 : batch;
}

static void cut_blocks(attni_sequence *sequence, int64_t *starts)
{
    for (int64_t k = 0; k < sequence->block_count; k++) {
        attni_block *block = &sequence->blocks[k];
        block->first = k * sequence->batch / sequence->block_count;
        block->rows = (k + 1) * sequence->batch / sequence->block_count - block->first;
        block->steps = sequence->lengths[block->first];
        block->starts = starts;
        int64_t active = block->rows;
        for (int64_t s = 0; s < block->steps; s++) {
            while (sequence->lengths[block->first + active - 1] <= s)
                active--;
            *starts++ = sequence->tokens;
            sequence->tokens += active;
        }
        *starts++ = sequence->tokens;
    }
}

attn_status attni_sequence_make(attni_sequence *sequence, attni_arena *arena, const char *function,
                                int64_t batch, int64_t time, const int32_t *lengths)
{
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    *sequence = (attni_sequence){.batch = batch, .time = time};
    sequence->block_count = count_blocks(batch);
    size_t starts_size = attni_bytes(sequence->block_count * (time + 1), sizeof(int64_t));
    sequence->order = attni_arena_alloc(arena, attni_bytes(batch, sizeof(int32_t)));
    sequence->lengths = attni_arena_alloc(arena, attni_bytes(batch, sizeof(int32_t)));
    sequence->blocks = attni_arena_alloc(arena, (size_t)sequence->block_count * sizeof(attni_block));
    int64_t *starts = attni_arena_alloc(arena, starts_size);
    int64_t *counts = attni_arena_alloc(arena, attni_bytes(time + 2, sizeof(int64_t)));
    if (!sequence->order || !sequence->lengths || !sequence->blocks || !starts || !counts)
        return attni_no_memory(function, starts_size);
    sort_rows(sequence, lengths, counts);
    cut_blocks(sequence, starts);
    return ATTN_OK;
}

int64_t attni_block_window_end(const attni_block *block, int64_t first)
{
    int64_t last = first + 1;
    while (last < block->steps && block->starts[last + 1] - block->starts[first] <= ATTNI_WINDOW)
        last++;
    return last;
}

int64_t attni_block_window_begin(const attni_block *block, int64_t last)
{
    int64_t first = last - 1;
    while (first > 0 && block->starts[last] - block->starts[first - 1] <= ATTNI_WINDOW)
        first--;
    return first;
}

void attni_sequence_pack(const attni_sequence *sequence, const attni_block *block, int64_t first,
                         int64_t last, int32_t reverse, int64_t width, const float *padded, float *packed)
{
    for (int64_t s = first; s < last; s++) {
        int64_t rows = block->starts[s + 1] - block->starts[s];
        for (int64_t i = 0; i < rows; i++, packed += width)
            memcpy(packed, padded + attni_sequence_at(sequence, block->first + i, s, reverse) * width,
                   (size_t)width * sizeof(float));
    }
}

void attni_sequence_unpack(const attni_sequence *sequence, const attni_block *block, int64_t first,
                           int64_t last, int32_t reverse, int64_t width, const float *packed,
                           int32_t accumulate, float *padded)
{
    for (int64_t s = first; s < last; s++) {
        int64_t rows = block->starts[s + 1] - block->starts[s];
        for (int64_t i = 0; i < rows; i++, packed += width) {
            float *to = padded + attni_sequence_at(sequence, block->first + i, s, reverse) * width;
            if (!accumulate) {
                memcpy(to, packed, (size_t)width * sizeof(float));
                continue;
            }
            for (int64_t j = 0; j < width; j++)
                to[j] += packed[j];
        }
    }
}

void attni_sequence_clear_padding(const attni_sequence *sequence, int64_t width, float *padded)
{
    for (int64_t place = 0; place < sequence->batch; place++) {
        int64_t begin = sequence->order[place] * sequence->time + sequence->lengths[place];
        int64_t count = sequence->time - sequence->lengths[place];
        memset(padded + begin * width, 0, (size_t)(count * width) * sizeof(float));
    }
}
