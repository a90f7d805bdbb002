/* unit_world.h - what test_interrupt.c interrupts and test_starved.c takes the memory from: one handle of each kind, the hooks that
 * are asked, and what handles and files hold. */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include <pthread.h>

#include "unit.h"
#include "unit_data.h"
#include "unit_explain.h"
#include "unit_file.h"
#include "unit_memory.h"

/* Of the vocabulary: where calls shall be interrupted, more than two looks at how a loop goes on are apart. */
#ifndef UNIT_WORDS
#define UNIT_WORDS 2500
#endif

enum {
    WORDS = UNIT_WORDS,
    IDS = WORDS + 2,
    WIDTH = 4,
    HIDDEN = 5,
    BATCH = 9,
    TIME = 7,
    QUERIES = 3,
    COUNT = 4096, /* numbers, where an array is taken for itself */
    TEXT = 12 * WORDS,
};

/* ---- the hook ---------------------------------------------------------------------------------------------- */

typedef struct asked {
    unit_memory memory; /* first: the hooks of memory have the same user */
    pthread_t caller;
    long long count, end_at; /* questions so far, and which of them is answered by an end; 0: none */
    int from_elsewhere;      /* another thread has asked */
} asked;

static int32_t interrupted(void *user)
{
    asked *hook = user;
    hook->from_elsewhere |= !pthread_equal(pthread_self(), hook->caller);
    return ++hook->count == hook->end_at;
}

/* ---- the world --------------------------------------------------------------------------------------------- */

static struct world {
    asked hook;
    attn_context *context;
    attn_params *params, *unsealed;
    attn_tape *tape;
    attn_adam *adam, *averaging;
    attn_tokens *tokens;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    attn_pieces *pieces;
    attn_embedding *embedding;
    attn_gru *gru, *single; /* the second of one layer, whose directions may be stepped */
    attn_gru_packed *packed, *pair, *stream;
    attn_attention *attention, *asking;
    attn_attention_memory *memory;
    attn_attngru *attngru;
    attn_dense *dense;
    attn_ngrams_builder *grams;
    attn_ngrams *ngrams;
    attn_candidates *candidates;
    attn_classifier_parts parts;
    attn_classifier *classifier;
    attn_reading *reading;
    attn_probe *probe;
    attn_file *file;
    char *text, *saved;
    size_t saved_size, saved_room;
    toy toy;
    attn_explain_model model;
    int32_t ids[BATCH * TIME], lengths[BATCH], labels[BATCH];
} w;

static float x[COUNT]; /* numbers to read */

/* What the last call wrote. */
static struct results {
    float floats[2 * COUNT];
    int32_t integers[COUNT];
    size_t bytes;
} results;

static attn_status keep(void *user, const void *data, size_t size)
{
    (void)user;
    while (w.saved_size + size > w.saved_room)
        w.saved = realloc(w.saved, w.saved_room = 2 * w.saved_room + size);
    memcpy(w.saved + w.saved_size, data, size);
    w.saved_size += size;
    return ATTN_OK;
}

static attn_status count_bytes(void *user, const void *data, size_t size)
{
    (void)user, (void)data;
    results.bytes += size;
    return ATTN_OK;
}

static attn_status write_to(void *file, const void *data, size_t size)
{
    return fwrite(data, 1, size, file) == size ? ATTN_OK : -1;
}

static void make_text(void)
{
    w.text = malloc(TEXT);
    char *end = w.text;
    for (int i = 0; i < WORDS; i++) /* every other one is not ASCII, which takes another way */
        end += sprintf(end, i % 2 ? "\xC3\xA9w%d " : "w%d ", i);
}

