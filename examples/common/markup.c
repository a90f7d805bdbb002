/* markup.c - escaping, character by character. */
#include "common/markup.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static uint32_t decode(const char *bytes, size_t length)
{
    const unsigned char *c = (const unsigned char *)bytes;
    uint32_t character = length == 1 ? c[0] : c[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (c[i] & 0x3F);
    return character;
}

/* The next character of bytes[0 .. *size), which both move past it; U+FFFD for what is malformed, for control characters but
 * tab and line breaks, and for what XML forbids. */
static uint32_t next_character(const char **bytes, size_t *size)
{
    size_t length = utf8_length(*bytes, *size);
    uint32_t c = length ? decode(*bytes, length) : 0xFFFD;
    *bytes += length ? length : 1;
    *size -= length ? length : 1;
    bool control = (c < ' ' && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0);
    return control || (c & 0xFFFE) == 0xFFFE ? 0xFFFD : c;
}

/* Append characters; those for which `escape` gives another text, as that. */
static void append_escaped(struct text *out, const char *bytes, size_t size,
                           const char *(*escape)(uint32_t c))
{
    while (size > 0) {
        const char *begin = bytes;
        uint32_t c = next_character(&bytes, &size);
        const char *other = c == 0xFFFD ? REPLACEMENT : escape(c);
        text_append(out, other ? other : begin, other ? strlen(other) : (size_t)(bytes - begin));
    }
}

static const char *escape_nothing(uint32_t c)
{
    (void)c;
    return NULL;
}

void append_plain(struct text *out, const char *bytes, size_t size)
{
    append_escaped(out, bytes, size, escape_nothing);
}

static const char *escape_xml(uint32_t c)
{
    return c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : NULL;
}

void append_xml(struct text *out, const char *bytes, size_t size)
{
    append_escaped(out, bytes, size, escape_xml);
}

void append_page(struct text *out, const char *title, const struct text *svg)
{
    text_print(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    append_xml(out, title, strlen(title));
    text_print(out, "</title>\n<style>svg { max-width: 100%%; height: auto }</style>\n</head>\n<body>\n");
    text_append(out, svg->bytes, (size_t)svg->size);
    text_print(out, "</body>\n</html>\n");
}

static const char *escape_csv(uint32_t c)
{
    return c == '"' ? "\"\"" : NULL;
}

void append_csv(struct text *out, const char *bytes, size_t size)
{
    bool quoted = false;
    for (size_t i = 0; i < size; i++)
        quoted = quoted || strchr(",\"\r\n", bytes[i] ? bytes[i] : ' ') != NULL;
    text_append(out, "\"", quoted);
    append_escaped(out, bytes, size, escape_csv);
    text_append(out, "\"", quoted);
}

/* Outside its strings JSON has no '<'. */
void append_script_json(struct text *out, const json_t *json, int digits)
{
    char *plain = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
    if (plain == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    const char *at = plain;
    for (const char *less; (less = strchr(at, '<')) != NULL; at = less + 1) {
        text_append(out, at, (size_t)(less - at));
        text_append(out, "\\u003c", 6);
    }
    text_append(out, at, strlen(at));
    free(plain);
}
