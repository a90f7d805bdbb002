/* test_vocab.c - counting, ids, special tokens, and how tokens are made. */
#include "unit_file.h"
#include "unit_vocab.h"

START_TEST(ids_follow_by_falling_count_after_pad_and_unk)
{
    attn_vocab *vocab = vocab_of("c b c a c b", 0, 0);
    holds(vocab, "<pad> <unk> c b a");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 2), 3);
    ck_assert_int_eq(attn_vocab_frequency(vocab, 4), 1);
    ck_assert_int_eq(attn_vocab_frequency(vocab, ATTN_UNK_ID), 0);
    finish(&vocab);
}
END_TEST

START_TEST(equal_counts_follow_by_byte_order)
{
    attn_vocab *vocab = vocab_of("b aa \xD1\x8F z a 1 z", 0, 0);
    holds(vocab, "<pad> <unk> z 1 a aa b \xD1\x8F"); /* bytes above 127 come last */
    finish(&vocab);
}
END_TEST

START_TEST(max_size_counts_pad_and_unk)
{
    attn_vocab *vocab = vocab_of("c b c a c b", 4, 0);
    holds(vocab, "<pad> <unk> c b");
    attn_vocab_destroy(&vocab);
    vocab = vocab_of("a", 2, 0);
    holds(vocab, "<pad> <unk>");
    finish(&vocab);
}
END_TEST

START_TEST(min_count_leaves_rare_tokens_out)
{
    attn_vocab *vocab = vocab_of("c b c a c b", 0, 2);
    holds(vocab, "<pad> <unk> c b");
    ck_assert_int_eq(attn_vocab_id(vocab, "a"), ATTN_UNK_ID);
    finish(&vocab);
}
END_TEST

START_TEST(tokens_can_be_added_with_a_count)
{
    attn_vocab_builder *builder = builder_of("a a");
    OK(attn_vocab_builder_add_token(builder, "b", 5));
    OK(attn_vocab_builder_add_token(builder, "a", 1));
    OK(attn_vocab_builder_add_token(builder, "never", 0));
    OK(attn_vocab_builder_add_token(builder, "<pad>", 9));
    OK(attn_vocab_builder_add_token(builder, "<unk>", 9));
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, NULL, &vocab));
    holds(vocab, "<pad> <unk> b a");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 3), 3);
    OK(attn_vocab_builder_add_token(builder, "a",
                                    INT64_MAX)); /* a sum that does not fit stays at the limit */
    attn_vocab_destroy(&vocab);
    OK(attn_vocab_create(builder, NULL, &vocab));
    ck_assert_int_eq(attn_vocab_frequency(vocab, attn_vocab_id(vocab, "a")), INT64_MAX);
    attn_vocab_builder_destroy(&builder);
    finish(&vocab);
}
END_TEST

START_TEST(a_hundred_thousand_tokens_keep_their_ids)
{
    attn_vocab_builder *builder = builder_of("");
    char token[32];
    for (int32_t i = 0; i < 100000; i++) {
        snprintf(token, sizeof token, "word-%d", i);
        OK(attn_vocab_builder_add_token(builder, token, 100000 - i));
    }
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    ck_assert_int_eq(attn_vocab_size(vocab), 100002);
    for (int32_t i = 0; i < 100000; i++) {
        snprintf(token, sizeof token, "word-%d", i);
        ck_assert_int_eq(attn_vocab_id(vocab, token), i + 2);
    }
    ck_assert_int_eq(attn_vocab_id(vocab, "word-100000"), ATTN_UNK_ID);
    finish(&vocab);
}
END_TEST

