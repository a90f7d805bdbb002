/* utf8.h - one character at a time: decode, classify, fold. */
#ifndef ATTN_TEXT_UTF8_H
#define ATTN_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes of text[size] before the first that is not ASCII. */
size_t attni_ascii_length(const unsigned char *text, size_t size);

/* The code point at the start of text[size], size > 0; returns its bytes. *code is -1 where they are not
 * UTF-8; the bytes are then those of one malformed sequence as Unicode counts them (the longest start of a
 * valid one, or one). */
size_t attni_utf8_decode(const unsigned char *text, size_t size, int32_t *code);

/* The bytes of the "<br>", "<br/>" or "<br />", in either case, at the start of text[size]; 0 when none stands there. */
size_t attni_html_break(const unsigned char *text, size_t size);

/* Is it part of a word: a letter, a digit or another number, or a mark that takes space? */
int attni_utf8_is_word(int32_t code);

/* How many columns of a terminal the code point takes: 0, 1 or 2. */
int attni_utf8_columns(int32_t code);

/* Whether code point `next` belongs to the cluster of the one before it (an accent, a skin tone, half a flag). *state is 0 at the
 * start of a cluster. */
int attni_utf8_joins(int32_t code, int32_t next, int32_t *state);

/* The character as it is looked up, in UTF-8; returns the bytes, 0 for what vanishes. Case is folded,
 * compatibility forms are written out, accents dropped (not in Hangul or kana, where they make another
 * letter), typographic marks become those of ASCII, and all that is white space or control becomes ' '. ASCII
 * letters may stay as they are. */
#define ATTNI_FOLD_SIZE 160 /* the longest decomposition in Unicode has 18 code points */
size_t attni_utf8_fold(int32_t code, unsigned char out[ATTNI_FOLD_SIZE]);

#endif