static void write_vectors(void)
{
    if (access(unit_path("vectors"), F_OK) == 0)
        return;
    FILE *file = fopen(unit_path("vectors"), "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 40 * WORDS; i++) /* more than a piece of the file */
        fprintf(file, "w%d 0.25 -0.5 0.125 %d\n", i, i % 7);
    fclose(file);
    file = fopen(unit_path("binary"), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%d 4\n", WORDS);
    for (int i = 0; i < WORDS; i++) {
        const float row[4] = {1, 2, 3, (float)i};
        fprintf(file, "w%d ", i);
        fwrite(row, sizeof row, 1, file);
    }
    fclose(file);
}

static const attn_ngrams_options one_text = {
    .struct_size = sizeof one_text, .min_count = 1, .max_ngrams = 20};

static const attn_adam_options averaged = {.struct_size = sizeof averaged, .average = 0.5f};

static void make_layers(void)
{
    attn_gru_options gru = ATTN_GRU_OPTIONS_INIT;
    attn_attention_options asking = ATTN_ATTENTION_OPTIONS_INIT;
    attn_dense_options dense = ATTN_DENSE_OPTIONS_INIT;
    gru.layers = 2;
    gru.bidirectional = 1;
    gru.dropout = 0.25f; /* whose masks depend on a forward's place on the tape */
    asking.score = ATTN_SCORE_ADDITIVE;
    asking.query_dim = HIDDEN;
    OK(attn_params_create(w.context, UNIT_SEED(1), &w.params));
    OK(attn_embedding_create(w.params, "embedding", IDS, WIDTH, NULL, &w.embedding));
    OK(attn_gru_create(w.params, "gru", WIDTH, HIDDEN, &gru, &w.gru));
    OK(attn_gru_packed_create(w.gru, NULL, &w.packed));
    gru.layers = 1;
    OK(attn_gru_create(w.params, "single", WIDTH, HIDDEN, &gru, &w.single));
    OK(attn_gru_packed_create(w.single, NULL, &w.pair));
    OK(attn_gru_packed_direction(w.pair, 0, &w.stream));
    OK(attn_attention_create(w.params, "attention", 2 * HIDDEN, NULL, &w.attention));
    OK(attn_attention_create(w.params, "asking", 2 * HIDDEN, &asking, &w.asking));
    OK(attn_attngru_create(w.params, "attngru", 2 * HIDDEN, HIDDEN, NULL, &w.attngru));
    OK(attn_dense_create(w.params, "dense", HIDDEN, 2, &dense, &w.dense));
    OK(attn_ngrams_builder_create(w.context, NULL, &w.grams));
    OK(attn_ngrams_builder_add(w.grams, BATCH, TIME, w.ids, w.lengths, w.labels));
    OK(attn_ngrams_create(w.params, "ngrams", w.grams, &one_text, &w.ngrams));
    static int64_t frequencies[IDS];
    for (int64_t i = 0; i < IDS; i++)
        frequencies[i] = 1 + i;
    OK(attn_candidates_create(w.context, IDS, frequencies, NULL, &w.candidates));
    OK(attn_adam_create(w.params, NULL, &w.adam));
    OK(attn_adam_create(w.params, &averaged, &w.averaging));
}

static void make_classifiers(void)
{
    w.parts = (attn_classifier_parts)ATTN_CLASSIFIER_PARTS_INIT;
    w.parts.embedding = w.embedding;
    w.parts.encoder = w.gru;
    w.parts.attention = w.attention;
    w.parts.reader = w.attngru;
    w.parts.decision = w.dense;
    w.parts.vocab = w.vocab;
    OK(attn_classifier_create(&w.parts, &w.classifier));
    OK(attn_classifier_write(w.classifier, NULL, keep, NULL));
    OK(attn_file_open_memory(w.context, w.saved, w.saved_size, &w.file));
}

/* As attn_params_save and attn_vocab_save, which wait for the disk. */
static void write_files(void)
{
    FILE *file = fopen(unit_path("model"), "w");
    ck_assert_ptr_nonnull(file);
    OK(attn_params_write(w.params, UNIT_SAVE(.adam = w.adam, .vocab = w.vocab, .pieces = w.pieces), write_to,
                         file));
    fclose(file);
    file = fopen(unit_path("vocab"), "w");
    ck_assert_ptr_nonnull(file);
    for (int32_t id = 2; id < IDS; id++)
        fprintf(file, "%s\t1\n", attn_vocab_token(w.vocab, id));
    fclose(file);
}

static void world_make(int32_t threads)
{
    memset(&w, 0, sizeof w);
    w.hook.caller = pthread_self();
    unit_memory_reset(&w.hook.memory, UNIT_ENOUGH);
    attn_context_options options = unit_memory_options(&w.hook.memory, threads);
    options.user = &w.hook;
    options.interrupted = interrupted;
    options.interval = ATTN_INTERVAL_NONE;
    OK(attn_context_create(&options, &w.context));
    unit_fill(x, COUNT, 3);
    for (int i = 0; i < BATCH * TIME; i++)
        w.ids[i] = 2 + i * 31 % WORDS;
    for (int b = 0; b < BATCH; b++)
        w.lengths[b] = b % TIME + 1, w.labels[b] = b % 2;
    unit_folder_make();
    make_text();
    OK(attn_tape_create(w.context, NULL, &w.tape));
    OK(attn_tokens_create(w.context, NULL, &w.tokens));
    OK(attn_tokens_set_text(w.tokens, w.text, strlen(w.text)));
    OK(attn_vocab_builder_create(w.context, NULL, &w.builder));
    OK(attn_vocab_builder_add(w.builder, w.tokens));
    OK(attn_vocab_create(w.builder, NULL, &w.vocab));
    OK(attn_pieces_learn(w.vocab, &(attn_pieces_options){sizeof(attn_pieces_options), 20, 0}, &w.pieces));
    ck_assert_int_eq(attn_vocab_size(w.vocab), IDS);
    make_layers();
    make_classifiers();
    write_files();
    OK(attn_params_zero_grad(w.params));
    w.model = toy_make(&w.toy, BATCH, TIME, w.lengths, x, &w.model);
    w.model.copies = 5;
}

static void world_destroy(void)
{
    static const char *const files[] = {"vectors", "binary", "model", "vocab"};
    attn_file_close(&w.file);
    attn_probe_destroy(&w.probe);
    attn_reading_destroy(&w.reading);
    attn_classifier_destroy(&w.classifier);
    attn_candidates_destroy(&w.candidates);
    attn_ngrams_destroy(&w.ngrams);
    attn_ngrams_builder_destroy(&w.grams);
    attn_dense_destroy(&w.dense);
    attn_attngru_destroy(&w.attngru);
    attn_attention_memory_destroy(&w.memory);
    attn_attention_destroy(&w.asking);
    attn_attention_destroy(&w.attention);
    attn_gru_packed_destroy(&w.stream);
    attn_gru_packed_destroy(&w.pair);
    attn_gru_packed_destroy(&w.packed);
    attn_gru_destroy(&w.single);
    attn_gru_destroy(&w.gru);
    attn_embedding_destroy(&w.embedding);
    attn_pieces_destroy(&w.pieces);
    attn_vocab_destroy(&w.vocab);
    attn_vocab_builder_destroy(&w.builder);
    attn_tokens_destroy(&w.tokens);
    attn_adam_destroy(&w.averaging);
    attn_adam_destroy(&w.adam);
    attn_tape_destroy(&w.tape);
    attn_params_destroy(&w.unsealed);
    attn_params_destroy(&w.params);
    attn_context_destroy(&w.context);
    ck_assert_int_eq(atomic_load(&w.hook.memory.blocks), 0);
    ck_assert_int_eq(w.hook.from_elsewhere, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(unit_path(files[i]));
    unit_folder_remove(NULL); /* nothing else was left there */
    free(w.text);
    free(w.saved);
}

/* ---- what it holds ------------------------------------------------------------------------------------------ */

/* A sum of all bytes in order (FNV-1a). */
static uint64_t sum_bytes(uint64_t sum, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t sum_file(uint64_t sum, const char *name)
{
    size_t size;
    char *bytes = unit_file_read(unit_path(name), &size);
    sum = sum_bytes(sum, bytes, size);
    free(bytes);
    return sum;
}

typedef struct holds {
    int64_t tensors, depth;
    uint64_t values, gradients, counted, steps, files;
} holds;

static holds look(void)
{
    const int64_t size = attn_params_size(w.params);
    holds seen = {.tensors = attn_params_count(w.params), .depth = attn_tape_depth(w.tape)};
    attn_vocab *vocab;
    seen.values = sum_bytes(1, attn_params_values(w.params), (size_t)size * sizeof(float));
    seen.gradients = sum_bytes(1, attn_params_gradients(w.params), (size_t)size * sizeof(float));
    OK(attn_vocab_create(w.builder, NULL, &vocab));
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++) {
        const int64_t frequency = attn_vocab_frequency(vocab, id);
        seen.counted = sum_bytes(seen.counted, &frequency, sizeof frequency);
    }
    attn_vocab_destroy(&vocab);
    seen.steps = (uint64_t)attn_adam_steps(w.adam);
    seen.files = sum_file(sum_file(1, "model"), "vocab");
    return seen;
}

#endif
