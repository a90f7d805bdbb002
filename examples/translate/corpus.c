/* corpus.c - vocabularies, and from texts to ids. */
#include "corpus.h"

#include <stdlib.h>
#include <string.h>

/* ---- vocabularies ---- */

static void count_words(attn_vocab_builder *builder, const struct words *words)
{
    for (int64_t i = 0; i < words->count; i++)
        must(attn_vocab_builder_add_token(builder, words_get(words, i), 1));
}

static attn_vocab *create_target(const attn_vocab_builder *builder, int64_t min_count)
{
    static const char *const special[] = {[BOUNDARY_ID - ATTN_UNK_ID - 1] = BOUNDARY};
    attn_vocab_options options = {sizeof options, 0, min_count, COUNT(special), special, NULL};
    attn_vocab *vocab;
    must(attn_vocab_create(builder, &options, &vocab));
    return vocab;
}

struct languages languages_make(attn_context *context, int64_t task, const struct pairs *pairs,
                                int64_t min_count)
{
    struct languages languages = {.task = task};
    attn_vocab_builder *source, *target;
    must(attn_tokens_create(context, NULL, &languages.tokens));
    must(attn_vocab_builder_create(context, &source));
    must(attn_vocab_builder_create(context, &target));
    for (int64_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        split_source(task, languages.tokens, pair->source, strlen(pair->source), &languages.words);
        count_words(source, &languages.words);
        split_target(task, pair->target, strlen(pair->target), &languages.words);
        count_words(target, &languages.words);
    }
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.min_count = min_count;
    options.tokens = task == TASK_SENTENCES ? languages.tokens : NULL;
    must(attn_vocab_create(source, &options, &languages.source));
    languages.target = create_target(target, min_count);
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

/* ---- ids ---- */

static void side_add(struct side *side, int64_t index, const attn_vocab *vocab, const struct words *words)
{
    side->ids = grow(side->ids, side->size + words->count, &side->capacity, sizeof *side->ids);
    side->begins[index] = side->size;
    side->lengths[index] = (int32_t)words->count;
    for (int64_t t = 0; t < words->count; t++)
        side->ids[side->size++] = attn_vocab_id(vocab, words_get(words, t));
}

void target_words(const struct languages *languages, const int32_t *ids, int64_t count, struct words *words)
{
    words_clear(words);
    for (int64_t t = 0; t < count; t++) {
        const char *token = attn_vocab_token(languages->target, ids[t]);
        words_add(words, token, strlen(token));
    }
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
