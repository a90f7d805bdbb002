/* test_draw.c - pictures of texts and matrices: what stands in them, what is refused, and how large they grow. */
#include "unit.h"
#include "unit_memory.h"

static attn_context *context;

static void setup(void)
{
    context = unit_context(1);
}

static void teardown(void)
{
    attn_context_destroy(&context);
}

/* What was drawn, NUL-terminated. */
typedef struct picture {
    char *bytes;
    size_t size;
    int64_t calls, calls_left; /* of `write` that still succeed, where that is above 0 */
} picture;

#define FULL -77

static attn_status write_picture(void *user, const void *data, size_t size)
{
    picture *out = user;
    out->calls++;
    if (out->calls_left > 0 && out->calls > out->calls_left)
        return FULL;
    out->bytes = realloc(out->bytes, out->size + size + 1);
    memcpy(out->bytes + out->size, data, size);
    out->size += size;
    out->bytes[out->size] = 0;
    return ATTN_OK;
}

static void clear(picture *out)
{
    free(out->bytes);
    *out = (picture){0};
}

static attn_draw_options options_of(int32_t format)
{
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.format = format;
    return options;
}

static int64_t count_of(const char *text, const char *part)
{
    int64_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

#define HOLDS(out, part)                                                                                     \
    ck_assert_msg(strstr((out).bytes, (part)) != NULL, "\"%s\" lacks \"%s\"", (out).bytes, (part))
#define LACKS(out, part)                                                                                     \
    ck_assert_msg(strstr((out).bytes, (part)) == NULL, "\"%s\" has \"%s\"", (out).bytes, (part))

/* A text without spans, in a format. */
static picture plain(int32_t format, int32_t width, const char *text, size_t size)
{
    picture out = {0};
    attn_draw_options options = options_of(format);
    options.no_colours = 1;
    options.width = width;
    OK(attn_draw_text(context, text, size, 0, NULL, NULL, NULL, &options, write_picture, &out));
    return out;
}

static void draws(int32_t format, int32_t width, const char *text, const char *expected)
{
    picture out = plain(format, width, text, strlen(text));
    HOLDS(out, expected);
    clear(&out);
}

/* ---- what stands in a picture ---------------------------------------------------------------------------- */

START_TEST(breaks_are_drawn_as_breaks)
{
    setup();
    draws(ATTN_DRAW_ANSI, 0, "a\nb\r\nc\rd<br />e<BR>f<br/>g\xE2\x80\xA8h", "a\nb\nc\nd\ne\nf\ng\nh\n");
    draws(ATTN_DRAW_ANSI, 0, "a<br /><br />b<brr>", "a\n\nb<brr>\n");
    draws(ATTN_DRAW_HTML, 0, "a\r\nb<br />c<i>", ">a\nb\nc&lt;i&gt;</div>");
    draws(ATTN_DRAW_LATEX, 0, "a<br />b\nc", "a\\par\nb\\par\nc");
    picture out = plain(ATTN_DRAW_SVG, 0, "a<br />b\nc", 10);
    ck_assert_int_eq(count_of(out.bytes, "<text "), 3);
    clear(&out);
    attn_draw_options options = options_of(ATTN_DRAW_ANSI); /* on one line a break is a blank */
    options.no_colours = 1;
    options.title = "a\r\nb\rc\nd";
    OK(attn_draw_text(context, "x", 1, 0, NULL, NULL, NULL, &options, write_picture, &out));
    HOLDS(out, "a b c d  x\n");
    clear(&out);
    teardown();
}
END_TEST

/* Where the piece of a text stands in an SVG picture. */
static double place_of(const picture *out, const char *piece)
{
    char sought[64];
    snprintf(sought, sizeof sought, ">%s</tspan>", piece);
    const char *at = strstr(out->bytes, sought);
    ck_assert_msg(at != NULL, "\"%s\" lacks \"%s\"", out->bytes, sought);
    while (strncmp(at, "<tspan x=\"", 10) != 0)
        at--;
    return strtod(at + 10, NULL);
}

/* Words, each a span, are drawn; `order`, which ends with NULL, has them as they stand from the left; so many runs go to the left. */
static void stand(const char *text, int64_t leftward, const char *const *order)
{
    int64_t begins[16], ends[16], spans = 0;
    const float numbers[16] = {0};
    for (int64_t at = 0, size = (int64_t)strlen(text); at < size; at++) {
        const int64_t letters = (int64_t)strcspn(text + at, " \n");
        if (letters > 0) {
            begins[spans] = at;
            ends[spans++] = at + letters;
            at += letters;
        }
    }
    picture out = {0};
    const attn_draw_options options = options_of(ATTN_DRAW_SVG);
    OK(attn_draw_text(context, text, strlen(text), spans, begins, ends, numbers, &options, write_picture,
                      &out));
    for (int64_t i = 1; order[i]; i++)
        ck_assert_msg(place_of(&out, order[i - 1]) < place_of(&out, order[i]), "\"%s\" and \"%s\" in \"%s\"",
                      order[i - 1], order[i], out.bytes);
    ck_assert_int_eq(count_of(out.bytes, "direction=\"rtl\""), leftward);
    clear(&out);
}

#define STAND(text, leftward, ...) stand(text, leftward, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(words_stand_in_the_order_in_which_they_are_read)
{
    setup();
    STAND("one two ( 3 ) four", 0, "one", "two", "(", "3", ")", "four");
    STAND("\u05D0 \u05D1 \u05D2", 1, "\u05D2", "\u05D1", "\u05D0");
    /* Numbers go with what stands before them, and words to the right among those to the left stay as they are. */
    STAND("\u05D0 ( 3 ) \u0628 one two , \u05D1", 2, "\u05D1", ",", "one", "two", "\u0628", ")", "3", "(",
          "\u05D0");
    STAND("one \u05D0 \u05D1 4 two 5 .", 1, "one", "4", "\u05D1", "\u05D0", "two", "5", ".");
    STAND("7 \u05D0 one", 1, "one", "\u05D0", "7");
    /* Each paragraph goes where its first letter does; a line break of ours begins none. */
    STAND("one \u05D0\n. \u05D1 two", 2, "two", "\u05D1", ".");
    STAND("one \u05D0\n. \u05D1 two", 2, "one", "\u05D0");
    char text[400] = "\u05D0";
    for (int i = 0; i < 12; i++)
        strcat(text, " abcdefghi");
    strcat(text, " \u05D1 last");
    STAND(text, 3, "abcdefghi", "\u05D0");
    STAND(text, 3, "last", "\u05D1");
    teardown();
}
END_TEST

START_TEST(what_cannot_stand_there_is_replaced)
{
    setup();
    static const char bytes[] =
        "a\0\x1b[31m\x7f\xC2\x85\xFF\xC0\x80\xED\xA0\x80\xEF\xBF\xBF\xE2\x80\xAE z\t.";
    const char *expected[] = {
        "a\uFFFD\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD z    .",
        "a\uFFFD\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\u202E z\t."};
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        picture out = plain(format, 0, bytes, sizeof bytes - 1);
        HOLDS(out, expected[format != ATTN_DRAW_ANSI]);
        clear(&out);
    }
    attn_draw_options options = options_of(ATTN_DRAW_SVG);
    picture out = {0};
    options.title = "a\x01<\n\xFF";
    options.note = "&\"\x02";
    OK(attn_draw_text(context, NULL, 0, 0, NULL, NULL, NULL, &options, write_picture, &out));
    HOLDS(out, ">a\uFFFD&lt;<"); /* and the next line */
    HOLDS(out, ">&amp;&quot;\uFFFD<");
    clear(&out);
    teardown();
}
END_TEST

