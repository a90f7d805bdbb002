/* shape.h - what a GRU is apart from its tensors' values, and where the numbers of a token stand: named here, once.
 *
 * All of it is by gates of H numbers. An attention GRU of the form REPLACE has no z, so that there are G = 2 gates and not 3; r
 * comes first and n last.
 *
 *     tensors, W x, gains, shifts   [G H]         r z n
 *     bias                          [(G + 1) H]   r z n c    b_r + c_r, b_z + c_z, b_n, and c_n, which stands inside q
 *     kept, forward's for backward  [(G + 2) H]   r z n q h  the gates, q = U_n h + c_n with reset after, the state before
 *     da, backward's                [(G + 1) H]   n r z q    gradients of the pre-activations and of q (with reset before r h in
 *                                                            q's place), so that r z q lie together, as the product with U wants
 *     sums of a part of the batch   [(3 G + 1) H] n r z q, then the gradients of the gains and shifts, each r z n
 *
 * A sum of da goes to the tensors in the order of the tensors: attni_gru_da_before_n and _n tell which part is whose. */
#ifndef ATTN_LAYER_GRU_SHAPE_H
#define ATTN_LAYER_GRU_SHAPE_H

#include <stdint.h>

#include "attn/gru.h"

typedef struct attni_gru_shape {
    int64_t input_dim, hidden_dim;
    int64_t layers, directions;
    int64_t gates; /* G */
    int32_t reset, layer_norm, orthogonal;
    int32_t reverse;    /* the one direction that there is reads each row from its end */
    int32_t form;       /* ATTNI_REPLACE, ...; where */
    int64_t weight_dim; /* weights that open a step: 1 or H; 0: a plain GRU */
} attni_gru_shape;

/* One gate after the other: how many numbers, and where the gates begin. */
static inline int64_t attni_gru_width(const attni_gru_shape *shape)
{
    return shape->gates * shape->hidden_dim;
}

enum { ATTNI_GRU_R = 0, ATTNI_GRU_Z = 1 }; /* as numbers of a gate; n is the last */

static inline int64_t attni_gru_n(const attni_gru_shape *shape)
{
    return shape->gates - 1;
}

static inline int64_t attni_gru_at_n(const attni_gru_shape *shape)
{
    return attni_gru_n(shape) * shape->hidden_dim;
}

/* In the biases: where c_n begins. */
static inline int64_t attni_gru_at_c(const attni_gru_shape *shape)
{
    return attni_gru_width(shape);
}

/* In what is kept. */
static inline int64_t attni_gru_kept_width(const attni_gru_shape *shape)
{
    return (shape->gates + 2) * shape->hidden_dim;
}

static inline int64_t attni_gru_kept_q(const attni_gru_shape *shape)
{
    return attni_gru_width(shape);
}

static inline int64_t attni_gru_kept_state(const attni_gru_shape *shape)
{
    return attni_gru_width(shape) + shape->hidden_dim;
}

/* In da: n first, then what stands before n in the tensors, then q. */
#define ATTNI_GRU_DA_N 0

static inline int64_t attni_gru_da_before_n(const attni_gru_shape *shape)
{
    return shape->hidden_dim;
}

static inline int64_t attni_gru_da_gate(const attni_gru_shape *shape, int64_t gate)
{
    return gate == attni_gru_n(shape) ? ATTNI_GRU_DA_N : (gate + 1) * shape->hidden_dim;
}

static inline int64_t attni_gru_da_q(const attni_gru_shape *shape)
{
    return attni_gru_width(shape);
}

static inline int64_t attni_gru_da_width(const attni_gru_shape *shape)
{
    return attni_gru_width(shape) + shape->hidden_dim;
}

/* From one token's da to the next: an odd number of cache lines, so that a column does not fall into a few places of the cache. */
static inline int64_t attni_gru_da_stride(const attni_gru_shape *shape)
{
    return (attni_gru_da_width(shape) + 15) / 16 / 2 * 32 + 16;
}

/* In the sums, which begin with those of da. */
static inline int64_t attni_gru_sums_gain(const attni_gru_shape *shape)
{
    return attni_gru_da_width(shape);
}

static inline int64_t attni_gru_sums_shift(const attni_gru_shape *shape)
{
    return attni_gru_sums_gain(shape) + attni_gru_width(shape);
}

static inline int64_t attni_gru_sums_width(const attni_gru_shape *shape)
{
    return attni_gru_sums_shift(shape) + attni_gru_width(shape);
}

/* Of the gates, those whose recurrent product is one with the state: all, or with reset before those before n. */
static inline int64_t attni_gru_joint(const attni_gru_shape *shape)
{
    return shape->reset == ATTN_GRU_RESET_AFTER ? attni_gru_width(shape) : attni_gru_at_n(shape);
}

/* Whether the gates are taken apart (gates.c), for what the fused kernels do not know. */
static inline int32_t attni_gru_apart(const attni_gru_shape *shape)
{
    return shape->layer_norm || shape->reset == ATTN_GRU_RESET_BEFORE;
}

static inline int64_t attni_gru_cells(const attni_gru_shape *shape)
{
    return shape->layers * shape->directions;
}

static inline int64_t attni_gru_cell_index(const attni_gru_shape *shape, int64_t layer, int64_t direction)
{
    return layer * shape->directions + direction;
}

#endif
