/* bench_data.c - generating, reading and writing the batches that bench_model is timed on.
 *
 * Ids follow a Zipf-Mandelbrot law, p(r) ~ 1 / (r + q)^s over the ranks from 1 on (the rank is the id), s = 1.33 and
 * q = 12.2. That is fitted to the repetition in real reviews under a vocabulary of 30,000, cut at 300 tokens:
 *
 *     reviews  tokens  distinct ids  expected by the law
 *         256  52,750         6,862        6,862
 *          32   6,843         1,840        1,841
 *
 * Lengths are 60 and a log-normal number, which have the mean 266 and the median 198 of real reviews before they are cut.
 * Cut at 300 their mean is 205, that of real reviews 206. */
#include "bench_data.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZIPF_S 1.33
#define ZIPF_Q 12.2
#define LENGTH_LEAST 60.0
#define LENGTH_MEAN 266.0
#define LENGTH_MEDIAN 198.0
#define REVIEWS 25000 /* as many lengths are generated and sorted as there are reviews to train on */

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bench_model: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void must(attn_status status)
{
    if (status != ATTN_OK)
        die("%s", attn_last_error());
}

void *allocate(int64_t count, int64_t size)
{
    void *memory = calloc((size_t)(count > 0 ? count : 1), (size_t)size);
    if (memory == NULL)
        die("no memory");
    return memory;
}

/* ---- generated ids and lengths --------------------------------------------------------------------------- */

/* Uniform in (0, 1), the same sequence in every run. */
static double uniform(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 2147483648.0;
}

/* [vocab]: of the ranks 1 to r. */
static double *sum_law(int64_t vocab)
{
    double *sums = allocate(vocab, sizeof *sums);
    for (int64_t r = 1; r < vocab; r++)
        sums[r] = sums[r - 1] + pow((double)r + ZIPF_Q, -ZIPF_S);
    return sums;
}

/* The rank at which the law's cumulative sum passes a uniform number. */
static int32_t generate_id(const double *sums, int64_t vocab)
{
    double target = uniform() * sums[vocab - 1];
    int32_t below = 0, above = (int32_t)vocab - 1;
    while (above - below > 1) {
        int32_t middle = (below + above) / 2;
        if (sums[middle] < target)
            below = middle;
        else
            above = middle;
    }
    return above;
}

static int32_t generate_length(int64_t time)
{
    double median = LENGTH_MEDIAN - LENGTH_LEAST, mean = LENGTH_MEAN - LENGTH_LEAST;
    double normal = sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
    double length = LENGTH_LEAST + median * exp(sqrt(2 * log(mean / median)) * normal);
    return length > (double)time ? (int32_t)time : (int32_t)length;
}

struct data data_padded(int64_t count, int64_t batch, int64_t time, int64_t vocab)
{
    struct row *rows = allocate(count * batch, sizeof *rows);
    for (int64_t i = 0; i < count * batch; i++)
        rows[i].length = (int32_t)time;
    struct data data = data_make(rows, count, batch, vocab);
    free(rows);
    return data;
}

struct data data_generated(int64_t count, int64_t batch, int64_t time)
{
    struct row *rows = allocate(REVIEWS, sizeof *rows);
    for (int64_t i = 0; i < REVIEWS; i++)
        rows[i].length = generate_length(time);
    struct data data = data_bucket(rows, REVIEWS, count, batch);
    free(rows);
    return data;
}

/* ---- files ----------------------------------------------------------------------------------------------- */

/* The whole numbers of a file, at least `least` and at most `most`. */
static int32_t *read_numbers(const char *path, long least, long most, int64_t *count)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        die("%s: cannot be read", path);
    int64_t capacity = 0;
    int32_t *numbers = NULL;
    long number;
    for (*count = 0; fscanf(file, "%ld", &number) == 1; numbers[(*count)++] = (int32_t)number) {
        if (number < least || number > most)
            die("%s: %ld is not in %ld to %ld", path, number, least, most);
        if (*count == capacity) {
            capacity = 2 * capacity + 1024;
            numbers = realloc(numbers, (size_t)capacity * sizeof *numbers);
            if (numbers == NULL)
                die("no memory");
        }
    }
    if (!feof(file))
        die("%s: holds something that is no number", path);
    fclose(file);
    return numbers;
}

