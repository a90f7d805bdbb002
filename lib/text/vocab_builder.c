/* vocab_builder.c - counting tokens, and the vocabulary of what was counted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static attn_status add(attn_vocab_builder *builder, const char *function, const char *token, int64_t count)
{
    if (attni_vocab_is_reserved(token))
        return ATTN_OK;
    int32_t number;
    ATTNI_TRY(attni_words_add(&builder->words, function, token, strlen(token), &number));
    int64_t *total = &attni_words_entry(&builder->words, number)->count;
    *total = count > INT64_MAX - *total ? INT64_MAX : *total + count;
    return ATTN_OK;
}

attn_status attn_vocab_builder_add(attn_vocab_builder *builder, const attn_tokens *tokens)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->words.context);
    ATTNI_REQUIRE_PTR(tokens);
    if (builder->tokens_known)
        ATTNI_TRY(attni_vocab_check_tokens(__func__, &builder->tokens, &tokens->options));
    builder->tokens_known = 1;
    builder->tokens = tokens->options;
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++)
        ATTNI_TRY(add(builder, __func__, attn_tokens_get(tokens, i), 1));
    return ATTN_OK;
}

attn_status attn_vocab_builder_add_token(attn_vocab_builder *builder, const char *token, int64_t count)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->words.context);
    ATTNI_REQUIRE_PTR(token);
    ATTNI_TRY(attni_vocab_check_token(__func__, token));
    ATTNI_REQUIRE(count >= 0, "%s: count is %" PRId64 "; expected 0 or more", __func__, count);
    return add(builder, __func__, token, count);
}

/* ---- the vocabulary -------------------------------------------------------------------------------------- */

struct ranked {
    int64_t count;
    const char *token;
};

static int compare_ranks(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->token, b->token);
}

/* The tokens that were counted often enough, most frequent first; special ones are in the vocabulary already. */
static int64_t rank(const attni_words *words, const attn_vocab *vocab, int64_t min_count,
                    struct ranked *ranks)
{
    int64_t count = 0;
    for (int32_t i = 0; i < words->count; i++) {
        const attni_word *word = attni_words_entry(words, i);
        const char *token = attni_words_text(words, i);
        if (word->count >= min_count && attni_vocab_find(vocab, token, word->length) < 0)
            ranks[count++] = (struct ranked){word->count, token};
    }
    qsort(ranks, (size_t)count, sizeof *ranks, compare_ranks);
    return count;
}

/* The most frequent words into the vocabulary, up to `max_size` ids in all where that is not 0. */
static attn_status add_ranked(attn_vocab *vocab, const char *function, const attni_words *words,
                              const attn_vocab_options *options)
{
    size_t bytes = (size_t)words->count * sizeof(struct ranked);
    struct ranked *ranks = attni_alloc(words->context, bytes);
    if (ranks == NULL)
        return attni_no_memory(function, bytes);
    int64_t count = rank(words, vocab, options->min_count ? options->min_count : 1, ranks);
    if (options->max_size && count > options->max_size - vocab->words.count)
        count = options->max_size - vocab->words.count;
    attn_status status = ATTN_OK;
    for (int64_t i = 0; i < count && status == ATTN_OK; i++) {
        int32_t id;
        status = attni_words_add(&vocab->words, function, ranks[i].token, strlen(ranks[i].token), &id);
        if (status == ATTN_OK)
            attni_words_entry(&vocab->words, id)->count = ranks[i].count;
    }
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
