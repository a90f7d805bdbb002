/* test_tokenizer.c - which tokens a text has, and which bytes of it each stands for. */
#include "unit.h"

static attn_tokens *tokens_of(const char *text, size_t size)
{
    attn_context *context = unit_context(1);
    attn_tokens *tokens;
    OK(attn_tokens_create(context, NULL, &tokens));
    attn_context_destroy(&context); /* the tokens keep it alive */
    OK(attn_tokens_set_text(tokens, text, size));
    return tokens;
}

/* The spans rise, do not overlap, and lie in the text. */
static void check_spans(const attn_tokens *tokens, size_t size)
{
    int64_t done = 0;
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        ck_assert_int_ge(attn_tokens_begins(tokens)[i], done);
        ck_assert_int_ge(attn_tokens_ends(tokens)[i], attn_tokens_begins(tokens)[i]);
        done = attn_tokens_ends(tokens)[i];
    }
    ck_assert_int_le(done, (int64_t)size);
}

/* `expected`: the tokens with a space between them. */
static void bytes_give(const char *text, size_t size, const char *expected)
{
    attn_tokens *tokens = tokens_of(text, size);
    char joined[1024] = "";
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, attn_tokens_get(tokens, i));
    }
    ck_assert_str_eq(joined, expected);
    check_spans(tokens, size);
    attn_tokens_destroy(&tokens);
}

static void gives(const char *text, const char *expected)
{
    bytes_give(text, strlen(text), expected);
}

/* `expected`: the original bytes of the tokens, each in brackets. */
static void spans(const char *text, const char *expected)
{
    attn_tokens *tokens = tokens_of(text, strlen(text));
    char joined[1024] = "";
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        int64_t begin = attn_tokens_begins(tokens)[i], end = attn_tokens_ends(tokens)[i];
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "[%.*s]", (int)(end - begin),
                 text + begin);
    }
    ck_assert_str_eq(joined, expected);
    check_spans(tokens, strlen(text));
    attn_tokens_destroy(&tokens);
}

START_TEST(the_example_of_the_header)
{
    gives("I didn't like it<br />much...", "i did n't like it much ...");
    spans("I didn't like it<br />much...", "[I][did][n't][like][it][much][...]");
}
END_TEST

START_TEST(words_are_runs_of_letters_and_digits_in_lower_case)
{
    gives("The 1980s WERE mp3-Free", "the 1980s were mp3 - free");
}
END_TEST

START_TEST(each_mark_of_punctuation_is_a_token)
{
    gives("\"Wow!!\" (he said; really?) -- _yes_", "\" wow ! ! \" ( he said ; really ? ) - - _ yes _");
    gives("well-known", "well - known");
}
END_TEST

START_TEST(a_run_of_dots_is_three_dots)
{
    gives("a.. b... c........", "a ... b ... c ...");
    gives("a. b", "a . b");
    spans("so.....what", "[so][.....][what]");
}
END_TEST

START_TEST(numbers_stay_whole_and_fractions_part)
{
    gives("3.5 of 1,000,000 is 9/10. 2, .5 $5.99 7.", "3.5 of 1,000,000 is 9 / 10 . 2 , . 5 $ 5.99 7 .");
}
END_TEST

START_TEST(contractions_part_as_in_glove)
{
    gives("didn't can't won't ain't", "did n't ca n't wo n't ai n't");
    gives("it's they're I've we'll he'd I'm", "it 's they 're i 've we 'll he 'd i 'm");
    gives("DIDN'T It\xE2\x80\x99S", "did n't it 's");
    gives("couldn't've y'all'd've", "could n't 've y'all 'd 've");
    gives("n't 's", "n't ' s"); /* nothing to part from */
}
END_TEST

START_TEST(other_apostrophes_stay_in_the_word_or_stand_alone)
{
    gives("O'Brien's d'Artagnan rock'n'roll", "o'brien 's d'artagnan rock'n'roll");
    gives("the dogs' 'tis a''b", "the dogs ' ' tis a ' ' b");
}
END_TEST

START_TEST(html_breaks_vanish_and_separate_words)
{
    gives("a<br>b<BR/>c<br />d<Br  >e<br\n/>f", "a b c d e f");
    gives("<b>x</b> <brr> <br", "< b > x < / b > < brr > < br");
}
END_TEST

START_TEST(accents_and_compatibility_forms_fold)
{
    gives("Caf\xC3\xA9 cafe\xCC\x81 \xEF\xAC\x81ne \xEF\xBC\xA1\xEF\xBC\xA2 na\xC3\xAFve",
          "cafe cafe fine ab naive");
    gives("Stra\xC3\x9F"
          "e \xC3\x86on \xC3\x98re \xC5\x81\xC3\xB3"
          "d\xC5\xBA \xC4\xB0zmir \xC3\xBEorn",
          "strasse aeon ore lodz izmir thorn");
}
END_TEST

