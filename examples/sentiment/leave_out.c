/* leave_out.c - texts are compared by hashes of what is compared: FNV-1a, 64 bits, sorted. */
#include "leave_out.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_COMPARED 10 /* letters and digits; a text with fewer is of another script, and compared whole */

static uint64_t key_of(const struct review *review)
{
    uint64_t key = HASH_START, whole = HASH_START;
    int64_t compared = 0;
    for (size_t i = 0; i < review->size; i++) {
        const unsigned char byte = (unsigned char)review->text[i];
        const char *tag_end = byte == '<' ? memchr(review->text + i, '>', review->size - i) : NULL;
        whole = hash_bytes(whole, &byte, 1);
        if (tag_end) {
            i = (size_t)(tag_end - review->text);
        } else if (byte < 0x80 && isalnum(byte)) {
            const unsigned char lower = (unsigned char)tolower(byte);
            key = hash_bytes(key, &lower, 1);
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

/* The keys of all reviews, sorted. */
static uint64_t *keys_of(const struct dataset *dataset)
{
    uint64_t *keys = allocate(dataset->count, sizeof *keys);
    for (int64_t i = 0; i < dataset->count; i++)
        keys[i] = key_of(&dataset->reviews[i]);
    qsort(keys, (size_t)dataset->count, sizeof *keys, by_key);
    return keys;
}

static bool stands_in(const uint64_t *keys, int64_t count, const struct review *review)
{
    const uint64_t key = key_of(review);
    return bsearch(&key, keys, (size_t)count, sizeof *keys, by_key) != NULL;
}

int64_t leave_out(struct dataset *dataset, const char *path)
{
    struct dataset others = dataset_read(&(struct source){.path = path}, "train", NULL);
    uint64_t *keys = keys_of(&others);
    char *keep = allocate(dataset->count, 1);
    for (int64_t i = 0; i < dataset->count; i++)
        keep[i] = !stands_in(keys, others.count, &dataset->reviews[i]);
    const int64_t left = dataset_keep(dataset, keep);
    free(keep);
    free(keys);
    dataset_free(&others);
    return left;
}

int64_t count_in(const struct dataset *others, const struct dataset *dataset, const int64_t *items,
                 int64_t count)
{
    uint64_t *keys = keys_of(others);
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++)
        found += stands_in(keys, others->count, &dataset->reviews[items[i]]);
    free(keys);
    return found;
}