START_TEST(a_cluster_is_one_piece_of_the_number_furthest_from_0)
{
    setup();
    /* A thumb with its skin tone, a flag, and a letter with its accent, each parted by spans. */
    const char *text = "\U0001F44D\U0001F3FD \U0001F1E9\U0001F1EA e\u0301.";
    const int64_t begins[] = {0, 4, 9, 13, 18, 19}, ends[] = {4, 8, 13, 17, 19, 21};
    const float numbers[] = {0.25f, -0.5f, 0.75f, 0.5f, 0.125f, 1};
    attn_draw_options options = options_of(ATTN_DRAW_HTML);
    picture out = {0};
    OK(attn_draw_text(context, text, strlen(text), 6, begins, ends, numbers, &options, write_picture, &out));
    ck_assert_int_eq(count_of(out.bytes, "<span"), 3);
    HOLDS(out, " rank 3\">\U0001F44D\U0001F3FD</span> <span");
    HOLDS(out, " rank 2\">\U0001F1E9\U0001F1EA</span> <span");
    HOLDS(out, " rank 1\">e\u0301</span>.</div>");
    clear(&out);
    /* A line that has room for the first half alone keeps both together. */
    draws(ATTN_DRAW_ANSI, 3, "ab\U0001F1E9\U0001F1EA", "ab\n\U0001F1E9\U0001F1EA\n");
    teardown();
}
END_TEST

