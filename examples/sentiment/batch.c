/* batch.c - padding, and words left out. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define READ_TOGETHER 8192 /* rows; a row may bring 64 KB of its file into memory */

void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                int64_t time)
{
    batch_fill_share(batch, corpus, reviews, rows, (struct share){0, rows}, time);
}

void batch_fill_share(struct batch *batch, const struct corpus *corpus, const int64_t *reviews, int64_t rows,
                      struct share share, int64_t time)
{
    int64_t longest = 0;
    for (int64_t b = 0; b < rows; b++)
        longest = corpus->lengths[reviews[b]] > longest ? corpus->lengths[reviews[b]] : longest;
    reviews += share.begin;
    rows = share.count;
    batch->rows = rows;
    batch->first = share.begin;
    batch->time = time ? time : longest;
    batch->ids = grow(batch->ids, rows * batch->time, &batch->ids_capacity, sizeof *batch->ids);
    batch->lengths = grow(batch->lengths, rows, &batch->lengths_capacity, sizeof *batch->lengths);
    batch->labels = grow(batch->labels, rows, &batch->labels_capacity, sizeof *batch->labels);
    for (int64_t b = 0; b < rows && corpus->targets; b++) {
        const int64_t classes = corpus->classes;
        batch->targets =
            grow(batch->targets, rows * classes, &batch->targets_capacity, sizeof *batch->targets);
        memcpy(batch->targets + b * classes, corpus->targets + reviews[b] * classes,
               (size_t)classes * sizeof *batch->targets);
    }
    for (int64_t b = 0; b < rows; b++)
        corpus_announce(corpus, corpus->begins[reviews[b]], corpus->lengths[reviews[b]]);
    for (int64_t b = 0; b < rows; b++) {
        int64_t review = reviews[b], length = corpus->lengths[review];
        int32_t *row = batch->ids + b * batch->time;
        corpus_read(corpus, corpus->begins[review], length, row);
        for (int64_t t = length; t < batch->time; t++)
            row[t] = ATTN_PAD_ID;
        batch->lengths[b] = (int32_t)length;
        batch->labels[b] = corpus->labels[review];
    }
    batch->read += rows;
    if (batch->read >= READ_TOGETHER) {
        corpus_forget(corpus);
        batch->read = 0;
    }
}

void batch_drop_words(struct batch *batch, double rate, uint64_t seed, int64_t step)
{
    const int64_t whole = 1 << 20;
    for (int64_t b = 0; b < batch->rows && rate > 0; b++) {
        int32_t *row = batch->ids + b * batch->time, kept = 0;
        for (int32_t t = 0; t < batch->lengths[b]; t++) {
            int64_t draw = random_below(whole, seed, STREAM_WORDS + (uint64_t)step,
                                        (uint64_t)((batch->first + b) * batch->time + t));
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
    free(batch->targets);
}
