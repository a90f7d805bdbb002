/* json.c - reading and writing JSON, by RFC 8259 to the letter. */
#include "file/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text/number.h"
#include "text/utf8.h"

#define MAX_DEPTH 100 /* of values that nobody asks for */

/* ---- characters ------------------------------------------------------------------------------------------ */

attni_json attni_json_of(char *text, size_t size)
{
    return (attni_json){.text = text, .size = size};
}

static void fail(attni_json *json, const char *problem)
{
    if (json->problem == NULL)
        json->problem = problem;
}

/* The next character, 0 at the end and after a problem; it stays the next one. */
static char look(const attni_json *json)
{
    return json->problem == NULL && json->at < json->size ? json->text[json->at] : '\0';
}

static void skip_white(attni_json *json)
{
    for (char c = look(json); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = look(json))
        json->at++;
}

static int32_t take(attni_json *json, char expected)
{
    skip_white(json);
    if (look(json) != expected)
        return 0;
    json->at++;
    return 1;
}

static int32_t is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char attni_json_peek(attni_json *json)
{
    skip_white(json);
    char c = look(json);
    return c == '{' || c == '[' || c == '"'   ? c
           : c == '-' || is_digit(c)          ? '0'
           : c == 't' || c == 'f' || c == 'n' ? 'a'
                                              : '\0';
}

/* ---- objects and arrays ---------------------------------------------------------------------------------- */

int32_t attni_json_open(attni_json *json, char bracket)
{
    if (!take(json, bracket))
        fail(json, bracket == '{' ? "an object was expected" : "an array was expected");
    return 1;
}

static int32_t next(attni_json *json, char bracket, int32_t *first)
{
    if (take(json, bracket))
        return 0;
    if (!*first && !take(json, ','))
        fail(json, bracket == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    *first = 0;
    return json->problem == NULL;
}

int32_t attni_json_item(attni_json *json, int32_t *first)
{
    return next(json, ']', first);
}

int32_t attni_json_member(attni_json *json, int32_t *first, const char **key, size_t *length)
{
    if (!next(json, '}', first))
        return 0;
    *key = attni_json_string(json, length);
    if (!take(json, ':'))
        fail(json, "':' was expected");
    return json->problem == NULL;
}

/* ---- strings --------------------------------------------------------------------------------------------- */

/* Four hexadecimal digits at `at`; -1 where they are none. */
static int32_t read_hex(const attni_json *json, size_t at)
{
    int32_t code = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < json->size ? json->text[i] : '\0';
        int32_t digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0)
            return -1;
        code = 16 * code + digit;
    }
    return code;
}

static size_t encode_utf8(int32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((size == 2 ? 0xC0 : size == 3 ? 0xE0 : 0xF0) | code);
    return size;
}

/* What \uXXXX stands for, with the other half of a pair; `at` is behind the "u". 0 after a problem. */
static size_t read_unicode(attni_json *json, char out[4])
{
    int32_t code = read_hex(json, json->at), low;
    if (code >= 0)
        json->at += 4;
    if (code >= 0xD800 && code < 0xDC00 && json->at + 1 < json->size && json->text[json->at] == '\\' &&
        json->text[json->at + 1] == 'u' && (low = read_hex(json, json->at + 2)) >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        json->at += 6;
    }
    if (code <= 0 || (code >= 0xD800 && code < 0xE000)) {
        fail(json, code == 0 ? "\\u0000 is not allowed" : "\\u is followed by no code point");
        return 0;
    }
    return encode_utf8(code, out);
}

/* One character of a string, escaped or not, in UTF-8; its bytes, 0 after a problem. */
static size_t read_character(attni_json *json, char out[4])
{
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const unsigned char *text = (const unsigned char *)json->text + json->at;
    int32_t code = 0;
    if (*text == '\\') {
        char escape = json->at + 1 < json->size ? json->text[json->at + 1] : '\0';
        const char *found = escape ? strchr(escapes, escape) : NULL;
        json->at += escape ? 2 : 1;
        if (escape == 'u')
            return read_unicode(json, out);
        if (found == NULL)
            fail(json, "an unknown escape");
        else
            out[0] = meant[found - escapes];
        return found != NULL;
    }
    size_t size = attni_utf8_decode(text, json->size - json->at, &code);
    if (code < 0x20) {
        fail(json, code < 0 ? "a string is not UTF-8" : "a control character in a string");
        return 0;
    }
    memcpy(out, text, size);
    json->at += size;
    return size;
}

/* From quote to quote. Where `unescape` is set, the string in the place of what was there. */
static const char *scan_string(attni_json *json, int32_t unescape, size_t *length)
{
    if (!take(json, '"')) {
        fail(json, "a string was expected");
        return NULL;
    }
    char *start = json->text + json->at, *to = start, character[4];
    while (json->problem == NULL && json->at < json->size && json->text[json->at] != '"') {
        char plain = json->text[json->at];
        if (plain >= 0x20 && plain < 0x7F && plain != '\\') { /* most are; a vocabulary is millions of them */
            if (unescape)
                *to = plain;
            to++;
            json->at++;
            continue;
        }
        size_t size = read_character(json, character);
        if (unescape)
            memcpy(to, character, size); /* not longer than what was read */
        to += size;
    }
    if (json->problem == NULL && json->at >= json->size)
        fail(json, "a string does not end");
    if (json->problem)
        return NULL;
    json->at++;
    if (unescape)
        *to = '\0'; /* the closing quote, or before it */
    *length = (size_t)(to - start);
    return start;
}

