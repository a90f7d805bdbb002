/* gru.h (internal) - the GRU's tensors, its packed weights, and what its forward keeps for its backward.
 *
 *     gru.c       the handle: options and tensors          forward.c        blocks of rows through whole sequences
 *     weights.c   weights as the products want them        backward.c       and back, with the weights' gradients;
 *                                                          backward_block.c has a block's way
 *     tokens.c    ids: W x once for each distinct one      gates.c          gates with layer normalisation or reset before
 *     packed.c    the handle for inference                 orthogonal.c     states orthogonal to the sum of those before
 *
 * The attention GRU (attngru.c) is one layer of it in one direction, whose steps are opened by weights. Of the form REPLACE it has
 * no z, so that there are G = 2 gates and not 3. Of a token's numbers r comes first, n last of the gates. */
#ifndef ATTN_LAYER_GRU_GRU_H
#define ATTN_LAYER_GRU_GRU_H

#include "attn/gru.h"
#include "core/params.h"
#include "core/tape.h"
#include "layer/distinct.h"
#include "layer/embedding.h"
#include "layer/sequence.h"

/* The tensors of one layer in one direction, as indices into the params. */
typedef struct attni_gru_cell {
    int64_t input_dim;
    int64_t weight_ih, weight_hh, bias_ih, bias_hh, norm_gain, norm_shift;
} attni_gru_cell;

/* What a GRU is, apart from its tensors' values. */
typedef struct attni_gru_shape {
    int64_t input_dim, hidden_dim;
    int64_t layers, directions;
    int64_t gates; /* G */
    int32_t reset, layer_norm, orthogonal;
    int32_t form;       /* ATTNI_REPLACE, ...; where */
    int64_t weight_dim; /* weights that open a step: 1 or H; 0: a plain GRU */
} attni_gru_shape;

struct attn_gru {
    uint64_t id; /* on the tape */
    attn_params *params;
    attn_context *context;
    attni_gru_shape shape;
    float dropout, input_dropout;
    attni_gru_cell *cells; /* [layers * directions] */
};

/* Set up a GRU of this shape with its tensors "NAME.weight_ih", each with the layer and direction as suffix if `numbered`. It
 * owns `cells` and a reference to the params; on failure neither is left. */
attn_status attni_gru_open(attn_gru *gru, attn_params *params, const char *function, const char *name,
                           const attni_gru_shape *shape, int32_t init, int32_t numbered);

/* What gru and attngru check alike: dimensions, reset, layer_norm, init and dropout. */
attn_status attni_gru_check(const char *function, const char *name, int64_t input_dim, int64_t hidden_dim,
                            int32_t reset, int32_t layer_norm, int32_t init, float dropout);

/* ---- weights --------------------------------------------------------------------------------------------- */

/* A packed matrix, in float32 or in bfloat16. */
typedef struct attni_gru_matrix {
    const float *floats; /* NULL: in bfloat16 */
    const uint16_t *narrow;
} attni_gru_matrix;

/* One cell's weights, ready for forward. */
typedef struct attni_gru_weights {
    attni_gru_matrix input;       /* W packed: [E, G H] */
    attni_gru_matrix recurrent;   /* U packed: [H, G H]; with reset before [H, (G - 1) H], and */
    attni_gru_matrix recurrent_n; /* [H, H] */
    const float *bias;            /* [(G + 1) H]: b_r + c_r, b_z + c_z, b_n, c_n */
    const float *gain, *shift;    /* [G H], with layer normalisation */
} attni_gru_weights;

/* Pack one cell's weights into memory from the arena; with `narrow` in bfloat16. */
attn_status attni_gru_pack(const attn_gru *gru, const attni_gru_cell *cell, attni_arena *arena,
                           const char *function, int32_t narrow, attni_gru_weights *weights);

/* c[m, n] = a[m, k] times the matrix; a row of a has lda numbers, one of c has ldc. `ahead` may be NULL. */
static inline void attni_gru_product(const attni_kernels *kernels, attni_gru_matrix matrix, int64_t m,
                                     int64_t n, int64_t k, const float *a, int64_t lda, float *c, int64_t ldc,
                                     attni_ahead *ahead)
{
    if (matrix.floats)
        kernels->product(m, n, k, a, lda, matrix.floats, c, ldc, 0, ahead);
    else
        kernels->product_bfloat16(m, n, k, a, lda, matrix.narrow, c, ldc);
}

