/* test_unicode.c - the ways of writing one text give the same tokens, for all of Unicode and all options of the
 * tokenizer; accents, vowel signs and marks are dropped where that is said and kept elsewhere. */
#include <utf8proc.h>

#include "unit.h"

#define COMBINATIONS 8 /* of the three options */

/* Bits: 1 case, 2 accents, 4 contractions. */
static attn_tokens *tokens_keeping(int32_t bits)
{
    attn_context *context = unit_context(1);
    attn_tokens_options options = {sizeof options, bits & 1, bits >> 1 & 1, bits >> 2 & 1, 0};
    attn_tokens *tokens;
    OK(attn_tokens_create(context, &options, &tokens));
    attn_context_destroy(&context);
    return tokens;
}

/* For the millions of checks here: those of libcheck write to a file even when they hold. */
static void hold(int condition, const char *what, const char *text, size_t size)
{
    if (!condition)
        ck_abort_msg("%s: \"%.*s\"", what, (int)size, text);
}

/* The tokens of text[size], each with a '|' behind it. */
static void join(attn_tokens *tokens, const char *text, size_t size, char *joined, size_t room)
{
    hold(attn_tokens_set_text(tokens, text, size) == ATTN_OK, attn_last_error(), text, size);
    size_t used = 0;
    int64_t done = 0;
    joined[0] = '\0';
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        used += (size_t)snprintf(joined + used, room - used, "%s|", attn_tokens_get(tokens, i));
        hold(used < room && attn_tokens_begins(tokens)[i] >= done, "spans", text, size);
        done = attn_tokens_ends(tokens)[i];
    }
    hold(done <= (int64_t)size, "spans", text, size);
}

/* text[size] in the form that `options` say; the length is returned, the bytes are `out`'s. */
static size_t normalise(const char *text, size_t size, int options, char *out, size_t room)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &made,
                                           (utf8proc_option_t)(options | UTF8PROC_STABLE));
    hold(length >= 0 && length < (utf8proc_ssize_t)room, "utf8proc_map", text, size);
    memcpy(out, made, (size_t)length);
    free(made);
    return (size_t)length;
}

static void check_forms(attn_tokens *tokens, const char *text, size_t size)
{
    static const int forms[2] = {UTF8PROC_COMPOSE, UTF8PROC_DECOMPOSE};
    char given[2048], other[2048], form[1024];
    join(tokens, text, size, given, sizeof given);
    for (int32_t i = 0; i < 2; i++) {
        size_t length = normalise(text, size, forms[i], form, sizeof form);
        join(tokens, form, length, other, sizeof other);
        if (strcmp(given, other) != 0)
            ck_abort_msg("\"%.*s\" gives %s and in form %d %s", (int)size, text, given, i, other);
    }
}

static int is_character(int32_t code)
{
    return code != 0 && utf8proc_codepoint_valid(code) && utf8proc_category(code) != UTF8PROC_CATEGORY_CN;
}

START_TEST(every_character_gives_the_same_tokens_composed_and_decomposed)
{
    for (int32_t keep = 0; keep < COMBINATIONS; keep++) {
        attn_tokens *tokens = tokens_keeping(keep);
        for (int32_t code = 0x80; code < 0x110000; code++) {
            if (code == 0xE000)
                code = 0xF900; /* private */
            if (!is_character(code))
                continue;
            char text[8] = "x";
            size_t size = 1 + (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)text + 1);
            text[size] = 'y';
            check_forms(tokens, text + 1, size - 1);
            check_forms(tokens, text, size + 1);
        }
        attn_tokens_destroy(&tokens);
    }
}
END_TEST

static uint64_t state = 1;

static int32_t random_code(void)
{
    static const int32_t blocks[][2] = {
        {'A', 60},        {0xC0, 0x190},  {0x300, 0x70},   {0x370, 0x190},  {0x590, 0x70},  {0x610, 0x60},
        {0x900, 0x480},   {0xE00, 0x100}, {0x1100, 0x100}, {0x1E00, 0x200}, {0x3040, 192},  {0xAC00, 11172},
        {0x11000, 0x400}, {0x20D0, 0x20}, {0x2200, 0x100}, {0x300, 0x70},   {0x1160, 0xA0}, {0x3099, 2}};
    for (;;) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const int32_t *block = blocks[(state >> 33) % (sizeof blocks / sizeof *blocks)];
        int32_t code = block[0] + (int32_t)((state >> 40) % (uint64_t)block[1]);
        if (is_character(code))
            return code;
    }
}

START_TEST(texts_of_letters_and_marks_in_any_order_give_the_same_tokens_in_every_form)
{
    for (int32_t keep = 0; keep < COMBINATIONS; keep++) {
        attn_tokens *tokens = tokens_keeping(keep);
        for (int32_t round = 0; round < 40000; round++) {
            char text[64];
            size_t size = 0;
            for (int32_t i = 0; i < 1 + round % 12; i++)
                size += (size_t)utf8proc_encode_char(random_code(), (utf8proc_uint8_t *)text + size);
            check_forms(tokens, text, size);
        }
        attn_tokens_destroy(&tokens);
    }
}
END_TEST