const char *attni_json_string(attni_json *json, size_t *length)
{
    return scan_string(json, 1, length);
}

/* ---- numbers and words ----------------------------------------------------------------------------------- */

static void skip_digits(attni_json *json)
{
    if (!is_digit(look(json)))
        fail(json, "a digit was expected");
    while (is_digit(look(json)))
        json->at++;
}

static int64_t read_integer(attni_json *json, const char *text, const char *end)
{
    int64_t value = 0, sign = *text == '-' ? -1 : 1;
    for (text += sign < 0; text < end; text++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, sign * (*text - '0'), &value))
            fail(json, "an integer has more than 64 bits");
    }
    return value;
}

attni_json_number attni_json_number_of(attni_json *json)
{
    attni_json_number number = {.is_integer = 1};
    skip_white(json);
    const char *text = json->text + json->at;
    if (look(json) == '-')
        json->at++;
    if (look(json) == '0')
        json->at++;
    else
        skip_digits(json);
    if (look(json) == '.') {
        json->at++;
        number.is_integer = 0;
        skip_digits(json);
    }
    if (look(json) == 'e' || look(json) == 'E') {
        json->at++;
        number.is_integer = 0;
        if (look(json) == '+' || look(json) == '-')
            json->at++;
        skip_digits(json);
    }
    const char *end = json->text + json->at;
    if (json->problem == NULL && number.is_integer)
        number.integer = read_integer(json, text, end);
    if (json->problem == NULL && attni_parse_float(text, end, &number.real) == NULL)
        fail(json, "a number has more digits than any float, or is beyond their range");
    return json->problem ? (attni_json_number){0, 0, 0} : number;
}

static void skip_word(attni_json *json)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(words[i]);
        if (json->problem == NULL && json->size - json->at >= size &&
            memcmp(json->text + json->at, words[i], size) == 0) {
            json->at += size;
            return;
        }
    }
    fail(json, "a value was expected");
}

void attni_json_skip(attni_json *json)
{
    char kind = attni_json_peek(json);
    if (kind == '"') {
        size_t length;
        scan_string(json, 0, &length);
    } else if (kind == '0')
        (void)attni_json_number_of(json);
    else if (kind != '{' && kind != '[')
        skip_word(json);
    else if (json->depth == MAX_DEPTH)
        fail(json, "values are nested too deep");
    else {
        json->depth++;
        for (int32_t first = attni_json_open(json, kind); next(json, kind == '{' ? '}' : ']', &first);) {
            size_t length;
            if (kind == '{' && (scan_string(json, 0, &length) == NULL || !take(json, ':')))
                fail(json, "':' was expected");
            attni_json_skip(json);
        }
        json->depth--;
    }
}

void attni_json_end(attni_json *json)
{
    skip_white(json);
    if (json->at < json->size)
        fail(json, "something stands behind the end");
}

/* ---- writing --------------------------------------------------------------------------------------------- */

attn_status attni_json_put(attni_buffer *out, attn_context *context, const char *function, const char *text,
                           size_t size)
{
    if (size == 0)
        return ATTN_OK;
    ATTNI_TRY(attni_buffer_reserve(out, context, function, size));
    memcpy((char *)out->data + out->size, text, size);
    out->size += size;
    return ATTN_OK;
}

attn_status attni_json_print(attni_buffer *out, attn_context *context, const char *function,
                             const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return attni_json_put(out, context, function, text, (size_t)length);
}

attn_status attni_json_quote(attni_buffer *out, attn_context *context, const char *function, const char *text,
                             size_t size)
{
    ATTNI_TRY(attni_json_put(out, context, function, "\"", 1));
    for (size_t i = 0; i < size;) {
        size_t plain = i;
        while (plain < size && (unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
               text[plain] != '\\')
            plain++;
        ATTNI_TRY(attni_json_put(out, context, function, text + i, plain - i));
        if (plain < size) {
            char c = text[plain];
            ATTNI_TRY(c == '"' || c == '\\' ? attni_json_print(out, context, function, "\\%c", c)
                      : c == '\n'           ? attni_json_put(out, context, function, "\\n", 2)
                      : c == '\t'           ? attni_json_put(out, context, function, "\\t", 2)
                                            : attni_json_print(out, context, function, "\\u%04x", c));
            plain++;
        }
        i = plain;
    }
    return attni_json_put(out, context, function, "\"", 1);
}

/* Nine digits tell any two floats apart. The locale's decimal point, of any bytes, becomes a dot. */
attn_status attni_json_put_float(attni_buffer *out, attn_context *context, const char *function, float number)
{
    char printed[48], text[48];
    size_t size = 0;
    snprintf(printed, sizeof printed, "%.9g", (double)number);
    for (const char *c = printed; *c; c++) {
        int32_t plain = is_digit(*c) || *c == '-' || *c == '+' || *c == 'e';
        if (plain || size == 0 || text[size - 1] != '.')
            text[size++] = plain ? *c : '.';
    }
    return attni_json_put(out, context, function, text, size);
}