START_TEST(encoding_gives_ids_and_decoding_tokens)
{
    attn_vocab *vocab = vocab_of("a a a b b c", 0, 2);
    attn_tokens *tokens;
    int32_t ids[4] = {-7, -7, -7, -7};
    const char *back[4];
    OK(attn_tokens_create(context, NULL, &tokens));
    OK(attn_tokens_set_text(tokens, "B c A", 5));
    int64_t count = -1;
    OK(attn_vocab_encode(vocab, tokens, 4, ids, &count));
    ck_assert_int_eq(count, 3);
    ck_assert(ids[0] == 3 && ids[1] == ATTN_UNK_ID && ids[2] == 2 && ids[3] == -7);
    ids[3] = 1000;
    OK(attn_vocab_decode(vocab, 4, ids, back));
    ck_assert_str_eq(back[0], "b");
    ck_assert_str_eq(back[1], "<unk>");
    ck_assert_str_eq(back[2], "a");
    ck_assert_str_eq(back[3], "<unk>");
    ids[1] = -7;
    OK(attn_vocab_encode(vocab, tokens, 1, ids, &count));
    ck_assert_int_eq(count, 1);
    ck_assert_int_eq(ids[1], -7);
    OK(attn_vocab_encode(vocab, tokens, 0, NULL, &count));
    ck_assert_int_eq(count, 0);
    OK(attn_vocab_decode(vocab, 0, NULL, NULL));
    attn_tokens_destroy(&tokens);
    finish(&vocab);
}
END_TEST

START_TEST(ids_out_of_range_are_unknown)
{
    attn_vocab *vocab = vocab_of("a", 0, 0);
    ck_assert_str_eq(attn_vocab_token(vocab, -1), "<unk>");
    ck_assert_str_eq(attn_vocab_token(vocab, 3), "<unk>");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 3), 0);
    ck_assert_int_eq(attn_vocab_id(vocab, ""), ATTN_UNK_ID);
    finish(&vocab);
}
END_TEST

/* ---- special tokens -------------------------------------------------------------------------------------- */

START_TEST(special_tokens_take_the_ids_behind_unk_and_are_never_counted)
{
    static const char *const special[] = {"<s>", "b"};
    attn_vocab *vocab = vocab_with("a b b b c c", 0, 2, special);
    holds(vocab, "<pad> <unk> <s> b c a");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 3), 0);
    ck_assert_int_eq(attn_vocab_frequency(vocab, 4), 2);
    ck_assert_int_eq(attn_vocab_id(vocab, "<s>"), 2);
    ck_assert_int_eq(specials_of(vocab), 2);
    attn_vocab_destroy(&vocab);
    vocab = vocab_with("a b b b c c", 5, 2, special);
    holds(vocab, "<pad> <unk> <s> b c"); /* max_size counts them */
    finish(&vocab);
}
END_TEST

START_TEST(faulty_special_tokens_are_refused)
{
    static const struct {
        const char *part, *special[2];
    } faults[] = {{"special[1] is \"a\" again", {"a", "a"}},
                  {"special[0] is \"<unk>\" again", {"<unk>", "a"}},
                  {"special[1] is NULL", {"a", NULL}},
                  {"white space", {"a b", "c"}},
                  {"empty", {"a", ""}}};
    attn_vocab_builder *builder = builder_of("a");
    attn_vocab *vocab;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        attn_vocab_options options = {sizeof options, 0, 0, 2, faults[i].special, NULL};
        FAILS(ATTN_ERR_ARGUMENT, faults[i].part, attn_vocab_create(builder, &options, &vocab));
        ck_assert_ptr_null(vocab);
    }
    attn_vocab_options options = {sizeof options, 3, 0, 2, faults[0].special, NULL};
    FAILS(ATTN_ERR_ARGUMENT, "max_size is 3; expected 0 (no limit), or 4",
          attn_vocab_create(builder, &options, &vocab));
    options = (attn_vocab_options){sizeof options, 0, 0, 1, NULL, NULL};
    FAILS(ATTN_ERR_ARGUMENT, "special is NULL", attn_vocab_create(builder, &options, &vocab));
    options.special_count = -1;
    FAILS(ATTN_ERR_ARGUMENT, "special_count is -1", attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    attn_context_destroy(&context);
}
END_TEST

/* ---- how tokens are made --------------------------------------------------------------------------------- */

