/* gru.h (internal) - the GRU's tensors, its packed weights, and what its forward keeps for its backward.
 *
 *     shape.h     what a GRU is, and where a token's numbers stand
 *     gru.c       the handle: options and tensors          forward.c        blocks of rows through whole sequences
 *     weights.c   weights as the products want them        backward.c       and back, with the weights' gradients;
 *     input.c     what a call is given, checked            backward_block.c has a block's way
 *     tokens.c    ids: W x once for each distinct one      gates.c          gates with layer normalisation or reset before
 *     packed.c    the handle for inference                 orthogonal.c     states orthogonal to the sum of those before
 *
 * The attention GRU (attngru.c) is one layer of it in one direction, whose steps are opened by weights. */
#ifndef ATTN_LAYER_GRU_GRU_H
#define ATTN_LAYER_GRU_GRU_H

#include "core/params.h"
#include "core/tape.h"
#include "layer/distinct.h"
#include "layer/embedding.h"
#include "layer/gru/shape.h"
#include "layer/sequence.h"

/* The tensors of one layer in one direction, as indices into the params. */
typedef struct attni_gru_cell {
    int64_t input_dim;
    int64_t weight_ih, weight_hh, bias_ih, bias_hh, norm_gain, norm_shift;
} attni_gru_cell;

struct attn_gru {
    attni_layer layer;
    attni_gru_shape shape;
    float dropout, input_dropout;
    attni_gru_cell *cells; /* [layers * directions] */
};

/* Of a GRU whose shape is set: open its layer, with its tensors "NAME.weight_ih", each with the layer and direction as suffix
 * unless it is an attention GRU, and its cells. On failure neither is left. With ATTNI_GRU_UNDRAWN the tensors are 0: for a layer
 * that is made again from a file, whose numbers come next. */
#define ATTNI_GRU_UNDRAWN (-1)
attn_status attni_gru_open(attn_gru *gru, attn_params *params, const char *function, const char *name,
                           const attni_kind *kind, const void *info, int32_t init);
void attni_gru_close(attn_gru *gru);

/* What gru and attngru check alike: dimensions, reset, layer_norm, init and dropout. */
attn_status attni_gru_check(const char *function, const char *name, int64_t input_dim, int64_t hidden_dim,
                            int32_t reset, int32_t layer_norm, int32_t init, float dropout);

/* ---- weights --------------------------------------------------------------------------------------------- */

/* A packed matrix, in float32, in bfloat16 or in int8: one of them is not NULL. */
typedef struct attni_gru_matrix {
    const float *floats;
    const uint16_t *narrow;
    const uint8_t *bytes;
} attni_gru_matrix;

/* One cell's weights, ready for forward. */
typedef struct attni_gru_weights {
    attni_gru_matrix input;       /* W packed: [E, G H] */
    attni_gru_matrix recurrent;   /* U packed: [H, G H]; with reset before [H, (G - 1) H], and */
    attni_gru_matrix recurrent_n; /* [H, H] */
    const float *bias;            /* [(G + 1) H] */
    const float *gain, *shift;    /* [G H], with layer normalisation */
} attni_gru_weights;

/* Pack one cell's weights into memory from the arena, in ATTN_PRECISION_... */
attn_status attni_gru_pack(const attn_gru *gru, const attni_gru_cell *cell, attni_arena *arena,
                           const char *function, int32_t precision, attni_gru_weights *weights);

/* c[m, n] = a[m, k] times the matrix; a row of a has lda numbers, one of c has ldc. `ahead` may be NULL. */
static inline void attni_gru_product(const attni_kernels *kernels, attni_gru_matrix matrix, int64_t m,
                                     int64_t n, int64_t k, const float *a, int64_t lda, float *c, int64_t ldc,
                                     attni_ahead *ahead)
{
    if (matrix.floats)
        kernels->product(m, n, k, a, lda, matrix.floats, c, ldc, 0, ahead);
    else if (matrix.bytes)
        kernels->product_int8(m, n, k, a, lda, matrix.bytes, c, ldc, ahead);
    else
        kernels->product_bfloat16(m, n, k, a, lda, matrix.narrow, c, ldc);
}

