/* bench_attention.c - creating the attention GRU and the decoder, and running them. */
#include "bench_attention.h"

#include <stdlib.h>

/* Numbers of least to least + range. */
static float *fill(int64_t count, float least, float range)
{
    float *numbers = allocate(count, sizeof *numbers);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = least + range * (float)(i * 7919 % 10007) / 10007.0f;
    return numbers;
}

static void release(float **buffers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(buffers[i]);
}

/* ---- the attention GRU ----------------------------------------------------------------------------------- */

struct opened opened_create(attn_context *context, int64_t emb, int64_t hidden, int64_t batch, int64_t time,
                            int32_t form)
{
    int64_t tokens = batch * time;
    struct opened opened = {.batch = batch,
                            .time = time,
                            .vectors = fill(tokens * emb, -0.05f, 0.1f),
                            .dvectors = allocate(tokens * emb, sizeof(float)),
                            .weights = fill(tokens, 0.0f, 1.0f),
                            .dweights = allocate(tokens, sizeof(float)),
                            .dstates = fill(tokens * hidden, -5e-4f, 1e-3f)};
    attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
    options.form = form;
    must(attn_params_create(context, NULL, &opened.params));
    must(attn_tape_create(context, NULL, &opened.tape));
    must(attn_attngru_create(opened.params, "cell", emb, hidden, &options, &opened.cell));
    return opened;
}

void opened_destroy(struct opened *opened)
{
    release(
        (float *[]){opened->vectors, opened->dvectors, opened->weights, opened->dweights, opened->dstates},
        5);
    attn_attngru_destroy(&opened->cell);
    attn_tape_destroy(&opened->tape);
    attn_params_destroy(&opened->params);
}

void opened_train(struct opened *opened)
{
    must(attn_params_zero_grad(opened->params));
    must(attn_tape_begin(opened->tape, 0));
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = opened->batch,
                              .time = opened->time,
                              .x = opened->vectors,
                              .openings = opened->weights};
    must(attn_attngru_forward(opened->cell, opened->tape, &in, NULL, NULL, NULL));
    const attn_sequence_gradients out = {.struct_size = sizeof out,
                                         .batch = opened->batch,
                                         .time = opened->time,
                                         .dx = opened->dvectors,
                                         .dopenings = opened->dweights};
    must(attn_attngru_backward(opened->cell, opened->tape, opened->dstates, NULL, &out, NULL));
}

/* ---- the decoder ----------------------------------------------------------------------------------------- */

struct decoder decoder_create(attn_context *context, int64_t emb, int64_t hidden, int64_t batch, int64_t time,
                              int64_t items)
{
    int64_t steps = batch * time;
    struct decoder decoder = {.batch = batch,
                              .time = time,
                              .items = items,
                              .vectors = fill(steps * emb, -0.05f, 0.1f),
                              .dvectors = allocate(steps * emb, sizeof(float)),
                              .states = allocate(steps * hidden, sizeof(float)),
                              .dstates = allocate(steps * hidden, sizeof(float)),
                              .memory = fill(batch * items * hidden, -1.0f, 2.0f),
                              .dmemory = allocate(batch * items * hidden, sizeof(float)),
                              .context = allocate(steps * hidden, sizeof(float)),
                              .dcontext = fill(steps * hidden, -5e-4f, 1e-3f)};
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_ADDITIVE;
    must(attn_params_create(context, NULL, &decoder.params));
    must(attn_tape_create(context, NULL, &decoder.tape));
    must(attn_gru_create(decoder.params, "cell", emb, hidden, NULL, &decoder.cell));
    must(attn_attention_create(decoder.params, "attention", hidden, &options, &decoder.attention));
    return decoder;
}

void decoder_destroy(struct decoder *decoder)
{
    release((float *[]){decoder->vectors, decoder->dvectors, decoder->states, decoder->dstates,
                        decoder->memory, decoder->dmemory, decoder->context, decoder->dcontext},
            8);
    attn_attention_destroy(&decoder->attention);
    attn_gru_destroy(&decoder->cell);
    attn_tape_destroy(&decoder->tape);
    attn_params_destroy(&decoder->params);
}

void decoder_train(struct decoder *decoder)
{
    int64_t batch = decoder->batch, time = decoder->time;
    must(attn_params_zero_grad(decoder->params));
    must(attn_tape_begin(decoder->tape, 0));
    const attn_sequence in = {.struct_size = sizeof in, .batch = batch, .time = time, .x = decoder->vectors};
    must(attn_gru_forward(decoder->cell, decoder->tape, &in, NULL, decoder->states, NULL));
    must(attn_attention_forward_queries(decoder->attention, decoder->tape, batch, decoder->items, time,
                                        decoder->memory, NULL, decoder->states, NULL, NULL,
                                        decoder->context));
    must(attn_attention_backward(decoder->attention, decoder->tape, batch, decoder->items, time, NULL,
                                 decoder->dcontext, decoder->dmemory, decoder->dstates));
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = batch, .time = time, .dx = decoder->dvectors};
    must(attn_gru_backward(decoder->cell, decoder->tape, decoder->dstates, NULL, &out, NULL));
}
