/* markup.h - any bytes as text of some other language. What is malformed UTF-8, or cannot stand there, becomes U+FFFD. */
#ifndef COMMON_MARKUP_H
#define COMMON_MARKUP_H

#include "common/files.h"

/* The characters themselves. */
void append_plain(struct text *out, const char *bytes, size_t size);

/* Text of XML or HTML, also between quotes. */
void append_xml(struct text *out, const char *bytes, size_t size);

/* A page of HTML that holds a picture, an SVG. */
void append_page(struct text *out, const char *title, const struct text *svg);

/* A field of CSV, in quotes where RFC 4180 asks for them. */
void append_csv(struct text *out, const char *bytes, size_t size);

/* JSON that stands inside <script>, which no text in it can end. Reals have `digits` significant digits. */
void append_script_json(struct text *out, const json_t *json, int digits);

#endif
