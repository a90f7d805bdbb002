/* leave_out.c - texts are compared by hashes of what is compared: FNV-1a, 64 bits, sorted. */
#include "leave_out.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_COMPARED 10 /* letters and digits; a text with fewer is of another script, and compared whole */

static uint64_t add(uint64_t state, unsigned char byte)
{
    return (state ^ byte) * 0x100000001B3u;
}

static uint64_t key_of(const struct review *review)
{
    const uint64_t start = 0xCBF29CE484222325u;
    uint64_t key = start, whole = start;
    int64_t compared = 0;
    for (size_t i = 0; i < review->size; i++) {
        const unsigned char byte = (unsigned char)review->text[i];
        const char *tag_end = byte == '<' ? memchr(review->text + i, '>', review->size - i) : NULL;
        whole = add(whole, byte);
        if (tag_end) {
            i = (size_t)(tag_end - review->text);
        } else if (byte < 0x80 && isalnum(byte)) {
            key = add(key, (unsigned char)tolower(byte));
            compared++;
        }
    }
    return compared < LEAST_COMPARED ? whole : key;
}

static int by_key(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

int64_t leave_out(struct dataset *dataset, const char *path)
{
    struct dataset others = dataset_read(&(struct source){.path = path}, "train", NULL);
    uint64_t *keys = allocate(others.count, sizeof *keys);
    for (int64_t i = 0; i < others.count; i++)
        keys[i] = key_of(&others.reviews[i]);
    qsort(keys, (size_t)others.count, sizeof *keys, by_key);
    char *keep = allocate(dataset->count, 1);
    for (int64_t i = 0; i < dataset->count; i++) {
        const uint64_t key = key_of(&dataset->reviews[i]);
        keep[i] = bsearch(&key, keys, (size_t)others.count, sizeof *keys, by_key) == NULL;
    }
    const int64_t left = dataset_keep(dataset, keep);
    free(keep);
    free(keys);
    dataset_free(&others);
    return left;
}
