/* test_draw_pages.c - pictures: how large they grow, several on a page, and what is refused. */
#include "unit_memory.h"

#include "unit_draw.h"

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

UNIT_MAIN("draw_pages", size_grows_linearly_with_the_text, pieces_go_out_as_they_are_drawn,
          a_page_holds_several_pictures, a_page_that_is_not_finished_is_released,
          a_failing_callback_ends_the_drawing, wrong_arguments_are_named, shorter_and_longer_options_are_read,
          memory_that_runs_out_is_reported)
