/* vocab.c - the vocabulary: its special tokens, and from tokens to ids and back. */
#include "text/vocab.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

_Static_assert(sizeof(attn_vocab_options) ==
                   offsetof(attn_vocab_options, tokens) + sizeof(const attn_tokens *),
               "no tail padding");
_Static_assert(sizeof(attn_vocab_info) == offsetof(attn_vocab_info, keep_contractions) + sizeof(int32_t),
               "no tail padding");

static const char *const reserved[ATTNI_VOCAB_FIRST] = {[ATTN_PAD_ID] = "<pad>", [ATTN_UNK_ID] = "<unk>"};

int attni_vocab_is_reserved(const char *token)
{
    return strcmp(token, reserved[ATTN_PAD_ID]) == 0 || strcmp(token, reserved[ATTN_UNK_ID]) == 0;
}

attn_status attni_vocab_check_token(const char *function, const char *token)
{
    ATTNI_REQUIRE(token[0] != '\0', "%s: token is empty; expected at least one character", function);
    for (const char *c = token; *c; c++)
        ATTNI_REQUIRE(!attni_vocab_is_white(*c),
                      "%s: token \"%.60s\" holds white space; expected a single token", function, token);
    return ATTN_OK;
}

attn_status attni_vocab_check_tokens(const char *function, const attn_tokens_options *expected,
                                     const attn_tokens_options *given)
{
    int32_t i = attni_tokens_difference(expected, given);
    ATTNI_REQUIRE(i < 0, "%s: tokens were made with %s %d; expected %d, as the vocabulary's were", function,
                  attni_tokens_option_table[i].name, attni_tokens_option_get(given, i),
                  attni_tokens_option_get(expected, i));
    return ATTN_OK;
}

/* ---- making one ------------------------------------------------------------------------------------------ */

static attn_status check_options(const char *function, const attn_vocab_options *options)
{
    int64_t count = options->special_count, most = INT32_MAX - ATTNI_VOCAB_FIRST;
    ATTNI_REQUIRE(count >= 0 && count <= most, "%s: special_count is %" PRId64 "; expected 0 to %" PRId64,
                  function, count, most);
    ATTNI_REQUIRE(count == 0 || options->special, "%s: special is NULL; expected %" PRId64 " tokens",
                  function, count);
    int64_t least = ATTNI_VOCAB_FIRST + count;
    ATTNI_REQUIRE(options->max_size == 0 || options->max_size >= least,
                  "%s: max_size is %" PRId64 "; expected 0 (no limit), or %" PRId64
                  " and more (<pad>, <unk> and special tokens count)",
                  function, options->max_size, least);
    ATTNI_REQUIRE(options->min_count >= 0, "%s: min_count is %" PRId64 "; expected 0 or more", function,
                  options->min_count);
    return ATTN_OK;
}

static attn_status add_first(attn_vocab *vocab, const char *function, const attn_vocab_options *options)
{
    for (int64_t i = -ATTNI_VOCAB_FIRST; i < options->special_count; i++) {
        const char *token = i < 0 ? reserved[i + ATTNI_VOCAB_FIRST] : options->special[i];
        int32_t before = vocab->words.count, id;
        ATTNI_REQUIRE(token != NULL, "%s: special[%" PRId64 "] is NULL; expected a token", function, i);
        ATTNI_TRY(attni_vocab_check_token(function, token));
        ATTNI_TRY(attni_words_add(&vocab->words, function, token, strlen(token), &id));
        ATTNI_REQUIRE(id == before, "%s: special[%" PRId64 "] is \"%.60s\" again; expected each token once",
                      function, i, token);
    }
    vocab->special_count = (int32_t)options->special_count;
    return ATTN_OK;
}

attn_status attni_vocab_start(attn_context *context, const char *function, const attn_vocab_options *options,
                              attn_vocab **out)
{
    *out = NULL;
    ATTNI_TRY(check_options(function, options));
    attn_vocab *vocab = attni_alloc_zero(context, sizeof *vocab);
    if (vocab == NULL)
        return attni_no_memory(function, sizeof *vocab);
    vocab->owners = 1;
    vocab->words.context = attni_context_retain(context);
    vocab->tokens = (attn_tokens_options)ATTN_TOKENS_OPTIONS_INIT;
    attn_status status = add_first(vocab, function, options);
    if (status != ATTN_OK)
        attn_vocab_destroy(&vocab);
    *out = vocab;
    return status;
}

