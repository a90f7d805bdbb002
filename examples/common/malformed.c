/* malformed.c - malformed sequences are counted as the tokenizer does, which replaces them. */
#include "common/malformed.h"

#include <stdio.h>

void malformed_count(struct malformed *malformed, attn_context *context, const char *text, size_t size)
{
    attn_tokens *tokens;
    must(attn_tokens_create(context, NULL, &tokens));
    must(attn_tokens_set_text(tokens, text, size));
    malformed->sequences += attn_tokens_invalid(tokens);
    malformed->texts += attn_tokens_invalid(tokens) > 0;
    attn_tokens_destroy(&tokens);
}

void malformed_warn(const struct malformed *malformed, const char *what)
{
    if (malformed->sequences)
        fprintf(stderr, PROGRAM ": %lld malformed UTF-8 sequences in %lld %s were replaced\n",
                (long long)malformed->sequences, (long long)malformed->texts, what);
}
