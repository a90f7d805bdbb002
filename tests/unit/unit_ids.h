/* unit_ids.h - a GRU, an embedding and a batch of ids of unequal length, to ask in more than one way. */
#ifndef UNIT_IDS_H
#define UNIT_IDS_H

#include "unit_data.h"

enum { ROWS = 15, TIME = 9, WORDS = 11, E = 5, H = 6, STATES = 4, W = 2 * H };
static const int32_t row_lengths[ROWS] = {9, 0, 3, 7, 1, 9, 2, 5, 5, 8, 0, 4, 6, 9, 1};

static attn_context *context;
static attn_params *params;
static attn_tape *tape;
static attn_embedding *embedding;
static attn_gru *gru;
static int32_t ids[ROWS * TIME]; /* words repeat; what stands beyond the lengths is no row */
static float *h0, *dy, *dhn;

/* Everything that a forward and a backward give. */
typedef struct results {
    float y[ROWS * TIME * W], hn[STATES * ROWS * H], dh0[STATES * ROWS * H], gradients[4096];
} results;

/* The sixteen variants: reset after and before, with and without layer normalisation, one layer and two each way, states as they
 * come and orthogonal ones. */
static inline attn_gru_options variant_options(int variant)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.reset = variant % 2;
    options.layer_norm = variant / 2 % 2;
    options.layers = 1 + variant / 4 % 2;
    options.bidirectional = variant / 4 % 2;
    options.experimental = variant / 8 * ATTN_GRU_ORTHOGONAL;
    return options;
}

static inline void setup(const attn_gru_options *options, int32_t frozen, int32_t threads)
{
    context = unit_context(threads);
    attn_embedding_options table = ATTN_EMBEDDING_OPTIONS_INIT;
    table.frozen = frozen;
    OK(attn_params_create(context, UNIT_SEED(7), &params));
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_embedding_create(params, "e", WORDS, E, &table, &embedding));
    OK(attn_gru_create(params, "g", E, H, options, &gru));
    unit_fill(attn_params_values(params), attn_params_size(params), 99);
    uint64_t seed = 4;
    for (int64_t i = 0; i < ROWS * TIME; i++) {
        int32_t word = (int32_t)(unit_random(&seed) % WORDS);
        ids[i] = i % TIME < row_lengths[i / TIME] ? word : 1 << 30;
    }
    h0 = unit_floats(STATES * ROWS * H, 5);
    dy = unit_floats(ROWS * TIME * W, 6);
    dhn = unit_floats(STATES * ROWS * H, 7);
    int64_t width = unit_gru_info(gru).output_dim;
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = row_lengths[b] * width; i < TIME * width; i++)
            dy[b * TIME * width + i] = NAN;
    }
}

static inline void teardown(void)
{
    free(h0);
    free(dy);
    free(dhn);
    attn_gru_destroy(&gru);
    attn_embedding_destroy(&embedding);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}

static inline void keep_gradients(results *out)
{
    ck_assert_int_le(attn_params_size(params), 4096);
    memcpy(out->gradients, attn_params_gradients(params), (size_t)attn_params_size(params) * sizeof(float));
}

static inline void run_vectors(results *out)
{
    float x[ROWS * TIME * E], dx[ROWS * TIME * E];
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_embedding_forward(embedding, tape, ROWS, TIME, ids, row_lengths, x));
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .x = x), h0,
                        out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx), out->dh0));
    OK(attn_embedding_backward(embedding, tape, ROWS, TIME, dx));
    keep_gradients(out);
}

static inline void run_ids(results *out)
{
    memset(out, 0, sizeof *out);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 3));
    OK(attn_gru_forward(
        gru, tape,
        SEQUENCE(.batch = ROWS, .time = TIME, .lengths = row_lengths, .embedding = embedding, .ids = ids), h0,
        out->y, out->hn));
    ck_assert_int_eq(attn_tape_depth(tape), 1);
    OK(attn_gru_backward(gru, tape, dy, dhn, GRADIENTS(.batch = ROWS, .time = TIME), out->dh0));
    keep_gradients(out);
}

#endif
