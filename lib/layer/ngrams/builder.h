/* builder.h (internal) - the texts that hold each n-gram, counted by class. */
#ifndef ATTN_LAYER_NGRAMS_BUILDER_H
#define ATTN_LAYER_NGRAMS_BUILDER_H

#include "layer/ngrams/table.h"

#define ATTNI_NGRAMS_MAX_CLASSES 65536

/* How often an n-gram was counted: classes + 1 numbers, of which the first is the last text that held it, from 1 on. */
struct attn_ngrams_builder {
    attni_gram_table table;
    attni_buffer counts[ATTN_NGRAMS_MAX_LENGTH]; /* [count, 1 + classes] int32_t, by length and number */
    int64_t *texts;                              /* [classes] */
    int64_t classes, max_ngrams;
    int32_t text; /* of the texts so far, the last */
    int32_t keep_unknown;
};

/* [classes]: how many texts of each class hold the n-gram. */
static inline const int32_t *attni_ngrams_counts(const attn_ngrams_builder *builder, int32_t length,
                                                 int32_t number)
{
    return (const int32_t *)builder->counts[length - 1].data + number * (builder->classes + 1) + 1;
}

static inline int64_t attni_ngrams_total(const attn_ngrams_builder *builder, int32_t length, int32_t number)
{
    const int32_t *counts = attni_ngrams_counts(builder, length, number);
    int64_t total = 0;
    for (int64_t c = 0; c < builder->classes; c++)
        total += counts[c];
    return total;
}

#endif
