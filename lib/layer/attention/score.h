/* score.h - the scores that ask, row by row: what forward, backward and the prepared memory have in common.
 *
 * Every score is one of two kinds, and SCALED_DOT is DOT at a temperature sqrt(D) times as high:
 *
 *     that add         m_j = W h_j    p_i = U s_i + b    e_ij = v . tanh(m_j + p_i)      ADDITIVE
 *                                                        e_ij = tanh(m_j + p_i)          CONCAT: A = 1
 *     that multiply                   p_i = s_i          e_ij = p_i . h_j                DOT
 *                                     p_i = W^T s_i      e_ij = p_i . h_j                BILINEAR
 *
 * m is `hidden`, [tokens, A], and p is `asked`, [query tokens, asked_dim]. */
#ifndef ATTN_LAYER_ATTENTION_SCORE_H
#define ATTN_LAYER_ATTENTION_SCORE_H

#include "layer/attention/attention.h"

typedef struct attni_scorer {
    const attni_kernels *kernels;
    int32_t score, outer_tanh, weighting;
    float temperature;
    int64_t memory_dim, query_dim;
    int64_t attention_dim;              /* A; 0 where the score multiplies */
    int64_t asked_dim;                  /* A, or D where the score multiplies */
    const float *bias;                  /* b [A] */
    const float *v;                     /* [A]; ADDITIVE */
    const float *packed, *packed_query; /* the weights of memory and query; NULL: none, or not packed */
} attni_scorer;

/* One row's queries and items. */
typedef struct attni_row {
    int64_t queries, items;
    const float *asked;  /* [queries, asked_dim] */
    const float *memory; /* [items, D] */
    const float *hidden; /* [items, A] */
} attni_row;

/* The layer's scorer, with the layer's own values; and its weights packed, in memory from the arena. */
attni_scorer attni_scorer_of(const attn_attention *attention);
attn_status attni_scorer_pack(attni_scorer *scorer, const attn_attention *attention, attni_arena *arena,
                              const char *function);

/* hidden[count, A] of memory[count, D]; nothing where the score multiplies. */
void attni_scorer_project(const attni_scorer *scorer, int64_t count, const float *memory, float *hidden);

/* asked[count, asked_dim] of query[count, Q]. Where asked is the query itself, there is nothing to do: attni_scorer_asks is 0. */
int32_t attni_scorer_asks(const attni_scorer *scorer);
void attni_scorer_ask(const attni_scorer *scorer, int64_t count, const float *query, float *asked);

/* The scores e[count] of one query with `count` items whose hidden is given, for the scores that add. */
void attni_scorer_add(const attni_scorer *scorer, int64_t count, const float *asked, const float *hidden,
                      float *scores);

/* A row's weights[queries, items], rows `stride` apart of which the rest is set to 0, and context[queries, D], which may be
 * NULL. `room` has as many floats as attni_scorer_room says. */
int64_t attni_scorer_room(const attni_scorer *scorer);
void attni_scorer_attend(const attni_scorer *scorer, const attni_row *row, float *room, float *weights,
                         int64_t stride, float *context);

#endif
