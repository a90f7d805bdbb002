/* sink.h - where a picture goes: a buffer before the callback, and what may stand in a picture of a text's characters.
 *
 * What the callback returned, or INTERRUPTED, stays as the sink's status; from there on nothing is written. Loops that are long ask
 * for it. */
#ifndef ATTN_DRAW_SINK_H
#define ATTN_DRAW_SINK_H

#include <stdbool.h>

#include "attn/status.h"

typedef struct attni_sink {
    attn_write_fn write;
    void *user;
    attn_status status;
    size_t used;
    char buffer[4096];
} attni_sink;

void attni_put(attni_sink *sink, const char *bytes, size_t size);
void attni_puts(attni_sink *sink, const char *string);
void attni_flush(attni_sink *sink);

/* At most 500 bytes. Numbers with fractions are printed through attni_fixed: what "%f" prints depends on the host's locale. */
void attni_print(attni_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

typedef struct attni_number {
    char text[48];
} attni_number;

/* `print(sink, "%s", ATTNI_FIXED(x, 2));` the number with so many places. */
attni_number attni_fixed(double value, int places);
#define ATTNI_FIXED(value, places) (attni_fixed(value, places).text)

/* The code point at the start of text[size], size > 0, as it may be drawn: U+FFFD where it is malformed, a control character other
 * than tab and line breaks, or none that XML allows. Returns its bytes. */
size_t attni_draw_decode(const unsigned char *text, int64_t size, int32_t *code);

/* What stands for a character; NULL: itself. */
typedef const char *attni_escape(int32_t code);

/* Put text[size], each character as `escape` has it. */
void attni_put_text(attni_sink *sink, const unsigned char *text, int64_t size, attni_escape *escape);

/* Put a string as one line: its line breaks and tabs are spaces. Of more than `most` columns the rest is "...", one character;
 * 0: all of it. */
void attni_put_line(attni_sink *sink, const char *string, int64_t size, int64_t most, attni_escape *escape);

/* The content of an element or a quoted attribute, of HTML and of XML. */
const char *attni_escape_xml(int32_t code);

/* Whether it is a line break by itself. */
bool attni_is_break(int32_t code);

#endif
