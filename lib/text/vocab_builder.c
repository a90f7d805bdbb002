/* vocab_builder.c - counting tokens, and the vocabulary of what was counted. */
#include <inttypes.h>
#include <string.h>

#include "core/sort.h"
#include "text/vocab.h"

struct attn_vocab_builder {
    attni_words words;
    int32_t tokens_known;
    attn_tokens_options tokens; /* of those that were added */
};

attn_status attn_vocab_builder_create(attn_context *context, attn_vocab_builder **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_vocab_builder *builder = attni_alloc_zero(context, sizeof *builder);
    if (builder == NULL)
        return attni_no_memory(__func__, sizeof *builder);
    builder->words.context = attni_context_retain(context);
    *out = builder;
    return ATTN_OK;
}

void attn_vocab_builder_destroy(attn_vocab_builder **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_context *context = (*out)->words.context;
    attni_words_clear(&(*out)->words);
    attni_free(context, *out);
    attni_context_release(context);
    *out = NULL;
}

/* The token's number, with a count of 0 where it is new; -1: it is not counted. */
static attn_status number_of(attn_vocab_builder *builder, const char *function, const char *token,
                             int32_t *number)
{
    *number = -1;
    if (attni_vocab_is_reserved(token))
        return ATTN_OK;
    return attni_words_add(&builder->words, function, token, strlen(token), number);
}

static void count_up(attn_vocab_builder *builder, int32_t number, int64_t count)
{
    if (number < 0)
        return;
    int64_t *total = &attni_words_entry(&builder->words, number)->count;
    *total = count > INT64_MAX - *total ? INT64_MAX : *total + count;
}

/* Words that are counted 0 times are in no vocabulary: a failure among the look-ups leaves the builder as it was. */
static attn_status add_all(attn_vocab_builder *builder, const char *function, const attn_tokens *tokens,
                           int32_t *numbers)
{
    for (int64_t i = 0; i < tokens->count; i++) {
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        ATTNI_TRY(number_of(builder, function, attn_tokens_get(tokens, i), &numbers[i]));
    }
    for (int64_t i = 0; i < tokens->count; i++)
        count_up(builder, numbers[i], 1);
    builder->tokens_known = 1;
    builder->tokens = tokens->options;
    return ATTN_OK;
}

attn_status attn_vocab_builder_add(attn_vocab_builder *builder, const attn_tokens *tokens)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->words.context);
    ATTNI_REQUIRE_PTR(tokens);
    if (builder->tokens_known)
        ATTNI_TRY(attni_vocab_check_tokens(__func__, &builder->tokens, &tokens->options));
    attn_context *context = builder->words.context;
    const size_t bytes = (size_t)tokens->count * sizeof(int32_t);
    int32_t *numbers = attni_alloc(context, bytes);
    attn_status status =
        numbers ? add_all(builder, __func__, tokens, numbers) : attni_no_memory(__func__, bytes);
    attni_free(context, numbers);
    return status;
}

attn_status attn_vocab_builder_add_token(attn_vocab_builder *builder, const char *token, int64_t count)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->words.context);
    ATTNI_REQUIRE_PTR(token);
    ATTNI_TRY(attni_vocab_check_token(__func__, token));
    ATTNI_REQUIRE(count >= 0, "%s: count is %" PRId64 "; expected 0 or more", __func__, count);
    int32_t number;
    ATTNI_TRY(number_of(builder, __func__, token, &number));
    count_up(builder, number, count);
    return ATTN_OK;
}

/* ---- the vocabulary -------------------------------------------------------------------------------------- */

static bool ranks_before(const void *keys, int32_t p, int32_t q)
{
    const attni_words *words = keys;
    const int64_t first = attni_words_entry(words, p)->count, second = attni_words_entry(words, q)->count;
    if (first != second)
        return first > second;
    return strcmp(attni_words_text(words, p), attni_words_text(words, q)) < 0;
}

/* ranks[words->count], twice: the words that were counted often enough, most frequent first; special ones are in the vocabulary
 * already. */
static attn_status rank(const attni_words *words, const attn_vocab *vocab, int64_t min_count, int32_t *ranks,
                        int64_t *count)
{
    *count = 0;
    for (int32_t i = 0; i < words->count; i++) {
        const attni_word *word = attni_words_entry(words, i);
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        if (word->count >= min_count && attni_vocab_find(vocab, attni_words_text(words, i), word->length) < 0)
            ranks[(*count)++] = i;
    }
    attni_sort(*count, ranks, ranks + words->count, ranks_before, words);
    return attni_go_on();
}

/* The most frequent words into the vocabulary, up to `max_size` ids in all where that is not 0. */
static attn_status add_most_frequent(attn_vocab *vocab, const char *function, const attni_words *words,
                                     const attn_vocab_options *options, int32_t *ranks)
{
    int64_t count;
    ATTNI_TRY(rank(words, vocab, options->min_count ? options->min_count : 1, ranks, &count));
    if (options->max_size && count > options->max_size - vocab->words.count)
        count = options->max_size - vocab->words.count;
    for (int64_t i = 0; i < count; i++) {
        const attni_word *word = attni_words_entry(words, ranks[i]);
        int32_t id;
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        ATTNI_TRY(
            attni_words_add(&vocab->words, function, attni_words_text(words, ranks[i]), word->length, &id));
        attni_words_entry(&vocab->words, id)->count = word->count;
    }
    return ATTN_OK;
}

static attn_status add_ranked(attn_vocab *vocab, const char *function, const attni_words *words,
                              const attn_vocab_options *options)
{
    size_t bytes = 2 * (size_t)words->count * sizeof(int32_t);
    int32_t *ranks = attni_alloc(words->context, bytes);
    if (ranks == NULL)
        return attni_no_memory(function, bytes);
    attn_status status = add_most_frequent(vocab, function, words, options, ranks);
    attni_free(words->context, ranks);
    return status;
}

attn_status attn_vocab_create(const attn_vocab_builder *builder, const attn_vocab_options *options,
                              attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->words.context);
    attn_vocab_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    if (builder->tokens_known && chosen.tokens)
        ATTNI_TRY(attni_vocab_check_tokens(__func__, &builder->tokens, &chosen.tokens->options));
    attn_vocab *vocab;
    ATTNI_TRY(attni_vocab_start(builder->words.context, __func__, &chosen, &vocab));
    vocab->tokens_known = builder->tokens_known || chosen.tokens;
    if (vocab->tokens_known)
        vocab->tokens = chosen.tokens ? chosen.tokens->options : builder->tokens;
    attn_status status = add_ranked(vocab, __func__, &builder->words, &chosen);
    if (status != ATTN_OK)
        attn_vocab_destroy(&vocab);
    *out = vocab;
    return status;
}