/* ---- dropout --------------------------------------------------------------------------------------------- */

/* Masks of one call; threshold 0 is none. */
typedef struct attni_gru_mask {
    uint32_t threshold;
    float scale;
    uint64_t seed, stream;
} attni_gru_mask;

/* The mask of cell `index` for the forward whose record has this stream; or, behind all cells, that of its input's rows. */
#define ATTNI_GRU_INPUT_MASK 64
attni_gru_mask attni_gru_mask_of(const attn_gru *gru, const attn_tape *tape, uint64_t stream, int64_t index);

/* to[width] = from[width], dropped; `row` tells rows of one mask apart: b * time + t of an output, the id of an input. */
static inline void attni_gru_drop(const attni_kernels *kernels, const attni_gru_mask *mask, int64_t row,
                                  int64_t width, const float *from, float *to)
{
    kernels->dropout(width, mask->threshold, mask->scale, mask->seed, mask->stream,
                     (uint64_t)(row * ((width + 7) / 8)), from, to);
}

/* ---- ids ------------------------------------------------------------------------------------------------- */

/* The first layer's input where it is ids: a row of W x for each distinct one. */
typedef struct attni_gru_tokens {
    const attn_embedding *embedding; /* NULL: the input is vectors */
    const float *scales;             /* [batch, time]: how much of its vector a token is; NULL: all */
    int64_t count;                   /* distinct ids */
    const int32_t *ids;              /* [count] */
    const int32_t *slots;            /* [batch, time]: a token's row in `projected` */
    float *vectors;                  /* [count, E], dropped by: */
    attni_gru_mask mask;
    float *projected[2]; /* a direction: [count, 3H]; backward puts its gradient there */
} attni_gru_tokens;

/* projected[count, 3H] = vectors[count, E] W^T, on the context's threads. */
void attni_gru_project(attn_context *context, const attni_gru_shape *shape, const attni_gru_weights *weights,
                       int64_t count, const float *vectors, float *projected);

/* Find the distinct ids, and project their vectors, dropped by `mask`, through the first layer's weights, one a direction. */
attn_status attni_gru_tokens_make(attni_gru_tokens *tokens, const attn_gru *gru, attni_gru_mask mask,
                                  const attn_embedding *embedding, const attni_gru_weights *weights,
                                  attni_arena *arena, const char *function, int64_t batch, int64_t time,
                                  const int32_t *ids, const int32_t *lengths);

/* Gradients of W and of the embedding from those of W x. `leaders` [parts, count] has for each part and distinct id a token,
 * or -1: where kept[token, 5H] begins with the gradient of W x, gates r z n, summed over the part's tokens of that id. */
attn_status attni_gru_tokens_backward(const attni_gru_tokens *tokens, const attn_gru *gru,
                                      const attni_gru_cell *cell, int64_t direction, const float *kept,
                                      const int32_t *leaders, int64_t parts, attni_arena *arena,
                                      const char *function);

/* What every call on ids checks. `gru_dim` is the GRU's input_dim. */
attn_status attni_gru_check_ids(const char *function, const attn_embedding *embedding, int64_t gru_dim,
                                int64_t batch, int64_t time, const int32_t *ids, const int32_t *lengths);

/* ---- forward --------------------------------------------------------------------------------------------- */

/* What one cell's forward makes, packed: so much for each token. In training that is kept for backward. */
typedef struct attni_gru_run {
    float *x; /* [tokens, input_dim]; not of ids */
    float *
        kept; /* [tokens, (G + 2) H]: r, z, n; U_n h + c_n, with reset after; the state before, in training */
    float *weights; /* [tokens, weight_dim]: what opens the steps */
    float *xhat;    /* [tokens, G H]: the normalised pre-activations, with layer normalisation */
    float *rstd;    /* [tokens, G] */
    float *sums;    /* [tokens, H]: of the states before, where they are orthogonal */
} attni_gru_run;

