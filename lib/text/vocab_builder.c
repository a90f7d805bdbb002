/* vocab_builder.c - counting tokens, in bounded memory where asked for, and the vocabulary of what was counted.
 *
 * With a limit each word has, beside its count c since it came, what it may have missed before: b, the value of `missed` when it came.
 * Its true count f is between c and c + b (lossy counting, Manku and Motwani 2002). Where there are more words than the limit, `missed`
 * rises to the (K + 1)th largest c + b, K half the limit, and words with c + b <= missed go: f <= missed holds for whatever is not there.
 * Of the numbers m = c + b - missed the K + 1 largest each fall by what `missed` rises, all others stay at 0 or above, and a token
 * that is counted adds 1 to one of them: so missed (K + 1) <= n, the tokens counted in all (Misra and Gries 1982). */
#include <inttypes.h>
#include <string.h>

#include "core/sort.h"
#include "text/vocab.h"

struct attn_vocab_builder {
    attni_words words;
    int32_t tokens_known;
    attn_tokens_options tokens; /* of those that were added */
    int64_t limit, missed;      /* 0: none */
    attni_buffer before;        /* with a limit, int64_t [words.count]: what each may have missed */
};

attn_status attn_vocab_builder_create(attn_context *context, const attn_vocab_builder_options *options,
                                      attn_vocab_builder **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_vocab_builder_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.max_tokens == 0 || chosen.max_tokens >= 2,
                  "%s: max_tokens is %" PRId64 "; expected 0 (no limit), or 2 and more", __func__,
                  chosen.max_tokens);
    attn_vocab_builder *builder = attni_alloc_zero(context, sizeof *builder);
    if (builder == NULL)
        return attni_no_memory(__func__, sizeof *builder);
    builder->words.context = attni_context_retain(context);
    builder->limit = chosen.max_tokens;
    *out = builder;
    return ATTN_OK;
}

void attn_vocab_builder_destroy(attn_vocab_builder **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_context *context = (*out)->words.context;
    attni_words_clear(&(*out)->words);
    attni_buffer_clear(&(*out)->before, context);
    attni_free(context, *out);
    attni_context_release(context);
    *out = NULL;
}

/* ---- the limit ------------------------------------------------------------------------------------------- */

int64_t attn_vocab_builder_missed(const attn_vocab_builder *builder)
{
    return builder ? builder->missed : 0;
}

static int64_t add_up(int64_t a, int64_t b)
{
    return b > INT64_MAX - a ? INT64_MAX : a + b;
}

/* How often a word came at most. */
static int64_t at_most(const attn_vocab_builder *builder, int32_t number)
{
    return add_up(attni_words_entry(&builder->words, number)->count,
                  ((const int64_t *)builder->before.data)[number]);
}

static bool came_oftener(const void *keys, int32_t p, int32_t q)
{
    return at_most(keys, p) > at_most(keys, q);
}

/* What `missed` rises to. ranks[words.count], twice. */
static attn_status raise_missed(const attn_vocab_builder *builder, int32_t *ranks, int64_t *missed)
{
    const int32_t count = builder->words.count;
    for (int32_t i = 0; i < count; i++)
        ranks[i] = i;
    attni_sort(count, ranks, ranks + count, came_oftener, builder);
    ATTNI_TRY(attni_go_on());
    *missed = at_most(builder, ranks[builder->limit / 2]);
    return ATTN_OK;
}

/* Those words that came oftener than `missed` into a set of their own. */
static attn_status keep_frequent(const attn_vocab_builder *builder, const char *function, int64_t missed,
                                 attni_words *words, attni_buffer *before)
{
    for (int32_t i = 0; i < builder->words.count; i++) {
        const attni_word *word = attni_words_entry(&builder->words, i);
        int32_t number;
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        if (at_most(builder, i) <= missed)
            continue;
        ATTNI_TRY(attni_buffer_reserve(before, words->context, function, sizeof(int64_t)));
        ATTNI_TRY(
            attni_words_add(words, function, attni_words_text(&builder->words, i), word->length, &number));
        attni_words_entry(words, number)->count = word->count;
        ((int64_t *)before->data)[number] = ((const int64_t *)builder->before.data)[i];
        before->size += sizeof(int64_t);
    }
    return ATTN_OK;
}

/* Forget the rarest words; a failure leaves all. */
static attn_status forget_rarest(attn_vocab_builder *builder, const char *function)
{
    attn_context *context = builder->words.context;
    attni_words words = {.context = context};
    attni_buffer before = {NULL, 0, 0};
    int64_t missed = 0;
    const size_t bytes = 2 * (size_t)builder->words.count * sizeof(int32_t);
    int32_t *ranks = attni_alloc(context, bytes);
    if (ranks == NULL)
        return attni_no_memory(function, bytes);
    attn_status status = raise_missed(builder, ranks, &missed);
    attni_free(context, ranks);
    if (status == ATTN_OK)
        status = keep_frequent(builder, function, missed, &words, &before);
    if (status == ATTN_OK) {
        attni_words old_words = builder->words;
        attni_buffer old_before = builder->before;
        builder->words = words;
        builder->before = before;
        builder->missed = missed;
        words = old_words;
        before = old_before;
    }
    attni_words_clear(&words);
    attni_buffer_clear(&before, context);
    return status;
}

/* Before `coming` tokens are counted. */
static attn_status make_room(attn_vocab_builder *builder, const char *function, int64_t coming)
{
    if (builder->limit == 0)
        return ATTN_OK;
    if (builder->words.count > builder->limit)
        ATTNI_TRY(forget_rarest(builder, function));
    return attni_buffer_reserve(&builder->before, builder->words.context, function,
                                (size_t)coming * sizeof(int64_t));
}

/* ---- counting -------------------------------------------------------------------------------------------- */

/* The token's number, with a count of 0 where it is new; -1: it is not counted. */
static attn_status number_of(attn_vocab_builder *builder, const char *function, const char *token,
                             int32_t *number)
{
    const int32_t known = builder->words.count;
    *number = -1;
    if (attni_vocab_is_reserved(token))
        return ATTN_OK;
    ATTNI_TRY(attni_words_add(&builder->words, function, token, strlen(token), number));
    if (builder->limit && *number == known) {
        ((int64_t *)builder->before.data)[known] = builder->missed;
        builder->before.size += sizeof(int64_t);
    }
    return ATTN_OK;
}

static void count_up(attn_vocab_builder *builder, int32_t number, int64_t count)
{
    if (number < 0)
        return;
    int64_t *total = &attni_words_entry(&builder->words, number)->count;
    *total = add_up(*total, count);
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
    ATTNI_TRY(make_room(builder, __func__, tokens->count));
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
    ATTNI_TRY(make_room(builder, __func__, 1));
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
