/* file.c - files that are read, whole or mapped; posix/file.c or windows/file.c asks the system. */
#include "core/file.h"

#include <errno.h>
#include <string.h>

#include "core/system_file.h"

#define AT_ONCE ((size_t)1 << 24) /* bytes, between which the call may end */

/* By errno. */
static attn_status fail(const char *function, const char *what, const char *path)
{
    return attni_fail(ATTN_ERR_IO, "%s: cannot %s %s: %s", function, what, path, strerror(errno));
}

static attn_status find_size(const char *function, const char *path, attni_open_file file, size_t *size)
{
    attni_examined found;
    if (!attni_system_examine(file, &found))
        return fail(function, "examine", path);
    if (found.is_folder)
        return attni_fail(ATTN_ERR_IO, "%s: cannot read %s; expected a file: %s", function, path,
                          strerror(EISDIR));
    if (!found.is_regular)
        return attni_fail(ATTN_ERR_IO,
                          "%s: cannot read %s: it is a device or a pipe; expected a regular file", function,
                          path);
    if (found.size == 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s is empty", function, path);
    if (found.size > PTRDIFF_MAX) /* of which a size_t of 32 bits would be a part */
        return attni_fail(ATTN_ERR_IO, "%s: cannot read %s: it has %llu bytes; expected at most %llu here",
                          function, path, (unsigned long long)found.size, (unsigned long long)PTRDIFF_MAX);
    *size = (size_t)found.size;
    return ATTN_OK;
}

static attn_status map(const char *function, const char *path, attni_open_file file, attni_mapping *out)
{
    attni_mapping made;
    ATTNI_TRY(find_size(function, path, file, &made.size));
    if (!attni_system_map(file, made.size, &made.data))
        return fail(function, "map", path);
    *out = made;
    return ATTN_OK;
}

attn_status attni_mapping_open(const char *function, const char *path, attni_mapping *out)
{
    *out = (attni_mapping){NULL, 0};
    attni_open_file file;
    if (!attni_system_open(path, &file))
        return fail(function, "open", path);
    const attn_status status = map(function, path, file, out);
    attni_system_close(file); /* the mapping holds it */
    return status;
}

void attni_mapping_close(attni_mapping *mapping)
{
    if (mapping->data)
        attni_system_unmap(mapping->data, mapping->size);
    *mapping = (attni_mapping){NULL, 0};
}

static attn_status read_all(const char *function, const char *path, attni_open_file file, char *data,
                            size_t size)
{
    for (size_t done = 0, count; done < size; done += count) {
        ATTNI_GO_ON();
        if (!attni_system_read(file, data + done, size - done < AT_ONCE ? size - done : AT_ONCE, &count))
            return fail(function, "read", path);
        if (count == 0)
            return attni_fail(ATTN_ERR_IO, "%s: %s became shorter while it was read; try again", function,
                              path);
    }
    return ATTN_OK;
}

attn_status attni_file_read_all(attn_context *context, const char *function, const char *path, void **data,
                                size_t *size)
{
    attni_open_file file;
    *data = NULL;
    if (!attni_system_open(path, &file))
        return fail(function, "open", path);
    attn_status status = find_size(function, path, file, size);
    if (status == ATTN_OK) {
        *data = attni_alloc(context, *size);
        status = *data ? read_all(function, path, file, *data, *size) : attni_no_memory(function, *size);
    }
    attni_system_close(file);
    if (status != ATTN_OK) {
        attni_free(context, *data);
        *data = NULL;
    }
    return status;
}
