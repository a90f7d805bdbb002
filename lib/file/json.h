/* json.h - JSON (RFC 8259) from those whom we do not trust: read from front to back, where it stands, without memory. And
 * strings, quoted.
 *
 *     attni_json json = attni_json_of(text, size);
 *     for (int32_t first = attni_json_open(&json, '{'); attni_json_member(&json, &first, &key, &length);)
 *         attni_json_skip(&json);
 *     attni_json_end(&json);          json.problem: what is wrong and json.at: where; NULL: nothing
 *
 * After the first problem every call does nothing and says that there is no more, so a reader asks once, at its end.
 * Strings become NUL-terminated UTF-8 in the place where they stand; so each may be read once, and "\u0000" is refused. */
#ifndef ATTN_FILE_JSON_H
#define ATTN_FILE_JSON_H

#include "text/buffer.h"

typedef struct attni_json {
    char *text; /* [size], written to where strings are read */
    size_t size, at;
    const char *problem;
    int32_t depth; /* of what is being skipped */
} attni_json;

typedef struct attni_json_number {
    int32_t is_integer; /* written without fraction and exponent */
    int64_t integer;
    float real; /* of both kinds; the nearest float */
} attni_json_number;

attni_json attni_json_of(char *text, size_t size);

/* What comes next: '{', '[', '"', '0' for a number, 'a' for true, false and null; 0: nothing of the kind. */
char attni_json_peek(attni_json *json);

/* Begin with the object ('{') or array ('[') that must come next; 1, for `first` of the two below. */
int32_t attni_json_open(attni_json *json, char bracket);

/* Is there another member, or item? Its key was read, its value comes next. 0 behind the last one. */
int32_t attni_json_member(attni_json *json, int32_t *first, const char **key, size_t *length);
int32_t attni_json_item(attni_json *json, int32_t *first);

/* The value that must come next. NULL after a problem; a number is then 0. */
const char *attni_json_string(attni_json *json, size_t *length);
attni_json_number attni_json_number_of(attni_json *json);
void attni_json_skip(attni_json *json);

/* Nothing but white space may be left. */
void attni_json_end(attni_json *json);

/* Append bytes as they are; a string with its quotes, which must be UTF-8; what printf makes of a format without %g and %f,
 * at most 200 bytes; and a number that reads back as the same float, whatever the locale. Errors begin with `function`:
 * MEMORY. */
attn_status attni_json_put(attni_buffer *out, attn_context *context, const char *function, const char *text,
                           size_t size);
attn_status attni_json_quote(attni_buffer *out, attn_context *context, const char *function, const char *text,
                             size_t size);
attn_status attni_json_print(attni_buffer *out, attn_context *context, const char *function,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));
attn_status attni_json_put_float(attni_buffer *out, attn_context *context, const char *function,
                                 float number);

#endif
