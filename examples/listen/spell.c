/* spell.c - one step of the speller for all hypotheses, as attn_search asks for it. */
#include "spell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rows.h"

struct spelt {
    struct spelling *spelling;
    struct heard heard;
    const float *keys; /* [rows, J, keys] */
    /* The hypotheses' after the last step, [count, S], [count, J] and [count, J]; at first the rows' */
    const float *states, *weights, *covered;
    int64_t steps;
};

struct spelling spelling_create(attn_context *context, struct trained *trained, int64_t beam)
{
    struct spelling spelling = {.trained = trained, .context = context, .beam = beam};
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.embedding = trained->network.letters;
    must(attn_gru_packed_create(trained->network.speller, &options, &spelling.speller));
    return spelling;
}

void spelling_destroy(struct spelling *spelling)
{
    scratch_free(&spelling->step[0]);
    scratch_free(&spelling->step[1]);
    attn_gru_packed_destroy(&spelling->speller);
}

/* The weights and the context of `count` hypotheses' states; the sums of their weights go on from their parents'. */
static float *attend(struct spelt *spelt, struct scratch *scratch, int64_t count, const int32_t *rows,
                     const int32_t *parents, const float *states)
{
    const struct network *network = &spelt->spelling->trained->network;
    const int64_t items = spelt->heard.items, dim = network->memory, width = dim + PLACE_DIM;
    float *memory = take(scratch, count * items * dim), *context = take(scratch, count * width);
    float *keys = take(scratch, count * items * network->keys),
          *places = take(scratch, count * items * PLACE_DIM);
    float *weights = take(scratch, count * items), *covered = take(scratch, count * items);
    int32_t *lengths = (int32_t *)take(scratch, count);
    const bool first = spelt->weights == NULL;
    pick_rows(count, items * dim, spelt->heard.memory, rows, memory);
    pick_rows(count, items * network->keys, spelt->keys, rows, keys);
    for (int64_t i = 0; i < count; i++)
        lengths[i] = spelt->heard.lengths[rows[i]];
    if (first) {
        memset(covered, 0, (size_t)(count * items) * sizeof *covered);
    } else {
        pick_rows(count, items, spelt->weights, parents, weights);
        pick_rows(count, items, spelt->covered, parents, covered);
    }
    locate(count, items, first ? NULL : weights, covered, places);
    const attn_attention_step step = {.struct_size = sizeof step,
                                      .batch = count,
                                      .items = items,
                                      .width = dim,
                                      .memory = memory,
                                      .lengths = lengths,
                                      .keys = keys,
                                      .moving = places,
                                      .query = states};
    must(attn_attention_step_forward(network->attention, NULL, &step, weights, context));
    add_numbers(count * items, weights, covered);
    spelt->weights = weights;
    spelt->covered = covered;
    return context;
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct spelt *spelt = user;
    const struct network *network = &spelt->spelling->trained->network;
    const int64_t state = network->state, width = network->memory + PLACE_DIM;
    struct scratch *scratch = &spelt->spelling->step[spelt->steps++ % 2];
    scratch->taken = 0;
    float *states = take(scratch, count * state);
    float *joined = take(scratch, count * (state + width)), *output = take(scratch, count * network->output);

    pick_rows(count, state, spelt->states, parents, states);
    spelt->states = states;
    const attn_sequence in = {.struct_size = sizeof in, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(spelt->spelling->speller, &in, states));
    join_rows(count, state, states, width, attend(spelt, scratch, count, rows, parents, states), joined);
    must(attn_dense_forward(network->combine, NULL, count, joined, output));
    must(attn_dense_forward(network->decision, NULL, count, output, logits));
    for (int64_t i = 0; i < count; i++)
        logits[i * network->classes + ATTN_PAD_ID] = logits[i * network->classes + ATTN_UNK_ID] =
            -INFINITY; /* nothing that could be printed */
    return ATTN_OK;
}

void spell(struct spelling *spelling, const struct batch *batch, struct texts *out)
{
    struct network *network = &spelling->trained->network;
    struct spelt spelt = {.spelling = spelling, .heard = network_hear(network, NULL, batch)};
    float *keys = take(&network->scratch, batch->rows * spelt.heard.items * network->keys);
    must(attn_attention_keys_forward(network->attention, NULL, batch->rows, spelt.heard.items,
                                     network->memory, spelt.heard.memory, spelt.heard.lengths, keys));
    spelt.keys = keys;
    spelling->step[1].taken = 0;
    float *nothing =
        take(&spelling->step[1], batch->rows * network->state); /* the first step takes the other one */
    memset(nothing, 0, (size_t)(batch->rows * network->state) * sizeof *nothing);
    spelt.states = nothing;
    attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    options.method = spelling->beam > 1 ? ATTN_SEARCH_BEAM : ATTN_SEARCH_GREEDY;
    options.begin_id = options.end_id = BOUNDARY_ID;
    options.beam = (int32_t)spelling->beam;
    out->length = spelt.heard.items + MAX_LETTERS / MAX_DIGITS;
    out->ids = grow(out->ids, batch->rows * out->length, &out->ids_capacity, sizeof *out->ids);
    out->lengths = grow(out->lengths, batch->rows, &out->lengths_capacity, sizeof *out->lengths);
    must(attn_search(spelling->context, batch->rows, network->classes, out->length, step, &spelt, &options,
                     out->ids, out->lengths, NULL));
}

void texts_free(struct texts *texts)
{
    free(texts->ids);
    free(texts->lengths);
}
