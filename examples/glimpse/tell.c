/* tell.c - one step of the decoder, under attn_search. */
#include "tell.h"

#include <stdlib.h>
#include <string.h>

#include "common/rows.h"

/* The states of the hypotheses, and those of the step before. */
struct teller {
    const struct network *network;
    attn_gru_packed *asker, *teller;
    attn_attention_memory *memory;
    float *asked, *asked_before; /* [hypotheses, hidden] */
    float *told, *told_before;   /* [hypotheses, hidden] */
    float *context;              /* [hypotheses, memory_dim] */
    float *where;                /* [hypotheses, hidden + PLACE_DIM] */
    float *joined;               /* [hypotheses, hidden + memory_dim] */
    float *choice;               /* [hypotheses, hidden] */
};

static void swap(float **a, float **b)
{
    float *kept = *a;
    *a = *b;
    *b = kept;
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct teller *t = user;
    int64_t hidden = t->network->hidden, width = t->network->memory_dim;
    swap(&t->asked, &t->asked_before);
    swap(&t->told, &t->told_before);
    pick_rows(count, hidden, t->asked_before, parents, t->asked);
    pick_rows(count, hidden, t->told_before, parents, t->told);
    const attn_sequence asked = {.struct_size = sizeof asked, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(t->asker, &asked, t->asked));
    must(attn_attention_memory_attend(t->memory, count, rows, t->asked, NULL, t->context));
    copy_rows(count, hidden, t->asked, hidden, t->where, hidden + PLACE_DIM);
    copy_rows(count, PLACE_DIM, t->context + hidden, width, t->where + hidden, hidden + PLACE_DIM);
    const attn_sequence told = {.struct_size = sizeof told, .batch = count, .time = 1, .x = t->where};
    must(attn_gru_packed_step(t->teller, &told, t->told));
    join_rows(count, hidden, t->told, width, t->context, t->joined);
    must(attn_dense_forward(t->network->chooser, NULL, count, t->joined, t->choice));
    must(attn_dense_forward(t->network->decision, NULL, count, t->choice, logits));
    return ATTN_OK;
}

static struct teller teller_create(struct network *network, int64_t rows, const float *regions, int64_t beam)
{
    struct teller t = {.network = network};
    int64_t hypotheses = rows * beam, hidden = network->hidden;
    attn_gru_packed_options asker = ATTN_GRU_PACKED_OPTIONS_INIT;
    asker.embedding = network->embedding;
    must(attn_gru_packed_create(network->asker, &asker, &t.asker));
    must(attn_gru_packed_create(network->teller, NULL, &t.teller));
    must(attn_attention_memory_create(network->attention, rows, REGIONS,
                                      network_see(network, NULL, rows, regions), NULL, NULL, &t.memory));
    float **states[] = {&t.asked, &t.asked_before, &t.told, &t.told_before};
    for (int64_t i = 0; i < COUNT(states); i++)
        *states[i] = allocate(hypotheses * hidden, sizeof **states[i]);
    t.context = allocate(hypotheses * network->memory_dim, sizeof *t.context);
    t.where = allocate(hypotheses * (hidden + PLACE_DIM), sizeof *t.where);
    t.choice = allocate(hypotheses * hidden, sizeof *t.choice);
    t.joined = allocate(hypotheses * (hidden + network->memory_dim), sizeof *t.joined);
    return t;
}

static void teller_destroy(struct teller *t)
{
    float *all[] = {t->asked,   t->asked_before, t->told,   t->told_before,
                    t->context, t->where,        t->joined, t->choice};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]);
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
    struct teller teller = teller_create(&trained->network, batch->rows, batch->regions, beam);
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
