/* malformed.c - malformed sequences are counted as the tokenizer does, which replaces them. */
#include "common/malformed.h"

void malformed_count(struct malformed *malformed, attn_context *context, const char *text, size_t size)
{
    attn_tokens *tokens;
    must(attn_tokens_create(context, NULL, &tokens));
    must(attn_tokens_set_text(tokens, text, size));
    malformed->sequences += attn_tokens_invalid(tokens);
    malformed->texts += attn_tokens_invalid(tokens) > 0;
    attn_tokens_destroy(&tokens);
}

void malformed_count_line(struct malformed *malformed, attn_context *context, int64_t line, const char *text,
                          size_t size)
{
    const bool first = malformed->sequences == 0;
    malformed_count(malformed, context, text, size);
    if (first && malformed->sequences)
        malformed->line = line;
}

void malformed_warn(const struct malformed *malformed, const char *what)
{
    if (malformed->sequences)
        complain("%lld malformed UTF-8 sequences in %lld %s were replaced", (long long)malformed->sequences,
                 (long long)malformed->texts, what);
}

void malformed_warn_file(const struct malformed *malformed, const char *path)
{
    if (malformed->sequences)
        complain("%s: %lld malformed UTF-8 sequences in %lld lines were replaced, the first in line %lld",
                 path, (long long)malformed->sequences, (long long)malformed->texts,
                 (long long)malformed->line);
}
