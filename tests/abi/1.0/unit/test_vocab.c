/* test_vocab.c - counting, ids, and vocab.txt. */
#include <sys/stat.h>
#include <time.h>

#include "unit_file.h"

static attn_context *context;

static attn_vocab_builder *builder_of(const char *text)
{
    context = context ? context : unit_context(1); /* each test is a process of its own */
    attn_vocab_builder *builder;
    attn_tokens *tokens;
    OK(attn_vocab_builder_create(context, &builder));
    OK(attn_tokens_create(context, NULL, &tokens));
    OK(attn_tokens_set_text(tokens, text, strlen(text)));
    OK(attn_vocab_builder_add(builder, tokens));
    attn_tokens_destroy(&tokens);
    return builder;
}

static attn_vocab *vocab_of(const char *text, int64_t max_size, int64_t min_count)
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
static void holds(const attn_vocab *vocab, const char *expected)
{
    char joined[1024] = "";
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++) {
        strcat(joined, id ? " " : "");
        strcat(joined, attn_vocab_token(vocab, id));
        ck_assert_int_eq(attn_vocab_id(vocab, attn_vocab_token(vocab, id)), id);
    }
    ck_assert_str_eq(joined, expected);
}

static void finish(attn_vocab **vocab)
{
    attn_vocab_destroy(vocab);
    ck_assert_ptr_null(*vocab);
    attn_vocab_destroy(vocab);
    attn_context_destroy(&context);
}

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

START_TEST(within_its_limit_a_builder_counts_exactly)
{
    attn_vocab_builder *builder = builder_of("");
    OK(attn_vocab_builder_set_limit(builder, 3));
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
        attn_vocab_builder *builder = builder_of("");
        int64_t *truth = calloc(DIFFERENT, sizeof *truth);
        char token[32];
        OK(attn_vocab_builder_set_limit(builder, LIMIT));
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
    attn_vocab_builder *builder = builder_of("");
    attn_tokens *tokens;
    char text[64];
    OK(attn_vocab_builder_set_limit(builder, 10));
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

START_TEST(a_saved_vocabulary_comes_back)
{
    unit_folder_make();
    attn_vocab *vocab = vocab_of("c b c a c \xD1\x8F", 0, 0), *back;
    OK(attn_vocab_save(vocab, unit_path("vocab.txt")));
    size_t size;
    char *text = unit_file_read(unit_path("vocab.txt"), &size);
    ck_assert_str_eq(text, "<pad>\t0\n<unk>\t0\nc\t3\na\t1\nb\t1\n\xD1\x8F\t1\n");
    free(text);
    OK(attn_vocab_load(context, unit_path("vocab.txt"), NULL, &back));
    holds(back, "<pad> <unk> c a b \xD1\x8F");
    ck_assert_int_eq(attn_vocab_frequency(back, 2), 3);
    attn_vocab_destroy(&back);
    unit_folder_remove("vocab.txt");
    finish(&vocab);
}
END_TEST

static attn_status load(const char *text, size_t size, attn_vocab **out)
{
    context = context ? context : unit_context(1);
    unit_folder_make();
    unit_file_write(unit_path("v.txt"), text, size);
    attn_status status = attn_vocab_load(context, unit_path("v.txt"), NULL, out);
    unit_folder_remove("v.txt");
    return status;
}

START_TEST(the_order_of_the_file_gives_the_ids)
{
    static const char text[] = "b 1\nthe\t 70 \r\n<unk> 5\n\na\t3\n<pad>\t4"; /* no last line end */
    attn_vocab *vocab;
    OK(load(text, strlen(text), &vocab));
    holds(vocab, "<pad> <unk> b the a");
    ck_assert_int_eq(attn_vocab_frequency(vocab, 3), 70);
    ck_assert_int_eq(attn_vocab_frequency(vocab, ATTN_UNK_ID), 0);
    attn_vocab_destroy(&vocab);
    OK(load("\xEF\xBB\xBF<pad>\t0\nx\t1\n", 15, &vocab)); /* as Windows editors save it */
    holds(vocab, "<pad> <unk> x");
    finish(&vocab);
}
END_TEST

START_TEST(faults_of_the_file_are_named_with_their_line)
{
    static const struct {
        const char *text, *part;
    } faults[] = {
        {"a\t1\nb\n", "line 2: no count after \"b\""},
        {"a\tx\n", "line 1: no count"},
        {"a\t-1\n", "line 1: no count"},
        {"a\t1.5\n", "line 1: no count"},
        {"a\t1 2\n", "line 1: no count"},
        {"a\t9223372036854775808\n", "line 1: no count"},
        {"\t5\n", "line 1: no count"},
        {"a\t1\nb\t1\na\t2\n", "line 3: \"a\" stands twice"},
        {"<pad>\t0\n<pad>\t0\n", "line 2: \"<pad>\" stands twice"},
        {"", "is empty"},
        {"\n\n", "is empty"},
    };
    attn_vocab *vocab;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        FAILS(ATTN_ERR_FORMAT, faults[i].part, load(faults[i].text, strlen(faults[i].text), &vocab));
        ck_assert_ptr_null(vocab);
    }
    FAILS(ATTN_ERR_FORMAT, "line 1: a token holds a NUL", load("a\0b\t1\n", 6, &vocab));
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_gives_the_reason)
{
    context = unit_context(1);
    unit_folder_make();
    attn_vocab *vocab;
    FAILS(ATTN_ERR_IO, "No such file", attn_vocab_load(context, unit_path("none"), NULL, &vocab));
    ck_assert_ptr_null(vocab);
    FAILS(ATTN_ERR_IO, "Is a directory", attn_vocab_load(context, unit_folder, NULL, &vocab));
    FAILS(ATTN_ERR_IO, "regular file", attn_vocab_load(context, "/dev/null", NULL, &vocab));
    unit_folder_remove(NULL);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_failed_save_leaves_everything_as_it_was)
{
    unit_folder_make();
    attn_vocab *vocab = vocab_of("a", 0, 0);
    FAILS(ATTN_ERR_IO, "No such file", attn_vocab_save(vocab, "/no-such-folder/vocab.txt"));
    FAILS(ATTN_ERR_IO, "Is a directory", attn_vocab_save(vocab, unit_folder));
    unit_folder_remove(NULL); /* fails if a temporary file was left */
    finish(&vocab);
}
END_TEST

