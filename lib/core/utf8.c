/* utf8.c - decoding. */
#include "core/utf8.h"

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
