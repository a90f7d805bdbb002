/* bench_data.h - the batches that bench_model is timed on: ids and lengths like those of movie reviews.
 *
 * Where they come from:
 *     data_padded     generated ids of `vocab`, each row full; the others' are of VOCAB
 *     data_generated  generated ids and lengths, bucketed
 *     data_files      lengths from a file, ids from a file or generated
 *     data_reviews    the reviews themselves, bucketed
 * Bucketed: rows are sorted by length, and `count` batches of neighbours are taken, evenly spread over that order. */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include <stdint.h>

#include "attn/attn.h"

#define VOCAB 30000 /* ids of reviews, ATTN_PAD_ID and ATTN_UNK_ID among them */

struct batch {
    int64_t rows, time; /* time: the longest row's length */
    int32_t *ids;       /* [rows, time]; ATTN_PAD_ID beyond the length */
    int32_t *lengths;   /* [rows] */
    int32_t *labels;    /* [rows], 0 or 1 */
};

struct data {
    struct batch *batches;
    int64_t count, rows; /* batches, and rows of all of them */
    int64_t tokens;      /* of all batches, padding not counted */
    int64_t distinct;    /* ids that differ within a batch, summed over the batches */
};

struct data data_padded(int64_t count, int64_t batch, int64_t time, int64_t vocab);
struct data data_generated(int64_t count, int64_t batch, int64_t time);
struct data data_files(const char *lengths, const char *ids, int64_t batch, int64_t time);
struct data data_reviews(attn_context *context, const char *folder, int64_t count, int64_t batch,
                         int64_t time);
void data_free(struct data *data);

/* One length or id a line, in the order in which data_files takes them. */
void data_write_lengths(const struct data *data, const char *path);
void data_write_ids(const struct data *data, const char *path);

/* What the sources share (bench_reviews.c is one). A row is some tokens' ids, NULL where they are to be generated. */
struct row {
    int32_t length;
    const int32_t *ids;
};
struct data data_make(const struct row *rows, int64_t count, int64_t batch, int64_t vocab);
struct data data_bucket(struct row *rows, int64_t all, int64_t count, int64_t batch);

/* Memory, or the end of the program; and the end of the program where a call failed. */
void *allocate(int64_t count, int64_t size);
void must(attn_status status);
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
