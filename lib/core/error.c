/* error.c - the thread's last error line, and structs of other versions. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/context.h"

#define ATTNI_STRING_(x) #x
#define ATTNI_STRING(x) ATTNI_STRING_(x)

static _Thread_local char last_error[1024];
static _Thread_local uint64_t lines_set;
static _Thread_local const attn_context *told; /* whose hook has had the last line; NULL: nobody's */
static _Thread_local int32_t telling;          /* it is in the hook */

const char *attn_version(void)
{
    return ATTNI_STRING(ATTN_API_MAJOR) "." ATTNI_STRING(ATTN_API_MINOR) "." ATTNI_STRING(ATTN_API_PATCH);
}

int32_t attn_version_number(void)
{
    return 10000 * ATTN_API_MAJOR + 100 * ATTN_API_MINOR + ATTN_API_PATCH;
}

const char *attn_status_name(attn_status status)
{
    switch (status) {
    case ATTN_OK:
        return "ok";
    case ATTN_ERR_ARGUMENT:
        return "argument";
    case ATTN_ERR_MEMORY:
        return "memory";
    case ATTN_ERR_IO:
        return "io";
    case ATTN_ERR_FORMAT:
        return "format";
    case ATTN_ERR_STATE:
        return "state";
    case ATTN_ERR_SYSTEM:
        return "system";
    case ATTN_ERR_UNSUPPORTED:
        return "unsupported";
    case ATTN_ERR_INTERRUPTED:
        return "interrupted";
    default:
        return status < 0 ? "program" : "unknown";
    }
}

const char *attn_last_error(void)
{
    return last_error;
}

/* A byte of a UTF-8 character that is not its first. */
static int continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* text[size], NUL-terminated, as a line. Of what is too long, for a path say, the middle is left out: the reason stands last. */
static void shorten(char line[sizeof last_error], const char *text, size_t size)
{
    static const char gap[] = "...";
    size_t head = size, tail = 0;
    if (size >= sizeof last_error) {
        head = tail = (sizeof last_error - sizeof gap) / 2;
        while (head > 0 && continues(text[head]))
            head--;
        while (tail > 0 && continues(text[size - tail]))
            tail--;
    }
    snprintf(line, sizeof last_error, "%.*s%s%s", (int)head, text, tail ? gap : "", text + size - tail);
}

/* The line as it shall be. The hook may call the library, and so change the line; it gets a copy, which is set once more. */
static attn_status fail(attn_status status, char line[sizeof last_error])
{
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?'; /* a file name or a token may hold line breaks; an error is one line */
    }
    memcpy(last_error, line, sizeof last_error);
    attni_call call = attni_enter(NULL, NULL);
    if (call.context && !telling) {
        telling = 1;
        attni_context_failed(call.context, status, line);
        telling = 0;
        memcpy(last_error, line, sizeof last_error);
    }
    attni_leave(&call);
    told = call.context;
    lines_set++;
    return status;
}

attn_status(attni_fail)(attn_status status, const char *format, ...)
{
    /* Formatted aside first: an argument may be the old line itself. */
    char line[sizeof last_error], *whole;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof line &&
        (whole = malloc((size_t)size + 1)) != NULL) { /* a context's memory may have run out */
        vsnprintf(whole, (size_t)size + 1, format, again);
        shorten(line, whole, (size_t)size);
        free(whole);
    }
    va_end(again);
    return fail(status, line);
}

attn_status attn_set_error(attn_status status, const char *text)
{
    char line[sizeof last_error];
    shorten(line, text ? text : "", text ? strlen(text) : 0);
    return fail(status, line);
}

uint64_t attni_lines(void)
{
    return lines_set;
}

/* A line of another context's call, which the callback passes on, is this context's failure too. */
attn_status attni_called_back(attn_status status, uint64_t lines, const char *callback)
{
    const attni_call call = attni_current_call();
    if (status == ATTN_OK || (lines_set != lines && told == call.context))
        return status;
    return lines_set != lines
               ? attn_set_error(status, last_error)
               : attni_fail(status, "%s: the callback %s returned %d; it may say why by attn_set_error",
                            call.function, callback, status);
}

/* ---- structs --------------------------------------------------------------------------------------------- */

attn_status attni_read_options(const char *function, const void *source, void *chosen, size_t known)
{
    memset(chosen, 0, known);
    memcpy(chosen, &known, sizeof known);
    if (source == NULL)
        return ATTN_OK;
    size_t size;
    memcpy(&size, source, sizeof size);
    ATTNI_REQUIRE(size >= sizeof size && size <= 4096,
                  "%s: struct_size is %zu; expected %zu (start from the ..._INIT macro)", function, size,
                  known);
    for (size_t i = known; i < size; i++)
        ATTNI_REQUIRE(((const unsigned char *)source)[i] == 0,
                      "%s: a struct has a member at byte %zu that libattn %s does not know; expected 0 there",
                      function, i, attn_version());
    memcpy(chosen, source, size < known ? size : known);
    memcpy(chosen, &known, sizeof known);
    return ATTN_OK;
}

attn_status attni_fill_struct(const char *function, const void *full, size_t size, void *view)
{
    size_t room;
    memcpy(&room, view, sizeof room);
    ATTNI_REQUIRE(room >= sizeof room && room <= 4096,
                  "%s: struct_size is %zu; expected %zu (start from the ..._INIT macro)", function, room,
                  size);
    size_t filled = room < size ? room : size;
    memcpy((char *)view + sizeof room, (const char *)full + sizeof room, filled - sizeof room);
    memset((char *)view + filled, 0, room - filled);
    return ATTN_OK;
}
