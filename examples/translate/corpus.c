/* corpus.c - from texts to ids, to batches. */
#include "corpus.h"

#include <stdlib.h>
#include <string.h>

/* ---- vocabularies ---- */

static void count_words(attn_vocab_builder *builder, const struct words *words)
{
    for (int64_t i = 0; i < words->count; i++)
        must(attn_vocab_builder_add_token(builder, words_get(words, i), 1));
}

struct languages languages_make(attn_context *context, int64_t task, const struct pairs *pairs,
                                int64_t min_count)
{
    struct languages languages = {.task = task};
    attn_vocab_builder *source, *target;
    must(attn_tokens_create(context, &languages.tokens));
    must(attn_vocab_builder_create(context, &source));
    must(attn_vocab_builder_create(context, &target));
    for (int64_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        split_source(task, languages.tokens, pair->source, strlen(pair->source), &languages.words);
        count_words(source, &languages.words);
        split_target(task, pair->target, strlen(pair->target), &languages.words);
        count_words(target, &languages.words);
    }
    must(attn_vocab_create(source, 0, min_count, &languages.source));
    must(attn_vocab_create(target, 0, min_count, &languages.target));
    attn_vocab_builder_destroy(&source);
    attn_vocab_builder_destroy(&target);
    return languages;
}

void languages_free(struct languages *languages)
{
    attn_vocab_destroy(&languages->source);
    attn_vocab_destroy(&languages->target);
    attn_tokens_destroy(&languages->tokens);
    words_free(&languages->words);
}

json_t *vocab_json(const attn_vocab *vocab)
{
    json_t *json = json_object();
    for (int32_t id = ATTN_UNK_ID + 1; id < attn_vocab_size(vocab); id++)
        json_object_set_new(json, attn_vocab_token(vocab, id), json_integer(attn_vocab_count(vocab, id)));
    return json;
}

attn_vocab *vocab_read(attn_context *context, const char *path, const json_t *json)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    const char *token;
    json_t *count;
    if (!json_is_object(json))
        fail(EXIT_BAD_INPUT,
             "%s: it holds no target vocabulary; expected a model that " PROGRAM " train wrote", path);
    must(attn_vocab_builder_create(context, &builder));
    json_object_foreach((json_t *)json, token, count)
        must_read(attn_vocab_builder_add_token(builder, token, json_integer_value(count)));
    must(attn_vocab_create(builder, 0, 1,
                           &vocab)); /* falling counts, equal ones by bytes: the ids are the same */
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* ---- ids ---- */

static void side_add(struct side *side, int64_t index, const attn_vocab *vocab, const struct words *words)
{
    side->ids = grow(side->ids, side->size + words->count, &side->capacity, sizeof *side->ids);
    side->begins[index] = side->size;
    side->lengths[index] = (int32_t)words->count;
    for (int64_t t = 0; t < words->count; t++)
        side->ids[side->size++] = attn_vocab_id(vocab, words_get(words, t));
}

struct corpus corpus_make(struct languages *languages, const struct pairs *pairs)
{
    struct corpus corpus = {.count = pairs->count};
    struct side *sides[] = {&corpus.source, &corpus.target};
    for (int64_t i = 0; i < COUNT(sides); i++) {
        sides[i]->begins = allocate(pairs->count, sizeof *sides[i]->begins);
        sides[i]->lengths = allocate(pairs->count, sizeof *sides[i]->lengths);
    }
    for (int64_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        split_source(languages->task, languages->tokens, pair->source, strlen(pair->source),
                     &languages->words);
        side_add(&corpus.source, i, languages->source, &languages->words);
        split_target(languages->task, pair->target, strlen(pair->target), &languages->words);
        side_add(&corpus.target, i, languages->target, &languages->words);
    }
    return corpus;
}

void corpus_free(struct corpus *corpus)
{
    struct side *sides[] = {&corpus->source, &corpus->target};
    for (int64_t i = 0; i < COUNT(sides); i++) {
        free(sides[i]->ids);
        free(sides[i]->begins);
        free(sides[i]->lengths);
    }
}

/* ---- batches ---- */

static int64_t longest(const int32_t *lengths, int64_t rows)
{
    int64_t most = 0;
    for (int64_t b = 0; b < rows; b++)
        most = lengths[b] > most ? lengths[b] : most;
    return most;
}

/* Room for the targets that target_lengths tells, and their begins. */
static void make_targets(struct batch *batch)
{
    batch->steps = longest(batch->target_lengths, batch->rows);
    int64_t size = batch->rows * batch->steps;
    batch->target = grow(batch->target, size, &batch->target_capacity, sizeof *batch->target);
    batch->labels = grow(batch->labels, size, &batch->labels_capacity, sizeof *batch->labels);
    for (int64_t i = 0; i < size; i++)
        batch->target[i] = ATTN_PAD_ID;
    batch->tokens = 0;
}

static void set_target(struct batch *batch, int64_t row, const int32_t *ids)
{
    int64_t length = batch->target_lengths[row] - 1;
    memcpy(batch->target + row * batch->steps + 1, ids, (size_t)length * sizeof *ids);
    memcpy(batch->labels + batch->tokens, ids, (size_t)length * sizeof *ids);
    batch->labels[batch->tokens + length] = ATTN_PAD_ID;
    batch->tokens += length + 1;
}

void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *items, int64_t rows)
{
    const struct side *source = &corpus->source, *target = &corpus->target;
    batch->rows = rows;
    batch->source_lengths =
        grow(batch->source_lengths, rows, &batch->rows_capacity[0], sizeof *batch->source_lengths);
    batch->target_lengths =
        grow(batch->target_lengths, rows, &batch->rows_capacity[1], sizeof *batch->target_lengths);
    for (int64_t b = 0; b < rows; b++) {
        batch->source_lengths[b] = source->lengths[items[b]];
        batch->target_lengths[b] = target->lengths[items[b]] + 1;
    }
    batch->items = longest(batch->source_lengths, rows);
    batch->items += batch->items == 0; /* all of them empty */
    batch->source = grow(batch->source, rows * batch->items, &batch->source_capacity, sizeof *batch->source);
    make_targets(batch);
    for (int64_t b = 0; b < rows; b++) {
        int32_t *row = batch->source + b * batch->items;
        memcpy(row, source->ids + source->begins[items[b]], (size_t)batch->source_lengths[b] * sizeof *row);
        for (int64_t j = batch->source_lengths[b]; j < batch->items; j++)
            row[j] = ATTN_PAD_ID;
        set_target(batch, b, target->ids + target->begins[items[b]]);
    }
}

void batch_set_targets(struct batch *batch, int64_t length, const int32_t *ids, const int32_t *lengths)
{
    for (int64_t b = 0; b < batch->rows; b++)
        batch->target_lengths[b] = lengths[b] + 1;
    make_targets(batch);
    for (int64_t b = 0; b < batch->rows; b++)
        set_target(batch, b, ids + b * length);
}

void batch_free(struct batch *batch)
{
    free(batch->source);
    free(batch->target);
    free(batch->labels);
    free(batch->source_lengths);
    free(batch->target_lengths);
}
