/* test_draw.c - pictures of texts and matrices: what stands in them. */
#include "unit_draw.h"

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
    draws(ATTN_DRAW_ANSI, 4, " abcdef", " \nabcd\nef\n");
    draws(ATTN_DRAW_ANSI, 4, "abcd efgh", "abcd\nefgh\n"); /* the space would be the fifth */
    draws(ATTN_DRAW_ANSI, 5, "\u65E5\u672C\u8A9E", "\u65E5\u672C\n\u8A9E\n"); /* two columns each */
    draws(ATTN_DRAW_ANSI, 1, "\u65E5", "\u65E5\n");
    draws(ATTN_DRAW_ANSI, 2, "e\u0301e\u0301e\u0301", "e\u0301e\u0301\ne\u0301\n"); /* an accent takes none */
    draws(ATTN_DRAW_ANSI, 2, "\U0001F468\u200D\U0001F469a",
          "\U0001F468\u200D\U0001F469\na\n"); /* one picture of two */
    draws(ATTN_DRAW_ANSI, 0, "one two three four", "one two three four\n");
    /* Beside a title, or below it where there is no room for the first word. */
    const char *texts[] = {"one two three", "onetwothree four", "abcdefgh\ni", "abcdefghi\nj"},
               *drawn[] = {"title 0.9  one two \nthree\n", "title 0.9\nonetwothree four\n",
                           "title 0.9  abcdefgh\ni\n", "title 0.9\nabcdefghi\nj\n"};
    for (int i = 0; i < 4; i++) {
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
    for (int width = 15; width <= 16; width++) { /* a third of the line is enough */
        attn_draw_options options = options_of(ATTN_DRAW_ANSI);
        picture beside = {0};
        options.title = "title 0.9";
        options.no_colours = 1;
        options.width = width;
        OK(attn_draw_text(context, "a b", 3, 0, NULL, NULL, NULL, &options, write_picture, &beside));
        ck_assert_str_eq(beside.bytes, width == 16 ? "title 0.9  a b\n" : "title 0.9\na b\n");
        clear(&beside);
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
    options = options_of(ATTN_DRAW_SVG);
    out = shaded(&options);
    HOLDS(out, "fill=\"#1f77be\" fill-opacity=\"0.720\"><title>a: +1.000, rank 1<");
    HOLDS(out, "fill=\"#f07d0a\" fill-opacity=\"0.360\"><title>b: -0.500, rank 2<");
    HOLDS(out, "fill=\"#1f77be\" fill-opacity=\"0.001\"><title>c: +0.00100, rank 3<");
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
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.largest = 1;
    for (int i = 0; i < 2; i++) { /* what is within 1e-4 of the mean is as it */
        const float above = i ? 0.5f * 1.00013f : 0.5f * 1.00007f;
        OK(attn_draw_text(context, "a b", 3, 2, begins, ends, (float[]){above, 1 - above}, &options,
                          write_picture, &out));
        ck_assert_str_eq(out.bytes, i ? "\033[38;5;16;48;5;195ma\033[0m b\n" : "a b\n");
        clear(&out);
    }
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

UNIT_MAIN("draw", breaks_are_drawn_as_breaks, words_stand_in_the_order_in_which_they_are_read,
          what_cannot_stand_there_is_replaced, a_cluster_is_one_piece_of_the_number_furthest_from_0,
          lines_end_at_spaces_and_within_words_that_are_longer, what_is_told_as_0_has_no_sign_of_its_own,
          numbers_are_shades, without_signs_a_terminal_shades_what_is_above_the_mean, empty_things_are_drawn,
          a_matrix_has_a_cell_a_weight)
