/* utf8.c - decoding, what is part of a word, and how characters stand on a terminal. */
#include "text/utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t attni_text_mark(const char *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

size_t attni_ascii_length(const unsigned char *text, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t eight;
        memcpy(&eight, text + i, 8);
        if (eight & 0x8080808080808080u)
            break;
    }
    while (i < size && text[i] < 0x80)
        i++;
    return i;
}

/* Table 3-7 of the Unicode standard: the lead byte tells the length, and bounds the second byte so that
 * overlong forms, surrogates and what lies beyond U+10FFFF are out. */
size_t attni_utf8_decode(const unsigned char *text, size_t size, int32_t *code)
{
    unsigned char lead = text[0], low = 0x80, high = 0xBF;
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    *code = lead;
    if (length == 1)
        return 1;
    *code = -1;
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    int32_t value = lead & (0x7F >> length);
    for (size_t i = 1; i < length; i++) {
        if (i == size || text[i] < low || text[i] > high)
            return i;
        value = value << 6 | (text[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *code = value;
    return length;
}

size_t attni_html_break(const unsigned char *text, size_t size)
{
    size_t i = 3;
    if (size <= i || text[0] != '<' || (text[1] | 32) != 'b' || (text[2] | 32) != 'r')
        return 0;
    while (i < size && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
        i++;
    if (i < size && text[i] == '/')
        i++;
    return i < size && text[i] == '>' ? i + 1 : 0;
}

int attni_utf8_is_word(int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return 1;
    default:
        return 0;
    }
}

int attni_utf8_columns(int32_t code)
{
    return utf8proc_charwidth(code);
}

int attni_utf8_joins(int32_t code, int32_t next, int32_t *state)
{
    return !utf8proc_grapheme_break_stateful(code, next, state);
}

int attni_utf8_direction(int32_t code)
{
    switch (utf8proc_get_property(code)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_L:
        return 1;
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL:
    case UTF8PROC_BIDI_CLASS_AN:
        return -1;
    case UTF8PROC_BIDI_CLASS_EN:
        return 2;
    default:
        return 0;
    }
}
