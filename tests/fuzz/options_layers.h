/* options_layers.h - what fuzz_options.c works on, and the structs that a context, params and layers are made of. Each
 * try_... is handed a struct of just the size that it says, makes what it describes, uses that, and lets go of it. */
#ifndef FUZZ_OPTIONS_LAYERS_H
#define FUZZ_OPTIONS_LAYERS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MOST_BYTES 262144 /* what any of the small layers and lists here may take */

/* ---- what the calls work on ---- */

static struct world {
    attn_context *context;
    attn_params *params;
    attn_tokens *tokens;
    attn_vocab_builder *words;
    attn_vocab *vocab;
    attn_pieces *pieces;
    attn_embedding *embedding, *bias;
    attn_gru *gru;
    attn_attention *attention, *asking;
    attn_attngru *attngru;
    attn_dense *dense;
    attn_ngrams_builder *counted;
    attn_candidates *candidates;
    attn_adam *adam;
} world;

static const float numbers[64] = {1, -2, 0.5f, 3, -0.25f, 2, 1, 0, 1e-3f, -1, 2, 4, 0.125f, -3, 1, 1};
static const int32_t ids[16] = {2, 3, 4, 2, 3, 1, 0, 4, 2, 2, 3, 4, 1, 2, 3, 4}, lengths[2] = {3, 2},
                     classes[2] = {0, 1};

static void make_world(void)
{
    attn_attention_options asking = ATTN_ATTENTION_OPTIONS_INIT;
    attn_adam_options averaging = ATTN_ADAM_OPTIONS_INIT;
    asking.score = ATTN_SCORE_ADDITIVE;
    averaging.average = 0.5f;
    const attn_context_options options = fuzz_options(1);
    ensure(attn_context_create(&options, &world.context) == ATTN_OK);
    ensure(attn_params_create(world.context, NULL, &world.params) == ATTN_OK);
    ensure(attn_tokens_create(world.context, NULL, &world.tokens) == ATTN_OK);
    ensure(attn_vocab_builder_create(world.context, NULL, &world.words) == ATTN_OK);
    ensure(attn_vocab_builder_add_token(world.words, "one", 3) == ATTN_OK);
    ensure(attn_vocab_builder_add_token(world.words, "other", 2) == ATTN_OK);
    ensure(attn_vocab_builder_add_token(world.words, "two", 1) == ATTN_OK);
    ensure(attn_vocab_create(world.words, NULL, &world.vocab) == ATTN_OK);
    ensure(attn_pieces_learn(world.vocab, NULL, &world.pieces) == ATTN_OK);
    ensure(attn_embedding_create(world.params, "e", 5, 3, NULL, &world.embedding) == ATTN_OK);
    ensure(attn_embedding_create(world.params, "b", 5, 1, NULL, &world.bias) == ATTN_OK);
    ensure(attn_gru_create(world.params, "g", 3, 4, NULL, &world.gru) == ATTN_OK);
    ensure(attn_attention_create(world.params, "a", 4, NULL, &world.attention) == ATTN_OK);
    ensure(attn_attention_create(world.params, "q", 4, &asking, &world.asking) == ATTN_OK);
    ensure(attn_attngru_create(world.params, "r", 4, 4, NULL, &world.attngru) == ATTN_OK);
    ensure(attn_dense_create(world.params, "d", 4, 2, NULL, &world.dense) == ATTN_OK);
    ensure(attn_ngrams_builder_create(world.context, NULL, &world.counted) == ATTN_OK);
    ensure(attn_ngrams_builder_add(world.counted, 2, 8, ids, NULL, classes) == ATTN_OK);
    ensure(attn_candidates_create(world.context, 5, (int64_t[]){0, 1, 2, 3, 4}, NULL, &world.candidates) ==
           ATTN_OK);
    ensure(attn_adam_create(world.params, &averaging, &world.adam) == ATTN_OK);
    ensure(attn_params_zero_grad(world.params) == ATTN_OK);
}

