/* batch.c - captions as ids, pictures as regions. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

/* Call `use` with each word of a caption; returns their number. */
static int64_t each_word(const char *caption, void (*use)(void *user, int64_t at, const char *word),
                         void *user)
{
    char copy[CAPTION_BYTES], *rest = NULL;
    strcpy(copy, caption);
    int64_t count = 0;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        use(user, count++, word);
    return count;
}

static void count_word(void *user, int64_t at, const char *word)
{
    (void)at;
    must(attn_vocab_builder_add_token(user, word, 1));
}

attn_vocab *words_of(attn_context *context, const struct examples *examples)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    struct example *example = allocate(1, sizeof *example);
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < examples->count; i++) {
        examples_get(examples, i, example);
        each_word(example->caption, count_word, builder);
    }
    static const char *const special[] = {BEGIN};
    attn_vocab_options options = {sizeof options, 0, 0, COUNT(special), special, NULL};
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    free(example);
    return vocab;
}

static void make_room(struct batch *batch, int64_t rows)
{
    if (rows <= batch->capacity)
        return;
    batch_free(batch);
    batch->regions = allocate(rows * REGIONS * REGION_DIM, sizeof *batch->regions);
    batch->before = allocate(rows * MAX_WORDS, sizeof *batch->before);
    batch->words = allocate(rows * MAX_WORDS, sizeof *batch->words);
    batch->lengths = allocate(rows, sizeof *batch->lengths);
    batch->examples = allocate(rows, sizeof *batch->examples);
    batch->capacity = rows;
}

/* Lay out captions[rows, MAX_WORDS] of those lengths. */
static void set_words(struct batch *batch, const attn_vocab *vocab, const int32_t *captions)
{
    batch->time = 0;
    for (int64_t b = 0; b < batch->rows; b++)
        batch->time = batch->lengths[b] > batch->time ? batch->lengths[b] : batch->time;
    for (int64_t b = 0; b < batch->rows; b++) {
        int32_t word = attn_vocab_id(vocab, BEGIN);
        for (int64_t t = 0; t < batch->time; t++) {
            batch->before[b * batch->time + t] = word;
            word = t < batch->lengths[b] ? captions[b * MAX_WORDS + t] : ATTN_PAD_ID;
            batch->words[b * batch->time + t] = word;
        }
    }
}

struct reading {
    const attn_vocab *vocab;
    int32_t *ids;
};

static void read_word(void *user, int64_t at, const char *word)
{
    struct reading *reading = user;
    reading->ids[at] = attn_vocab_id(reading->vocab, word);
}

void batch_fill(struct batch *batch, const attn_vocab *vocab, const struct examples *examples,
                const int64_t *indices, int64_t rows)
{
    make_room(batch, rows);
    batch->rows = rows;
    int32_t *captions = allocate(rows * MAX_WORDS, sizeof *captions);
    for (int64_t b = 0; b < rows; b++) {
        struct example *example = &batch->examples[b];
        examples_get(examples, indices[b], example);
        regions_cut(example->pixels, batch->regions + b * REGIONS * REGION_DIM);
        struct reading reading = {vocab, captions + b * MAX_WORDS};
        batch->lengths[b] = (int32_t)each_word(example->caption, read_word, &reading);
    }
    set_words(batch, vocab, captions);
    free(captions);
}

void batch_say(struct batch *batch, const attn_vocab *vocab, const int32_t *tokens, const int32_t *lengths)
{
    int32_t *captions = allocate(batch->rows * MAX_WORDS, sizeof *captions);
    for (int64_t b = 0; b < batch->rows; b++) {
        memcpy(captions + b * MAX_WORDS, tokens + b * MAX_WORDS, (size_t)lengths[b] * sizeof *captions);
        if (lengths[b] < MAX_WORDS)
            captions[b * MAX_WORDS + lengths[b]] = attn_vocab_id(vocab, END);
        batch->lengths[b] = lengths[b] < MAX_WORDS ? lengths[b] + 1 : MAX_WORDS;
    }
    set_words(batch, vocab, captions);
    free(captions);
}

void batch_free(struct batch *batch)
{
    free(batch->regions);
    free(batch->before);
    free(batch->words);
    free(batch->lengths);
    free(batch->examples);
    *batch = (struct batch){0};
}
