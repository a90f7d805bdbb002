/* score.h - the scores: what each is made of, and how a row is attended to by any of them.
 *
 *     m_j = W h_j                     `hidden`, [items, A], of the scores that add
 *     p_i = U s_i + b                 `asked`, [queries, asked_dim]; the query itself where there is no U; b where there is no query
 *     e_ij = pair(p_i, m_j or h_j)    then + c, then tanh, where the score has them
 *     a_i = weighting(e_i / temperature);  context_i = sum_j a_ij h_j
 *
 * Of a decoder's step the first columns of the items stay for all steps, and only the others are the step's memory: keys k_j, the
 * columns' share of m_j, are given, m_j = k_j + W h_j with the other columns' W, and the context is of both (step.c).
 *
 *     pair        e_ij                    of
 *     additive    v . tanh(m_j + p_i)     FEEDFORWARD, ADDITIVE             additive.c
 *     sum         m_j + p_i               CONCAT, A = 1                     sum.c
 *     product     p_i . h_j               DOT, SCALED_DOT, BILINEAR         product.c
 *
 * A new score is a line of the table in score.c, and a pair in a file of its own where none of these is what it wants. */
#ifndef ATTN_LAYER_ATTENTION_SCORE_H
#define ATTN_LAYER_ATTENTION_SCORE_H

#include "layer/attention/attention.h"
#include "layer/rooms.h"

/* Items of a row that are worked on at once, while what belongs to them is in the first-level cache. */
#define ATTNI_ITEMS 48

/* ---- what a score is ------------------------------------------------------------------------------------- */

typedef struct attni_scorer attni_scorer;
typedef struct attni_row attni_row;

typedef struct attni_pair {
    /* scores[queries, items] of a row, rows `stride` apart. */
    void (*forward)(const attni_scorer *scorer, const attni_row *row, float *room, float *scores,
                    int64_t stride);

    /* From the gradients of the scores: dasked[queries, asked_dim] and dv[A] get theirs added; dasked of a query is 0 before. The
     * row's hidden becomes its own gradient; where there is none, dmemory[items, D] is written: NULL where it is not wanted,
     * and it may be the memory. */
    void (*backward)(const attni_scorer *scorer, const attni_row *row, float *room, const float *dscores,
                     int64_t stride, float *dasked, float *dv, float *dmemory);
} attni_pair;

extern const attni_pair attni_pair_additive, attni_pair_sum, attni_pair_product;

typedef struct attni_score {
    const attni_pair *pair;
    char inside;        /* A is: 'A' attention_dim, '1' one; 0: the score has no W, and no A */
    int32_t asks;       /* of a query */
    int32_t outer_tanh; /* may have one */
    int32_t by_width;   /* e / sqrt(D): a temperature sqrt(D) times as high */
    int32_t turned;     /* U is stored as [Q, asked_dim]: p = U^T s */
    /* In the order in which they are added to the params; `role` is ATTNI_W, ..., `shape` of the letters A, D, Q and 1. */
    struct {
        const char *name;
        int32_t role;
        char shape[3];
    } tensors[ATTNI_ROLES];
} attni_score;

const attni_score *attni_score_of(int32_t score); /* ATTN_SCORE_...; NULL: there is no such score */

/* ---- a score at work ------------------------------------------------------------------------------------- */

/* A score with a layer's values. */
struct attni_scorer {
    const attni_kernels *kernels;
    const attni_score *score;
    int32_t outer_tanh, kept, weighting; /* kept: padding is */
    float temperature;
    int64_t stay_dim;              /* columns whose share of m is given as keys; 0: none are */
    int64_t memory_dim, query_dim; /* the first without those */
    int64_t hidden_dim;            /* A; 0 where the score has none */
    int64_t asked_dim;             /* A, or D */
    const float *bias;             /* b [asked_dim], or NULL */
    const float *v;                /* [A], or NULL */
    float c;                       /* 0 where there is none */
    const float *w, *u; /* of the layer, or NULL; w's rows are stay_dim + memory_dim long; and packed: */
    const float *packed_w, *packed_u;
    float padding_score; /* e of kept padding */
};

/* What stands in a row's hidden:
 *     STAYS     m, for other queries too: a prepared memory
 *     KEPT      room for m of all items, which forward makes for backward; u may take its place, and its gradient will
 *     PASSES    room for ATTNI_ITEMS of them, in inference: each m is forgotten when it has been used */
enum { ATTNI_HIDDEN_STAYS, ATTNI_HIDDEN_KEPT, ATTNI_HIDDEN_PASSES };

/* A row of the batch within its lengths. */
struct attni_row {
    int64_t queries, items;
    const float *asked;  /* [queries, asked_dim] */
    const float *memory; /* [items, D] */
    const float *stay;   /* [items, stay_dim], and */
    const float *keys;   /* [items, A]; NULL where no columns stay; else there is one query at most */
    float *hidden;       /* [items, A], or NULL */
    int32_t hidden_is;   /* ATTNI_HIDDEN_... */
    attni_piece next;    /* what is read after this row's items */
};

/* The layer's scorer, with the layer's own values, of a memory of which `stay_dim` columns stay; and what forwards need beside, in
 * memory from the arena. */
attni_scorer attni_scorer_of(const attn_attention *attention, int64_t stay_dim);
attn_status attni_scorer_pack(attni_scorer *scorer, attni_arena *arena, const char *function);

/* asked[count, asked_dim] of query[count, Q]: made in `room`, or the query itself where there is no U. */
const float *attni_scorer_ask(const attni_scorer *scorer, int64_t count, const float *query, float *room);

/* m of the row's items [j, j + count), which is made where it is not there yet. */
float *attni_scorer_hidden(const attni_scorer *scorer, const attni_row *row, int64_t j, int64_t count);

/* e[count], as the pair gave them, become scores. */
void attni_scorer_finish(const attni_scorer *scorer, int64_t count, float *e);

/* weights[stride] of the scores e[stride], of which the first `items` are set: 0 beyond them, unless padding is kept. They may be
 * one array. Returns whether they are finite. */
int32_t attni_scorer_weigh(const attni_scorer *scorer, int64_t items, int64_t stride, float *e,
                           float *weights);

/* A row's weights[queries, stride], 0 beyond the items unless padding is kept, and context[queries, stay_dim + D], which may be NULL.
 * scores[queries, stride] keeps e; it may be `weights`. `room` has attni_scorer_room floats. Returns whether all numbers that it
 * met are finite. */
int64_t attni_scorer_room(const attni_scorer *scorer);
int32_t attni_scorer_attend(const attni_scorer *scorer, const attni_row *row, float *room, float *scores,
                            float *weights, int64_t stride, float *context);

/* Row b of what forward keeps; its `next` is left empty. */
attni_row attni_attention_row(const attni_scorer *scorer, const attni_attention_record *record, int64_t b);

/* The row that kept padding is: one item of zeros, and so of a hidden[A] of zeros. */
attni_row attni_scorer_padding(const attni_scorer *scorer, float *hidden);

#endif
