/* test_vocab_limit.c - counting in bounded memory. */
#include "unit_vocab.h"

static attn_vocab_builder *bounded(int64_t max_tokens)
{
    const attn_vocab_builder_options options = {sizeof options, max_tokens};
    attn_vocab_builder *builder;
    context = context ? context : unit_context(1);
    OK(attn_vocab_builder_create(context, &options, &builder));
    return builder;
}

START_TEST(within_its_limit_a_builder_counts_exactly)
{
    attn_vocab_builder *builder = bounded(3);
    for (int32_t i = 0; i < 30; i++)
        OK(attn_vocab_builder_add_token(builder, i % 3 == 0 ? "a" : i % 5 == 0 ? "b" : "c", 1));
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, NULL, &vocab));
    holds(vocab, "<pad> <unk> c a b");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 2), 16);
    ck_assert_int_eq(attn_vocab_builder_missed(builder), 0);
    attn_vocab_builder_destroy(&builder);
    finish(&vocab);
}
END_TEST

/* Streams of 40,000 tokens of 5,000 different ones: what comes rarely at first and often later, what comes once in the middle of what
 * comes often, and all alike, which is the worst there is. */
static int32_t token_of(int32_t stream, int32_t i)
{
    const uint32_t drawn = (uint32_t)i * 2654435761u >> 8;
    if (stream == 0)
        return (int32_t)(drawn % (1 + drawn / 7 % 5000)); /* the lower, the oftener */
    if (stream == 1)
        return i % 3 ? i / 8000 : (int32_t)(drawn % 5000);
    return i % 5000;
}

START_TEST(beyond_its_limit_no_count_misses_more_than_it_says)
{
    enum { DIFFERENT = 5000, COUNTED = 40000, LIMIT = 200 };
    for (int32_t stream = 0; stream < 3; stream++) {
        attn_vocab_builder *builder = bounded(LIMIT);
        int64_t *truth = calloc(DIFFERENT, sizeof *truth);
        char token[32];
        for (int32_t i = 0; i < COUNTED; i++) {
            snprintf(token, sizeof token, "word-%d", token_of(stream, i));
            OK(attn_vocab_builder_add_token(builder, token, 1));
            truth[token_of(stream, i)]++;
        }
        attn_vocab *vocab;
        OK(attn_vocab_create(builder, NULL, &vocab));
        const int64_t missed = attn_vocab_builder_missed(builder);
        ck_assert_int_le(attn_vocab_size(vocab), 2 + LIMIT + 1);
        ck_assert_int_gt(missed, 0);
        ck_assert_int_le(missed, COUNTED / (LIMIT / 2 + 1));
        for (int32_t i = 0; i < DIFFERENT; i++) {
            snprintf(token, sizeof token, "word-%d", i);
            const int32_t id = attn_vocab_id(vocab, token);
            const int64_t count = id == ATTN_UNK_ID ? 0 : attn_vocab_frequency(vocab, id);
            ck_assert_int_le(count, truth[i]);
            ck_assert_int_ge(count, truth[i] - missed);
        }
        free(truth);
        attn_vocab_destroy(&vocab);
        attn_vocab_builder_destroy(&builder);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_limit_holds_for_the_tokens_of_texts_too)
{
    attn_vocab_builder *builder = bounded(10);
    attn_tokens *tokens;
    char text[64];
    OK(attn_tokens_create(context, NULL, &tokens));
    for (int32_t i = 0; i < 500; i++) {
        snprintf(text, sizeof text, "the film a%d b%d", i, i);
        OK(attn_tokens_set_text(tokens, text, strlen(text)));
        OK(attn_vocab_builder_add(builder, tokens));
    }
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, NULL, &vocab));
    ck_assert_int_le(attn_vocab_size(vocab), 2 + 10 + 4);
    ck_assert_int_eq(attn_vocab_frequency(vocab, attn_vocab_id(vocab, "the")),
                     500); /* it was never forgotten */
    ck_assert_int_eq(attn_vocab_frequency(vocab, attn_vocab_id(vocab, "film")), 500);
    attn_tokens_destroy(&tokens);
    attn_vocab_builder_destroy(&builder);
    finish(&vocab);
}
END_TEST

UNIT_MAIN("vocab_limit", within_its_limit_a_builder_counts_exactly,
          beyond_its_limit_no_count_misses_more_than_it_says, a_limit_holds_for_the_tokens_of_texts_too)