START_TEST(lines_end_at_spaces_and_within_words_that_are_longer)
{
    setup();
    draws(ATTN_DRAW_ANSI, 10, "one two three four", "one two \nthree four\n");
    draws(ATTN_DRAW_ANSI, 4, "a bcdefghij k", "a \nbcde\nfghi\nj k\n");
    draws(ATTN_DRAW_ANSI, 4, "abcd efgh", "abcd\nefgh\n"); /* the space would be the fifth */
    draws(ATTN_DRAW_ANSI, 5, "\u65E5\u672C\u8A9E", "\u65E5\u672C\n\u8A9E\n"); /* two columns each */
    draws(ATTN_DRAW_ANSI, 1, "\u65E5", "\u65E5\n");
    draws(ATTN_DRAW_ANSI, 0, "one two three four", "one two three four\n");
    /* Beside a title, or below it where there is no room for the first word. */
    const char *texts[] = {"one two three", "onetwothree four", "abcdefgh\ni"},
               *drawn[] = {"title 0.9  one two \nthree\n", "title 0.9\nonetwothree four\n",
                           "title 0.9  abcdefgh\ni\n"};
    for (int i = 0; i < 3; i++) {
        attn_draw_options options = options_of(ATTN_DRAW_ANSI);
        picture with_title = {0};
        options.no_colours = 1;
        options.title = "title 0.9";
        options.width = 19;
        OK(attn_draw_text(context, texts[i], strlen(texts[i]), 0, NULL, NULL, NULL, &options, write_picture,
                          &with_title));
        ck_assert_str_eq(with_title.bytes, drawn[i]);
        clear(&with_title);
    }
    /* 95 letters a line of 860 pixels, and as many lines as it takes. */
    char word[1000];
    memset(word, 'x', sizeof word);
    picture out = plain(ATTN_DRAW_SVG, 0, word, sizeof word);
    ck_assert_int_eq(count_of(out.bytes, "<text "), 11);
    clear(&out);
    out = plain(ATTN_DRAW_SVG, 200, word, sizeof word);
    ck_assert_int_eq(count_of(out.bytes, "<text "), 59);
    HOLDS(out, "width=\"200\"");
    clear(&out);
    teardown();
}
END_TEST

/* The shades of "a b c" in HTML, by numbers 1, -0.5 and 0.001. */
static picture shaded(const attn_draw_options *options)
{
    const int64_t begins[] = {0, 2, 4}, ends[] = {1, 3, 5};
    const float numbers[] = {1, -0.5f, 0.001f};
    picture out = {0};
    OK(attn_draw_text(context, "a b c", 5, 3, begins, ends, numbers, options, write_picture, &out));
    return out;
}

START_TEST(what_is_told_as_0_has_no_sign_of_its_own)
{
    setup();
    const int64_t begins[] = {0, 2, 4}, ends[] = {1, 3, 5};
    const float numbers[] = {-1, -0.0f, -1e-9f};
    for (int32_t format = ATTN_DRAW_HTML; format <= ATTN_DRAW_SVG; format++) {
        picture out = {0};
        const attn_draw_options options = options_of(format);
        OK(attn_draw_text(context, "a b c", 5, 3, begins, ends, numbers, &options, write_picture, &out));
        ck_assert_int_eq(count_of(out.bytes, "-1.000"), 1);
        ck_assert_int_eq(count_of(out.bytes, "-0.0"), 0);
        ck_assert_int_eq(count_of(out.bytes, " +0.00000"), 1);
        ck_assert_int_eq(count_of(out.bytes, " 0.00000"), 1);
        clear(&out);
    }
    teardown();
}
END_TEST

