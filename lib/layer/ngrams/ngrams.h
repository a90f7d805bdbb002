/* ngrams.h (internal) - the layer, and the n-grams of a text. */
#ifndef ATTN_LAYER_NGRAMS_NGRAMS_H
#define ATTN_LAYER_NGRAMS_NGRAMS_H

#include "core/tape.h"
#include "layer/ngrams/table.h"

struct attn_ngrams {
    attni_layer layer;
    attni_gram_table table;
    int64_t first[ATTN_NGRAMS_MAX_LENGTH +
                  1];         /* the row of the first n-gram of each length; at the end, how many there are */
    const int32_t *ids;       /* [ngrams, longest], which ATTN_PAD_ID fills up: the params' */
    int64_t classes, columns; /* columns of the ratios: 1 of two classes */
    int64_t weights, ratios, bias; /* tensor indices; bias < 0 for none */
    float scale, offset;
};

/* The n-grams of one text that the layer has, each once, in the order in which they first stand there. */
typedef struct attni_found {
    int32_t *rows;  /* [count] */
    int32_t *times; /* [count]: in how many places each stands */
    int32_t *
        at; /* [length, longest]: place in `rows` of the n-gram of n words at t, at [t, n - 1]; -1 where it is none */
    int32_t *slots; /* a hash table of places in `rows` */
    int64_t count;
} attni_found;

/* Bytes for a text of this length; carve `found` from memory of so many; and find. */
size_t attni_found_size(const attn_ngrams *ngrams, int64_t length);
void attni_found_carve(const attn_ngrams *ngrams, int64_t length, void *memory, attni_found *found);
void attni_ngrams_find_all(const attn_ngrams *ngrams, int64_t length, const int32_t *ids, attni_found *found);

/* The checks of the texts that forward and shares are given, and the length of the longest. */
attn_status attni_ngrams_check(const char *function, int64_t batch, int64_t time, const int32_t *ids,
                               const int32_t *lengths, int64_t *longest);

/* ratios[row][c]: of two classes only the second's are kept. */
static inline double attni_ngrams_ratio(const attn_ngrams *ngrams, const float *ratios, int64_t row,
                                        int64_t c)
{
    if (ngrams->columns == ngrams->classes)
        return ratios[row * ngrams->columns + c];
    return c ? ratios[row] : -ratios[row];
}

#endif
