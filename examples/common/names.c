/* names.c - the escapes of names, there and back. */
#include "common/names.h"

#include <stdlib.h>
#include <string.h>

#include "common/files.h"

char *name_encode(const char *name)
{
    if (name == NULL)
        return NULL;
    struct text text = {0};
    for (size_t left = strlen(name), length; left > 0; name += length, left -= length) {
        length = utf8_length(name, left);
        if (length == 0)
            text_print(&text, "\\x%02x", (unsigned char)*name);
        else if (*name == '\\')
            text_print(&text, "\\\\");
        else
            text_append(&text, name, length);
        length += length == 0;
    }
    text_append(&text, "", 1);
    return text.bytes;
}

/* The value of two digits, as name_encode writes them; -1 for what it does not write. */
static int escaped_byte(const char *digits)
{
    static const char all[] = "0123456789abcdef";
    const char *high = *digits ? strchr(all, digits[0]) : NULL,
               *low = high && digits[1] ? strchr(all, digits[1]) : NULL;
    return low && high - all >= 8 ? (int)(16 * (high - all) + (low - all)) : -1;
}

char *name_decode(const char *text)
{
    if (text == NULL)
        return NULL;
    char *name = print("%s", text), *end = name;
    for (const char *at = text; *at;) {
        int byte = at[0] == '\\' && at[1] == 'x' ? escaped_byte(at + 2) : -1;
        if (byte >= 0) {
            *end++ = (char)byte;
            at += 4;
            continue;
        }
        at += at[0] == '\\' && at[1] == '\\';
        *end++ = *at++;
    }
    *end = '\0';
    return name;
}

json_t *name_json(const char *name)
{
    char *text = name_encode(name);
    json_t *json = text ? json_string(text) : json_null();
    if (json == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    free(text);
    return json;
}

char *name_of_json(const json_t *json)
{
    return name_decode(json_string_value(json));
}