START_TEST(numbers_are_shades)
{
    setup();
    attn_draw_options options = options_of(ATTN_DRAW_HTML);
    picture out = shaded(&options);
    HOLDS(out, "attn-blue\" style=\"--attn-shade:1.00\" tabindex=\"0\" data-tip=\"a \u00B7 +1.000 \u00B7 "
               "rank 1\">a<");
    HOLDS(out, "attn-orange\" style=\"--attn-shade:0.50\" tabindex=\"0\" data-tip=\"b \u00B7 -0.500 \u00B7 "
               "rank 2\">b<");
    HOLDS(out, "attn-blue\" tabindex=\"0\" data-tip=\"c \u00B7 +0.00100 \u00B7 rank 3\">c<");
    clear(&out);
    options.swap_hues = 1;
    options.largest = 2;
    options.names = (const char *const[]){"A", "B", "<"};
    out = shaded(&options);
    HOLDS(out, "attn-orange\" style=\"--attn-shade:0.50\" tabindex=\"0\" data-tip=\"A \u00B7");
    HOLDS(out, "attn-blue\" style=\"--attn-shade:0.25\" tabindex=\"0\" data-tip=\"B \u00B7");
    HOLDS(out, "data-tip=\"&lt; \u00B7");
    clear(&out);
    options = options_of(ATTN_DRAW_HTML);
    options.logarithmic = 1;
    options.largest = 0.1f; /* what lies beyond it is shaded as it is */
    out = shaded(&options);
    HOLDS(out, "--attn-shade:1.00\" tabindex=\"0\" data-tip=\"b");
    HOLDS(out, "--attn-shade:0.33\" tabindex=\"0\" data-tip=\"c"); /* 1 + log10(.01) / 3 */
    clear(&out);
    options = options_of(ATTN_DRAW_ANSI);
    out = shaded(&options);
    ck_assert_str_eq(out.bytes, "\033[38;5;16;48;5;39ma\033[0m \033[38;5;16;48;5;222mb\033[0m "
                                "\033[38;5;16;48;5;195mc\033[0m\n");
    clear(&out);
    options.no_colours = 1;
    out = shaded(&options);
    ck_assert_str_eq(out.bytes, "a b c\n");
    clear(&out);
    teardown();
}
END_TEST

START_TEST(without_signs_a_terminal_shades_what_is_above_the_mean)
{
    setup();
    const int64_t begins[] = {0, 2, 4}, ends[] = {1, 3, 5};
    const float numbers[] = {1, 0.25f, 0.25f}, same[] = {0.3f, 0.3f, 0.3f};
    picture out = {0};
    OK(attn_draw_text(context, "a b c", 5, 3, begins, ends, numbers, NULL, write_picture, &out));
    ck_assert_str_eq(out.bytes, "\033[38;5;16;48;5;39ma\033[0m b c\n");
    clear(&out);
    OK(attn_draw_text(context, "a b c", 5, 3, begins, ends, same, NULL, write_picture, &out));
    ck_assert_str_eq(out.bytes, "a b c\n");
    clear(&out);
    teardown();
}
END_TEST

START_TEST(empty_things_are_drawn)
{
    setup();
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        const attn_draw_options options = options_of(format);
        const int64_t begins[] = {0, 0}, ends[] = {0, 0};
        const float numbers[] = {0, 0};
        picture out = {0};
        OK(attn_draw_text(context, NULL, 0, 0, NULL, NULL, NULL, &options, write_picture, &out));
        OK(attn_draw_text(context, "", 0, 2, begins, ends, numbers, &options, write_picture, &out));
        OK(attn_draw_text(context, "\n", 1, 2, begins, ends, numbers, &options, write_picture, &out));
        OK(attn_draw_matrix(context, 0, 3, NULL, NULL, NULL, &options, write_picture, &out));
        OK(attn_draw_matrix(context, 2, 0, NULL, NULL, NULL, &options, write_picture, &out));
        OK(attn_draw_matrix(context, 1, 2, numbers, NULL, NULL, &options, write_picture, &out));
        clear(&out);
    }
    teardown();
}
END_TEST

