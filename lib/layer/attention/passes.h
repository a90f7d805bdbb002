/* passes.h - the two passes over a batch that whole calls and a decoder's steps share: forward.c and backward.c. */
#ifndef ATTN_LAYER_ATTENTION_PASSES_H
#define ATTN_LAYER_ATTENTION_PASSES_H

#include "layer/attention/attention.h"
#include "layer/partial.h"

/* What the caller gave beside the record's sizes and memory. */
typedef struct attni_asked_for {
    const char *function;
    const int32_t *lengths;
    const float *query;
    const int32_t *query_lengths;
    float *weights, *context;
} attni_asked_for;

/* `sizes` holds the form, the sizes and the caller's arrays. */
attn_status attni_attention_attend(const attn_attention *attention, attn_tape *tape,
                                   const attni_asked_for *call, const attni_attention_record *sizes);

/* Either gradient may be NULL; so may what is not wanted. What stays is added to, the rest written. */
typedef struct attni_gradients {
    const float *dweights, *dcontext; /* [batch, queries, items], [batch, queries, stay_dim + D] */
    float *dkeys, *dstay;             /* [batch, items, A], [batch, items, stay_dim] */
    float *dmemory, *dquery;          /* [batch, items, D], [batch, queries, Q] */
} attni_gradients;

/* Of the record on top, which is popped. */
attn_status attni_attention_attend_back(const attn_attention *attention, attn_tape *tape,
                                        const char *function, attni_attention_record *record,
                                        const attni_gradients *gradients);

/* The parts' sums of `width` columns of W from `first` on, which begin at `from`, are added to W's gradient. */
attn_status attni_attention_add_columns(const attn_attention *attention, attni_arena *arena,
                                        const char *function, const attni_partial *partial, int64_t from,
                                        int64_t first, int64_t width);

#endif
