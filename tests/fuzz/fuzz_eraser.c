/* fuzz_eraser.c - any bytes as reviews whose words people marked, in the form of ERASER, by the reader of attn-sentiment.
 *
 * The first byte says how long the document docs/a.txt is, the rest behind it are the annotations. */
#include "sentiment/eraser.h"

#include <string.h>

#include "reader.h"

static void read_marked(void *path)
{
    struct marked_reviews reviews = eraser_read(path, NULL, 2, 1);
    ensure(reviews.count > 0 && reviews.count <= 2 && reviews.share > 0 && reviews.share <= 1);
    for (int64_t i = 0; i < reviews.count; i++) {
        const struct marked_review *review = &reviews.reviews[i];
        for (int64_t w = 0; w < review->words; w++)
            ensure(review->ends[w] > (w ? review->ends[w - 1] : 0) &&
                   (size_t)review->ends[w] <= review->size);
    }
    marked_reviews_free(&reviews);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    size_t document = fuzz_byte(&input);
    document = document < input.size ? document : input.size;
    const char *path = fuzz_folder();
    fuzz_put("docs/a", input.data, document);
    fuzz_put("train.jsonl", input.data + document, input.size - document);
    fuzz_try(read_marked, (void *)path);
    return 0;
}