/* ---- dropout --------------------------------------------------------------------------------------------- */

/* Masks of one call; threshold 0 is none. */
typedef struct attni_gru_mask {
    uint32_t threshold;
    float scale;
    uint64_t seed, stream;
    int64_t before; /* rows of the mask that stand before the call's: of those of a larger batch */
} attni_gru_mask;

/* The mask of cell `index` for the forward whose record has this stream; or, behind all cells, that of its input's rows. */
#define ATTNI_GRU_INPUT_MASK 64
attni_gru_mask attni_gru_mask_of(const attn_gru *gru, const attn_tape *tape, uint64_t stream, int64_t index,
                                 int64_t time);

/* to[width] = from[width], dropped; `row` tells rows of one mask apart: b * time + t of an output, the id of an input. */
static inline void attni_gru_drop(const attni_kernels *kernels, const attni_gru_mask *mask, int64_t row,
                                  int64_t width, const float *from, float *to)
{
    kernels->dropout(width, mask->threshold, mask->scale, mask->seed, mask->stream,
                     (uint64_t)((mask->before + row) * ((width + 7) / 8)), from, to);
}

/* ---- what forward keeps ---------------------------------------------------------------------------------- */

/* The first layer's input where it is ids: a row of W x for each distinct one. */
typedef struct attni_gru_tokens {
    const attn_embedding *embedding; /* NULL: the input is vectors */
    const float *scales;             /* [batch, time]: how much of its vector a token is; NULL: all */
    int64_t count;                   /* distinct ids */
    const int32_t *ids;              /* [count] */
    const int32_t *slots;            /* [batch, time]: a token's row in `projected` */
    float *vectors;                  /* [count, E], dropped by: */
    attni_gru_mask mask;
    float *projected[2]; /* a direction: [count, G H]; backward puts its gradient there */
} attni_gru_tokens;

/* What one cell's forward makes, packed: so much for each token. In training that is kept for backward. */
typedef struct attni_gru_run {
    float *x;       /* [tokens, input_dim]; not of ids */
    float *kept;    /* [tokens, (G + 2) H], as shape.h has it; in inference without the state before */
    float *weights; /* [tokens, weight_dim]: what opens the steps */
    float *xhat;    /* [tokens, G H]: the normalised pre-activations, with layer normalisation */
    float *rstd;    /* [tokens, G] */
    float *sums;    /* [tokens, H]: of the states before, where they are orthogonal */
} attni_gru_run;

/* The same from token `at` on; input_dim is 0 where the input is ids. */
static inline attni_gru_run attni_gru_run_from(const attni_gru_shape *shape, int64_t input_dim,
                                               const attni_gru_run *run, int64_t at)
{
    int64_t norm = shape->layer_norm;
    return (attni_gru_run){run->x + at * input_dim,
                           run->kept + at * attni_gru_kept_width(shape),
                           run->weights + at * shape->weight_dim,
                           run->xhat + norm * at * attni_gru_width(shape),
                           run->rstd + norm * at * shape->gates,
                           run->sums + shape->orthogonal * at * shape->hidden_dim};
}

/* What the kernels are told of a run's weights: fills *opening, or NULL for a plain GRU. */
static inline const attni_opening *attni_gru_opening(const attni_gru_shape *shape, const attni_gru_run *run,
                                                     attni_opening *opening)
{
    if (shape->weight_dim == 0)
        return NULL;
    *opening = (attni_opening){shape->form, shape->weight_dim, run->weights};
    return opening;
}

typedef struct attni_gru_record {
    attni_sequence sequence;
    attni_gru_tokens tokens;
    uint64_t stream;     /* of the dropout masks */
    attni_gru_run *runs; /* [layers * directions] */
} attni_gru_record;

