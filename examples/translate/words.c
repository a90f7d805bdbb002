/* words.c - splitting texts, and joining them by the rules of French typography. */
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define SPACE_MARK "\xE2\x90\xA3" /* U+2423 */

const char *words_get(const struct words *words, int64_t index)
{
    return words->bytes.bytes + words->begins[index];
}

void words_clear(struct words *words)
{
    words->count = words->bytes.size = 0;
}

void words_add(struct words *words, const char *token, size_t size)
{
    words->begins = grow(words->begins, words->count + 1, &words->capacity, sizeof *words->begins);
    words->begins[words->count++] = words->bytes.size;
    text_append(&words->bytes, token, size);
    text_append(&words->bytes, "", 1);
}

void words_free(struct words *words)
{
    free(words->bytes.bytes);
    free(words->begins);
    *words = (struct words){0};
}

/* ---- characters ---- */

enum kind { SPACE, LETTER, APOSTROPHE, HYPHEN, MARK };

struct character {
    utf8proc_int32_t code; /* U+FFFD where the bytes are no UTF-8 */
    size_t size;           /* bytes */
    enum kind kind;
};

static enum kind kind_of(utf8proc_int32_t code)
{
    if (code == '\'' || code == 0x2019)
        return APOSTROPHE;
    if (code == '-' || code == 0x2010 || code == 0x2011)
        return HYPHEN;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
        return SPACE;
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
        return LETTER;
    default:
        return MARK;
    }
}

static struct character character_at(const char *text, size_t size)
{
    struct character c = {0xFFFD, 1, MARK};
    utf8proc_int32_t code;
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &code);
    if (size > 0 && length > 0)
        c = (struct character){code, (size_t)length, kind_of(code)};
    return c;
}

static void append_code(struct text *text, utf8proc_int32_t code)
{
    utf8proc_uint8_t bytes[4];
    text_append(text, (const char *)bytes, (size_t)utf8proc_encode_char(code, bytes));
}

static void split_characters(const char *text, size_t size, struct words *words)
{
    struct text token = {0};
    for (size_t i = 0; i < size;) {
        struct character c = character_at(text + i, size - i);
        token.size = 0;
        append_code(&token, c.code);
        if (c.kind == SPACE)
            words_add(words, SPACE_MARK, strlen(SPACE_MARK));
        else
            words_add(words, token.bytes, (size_t)token.size);
        i += c.size;
    }
    free(token.bytes);
}

/* ---- words ---- */

static void end_token(struct text *token, struct words *words)
{
    if (token->size)
        words_add(words, token->bytes, (size_t)token->size);
    token->size = 0;
}

static void split_words(const char *text, size_t size, struct words *words)
{
    struct text token = {0};
    bool in_word = false;
    for (size_t i = 0; i < size;) {
        struct character c = character_at(text + i, size - i);
        i += c.size;
        bool first = words->count == 0 && token.size == 0;
        bool inner = in_word && (i < size) && character_at(text + i, size - i).kind == LETTER;
        if (c.kind == SPACE || c.kind == MARK || (c.kind == HYPHEN && in_word) ||
            (c.kind == APOSTROPHE && !in_word))
            end_token(&token, words);
        if (c.kind != SPACE)
            append_code(&token, c.kind == APOSTROPHE ? '\'' : first ? utf8proc_tolower(c.code) : c.code);
        in_word = c.kind == LETTER || (c.kind == HYPHEN && inner);
        if (!in_word)
            end_token(&token, words);
    }
    end_token(&token, words);
    free(token.bytes);
}

static void split_at_spaces(const char *text, size_t size, struct words *words)
{
    struct text token = {0};
    for (size_t i = 0; i < size;) {
        struct character c = character_at(text + i, size - i);
        if (c.kind == SPACE)
            end_token(&token, words);
        else
            append_code(&token, c.code);
        i += c.size;
    }
    end_token(&token, words);
    free(token.bytes);
}

void split_source(int64_t task, attn_tokens *tokens, const char *text, size_t size, struct words *words)
{
    words_clear(words);
    if (task != TASK_SENTENCES) {
        split_target(task, text, size, words);
        return;
    }
    must(attn_tokens_set_text(tokens, text, size));
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++)
        words_add(words, attn_tokens_get(tokens, i), strlen(attn_tokens_get(tokens, i)));
}

void split_target(int64_t task, const char *text, size_t size, struct words *words)
{
    words_clear(words);
    if (task == TASK_DATES)
        split_characters(text, size, words);
    else if (task == TASK_TOKENISED)
        split_at_spaces(text, size, words);
    else
        split_words(text, size, words);
}

/* ---- joining ---- */

/* "?", "!", ":" and ";" stand apart in French. */
static bool sticks_to_the_left(const char *token)
{
    return strchr(".,)-", token[0]) != NULL || strcmp(token, "\xE2\x80\xA6") == 0;
}

static bool sticks_to_the_right(const char *token)
{
    char last = token[strlen(token) - 1];
    return last == '\'' || last == '(';
}

static void append_capital(struct text *text, const char *token)
{
    struct character c = character_at(token, strlen(token));
    append_code(text, utf8proc_toupper(c.code));
    text_append(text, token + c.size, strlen(token) - c.size);
}

void join_target(int64_t task, const struct words *words, struct text *text)
{
    for (int64_t i = 0; i < words->count; i++) {
        const char *token = words_get(words, i);
        if (task == TASK_DATES) {
            bool space = strcmp(token, SPACE_MARK) == 0;
            text_append(text, space ? " " : token, space ? 1 : strlen(token));
            continue;
        }
        if (task == TASK_TOKENISED) {
            text_print(text, i ? " %s" : "%s", token);
            continue;
        }
        if (i > 0 && !sticks_to_the_left(token) && !sticks_to_the_right(words_get(words, i - 1)))
            text_append(text, " ", 1);
        if (i == 0)
            append_capital(text, token);
        else
            text_append(text, token, strlen(token));
    }
}
