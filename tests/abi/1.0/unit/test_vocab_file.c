/* test_vocab_file.c - vocab.txt: written, read, and its faults. */
#include <sys/stat.h>

#include "unit_file.h"
#include "unit_vocab.h"

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

UNIT_MAIN("vocab_file", a_saved_vocabulary_comes_back, the_order_of_the_file_gives_the_ids,
          faults_of_the_file_are_named_with_their_line, a_file_that_cannot_be_read_gives_the_reason,
          a_failed_save_leaves_everything_as_it_was,
          saving_replaces_a_file_and_keeps_its_permissions_and_links, special_tokens_come_back_from_a_file,
          a_file_can_be_read_in_part, a_mark_and_the_line_ends_of_windows_are_no_part_of_a_token)
