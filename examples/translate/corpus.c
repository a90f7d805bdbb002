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

/* ---- pieces ---- */

static void split_words_of(const struct languages *languages, const struct words *words, struct words *pieces)
{
    struct text piece = {0};
    words_clear(pieces);
    for (int64_t i = 0; i < words->count; i++) {
        const char *word = words_get(words, i);
        const int64_t size = (int64_t)strlen(word);
        int64_t *ends = allocate(size, sizeof *ends), count, begin = 0;
        must(attn_pieces_split(languages->pieces, word, (size_t)size, size, ends, &count));
        for (int64_t k = 0; k < count; begin = ends[k++]) {
            piece.size = 0;
            text_append(&piece, word + begin, (size_t)(ends[k] - begin));
            if (k + 1 < count)
                text_append(&piece, ATTN_PIECE_MARK, strlen(ATTN_PIECE_MARK));
            words_add(pieces, piece.bytes, (size_t)piece.size);
        }
        free(ends);
    }
    free(piece.bytes);
}

const struct words *tokens_of(struct languages *languages, bool target, const char *text, size_t size)
{
    if (target)
        split_target(languages->task, text, size, &languages->words);
    else
        split_source(languages->task, languages->tokens, text, size, &languages->words);
    if (languages->pieces == NULL)
        return &languages->words;
    split_words_of(languages, &languages->words, &languages->parts);
    return &languages->parts;
}

void source_names(struct languages *languages, const char *text, size_t size, struct words *names)
{
    const struct words *tokens = tokens_of(languages, false, text, size);
    const bool folded = languages->task == TASK_SENTENCES && languages->pieces == NULL;
    const int64_t *begins = attn_tokens_begins(languages->tokens),
                  *ends = attn_tokens_ends(languages->tokens);
    words_clear(names);
    for (int64_t i = 0; i < tokens->count; i++) {
        if (folded)
            words_add(names, text + begins[i], (size_t)(ends[i] - begins[i]));
        else
            words_add(names, words_get(tokens, i), strlen(words_get(tokens, i)));
    }
}

static const char *copied(const struct copying *copying, int64_t t)
{
    const float *weights = copying->weights + t * copying->stride;
    int64_t peak = 0;
    for (int64_t j = 1; j < copying->names->count; j++)
        peak = weights[j] > weights[peak] ? j : peak;
    return words_get(copying->names, peak);
}

void target_tokens(const struct languages *languages, const int32_t *ids, int64_t count,
                   const struct copying *copying, struct words *tokens)
{
    words_clear(tokens);
    for (int64_t t = 0; t < count; t++) {
        const bool copies = copying && copying->names->count && ids[t] == ATTN_UNK_ID;
        const char *token = copies ? copied(copying, t) : attn_vocab_token(languages->target, ids[t]);
        words_add(tokens, token, strlen(token));
    }
}

bool goes_on(const struct languages *languages, const char *token)
{
    const size_t mark = strlen(ATTN_PIECE_MARK), size = strlen(token);
    return languages->pieces && size > mark && strcmp(token + size - mark, ATTN_PIECE_MARK) == 0;
}

void target_words(const struct languages *languages, const struct words *tokens, struct words *words)
{
    struct text word = {0};
    words_clear(words);
    for (int64_t t = 0; t < tokens->count; t++) {
        const char *token = words_get(tokens, t);
        const bool more = goes_on(languages, token);
        text_append(&word, token, strlen(token) - (more ? strlen(ATTN_PIECE_MARK) : 0));
        if (more && t + 1 < tokens->count)
            continue;
        words_add(words, word.bytes, (size_t)word.size);
        word.size = 0;
    }
    free(word.bytes);
}

/* ---- vocabularies ---- */

/* Of the words of both sides, counted together: what both write alike is split alike. */
static attn_pieces *learn_pieces(attn_context *context, struct languages *languages,
                                 const struct pairs *pairs, int64_t joins)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    attn_pieces *pieces;
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < pairs->count; i++) {
        count_words(builder,
                    tokens_of(languages, false, pairs->items[i].source, strlen(pairs->items[i].source)));
        count_words(builder,
                    tokens_of(languages, true, pairs->items[i].target, strlen(pairs->items[i].target)));
    }
    must(attn_vocab_create(builder, NULL, &vocab));
    must(attn_pieces_learn(vocab, &(attn_pieces_options){sizeof(attn_pieces_options), joins, 0}, &pieces));
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    return pieces;
}

struct languages languages_make(attn_context *context, const struct config *config, const struct pairs *pairs)
{
    struct languages languages = {.task = config->task};
    attn_vocab_builder *source, *target;
    must(attn_tokens_create(context, NULL, &languages.tokens));
    if (config->pieces)
        languages.pieces = learn_pieces(context, &languages, pairs, config->pieces);
    must(attn_vocab_builder_create(context, NULL, &source));
    must(attn_vocab_builder_create(context, NULL, &target));
    for (int64_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        count_words(source, tokens_of(&languages, false, pair->source, strlen(pair->source)));
        count_words(target, tokens_of(&languages, true, pair->target, strlen(pair->target)));
    }
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.min_count = config->min_count;
    options.tokens = config->task == TASK_SENTENCES ? languages.tokens : NULL;
    must(attn_vocab_create(source, &options, &languages.source));
    languages.target = create_target(target, config->min_count);
    attn_vocab_builder_destroy(&source);
    attn_vocab_builder_destroy(&target);
    return languages;
}

void languages_free(struct languages *languages)
{
    attn_vocab_destroy(&languages->source);
    attn_vocab_destroy(&languages->target);
    attn_pieces_destroy(&languages->pieces);
    attn_tokens_destroy(&languages->tokens);
    words_free(&languages->words);
    words_free(&languages->parts);
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
        side_add(&corpus.source, i, languages->source,
                 tokens_of(languages, false, pair->source, strlen(pair->source)));
        side_add(&corpus.target, i, languages->target,
                 tokens_of(languages, true, pair->target, strlen(pair->target)));
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
