/* vectors.c - the table of words from a file of vectors. */
#include "vectors.h"

#include <stdlib.h>

#include "data.h"

char *vectors_load(attn_context *context, const attn_vocab *vocab, attn_params *params, const char *path)
{
    int64_t size = attn_vocab_size(vocab), running = 0, covered = 0;
    uint8_t *found = allocate(size, 1);
    attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
    attn_tensor table = ATTN_TENSOR_INIT;
    must(attn_params_find(params, "embedding.weight", &table));
    must_read(attn_vectors_read(context, vocab, table.shape[1], path, ATTN_VECTORS_AUTO, table.values, found,
                                &report));
    for (int32_t id = 0; id < size; id++) {
        running += attn_vocab_frequency(vocab, id);
        covered += found[id] ? attn_vocab_frequency(vocab, id) : 0;
    }
    free(found);
    return print(
        "vectors: %s of %s words found among the %s in %s, %.1f %% of the running tokens of the vocabulary",
        with_commas(report.found), with_commas(size - 2), with_commas(report.words), path,
        100.0 * (double)covered / (double)(running ? running : 1));
}

int64_t vectors_width(attn_context *context, const char *path, int64_t emb)
{
    attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
    must_read(attn_vectors_probe(context, path, ATTN_VECTORS_AUTO, &report));
    if (emb && emb != report.dim)
        fail(EXIT_BAD_INPUT,
             "--emb %lld: the vectors in %s are %lld numbers wide; leave --emb out, or give another file",
             (long long)emb, path, (long long)report.dim);
    return report.dim;
}