/* The same from token `at` on. */
static inline attni_gru_run attni_gru_run_from(const attni_gru_shape *shape, int64_t input_dim,
                                               const attni_gru_run *run, int64_t at)
{
    int64_t h = shape->hidden_dim, gates = shape->gates, norm = shape->layer_norm;
    return (attni_gru_run){run->x + at * input_dim,
                           run->kept + at * (gates + 2) * h,
                           run->weights + at * shape->weight_dim,
                           run->xhat + norm * at * gates * h,
                           run->rstd + norm * at * gates,
                           run->sums + shape->orthogonal * at * h};
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

/* One forward call, whoever makes it. */
typedef struct attni_gru_call {
    attn_context *context;
    const attni_gru_shape *shape;
    const attn_gru *gru; /* in training: its dropout */
    attn_tape *tape;     /* NULL in inference */
    attni_arena *arena;
    const char *function;
    attni_gru_record *record;         /* its sequence and tokens are set */
    const attni_gru_weights *weights; /* [layers * directions] */
    const float *x;                   /* NULL where the record has tokens */
    const float *openings;            /* [batch, time, weight_dim] */
    const float *h0;
    float *y, *hn;
} attni_gru_call;

attn_status attni_gru_run_layers(const attni_gru_call *call);

/* What a forward is given: vectors, or an embedding and ids; and what opens the steps. */
typedef struct attni_gru_input {
    const float *x;
    const attn_embedding *embedding;
    const int32_t *ids;
    const float *scales;   /* [batch, time]; may be NULL */
    const float *openings; /* [batch, time, weight_dim] */
} attni_gru_input;

/* A whole forward call, with its record on the tape. */
attn_status attni_gru_encode(const attn_gru *gru, attn_tape *tape, const char *function, int64_t batch,
                             int64_t time, const attni_gru_input *input, const int32_t *lengths,
                             const float *h0, float *y, float *hn);

/* ---- gates taken apart ----------------------------------------------------------------------------------- */

/* One step of m rows where layer normalisation or reset before take the gates apart: state[m, H] becomes the state after.
 * x[m] are the rows of W x, which may be those of run->kept; u is room for [m, G H], reset_state for [m, H]. */
void attni_gru_gates(const attni_kernels *kernels, const attni_gru_shape *shape,
                     const attni_gru_weights *weights, int64_t m, const float *const *x,
                     const attni_gru_run *run, float *state, float *u, float *reset_state);

/* And back: da[m, (G + 1) H] (ldda) are da_n, da_r, da_z and, with reset after, dq = da_n r; with reset before r h. dh[m, H] is
 * the gradient of the state after, and becomes its part for the state before without what goes through U_r and U_z (and, with
 * reset after, U_n). sums [2 G H] += gradients of the gains and shifts. dweights[m, weight_dim] may be NULL. packed_n is U_n for
 * reset before, spare room for [m, H]. */
void attni_gru_gates_backward(const attni_kernels *kernels, const attni_gru_shape *shape, const float *gain,
                              const float *packed_n, int64_t m, const attni_gru_run *run, float *dh,
                              float *da, int64_t ldda, float *dweights, float *spare, float *sums);

/* ---- orthogonal states ------------------------------------------------------------------------------------ */

/* One step of m rows behind the gates: state[m, H] becomes orthogonal to sums[m, H], which it is added to; run->sums is what they
 * were. And back, before the gates: dh[m, H] becomes the gradient of what the gates gave, and dsums[m, H], that of the sums after
 * the step, becomes that of the sums before it. `spare` is room for [m, H]. */
void attni_gru_orthogonalize(const attni_kernels *kernels, int64_t m, int64_t h, const attni_gru_run *run,
                             float *state, float *sums);
void attni_gru_orthogonalize_backward(const attni_kernels *kernels, int64_t m, int64_t h,
                                      const attni_gru_run *run, float *spare, float *dh, float *dsums);

/* ---- backward -------------------------------------------------------------------------------------------- */

/* Back through time, for the record of a forward; attn_gru_backward, attn_gru_backward_scaled and attn_attngru_backward say what
 * the arrays are. */
attn_status attni_gru_run_back(const attn_gru *gru, attn_tape *tape, const char *function,
                               const attni_gru_record *record, const float *dy, const float *dhn, float *dx,
                               float *dscales, float *dopenings, float *dh0);

static inline int64_t attni_gru_cell_index(const attni_gru_shape *shape, int64_t layer, int64_t direction)
{
    return layer * shape->directions + direction;
}

#endif
