/* vocab_file.c - the vocabulary as the text of vocab.txt. */
#include "text/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/writer.h"
#include "text/utf8.h"

attn_status attni_vocab_format(const attn_vocab *vocab, const char *function, char **out, size_t *size)
{
    const attni_words *words = &vocab->words;
    attni_buffer text = {NULL, 0, 0};
    attn_status status = ATTN_OK;
    for (int32_t id = 0; id < words->count && status == ATTN_OK; id++) {
        const attni_word *word = attni_words_entry(words, id);
        size_t room = word->length + 24u; /* a tab, 19 digits, a line end, a NUL */
        status = id % ATTNI_STRIDE ? ATTN_OK : attni_go_on();
        if (status == ATTN_OK)
            status = attni_buffer_reserve(&text, words->context, function, room);
        if (status == ATTN_OK) {
            char *line = (char *)text.data + text.size;
            memcpy(line, attni_words_text(words, id),
                   word->length); /* printf would count the bytes in an int */
            text.size += word->length;
            text.size += (size_t)snprintf(line + word->length, 24, "\t%" PRId64 "\n", word->count);
        }
    }
    if (status != ATTN_OK) {
        attni_buffer_clear(&text, words->context);
        return status;
    }
    *out = text.data;
    *size = text.size;
    return ATTN_OK;
}

/* The count in text[0 .. end); -1 when it is not a number. */
static int64_t parse_count(const char *text, const char *end)
{
    int64_t count = 0;
    if (text == end)
        return -1;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || count > (INT64_MAX - (*text - '0')) / 10)
            return -1;
        count = 10 * count + (*text - '0');
    }
    return count;
}

/* vocab.txt as it is read. */
struct reading {
    attn_vocab *vocab;
    const attn_vocab_options *options;
    const char *function, *where;
    int64_t line, tokens;
};

#define AWAITED (-1) /* the count of a token that was in the vocabulary before its line came */

static attn_status add_token(struct reading *reading, const char *text, size_t size, int64_t count)
{
    attn_vocab *vocab = reading->vocab;
    const attn_vocab_options *options = reading->options;
    const int32_t before = vocab->words.count;
    const int32_t special = count == 0 && before == ATTNI_VOCAB_FIRST + vocab->special_count;
    const int32_t wanted =
        (special || count >= options->min_count) && (options->max_size == 0 || before < options->max_size);
    int32_t id;
    reading->tokens++;
    if (wanted) /* hashed once */
        ATTNI_TRY(attni_words_add(&vocab->words, reading->function, text, size, &id));
    else
        id = attni_vocab_find(vocab, text, size);
    if (id == before) {
        attni_words_entry(&vocab->words, id)->count = count;
        vocab->special_count += special;
    } else if (id >= 0) {
        if (attni_words_entry(&vocab->words, id)->count != AWAITED)
            return attni_fail(
                ATTN_ERR_FORMAT, "%s: %s, line %" PRId64 ": \"%.*s\" stands twice; expected each token once",
                reading->function, reading->where, reading->line, size < 60 ? (int)size : 60, text);
        attni_words_entry(&vocab->words, id)->count = 0;
    }
    return ATTN_OK;
}

/* One line of vocab.txt without its end. */
static attn_status parse_line(struct reading *reading, const char *text, const char *end)
{
    while (end > text && attni_vocab_is_white(end[-1]))
        end--;
    if (text == end)
        return ATTN_OK;
    const char *token_end = text, *number;
    while (token_end < end && !attni_vocab_is_white(*token_end))
        token_end++;
    number = token_end;
    while (number < end && attni_vocab_is_white(*number))
        number++;
    size_t size = (size_t)(token_end - text);
    int64_t count = parse_count(number, end);
    if (memchr(text, '\0', size))
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": a token holds a NUL byte; expected text",
                          reading->function, reading->where, reading->line);
    if (size == 0 || count < 0)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": no count after \"%.*s\"; expected token<TAB>count",
                          reading->function, reading->where, reading->line, size < 60 ? (int)size : 60, text);
    return add_token(reading, text, size, count);
}

static attn_status parse_lines(struct reading *reading, const char *text, size_t size)
{
    const char *end = text + size, *next;
    text += attni_text_mark(text, size);
    for (reading->line = 1; text < end; reading->line++, text = next) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        next = stop ? stop + 1 : end;
        if (reading->line % ATTNI_STRIDE == 1)
            ATTNI_GO_ON();
        ATTNI_TRY(parse_line(reading, text, stop ? stop : end));
    }
    if (reading->tokens == 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s is empty; expected lines of token<TAB>count",
                          reading->function, reading->where);
    return ATTN_OK;
}

attn_status attni_vocab_parse(attn_context *context, const char *function, const char *where,
                              const char *text, size_t size, const attn_vocab_options *options,
                              const attn_tokens_options *tokens, attn_vocab **out)
{
    static const attn_vocab_options defaults = ATTN_VOCAB_OPTIONS_INIT;
    options = options ? options : &defaults;
    ATTNI_TRY(attni_vocab_start(context, function, options, out));
    attn_vocab *vocab = *out;
    int32_t awaited = vocab->words.count;
    for (int32_t id = 0; id < awaited; id++)
        attni_words_entry(&vocab->words, id)->count = AWAITED;
    struct reading reading = {vocab, options, function, where, 0, 0};
    attn_status status = parse_lines(&reading, text, size);
    for (int32_t id = 0; id < awaited; id++)
        attni_words_entry(&vocab->words, id)->count = 0;
    vocab->tokens_known = tokens != NULL;
    if (tokens)
        vocab->tokens = *tokens;
    if (status != ATTN_OK)
        attn_vocab_destroy(out);
    return status;
}

attn_status attn_vocab_load(attn_context *context, const char *path, const attn_vocab_options *options,
                            attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    attn_vocab_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    attni_mapping file;
    ATTNI_TRY(attni_mapping_open(__func__, path, &file));
    attn_status status = attni_vocab_parse(context, __func__, path, (const char *)file.data, file.size,
                                           &chosen, chosen.tokens ? &chosen.tokens->options : NULL, out);
    attni_mapping_close(&file);
    return status;
}

attn_status attn_vocab_save(const attn_vocab *vocab, const char *path)
{
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_ENTER(vocab->words.context);
    ATTNI_REQUIRE_PTR(path);
    char *text;
    size_t size;
    ATTNI_TRY(attni_vocab_format(vocab, __func__, &text, &size));
    const attn_status status = attni_write_file(__func__, path, text, size);
    attni_free(vocab->words.context, text);
    return status;
}
