/* corpus.c - from text to ids: count the words, then look them up; of prepared reviews their numbers. */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/malformed.h"
#include "prepared.h"

#define MOST_WORDS ((int64_t)1 << 22) /* that are counted of prepared reviews: some 300 MB */

/* How often each word of a piece stands in its reviews, and then into the builder. */
struct piece_counts {
    const struct piece *piece; /* NULL: none yet */
    int64_t counts[PIECE_WORDS];
};

static void end_piece(struct piece_counts *counted, attn_vocab_builder *builder)
{
    const struct piece *piece = counted->piece;
    const char **words = allocate(piece ? piece->word_count : 0, sizeof *words);
    if (piece)
        prepared_words(piece, words);
    for (int64_t i = 0; piece && i < piece->word_count; i++) {
        if (counted->counts[i])
            must_read(attn_vocab_builder_add_token(builder, words[i], counted->counts[i]));
    }
    memset(counted->counts, 0, sizeof counted->counts);
    free(words);
}

static int64_t count_prepared(const struct prepared *prepared, int64_t review, struct piece_counts *counted,
                              attn_vocab_builder *builder)
{
    const struct piece *piece = prepared_piece(prepared, review);
    int64_t first;
    const int64_t tokens = prepared_tokens(piece, review, &first);
    if (piece != counted->piece) {
        end_piece(counted, builder);
        prepared_forget(prepared);
        counted->piece = piece;
    }
    uint16_t numbers[256];
    for (int64_t at = 0, some; at < tokens; at += some) {
        some = tokens - at < COUNT(numbers) ? tokens - at : COUNT(numbers);
        prepared_read(prepared, piece, first + at, some, numbers);
        for (int64_t i = 0; i < some; i++)
            counted->counts[numbers[i]]++;
    }
    return tokens;
}

attn_vocab *make_vocab(attn_context *context, const struct dataset *dataset, const int64_t *reviews,
                       int64_t count, int64_t max_size, int64_t min_count, int64_t *tokens)
{
    attn_tokens *list;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    int64_t total = 0;
    char *counts_too = allocate(dataset->count, 1);
    struct piece_counts *counted = allocate(1, sizeof *counted);
    must(attn_tokens_create(context, NULL, &list));
    attn_vocab_builder_options bound = ATTN_VOCAB_BUILDER_OPTIONS_INIT;
    bound.max_tokens = dataset->prepared ? MOST_WORDS : 0;
    must(attn_vocab_builder_create(context, &bound, &builder));
    for (int64_t i = 0; i < count; i++)
        counts_too[reviews[i]] = 1;
    for (int64_t i = 0; i < dataset->count; i++) { /* in the order in which they lie */
        const struct review *review = &dataset->reviews[i];
        if (counts_too[i] && review->number) {
            total += count_prepared(dataset->prepared, review->number - 1, counted, builder);
        } else if (counts_too[i]) {
            must(attn_tokens_set_text(list, review->text, review->size));
            must(attn_vocab_builder_add(builder, list));
            total += attn_tokens_count(list);
        }
    }
    end_piece(counted, builder);
    prepared_forget(dataset->prepared);
    attn_vocab_options options = {sizeof options, max_size, min_count, 0, NULL, list};
    must(attn_vocab_create(builder, &options, &vocab));
    if (attn_vocab_builder_missed(builder))
        fprintf(
            stderr,
            PROGRAM
            ": more than %s different words: the rarest were forgotten, and counts are up to %s too low\n",
            with_commas(MOST_WORDS), with_commas(attn_vocab_builder_missed(builder)));
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&list);
    free(counted);
    free(counts_too);
    if (tokens)
        *tokens = total;
    return vocab;
}

char *vocab_describe(const attn_vocab *vocab, int64_t min_count, int64_t tokens)
{
    int64_t known = 0;
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++)
        known += attn_vocab_frequency(vocab, id);
    return tokens ? print("vocabulary: %s words seen at least %lld times, %.1f %% of the %s running tokens",
                          with_commas(attn_vocab_size(vocab) - 2), (long long)min_count,
                          100.0 * (double)known / (double)tokens, with_commas(tokens))
                  : print("vocabulary: %s words", with_commas(attn_vocab_size(vocab) - 2));
}

