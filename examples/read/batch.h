/* batch.h - questions beside their passages: words as ids, the pieces that spell them, and marks of what both share. */
#ifndef READ_BATCH_H
#define READ_BATCH_H

#include "lexicon.h"

#define MOST_ROWS 256
#define MARKS                                                                                                \
    4 /* of a word: it stands on the other side too; one of its stem does; it has a capital; it is a number */

/* One side: the passages of a batch, or its questions. */
struct side {
    int64_t time;         /* words of the longest */
    int32_t *lengths;     /* [rows] */
    int32_t *ids, *spelt; /* [rows, time]: of the model's vocabulary; which of the spellings */
    float *marks;         /* [rows, time, MARKS] */
    int64_t lengths_capacity, ids_capacity, spelt_capacity, marks_capacity;
};

struct batch {
    int64_t rows;
    struct side passage, question;
    int64_t spellings, longest;          /* different words of the batch, and the pieces of the longest */
    int32_t *pieces, *piece_counts;      /* [spellings, longest], [spellings] */
    const struct span *spans[MOST_ROWS]; /* the answers' places; empty: nothing can be learned */
    int64_t span_counts[MOST_ROWS];
    int32_t *types,
        *places; /* [spellings]: the words; [types of the articles]: 1 + where among them; 0: not there */
    int64_t pieces_capacity, counts_capacity, types_capacity, places_capacity;
};

/* Lay out questions numbers[rows]; the batch starts as {0} and grows. */
void batch_fill(struct batch *batch, const struct articles *articles, const struct lexicon *lexicon,
                const int64_t *numbers, int64_t rows);
void batch_free(struct batch *batch);

#endif