START_TEST(typographic_marks_become_those_of_ascii)
{
    gives("\xE2\x80\x9Cyes\xE2\x80\x9D \xE2\x80\x98no\xE2\x80\x99", "\" yes \" ' no '");
    gives("a\xE2\x80\x93"
          "b \xE2\x80\x94 c \xE2\x88\x92"
          "1",
          "a - b - c - 1");
    gives("well\xE2\x80\xA6 so\xE2\x80\xA6.", "well ... so ...");
    gives("It\xC2\xB4s Ben\xC2\x92s \xC2\x93yes\xC2\x94 \xC2\x96 oh\xC2\x85",
          "it 's ben 's \" yes \" - oh ...");
}
END_TEST

START_TEST(letters_of_other_scripts_are_words)
{
    gives("\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82, \xD0\xBC\xD0\xB8\xD1\x80!",
          "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 , \xD0\xBC\xD0\xB8\xD1\x80 !");
    gives("\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\x8C",
          "\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\x8C");                 /* the voiced kana stays */
    gives("\xED\x95\x9C\xEA\xB5\xAD", "\xED\x95\x9C\xEA\xB5\xAD"); /* and Hangul whole */
}
END_TEST

START_TEST(symbols_beyond_ascii_are_tokens)
{
    gives("ok\xF0\x9F\x98\x80yes 5\xE2\x82\xAC", "ok \xF0\x9F\x98\x80 yes 5 \xE2\x82\xAC");
}
END_TEST

START_TEST(white_space_of_every_kind_separates)
{
    gives("a\tb\r\nc\xC2\xA0"
          "d\xE2\x80\x83"
          "e\xE2\x80\xA8"
          "f\xE2\x80\x8B"
          "g\x01h\x7Fi",
          "a b c d e f g h i");
    bytes_give("a\0b\0\0c", 6, "a b c");
}
END_TEST

START_TEST(marks_without_width_vanish)
{
    gives("\xEF\xBB\xBFso\xC2\xAD"
          "ft",
          "soft");
}
END_TEST

START_TEST(spans_are_those_of_the_original_bytes)
{
    spans("Caf\xC3\xA9, \xEF\xAC\x81ne \xE2\x80\x9Cx\xE2\x80\x9D",
          "[Caf\xC3\xA9][,][\xEF\xAC\x81ne][\xE2\x80\x9C][x][\xE2\x80\x9D]");
    spans("It\xE2\x80\x99s \xE2\x80\xA6", "[It][\xE2\x80\x99s][\xE2\x80\xA6]");
    spans("cafe\xCC\x81 e\xCC\x81t\xC3\xA9!",
          "[cafe\xCC\x81][e\xCC\x81t\xC3\xA9][!]"); /* trailing accents belong */
}
END_TEST

START_TEST(a_character_that_is_several_tokens_belongs_to_the_first)
{
    gives("\xC2\xBD cup", "1 / 2 cup");
    spans("\xC2\xBD cup", "[\xC2\xBD][][][cup]");
}
END_TEST

START_TEST(malformed_utf8_is_a_space_and_is_counted)
{
    /* A stray byte; a lead byte before ASCII; a cut three-byte sequence; an overlong slash (2); a surrogate
     * (3); a sequence cut by the end. */
    const char text[] = "a\xFF"
                        "b\xC3"
                        "c\xE2\x82"
                        "d\xC0\xAF"
                        "e\xED\xA0\x80"
                        "f\xF0\x9F";
    bytes_give(text, sizeof text - 1, "a b c d e f");
    attn_tokens *tokens = tokens_of(text, sizeof text - 1);
    ck_assert_int_eq(attn_tokens_invalid(tokens), 1 + 1 + 1 + 2 + 3 + 1);
    OK(attn_tokens_set_text(tokens, "fine", 4));
    ck_assert_int_eq(attn_tokens_invalid(tokens), 0);
    attn_tokens_destroy(&tokens);
}
END_TEST

START_TEST(no_bytes_beyond_the_size_are_read)
{
    static const char *const ends[] = {"a'", "a.", "1,", "<b", "<br", "<br /", ".", "..", "n'", "\xE2\x80"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t size = strlen(ends[i]);
        char *exact = malloc(size); /* the address sanitizer and valgrind watch its end */
        memcpy(exact, ends[i], size);
        attn_tokens *tokens = tokens_of(exact, size);
        attn_tokens_destroy(&tokens);
        free(exact);
    }
}
END_TEST

