/* backward.h - what a cell's way back through time works on: backward.c readies it, backward_block.c takes a block of rows
 * through its whole sequence. */
#ifndef ATTN_LAYER_GRU_BACKWARD_H
#define ATTN_LAYER_GRU_BACKWARD_H

#include "layer/gru/gru.h"
#include "layer/partial.h"

/* One cell's way back. */
typedef struct attni_gru_back {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    attni_gru_run run;
    const attni_gru_tokens *tokens; /* NULL: the input is vectors */
    int32_t reverse;
    int32_t learns;           /* 0: only the inputs get gradients, and so on for */
    int32_t learn_u, learn_w; /* weights that are not frozen */
    int32_t learn_biases;     /* either of them */
    int32_t learn_table;      /* the embedding */
    int32_t learn_ids;        /* ids, of which W or the embedding does */
    const float *dy;          /* [batch, time, dy_width], this cell's columns; may be NULL */
    int64_t dy_width;
    const float *dhn; /* [batch, H], may be NULL */
    float *dh0;       /* [batch, H], may be NULL */
    float *dh;        /* [batch, time, dy_width], this cell's columns; may be NULL */
    float *dx;        /* [batch, time, input_dim], may be NULL */
    float *dscales;   /* [batch, time], may be NULL */
    float *dopenings; /* [batch, time, weight_dim], may be NULL */
    float *packed,
        *packed_n;    /* U packed the other way: [G H, H]; with reset before [(G - 1) H, H] and [H, H] */
    float *packed_ih; /* W packed the other way: [G H, E], gates n r z, for dx */

    /* What each part of the batch sums: dU [G H, H], from partial_w on dW [G H, E] (not of ids), from partial_sums on the sums
     * of shape.h. */
    attni_partial partial;
    int64_t partial_w, partial_sums;

    /* And where the input is ids: for each distinct one that the part meets, da summed over its tokens there. */
    int32_t *leaders;      /* [parts, distinct ids]: which of the part's sums, or -1 */
    int64_t *leader_begin; /* [parts]: where its sums begin, in rows of: */
    float *leader_sums;    /* [rows, G H], gates r z n */
    attni_gru_mask mask;
} attni_gru_back;

/* A part's own. */
typedef struct attni_gru_leaders {
    int32_t *of; /* [distinct ids] */
    float *sums; /* [its leaders, G H] */
} attni_gru_leaders;

static inline attni_gru_leaders attni_gru_leaders_of(const attni_gru_back *back, int64_t part)
{
    if (!back->learn_ids)
        return (attni_gru_leaders){0};
    return (attni_gru_leaders){back->leaders + part * back->tokens->count,
                               back->leader_sums +
                                   back->leader_begin[part] * attni_gru_width(&back->gru->shape)};
}

/* What one task has: its worker's scratch memory, and its part's sums. */
typedef struct attni_gru_back_task {
    float *dh;           /* [rows, H] */
    float *spare;        /* [rows, H]: d(r h), or one row of dy */
    float *dsums;        /* [rows, H]: of the sums of states, where those are orthogonal */
    float *da;           /* [ATTNI_WINDOW, (G + 1) H], a stride apart */
    float *dx;           /* [ATTNI_WINDOW, input_dim] */
    float *dweights;     /* [ATTNI_WINDOW, weight_dim] */
    float *packed;       /* the window's h or x */
    attni_piece *pieces; /* [1 + 2 ATTNI_BLOCK_ROWS] */

    float *partial;
    attni_gru_leaders leaders;
    int32_t leader_count; /* so far */
} attni_gru_back_task;

/* One block of rows back through its whole sequence. */
void attni_gru_back_block(const attni_gru_back *back, const attni_block *block, attni_gru_back_task *task);

/* What a step whose gates were taken apart needs besides. */
typedef struct attni_gru_apart_back {
    const float *gain;     /* [G H], with layer normalisation */
    const float *packed_n; /* U_n, for reset before */
    float *spare;          /* room for [m, H] */
    float *sums;           /* the part's: gradients of the gains and shifts are added */
} attni_gru_apart_back;

/* da[m] is made, a stride apart; dh[m, H] is the gradient of the state after, and becomes its part for the state before without what
 * goes through U_r and U_z (and, with reset after, U_n). dweights[m, weight_dim] may be NULL. */
void attni_gru_gates_backward(const attni_gru_step *step, const attni_gru_apart_back *apart, float *dh,
                              float *da, float *dweights);

/* Gradients of W and of the embedding from the leaders' sums. */
attn_status attni_gru_tokens_backward(const attni_gru_back *back, attni_arena *arena, const char *function);

#endif
