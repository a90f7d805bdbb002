/* data.c - reading reviews: what lies at a path, lines of a file, the limit. Folders are read in folder.c. */
#include "data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

const char *label_name(int32_t label)
{
    return label ? "positive" : "negative";
}

static int32_t read_label(const char *path, int64_t line, const char *label, size_t size)
{
    static const struct {
        const char *word;
        int32_t label;
    } words[] = {{"0", 0}, {"1", 1}, {"neg", 0}, {"pos", 1}, {"negative", 0}, {"positive", 1}};
    for (int64_t i = 0; i < COUNT(words); i++) {
        if (strlen(words[i].word) == size && memcmp(words[i].word, label, size) == 0)
            return words[i].label;
    }
    fail(EXIT_BAD_INPUT, "%s, line %lld: its label is \"%.*s\"; expected 0, 1, neg or pos", path,
         (long long)line, (int)(size < 40 ? size : 40), label);
}

static struct dataset read_lines(const char *path)
{
    size_t size;
    char *bytes = read_file(path, &size), *end = bytes + size;
    struct dataset dataset = {NULL, 0, 0};
    int64_t capacity = 0, line = 0;
    char *at = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? bytes + 3 : bytes; /* a byte order mark */
    for (char *next; at < end; at = next) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        line++;
        next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        if (stop == at)
            continue;
        char *tab = memchr(at, '\t', (size_t)(stop - at));
        if (tab == NULL)
            fail(EXIT_BAD_INPUT, "%s, line %lld: no tab; expected lines of label<TAB>text", path,
                 (long long)line);
        dataset.reviews = grow(dataset.reviews, dataset.count + 1, &capacity, sizeof *dataset.reviews);
        struct review *review = &dataset.reviews[dataset.count++];
        *review = (struct review){.size = (size_t)(stop - tab - 1),
                                  .label = read_label(path, line, at, (size_t)(tab - at))};
        review->name = print("line %lld", (long long)line);
        review->text = allocate((int64_t)review->size + 1, 1);
        memcpy(review->text, tab + 1, review->size);
    }
    free(bytes);
    return dataset;
}

static void check_classes(const char *path, const struct dataset *dataset)
{
    int64_t positive = 0;
    for (int64_t i = 0; i < dataset->count; i++)
        positive += dataset->reviews[i].label;
    if (dataset->count == 0)
        fail(EXIT_BAD_INPUT, "%s: no reviews in it", path);
    if (positive == 0 || positive == dataset->count)
        fail(EXIT_BAD_INPUT, "%s: all its reviews are %s; expected both classes", path,
             label_name(positive > 0));
}

struct dataset dataset_read(const char *path, const char *part)
{
    struct stat status;
    if (stat(path, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    struct dataset dataset = S_ISDIR(status.st_mode) ? folder_read(path, part) : read_lines(path);
    check_classes(path, &dataset);
    return dataset;
}

static void review_free(struct review *review)
{
    free(review->text);
    free(review->name);
}

void dataset_free(struct dataset *dataset)
{
    for (int64_t i = 0; i < dataset->count; i++)
        review_free(&dataset->reviews[i]);
    free(dataset->reviews);
    *dataset = (struct dataset){NULL, 0, 0};
}

void dataset_limit(struct dataset *dataset, int64_t limit, uint64_t seed)
{
    int64_t count = dataset->count, left[2] = {0, 0}, kept = 0;
    int64_t *order = allocate(count, sizeof *order);
    char *keep = allocate(count, 1);
    for (int64_t i = 0; i < count; i++) {
        order[i] = i;
        left[dataset->reviews[i].label]++;
    }
    shuffle(order, count, seed, STREAM_LIMIT);
    int64_t wanted = limit < count ? limit : count;
    int64_t positive = wanted / 2 < left[1] ? wanted / 2 : left[1];
    int64_t negative = wanted - positive < left[0] ? wanted - positive : left[0];
    int64_t quota[2] = {negative, wanted - negative};
    for (int64_t i = 0; i < count; i++)
        keep[order[i]] = quota[dataset->reviews[order[i]].label]-- > 0;
    for (int64_t i = 0; i < count; i++) {
        if (keep[i])
            dataset->reviews[kept++] = dataset->reviews[i];
        else
            review_free(&dataset->reviews[i]);
    }
    dataset->count = kept;
    free(order);
    free(keep);
}

static uint64_t hash(uint64_t state, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        state = (state ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
    return state;
}

uint64_t dataset_fingerprint(const struct dataset *dataset)
{
    uint64_t state = 0xCBF29CE484222325u;
    for (int64_t i = 0; i < dataset->count; i++) {
        const struct review *review = &dataset->reviews[i];
        state = hash(state, &review->label, sizeof review->label);
        state = hash(state, &review->film, sizeof review->film);
        state = hash(state, review->text, review->size + 1);
    }
    return state;
}