struct data data_files(const char *lengths_path, const char *ids_path, int64_t batch, int64_t time)
{
    int64_t count, ids_count = 0, used = 0;
    int32_t *lengths = read_numbers(lengths_path, 1, (long)time, &count), *ids = NULL;
    if (ids_path != NULL)
        ids = read_numbers(ids_path, 0, VOCAB - 1, &ids_count);
    if (count < batch)
        die("%s: fewer than %lld lengths", lengths_path, (long long)batch);
    struct row *rows = allocate(count, sizeof *rows);
    for (int64_t i = 0; i < count; i++) {
        rows[i] = (struct row){lengths[i], ids ? ids + used : NULL};
        used += lengths[i];
    }
    if (ids_path != NULL && used > ids_count)
        die("%s: %lld ids, but the lengths ask for %lld", ids_path, (long long)ids_count, (long long)used);
    struct data data = data_make(rows, count / batch, batch, VOCAB);
    free(rows);
    free(ids);
    free(lengths);
    return data;
}

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        die("%s: cannot be written", path);
    return file;
}

void data_write_lengths(const struct data *data, const char *path)
{
    FILE *file = create(path);
    for (const struct batch *batch = data->batches; batch < data->batches + data->count; batch++) {
        for (int64_t b = 0; b < batch->rows; b++)
            fprintf(file, "%d\n", batch->lengths[b]);
    }
    if (fclose(file) != 0)
        die("%s: cannot be written", path);
}

void data_write_ids(const struct data *data, const char *path)
{
    FILE *file = create(path);
    for (const struct batch *batch = data->batches; batch < data->batches + data->count; batch++) {
        for (int64_t b = 0; b < batch->rows; b++) {
            for (int64_t t = 0; t < batch->lengths[b]; t++)
                fprintf(file, "%d\n", batch->ids[b * batch->time + t]);
        }
    }
    if (fclose(file) != 0)
        die("%s: cannot be written", path);
}

/* ---- rows to batches ------------------------------------------------------------------------------------- */

static struct batch make_batch(const struct row *rows, int64_t count, const double *sums, int64_t vocab)
{
    struct batch batch = {.rows = count};
    for (int64_t b = 0; b < count; b++)
        batch.time = rows[b].length > batch.time ? rows[b].length : batch.time;
    batch.ids = allocate(count * batch.time, sizeof *batch.ids);
    batch.lengths = allocate(count, sizeof *batch.lengths);
    batch.labels = allocate(count, sizeof *batch.labels);
    for (int64_t b = 0; b < count; b++) {
        batch.lengths[b] = rows[b].length;
        batch.labels[b] = uniform() < 0.5;
        for (int64_t t = 0; t < rows[b].length; t++)
            batch.ids[b * batch.time + t] = rows[b].ids ? rows[b].ids[t] : generate_id(sums, vocab);
    }
    return batch;
}

static int64_t count_distinct(const struct batch *batch, int64_t vocab)
{
    char *seen = allocate(vocab, 1);
    int64_t distinct = 0;
    for (int64_t b = 0; b < batch->rows; b++) {
        for (int64_t t = 0; t < batch->lengths[b]; t++) {
            int32_t id = batch->ids[b * batch->time + t];
            distinct += !seen[id];
            seen[id] = 1;
        }
    }
    free(seen);
    return distinct;
}

struct data data_make(const struct row *rows, int64_t count, int64_t batch, int64_t vocab)
{
    double *sums = sum_law(vocab);
    struct data data = {allocate(count, sizeof *data.batches), count, count * batch, 0, 0};
    for (int64_t i = 0; i < count; i++) {
        data.batches[i] = make_batch(rows + i * batch, batch, sums, vocab);
        data.distinct += count_distinct(&data.batches[i], vocab);
        for (int64_t b = 0; b < batch; b++)
            data.tokens += data.batches[i].lengths[b];
    }
    free(sums);
    return data;
}

/* Equal lengths keep an order, so that every run takes the same rows. */
static int by_length(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return a->length != b->length ? (a->length > b->length) - (a->length < b->length)
                                  : (a->ids > b->ids) - (a->ids < b->ids);
}

struct data data_bucket(struct row *rows, int64_t all, int64_t count, int64_t batch)
{
    int64_t buckets = all / batch;
    if (buckets < count)
        die("%lld rows are too few for %lld batches of %lld", (long long)all, (long long)count,
            (long long)batch);
    qsort(rows, (size_t)all, sizeof *rows, by_length);
    struct row *taken = allocate(count * batch, sizeof *taken);
    for (int64_t i = 0; i < count; i++)
        memcpy(taken + i * batch, rows + i * buckets / count * batch, (size_t)batch * sizeof *rows);
    struct data data = data_make(taken, count, batch, VOCAB);
    free(taken);
    return data;
}

void data_free(struct data *data)
{
    for (int64_t i = 0; i < data->count; i++) {
        free(data->batches[i].ids);
        free(data->batches[i].lengths);
        free(data->batches[i].labels);
    }
    free(data->batches);
}
