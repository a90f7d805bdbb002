/* decode.c - one step of the decoder for all hypotheses, as attn_search asks for it. */
#include "decode.h"

#include <math.h>
#include <stdlib.h>

#include "common/rows.h"

struct decoding {
    const struct translator *translator;
    attn_attention_memory *memory;
    const float *states;       /* [count, S]: the hypotheses' after the last step; at first [rows, S] */
    struct scratch scratch[2]; /* of this step, and of the one before, from which its states are taken */
    int64_t steps;
};

struct translator translator_create(attn_context *context, struct trained *trained, int64_t beam, bool copies)
{
    struct translator translator = {.trained = trained, .context = context, .beam = beam, .copies = copies};
    if (copies && (trained->languages.pieces || trained->languages.task == TASK_DATES))
        fail(EXIT_BAD_INPUT,
             "--copy: the model reads and writes %s, none of which is an unknown word to copy; leave it out",
             trained->languages.pieces ? "pieces of words" : "characters");
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.embedding = trained->network.target;
    must(attn_gru_packed_create(trained->network.decoder, &options, &translator.decoder));
    return translator;
}

void translator_destroy(struct translator *translator)
{
    attn_gru_packed_destroy(&translator->decoder);
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct decoding *decoding = user;
    const struct network *network = &decoding->translator->trained->network;
    int64_t state = network->state, memory = network->memory;
    struct scratch *scratch = &decoding->scratch[decoding->steps++ % 2];
    scratch->taken = 0;
    float *states = take(scratch, count * state), *context = take(scratch, count * memory);
    float *joined = take(scratch, count * (state + memory)), *output = take(scratch, count * network->output);

    pick_rows(count, state, decoding->states, parents, states);
    decoding->states = states;
    const attn_sequence in = {.struct_size = sizeof in, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(decoding->translator->decoder, &in, states));
    must(attn_attention_memory_attend(decoding->memory, count, rows, states, NULL, context));
    join_rows(count, state, states, memory, context, joined);
    must(attn_dense_forward(network->combine, NULL, count, joined, output));
    must(attn_dense_forward(network->decision, NULL, count, output, logits));
    for (int64_t i = 0; i < count; i++) { /* nothing that could not be printed */
        logits[i * network->classes + ATTN_PAD_ID] = -INFINITY;
        if (!decoding->translator->copies)
            logits[i * network->classes + ATTN_UNK_ID] = -INFINITY;
    }
    return ATTN_OK;
}

void translate(struct translator *translator, const struct batch *batch, struct translations *out)
{
    struct network *network = &translator->trained->network;
    struct decoding decoding = {.translator = translator};
    float *states, *first;
    network_encode(network, NULL, batch, &states, &first);
    decoding.states = first;
    must(attn_attention_memory_create(network->attention, batch->rows, batch->items, states,
                                      batch->source_lengths, NULL, &decoding.memory));
    attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    options.method = translator->beam > 1 ? ATTN_SEARCH_BEAM : ATTN_SEARCH_GREEDY;
    options.begin_id = options.end_id = BOUNDARY_ID;
    options.beam = (int32_t)translator->beam;
    out->length = translator->trained->max_length;
    out->ids = grow(out->ids, batch->rows * out->length, &out->ids_capacity, sizeof *out->ids);
    out->lengths = grow(out->lengths, batch->rows, &out->lengths_capacity, sizeof *out->lengths);
    must(attn_search(translator->context, batch->rows, network->classes, out->length, step, &decoding,
                     &options, out->ids, out->lengths, NULL));
    attn_attention_memory_destroy(&decoding.memory);
    scratch_free(&decoding.scratch[0]);
    scratch_free(&decoding.scratch[1]);
}

void translations_free(struct translations *translations)
{
    free(translations->ids);
    free(translations->lengths);
}
