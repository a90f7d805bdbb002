/* error.c - the thread's last error line, and options structs of other versions. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attn/version.h"

#define ATTNI_STRING_(x) #x
#define ATTNI_STRING(x) ATTNI_STRING_(x)

static _Thread_local char last_error[1024];

const char *attn_version(void)
{
    return ATTNI_STRING(ATTN_API_MAJOR) "." ATTNI_STRING(ATTN_API_MINOR) "." ATTNI_STRING(ATTN_API_PATCH);
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
    default:
        return "unknown";
    }
}

const char *attn_last_error(void)
{
    return last_error;
}

attn_status attni_fail(attn_status status, const char *format, ...)
{
    /* Formatted aside first: an argument may be the old line itself. */
    char line[sizeof last_error];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?'; /* a file name or a token may hold line breaks; an error is one line */
    }
    memcpy(last_error, line, sizeof line);
    return status;
}

attn_status attni_copy_options(const char *function, const void *source, void *target, size_t target_size)
{
    if (source == NULL)
        return ATTN_OK;
    size_t size;
    memcpy(&size, source, sizeof size);
    ATTNI_REQUIRE(size >= sizeof size && size <= 4096,
                  "%s: options->struct_size is %zu; expected %zu (start from the ..._OPTIONS_INIT macro)",
                  function, size, target_size);
    for (size_t i = target_size; i < size; i++)
        ATTNI_REQUIRE(((const unsigned char *)source)[i] == 0,
                      "%s: options has a member at byte %zu that libattn %s does not know; expected 0 there",
                      function, i, attn_version());
    memcpy(target, source, size < target_size ? size : target_size);
    memcpy(target, &target_size, sizeof target_size);
    return ATTN_OK;
}
