/* sink.c - writing through a buffer, numbers without a locale, and characters that may be drawn. */
#include "draw/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "text/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS "\xE2\x80\xA6"

void attni_flush(attni_sink *sink)
{
    if (sink->used > 0 && sink->status == ATTN_OK)
        ATTNI_CALLBACK(sink->status, "write", sink->write(sink->user, sink->buffer, sink->used));
    sink->used = 0;
}

void attni_put(attni_sink *sink, const char *bytes, size_t size)
{
    while (size > 0) {
        const size_t room = sizeof sink->buffer - sink->used, part = size < room ? size : room;
        memcpy(sink->buffer + sink->used, bytes, part);
        sink->used += part;
        bytes += part;
        size -= part;
        if (sink->used == sizeof sink->buffer)
            attni_flush(sink);
    }
}

void attni_puts(attni_sink *sink, const char *string)
{
    attni_put(sink, string, strlen(string));
}

void attni_print(attni_sink *sink, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    attni_puts(sink, line);
}

attni_number attni_fixed(double value, int places)
{
    attni_number number;
    const bool huge = value >= 1e15 || value <= -1e15;
    snprintf(number.text, sizeof number.text, huge ? "%.*e" : "%.*f", places, value);
    /* The locale's decimal point is the one thing in it that is no digit, sign or exponent, of one byte or more. */
    const size_t whole = strspn(number.text, "+-0123456789");
    char *point = number.text + whole;
    const size_t width = strcspn(point, "+-0123456789e");
    if (width > 0) {
        memmove(point + 1, point + width, strlen(point + width) + 1);
        *point = '.';
    }
    if (*number.text == '-' && strpbrk(number.text, "123456789") == NULL) /* what is told as 0 has no sign */
        memmove(number.text, number.text + 1, strlen(number.text));
    return number;
}

/* ---- characters ------------------------------------------------------------------------------------------ */

bool attni_is_break(int32_t code)
{
    return code == '\n' || code == '\r' || code == 0x2028 || code == 0x2029;
}

size_t attni_draw_decode(const unsigned char *text, int64_t size, int32_t *code)
{
    const size_t length = attni_utf8_decode(text, (size_t)size, code);
    const int32_t c = *code;
    const bool control = (c < ' ' && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0);
    if (c < 0 || control || (c & 0xFFFE) == 0xFFFE)
        *code = 0xFFFD;
    return length;
}

static void put_character(attni_sink *sink, const unsigned char *bytes, size_t size, int32_t code,
                          attni_escape *escape)
{
    const char *other = code == 0xFFFD ? REPLACEMENT : escape(code);
    if (other)
        attni_puts(sink, other);
    else
        attni_put(sink, (const char *)bytes, size);
}

void attni_put_text(attni_sink *sink, const unsigned char *text, int64_t size, attni_escape *escape)
{
    int32_t code;
    for (int64_t at = 0, length; at < size && sink->status == ATTN_OK; at += length) {
        length = (int64_t)attni_draw_decode(text + at, size - at, &code);
        if (code != '\r' || at + 1 == size || text[at + 1] != '\n') /* both together are one break */
            put_character(sink, text + at, (size_t)length, code, escape);
    }
}

void attni_put_line(attni_sink *sink, const char *string, int64_t size, int64_t most, attni_escape *escape)
{
    const unsigned char *text = (const unsigned char *)string;
    int64_t columns = 0;
    int32_t code;
    for (int64_t at = 0, length; at < size && sink->status == ATTN_OK; at += length) {
        length = (int64_t)attni_draw_decode(text + at, size - at, &code);
        columns += attni_utf8_columns(code);
        if (most > 0 && (columns > most || at > 8 * most)) { /* marks have no columns */
            attni_puts(sink, ELLIPSIS);
            return;
        }
        if (code == '\r' && at + 1 < size && text[at + 1] == '\n')
            continue; /* both together are one break */
        if (code == '\t' || attni_is_break(code))
            attni_puts(sink, " ");
        else
            put_character(sink, text + at, (size_t)length, code, escape);
    }
}

const char *attni_escape_xml(int32_t code)
{
    switch (code) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}