START_TEST(saving_replaces_a_file_and_keeps_its_permissions_and_links)
{
    unit_folder_make();
    attn_vocab *vocab = vocab_of("a", 0, 0);
    char link[128];
    strcpy(link, unit_path("link"));
    unit_file_write(unit_path("vocab.txt"), "old", 3);
    ck_assert_int_eq(chmod(unit_path("vocab.txt"), 0600), 0);
    ck_assert_int_eq(symlink("vocab.txt", link), 0);
    OK(attn_vocab_save(vocab, link));
    struct stat status;
    ck_assert_int_eq(stat(unit_path("vocab.txt"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(status.st_size, (off_t)strlen("<pad>\t0\n<unk>\t0\na\t1\n"));
    ck_assert_int_eq(unlink(link), 0);
    unit_folder_remove("vocab.txt");
    finish(&vocab);
}
END_TEST

/* ---- special tokens -------------------------------------------------------------------------------------- */

static attn_vocab *vocab_with(const char *text, int64_t max_size, int64_t count, const char *const *special)
{
    attn_vocab_builder *builder = builder_of(text);
    attn_vocab_options options = {sizeof options, max_size, 0, count, special, NULL};
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

static int64_t specials_of(const attn_vocab *vocab)
{
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    OK(attn_vocab_get_info(vocab, &info));
    ck_assert_int_eq(info.size, attn_vocab_size(vocab));
    return info.special_count;
}

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

START_TEST(special_tokens_come_back_from_a_file)
{
    static const char *const special[] = {"</s>", "<s>"}, *const more[] = {"<s>", "<mask>"};
    attn_vocab *vocab = vocab_with("a a b", 0, 2, special), *back;
    unit_folder_make();
    OK(attn_vocab_save(vocab, unit_path("vocab.txt")));
    OK(attn_vocab_load(context, unit_path("vocab.txt"), NULL, &back));
    holds(back, "<pad> <unk> </s> <s> a b");
    ck_assert_int_eq(specials_of(back), 2);
    attn_vocab_destroy(&back);
    attn_vocab_options options = {sizeof options, 0, 0, 2, special, NULL};
    OK(attn_vocab_load(context, unit_path("vocab.txt"), &options, &back));
    holds(back, "<pad> <unk> </s> <s> a b"); /* said again: the same */
    ck_assert_int_eq(specials_of(back), 2);
    attn_vocab_destroy(&back);
    options.special = more;
    OK(attn_vocab_load(context, unit_path("vocab.txt"), &options, &back));
    holds(back, "<pad> <unk> <s> <mask> </s> a b");
    ck_assert_int_eq(specials_of(back), 3);
    attn_vocab_destroy(&back);
    unit_folder_remove("vocab.txt");
    finish(&vocab);
}
END_TEST

START_TEST(a_file_can_be_read_in_part)
{
    attn_vocab *vocab = vocab_of("a a a b b c", 0, 0), *back;
    unit_folder_make();
    OK(attn_vocab_save(vocab, unit_path("vocab.txt")));
    attn_vocab_options options = {sizeof options, 4, 0, 0, NULL, NULL};
    OK(attn_vocab_load(context, unit_path("vocab.txt"), &options, &back));
    holds(back, "<pad> <unk> a b");
    attn_vocab_destroy(&back);
    options = (attn_vocab_options){sizeof options, 0, 3, 0, NULL, NULL};
    OK(attn_vocab_load(context, unit_path("vocab.txt"), &options, &back));
    holds(back, "<pad> <unk> a");
    attn_vocab_destroy(&back);
    unit_folder_remove("vocab.txt");
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
    OK(attn_vocab_builder_create(context, &builder));
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
    OK(attn_vocab_builder_create(context, &builder));
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
    FAILS(ATTN_ERR_ARGUMENT, "builder is NULL", attn_vocab_builder_set_limit(NULL, 2));
    FAILS(ATTN_ERR_ARGUMENT, "max_tokens is 1", attn_vocab_builder_set_limit(builder, 1));
    FAILS(ATTN_ERR_ARGUMENT, "max_tokens is -2", attn_vocab_builder_set_limit(builder, -2));
    FAILS(ATTN_ERR_ARGUMENT, "1 tokens were counted before", attn_vocab_builder_set_limit(builder, 2));
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

/* Words of eight bytes whose hash was one and the same before it had a key: h = (8 F ^ w) F folded, times F again; worked out backwards
 * from what is to come out. `word` gets number i of them. */
static int word_of_one_hash(uint64_t i, char word[9])
{
    const uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t inverse = factor, low = (i * 2654435761u) & 0xFFFFFFFFu;
    for (int round = 0; round < 6; round++)
        inverse *= 2 - factor * inverse;
    uint64_t last = ((0x12345678 ^ low >> 15) & 0xFFFFFFFFu) << 32 | low, first = last * inverse;
    first ^= first >> 32;
    first = first * inverse ^ 8 * factor;
    memcpy(word, &first, 8);
    word[8] = '\0';
    for (int c = 0; c < 8; c++) {
        if ((unsigned char)word[c] <= ' ' || word[c] == 127)
            return 0;
    }
    return 1;
}

static double seconds_to_load(int32_t words, int of_one_hash)
{
    char *text = malloc((size_t)words * 12), word[9];
    size_t size = 0;
    for (uint64_t i = 0, made = 0; made < (uint64_t)words; i++) {
        if (of_one_hash && !word_of_one_hash(i, word))
            continue;
        if (!of_one_hash)
            snprintf(word, sizeof word, "w%07d", (int)i);
        size += (size_t)sprintf(text + size, "%s\t1\n", word);
        made++;
    }
    unit_file_write(unit_path("vocab.txt"), text, size);
    attn_vocab *vocab;
    clock_t begin = clock();
    OK(attn_vocab_load(context, unit_path("vocab.txt"), NULL, &vocab));
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    ck_assert_int_eq(attn_vocab_size(vocab), words + 2);
    attn_vocab_destroy(&vocab);
    free(text);
    return seconds;
}

/* Each of so many words of one hash was compared with half of the others: some 6 s. */
START_TEST(words_made_to_collide_load_as_fast_as_others)
{
    context = unit_context(1);
    unit_folder_make();
    double ordinary = seconds_to_load(50000, 0), made = seconds_to_load(50000, 1);
    ck_assert_msg(made < 0.5 + 20.0 * ordinary, "%.3f s; ordinary words %.3f s", made, ordinary);
    unit_folder_remove("vocab.txt");
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_mark_and_the_line_ends_of_windows_are_no_part_of_a_token)
{
    context = unit_context(1);
    unit_folder_make();
    static const char text[] = "\xEF\xBB\xBFthe\t3\r\ncat\t2\r\n";
    unit_file_write(unit_path("vocab.txt"), text, sizeof text - 1);
    attn_vocab *vocab;
    OK(attn_vocab_load(context, unit_path("vocab.txt"), NULL, &vocab));
    holds(vocab, "<pad> <unk> the cat");
    attn_vocab_destroy(&vocab);
    unit_folder_remove("vocab.txt");
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("vocab", words_made_to_collide_load_as_fast_as_others,
          a_mark_and_the_line_ends_of_windows_are_no_part_of_a_token,
          ids_follow_by_falling_count_after_pad_and_unk, equal_counts_follow_by_byte_order,
          max_size_counts_pad_and_unk, min_count_leaves_rare_tokens_out, tokens_can_be_added_with_a_count,
          within_its_limit_a_builder_counts_exactly, beyond_its_limit_no_count_misses_more_than_it_says,
          a_limit_holds_for_the_tokens_of_texts_too, a_hundred_thousand_tokens_keep_their_ids,
          encoding_gives_ids_and_decoding_tokens, ids_out_of_range_are_unknown, a_saved_vocabulary_comes_back,
          the_order_of_the_file_gives_the_ids, faults_of_the_file_are_named_with_their_line,
          a_file_that_cannot_be_read_gives_the_reason, a_failed_save_leaves_everything_as_it_was,
          saving_replaces_a_file_and_keeps_its_permissions_and_links,
          special_tokens_take_the_ids_behind_unk_and_are_never_counted, special_tokens_come_back_from_a_file,
          a_file_can_be_read_in_part, faulty_special_tokens_are_refused,
          a_vocabulary_knows_how_its_tokens_were_made,
          where_that_is_not_known_any_tokens_will_do_unless_it_is_said, bad_arguments_are_refused)