START_TEST(letters_whose_case_and_accents_are_kept_are_composed_and_no_more)
{
    attn_tokens *tokens = tokens_keeping(7);
    for (int32_t code = 0x80; code < 0x110000; code++) {
        utf8proc_category_t category = utf8proc_category(code);
        int itself = (code >= 0x3040 && code <= 0x30FF) || (code >= 0x3131 && code <= 0x318E) ||
                     code == 0x0E33 || code == 0x0EB3;
        int apostrophe = code == 0x149 || (code >= 0x2B9 && code <= 0x2BC) || code == 0x374,
            voicing = code == 0xFF9E || code == 0xFF9F;
        if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_LO || apostrophe || voicing)
            continue;
        char text[8], expected[128], given[128];
        size_t size = (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)text);
        size_t length = normalise(text, size, itself ? UTF8PROC_COMPOSE : UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
                                  expected, sizeof expected - 1);
        expected[length++] = '|';
        expected[length] = '\0';
        join(tokens, text, size, given, sizeof given);
        if (strpbrk(expected, " ().\u00B7") == NULL) /* forms of several words */
            hold(strcmp(given, expected) == 0, given, expected, length);
    }
    attn_tokens_destroy(&tokens);
}
END_TEST

static void gives(attn_tokens *tokens, const char *text, const char *expected)
{
    char given[256];
    join(tokens, text, strlen(text), given, sizeof given);
    ck_assert_str_eq(given, expected);
}

START_TEST(accents_of_latin_greek_and_cyrillic_are_dropped_and_no_others)
{
    attn_tokens *tokens = tokens_keeping(0);
    gives(tokens, "\u00C9t\u00E9 \u1EC7 \u0386\u03BD\u03C4\u03B5 \u0419\u0451",
          "ete|e|\u03B1\u03BD\u03C4\u03B5|\u0438\u0435|");
    gives(tokens, "\u0939\u093F\u0928\u094D\u0926\u0940",
          "\u0939\u093F\u0928\u094D\u0926\u0940|"); /* Hindi, as it calls itself */
    gives(tokens, "\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD", "\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD|"); /* Tamil */
    gives(tokens, "\u0E17\u0E35\u0E48 \u0E19\u0E49\u0E33",
          "\u0E17\u0E35\u0E48|\u0E19\u0E49\u0E33|");                  /* Thai */
    gives(tokens, "\u09B0\u200D\u09CD\u09AF", "\u09B0\u09CD\u09AF|"); /* Bengali, with a joiner */
    gives(tokens, "\u0643\u064E\u062A\u064E\u0628\u064E",
          "\u0643\u064E\u062A\u064E\u0628\u064E|"); /* Arabic */
    gives(tokens, "\u05E9\u05C1\u05B8\u05DC\u05D5\u05B9\u05DD",
          "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD|"); /* Hebrew, in order */
    gives(tokens, "\u304B\u3099 \uFF76\uFF9E \u30D1", "\u304C|\u30AC|\u30D1|");
    gives(tokens, "\u1112\u1161\u11AB\u1100\u116E\u11A8 \u314B\u314B\u314F",
          "\uD55C\uAD6D|\u314B\u314B\u314F|");
    attn_tokens_destroy(&tokens);
}
END_TEST

START_TEST(marks_on_what_is_no_letter_vanish_unless_they_make_another_sign)
{
    attn_tokens *tokens = tokens_keeping(0), *kept = tokens_keeping(7);
    gives(tokens, "a\u2260b =\u0338 !\u0301 \u0301 \u00A8", "a|\u2260|b|\u2260|!|");
    gives(kept, "a\u2260b =\u0338 !\u0301 \u0301 \u00A8", "a|\u2260|b|\u2260|!|");
    gives(tokens, "\u2764\uFE0F 1\uFE0F\u20E3", "\u2764|1|");
    attn_tokens_destroy(&tokens);
    attn_tokens_destroy(&kept);
}
END_TEST

START_TEST(a_million_marks_on_a_letter_are_read_in_linear_time)
{
    enum { MARKS = 1000000 };
    char *text = malloc(2 * MARKS + 2);
    text[0] = 'e';
    for (int32_t i = 0; i < MARKS; i++)
        memcpy(text + 1 + 2 * i, i % 2 ? "\u0301" : "\u0323", 2);
    text[2 * MARKS + 1] = 'e';
    attn_tokens *tokens = tokens_keeping(0), *kept = tokens_keeping(2);
    OK(attn_tokens_set_text(tokens, text, 2 * MARKS + 2));
    ck_assert_int_eq(attn_tokens_count(tokens), 1);
    ck_assert_str_eq(attn_tokens_get(tokens, 0), "ee");
    ck_assert_int_eq(attn_tokens_ends(tokens)[0], 2 * MARKS + 2);
    OK(attn_tokens_set_text(kept, text, 2 * MARKS + 2));
    ck_assert_int_eq(attn_tokens_count(kept), 1);
    attn_tokens_destroy(&tokens);
    attn_tokens_destroy(&kept);
    free(text);
}
END_TEST

