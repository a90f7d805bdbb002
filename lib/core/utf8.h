/* utf8.h - one character of UTF-8. text/utf8.h has what characters are. */
#ifndef ATTN_CORE_UTF8_H
#define ATTN_CORE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The code point at the start of text[size], size > 0; returns its bytes. *code is -1 where they are not
 * UTF-8; the bytes are then those of one malformed sequence as Unicode counts them (the longest start of a
 * valid one, or one). */
size_t attni_utf8_decode(const unsigned char *text, size_t size, int32_t *code);

#endif
