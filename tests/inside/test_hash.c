/* test_hash.c - the hash of what files hold is SipHash-1-3, under a key of its own for each table. No call tells a hash, and words chosen to
 * collide could only be told by time. */
#include <string.h>

#include "core/hash.h"
#include "text/words.h"
#include "../unit/unit.h"

static uint32_t hash_of(const uint64_t key[2], const char *text)
{
    attni_hash hash = attni_hash_begin(key);
    const size_t size = strlen(text);
    uint64_t eight = 0;
    for (size_t i = 0; i < size; i++) {
        eight |= (uint64_t)(unsigned char)text[i] << 8 * (i % 8);
        if (i % 8 == 7) {
            attni_hash_take(&hash, eight);
            eight = 0;
        }
    }
    return attni_hash_end(hash, (uint64_t)size << 56 | eight);
}

/* Of key 0: Python 3.11, PYTHONHASHSEED=0, hash(b"...") & 0xffffffff, whose hash it is; of 00 01 ... 0f: the empty text of Rust's tests. */
START_TEST(it_is_siphash_1_3)
{
    static const uint64_t zero[2], counted[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    ck_assert_uint_eq(hash_of(zero, "a"), 0xb89b1813);
    ck_assert_uint_eq(hash_of(zero, "word"), 0x249182a8);
    ck_assert_uint_eq(hash_of(zero, "abcdefgh"), 0x0b8e35ea);
    ck_assert_uint_eq(hash_of(zero, "abcdefghi"), 0xd11eb6e5);
    ck_assert_uint_eq(hash_of(zero, "the quick brown fox"), 0xd3449cba);
    ck_assert_uint_eq(hash_of(counted, ""), 0x050fc4dc);
}
END_TEST

/* Whoever wrote a file cannot know under which key its words will be looked up. */
START_TEST(each_table_draws_a_key_of_its_own)
{
    attn_context *context = unit_context(1);
    attni_words words[2] = {{.context = context}, {.context = context}};
    for (int32_t i = 0; i < 2; i++) {
        int32_t number;
        OK(attni_words_add(&words[i], "test_hash", "word", 4, &number));
        ck_assert(words[i].key[0] != 0 && words[i].key[1] != 0);
    }
    ck_assert_uint_ne(words[0].key[0], words[1].key[0]);
    ck_assert_uint_ne(words[0].key[1], words[1].key[1]);
    for (int32_t i = 0; i < 2; i++)
        attni_words_clear(&words[i]);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("hash", it_is_siphash_1_3, each_table_draws_a_key_of_its_own)
