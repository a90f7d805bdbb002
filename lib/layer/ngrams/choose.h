/* choose.h - which of the n-grams that were counted a layer keeps, and their ratios. */
#ifndef ATTN_LAYER_NGRAMS_CHOOSE_H
#define ATTN_LAYER_NGRAMS_CHOOSE_H

#include "layer/ngrams/builder.h"

typedef struct attni_choice {
    const attn_ngrams_builder *builder;
    struct attni_chosen {
        const int32_t *ids; /* the builder's */
        float telling;
        int32_t length, number;
    } * of; /* [count], in the order of their lengths, then their ids */
    int64_t count;
    float smoothing;
} attni_choice;

/* The options have no zeros any more. ARGUMENT where none is left. */
attn_status attni_choice_make(attni_choice *choice, const char *function, const attn_ngrams_builder *builder,
                              const attn_ngrams_options *options);
void attni_choice_clear(attni_choice *choice);

/* ids[count, longest], filled up with ATTN_PAD_ID; ratios[count, columns]; bias[classes]. */
void attni_choice_ids(const attni_choice *choice, int32_t *ids);
void attni_choice_ratios(const attni_choice *choice, float *ratios);
void attni_choice_bias(const attni_choice *choice, float *bias);

#endif