/* The context's scratch goes with it: an input that fails does so by itself, and whatever else is still held was lost. */
static void forget_world(void)
{
    attn_adam_destroy(&world.adam);
    attn_candidates_destroy(&world.candidates);
    attn_ngrams_builder_destroy(&world.counted);
    attn_dense_destroy(&world.dense);
    attn_attngru_destroy(&world.attngru);
    attn_attention_destroy(&world.asking);
    attn_attention_destroy(&world.attention);
    attn_gru_destroy(&world.gru);
    attn_embedding_destroy(&world.bias);
    attn_embedding_destroy(&world.embedding);
    attn_pieces_destroy(&world.pieces);
    attn_vocab_destroy(&world.vocab);
    attn_vocab_builder_destroy(&world.words);
    attn_tokens_destroy(&world.tokens);
    attn_params_destroy(&world.params);
    attn_context_destroy(&world.context);
    ensure(fuzz_held() == 0);
}

static attn_status nowhere(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return ATTN_OK;
}

/* ---- the calls: each is handed a struct, makes what it describes, uses that, and lets go of it ---- */

/* A struct, cast to its type, of which `member` is set to a good pointer or to NULL by its last byte, where it lies in the
 * struct. */
#define IS_SET(options, member) ((uintptr_t)(options)->member >> 1 & 1)
#define REACHES(options, member)                                                                             \
    ((options)->struct_size >= (size_t)((const char *)(&(options)->member + 1) - (const char *)(options)))
#define POINT(options, member, to)                                                                           \
    do {                                                                                                     \
        if (REACHES(options, member) && IS_SET(options, member))                                             \
            (options)->member = (to);                                                                        \
        else if (REACHES(options, member))                                                                   \
            (options)->member = NULL;                                                                        \
    } while (0)

static attn_status try_context(void *given)
{
    attn_context_options *options = given;
    const attn_context_options hooks = fuzz_options(1);
    POINT(options, allocate, hooks.allocate);
    POINT(options, release, hooks.release);
    POINT(options, failed, NULL);
    POINT(options, interrupted, NULL);
    if (REACHES(options, threads) && options->threads >= 0 && options->threads < 256)
        options->threads = options->threads % 3 + 1; /* of many threads, making them is all that takes time */
    attn_context *context = NULL;
    const attn_status status = attn_context_create(given, &context);
    ensure((status == ATTN_OK) == (context != NULL));
    attn_context_destroy(&context);
    return status;
}

static attn_status try_params(void *given)
{
    attn_params *params = NULL;
    const attn_status status = attn_params_create(world.context, given, &params);
    ensure((status == ATTN_OK) == (params != NULL));
    if (params)
        ensure(attn_params_add(params, "w", 2, (int64_t[]){3, 2}, NULL) == ATTN_OK);
    attn_params_destroy(&params);
    return status;
}

/* Params for a layer; without one they are as before. */
static attn_params *empty(void)
{
    attn_params *params;
    ensure(attn_params_create(world.context, NULL, &params) == ATTN_OK);
    return params;
}

static void finish(attn_params *params, attn_status status, int made)
{
    ensure((status == ATTN_OK) == made);
    ensure(made || (attn_params_count(params) == 0 && attn_params_size(params) == 0));
    for (int64_t i = 0; i < attn_params_size(params); i++)
        ensure(isfinite(attn_params_values(params)[i]));
    attn_params_destroy(&params);
}

static attn_status try_tensor(void *given)
{
    attn_params *params = empty();
    const attn_status status = attn_params_add(params, "w", 2, (int64_t[]){4, 3}, given);
    finish(params, status, attn_params_count(params) == 1);
    return status;
}

static attn_status try_embedding(void *given)
{
    attn_params *params = empty();
    attn_embedding *embedding = NULL;
    float y[2 * 3 * 3];
    const attn_status status = attn_embedding_create(params, "e", 5, 3, given, &embedding);
    if (embedding)
        ensure(attn_embedding_forward(embedding, NULL, 2, 3, ids, lengths, y) == ATTN_OK);
    const int made = embedding != NULL;
    attn_embedding_destroy(&embedding);
    finish(params, status, made);
    return status;
}

static attn_sequence vectors(int64_t batch, int64_t time)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = batch;
    in.time = time;
    in.lengths = lengths;
    in.x = numbers;
    return in;
}

