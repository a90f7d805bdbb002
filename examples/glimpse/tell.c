/* tell.c - one step of the decoder, under attn_search. */
#include "tell.h"

#include <stdlib.h>
#include <string.h>

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

/* Each hypothesis goes on from the state of its parent. */
static void inherit(int64_t count, int64_t hidden, const int32_t *parents, const float *before, float *states)
{
    for (int64_t i = 0; i < count; i++)
        memcpy(states + i * hidden, before + parents[i] * hidden, (size_t)hidden * sizeof *states);
}

/* joined[count, a_dim + b_dim], from rows of a and b that lie so far apart. */
static void join(int64_t count, int64_t a_dim, const float *a, int64_t a_stride, int64_t b_dim,
                 const float *b, int64_t b_stride, float *joined)
{
    for (int64_t i = 0; i < count; i++) {
        float *row = joined + i * (a_dim + b_dim);
        memcpy(row, a + i * a_stride, (size_t)a_dim * sizeof *row);
        memcpy(row + a_dim, b + i * b_stride, (size_t)b_dim * sizeof *row);
    }
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct teller *t = user;
    int64_t hidden = t->network->config.hidden, width = t->network->memory_dim;
    swap(&t->asked, &t->asked_before);
    swap(&t->told, &t->told_before);
    inherit(count, hidden, parents, t->asked_before, t->asked);
    inherit(count, hidden, parents, t->told_before, t->told);
    const attn_sequence asked = {.struct_size = sizeof asked, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(t->asker, &asked, t->asked));
    must(attn_attention_memory_attend(t->memory, count, rows, t->asked, NULL, t->context));
    join(count, hidden, t->asked, hidden, PLACE_DIM, t->context + hidden, width, t->where);
    const attn_sequence told = {.struct_size = sizeof told, .batch = count, .time = 1, .x = t->where};
    must(attn_gru_packed_step(t->teller, &told, t->told));
    join(count, hidden, t->told, hidden, width, t->context, width, t->joined);
    must(attn_dense_forward(t->network->chooser, NULL, count, t->joined, t->choice));
    must(attn_dense_forward(t->network->decision, NULL, count, t->choice, logits));
    return ATTN_OK;
}

static struct teller teller_create(struct network *network, int64_t rows, const float *regions, int64_t beam)
{
    struct teller t = {.network = network};
    int64_t hypotheses = rows * beam, hidden = network->config.hidden;
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
