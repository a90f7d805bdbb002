/* name.c - which names are refused, and why. */
#include "core/name.h"

#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

int attni_name_join(char full[ATTNI_NAME_ROOM], const char *layer, const char *name)
{
    return snprintf(full, ATTNI_NAME_ROOM, "%s%s%s", layer, *layer ? "." : "", name);
}

/* Text that a file, a terminal and a line of an error can show: control characters are those of ASCII and of Latin-1. */
static attn_status check_text(const char *function, const char *what, const char *name, size_t least)
{
    const size_t size = strlen(name);
    int32_t code;
    ATTNI_REQUIRE(size >= least && size <= ATTNI_NAME_MOST,
                  "%s: the %s name \"%.40s%s\" has %zu bytes; expected %zu to %d", function, what, name,
                  size ? "..." : "", size, least, ATTNI_NAME_MOST);
    for (size_t i = 0; i < size;) {
        const size_t length = attni_utf8_decode((const unsigned char *)name + i, size - i, &code);
        ATTNI_REQUIRE(code >= 0, "%s: byte %zu of the %s name \"%.*s...\" is not UTF-8; convert it", function,
                      i, what, (int)i, name);
        ATTNI_REQUIRE(code >= ' ' && (code < 0x7F || code > 0x9F),
                      "%s: byte %zu of the %s name \"%.*s...\" is a control character; leave it out",
                      function, i, what, (int)i, name);
        i += length;
    }
    return ATTN_OK;
}

static int begins_with(const char *name, const char *beginning)
{
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

static int ends_in(const char *name, const char *ending)
{
    const size_t size = strlen(name), length = strlen(ending);
    return size >= length && strcmp(name + size - length, ending) == 0;
}

static attn_status refuse(const char *function, const char *what, const char *name, const char *why)
{
    return attni_fail(ATTN_ERR_ARGUMENT,
                      "%s: the %s name \"%s\" is one that a model file needs for itself: %s; choose another",
                      function, what, name, why);
}

attn_status attni_name_check_tensor(const char *function, const char *name)
{
    ATTNI_TRY(check_text(function, "tensor", name, 1));
    if (strcmp(name, ATTNI_NAME_METADATA) == 0)
        return refuse(function, "tensor", name, "its metadata are called so");
    if (begins_with(name, ATTNI_NAME_ADAM))
        return refuse(function, "tensor", name, "the optimiser's tensors begin with \"" ATTNI_NAME_ADAM "\"");
    if (ends_in(name, ATTNI_NAME_SCALES))
        return refuse(function, "tensor", name, "the scales of int8 end in \"" ATTNI_NAME_SCALES "\"");
    if (strcmp(name, ATTNI_NAME_NGRAMS) == 0 || ends_in(name, "." ATTNI_NAME_NGRAMS))
        return refuse(function, "tensor", name,
                      "the words of n-grams are a layer's \"" ATTNI_NAME_NGRAMS "\"");
    return ATTN_OK;
}

attn_status attni_name_check_layer(const char *function, const char *name)
{
    char full[ATTNI_NAME_ROOM];
    ATTNI_TRY(check_text(function, "layer", name, 0));
    attni_name_join(full, name, "");
    if (begins_with(full, ATTNI_NAME_ADAM))
        return refuse(function, "layer", name, "the optimiser's tensors begin with \"" ATTNI_NAME_ADAM "\"");
    return ATTN_OK;
}