START_TEST(any_bytes_at_all_are_taken)
{
    uint64_t state = 1;
    attn_tokens *tokens = tokens_of("", 0);
    for (int32_t round = 0; round < 3000; round++) {
        unsigned char text[200];
        size_t size = (size_t)round % sizeof text;
        for (size_t i = 0; i < size; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            /* Half of them from what the rules look at. */
            text[i] = state >> 63 ? (unsigned char)(state >> 40)
                                  : (unsigned char)"'.,<br/> n't1"[(state >> 40) % 13];
        }
        OK(attn_tokens_set_text(tokens, (const char *)text, size));
        check_spans(tokens, size);
        for (int64_t i = 0; i < attn_tokens_count(tokens); i++)
            ck_assert_str_ne(attn_tokens_get(tokens, i), "");
    }
    attn_tokens_destroy(&tokens);
}
END_TEST

START_TEST(a_megabyte_is_one_word_and_half_a_million_marks)
{
    size_t size = 1 << 20;
    char *text = malloc(size);
    memset(text, 'A', size);
    attn_tokens *tokens = tokens_of(text, size);
    ck_assert_int_eq(attn_tokens_count(tokens), 1);
    ck_assert_uint_eq(strlen(attn_tokens_get(tokens, 0)), size);
    for (size_t i = 0; i < size; i += 2)
        text[i] = '<';
    OK(attn_tokens_set_text(tokens, text, size));
    ck_assert_int_eq(attn_tokens_count(tokens), (int64_t)size);
    for (size_t i = 0; i < size; i++)
        text[i] = "x's"[i % 3]; /* x'sx'sx's...: one word again */
    OK(attn_tokens_set_text(tokens, text, size));
    ck_assert_int_eq(attn_tokens_count(tokens), 1);
    attn_tokens_destroy(&tokens);
    free(text);
}
END_TEST

START_TEST(an_empty_text_has_no_tokens)
{
    attn_tokens *tokens = tokens_of(NULL, 0);
    ck_assert_int_eq(attn_tokens_count(tokens), 0);
    ck_assert_ptr_null(attn_tokens_get(tokens, 0));
    ck_assert_ptr_null(attn_tokens_begins(tokens));
    ck_assert_ptr_null(attn_tokens_ends(tokens));
    attn_tokens_destroy(&tokens);
    ck_assert_ptr_null(tokens);
    attn_tokens_destroy(&tokens);
    attn_tokens_destroy(NULL);
}
END_TEST

START_TEST(a_new_text_replaces_the_old_one)
{
    attn_tokens *tokens = tokens_of("one two three", 13);
    OK(attn_tokens_set_text(tokens, "four", 4));
    ck_assert_int_eq(attn_tokens_count(tokens), 1);
    ck_assert_str_eq(attn_tokens_get(tokens, 0), "four");
    ck_assert_ptr_null(attn_tokens_get(tokens, 1));
    ck_assert_ptr_null(attn_tokens_get(tokens, -1));
    attn_tokens_destroy(&tokens);
}
END_TEST

START_TEST(null_arguments_are_refused)
{
    attn_context *context = unit_context(1);
    attn_tokens *tokens = NULL;
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_tokens_create(context, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "context is NULL", attn_tokens_create(NULL, NULL, &tokens));
    FAILS(ATTN_ERR_ARGUMENT, "tokens is NULL", attn_tokens_set_text(NULL, "a", 1));
    OK(attn_tokens_create(context, NULL, &tokens));
    OK(attn_tokens_set_text(tokens, "a", 1));
    FAILS(ATTN_ERR_ARGUMENT, "text is NULL", attn_tokens_set_text(tokens, NULL, 3));
    ck_assert_int_eq(attn_tokens_count(tokens), 0);
    ck_assert_int_eq(attn_tokens_count(NULL), 0);
    ck_assert_int_eq(attn_tokens_invalid(NULL), 0);
    ck_assert_ptr_null(attn_tokens_get(NULL, 0));
    attn_tokens_destroy(&tokens);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("tokenizer", the_example_of_the_header, words_are_runs_of_letters_and_digits_in_lower_case,
          each_mark_of_punctuation_is_a_token, a_run_of_dots_is_three_dots,
          numbers_stay_whole_and_fractions_part, contractions_part_as_in_glove,
          other_apostrophes_stay_in_the_word_or_stand_alone, html_breaks_vanish_and_separate_words,
          accents_and_compatibility_forms_fold, typographic_marks_become_those_of_ascii,
          letters_of_other_scripts_are_words, symbols_beyond_ascii_are_tokens,
          white_space_of_every_kind_separates, marks_without_width_vanish,
          spans_are_those_of_the_original_bytes, a_character_that_is_several_tokens_belongs_to_the_first,
          malformed_utf8_is_a_space_and_is_counted, no_bytes_beyond_the_size_are_read,
          any_bytes_at_all_are_taken, a_megabyte_is_one_word_and_half_a_million_marks,
          an_empty_text_has_no_tokens, a_new_text_replaces_the_old_one, null_arguments_are_refused)
