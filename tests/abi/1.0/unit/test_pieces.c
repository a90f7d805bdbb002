/* test_pieces.c - byte pairs, against examples done by hand and against learning that counts all words anew after each join. */
#include "unit.h"
#include "unit_data.h"
#include "unit_file.h"

static attn_context *context;

static attn_vocab *vocab_of(int64_t count, const char *const *words, const int64_t *counts)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < count; i++)
        OK(attn_vocab_builder_add_token(builder, words[i], counts[i]));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

static attn_pieces *learn(int64_t count, const char *const *words, const int64_t *counts, int64_t joins,
                          int64_t min_count)
{
    attn_vocab *vocab = vocab_of(count, words, counts);
    attn_pieces *pieces;
    OK(attn_pieces_learn(vocab, &(attn_pieces_options){sizeof(attn_pieces_options), joins, min_count},
                         &pieces));
    attn_vocab_destroy(&vocab);
    return pieces;
}

/* The word's pieces with their marks and blanks between them, in `text`. */
static const char *split(const attn_pieces *pieces, const char *word, size_t size)
{
    static char text[8192];
    int64_t ends[2048], count, begin = 0;
    char *at = text;
    OK(attn_pieces_split(pieces, word, size, 2048, ends, &count));
    for (int64_t i = 0; i < count; begin = ends[i++]) {
        ck_assert(ends[i] > begin);
        memcpy(at, word + begin, (size_t)(ends[i] - begin));
        at += ends[i] - begin;
        at = stpcpy(at, i + 1 < count ? ATTN_PIECE_MARK " " : "");
    }
    ck_assert_int_eq(begin, (int64_t)size);
    *at = '\0';
    return text;
}

static void assert_joins(const attn_pieces *pieces, int64_t count, const char *const *expected)
{
    const char *left, *right;
    ck_assert_int_eq(attn_pieces_count(pieces), count);
    for (int64_t i = 0; i < count; i++) {
        OK(attn_pieces_get(pieces, i, &left, &right));
        char both[64];
        snprintf(both, sizeof both, "%s %s", left, right);
        ck_assert_str_eq(both, expected[i]);
    }
}

static const char *const words[] = {"low", "lower", "newest", "widest"};
static const int64_t counts[] = {5, 2, 6, 3};

/* The paper's: e s stands 9 times, as s t does; es t 9 times; l o 7 times; w e 8 times, of which 2 in lower. */
START_TEST(the_paper_s_words_are_joined_as_by_hand)
{
    context = unit_context(1);
    static const char *const expected[] = {"e@@ s@@", "es@@ t",   "l@@ o@@",
                                           "e@@ w@@", "ew@@ est", "n@@ ewest"};
    attn_pieces *pieces = learn(4, words, counts, 6, 0);
    assert_joins(pieces, 6, expected);
    ck_assert_str_eq(split(pieces, "lowest", 6), "lo@@ w@@ est");
    ck_assert_str_eq(split(pieces, "newest", 6), "newest");
    ck_assert_str_eq(split(pieces, "estest", 6), "es@@ t@@ est"); /* est is the end of words alone */
    ck_assert_str_eq(split(pieces, "", 0), "");
    attn_pieces_destroy(&pieces);
    /* A word of more than 256 characters is left out: the others, which stand on both sides of it, are what they were. */
    char too_long[258] = "";
    memset(too_long, 'e', 257);
    pieces = learn(5, (const char *const[]){"low", "lower", too_long, "newest", "widest"},
                   (const int64_t[]){5, 2, 4, 6, 3}, 6, 0);
    assert_joins(pieces, 6, expected);
    attn_pieces_destroy(&pieces);
    pieces = learn(4, words, counts, 1000, 6); /* what stands there 6 times and more */
    ck_assert_int_eq(attn_pieces_count(pieces), 6);
    attn_pieces_destroy(&pieces);
    pieces = learn(4, words, counts, 0, 1);
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(split(pieces, words[i], strlen(words[i])), words[i]);
    attn_pieces_destroy(&pieces);
    ck_assert_ptr_null(pieces);
    attn_context_destroy(&context);
}
END_TEST

/* ---- any words ---- */

enum { WORDS = 60, LONGEST = 12, SYMBOL = 16 };

struct plain {
    char symbols[LONGEST][SYMBOL]; /* with their marks */
    int length;
};

