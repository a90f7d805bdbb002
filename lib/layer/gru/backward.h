/* backward.h - what a cell's way back through time works on: backward.c readies it, backward_block.c takes a block of rows
 * through its whole sequence. */
#ifndef ATTN_LAYER_GRU_BACKWARD_H
#define ATTN_LAYER_GRU_BACKWARD_H

#include "layer/gru/gru.h"
#include "layer/partial.h"

/* One cell's way back. A part's sums begin with dU, dW (not for ids) and, each of H numbers: da_n da_r da_z dq, then the gates' gains
 * and shifts. */
typedef struct attni_gru_back {
    const attn_gru *gru;
    const attni_kernels *kernels;
    const attni_sequence *sequence;
    const attni_gru_cell *cell;
    attni_gru_run run;
    const attni_gru_tokens *tokens; /* NULL: the input is vectors */
    int32_t reverse;
    int32_t learn_u, learn_w; /* weights that are not frozen */
    int32_t learn_ids;        /* W, or the embedding */
    int32_t learn_biases;     /* either of them */
    const float *dy;          /* [batch, time, dy_width], this cell's columns; may be NULL */
    int64_t dy_width;
    const float *dhn; /* [batch, H], may be NULL */
    float *dh0;       /* [batch, H], may be NULL */
    float *dx;        /* [batch, time, input_dim], may be NULL */
    float *dscales;   /* [batch, time], may be NULL */
    float *dopenings; /* [batch, time, weight_dim], may be NULL */
    float *packed,
        *packed_n;    /* U packed the other way: [G H, H]; with reset before [(G - 1) H, H] and [H, H] */
    float *packed_ih; /* W packed the other way: [G H, E], gates n r z, for dx */
    attni_partial partial;
    int64_t partial_w, partial_sums; /* where dW and the sums begin */
    int32_t *leaders;                /* [parts, distinct ids]: a token, or -1 */
    attni_gru_mask mask;
} attni_gru_back;

/* A worker's scratch memory. */
typedef struct attni_gru_back_scratch {
    float *dh;           /* [rows, H] */
    float *spare;        /* [rows, H]: d(r h), or one row of dy */
    float *dsums;        /* [rows, H]: of the sums of states, where those are orthogonal */
    float *da;           /* [ATTNI_WINDOW, (G + 1) H] (ldda) */
    float *dx;           /* [ATTNI_WINDOW, input_dim] */
    float *dweights;     /* [ATTNI_WINDOW, weight_dim] */
    float *packed;       /* the window's h or x */
    attni_piece *pieces; /* [1 + 2 ATTNI_BLOCK_ROWS] */
} attni_gru_back_scratch;

/* An odd number of cache lines, so that a column of da does not fall into a few places of the cache only. */
static inline int64_t attni_gru_back_leading_dim(const attni_gru_shape *shape)
{
    return ((shape->gates + 1) * shape->hidden_dim + 15) / 16 / 2 * 32 + 16;
}

/* One block of rows back through its whole sequence: adds to the part's sums, `leaders` [distinct ids] where the input is ids. */
void attni_gru_back_block(const attni_gru_back *pass, const attni_block *block,
                          const attni_gru_back_scratch *scratch, float *partial, int32_t *leaders);

#endif