START_TEST(a_matrix_has_a_cell_a_weight)
{
    setup();
    const float weights[] = {0.25f, 1, -0.5f, 3};
    const char *rows[] = {"first", "<&\n"}, *columns[] = {"x", "the second"};
    attn_draw_options options = options_of(ATTN_DRAW_SVG);
    picture out = {0};
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    HOLDS(out, "fill=\"#0b3d91\" fill-opacity=\"0.2500\"><title>first from x: 0.250<");
    HOLDS(out, "fill=\"#b34700\" fill-opacity=\"0.5000\"><title>&lt;&amp;  from x: -0.500<");
    HOLDS(out, "fill-opacity=\"1.0000\"><title>&lt;&amp;  from the second: 3.000<");
    HOLDS(out, ">-1</text>");
    clear(&out);
    options = options_of(ATTN_DRAW_ANSI);
    options.no_colours = 1;
    options.title = "title";
    options.note = "note";
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    ck_assert_str_eq(out.bytes, "title\n"
                                "         x the second\n"
                                "first   25        100\n"
                                "  <&   -50        100\n"
                                "  note\n");
    clear(&out);
    options.width = 12; /* one column a part */
    options.title = options.note = NULL;
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    ck_assert_str_eq(out.bytes, "         x\n"
                                "first   25\n"
                                "  <&   -50\n"
                                "      the s\u2026\n"
                                "first    100\n"
                                "  <&     100\n");
    clear(&out);
    options.width = 9; /* row names above, where beside them there is no room */
    options.title = "a title";
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    ck_assert_str_eq(out.bytes, "a title\n"
                                "    x\n"
                                "first\n"
                                "   25\n"
                                "<& \n"
                                "  -50\n"
                                " the sec\u2026\n"
                                "first\n"
                                "      100\n"
                                "<& \n"
                                "      100\n");
    clear(&out);
    options.width = 4; /* and a title or a name in as many lines as it takes */
    OK(attn_draw_matrix(context, 2, 1, weights, rows, columns, &options, write_picture, &out));
    ck_assert_str_eq(out.bytes, "a\n"
                                "titl\n"
                                "e\n"
                                "   x\n"
                                "firs\n"
                                "t\n"
                                "  25\n"
                                "<& \n"
                                " 100\n");
    clear(&out);
    options = options_of(ATTN_DRAW_HTML);
    options.largest = 4;
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    HOLDS(out, "<td class=\"attn-blue\" style=\"--attn-shade:0.75\" data-tip=\"&lt;&amp;  \u00B7 the second "
               "\u00B7 3.000\">");
    clear(&out);
    options = options_of(ATTN_DRAW_LATEX);
    OK(attn_draw_matrix(context, 2, 2, weights, rows, columns, &options, write_picture, &out));
    HOLDS(out, "first&\\attncell{attnblue}{25}&\\attncell{attnblue}{100}\\\\");
    clear(&out);
    teardown();
}
END_TEST

/* ---- size ------------------------------------------------------------------------------------------------ */

/* How many bytes a text of `size` letters takes, in spans of `step`. */
static size_t size_of(int32_t format, int64_t size, int64_t step)
{
    char *text = malloc((size_t)size);
    int64_t count = size / step, *begins = malloc((size_t)count * sizeof *begins),
            *ends = malloc((size_t)count * sizeof *ends);
    float *numbers = malloc((size_t)count * sizeof *numbers);
    memset(text, 'w', (size_t)size);
    for (int64_t i = 0; i < count; i++) {
        begins[i] = i * step;
        ends[i] = (i + 1) * step;
        numbers[i] = sinf((float)i);
    }
    const attn_draw_options options = options_of(format);
    picture out = {0};
    OK(attn_draw_text(context, text, (size_t)size, count, begins, ends, numbers, &options, write_picture,
                      &out));
    const size_t drawn = out.size;
    clear(&out);
    free(text);
    free(begins);
    free(ends);
    free(numbers);
    return drawn;
}

START_TEST(size_grows_linearly_with_the_text)
{
    setup();
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        /* One word: 95 letters a line, which has some 500 bytes beside them. */
        const size_t word = size_of(format, 320000, 320000);
        ck_assert_msg(word < 8 * 320000, "format %d: %zu bytes", format, word);
        /* A number a letter: twice the text is at most twice the picture; ranks have a digit more. */
        const size_t once = size_of(format, 20000, 1), twice = size_of(format, 40000, 1);
        ck_assert_msg(twice < once * 2 + once / 25, "format %d: %zu and %zu bytes", format, once, twice);
    }
    teardown();
}
END_TEST