static attn_tokens *tokens_keeping(int32_t keep_case, int32_t keep_accents, const char *text)
{
    attn_tokens_options options = {sizeof options, keep_case, keep_accents, 0, 0};
    attn_tokens *tokens;
    context = context ? context : unit_context(1);
    OK(attn_tokens_create(context, &options, &tokens));
    OK(attn_tokens_set_text(tokens, text, strlen(text)));
    return tokens;
}

/* -1: not known; else 1 case, 2 accents, 4 contractions. */
static int32_t made_with(const attn_vocab *vocab)
{
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    OK(attn_vocab_get_info(vocab, &info));
    int32_t bits = info.keep_case + 2 * info.keep_accents + 4 * info.keep_contractions;
    ck_assert(info.tokens_known || bits == 0);
    return info.tokens_known ? bits : -1;
}

START_TEST(a_vocabulary_knows_how_its_tokens_were_made)
{
    attn_tokens *kept = tokens_keeping(1, 0, "The the"), *other = tokens_keeping(1, 1, "The"), *own;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    int32_t ids[2];
    int64_t count = 9;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "the", 5));
    OK(attn_vocab_builder_add(builder, kept));
    FAILS(ATTN_ERR_ARGUMENT, "made with keep_accents 1; expected 0", attn_vocab_builder_add(builder, other));
    OK(attn_vocab_create(builder, NULL, &vocab));
    ck_assert_int_eq(made_with(vocab), 1);
    FAILS(ATTN_ERR_ARGUMENT, "made with keep_accents 1; expected 0",
          attn_vocab_encode(vocab, other, 2, ids, &count));
    ck_assert_int_eq(count, 0);
    OK(attn_vocab_tokens_create(vocab, &own));
    OK(attn_tokens_set_text(own, "The the", 7));
    OK(attn_vocab_encode(vocab, own, 2, ids, &count));
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(ids[0], attn_vocab_id(vocab, "The"));
    ck_assert_int_eq(ids[1], attn_vocab_id(vocab, "the"));
    attn_tokens_destroy(&own);
    attn_vocab_destroy(&vocab);

    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.tokens = other;
    FAILS(ATTN_ERR_ARGUMENT, "made with keep_accents 1; expected 0",
          attn_vocab_create(builder, &options, &vocab));
    ck_assert_ptr_null(vocab);
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&kept);
    attn_tokens_destroy(&other);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(where_that_is_not_known_any_tokens_will_do_unless_it_is_said)
{
    attn_tokens *kept = tokens_keeping(1, 1, "a");
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    int32_t id;
    int64_t count;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "a", 5));
    OK(attn_vocab_create(builder, NULL, &vocab));
    ck_assert_int_eq(made_with(vocab), -1);
    OK(attn_vocab_encode(vocab, kept, 1, &id, &count));
    ck_assert_int_eq(id, 2);
    unit_folder_make();
    OK(attn_vocab_save(vocab, unit_path("vocab.txt")));
    attn_vocab_destroy(&vocab);

    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.tokens = kept;
    OK(attn_vocab_create(builder, &options, &vocab));
    ck_assert_int_eq(made_with(vocab), 3);
    attn_vocab_destroy(&vocab);
    OK(attn_vocab_load(context, unit_path("vocab.txt"), &options, &vocab));
    ck_assert_int_eq(made_with(vocab), 3);
    attn_vocab_destroy(&vocab);
    OK(attn_vocab_load(context, unit_path("vocab.txt"), NULL, &vocab));
    ck_assert_int_eq(made_with(vocab), -1);
    unit_folder_remove("vocab.txt");
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&kept);
    finish(&vocab);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    attn_vocab_builder *builder = builder_of("a");
    attn_vocab *vocab;
    attn_vocab_options options = {sizeof options, 1, 0, 0, NULL, NULL};
    FAILS(ATTN_ERR_ARGUMENT, "max_size is 1", attn_vocab_create(builder, &options, &vocab));
    options.max_size = -2;
    FAILS(ATTN_ERR_ARGUMENT, "max_size is -2", attn_vocab_create(builder, &options, &vocab));
    options = (attn_vocab_options){sizeof options, 0, -1, 0, NULL, NULL};
    FAILS(ATTN_ERR_ARGUMENT, "min_count is -1", attn_vocab_create(builder, &options, &vocab));
    ck_assert_ptr_null(vocab);
    FAILS(ATTN_ERR_ARGUMENT, "builder is NULL", attn_vocab_create(NULL, NULL, &vocab));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_vocab_create(builder, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "token is NULL", attn_vocab_builder_add_token(builder, NULL, 1));
    FAILS(ATTN_ERR_ARGUMENT, "empty", attn_vocab_builder_add_token(builder, "", 1));
    FAILS(ATTN_ERR_ARGUMENT, "white space", attn_vocab_builder_add_token(builder, "a b", 1));
    FAILS(ATTN_ERR_ARGUMENT, "white space", attn_vocab_builder_add_token(builder, "a\n", 1));
    FAILS(ATTN_ERR_ARGUMENT, "count is -1", attn_vocab_builder_add_token(builder, "a", -1));
    FAILS(ATTN_ERR_ARGUMENT, "tokens is NULL", attn_vocab_builder_add(builder, NULL));
    attn_vocab_builder *none = builder;
    const attn_vocab_builder_options one = {sizeof one, 1}, below = {sizeof below, -2};
    FAILS(ATTN_ERR_ARGUMENT, "max_tokens is 1", attn_vocab_builder_create(context, &one, &none));
    ck_assert_ptr_null(none);
    FAILS(ATTN_ERR_ARGUMENT, "max_tokens is -2", attn_vocab_builder_create(context, &below, &none));
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL", attn_vocab_builder_create(NULL, NULL, &none));
    ck_assert_int_eq(attn_vocab_builder_missed(NULL), 0);
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL", attn_vocab_load(NULL, "x", NULL, &vocab));
    FAILS(ATTN_ERR_ARGUMENT, "path is NULL", attn_vocab_load(context, NULL, NULL, &vocab));
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_vocab_save(NULL, "x"));
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_vocab_get_info(NULL, NULL));
    attn_tokens *tokens;
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_vocab_tokens_create(NULL, &tokens));
    OK(attn_tokens_create(context, NULL, &tokens));
    OK(attn_tokens_set_text(tokens, "a b", 3));
    OK(attn_vocab_create(builder, NULL, &vocab));
    int64_t count;
    int32_t ids[2];
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_vocab_encode(NULL, tokens, 2, ids, &count));
    FAILS(ATTN_ERR_ARGUMENT, "tokens is NULL", attn_vocab_encode(vocab, NULL, 2, ids, &count));
    FAILS(ATTN_ERR_ARGUMENT, "max_ids is -1", attn_vocab_encode(vocab, tokens, -1, ids, &count));
    FAILS(ATTN_ERR_ARGUMENT, "ids is NULL", attn_vocab_encode(vocab, tokens, 2, NULL, &count));
    FAILS(ATTN_ERR_ARGUMENT, "count is NULL", attn_vocab_encode(vocab, tokens, 2, ids, NULL));
    attn_tokens_destroy(&tokens);
    attn_vocab_destroy(&vocab);
    ck_assert_int_eq(attn_vocab_size(NULL), 0);
    ck_assert_int_eq(attn_vocab_id(NULL, "a"), ATTN_UNK_ID);
    ck_assert_str_eq(attn_vocab_token(NULL, 0), "<unk>");
    attn_vocab_builder_destroy(&builder);
    attn_vocab_builder_destroy(&builder);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("vocab", ids_follow_by_falling_count_after_pad_and_unk, equal_counts_follow_by_byte_order,
          max_size_counts_pad_and_unk, min_count_leaves_rare_tokens_out, tokens_can_be_added_with_a_count,
          a_hundred_thousand_tokens_keep_their_ids, encoding_gives_ids_and_decoding_tokens,
          ids_out_of_range_are_unknown, special_tokens_take_the_ids_behind_unk_and_are_never_counted,
          faulty_special_tokens_are_refused, a_vocabulary_knows_how_its_tokens_were_made,
          where_that_is_not_known_any_tokens_will_do_unless_it_is_said, bad_arguments_are_refused)
