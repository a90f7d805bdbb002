/* tell.c - one step of the decoder, under attn_search. */
#include "tell.h"

#include <stdlib.h>
#include <string.h>

#include "common/rows.h"

struct teller {
    const struct network *network;
    attn_gru_packed *asker, *teller;
    attn_attention_memory *memory;
    const float *asked, *told; /* [hypotheses, hidden]: the states after the last step */
    struct scratch scratch[2]; /* of this step, and of the one before, from which its states are taken */
    int64_t steps;
};

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct teller *t = user;
    struct scratch *scratch = &t->scratch[t->steps++ % 2];
    int64_t hidden = t->network->hidden, width = t->network->memory_dim;
    scratch->taken = 0;
    float *asked = take(scratch, count * hidden), *told = take(scratch, count * hidden);
    float *context = take(scratch, count * width), *where = take(scratch, count * (hidden + PLACE_DIM));
    float *joined = take(scratch, count * (hidden + width)), *choice = take(scratch, count * hidden);
    pick_rows(count, hidden, t->asked, parents, asked);
    pick_rows(count, hidden, t->told, parents, told);
    t->asked = asked;
    t->told = told;
    const attn_sequence said = {.struct_size = sizeof said, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(t->asker, &said, asked));
    must(attn_attention_memory_attend(t->memory, count, rows, asked, NULL, context));
    copy_rows(count, hidden, asked, hidden, where, hidden + PLACE_DIM);
    copy_rows(count, PLACE_DIM, context + hidden, width, where + hidden, hidden + PLACE_DIM);
    const attn_sequence seen = {.struct_size = sizeof seen, .batch = count, .time = 1, .x = where};
    must(attn_gru_packed_step(t->teller, &seen, told));
    join_rows(count, hidden, told, width, context, joined);
    must(attn_dense_forward(t->network->chooser, NULL, count, joined, choice));
    must(attn_dense_forward(t->network->decision, NULL, count, choice, logits));
    return ATTN_OK;
}

static struct teller teller_create(struct network *network, int64_t rows, const float *regions)
{
    struct teller t = {.network = network};
    attn_gru_packed_options asker = ATTN_GRU_PACKED_OPTIONS_INIT;
    asker.embedding = network->embedding;
    must(attn_gru_packed_create(network->asker, &asker, &t.asker));
    must(attn_gru_packed_create(network->teller, NULL, &t.teller));
    must(attn_attention_memory_create(network->attention, rows, REGIONS,
                                      network_see(network, NULL, rows, regions), NULL, NULL, &t.memory));
    float *nothing = take(&t.scratch[1], rows * network->hidden); /* the first step takes the other one */
    memset(nothing, 0, (size_t)(rows * network->hidden) * sizeof *nothing);
    t.asked = t.told = nothing;
    return t;
}

static void teller_destroy(struct teller *t)
{
    scratch_free(&t->scratch[0]);
    scratch_free(&t->scratch[1]);
    attn_attention_memory_destroy(&t->memory);
    attn_gru_packed_destroy(&t->teller);
    attn_gru_packed_destroy(&t->asker);
}

void tell_batch(attn_context *context, struct trained *trained, struct batch *batch, int64_t beam)
{
    int32_t *tokens = allocate(batch->rows * MAX_WORDS, sizeof *tokens);
    int32_t *lengths = allocate(batch->rows, sizeof *lengths);
    attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    options.method = beam > 1 ? ATTN_SEARCH_BEAM : ATTN_SEARCH_GREEDY;
    options.beam = (int32_t)beam;
    options.begin_id = attn_vocab_id(trained->vocab, BEGIN);
    options.end_id = attn_vocab_id(trained->vocab, END);
    struct teller teller = teller_create(&trained->network, batch->rows, batch->regions);
    must(attn_search(context, batch->rows, trained->network.classes, MAX_WORDS, step, &teller, &options,
                     tokens, lengths, NULL));
    teller_destroy(&teller);
    batch_say(batch, trained->vocab, tokens, lengths);
    free(tokens);
    free(lengths);
}

void batch_caption(const struct batch *batch, const attn_vocab *vocab, int64_t b, struct text *caption)
{
    caption->size = 0;
    for (int64_t t = 0; t < batch->lengths[b]; t++)
        text_print(caption, "%s%s", t ? " " : "", attn_vocab_token(vocab, batch->words[b * batch->time + t]));
}