void attn_vocab_destroy(attn_vocab **out)
{
    if (out == NULL || *out == NULL)
        return;
    if (atomic_fetch_sub_explicit(&(*out)->owners, 1, memory_order_acq_rel) == 1) {
        attn_context *context = (*out)->words.context;
        attni_words_clear(&(*out)->words);
        attni_free(context, *out);
        attni_context_release(context);
    }
    *out = NULL;
}

attn_vocab *attn_vocab_share(attn_vocab *vocab)
{
    if (vocab)
        atomic_fetch_add_explicit(&vocab->owners, 1, memory_order_relaxed);
    return vocab;
}

attn_context *attni_vocab_context(const attn_vocab *vocab)
{
    return vocab->words.context;
}

int32_t attni_vocab_find(const attn_vocab *vocab, const char *text, size_t size)
{
    return attni_words_find(&vocab->words, text, size);
}

/* ---- what it is ------------------------------------------------------------------------------------------ */

attn_status attn_vocab_get_info(const attn_vocab *vocab, attn_vocab_info *info)
{
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_ENTER(vocab->words.context);
    ATTNI_REQUIRE_PTR(info);
    const attn_tokens_options *tokens = &vocab->tokens;
    attn_vocab_info full = {.size = vocab->words.count,
                            .special_count = vocab->special_count,
                            .tokens_known = vocab->tokens_known,
                            .keep_case = tokens->keep_case,
                            .keep_accents = tokens->keep_accents,
                            .keep_contractions = tokens->keep_contractions};
    return attni_fill_struct(__func__, &full, sizeof full, info);
}

attn_status attn_vocab_tokens_create(const attn_vocab *vocab, attn_tokens **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_ENTER(vocab->words.context);
    return attni_tokens_create(vocab->words.context, __func__, &vocab->tokens, out);
}

int64_t attn_vocab_size(const attn_vocab *vocab)
{
    return vocab ? vocab->words.count : 0;
}

int32_t attn_vocab_id(const attn_vocab *vocab, const char *token)
{
    int32_t id = vocab && token ? attni_words_find(&vocab->words, token, strlen(token)) : -1;
    return id < 0 ? ATTN_UNK_ID : id;
}

const char *attn_vocab_token(const attn_vocab *vocab, int32_t id)
{
    if (vocab == NULL || id < 0 || id >= vocab->words.count)
        return reserved[ATTN_UNK_ID];
    return attni_words_text(&vocab->words, id);
}

int64_t attn_vocab_frequency(const attn_vocab *vocab, int32_t id)
{
    return vocab && id >= 0 && id < vocab->words.count ? attni_words_entry(&vocab->words, id)->count : 0;
}

attn_status attn_vocab_encode(const attn_vocab *vocab, const attn_tokens *tokens, int64_t max_ids,
                              int32_t *ids, int64_t *count)
{
    ATTNI_REQUIRE_PTR(count);
    *count = 0;
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_ENTER(vocab->words.context);
    ATTNI_REQUIRE_PTR(tokens);
    ATTNI_REQUIRE(max_ids >= 0, "%s: max_ids is %" PRId64 "; expected 0 or more", __func__, max_ids);
    ATTNI_REQUIRE(ids != NULL || max_ids == 0, "%s: ids is NULL; expected an array of %" PRId64, __func__,
                  max_ids);
    if (vocab->tokens_known)
        ATTNI_TRY(attni_vocab_check_tokens(__func__, &vocab->tokens, &tokens->options));
    const int64_t most = tokens->count < max_ids ? tokens->count : max_ids;
    for (int64_t i = 0; i < most; i++) {
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        ids[i] = attn_vocab_id(vocab, attn_tokens_get(tokens, i));
    }
    *count = most;
    return ATTN_OK;
}

attn_status attn_vocab_decode(const attn_vocab *vocab, int64_t count, const int32_t *ids, const char **tokens)
{
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_ENTER(vocab->words.context);
    ATTNI_REQUIRE(count >= 0, "%s: count is %" PRId64 "; expected 0 or more", __func__, count);
    ATTNI_REQUIRE(count == 0 || (ids && tokens), "%s: ids or tokens is NULL; expected arrays of %" PRId64,
                  __func__, count);
    for (int64_t i = 0; i < count; i++)
        tokens[i] = attn_vocab_token(vocab, ids[i]);
    return ATTN_OK;
}
