/* utf8.c - what is part of a word, and how characters stand on a terminal. */
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