START_TEST(spans_are_those_of_whole_characters)
{
    attn_tokens *tokens = tokens_keeping(0);
    static const char text[] = "e\u0301t\u00E9, \u1112\u1161\u11AB! \u0915\u094D\u0937\u200C x\u00AD";
    OK(attn_tokens_set_text(tokens, text, sizeof text - 1));
    static const char *const expected[] = {"e\u0301t\u00E9",           ",",      "\u1112\u1161\u11AB", "!",
                                           "\u0915\u094D\u0937\u200C", "x\u00AD"};
    ck_assert_int_eq(attn_tokens_count(tokens), 6);
    for (int64_t i = 0; i < 6; i++) {
        int64_t begin = attn_tokens_begins(tokens)[i], end = attn_tokens_ends(tokens)[i];
        ck_assert_int_eq(end - begin, (int64_t)strlen(expected[i]));
        ck_assert_mem_eq(text + begin, expected[i], (size_t)(end - begin));
    }
    attn_tokens_destroy(&tokens);
}
END_TEST

/* ---- options ---- */

START_TEST(each_option_keeps_what_it_says_and_no_more)
{
    for (int32_t keep = 0; keep < COMBINATIONS; keep++) {
        static const char text[] =
            "J\u2019AI d\u00E9j\u00E0 VU \u00C6r\u00F8 Stra\u00DFe, DIDN'T It's \uFB01n!";
        static const char *const expected[COMBINATIONS] = {
            "j'ai|deja|vu|aero|strasse|,|did|n't|it|'s|fin|!|",
            "J'AI|deja|VU|AEro|Strasse|,|DID|N'T|It|'s|fin|!|",
            "j'ai|d\u00E9j\u00E0|vu|\u00E6r\u00F8|strasse|,|did|n't|it|'s|fin|!|",
            "J'AI|d\u00E9j\u00E0|VU|\u00C6r\u00F8|Stra\u00DFe|,|DID|N'T|It|'s|fin|!|",
            "j'ai|deja|vu|aero|strasse|,|didn't|it's|fin|!|",
            "J'AI|deja|VU|AEro|Strasse|,|DIDN'T|It's|fin|!|",
            "j'ai|d\u00E9j\u00E0|vu|\u00E6r\u00F8|strasse|,|didn't|it's|fin|!|",
            "J'AI|d\u00E9j\u00E0|VU|\u00C6r\u00F8|Stra\u00DFe|,|DIDN'T|It's|fin|!|",
        };
        attn_tokens *tokens = tokens_keeping(keep);
        gives(tokens, text, expected[keep]);
        attn_tokens_info info = ATTN_TOKENS_INFO_INIT;
        OK(attn_tokens_get_info(tokens, &info));
        ck_assert_int_eq(info.keep_case, keep & 1);
        ck_assert_int_eq(info.keep_accents, keep >> 1 & 1);
        ck_assert_int_eq(info.keep_contractions, keep >> 2 & 1);
        attn_tokens_destroy(&tokens);
    }
}
END_TEST

START_TEST(options_are_read_up_to_their_size)
{
    attn_context *context = unit_context(1);
    attn_tokens *tokens;
    attn_tokens_options options = {offsetof(attn_tokens_options, keep_accents), 1, 7, 7, 7};
    OK(attn_tokens_create(context, &options, &tokens)); /* of an older header */
    gives(tokens, "\u00C9t\u00E9", "Ete|");
    attn_tokens_info info = {offsetof(attn_tokens_info, keep_accents), 9, 9, 9, 9};
    OK(attn_tokens_get_info(tokens, &info));
    ck_assert_int_eq(info.keep_case, 1);
    ck_assert_int_eq(info.keep_accents, 9); /* beyond what it was said to hold */
    attn_tokens_destroy(&tokens);
    options = (attn_tokens_options){sizeof options, 0, 2, 0, 0};
    FAILS(ATTN_ERR_ARGUMENT, "keep_accents is 2", attn_tokens_create(context, &options, &tokens));
    ck_assert_ptr_null(tokens);
    options = (attn_tokens_options){sizeof options, 0, 0, -1, 0};
    FAILS(ATTN_ERR_ARGUMENT, "keep_contractions is -1", attn_tokens_create(context, &options, &tokens));
    options = (attn_tokens_options){sizeof options, 0, 0, 0, 1};
    FAILS(ATTN_ERR_ARGUMENT, "reserved is 1", attn_tokens_create(context, &options, &tokens));
    FAILS(ATTN_ERR_ARGUMENT, "tokens is NULL", attn_tokens_get_info(NULL, &info));
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("unicode", every_character_gives_the_same_tokens_composed_and_decomposed,
          texts_of_letters_and_marks_in_any_order_give_the_same_tokens_in_every_form,
          letters_whose_case_and_accents_are_kept_are_composed_and_no_more,
          accents_of_latin_greek_and_cyrillic_are_dropped_and_no_others,
          marks_on_what_is_no_letter_vanish_unless_they_make_another_sign,
          a_million_marks_on_a_letter_are_read_in_linear_time, spans_are_those_of_whole_characters,
          each_option_keeps_what_it_says_and_no_more, options_are_read_up_to_their_size)
