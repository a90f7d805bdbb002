/* fuzz_vectors.c - any bytes as a file of word vectors, in each format: one thread and three read the same from it, or fail
 * by the same line; rows without a vector stay as they are, and every number that was read is finite.
 *
 * Of the input: the format, and how wide the vectors shall be (0: as the probe says), a byte each; the rest is the file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define UNTOUCHED (-7.5f)

/* What the files of the corpus have vectors of. */
static attn_vocab *make_vocab(void)
{
    static const char *const words[] = {"the", "film", "a", "b", "66", "route", "\xc3\xa4"};
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    ensure(attn_vocab_builder_create(fuzz_context(), NULL, &builder) == ATTN_OK);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ensure(attn_vocab_builder_add_token(builder, words[i], 100 - (int64_t)i) == ATTN_OK);
    ensure(attn_vocab_create(builder, NULL, &vocab) == ATTN_OK);
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

struct result {
    attn_status status;
    attn_vectors_report report;
    float *table;
    uint8_t *found;
    char line[1024];
};

static void read_vectors(attn_context *context, const attn_vocab *vocab, int64_t dim, const char *path,
                         int32_t format, struct result *result)
{
    const int64_t rows = attn_vocab_size(vocab);
    *result = (struct result){.report = ATTN_VECTORS_REPORT_INIT};
    result->table = malloc((size_t)(rows * dim) * sizeof(float));
    result->found = calloc((size_t)rows, 1);
    ensure(result->table != NULL && result->found != NULL);
    for (int64_t i = 0; i < rows * dim; i++)
        result->table[i] = UNTOUCHED;
    result->status =
        attn_vectors_read(context, vocab, dim, path, format, result->table, result->found, &result->report);
    if (result->status != ATTN_OK)
        snprintf(result->line, sizeof result->line, "%s", attn_last_error());
}

static void check(const struct result *result, int64_t rows, int64_t dim)
{
    int64_t found = 0;
    for (int64_t row = 0; row < rows; row++) {
        found += result->found[row];
        for (int64_t d = 0; d < dim; d++) {
            const float number = result->table[row * dim + d];
            ensure(result->found[row] ? isfinite(number) : number == UNTOUCHED);
        }
    }
    ensure(found == result->report.found && found <= result->report.words && result->report.dim == dim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static attn_context *threads;
    static attn_vocab *vocab;
    if (threads == NULL) {
        const attn_context_options three = fuzz_options(3);
        ensure(attn_context_create(&three, &threads) == ATTN_OK);
        vocab = make_vocab();
    }
    fuzz_input input = {data, size};
    const int32_t format = fuzz_byte(&input) % 4;
    int64_t dim = fuzz_byte(&input);
    attn_vectors_report probed = ATTN_VECTORS_REPORT_INIT;
    const char *path = fuzz_path(input.data, input.size);
    const attn_status status = attn_vectors_probe(threads, path, format, &probed);
    ensure(status == ATTN_OK || status == ATTN_ERR_FORMAT);
    ensure(status != ATTN_OK || (probed.dim >= 1 && probed.words >= 0));
    if (dim == 0 && probed.dim < 4096) /* a wider table would be this program's memory */
        dim = probed.dim;
    if (dim == 0)
        return 0;
    struct result one, three;
    fuzz_limit(64 * input.size + (1 << 16));
    read_vectors(fuzz_context(), vocab, dim, path, format, &one);
    read_vectors(threads, vocab, dim, path, format, &three);
    fuzz_limit(SIZE_MAX);
    ensure(one.status == three.status && strcmp(one.line, three.line) == 0);
    ensure(one.status == ATTN_OK || one.status == ATTN_ERR_FORMAT);
    if (one.status == ATTN_OK) {
        const int64_t rows = attn_vocab_size(vocab);
        ensure(status == ATTN_OK && memcmp(&one.report, &three.report, sizeof one.report) == 0);
        ensure(memcmp(one.table, three.table, (size_t)(rows * dim) * sizeof(float)) == 0);
        check(&one, rows, dim);
    }
    free(one.table);
    free(one.found);
    free(three.table);
    free(three.found);
    return 0;
}