/* The ids that the words of the pieces have in a vocabulary, whose tokens are to be those that were prepared. */
static int32_t **look_up(const struct prepared *prepared, const attn_vocab *vocab)
{
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    int32_t **ids = allocate(prepared->piece_count, sizeof *ids);
    const char **words = allocate(PIECE_WORDS, sizeof *words);
    must(attn_vocab_get_info(vocab, &info));
    if (info.keep_case || info.keep_accents || info.keep_contractions)
        fail(EXIT_BAD_INPUT,
             "%s: it was prepared without case, accents and contractions, which the model keeps; give it "
             "the texts themselves",
             prepared->path);
    for (int64_t k = 0; k < prepared->piece_count; k++) {
        const struct piece *piece = &prepared->pieces[k];
        ids[k] = allocate(piece->word_count, sizeof **ids);
        prepared_words(piece, words);
        for (int64_t i = 0; i < piece->word_count; i++)
            ids[k][i] = attn_vocab_id(vocab, words[i]);
    }
    free(words);
    return ids;
}

struct corpus corpus_make(const struct dataset *dataset, const attn_vocab *vocab, int64_t max_length)
{
    const struct prepared *prepared = dataset->prepared;
    const int64_t behind = prepared ? prepared->tokens : 0;
    int64_t count = dataset->count, used = 0, capacity = 0;
    struct corpus corpus = {.count = count,
                            .begins = allocate(count, sizeof(int64_t)),
                            .lengths = allocate(count, sizeof(int32_t)),
                            .labels = allocate(count, sizeof(int32_t)),
                            .prepared = prepared,
                            .words = prepared ? look_up(prepared, vocab) : NULL};
    attn_tokens *tokens;
    must(attn_vocab_tokens_create(vocab, &tokens));
    for (int64_t i = 0; i < count; i++) {
        const struct review *review = &dataset->reviews[i];
        const struct piece *piece = review->number ? prepared_piece(prepared, review->number - 1) : NULL;
        int64_t all, begin = behind + used, malformed;
        if (piece) {
            all = prepared_tokens(piece, review->number - 1, &begin);
            malformed = prepared_malformed(piece, review->number - 1);
        } else {
            must(attn_tokens_set_text(tokens, review->text, review->size));
            all = attn_tokens_count(tokens);
            malformed = attn_tokens_invalid(tokens);
        }
        int64_t length = max_length && all > max_length ? max_length : all;
        corpus.begins[i] = begin;
        corpus.lengths[i] = (int32_t)length;
        corpus.labels[i] = review->label;
        corpus.malformed += malformed;
        corpus.malformed_reviews += malformed > 0;
        if (piece)
            continue;
        corpus.ids = grow(corpus.ids, used + length, &capacity, sizeof *corpus.ids);
        must(attn_vocab_encode(vocab, tokens, length, corpus.ids + used, &length));
        used += length;
    }
    attn_tokens_destroy(&tokens);
    prepared_forget(prepared);
    prepared_scatter(prepared);
    return corpus;
}

void corpus_read(const struct corpus *corpus, int64_t begin, int64_t count, int32_t *ids)
{
    const struct prepared *prepared = corpus->prepared;
    const int64_t behind = prepared ? prepared->tokens : 0;
    if (count == 0) /* of empty reviews alone there is no array at all */
        return;
    if (begin >= behind) {
        memcpy(ids, corpus->ids + begin - behind, (size_t)count * sizeof *ids);
        return;
    }
    const struct piece *piece = prepared_piece_of_token(prepared, begin);
    const int32_t *words = corpus->words[piece - prepared->pieces];
    uint16_t numbers[256];
    for (int64_t at = 0, some; at < count; at += some) {
        some = count - at < COUNT(numbers) ? count - at : COUNT(numbers);
        prepared_read(prepared, piece, begin + at, some, numbers);
        for (int64_t i = 0; i < some; i++)
            ids[at + i] = words[numbers[i]];
    }
}

void corpus_announce(const struct corpus *corpus, int64_t begin, int64_t count)
{
    const struct prepared *prepared = corpus->prepared;
    if (prepared && count > 0 && begin < prepared->tokens)
        prepared_announce(prepared, prepared_piece_of_token(prepared, begin), begin, count);
}

void corpus_forget(const struct corpus *corpus)
{
    prepared_forget(corpus->prepared);
}

void corpus_free(struct corpus *corpus)
{
    for (int64_t k = 0; corpus->prepared && k < corpus->prepared->piece_count; k++)
        free(corpus->words[k]);
    free(corpus->words);
    free(corpus->begins);
    free(corpus->lengths);
    free(corpus->labels);
    free(corpus->ids);
    free(corpus->targets);
}

void corpus_warn(const struct corpus *corpus)
{
    malformed_warn(&(struct malformed){.sequences = corpus->malformed, .texts = corpus->malformed_reviews},
                   "reviews");
}
