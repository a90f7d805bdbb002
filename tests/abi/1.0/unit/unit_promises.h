/* unit_promises.h - what test_promises.c calls with: one handle of each kind, and an array that outputs go to. */
#ifndef UNIT_PROMISES_H
#define UNIT_PROMISES_H

#include "unit.h"
#include "unit_declared.h"
#include "unit_file.h"

static struct world {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_adam *adam;
    attn_tokens *tokens;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    attn_pieces *pieces;
    attn_embedding *embedding;
    attn_gru *gru;
    attn_gru_packed *packed;
    attn_attention *attention, *asking;
    attn_attention_memory *memory;
    attn_attngru *attngru;
    attn_dense *dense;
    attn_ngrams_builder *counted;
    attn_ngrams *ngrams;
    attn_candidates *candidates;
    attn_classifier *classifier;
    attn_reading *reading;
    attn_probe *probe;
    attn_page *page;
    attn_file *file;
    char *saved;
    size_t saved_size;
} world;

static attn_status drop(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return ATTN_OK;
}

static attn_status keep(void *user, const void *data, size_t size)
{
    (void)user;
    world.saved = realloc(world.saved, world.saved_size + size);
    memcpy(world.saved + world.saved_size, data, size);
    world.saved_size += size;
    return ATTN_OK;
}

static void make_layers(void)
{
    attn_attention_options asking = ATTN_ATTENTION_OPTIONS_INIT;
    asking.score = ATTN_SCORE_ADDITIVE;
    OK(attn_params_create(world.context, UNIT_SEED(1), &world.params));
    OK(attn_embedding_create(world.params, "embedding", 4, 3, NULL, &world.embedding));
    OK(attn_gru_create(world.params, "gru", 3, 4, NULL, &world.gru));
    OK(attn_gru_packed_create(world.gru, NULL, &world.packed));
    OK(attn_attention_create(world.params, "attention", 4, NULL, &world.attention));
    OK(attn_attention_create(world.params, "asking", 4, &asking, &world.asking));
    OK(attn_attngru_create(world.params, "attngru", 4, 4, NULL, &world.attngru));
    OK(attn_dense_create(world.params, "dense", 4, 2, NULL, &world.dense));
    OK(attn_ngrams_builder_create(world.context, NULL, &world.counted));
    OK(attn_ngrams_builder_add(world.counted, 2, 2, (int32_t[]){2, 3, 2, 3}, NULL, (int32_t[]){0, 1}));
    OK(attn_ngrams_create(world.params, "ngrams", world.counted, NULL, &world.ngrams));
    OK(attn_candidates_create(world.context, 4, (int64_t[]){0, 1, 2, 3}, NULL, &world.candidates));
    OK(attn_adam_create(world.params, NULL, &world.adam));
}

static void make_classifier(void)
{
    static const int32_t ids[] = {1, 2, 3};
    attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    parts.embedding = world.embedding;
    parts.encoder = world.gru;
    parts.attention = world.attention;
    parts.reader = world.attngru;
    parts.decision = world.dense;
    parts.vocab = world.vocab;
    OK(attn_classifier_create(&parts, &world.classifier));
    OK(attn_classifier_read(world.classifier, "one", 3, ATTN_BY_GRADIENT, &world.reading));
    OK(attn_probe_create(world.classifier, SEQUENCE(.batch = 1, .time = 3, .ids = ids), &world.probe));
}

static void setup(void)
{
    static const float numbers[3 * 4] = {1, 2, 3};
    world = (struct world){.context = unit_context(1)};
    OK(attn_tape_create(world.context, NULL, &world.tape));
    OK(attn_tokens_create(world.context, NULL, &world.tokens));
    OK(attn_tokens_set_text(world.tokens, "one two", 7));
    OK(attn_vocab_builder_create(world.context, NULL, &world.builder));
    OK(attn_vocab_builder_add(world.builder, world.tokens));
    OK(attn_vocab_create(world.builder, NULL, &world.vocab));
    OK(attn_pieces_learn(world.vocab, &(attn_pieces_options){sizeof(attn_pieces_options), 0, 1},
                         &world.pieces));
    make_layers();
    make_classifier();
    OK(attn_attention_memory_create(world.asking, 1, 3, numbers, NULL, NULL, &world.memory));
    OK(attn_page_create(world.context, NULL, drop, NULL, &world.page));
    OK(attn_classifier_write(world.classifier, NULL, keep, NULL));
    OK(attn_file_open_memory(world.context, world.saved, world.saved_size, &world.file));
    unit_folder_make();
}

/* Each handle is let go of by the call of that name, which sets it to NULL. */
static void **handle_of(const char *destroy)
{
    const struct {
        const char *destroy;
        void *handle;
    } all[] = {
        {"attn_file_close", &world.file},
        {"attn_page_destroy", &world.page},
        {"attn_probe_destroy", &world.probe},
        {"attn_reading_destroy", &world.reading},
        {"attn_classifier_destroy", &world.classifier},
        {"attn_attention_memory_destroy", &world.memory},
        {"attn_adam_destroy", &world.adam},
        {"attn_dense_destroy", &world.dense},
        {"attn_ngrams_builder_destroy", &world.counted},
        {"attn_ngrams_destroy", &world.ngrams},
        {"attn_candidates_destroy", &world.candidates},
        {"attn_attngru_destroy", &world.attngru},
        {"attn_attention_destroy", &world.attention},
        {"attn_gru_packed_destroy", &world.packed},
        {"attn_gru_destroy", &world.gru},
        {"attn_embedding_destroy", &world.embedding},
        {"attn_vocab_destroy", &world.vocab},
        {"attn_pieces_destroy", &world.pieces},
        {"attn_vocab_builder_destroy", &world.builder},
        {"attn_tokens_destroy", &world.tokens},
        {"attn_tape_destroy", &world.tape},
        {"attn_params_destroy", &world.params},
        {"attn_context_destroy", &world.context},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].destroy, destroy) == 0)
            return all[i].handle;
    }
    ck_abort_msg("unit_promises.h has no handle for %s", destroy);
}

/* A word of the line, not a part of one. */
static int says(const char *line, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = line; (at = strstr(at, word)); at++) {
        const char before = at == line ? ' ' : at[-1], behind = at[length];
        if (strchr(" >,[(:", before) && (behind == '\0' || strchr(" ,[)];:", behind)))
            return 1;
    }
    return 0;
}

#endif
