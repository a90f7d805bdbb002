/* fuzz_tokens.c - any bytes as text, by any choice of the tokenizer's options, which the first byte makes: tokens are UTF-8,
 * whole, and without white space, their spans rise and lie in the text, a vocabulary that counted them knows each, and the
 * same text gives the same again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Each token by itself: what it is, and where. */
static void check(const attn_tokens *tokens, size_t size)
{
    static attn_tokens *whole;
    ensure(whole != NULL || attn_tokens_create(fuzz_context(), NULL, &whole) == ATTN_OK);
    const int64_t *begins = attn_tokens_begins(tokens), *ends = attn_tokens_ends(tokens);
    int64_t at = 0;
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        const char *token = attn_tokens_get(tokens, i);
        ensure(token[0] != '\0' && strpbrk(token, " \t\n\v\f\r") == NULL);
        ensure(begins[i] >= at && ends[i] >= begins[i] && ends[i] <= (int64_t)size);
        at = ends[i];
        ensure(attn_tokens_set_text(whole, token, strlen(token)) == ATTN_OK &&
               attn_tokens_invalid(whole) == 0);
    }
    ensure(attn_tokens_get(tokens, attn_tokens_count(tokens)) == NULL && attn_tokens_get(tokens, -1) == NULL);
}

static void count(const attn_tokens *tokens)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    const int64_t length = attn_tokens_count(tokens);
    int64_t encoded;
    int32_t *ids = malloc(((size_t)length + 1) * sizeof *ids);
    const char **decoded = malloc(((size_t)length + 1) * sizeof *decoded);
    ensure(ids != NULL && decoded != NULL);
    ensure(attn_vocab_builder_create(fuzz_context(), NULL, &builder) == ATTN_OK);
    ensure(attn_vocab_builder_add(builder, tokens) == ATTN_OK);
    ensure(attn_vocab_create(builder, NULL, &vocab) == ATTN_OK && attn_vocab_size(vocab) <= length + 2);
    ensure(attn_vocab_encode(vocab, tokens, length, ids, &encoded) == ATTN_OK && encoded == length);
    ensure(attn_vocab_decode(vocab, length, ids, decoded) == ATTN_OK);
    for (int64_t i = 0; i < length; i++)
        ensure(strcmp(decoded[i], attn_tokens_get(tokens, i)) == 0);
    free(ids);
    free(decoded);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
}

static int same(const attn_tokens *one, const attn_tokens *other)
{
    const int64_t count = attn_tokens_count(one);
    if (count != attn_tokens_count(other) || attn_tokens_invalid(one) != attn_tokens_invalid(other))
        return 0;
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(attn_tokens_get(one, i), attn_tokens_get(other, i)) != 0 ||
            attn_tokens_begins(one)[i] != attn_tokens_begins(other)[i] ||
            attn_tokens_ends(one)[i] != attn_tokens_ends(other)[i])
            return 0;
    }
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static attn_tokens *reused[8];
    fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input) % 8;
    const attn_tokens_options options = {sizeof options, choice & 1, choice >> 1 & 1, choice >> 2, 0};
    const char *text = (const char *)input.data;
    attn_tokens *tokens, **again = &reused[choice];
    ensure(*again != NULL || attn_tokens_create(fuzz_context(), &options, again) == ATTN_OK);
    ensure(attn_tokens_create(fuzz_context(), &options, &tokens) == ATTN_OK);
    /* An empty list has room for 512 tokens; a byte may be a token of three numbers, its text and a NUL, in lists that are there
     * twice while they grow; of other text there is a copy, with a note of each change. */
    fuzz_limit(400 * input.size + (1 << 16));
    ensure(attn_tokens_set_text(tokens, text, input.size) == ATTN_OK);
    fuzz_limit(SIZE_MAX);
    ensure(attn_tokens_set_text(*again, text, input.size) == ATTN_OK && same(tokens, *again));
    check(tokens, input.size);
    count(tokens);
    attn_tokens_destroy(&tokens);
    return 0;
}
