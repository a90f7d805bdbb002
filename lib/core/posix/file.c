/* file.c - reading, and mappings through mmap. */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_ONCE ((size_t)1 << 24) /* bytes, between which the call may end */

/* How large a regular file is. */
static attn_status find_size(const char *function, const char *path, int descriptor, size_t *size)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return attni_fail(ATTN_ERR_IO, "%s: cannot examine %s: %s", function, path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return attni_fail(ATTN_ERR_IO, "%s: cannot read %s; expected a file: %s", function, path,
                          strerror(EISDIR));
    if (!S_ISREG(status.st_mode))
        return attni_fail(ATTN_ERR_IO,
                          "%s: cannot read %s: it is a device or a pipe; expected a regular file", function,
                          path);
    if (status.st_size == 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s is empty", function, path);
    *size = (size_t)status.st_size;
    return ATTN_OK;
}

static attn_status open_to_read(const char *function, const char *path, int *descriptor)
{
    /* O_NONBLOCK: opening a pipe would wait for its writer. */
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*descriptor < 0)
        return attni_fail(ATTN_ERR_IO, "%s: cannot open %s: %s", function, path, strerror(errno));
    return ATTN_OK;
}

static attn_status map_descriptor(const char *function, const char *path, int descriptor, attni_mapping *out)
{
    size_t size;
    ATTNI_TRY(find_size(function, path, descriptor, &size));
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED)
        return attni_fail(ATTN_ERR_IO, "%s: cannot map %s: %s", function, path, strerror(errno));
    *out = (attni_mapping){data, size};
    return ATTN_OK;
}

attn_status attni_mapping_open(const char *function, const char *path, attni_mapping *out)
{
    *out = (attni_mapping){NULL, 0};
    int descriptor;
    ATTNI_TRY(open_to_read(function, path, &descriptor));
    attn_status status = map_descriptor(function, path, descriptor, out);
    close(descriptor); /* the mapping holds the file */
    return status;
}

void attni_mapping_close(attni_mapping *mapping)
{
    if (mapping->data)
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
    *mapping = (attni_mapping){NULL, 0};
}

static attn_status read_descriptor(const char *function, const char *path, int descriptor, char *data,
                                   size_t size)
{
    for (size_t done = 0; done < size;) {
        ATTNI_GO_ON();
        ssize_t count = read(descriptor, data + done, size - done < AT_ONCE ? size - done : AT_ONCE);
        if (count < 0 && errno != EINTR)
            return attni_fail(ATTN_ERR_IO, "%s: cannot read %s: %s", function, path, strerror(errno));
        if (count == 0)
            return attni_fail(ATTN_ERR_IO, "%s: %s became shorter while it was read; try again", function,
                              path);
        done += count > 0 ? (size_t)count : 0;
    }
    return ATTN_OK;
}

attn_status attni_file_read_all(attn_context *context, const char *function, const char *path, void **data,
                                size_t *size)
{
    int descriptor;
    *data = NULL;
    ATTNI_TRY(open_to_read(function, path, &descriptor));
    attn_status status = find_size(function, path, descriptor, size);
    if (status == ATTN_OK) {
        *data = attni_alloc(context, *size);
        status = *data ? read_descriptor(function, path, descriptor, *data, *size)
                       : attni_no_memory(function, *size);
    }
    close(descriptor);
    if (status != ATTN_OK) {
        attni_free(context, *data);
        *data = NULL;
    }
    return status;
}