START_TEST(pieces_go_out_as_they_are_drawn)
{
    setup();
    picture out = {0};
    const attn_draw_options options = options_of(ATTN_DRAW_HTML);
    char text[100000];
    memset(text, 'x', sizeof text);
    OK(attn_draw_text(context, text, sizeof text, 0, NULL, NULL, NULL, &options, write_picture, &out));
    ck_assert_int_gt(out.calls, 20);
    clear(&out);
    teardown();
}
END_TEST

/* ---- pages ----------------------------------------------------------------------------------------------- */

START_TEST(a_page_holds_several_pictures)
{
    setup();
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        attn_draw_options options = options_of(format), on_page = options_of(ATTN_DRAW_ANSI);
        attn_page *page = NULL;
        picture out = {0}, one = {0};
        options.title = "the page";
        options.no_colours = 1;
        OK(attn_page_create(context, &options, write_picture, &out, &page));
        on_page.page = page; /* and the page's format */
        on_page.title = "a picture";
        for (int i = 0; i < 3; i++)
            OK(attn_draw_text(context, "paprika", 7, 0, NULL, NULL, NULL, &on_page, NULL, NULL));
        OK(attn_draw_matrix(context, 1, 1, &(float){1}, NULL, NULL, &on_page, NULL, NULL));
        OK(attn_page_finish(page));
        FAILS(ATTN_ERR_STATE, "finished", attn_page_finish(page));
        FAILS(ATTN_ERR_STATE, "finished",
              attn_draw_text(context, "paprika", 7, 0, NULL, NULL, NULL, &on_page, NULL, NULL));
        attn_page_destroy(&page);
        ck_assert_ptr_null(page);
        attn_page_destroy(&page);
        ck_assert_int_eq(count_of(out.bytes, "paprika"), 3);
        ck_assert_int_eq(count_of(out.bytes, "a picture"), 4);
        ck_assert_int_ge(count_of(out.bytes, "the page"), 1);
        ck_assert_int_eq(count_of(out.bytes, "<svg"), format == ATTN_DRAW_SVG);
        ck_assert_int_eq(count_of(out.bytes, "<html"), format == ATTN_DRAW_HTML);
        ck_assert_int_eq(count_of(out.bytes, "\\end{document}"), format == ATTN_DRAW_LATEX);
        /* Without the document around them: what stands in it is the same. */
        options.fragment = 1;
        options.title = NULL;
        OK(attn_draw_text(context, "paprika", 7, 0, NULL, NULL, NULL, &options, write_picture, &one));
        LACKS(one, "<html");
        LACKS(one, "documentclass");
        clear(&one);
        clear(&out);
    }
    teardown();
}
END_TEST

START_TEST(a_page_that_is_not_finished_is_released)
{
    setup();
    attn_draw_options options = options_of(ATTN_DRAW_SVG);
    picture out = {0};
    OK(attn_page_create(context, &options, write_picture, &out, &options.page));
    OK(attn_draw_text(context, "paprika", 7, 0, NULL, NULL, NULL, &options, NULL, NULL));
    attn_context_destroy(&context); /* the page keeps it */
    attn_page_destroy(&options.page);
    ck_assert_ptr_null(out.bytes);
}
END_TEST

/* ---- what fails ------------------------------------------------------------------------------------------ */

START_TEST(a_failing_callback_ends_the_drawing)
{
    setup();
    char text[20000];
    memset(text, 'x', sizeof text);
    for (int32_t format = ATTN_DRAW_ANSI; format <= ATTN_DRAW_LATEX; format++) {
        attn_draw_options options = options_of(format);
        picture out = {.calls_left = 2};
        ck_assert_int_eq(
            attn_draw_text(context, text, sizeof text, 0, NULL, NULL, NULL, &options, write_picture, &out),
            FULL);
        ck_assert_int_eq(out.calls, 3);
        clear(&out);
        out.calls_left = 1;
        attn_page *page = NULL;
        OK(attn_page_create(context, &options, write_picture, &out, &page));
        options.page = page;
        const attn_status drawn =
            attn_draw_text(context, text, sizeof text, 0, NULL, NULL, NULL, &options, NULL, NULL);
        if (format == ATTN_DRAW_SVG) {
            OK(drawn);
            ck_assert_int_eq(attn_page_finish(page), FULL);
        } else {
            ck_assert_int_eq(drawn, FULL);
            FAILS(ATTN_ERR_STATE, "could not be written",
                  attn_draw_matrix(context, 0, 0, NULL, NULL, NULL, &options, NULL, NULL));
            FAILS(ATTN_ERR_STATE, "could not be written", attn_page_finish(page));
        }
        attn_page_destroy(&page);
        clear(&out);
    }
    teardown();
}
END_TEST