static attn_status try_gru(void *given)
{
    attn_params *params = empty();
    attn_gru *gru = NULL;
    attn_tape *tape;
    const attn_status status = attn_gru_create(params, "g", 3, 2, given, &gru);
    if (gru) {
        const attn_sequence in = vectors(2, 3);
        float y[2 * 3 * 4], dx[2 * 3 * 3];
        attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
        out.batch = 2, out.time = 3, out.dx = dx;
        ensure(attn_tape_create(world.context, NULL, &tape) == ATTN_OK);
        ensure(attn_gru_forward(gru, tape, &in, NULL, y, NULL) == ATTN_OK);
        ensure(attn_gru_backward(gru, tape, y, NULL, &out, NULL) == ATTN_OK);
        attn_tape_destroy(&tape);
    }
    const int made = gru != NULL;
    attn_gru_destroy(&gru);
    finish(params, status, made);
    return status;
}

static attn_status try_packed(void *given)
{
    attn_gru_packed_options *options = given;
    attn_gru_packed *packed = NULL;
    POINT(options, embedding, world.embedding);
    const attn_status status = attn_gru_packed_create(world.gru, given, &packed);
    ensure((status == ATTN_OK) == (packed != NULL));
    if (packed) {
        const attn_sequence in = vectors(2, 3);
        float hn[2 * 4];
        ensure(attn_gru_packed_forward(packed, &in, NULL, NULL, hn) == ATTN_OK);
    }
    attn_gru_packed_destroy(&packed);
    return status;
}

static attn_status try_attngru(void *given)
{
    attn_params *params = empty();
    attn_attngru *attngru = NULL;
    const attn_status status = attn_attngru_create(params, "g", 3, 2, given, &attngru);
    if (attngru) {
        static const float openings[2 * 3 * 2] = {1, 0.5f, 0, 1, 0.25f, 1};
        attn_sequence in = vectors(2, 3);
        float hn[2 * 2];
        in.openings = openings;
        ensure(attn_attngru_forward(attngru, NULL, &in, NULL, NULL, hn) == ATTN_OK);
    }
    const int made = attngru != NULL;
    attn_attngru_destroy(&attngru);
    finish(params, status, made);
    return status;
}

static attn_status try_attention(void *given)
{
    attn_params *params = empty();
    attn_attention *attention = NULL;
    attn_attention_info info = ATTN_ATTENTION_INFO_INIT;
    float weights[2 * 3], context[2 * 3];
    fuzz_room(MOST_BYTES); /* its options say how large it is */
    const attn_status status = attn_attention_create(params, "a", 3, given, &attention);
    const int made = attention != NULL;
    if (made)
        ensure(attn_attention_get_info(attention, &info) == ATTN_OK);
    attn_status forward = ATTN_OK;
    if (made && info.query_dim == 0)
        forward = attn_attention_forward(attention, NULL, 2, 3, numbers, lengths, weights, context);
    else if (made && info.query_dim <= 16)
        forward = attn_attention_forward_queries(attention, NULL, 2, 3, 1, numbers, lengths, numbers, NULL,
                                                 weights, context);
    ensure(forward == ATTN_OK || forward == ATTN_ERR_MEMORY);
    attn_attention_destroy(&attention);
    finish(params, status, made);
    return status;
}

static attn_status try_memory(void *given)
{
    attn_attention_memory *memory = NULL;
    const attn_status status =
        attn_attention_memory_create(world.asking, 1, 3, numbers, NULL, given, &memory);
    ensure((status == ATTN_OK) == (memory != NULL));
    attn_attention_memory_destroy(&memory);
    return status;
}

static attn_status try_dense(void *given)
{
    attn_params *params = empty();
    attn_dense *dense = NULL;
    float y[2 * 2];
    const attn_status status = attn_dense_create(params, "d", 3, 2, given, &dense);
    if (dense)
        ensure(attn_dense_forward(dense, NULL, 2, numbers, y) == ATTN_OK);
    const int made = dense != NULL;
    attn_dense_destroy(&dense);
    finish(params, status, made);
    return status;
}

#endif