/* ---- forward --------------------------------------------------------------------------------------------- */

/* One forward call, whoever makes it. */
typedef struct attni_gru_call {
    const char *function;
    attn_context *context;
    const attni_gru_shape *shape;
    const attn_gru *gru; /* NULL: packed */
    attn_tape *tape;     /* NULL in inference */
    attni_arena *arena;
    attn_sequence in; /* checked */
    const float *h0;
    float *y, *hn;
    const attni_gru_weights *weights; /* [layers * directions] */
    attni_gru_record *record;         /* its sequence and tokens are set */
} attni_gru_call;

/* What a call is given, by sequence.h's rules: `given` is copied to *in. What ids are rows of is for the caller to check, with: */
attn_status attni_gru_read(const char *function, const attni_gru_shape *shape, const attn_sequence *given,
                           attn_sequence *in);
attn_status attni_gru_check_table(const char *function, const attni_gru_shape *shape,
                                  const attn_embedding *embedding);

/* Which arrays of the call may be one: hn and h0 alone. Then h0 is read, and looked at, before hn is written. */
attn_status attni_gru_check_arrays(const attni_gru_call *call);

/* After a forward has met a number that is not finite: whose it is, by core/finite.h. */
attn_status attni_gru_not_finite(const attni_gru_call *call);

/* A whole forward call of gru or attngru, with its record on the tape. */
attn_status attni_gru_forward(const char *function, const attn_gru *gru, attn_tape *tape,
                              const attn_sequence *given, const float *h0, float *y, float *hn);

/* All layers of a call that is ready. */
attn_status attni_gru_run_layers(const attni_gru_call *call);

/* projected[count, G H] = vectors[count, E] W^T, on the context's threads. Errors: INTERRUPTED. */
ATTN_CHECKED attn_status attni_gru_project(attn_context *context, const attni_gru_shape *shape,
                                           const attni_gru_weights *weights, int64_t count,
                                           const float *vectors, float *projected);

/* The record's tokens, from the call's ids: find the distinct ones, and project their vectors, dropped. */
attn_status attni_gru_tokens_make(const attni_gru_call *call);

/* scaled[width] = scale * row: so much of a row of W x as the token has of its vector. */
const float *attni_gru_scale_row(const attni_kernels *kernels, float scale, int64_t width, const float *row,
                                 float *scaled);

/* ---- a step whose gates are taken apart, and orthogonal states --------------------------------------------- */

/* m rows of a block at one step. */
typedef struct attni_gru_step {
    const attni_kernels *kernels;
    const attni_gru_shape *shape;
    int64_t m;
    attni_gru_run run;
} attni_gru_step;

/* state[m, H] becomes the state after. x[m] are the rows of W x, which may be those of run.kept; u is room for [m, G H],
 * reset_state for [m, H]. */
void attni_gru_gates(const attni_gru_step *step, const attni_gru_weights *weights, const float *const *x,
                     float *state, float *u, float *reset_state);

/* state[m, H], which the gates gave, becomes orthogonal to sums[m, H], which it is added to; run.sums is what they were. */
void attni_gru_orthogonalize(const attni_gru_step *step, float *state, float *sums);

/* And back: dh[m, H] becomes the gradient of what the gates gave, and dsums[m, H], that of the sums after the step, becomes that of
 * the sums before it. `spare` is room for [m, H]. */
void attni_gru_orthogonalize_backward(const attni_gru_step *step, float *spare, float *dh, float *dsums);

/* ---- backward -------------------------------------------------------------------------------------------- */

/* A whole backward call of gru or attngru, for the record on top of the tape, which it takes away. */
attn_status attni_gru_backward(const char *function, const attn_gru *gru, attn_tape *tape, const float *dy,
                               const float *dhn, const attn_sequence_gradients *given, float *dh0);

#endif
