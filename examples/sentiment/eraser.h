/* eraser.h - reviews whose deciding words people marked, in the form of the ERASER benchmark (DeYoung et al. 2020, 1911.03429):
 *
 *     docs/ID.txt   a document, its words parted by white space
 *     *.jsonl       an object a line: "annotation_id" (which names the document, unless the evidences do), "classification" (the
 *                   label), "evidences" [[{"docid", "start_token", "end_token"}]]: words marked, the end excluded */
#ifndef SENTIMENT_ERASER_H
#define SENTIMENT_ERASER_H

#include "data.h"

struct marked_review {
    char *text;
    size_t size;
    int32_t label;
    int64_t words;
    int64_t *ends;   /* [words]: word w is text[.. ends[w]), from the white space before it on */
    uint8_t *marked; /* [words]: 1: people did */
};

struct marked_reviews {
    struct marked_review *reviews;
    int64_t count;
    int64_t unmarked; /* further ones, in which nothing is marked */
    double share;     /* the mean of what is marked of a review's words */
};

/* Read the annotations in train.jsonl, val.jsonl and test.jsonl of the folder at `path`, or in the one file there, beside which docs/
 * lies; `limit` of them, if not 0, that the seed picks, all classes alike. What cannot be read ends the program. */
struct marked_reviews eraser_read(const char *path, const struct labels *labels, int64_t limit,
                                  uint64_t seed);
void marked_reviews_free(struct marked_reviews *reviews);

#endif