/* Join all that stands next to each other so. */
static void join(struct plain *word, const char *left, const char *right)
{
    int kept = 0;
    for (int i = 0; i < word->length; i++) {
        char text[2 * SYMBOL];
        snprintf(text, sizeof text, "%s", word->symbols[i]);
        if (i + 1 < word->length && strcmp(word->symbols[i], left) == 0 &&
            strcmp(word->symbols[i + 1], right) == 0)
            snprintf(text, sizeof text, "%.*s%s", (int)strlen(left) - 2, left, word->symbols[++i]);
        memcpy(word->symbols[kept++], text, SYMBOL);
    }
    word->length = kept;
}

static int64_t count_of(const struct plain *plain, const int64_t *times, const char *left, const char *right)
{
    int64_t count = 0;
    for (int i = 0; i < WORDS; i++)
        for (int t = 0; t + 1 < plain[i].length; t++)
            count += times[i] *
                     (strcmp(plain[i].symbols[t], left) == 0 && strcmp(plain[i].symbols[t + 1], right) == 0);
    return count;
}

static void learn_at_random(uint64_t seed)
{
    static char texts[WORDS][LONGEST + 1];
    const char *pointers[WORDS];
    int64_t times[WORDS];
    static struct plain plain[WORDS];
    uint64_t state = seed;
    for (int i = 0; i < WORDS; i++) {
        plain[i].length = 0;
        do {
            const int length = 1 + (int)(unit_random(&state) % LONGEST);
            for (int t = 0; t < length; t++)
                texts[i][t] = "aab"[unit_random(&state) % 3]; /* runs of one letter overlap */
            texts[i][length] = '\0';
            for (int k = 0; k < i; k++)
                if (strcmp(texts[k], texts[i]) == 0)
                    texts[i][0] = '\0'; /* each word once */
        } while (texts[i][0] == '\0');
        for (; texts[i][plain[i].length]; plain[i].length++)
            snprintf(plain[i].symbols[plain[i].length], SYMBOL, "%c%s", texts[i][plain[i].length],
                     texts[i][plain[i].length + 1] ? ATTN_PIECE_MARK : "");
        pointers[i] = texts[i];
        times[i] = 1 + (int64_t)(unit_random(&state) % 9);
    }
    attn_pieces *pieces = learn(WORDS, pointers, times, 0, 3);
    const int64_t joins = attn_pieces_count(pieces);
    ck_assert_int_gt(joins, 10);
    for (int64_t j = 0; j <= joins; j++) {
        const char *left = "", *right = "";
        if (j < joins)
            OK(attn_pieces_get(pieces, j, &left, &right));
        const int64_t count = j < joins ? count_of(plain, times, left, right) : 2;
        int64_t most = 0;
        for (int i = 0; i < WORDS; i++)
            for (int t = 0; t + 1 < plain[i].length; t++) {
                const int64_t other = count_of(plain, times, plain[i].symbols[t], plain[i].symbols[t + 1]);
                most = other > most ? other : most;
            }
        ck_assert_msg(j < joins ? count == most && count >= 3 : most < 3,
                      "join %lld, %s %s, stands there %lld times; the most is %lld", (long long)j, left,
                      right, (long long)count, (long long)most);
        for (int i = 0; i < WORDS && j < joins; i++)
            join(&plain[i], left, right);
    }
    attn_pieces_destroy(&pieces);
}

START_TEST(counts_that_are_kept_are_those_that_are_taken_anew)
{
    context = unit_context(1);
    for (uint64_t seed = 1; seed <= 20; seed++)
        learn_at_random(seed);
    attn_context_destroy(&context);
}
END_TEST

