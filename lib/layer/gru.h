/* gru.h (internal) - the GRU's tensors, and what its forward keeps for its backward. */
#ifndef ATTN_LAYER_GRU_H
#define ATTN_LAYER_GRU_H

#include "attn/gru.h"
#include "core/params.h"
#include "core/tape.h"
#include "layer/sequence.h"

/* The tensors of one layer in one direction, as indices into the params. */
typedef struct attni_gru_cell {
    int64_t input_dim;
    int64_t weight_ih, weight_hh, bias_ih, bias_hh, norm_gain, norm_shift;
} attni_gru_cell;

struct attn_gru {
    uint64_t id; /* on the tape */
    attn_params *params;
    attn_context *context;
    int64_t input_dim, hidden_dim;
    int64_t layers, directions;
    int32_t reset, layer_norm;
    float dropout;
    attni_gru_cell *cells; /* [layers * directions] */
};

/* What one cell's forward makes, packed: so much for each token. In training that is kept for backward, which overwrites
 * gates with the gradients of the pre-activations, and reset with that of U_n h + c_n. */
typedef struct attni_gru_run {
    float *x;      /* [tokens, input_dim] */
    float *gates;  /* [tokens, 3H]: r, z, n */
    float *reset;  /* [tokens, H]: U_n h + c_n, with reset after */
    float *before; /* [tokens, H]: the state before the step */
    float *xhat;   /* [tokens, 3H]: the normalised pre-activations, with layer normalisation */
    float *rstd;   /* [tokens, 3] */
} attni_gru_run;

/* The same from token `at` on. */
static inline attni_gru_run attni_gru_run_from(const attn_gru *gru, const attni_gru_cell *cell,
                                               const attni_gru_run *run, int64_t at)
{
    int64_t h = gru->hidden_dim, norm = gru->layer_norm;
    return (attni_gru_run){run->x + at * cell->input_dim, run->gates + at * 3 * h,
                           run->reset + at * h,           run->before + at * h,
                           run->xhat + norm * at * 3 * h, run->rstd + norm * at * 3};
}

typedef struct attni_gru_record {
    attni_sequence sequence;
    uint64_t stream;     /* of the dropout masks */
    attni_gru_run *runs; /* [layers * directions] */
} attni_gru_record;

/* Dropout on one cell's outputs; threshold 0 is none. */
typedef struct attni_gru_mask {
    uint32_t threshold;
    float scale;
    uint64_t seed, stream;
} attni_gru_mask;

/* The mask of cell `index` for the forward whose record has this stream. */
attni_gru_mask attni_gru_mask_of(const attn_gru *gru, const attn_tape *tape, uint64_t stream, int64_t index);

/* Masks of one row of H numbers begin at a position of their own: `at` is the caller's b * time + t. */
static inline uint64_t attni_gru_mask_position(int64_t at, int64_t hidden_dim)
{
    return (uint64_t)(at * ((hidden_dim + 7) / 8));
}

static inline int64_t attni_gru_cell_index(const attn_gru *gru, int64_t layer, int64_t direction)
{
    return layer * gru->directions + direction;
}

#endif
