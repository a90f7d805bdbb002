/* test_vectors.c - GloVe and word2vec files into a table, and what is said of files that are neither. */
#include "unit_file.h"

static attn_context *context;

/* A vocabulary of these tokens, in this order, behind <pad> and <unk>. */
static attn_vocab *vocab_of(const char *const *tokens, int32_t count)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    for (int32_t i = 0; i < count; i++)
        OK(attn_vocab_builder_add_token(builder, tokens[i], count - i));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* <pad> <unk> the cat zebra: a table of 2 numbers a word, -1 where nothing was written. */
#define ROWS 5
static float table[2 * ROWS];
static unsigned char found[ROWS];
static attn_vectors_report report;

static attn_status read_two(const void *bytes, size_t size, int32_t format)
{
    static const char *const tokens[] = {"the", "cat", "zebra"};
    context = unit_context(2);
    attn_vocab *vocab = vocab_of(tokens, 3);
    for (int32_t i = 0; i < 2 * ROWS; i++)
        table[i] = -1;
    memset(found, 7, sizeof found);
    report = (attn_vectors_report)ATTN_VECTORS_REPORT_INIT;
    unit_folder_make();
    unit_file_write(unit_path("vectors"), bytes, size);
    attn_status status =
        attn_vectors_read(context, vocab, 2, unit_path("vectors"), format, table, found, &report);
    unit_folder_remove("vectors");
    attn_vocab_destroy(&vocab);
    attn_context_destroy(&context);
    return status;
}

static attn_status read_text(const char *text, int32_t format)
{
    return read_two(text, strlen(text), format);
}

/* the: 1 2; cat: 3 4; zebra: none. */
static void expect_the_and_cat(int32_t format, int64_t words)
{
    static const float expected[2 * ROWS] = {-1, -1, -1, -1, 1, 2, 3, 4, -1, -1};
    for (int32_t i = 0; i < 2 * ROWS; i++)
        ck_assert_msg(table[i] == expected[i], "table[%d] is %g; expected %g", i, (double)table[i],
                      (double)expected[i]);
    ck_assert_int_eq(memcmp(found, "\0\0\1\1\0", ROWS), 0);
    ck_assert_int_eq(report.format, format);
    ck_assert_int_eq(report.dim, 2);
    ck_assert_int_eq(report.words, words);
    ck_assert_int_eq(report.found, 2);
}

START_TEST(glove_text_is_read)
{
    OK(read_text("cat 3.0 4\nsat 9 9\nthe 1 2e0\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 3);
    OK(read_text("cat 3.0 4\nsat 9 9\nthe 1 2e0\n", ATTN_VECTORS_GLOVE));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 3);
}
END_TEST

START_TEST(word2vec_text_is_read)
{
    OK(read_text("3 2\ncat 3 4 \nsat 9 9 \nthe 1 2 \n", ATTN_VECTORS_AUTO)); /* its writer leaves a space */
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 3);
    OK(read_text("3 2\ncat 3 4\nsat 9 9\nthe 1 2\n", ATTN_VECTORS_WORD2VEC));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 3);
}
END_TEST

/* The floats 1 2 3 4 9 9 in little-endian order. */
#define ONE "\0\0\x80\x3F"
#define TWO "\0\0\0\x40"
#define THREE "\0\0\x40\x40"
#define FOUR "\0\0\x80\x40"
#define NINE "\0\0\x10\x41"
#define NOT_A_NUMBER "\0\0\xC0\x7F"
#define BYTES(literal) literal, sizeof(literal) - 1

START_TEST(word2vec_binary_is_read)
{
    OK(read_two(BYTES("3 2\ncat " THREE FOUR "\nsat " NINE NINE "\nthe " ONE TWO "\n"), ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 3);
    OK(read_two(BYTES("3 2\ncat " THREE FOUR "\nsat " NINE NINE "\nthe " ONE TWO),
                ATTN_VECTORS_WORD2VEC_BINARY));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 3);
    OK(read_two(BYTES("2 2\ncat " THREE FOUR "the " ONE TWO),
                ATTN_VECTORS_AUTO)); /* some leave the line ends out */
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 2);
}
END_TEST

