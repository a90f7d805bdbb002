/* data.h - labelled reviews from a folder or a file, always in the same order. */
#ifndef SENTIMENT_DATA_H
#define SENTIMENT_DATA_H

#include "common/files.h"

/* The program's streams of random numbers. */
#define STREAM_SPLIT 1
#define STREAM_LIMIT 2
#define STREAM_SAMPLE 3
#define STREAM_WORDS ((uint64_t)1 << 40) /* + step */

struct review {
    char *text; /* size bytes, any */
    size_t size;
    char *name;    /* "pos/123_7.txt", "line 12" */
    int32_t label; /* 1: positive, 0: negative */
    int32_t
        film; /* number of the film it is about; reviews of one film share it. 0 where films are not known */
};

struct dataset {
    struct review *reviews;
    int64_t count;
    int64_t films; /* how many; 0: not known */
};

/* Read the reviews at `path`: the root of aclImdb (its folder `part`, "train" or "test"), a folder with pos/
 * and neg/, or a file of lines `label<TAB>text`. What cannot be read, an empty folder, and reviews of one
 * class only end the program. */
struct dataset dataset_read(const char *path, const char *part);
void dataset_free(struct dataset *dataset);

/* Keep `limit` reviews that the seed picks, as many positive as negative ones if there are, in their old
 * order. */
void dataset_limit(struct dataset *dataset, int64_t limit, uint64_t seed);

/* A number that changes when any label or text does: FNV-1a, 64 bits. */
uint64_t dataset_fingerprint(const struct dataset *dataset);

/* "positive" or "negative". */
const char *label_name(int32_t label);

#endif
