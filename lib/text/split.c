/* split.c - the second pass: folded text into tokens. */
#include "text/tokens.h"

#include <string.h>

#include "text/utf8.h"

/* The lower-case form of a byte that is an ASCII letter or digit; 0 for every other byte. */
static const unsigned char word_byte[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
    ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v',
    ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
    ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

static int is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static int is_space(unsigned char byte)
{
    return byte <= ' ' || byte == 127;
}

/* How many bytes the word character at text[at] has; 0 when none stands there. */
static size_t word_length(const unsigned char *text, size_t size, size_t at)
{
    if (at >= size)
        return 0;
    if (text[at] < 0x80)
        return word_byte[text[at]] != 0;
    int32_t code;
    size_t length = attni_utf8_decode(text + at, size - at, &code);
    return attni_utf8_is_word(code) ? length : 0;
}

/* How many bytes at text[at], which is no ASCII letter or digit, continue the word that ends there: a letter
 * of another script, an apostrophe before a letter, a dot or comma between two digits. */
static size_t joint_length(const unsigned char *text, size_t size, size_t at)
{
    if (text[at] >= 0x80)
        return word_length(text, size, at);
    if (text[at] == '\'')
        return word_length(text, size, at + 1) > 0;
    if (text[at] == '.' || text[at] == ',')
        return is_digit(text[at - 1]) && at + 1 < size && is_digit(text[at + 1]);
    return 0;
}

/* Copy the word that begins at text[at], at least a byte of it, behind the tokens; returns its bytes. */
static size_t copy_word(attn_tokens *tokens, const unsigned char *text, size_t size, size_t at)
{
    unsigned char *out = (unsigned char *)tokens->text.data + tokens->text.size, lower;
    size_t begin = at;
    for (;;) {
        while (at < size && (lower = word_byte[text[at]]) != 0) {
            *out++ = lower;
            at++;
        }
        size_t joint = at < size ? joint_length(text, size, at) : 0;
        if (joint == 0)
            break;
        while (joint-- > 0)
            *out++ = text[at++];
    }
    if (tokens->options.keep_case)
        memcpy((char *)tokens->text.data + tokens->text.size, text + begin, at - begin);
    return at - begin;
}

/* The small form of an ASCII letter; no other byte gives a letter. */
static char small(char letter)
{
    return (char)(letter | 0x20);
}

/* How many bytes at the end of a word are a contraction of its own. */
static size_t contraction(const char *word, size_t length)
{
    const char *end = word + length;
    if (length < 3)
        return 0;
    char last = small(end[-1]), before = small(end[-2]);
    if (length > 3 && end[-2] == '\'' && last == 't' && small(end[-3]) == 'n')
        return 3;
    if (end[-2] == '\'' && (last == 's' || last == 'd' || last == 'm'))
        return 2;
    if (length > 3 && end[-3] == '\'' &&
        ((last == 'e' && (before == 'r' || before == 'v')) || (last == 'l' && before == 'l')))
        return 3;
    return 0;
}

/* The word text[begin .. begin + length), with up to two contractions parted off: "couldn't've". */
static attn_status push_word(attn_tokens *tokens, size_t begin, size_t length)
{
    if (tokens->options.keep_contractions)
        return attni_tokens_push(tokens, length, begin, begin + length);
    char *word = (char *)tokens->text.data + tokens->text.size;
    size_t second = contraction(word, length), first = second ? contraction(word, length - second) : 0;
    size_t stem = length - first - second;
    char parts[8];
    memcpy(parts, word + stem, first + second); /* before the NUL of the stem overwrites them */
    ATTNI_TRY(attni_tokens_push(tokens, stem, begin, begin + stem));
    if (first > 0) {
        memcpy((char *)tokens->text.data + tokens->text.size, parts, first);
        ATTNI_TRY(attni_tokens_push(tokens, first, begin + stem, begin + stem + first));
    }
    if (second > 0) {
        memcpy((char *)tokens->text.data + tokens->text.size, parts + first, second);
        ATTNI_TRY(attni_tokens_push(tokens, second, begin + stem + first, begin + length));
    }
    return ATTN_OK;
}

/* A mark of punctuation or a symbol, text[at .. at + length); a run of dots is one, "..." whatever its
 * length. */
static attn_status push_mark(attn_tokens *tokens, const unsigned char *text, size_t size, size_t at,
                             size_t *length)
{
    char *out = (char *)tokens->text.data + tokens->text.size;
    int32_t code;
    *length = attni_utf8_decode(text + at, size - at, &code);
    if (text[at] == '.' && at + 1 < size && text[at + 1] == '.') {
        while (at + *length < size && text[at + *length] == '.')
            ++*length;
        memcpy(out, "...", 3);
        return attni_tokens_push(tokens, 3, at, at + *length);
    }
    memcpy(out, text + at, *length);
    return attni_tokens_push(tokens, *length, at, at + *length);
}

attn_status attni_tokens_split(attn_tokens *tokens, const unsigned char *text, size_t size)
{
    /* A token of n bytes becomes n and a NUL, ".." becomes "..." and a NUL: never more than twice the text. */
    ATTNI_TRY(attni_buffer_reserve(&tokens->text, tokens->context, "attn_tokens_set_text", 2 * size));
    for (size_t at = 0, length, step = 0; at < size; at += length, step++) {
        if (step % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        length = 1;
        if (is_space(text[at]))
            continue;
        if (word_byte[text[at]] || (text[at] >= 0x80 && word_length(text, size, at) > 0)) {
            length = copy_word(tokens, text, size, at);
            ATTNI_TRY(push_word(tokens, at, length));
        } else if ((length = attni_html_break(text + at, size - at)) == 0) {
            ATTNI_TRY(push_mark(tokens, text, size, at, &length));
        }
    }
    return ATTN_OK;
}