START_TEST(wrong_arguments_are_named)
{
    setup();
    picture out = {0};
    const char *text = "one two";
    int64_t begins[] = {0, 4}, ends[] = {3, 7};
    float numbers[] = {1, 2}, cells[] = {0, NAN};
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
#define DRAW() attn_draw_text(context, text, 7, 2, begins, ends, numbers, &options, write_picture, &out)
    OK(DRAW());
    clear(&out);
    FAILS(ATTN_ERR_ARGUMENT, "attn_draw_text: context is NULL",
          attn_draw_text(NULL, text, 7, 0, NULL, NULL, NULL, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "text is NULL",
          attn_draw_text(context, NULL, 1, 0, NULL, NULL, NULL, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "count is -1",
          attn_draw_text(context, text, 7, -1, begins, ends, numbers, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "begins, ends or numbers is NULL",
          attn_draw_text(context, text, 7, 2, begins, NULL, numbers, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "write is NULL",
          attn_draw_text(context, text, 7, 2, begins, ends, numbers, NULL, NULL, NULL));
    begins[1] = 2;
    FAILS(ATTN_ERR_ARGUMENT, "begins[1] is 2; expected 3 or more", DRAW());
    begins[1] = 4;
    ends[1] = 8;
    FAILS(ATTN_ERR_ARGUMENT, "ends[1] is 8; expected begins[1], 4, to the text's 7 bytes", DRAW());
    ends[1] = 3;
    FAILS(ATTN_ERR_ARGUMENT, "ends[1] is 3", DRAW());
    ends[1] = 7;
    begins[0] = -1;
    FAILS(ATTN_ERR_ARGUMENT, "begins[0] is -1; expected 0 or more", DRAW());
    begins[0] = 0;
    numbers[1] = NAN;
    FAILS(ATTN_ERR_ARGUMENT, "numbers[1] is nan", DRAW());
    numbers[1] = INFINITY;
    FAILS(ATTN_ERR_ARGUMENT, "numbers[1] is inf", DRAW());
    numbers[1] = 2;
    const attn_draw_options usual = ATTN_DRAW_OPTIONS_INIT;
#define REFUSES(line, change)                                                                                \
    do {                                                                                                     \
        options = usual;                                                                                     \
        change;                                                                                              \
        FAILS(ATTN_ERR_ARGUMENT, line, DRAW());                                                              \
    } while (0)
    REFUSES("format is 4", options.format = 4);
    REFUSES("format is -1", options.format = -1);
    REFUSES("width is -1", options.width = -1);
    REFUSES("width is 99; expected 100 to 100000", (options.format = ATTN_DRAW_SVG, options.width = 99));
    REFUSES("no_colours is 2", options.no_colours = 2);
    REFUSES("fragment is 2", options.fragment = 2);
    REFUSES("logarithmic is -1", options.logarithmic = -1);
    REFUSES("swap_hues is 5", options.swap_hues = 5);
    REFUSES("largest is -1", options.largest = -1);
    REFUSES("largest is nan", options.largest = NAN);
    REFUSES("reserved is 1", options.reserved = 1);
    REFUSES("names[1] is NULL", options.names = ((const char *const[]){"one", NULL}));
    FAILS(ATTN_ERR_ARGUMENT, "weights[0, 1] is nan",
          attn_draw_matrix(context, 1, 2, cells, NULL, NULL, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "column_names[1] is NULL",
          attn_draw_matrix(context, 1, 2, numbers, NULL, (const char *const[]){"a", NULL}, NULL,
                           write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "-1 rows",
          attn_draw_matrix(context, -1, 2, numbers, NULL, NULL, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "at most 2^24 cells",
          attn_draw_matrix(context, 1 << 13, 1 << 12, numbers, NULL, NULL, NULL, write_picture, &out));
    FAILS(ATTN_ERR_ARGUMENT, "weights is NULL",
          attn_draw_matrix(context, 1, 2, NULL, NULL, NULL, NULL, write_picture, &out));
    attn_page *page = NULL;
    FAILS(ATTN_ERR_ARGUMENT, "attn_page_create: write is NULL",
          attn_page_create(context, NULL, NULL, NULL, &page));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_page_create(context, NULL, write_picture, &out, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "page is NULL", attn_page_finish(NULL));
    ck_assert_ptr_null(out.bytes); /* nothing was drawn */
    OK(attn_page_create(context, NULL, write_picture, &out, &page));
    REFUSES("write is not NULL, but options->page has its own", options.page = page);
    attn_page_destroy(&page);
    clear(&out);
    teardown();
}
END_TEST

START_TEST(shorter_and_longer_options_are_read)
{
    setup();
    struct {
        attn_draw_options options;
        int64_t more;
    } longer = {ATTN_DRAW_OPTIONS_INIT, 0};
    picture usual = {0};
    OK(attn_draw_text(context, "text", 4, 0, NULL, NULL, NULL, NULL, write_picture, &usual));
    const size_t sizes[] = {sizeof(size_t),
                            offsetof(attn_draw_options, width),
                            offsetof(attn_draw_options, no_colours),
                            offsetof(attn_draw_options, fragment),
                            offsetof(attn_draw_options, logarithmic),
                            offsetof(attn_draw_options, swap_hues),
                            offsetof(attn_draw_options, largest),
                            offsetof(attn_draw_options, reserved),
                            offsetof(attn_draw_options, title),
                            offsetof(attn_draw_options, note),
                            offsetof(attn_draw_options, names),
                            offsetof(attn_draw_options, page),
                            sizeof(attn_draw_options),
                            sizeof longer};
    ck_assert_uint_eq(sizeof(attn_draw_options), offsetof(attn_draw_options, page) + sizeof(attn_page *));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        picture out = {0};
        longer.options.struct_size = sizes[i];
        OK(attn_draw_text(context, "text", 4, 0, NULL, NULL, NULL, &longer.options, write_picture, &out));
        ck_assert_str_eq(out.bytes, usual.bytes);
        clear(&out);
    }
    longer.more = 1;
    picture out = {0};
    FAILS(ATTN_ERR_ARGUMENT, "does not know",
          attn_draw_text(context, "text", 4, 0, NULL, NULL, NULL, &longer.options, write_picture, &out));
    clear(&usual);
    teardown();
}
END_TEST

static attn_status draw_once(attn_context *given, void *user)
{
    attn_draw_options options = options_of(ATTN_DRAW_SVG);
    const int64_t begin = 0, end = 4;
    const float number = 1;
    picture out = {0};
    (void)user;
    attn_status status =
        attn_draw_text(given, "text", 4, 1, &begin, &end, &number, &options, write_picture, &out);
    options.title = "title";
    if (status == ATTN_OK)
        status = attn_page_create(given, &options, write_picture, &out, &options.page);
    if (status == ATTN_OK)
        status = attn_draw_matrix(given, 1, 1, &number, NULL, NULL, &options, NULL, NULL);
    if (status == ATTN_OK)
        status = attn_page_finish(options.page);
    attn_page_destroy(&options.page);
    clear(&out);
    return status;
}

START_TEST(memory_that_runs_out_is_reported)
{
    ck_assert_int_gt(unit_memory_starve(draw_once, NULL), 5);
}
END_TEST

UNIT_MAIN("draw", breaks_are_drawn_as_breaks, words_stand_in_the_order_in_which_they_are_read,
          what_cannot_stand_there_is_replaced, a_cluster_is_one_piece_of_the_number_furthest_from_0,
          lines_end_at_spaces_and_within_words_that_are_longer, what_is_told_as_0_has_no_sign_of_its_own,
          numbers_are_shades, without_signs_a_terminal_shades_what_is_above_the_mean, empty_things_are_drawn,
          a_matrix_has_a_cell_a_weight, size_grows_linearly_with_the_text, pieces_go_out_as_they_are_drawn,
          a_page_holds_several_pictures, a_page_that_is_not_finished_is_released,
          a_failing_callback_ends_the_drawing, wrong_arguments_are_named, shorter_and_longer_options_are_read,
          memory_that_runs_out_is_reported)
