/* utf8.c - decoding, and folding by utf8proc's tables and a short one of our own. */
#include "text/utf8.h"

#include <string.h>
#include <utf8proc.h>

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
    case UTF8PROC_CATEGORY_MC:
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

/* What neither case folding nor decomposition maps to ASCII. U+0085 to U+0097 are controls, but in real text
 * they are bytes of Windows-1252 that were taken for Latin-1; HTML reads them so, too. */
static const char *replacement(int32_t code)
{
    switch (code) {
    case 0x0091: /* quotation marks of Windows-1252 */
    case 0x0092:
    case 0x00B4: /* acute accent, typed for an apostrophe */
    case 0x02B9: /* modifier letters: prime, turned comma, apostrophe */
    case 0x02BB:
    case 0x02BC:
    case 0x2018: /* single quotation marks */
    case 0x2019:
    case 0x201B:
    case 0x2032: /* prime */
        return "'";
    case 0x0093:
    case 0x0094:
    case 0x00AB: /* guillemets */
    case 0x00BB:
    case 0x201C: /* double quotation marks */
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033: /* double prime */
        return "\"";
    case 0x201A: /* low single quotation mark */
        return ",";
    case 0x0085:
        return "...";
    case 0x0096:
    case 0x0097:
    case 0x2010: /* hyphens and dashes */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212: /* minus */
        return "-";
    case 0x2044: /* fraction slash, of which "1/2" in one character is made */
        return "/";
    case 0x200B: /* zero-width space */
        return " ";
    case 0x00E6:
        return "ae";
    case 0x00F0:
    case 0x0111:
        return "d";
    case 0x00F8:
        return "o";
    case 0x00FE:
        return "th";
    case 0x0127:
        return "h";
    case 0x0131:
        return "i";
    case 0x0138:
        return "k";
    case 0x0142:
        return "l";
    case 0x014B:
        return "ng";
    case 0x0153:
        return "oe";
    case 0x0167:
        return "t";
    case 0x0192:
        return "f";
    default:
        return NULL;
    }
}

/* One code point of the decomposition to UTF-8. */
static size_t write_point(int32_t point, unsigned char *out)
{
    const char *mapped = replacement(point);
    if (mapped) {
        size_t length = strlen(mapped);
        memcpy(out, mapped, length);
        return length;
    }
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_MN: /* accents; variation selectors */
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: /* soft hyphens, joiners, direction marks, the byte order mark */
        return 0;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
        *out = ' ';
        return 1;
    default:
        return (size_t)utf8proc_encode_char(point, out);
    }
}

size_t attni_utf8_fold(int32_t code, unsigned char out[ATTNI_FOLD_SIZE])
{
    enum { POINTS = ATTNI_FOLD_SIZE / 4 };
    int32_t points[POINTS] = {code};
    utf8proc_ssize_t count = 1;
    int hangul = code >= 0xAC00 && code <= 0xD7A3, kana = code >= 0x3040 && code <= 0x30FF;
    if (!hangul && !kana && replacement(code) == NULL) {
        int boundary = 0;
        count = utf8proc_decompose_char(code, points, POINTS,
                                        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary);
        if (count < 0 || count > POINTS) { /* no such case in Unicode; the character then stands for itself */
            points[0] = code;
            count = 1;
        }
    }
    size_t size = 0;
    for (utf8proc_ssize_t i = 0; i < count; i++)
        size += write_point(points[i], out + size);
    return size;
}
