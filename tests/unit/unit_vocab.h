/* unit_vocab.h - vocabularies for tests: made of a text, and looked at whole. */
#ifndef UNIT_VOCAB_H
#define UNIT_VOCAB_H

#include "unit.h"

static attn_context *context;

static inline attn_vocab_builder *builder_of(const char *text)
{
    context = context ? context : unit_context(1); /* each test is a process of its own */
    attn_vocab_builder *builder;
    attn_tokens *tokens;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_tokens_create(context, NULL, &tokens));
    OK(attn_tokens_set_text(tokens, text, strlen(text)));
    OK(attn_vocab_builder_add(builder, tokens));
    attn_tokens_destroy(&tokens);
    return builder;
}

static inline attn_vocab *vocab_of(const char *text, int64_t max_size, int64_t min_count)
{
    attn_vocab_builder *builder = builder_of(text);
    attn_vocab *vocab;
    attn_vocab_options options = {sizeof options, max_size, min_count, 0, NULL, NULL};
    OK(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    ck_assert_ptr_null(builder);
    return vocab;
}

/* `expected`: the tokens by id with a space between them. */
static inline void holds(const attn_vocab *vocab, const char *expected)
{
    char joined[1024] = "";
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++) {
        strcat(joined, id ? " " : "");
        strcat(joined, attn_vocab_token(vocab, id));
        ck_assert_int_eq(attn_vocab_id(vocab, attn_vocab_token(vocab, id)), id);
    }
    ck_assert_str_eq(joined, expected);
}

static inline void finish(attn_vocab **vocab)
{
    attn_vocab_destroy(vocab);
    ck_assert_ptr_null(*vocab);
    attn_vocab_destroy(vocab);
    attn_context_destroy(&context);
}

static inline attn_vocab *vocab_with(const char *text, int64_t max_size, int64_t count,
                                     const char *const *special)
{
    attn_vocab_builder *builder = builder_of(text);
    attn_vocab_options options = {sizeof options, max_size, 0, count, special, NULL};
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

static inline int64_t specials_of(const attn_vocab *vocab)
{
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    OK(attn_vocab_get_info(vocab, &info));
    ck_assert_int_eq(info.size, attn_vocab_size(vocab));
    return info.special_count;
}

#endif
