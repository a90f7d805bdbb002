/* 01_tokens.c - text to tokens to ids, and back to the bytes of the original.
 *
 *     cc 01_tokens.c $(pkg-config --cflags --libs attn) && ./a.out */
#include <attn/attn.h>
#include <stdio.h>
#include <string.h>

/* Leave main with the library's own line if a call fails. */
#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

int main(void)
{
    const char *text = "I didn't expect a Café this good...<br />Really good!";
    attn_context *context;
    attn_tokens *tokens;
    attn_vocab_builder *builder;
    attn_vocab *vocab;

    TRY(attn_context_create(NULL, &context));
    TRY(attn_tokens_create(context, NULL, &tokens));
    TRY(attn_tokens_set_text(tokens, text, strlen(text)));

    /* A vocabulary counts tokens; ids fall with the count, after <pad> and <unk>. */
    TRY(attn_vocab_builder_create(context, NULL, &builder));
    TRY(attn_vocab_builder_add(builder, tokens));
    TRY(attn_vocab_create(builder, NULL, &vocab));

    const int64_t *begins = attn_tokens_begins(tokens), *ends = attn_tokens_ends(tokens);
    printf("%-4s %-8s %-6s %s\n", "id", "token", "count", "in the text");
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        int32_t id = attn_vocab_id(vocab, attn_tokens_get(tokens, i));
        printf("%-4d %-8s %-6d \"%.*s\"\n", id, attn_vocab_token(vocab, id),
               (int)attn_vocab_frequency(vocab, id), (int)(ends[i] - begins[i]), text + begins[i]);
    }

    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&tokens);
    attn_context_destroy(&context);
    return 0;
}
