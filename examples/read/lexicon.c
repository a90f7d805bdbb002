/* lexicon.c - pieces of words, and which words a model knows. */
#include "lexicon.h"

#include <stdlib.h>
#include <string.h>

#define SHORTEST 3 /* characters of a piece */
#define LONGEST 5
#define MOST_PIECES 48 /* of a word */

/* ---- pieces ---------------------------------------------------------------------------------------------- */

/* Append the word's pieces to list[*count ..). */
static int32_t *add_pieces(int32_t *list, int64_t *count, int64_t *capacity, const char *word, int64_t rows)
{
    char *marked = print("<%s>", word);
    const size_t size = strlen(marked);
    int64_t left = MOST_PIECES;
    for (size_t begin = 0; begin < size;) {
        size_t end = begin;
        for (int64_t characters = 1; end < size && characters <= LONGEST; characters++) {
            const size_t taken = utf8_length(marked + end, size - end);
            end += taken ? taken : 1;
            if (characters < SHORTEST || left == 0)
                continue;
            const uint64_t hash = hash_bytes(HASH_START, marked + begin, end - begin);
            list = grow(list, *count + 1, capacity, sizeof *list);
            list[(*count)++] = 1 + (int32_t)(hash % (uint64_t)(rows - 1));
            left--;
        }
        const size_t taken = utf8_length(marked + begin, size - begin);
        begin += taken ? taken : 1;
    }
    free(marked);
    return list;
}

struct lexicon lexicon_create(const struct articles *articles, const attn_vocab *vocab, int64_t rows)
{
    const int64_t types = attn_vocab_size(articles->types);
    struct lexicon lexicon = {.ids = allocate(types, sizeof *lexicon.ids),
                              .first = allocate(types + 1, sizeof *lexicon.first)};
    int64_t count = 0, capacity = 0;
    for (int64_t i = 0; i < types; i++) {
        const char *word = attn_vocab_token(articles->types, (int32_t)i);
        lexicon.ids[i] = i <= ATTN_UNK_ID ? (int32_t)i : attn_vocab_id(vocab, word);
        if (i != ATTN_PAD_ID) /* padding is spelt by nothing */
            lexicon.pieces = add_pieces(lexicon.pieces, &count, &capacity, word, rows);
        lexicon.first[i + 1] = count;
    }
    return lexicon;
}

void lexicon_free(struct lexicon *lexicon)
{
    free(lexicon->ids);
    free(lexicon->first);
    free(lexicon->pieces);
}

/* ---- the vocabulary -------------------------------------------------------------------------------------- */

static void count_words(const struct articles *articles, int64_t first, int64_t count, int64_t *counts)
{
    for (int64_t i = first; i < first + count; i++)
        counts[articles->words[i].type]++;
}

/* Of the types that were counted, and of those that `found` names where it is not NULL. */
static attn_vocab *vocab_of(attn_context *context, const struct articles *articles, const int64_t *counts,
                            const attn_vocab *candidates, const uint8_t *found, int64_t most)
{
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.tokens = articles->tokens;
    options.max_size = most ? most + ATTN_UNK_ID + 1 : 0;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = ATTN_UNK_ID + 1; i < attn_vocab_size(articles->types); i++) {
        const char *word = attn_vocab_token(articles->types, (int32_t)i);
        if (counts[i] && (found == NULL || found[attn_vocab_id(candidates, word)]))
            must(attn_vocab_builder_add_token(builder, word, counts[i]));
    }
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* The rows of a file for the vocabulary, and a vocabulary of those that it has. */
static attn_vocab *read_vectors(attn_context *context, const struct articles *articles, const int64_t *counts,
                                int64_t most, attn_vocab *candidates, const char *path, int64_t dim,
                                float **table)
{
    const int64_t rows = attn_vocab_size(candidates);
    float *read = allocate(rows * dim, sizeof *read);
    uint8_t *found = allocate(rows, 1);
    must_read(attn_vectors_read(context, candidates, dim, path, ATTN_VECTORS_AUTO, read, found, NULL));
    found[ATTN_PAD_ID] = found[ATTN_UNK_ID] = 0;
    attn_vocab *vocab = vocab_of(context, articles, counts, candidates, found, most);
    *table = allocate(attn_vocab_size(vocab) * dim, sizeof **table);
    for (int64_t i = ATTN_UNK_ID + 1; i < attn_vocab_size(vocab); i++) {
        const int32_t row = attn_vocab_id(candidates, attn_vocab_token(vocab, (int32_t)i));
        memcpy(*table + i * dim, read + row * dim, (size_t)dim * sizeof *read);
    }
    free(read);
    free(found);
    return vocab;
}

attn_vocab *vocab_create(attn_context *context, const struct articles *articles, const int64_t *numbers,
                         int64_t count, int64_t most, const char *vectors, int64_t dim, float **table)
{
    int64_t *counts = allocate(attn_vocab_size(articles->types), sizeof *counts), last = -1;
    for (int64_t i = 0; i < count; i++) {
        const struct question *question = &articles->questions[numbers[i]];
        const struct passage *passage = &articles->passages[question->passage];
        count_words(articles, question->first, question->count, counts);
        if (question->passage != last) /* questions about a passage stand together */
            count_words(articles, passage->first, passage->count, counts);
        last = question->passage;
    }
    attn_vocab *vocab = vocab_of(context, articles, counts, NULL, NULL, vectors ? 0 : most);
    if (vectors) {
        attn_vocab *candidates = vocab;
        vocab = read_vectors(context, articles, counts, most, candidates, vectors, dim, table);
        attn_vocab_destroy(&candidates);
    }
    free(counts);
    return vocab;
}
