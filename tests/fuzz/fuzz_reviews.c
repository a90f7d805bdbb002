/* fuzz_reviews.c - any bytes as labelled texts, by the readers of attn-sentiment: lines, tables, CSV, JSON lines, and a
 * folder a class.
 *
 * The first byte says which columns are named and whether labels are read; the second what the file is called, or that the
 * rest is three files of a folder a class, each after a byte that says where it lies and how many of the bytes it has. */
#include "sentiment/data.h"

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static void check(const struct dataset *dataset, const struct source *source)
{
    ensure(dataset->count > 0);
    for (int64_t i = 0; i < dataset->count; i++) {
        const struct review *review = &dataset->reviews[i];
        ensure(review->text[review->size] == '\0' && review->name[0] != '\0');
        ensure(review->label >= 0 && (source->unlabelled || review->label < dataset->labels.count));
        ensure(review->film >= 0 && (dataset->films == 0 || review->film < dataset->films));
    }
}

static void read_reviews(void *given)
{
    const struct source *source = given;
    struct dataset dataset = dataset_read(source, "train", NULL);
    check(&dataset, source);
    free(dataset_describe(&dataset));
    dataset_warn(&dataset, source->path);
    (void)dataset_fingerprint(&dataset);
    dataset_limit(&dataset, 3, 1);
    check(&dataset, source);
    dataset_free(&dataset);
}

static const char *make_folder_of(fuzz_input *input)
{
    static const char *const places[] = {"pos/1_9.txt", "pos/0_10.txt", "neg/0_1.txt",  "neg/x.txt",
                                         "neg/x.txt~",  "urls_pos.txt", "urls_neg.txt", "unsup/2_0.txt",
                                         "a.txt",       "\xff/b"};
    const char *path = fuzz_folder();
    for (int i = 0; i < 3; i++) {
        const char *place = places[fuzz_byte(input) % COUNT(places)];
        size_t size = fuzz_byte(input);
        size = size < input->size ? size : input->size;
        fuzz_put(place, input->data, size);
        input->data += size;
        input->size -= size;
    }
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const text_columns[] = {NULL, NULL, "text", "1"}, *const label_columns[] = {
                                                                             NULL, NULL, "label", "2"};
    static const char *const names[] = {"reviews", "reviews.csv", "reviews.tsv", "reviews.jsonl"};
    fuzz_input input = {data, size};
    const uint8_t how = fuzz_byte(&input), what = fuzz_byte(&input) % 5;
    struct source source = {.text_column = text_columns[how & 3],
                            .label_column = label_columns[how >> 2 & 3],
                            .only_extreme = how >> 4 & 1,
                            .unlabelled = how >> 5 & 1};
    if (what == 4) {
        source.path = make_folder_of(&input);
    } else {
        fuzz_folder();
        source.path = fuzz_put(names[what], input.data, input.size);
    }
    fuzz_try(read_reviews, &source);
    return 0;
}