START_TEST(lines_of_windows_tabs_and_a_missing_last_line_end_are_fine)
{
    OK(read_text("cat 3 4\r\n\r\nthe\t1  2", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 2);
    OK(read_text("2 2\r\ncat 3 4\r\nthe 1 2\r\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 2);
}
END_TEST

START_TEST(a_word_may_hold_spaces)
{
    OK(read_text("cat 3 4\n. . . 9 9\nat name@domain.com 8 8\nthe 1 2\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 4);
}
END_TEST

/* Numbers are counted from the line's end, whatever the word is; no token is like these. */
START_TEST(a_word_may_be_blank_or_empty_or_end_in_a_number)
{
    static const char *const words[] = {"", " ", "\t", "\t \t", "route 66", "1 2 3", "7 ", " 7", "-1e3"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        for (int place = 0; place < 3; place++) { /* the first line, which tells the width, too */
            const char *at[3] = {"x", "y", "z"};
            char lines[128], all[160];
            at[place] = words[w];
            snprintf(lines, sizeof lines, "%s 9.5 9\ncat 3 4\n%s 9 9\nthe 1 2\n%s 9 9", at[0], at[1], at[2]);
            OK(read_text(lines, ATTN_VECTORS_AUTO));
            expect_the_and_cat(ATTN_VECTORS_GLOVE, 5);
            snprintf(all, sizeof all, "5 2\n%s", lines);
            OK(read_text(all, ATTN_VECTORS_AUTO));
            expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 5);
        }
    }
}
END_TEST

START_TEST(the_width_asked_for_decides_what_the_word_is)
{
    OK(read_text("route 66 9 9\nthe 1 2\n", ATTN_VECTORS_AUTO));
    ck_assert(table[4] == 1 && table[5] == 2 && report.words == 2 && report.found == 1);
    OK(read_text("the 1 2\nroute 66 9 9\n", ATTN_VECTORS_AUTO));
    ck_assert(table[4] == 1 && table[5] == 2 && report.words == 2 && report.found == 1);
}
END_TEST

#define MARK "\xEF\xBB\xBF"

START_TEST(a_byte_order_mark_is_no_part_of_the_first_word)
{
    OK(read_text(MARK "the 1 2\ncat 3 4\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 2);
    OK(read_text(MARK "the 1 2\r\ncat 3 4\r\n", ATTN_VECTORS_GLOVE));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 2);
    OK(read_text(MARK "2 2\nthe 1 2\ncat 3 4\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 2);
    OK(read_text(MARK "2 2\r\nthe 1 2\r\ncat 3 4\r\n", ATTN_VECTORS_WORD2VEC));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC, 2);
    OK(read_two(BYTES(MARK "2 2\ncat " THREE FOUR "the " ONE TWO), ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 2);
    OK(read_two(BYTES("2 2\r\ncat " THREE FOUR "\r\nthe " ONE TWO "\r\n"), ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 2);
    FAILS(ATTN_ERR_FORMAT, "no word vector", read_text(MARK, ATTN_VECTORS_AUTO));
}
END_TEST

START_TEST(a_word_may_be_a_number)
{
    OK(read_text("7 9 9\ncat 3 4\nthe 1 2\n2000 5 5\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 4);
}
END_TEST

START_TEST(of_a_word_that_stands_twice_the_first_counts)
{
    OK(read_text("cat 3 4\nthe 1 2\ncat 5 5\n", ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_GLOVE, 3);
    OK(read_two(BYTES("3 2\ncat " THREE FOUR "\nthe " ONE TWO "\ncat " NINE NINE "\n"), ATTN_VECTORS_AUTO));
    expect_the_and_cat(ATTN_VECTORS_WORD2VEC_BINARY, 3);
}
END_TEST

START_TEST(a_vector_for_the_unknown_word_is_taken)
{
    OK(read_text("<unk> 8 9\n", ATTN_VECTORS_AUTO));
    ck_assert(table[2] == 8 && table[3] == 9 && found[ATTN_UNK_ID] == 1 && found[ATTN_PAD_ID] == 0);
}
END_TEST

START_TEST(a_vector_of_another_width_is_named_with_its_line)
{
    FAILS(ATTN_ERR_FORMAT, "line 2: 1 numbers; expected 2",
          read_text("cat 3 4\nthe 1\nsat 5\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 3: 1 numbers; expected 2",
          read_text("cat 3 4\n\n the 1\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 2: 0 numbers", read_text("cat 3 4\nunknown\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 1: 3 numbers; expected 2",
          read_text("cat 3 4 5\nthe 1 2 3\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 1: vectors of 3 numbers; expected 2",
          read_text("1 3\ncat 3 4 5\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 2: 1 numbers; expected 2", read_text("1 2\ncat 3\n", ATTN_VECTORS_AUTO));
}
END_TEST

START_TEST(a_number_that_is_none_is_named_with_its_line)
{
    static const char *const wrong[] = {"x",     "nan",  "NaN",   "inf", "-infinity", "1e",
                                        "1e999", "0x10", "1.2.3", "--1", "1,5",       "1.5f",
                                        ".",     "-",    "+-1",   "1e+", "1_000",     "5e39"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64], part[64];
        snprintf(text, sizeof text, "sat 9 9\nthe 1 %s\ncat 3 y\n", wrong[i]);
        snprintf(part, sizeof part, "line 2: \"%s\" is not a finite number", wrong[i]);
        FAILS(ATTN_ERR_FORMAT, part, read_text(text, ATTN_VECTORS_AUTO));
    }
    FAILS(ATTN_ERR_FORMAT, "at byte 8",
          read_two(BYTES("1 2\ncat " THREE NOT_A_NUMBER "\n"), ATTN_VECTORS_AUTO));
}
END_TEST

START_TEST(a_first_line_that_lies_is_found_out)
{
    FAILS(ATTN_ERR_FORMAT, "holds 2 vectors; its first line promises 3",
          read_text("3 2\ncat 3 4\nthe 1 2\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "holds 2 vectors; its first line promises 1",
          read_text("1 2\ncat 3 4\nthe 1 2\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "holds 0 vectors", read_text("5 2\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "vectors of 0 numbers", read_text("1 0\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "vectors of 99999999999", read_text("1 99999999999\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "ends in vector 2 of 999999999999",
          read_two(BYTES("999999999999 2\ncat " THREE FOUR "\n"), ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "goes on after the 1 vectors",
          read_two(BYTES("1 2\ncat " THREE FOUR "\nthe " ONE TWO "\n"), ATTN_VECTORS_AUTO));
}
END_TEST

START_TEST(a_binary_file_cut_anywhere_is_found_out)
{
    static const char whole[] = "2 2\ncat " THREE FOUR "\nthe " ONE TWO;
    for (size_t size = 4; size < sizeof whole - 1; size++)
        FAILS(ATTN_ERR_FORMAT, "of 2", read_two(whole, size, ATTN_VECTORS_WORD2VEC_BINARY));
}
END_TEST

START_TEST(what_is_no_file_of_vectors_is_refused)
{
    FAILS(ATTN_ERR_FORMAT, "line 1: no word vector", read_text("Once upon a time\n", ATTN_VECTORS_AUTO));
    FAILS(ATTN_ERR_FORMAT, "line 1: no word vector", read_text("\n", ATTN_VECTORS_AUTO));
    for (int32_t format = ATTN_VECTORS_AUTO; format <= ATTN_VECTORS_WORD2VEC; format++)
        FAILS(ATTN_ERR_FORMAT, "line 1: a CR stands in it; expected lines that end in LF or CRLF",
              read_text(format == ATTN_VECTORS_WORD2VEC ? "2 2\rthe 1 2\rcat 3 4\r" : "the 1 2\rcat 3 4\r",
                        format));
    FAILS(ATTN_ERR_FORMAT, "line 1: not the first line of word2vec",
          read_text("cat 3 4\n", ATTN_VECTORS_WORD2VEC));
    FAILS(ATTN_ERR_FORMAT, "line 1: not the first line of word2vec",
          read_text("cat 3 4\n", ATTN_VECTORS_WORD2VEC_BINARY));
    FAILS(ATTN_ERR_FORMAT, "is empty", read_text("", ATTN_VECTORS_AUTO));
}
END_TEST

/* ---- larger files ---- */

#define WORDS 30000
#define DIM 20

static double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* A file of several pieces, in which every third word comes again at the end with another vector; `wrong`
 * gets a line too narrow (0: none). The vocabulary holds the words in another order. */
static void write_large(const char *path, int32_t wrong)
{
    FILE *file = fopen(path, "w");
    uint64_t state = 1;
    for (int32_t i = 0; i < WORDS; i++) {
        fprintf(file, "w%d", (i < 20000 ? i : 3 * (i - 20000)) * 7919 % 20011);
        for (int32_t d = i > 0 && i == wrong; d < DIM; d++)
            fprintf(file, " %.5g", 8 * random_unit(&state) - 4);
        fputc('\n', file);
    }
    fclose(file);
}

START_TEST(the_table_does_not_depend_on_the_number_of_threads)
{
    context = unit_context(1);
    attn_vocab_builder *builder;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    for (int32_t i = 0; i < 20011; i++) {
        char word[16];
        snprintf(word, sizeof word, "w%d", i);
        OK(attn_vocab_builder_add_token(builder, word, 1 + i % 17));
    }
    attn_vocab *vocab;
    OK(attn_vocab_create(builder, NULL, &vocab));
    unit_folder_make();
    write_large(unit_path("glove.txt"), 0);
    size_t size = (size_t)attn_vocab_size(vocab) * DIM;
    float *one = calloc(size, sizeof *one), *several = calloc(size, sizeof *several);
    OK(attn_vectors_read(context, vocab, DIM, unit_path("glove.txt"), 0, one, NULL, NULL));

    attn_context *other = unit_context(5);
    OK(attn_vectors_read(other, vocab, DIM, unit_path("glove.txt"), 0, several, NULL, NULL));
    ck_assert_int_eq(memcmp(one, several, size * sizeof *one), 0);

    /* The numbers of the first lines: two of their words come again further down, and that changes nothing. */
    uint64_t state = 1;
    char digits[32];
    for (int32_t line = 0; line < 4; line++) {
        char word[16];
        snprintf(word, sizeof word, "w%d", line * 7919 % 20011);
        const float *row = one + (size_t)attn_vocab_id(vocab, word) * DIM;
        for (int32_t d = 0; d < DIM; d++) {
            snprintf(digits, sizeof digits, "%.5g", 8 * random_unit(&state) - 4);
            ck_assert(row[d] == strtof(digits, NULL));
        }
    }

    /* And the fault that stands first is the one that is told. */
    write_large(unit_path("glove.txt"), 12345);
    FAILS(ATTN_ERR_FORMAT, "line 12346: 19 numbers; expected 20",
          attn_vectors_read(context, vocab, DIM, unit_path("glove.txt"), 0, one, NULL, NULL));
    FAILS(ATTN_ERR_FORMAT, "line 12346: 19 numbers; expected 20",
          attn_vectors_read(other, vocab, DIM, unit_path("glove.txt"), 0, one, NULL, NULL));
    free(one);
    free(several);
    unit_folder_remove("glove.txt");
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_context_destroy(&other);
    attn_context_destroy(&context);
}
END_TEST

/* Numbers of many shapes; those of 17 digits lie close to the middle between two floats. */
static void write_number(char *out, size_t size, int32_t i, uint64_t *state)
{
    double x = 8 * random_unit(state) - 4;
    float f = (float)x;
    double middle = ((double)f + (double)nextafterf(f, 9)) / 2;
    switch (i % 10) {
    case 0:
        snprintf(out, size, "%.6g", x);
        break;
    case 1:
        snprintf(out, size, "%.17g", x);
        break;
    case 2:
        snprintf(out, size, "%.9e", x * 1e-3);
        break;
    case 3:
        snprintf(out, size, "%.17g", middle);
        break;
    case 4:
        snprintf(out, size, "%.17g", nextafter(middle, 9));
        break;
    case 5:
        snprintf(out, size, "%.40f", nextafter(middle, -9));
        break;
    case 6:
        snprintf(out, size, "%.19g", middle);
        break;
    case 7:
        snprintf(out, size, "%.8g",
                 x * pow(10, (int)(random_unit(state) * 80) - 45)); /* subnormal ones among them */
        break;
    case 8:
        snprintf(out, size, "%+.0f.", x * 1e6);
        break;
    default:
        snprintf(out, size, "%s.%05d", x < 0 ? "-" : "", (int)(fabs(x) * 20000));
    }
}

START_TEST(numbers_are_read_as_strtof_reads_them)
{
    enum { COUNT = 100000 };
    uint64_t state = 42;
    size_t size = 6;
    char *text = malloc(64 * COUNT);
    strcpy(text, "number");
    for (int32_t i = 0; i < COUNT; i++) {
        text[size++] = ' ';
        write_number(text + size, 60, i, &state);
        size += strlen(text + size);
    }
    static const char *const tokens[] = {"number"};
    context = unit_context(2);
    attn_vocab *vocab = vocab_of(tokens, 1);
    unit_folder_make();
    unit_file_write(unit_path("numbers"), text, size);
    float *rows = calloc(3 * COUNT, sizeof *rows);
    OK(attn_vectors_read(context, vocab, COUNT, unit_path("numbers"), 0, rows, NULL, NULL));
    char *at = text + 6;
    for (int32_t i = 0; i < COUNT; i++) {
        char *start = at;
        float expected = strtof(at, &at), got = rows[2 * COUNT + i];
        ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0, "%.*s: %.9g; expected %.9g",
                      (int)(at - start), start, (double)got, (double)expected);
    }
    free(rows);
    free(text);
    unit_folder_remove("numbers");
    attn_vocab_destroy(&vocab);
    attn_context_destroy(&context);
}
END_TEST

/* ---- probing, and arguments ---- */

static void probe(const void *bytes, size_t size, int32_t format, int32_t dim, int64_t words)
{
    report = (attn_vectors_report)ATTN_VECTORS_REPORT_INIT;
    unit_folder_make();
    unit_file_write(unit_path("vectors"), bytes, size);
    context = unit_context(1);
    OK(attn_vectors_probe(context, unit_path("vectors"), ATTN_VECTORS_AUTO, &report));
    ck_assert_int_eq(report.format, format);
    ck_assert_int_eq(report.dim, dim);
    ck_assert_int_eq(report.words, words);
    attn_context_destroy(&context);
    unit_folder_remove("vectors");
}

START_TEST(probing_tells_format_and_dim)
{
    probe(BYTES("the 0.1 -2 3\nrest is not looked at\n"), ATTN_VECTORS_GLOVE, 3, 0);
    probe(BYTES(". . 0.1 -2 3"), ATTN_VECTORS_GLOVE, 3, 0);
    probe(BYTES("10 0.1 -2 3"), ATTN_VECTORS_GLOVE, 3, 0);
    probe(BYTES("400000 2\nthe 1 2\n"), ATTN_VECTORS_WORD2VEC, 2, 400000);
    probe(BYTES("400000 4\nthe 1 2\n"), ATTN_VECTORS_WORD2VEC, 4, 400000);
    probe(BYTES("3 2\nthe " ONE TWO), ATTN_VECTORS_WORD2VEC_BINARY, 2, 3);
    probe(BYTES("1 1\nthe \x7f   "), ATTN_VECTORS_WORD2VEC_BINARY, 1, 1);
    probe(BYTES("0 2\n"), ATTN_VECTORS_WORD2VEC, 2, 0);
}
END_TEST

START_TEST(a_report_of_an_older_program_is_not_overrun)
{
    struct {
        size_t struct_size;
        int64_t words;
        int64_t untouched;
    } old = {2 * sizeof(int64_t), 0, 99};
    context = unit_context(1);
    unit_folder_make();
    unit_file_write(unit_path("vectors"), BYTES("5 2\nthe 1 2\n"));
    OK(attn_vectors_probe(context, unit_path("vectors"), ATTN_VECTORS_AUTO, (attn_vectors_report *)&old));
    ck_assert_uint_eq(old.struct_size, 2 * sizeof(int64_t));
    ck_assert_int_eq(old.words, 5);
    ck_assert_int_eq(old.untouched, 99);
    unit_folder_remove("vectors");
    attn_context_destroy(&context);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    static const char *const tokens[] = {"the"};
    context = unit_context(1);
    attn_vocab *vocab = vocab_of(tokens, 1);
    attn_vectors_report unset = {0, 0, 0, 0, 0, 0};
    report = (attn_vectors_report)ATTN_VECTORS_REPORT_INIT;
    FAILS(ATTN_ERR_ARGUMENT, "dim is 0", attn_vectors_read(context, vocab, 0, "x", 0, table, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "format is 4", attn_vectors_read(context, vocab, 2, "x", 4, table, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "table is NULL", attn_vectors_read(context, vocab, 2, "x", 0, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_vectors_read(context, NULL, 2, "x", 0, table, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "struct_size is 0",
          attn_vectors_read(context, vocab, 2, "x", 0, table, NULL, &unset));
    FAILS(ATTN_ERR_IO, "No such file", attn_vectors_read(context, vocab, 2, "/none", 0, table, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL", attn_vectors_probe(NULL, "x", 0, &report));
    FAILS(ATTN_ERR_ARGUMENT, "path is NULL", attn_vectors_probe(context, NULL, 0, &report));
    FAILS(ATTN_ERR_ARGUMENT, "report is NULL", attn_vectors_probe(context, "x", 0, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "format is -1", attn_vectors_probe(context, "x", -1, &report));
    FAILS(ATTN_ERR_IO, "No such file", attn_vectors_probe(context, "/none", 0, &report));
    attn_vocab_destroy(&vocab);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("vectors", glove_text_is_read, word2vec_text_is_read, word2vec_binary_is_read,
          lines_of_windows_tabs_and_a_missing_last_line_end_are_fine, a_word_may_hold_spaces,
          a_word_may_be_blank_or_empty_or_end_in_a_number, a_byte_order_mark_is_no_part_of_the_first_word,
          the_width_asked_for_decides_what_the_word_is, a_word_may_be_a_number,
          of_a_word_that_stands_twice_the_first_counts, a_vector_for_the_unknown_word_is_taken,
          a_vector_of_another_width_is_named_with_its_line, a_number_that_is_none_is_named_with_its_line,
          a_first_line_that_lies_is_found_out, a_binary_file_cut_anywhere_is_found_out,
          what_is_no_file_of_vectors_is_refused, the_table_does_not_depend_on_the_number_of_threads,
          numbers_are_read_as_strtof_reads_them, probing_tells_format_and_dim,
          a_report_of_an_older_program_is_not_overrun, bad_arguments_are_refused)