/* Taken apart and put together again by the marks alone, as pieces are written. */
START_TEST(any_bytes_come_back)
{
    static const char *const given[] = {
        "\xC3\xA9t\xC3\xA9", "\xC3\xA9t\xC3\xA9s", "a@@", "@@", "@-@", "a@@b", "\xFF\xC3", "ab"};
    static const int64_t times[] = {4, 3, 9, 9, 9, 9, 9, 5};
    context = unit_context(1);
    attn_pieces *pieces = learn(8, given, times, 0, 0);
    ck_assert_str_eq(split(pieces, given[0], strlen(given[0])), given[0]); /* no character is cut */
    ck_assert_str_eq(split(pieces, "a@@", 3), "a@@ @@@ @");
    uint64_t state = 7;
    for (int trial = 0; trial < 2000; trial++) {
        static const char *const parts[] = {
            "@", "@@", "a", "b", "\xC3\xA9", "\xC3", "t", "\xF0\x9F\x98\x80", "\xFF", "-"};
        char word[128] = "", joined[128] = "";
        const int length = (int)(unit_random(&state) % 12);
        for (int t = 0; t < length; t++)
            strcat(word, parts[unit_random(&state) % 10]);
        char text[1024];
        strcpy(text, split(pieces, word, strlen(word)));
        for (char *piece = strtok(text, " "); piece; piece = strtok(NULL, " ")) {
            const size_t size = strlen(piece);
            const int goes_on = size > 2 && strcmp(piece + size - 2, ATTN_PIECE_MARK) == 0;
            strncat(joined, piece, size - (goes_on ? 2 : 0));
            ck_assert_msg(goes_on == (strlen(joined) < strlen(word)), "%s: the piece %s", word, piece);
        }
        ck_assert_str_eq(joined, word);
    }
    ck_assert_str_eq(split(pieces, " \n", 2), " @@ \n");
    char longer[1000];
    memset(longer, 'a', sizeof longer);
    OK(attn_pieces_split(pieces, longer, sizeof longer, 1000, (int64_t[1000]){0}, &(int64_t){0}));
    int64_t ends[2], count;
    OK(attn_pieces_split(pieces, "b\0", 2, 2, ends, &count));
    ck_assert_int_eq(count, 2);
    attn_pieces_destroy(&pieces);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(extreme_counts_and_words_are_no_fault)
{
    static char longest[258], too_long[259];
    memset(longest, 'x', 256);
    memset(too_long, 'y', 257);
    const char *const given[] = {longest, too_long, "ab"};
    context = unit_context(1);
    attn_pieces *pieces = learn(3, given, (int64_t[]){INT64_MAX, INT64_MAX, INT64_MAX}, 0, 0);
    ck_assert_str_eq(split(pieces, longest, 256), longest);
    ck_assert_str_eq(split(pieces, "yy", 2), "y@@ y");
    ck_assert_str_eq(split(pieces, "ab", 2), "ab");
    attn_pieces_destroy(&pieces);
    pieces = learn(1, (const char *const[]){"a"}, (int64_t[]){5}, 0, 0);
    ck_assert_int_eq(attn_pieces_count(pieces), 0);
    ck_assert_str_eq(split(pieces, "aa", 2), "a@@ a");
    attn_pieces_destroy(&pieces);
    ck_assert_int_eq(attn_pieces_count(NULL), 0);
    attn_context_destroy(&context);
}
END_TEST

/* ---- files ---- */

START_TEST(a_file_holds_them)
{
    context = unit_context(1);
    unit_folder_make();
    const char *path = unit_path("pieces.safetensors");
    attn_pieces *pieces = learn(4, words, counts, 6, 0), *loaded;
    attn_params *params;
    attn_file *file;
    const char *left, *right, *other_left, *other_right;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_params_save(params, path, UNIT_SAVE(.pieces = pieces)));
    OK(attn_file_open(context, path, &file));
    ck_assert_str_eq(attn_file_metadata(file, "pieces"),
                     "e@@ s@@\nes@@ t\nl@@ o@@\ne@@ w@@\new@@ est\nn@@ ewest\n");
    OK(attn_file_pieces_create(file, &loaded));
    attn_file_close(&file);
    ck_assert_int_eq(attn_pieces_count(loaded), attn_pieces_count(pieces));
    for (int64_t i = 0; i < attn_pieces_count(pieces); i++) {
        OK(attn_pieces_get(pieces, i, &left, &right));
        OK(attn_pieces_get(loaded, i, &other_left, &other_right));
        ck_assert_str_eq(left, other_left);
        ck_assert_str_eq(right, other_right);
    }
    ck_assert_str_eq(split(loaded, "lowest", 6), "lo@@ w@@ est");
    attn_pieces_destroy(&loaded);
    FAILS(ATTN_ERR_ARGUMENT, "\"pieces\"",
          attn_params_save(
              params, path,
              UNIT_SAVE(.metadata_count = 1, .metadata = (const char *const[]){"pieces", "mine"})));
    OK(attn_params_save(params, path, NULL));
    OK(attn_file_open(context, path, &file));
    FAILS(ATTN_ERR_FORMAT, "holds no pieces", attn_file_pieces_create(file, &loaded));
    ck_assert_ptr_null(loaded);
    attn_file_close(&file);
    unit_folder_remove("pieces.safetensors");
    attn_params_destroy(&params);
    attn_pieces_destroy(&pieces);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(damaged_pieces_are_told_from_whole_ones)
{
    context = unit_context(1);
    static const struct {
        const char *text, *says; /* NULL: it is well */
    } cases[] = {
        {"", NULL},
        {"a@@ b\\n", NULL},
        {"a@@ b", NULL},
        {"a b\\n", "line 1"},
        {"a@@\\n", "line 1"},
        {"a@@ b\\na@@ @\\n", "line 2"},
        {"@@@ b\\n", "line 1"},
        {"a@@ b c\\n", "line 1"},
        {"@@ b\\n", "line 1"},
        {"a@@ \\n", "line 1"},
        {" b\\n", "line 1"},
        {"a@@ b\\n\\nc@@ d\\n", "line 2"},
        {"a@@ b\\na@@ b\\n", "joined twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[512];
        attn_file *file;
        attn_pieces *pieces;
        const int length = snprintf(
            bytes + 8, sizeof bytes - 8,
            "{\"__metadata__\":{\"format\":\"libattn\",\"version\":\"2\",\"pieces\":\"%s\"}}", cases[i].text);
        const uint64_t header = (uint64_t)length;
        for (int b = 0; b < 8; b++)
            bytes[b] = (char)(header >> 8 * b);
        OK(attn_file_open_memory(context, bytes, 8 + (size_t)length, &file));
        if (cases[i].says)
            FAILS(ATTN_ERR_FORMAT, cases[i].says, attn_file_pieces_create(file, &pieces));
        else
            OK(attn_file_pieces_create(file, &pieces));
        attn_pieces_destroy(&pieces);
        attn_file_close(&file);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(faults)
{
    context = unit_context(1);
    attn_vocab *vocab = vocab_of(4, words, counts);
    attn_pieces *pieces;
    const char *left, *right;
    int64_t ends[4], count;
    FAILS(ATTN_ERR_ARGUMENT, "joins is -1",
          attn_pieces_learn(vocab, &(attn_pieces_options){sizeof(attn_pieces_options), -1, 0}, &pieces));
    ck_assert_ptr_null(pieces);
    FAILS(
        ATTN_ERR_ARGUMENT, "joins is 10000001",
        attn_pieces_learn(vocab, &(attn_pieces_options){sizeof(attn_pieces_options), 10000001, 0}, &pieces));
    FAILS(ATTN_ERR_ARGUMENT, "min_count is -2",
          attn_pieces_learn(vocab, &(attn_pieces_options){sizeof(attn_pieces_options), 0, -2}, &pieces));
    FAILS(ATTN_ERR_ARGUMENT, "vocab is NULL", attn_pieces_learn(NULL, NULL, &pieces));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_pieces_learn(vocab, NULL, NULL));
    OK(attn_pieces_learn(vocab, NULL, &pieces));
    FAILS(ATTN_ERR_ARGUMENT, "index is -1", attn_pieces_get(pieces, -1, &left, &right));
    FAILS(ATTN_ERR_ARGUMENT, "index is", attn_pieces_get(pieces, attn_pieces_count(pieces), &left, &right));
    FAILS(ATTN_ERR_ARGUMENT, "room is 2; expected at least 4",
          attn_pieces_split(pieces, "zzzz", 4, 2, ends, &count));
    ck_assert_int_eq(count, 4);
    FAILS(ATTN_ERR_ARGUMENT, "room is -1", attn_pieces_split(pieces, "z", 1, -1, ends, &count));
    FAILS(ATTN_ERR_ARGUMENT, "word is NULL", attn_pieces_split(pieces, NULL, 1, 4, ends, &count));
    FAILS(ATTN_ERR_ARGUMENT, "ends is NULL", attn_pieces_split(pieces, "z", 1, 4, NULL, &count));
    FAILS(ATTN_ERR_ARGUMENT, "count is NULL", attn_pieces_split(pieces, "z", 1, 4, ends, NULL));
    OK(attn_pieces_split(pieces, NULL, 0, 0, NULL, &count));
    attn_pieces_destroy(&pieces);
    attn_vocab_destroy(&vocab);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("pieces", the_paper_s_words_are_joined_as_by_hand,
          counts_that_are_kept_are_those_that_are_taken_anew, any_bytes_come_back,
          extreme_counts_and_words_are_no_fault, a_file_holds_them, damaged_pieces_are_told_from_whole_ones,
          faults)
