/* utf8.h - one character at a time: what it is. */
#ifndef ATTN_TEXT_UTF8_H
#define ATTN_TEXT_UTF8_H

#include "core/utf8.h"

/* How many bytes of text[size] before the first that is not ASCII. */
size_t attni_ascii_length(const unsigned char *text, size_t size);

/* The bytes of the mark that some editors put at the start of a file: 3, or 0 when none stands there. */
size_t attni_text_mark(const char *text, size_t size);

/* The bytes of the "<br>", "<br/>" or "<br />", in either case, at the start of text[size]; 0 when none stands there. */
size_t attni_html_break(const unsigned char *text, size_t size);

/* Is it part of a word: a letter, a digit or another number, or a mark on them? */
int attni_utf8_is_word(int32_t code);

/* How many columns of a terminal the code point takes: 0, 1 or 2. */
int attni_utf8_columns(int32_t code);

/* Where writing goes behind the code point: 1 to the right, -1 to the left; 2: it is a digit, which goes with the letters before it; 0:
 * it has no direction. */
int attni_utf8_direction(int32_t code);

/* Whether code point `next` belongs to the cluster of the one before it (an accent, a skin tone, half a flag). *state is 0 at the
 * start of a cluster. */
int attni_utf8_joins(int32_t code, int32_t next, int32_t *state);

#endif
