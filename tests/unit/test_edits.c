/* test_edits.c - the distance of sequences, against examples done by hand and against a search of all ways. */
#include "unit.h"
#include "unit_data.h"

enum { ROOM = 16 };

static attn_context *context;

/* Of two words: the distance and the tokens substituted, deleted and inserted. */
static void compare(const char *given, const char *expected, int32_t *found)
{
    int32_t from[ROOM], to[ROOM];
    const int64_t from_length = (int64_t)strlen(given), to_length = (int64_t)strlen(expected);
    for (int64_t i = 0; i < from_length; i++)
        from[i] = given[i];
    for (int64_t i = 0; i < to_length; i++)
        to[i] = expected[i];
    OK(attn_edit_distance(context, 1, from_length, from, NULL, to_length, to, NULL, found, found + 1));
}

START_TEST(words_done_by_hand)
{
    static const struct {
        const char *given, *expected;
        int32_t found[4];
    } words[] = {
        {"", "", {0, 0, 0, 0}},
        {"three", "three", {0, 0, 0, 0}},
        {"", "two", {3, 0, 3, 0}},
        {"two", "", {3, 0, 0, 3}},
        {"kitten", "sitting", {3, 2, 1, 0}}, /* k-s, e-i, and the g is missing */
        {"sitting", "kitten", {3, 2, 0, 1}},
        {"fore", "four", {2, 2, 0, 0}},
        {"tree", "three", {1, 0, 1, 0}},
        {"sevenn", "seven", {1, 0, 0, 1}},
        {"ab", "ba", {2, 2, 0, 0}}, /* as far by a deletion and an insertion: both are substituted */
        {"xab", "aby", {2, 0, 1, 1}},
    };
    context = unit_context(1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        int32_t found[4];
        compare(words[i].given, words[i].expected, found);
        for (int k = 0; k < 4; k++)
            ck_assert_msg(found[k] == words[i].found[k], "%s for %s: number %d is %d; expected %d",
                          words[i].given, words[i].expected, k, found[k], words[i].found[k]);
    }
    attn_context_destroy(&context);
}
END_TEST

/* By the definition alone, from the beginnings: every way is walked. */
static int32_t fewest(const int32_t *given, int64_t m, const int32_t *expected, int64_t n)
{
    if (m == 0 || n == 0)
        return (int32_t)(m + n);
    const int32_t both = fewest(given + 1, m - 1, expected + 1, n - 1) + (*given != *expected);
    const int32_t left = 1 + fewest(given + 1, m - 1, expected, n),
                  right = 1 + fewest(given, m, expected + 1, n - 1);
    return both <= left && both <= right ? both : left < right ? left : right;
}

START_TEST(a_batch_of_unequal_rows_is_as_all_ways_searched)
{
    enum { BATCH = 60, GIVEN = 6, EXPECTED = 7 };
    int32_t given[BATCH * GIVEN], expected[BATCH * EXPECTED], m[BATCH], n[BATCH];
    int32_t distances[BATCH], edits[3 * BATCH], alone[BATCH];
    uint64_t state = 1;
    context = unit_context(2);
    for (int b = 0; b < BATCH; b++) {
        m[b] = (int32_t)(unit_random(&state) % (GIVEN + 1));
        n[b] = (int32_t)(unit_random(&state) % (EXPECTED + 1));
        for (int t = 0; t < GIVEN; t++)
            given[b * GIVEN + t] =
                t < m[b] ? (int32_t)(unit_random(&state) % 3) - 1 : (int32_t)unit_random(&state);
        for (int t = 0; t < EXPECTED; t++)
            expected[b * EXPECTED + t] =
                t < n[b] ? (int32_t)(unit_random(&state) % 3) - 1 : (int32_t)unit_random(&state);
    }
    OK(attn_edit_distance(context, BATCH, GIVEN, given, m, EXPECTED, expected, n, distances, edits));
    OK(attn_edit_distance(context, BATCH, GIVEN, given, m, EXPECTED, expected, n, alone, NULL));
    for (int b = 0; b < BATCH; b++) {
        const int32_t *of = edits + 3 * b;
        ck_assert_int_eq(distances[b], fewest(given + b * GIVEN, m[b], expected + b * EXPECTED, n[b]));
        ck_assert_int_eq(alone[b], distances[b]);
        ck_assert_int_eq(of[0] + of[1] + of[2], distances[b]);
        ck_assert_int_eq(m[b] - of[2], n[b] - of[1]); /* what both have, the same or another */
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(no_rows_no_tokens_and_wrong_arguments)
{
    context = unit_context(1);
    int32_t token = 3, length = 2, distance = 7;
    OK(attn_edit_distance(context, 0, 5, NULL, NULL, 5, NULL, NULL, NULL, NULL));
    OK(attn_edit_distance(context, 1, 0, NULL, NULL, 0, NULL, NULL, &distance, NULL));
    ck_assert_int_eq(distance, 0);
    FAILS(ATTN_ERR_ARGUMENT, "given is NULL",
          attn_edit_distance(context, 1, 1, NULL, NULL, 1, &token, NULL, &distance, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "expected is NULL",
          attn_edit_distance(context, 1, 1, &token, NULL, 1, NULL, NULL, &distance, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "expected_lengths[0] is 2; expected 0 to 1",
          attn_edit_distance(context, 1, 1, &token, NULL, 1, &token, &length, &distance, NULL));
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("edits", words_done_by_hand, a_batch_of_unequal_rows_is_as_all_ways_searched,
          no_rows_no_tokens_and_wrong_arguments)
