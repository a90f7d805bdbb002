/* measure.c - normalised words, and how many are shared. */
#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Words parted by '\n' in one string, each followed by it. */
struct normal {
    struct text text;
    int64_t count;
};

static bool is_punctuation(utf8proc_int32_t c)
{
    return c < 128 && c > 32 && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", (int)c);
}

/* White space as Python's str.split() has it. */
static bool is_space(utf8proc_int32_t c)
{
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

/* A letter or a number, as Python's \w has them. */
static bool is_word(utf8proc_int32_t c)
{
    const utf8proc_category_t category = utf8proc_category(c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static bool is_article(const struct text *run)
{
    static const char *const articles[] = {"a", "an", "the"};
    for (int64_t i = 0; i < COUNT(articles); i++) {
        if ((size_t)run->size == strlen(articles[i]) &&
            memcmp(run->bytes, articles[i], strlen(articles[i])) == 0)
            return true;
    }
    return false;
}

static void end_word(struct normal *normal, bool *open)
{
    if (*open) {
        text_append(&normal->text, "\n", 1);
        normal->count++;
    }
    *open = false;
}

/* What is letters and numbers alone between other characters is an article or is kept; an article parts words, as a blank does. */
static void end_run(struct normal *normal, struct text *run, bool *open)
{
    if (is_article(run)) {
        end_word(normal, open);
    } else if (run->size > 0) {
        text_append(&normal->text, run->bytes, (size_t)run->size);
        *open = true;
    }
    run->size = 0;
}

static struct normal normalise(struct string text)
{
    struct normal normal = {0};
    struct text run = {0};
    bool open = false;
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t c;
        const utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text.bytes + at,
                                                        (utf8proc_ssize_t)(text.size - at), &c);
        at += taken > 0 ? (size_t)taken : 1;
        c = taken > 0 ? utf8proc_tolower(c) : 0xFFFD;
        if (is_punctuation(c))
            continue;
        utf8proc_uint8_t bytes[4];
        const size_t size = (size_t)utf8proc_encode_char(c, bytes);
        if (is_word(c)) {
            text_append(&run, (const char *)bytes, size);
            continue;
        }
        end_run(&normal, &run, &open);
        if (is_space(c)) {
            end_word(&normal, &open);
        } else {
            text_append(&normal.text, (const char *)bytes, size);
            open = true;
        }
    }
    end_run(&normal, &run, &open);
    end_word(&normal, &open);
    free(run.bytes);
    return normal;
}

/* How many words of `given` are in `expected` too, each of these at most once. */
static int64_t count_shared(const struct normal *given, const struct normal *expected)
{
    int64_t shared = 0, number = 0;
    bool *used = allocate(expected->count + 1, sizeof *used);
    const char *word = given->text.bytes;
    for (int64_t i = 0; i < given->count; i++) {
        const size_t size = (size_t)(strchr(word, '\n') - word) + 1;
        const char *other = expected->text.bytes;
        for (number = 0; number < expected->count; number++) {
            const size_t other_size = (size_t)(strchr(other, '\n') - other) + 1;
            if (!used[number] && size == other_size && memcmp(word, other, size) == 0) {
                used[number] = true;
                shared++;
                break;
            }
            other += other_size;
        }
        word += size;
    }
    free(used);
    return shared;
}

struct measure measure_answer(struct string given, const struct string *expected, int64_t count)
{
    struct measure best = {0};
    struct normal mine = normalise(given);
    for (int64_t k = 0; k < count; k++) {
        struct normal right = normalise(expected[k]);
        if (mine.text.size == right.text.size &&
            (mine.text.size == 0 || memcmp(mine.text.bytes, right.text.bytes, (size_t)mine.text.size) == 0))
            best.exact = 1;
        text_append(&mine.text, "", 1);
        text_append(&right.text, "", 1);
        const double shared = (double)count_shared(&mine, &right),
                     f1 = shared > 0 ? 2 * shared / (double)(mine.count + right.count) : 0;
        best.f1 = f1 > best.f1 ? f1 : best.f1;
        mine.text.size--;
        free(right.text.bytes);
    }
    free(mine.text.bytes);
    return best;
}
