/* attention.h (internal) - the soft attention layer: its tensors, and what its forward keeps for backward. */
#ifndef ATTN_LAYER_ATTENTION_ATTENTION_H
#define ATTN_LAYER_ATTENTION_ATTENTION_H

#include "attn/attention.h"
#include "core/lengths.h"
#include "core/tape.h"

/* The tensors that a score may have; score.h has what they do. */
enum { ATTNI_W, ATTNI_U, ATTNI_B, ATTNI_V, ATTNI_C, ATTNI_ROLES };

struct attn_attention {
    attni_layer layer;
    const struct attni_score *score;
    int64_t memory_dim;    /* D */
    int64_t query_dim;     /* Q; 0 where the score asks nothing */
    int64_t attention_dim; /* A; 0 for the scores that multiply */
    int32_t padding, outer_tanh, weighting;
    float temperature;
    int64_t tensors[ATTNI_ROLES]; /* indices; -1: the score has none */
};

/* The values of a tensor; NULL where the score has none. */
static inline const float *attni_attention_values(const attn_attention *attention, int32_t role)
{
    int64_t index = attention->tensors[role];
    return index < 0 ? NULL : attni_params_value(attention->layer.params, index);
}

/* Which forward made a record. */
enum { ATTNI_ATTENTION_WHOLE, ATTNI_ATTENTION_KEYS, ATTNI_ATTENTION_STEP };

/* What forward and backward are over. "Tokens" are the items within the lengths, row b's [begins[b], begins[b + 1]); "query
 * tokens" likewise. Of a decoder's step the first `stay_dim` columns of the memory stand apart, with keys; of keys alone there
 * are no others. */
typedef struct attni_attention_record {
    int32_t form;                  /* ATTNI_ATTENTION_... */
    int64_t batch, items, queries; /* queries: 1 where the score asks nothing */
    int64_t stay_dim;              /* 0: all columns are in `memory` */
    const float *stay;             /* [batch, items, stay_dim]: the caller's, as are the next two */
    const float *keys;             /* [batch, items, A] */
    const float *memory;           /* [batch, items, D - stay_dim] */
    int64_t *begins;               /* [batch + 1] */
    int64_t *query_begins;         /* [batch + 1]; NULL, as are the next two, where the score asks nothing */
    const float *query;            /* [query tokens, Q]: the caller's where all rows are full */
    const float *asked;            /* [query tokens, asked_dim] */
    float *hidden;                 /* [tokens, A], in training */
    float *weights;                /* [batch, queries, items]; in inference the caller's, or NULL */
    float *scores; /* likewise: e, in training with an outer tanh, whose slope it is; else `weights` */
} attni_attention_record;

/* attni_tape_top for a record of that form and with as many columns that stay; STATE, which names the call to make, for another. */
attn_status attni_attention_top(attn_tape *tape, const char *function, const attn_attention *attention,
                                int32_t form, int64_t batch, int64_t items, int64_t queries, int64_t stay_dim,
                                attni_attention_record **record);

/* begins[batch + 1] of lengths (NULL: all `full`). */
attn_status attni_attention_begins(attni_arena *arena, const char *function, int64_t batch, int64_t full,
                                   const int32_t *lengths, int64_t **begins);

#endif
