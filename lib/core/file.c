/* file.c - reading, mappings through mmap, atomic replacement through rename. */
#define _GNU_SOURCE /* O_CLOEXEC, realpath */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading --------------------------------------------------------------------------------------------- */

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

static attn_status read_descriptor(const char *function, const char *path, int descriptor, char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(descriptor, data + done, size - done < SSIZE_MAX ? size - done : SSIZE_MAX);
        if (count < 0 && errno != EINTR)
            return attni_fail(ATTN_ERR_IO, "%s: cannot read %s: %s", function, path, strerror(errno));
        if (count == 0)
            return attni_fail(ATTN_ERR_IO, "%s: %s became shorter while it was read; try again", function, path);
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
        status = *data ? read_descriptor(function, path, descriptor, *data, *size) : attni_no_memory(function, *size);
    }
    close(descriptor);
    if (status != ATTN_OK) {
        attni_free(context, *data);
        *data = NULL;
    }
    return status;
}

/* ---- writing --------------------------------------------------------------------------------------------- */

struct attni_writer {
    attn_context *context;
    const char *function;
    char *path;      /* as the caller named it, for messages */
    char *target;    /* with symbolic links followed */
    char *temporary; /* beside the target */
    int descriptor;
};

static void release(attni_writer *writer)
{
    attn_context *context = writer->context;
    attni_free(context, writer->path);
    attni_free(context, writer->target);
    attni_free(context, writer->temporary);
    attni_free(context, writer);
    attni_context_release(context);
}

/* The old file, if there is one, must be one that may be replaced: not a directory, and not /dev/null. */
static attn_status check_target(const attni_writer *writer, mode_t *mode)
{
    struct stat status;
    *mode = 0;
    if (stat(writer->target, &status) != 0) {
        if (errno == ENOENT)
            return ATTN_OK;
        return attni_fail(ATTN_ERR_IO, "%s: cannot write %s: %s", writer->function, writer->path,
                          strerror(errno));
    }
    if (S_ISDIR(status.st_mode))
        return attni_fail(ATTN_ERR_IO, "%s: cannot write %s; expected the name of a file: %s",
                          writer->function, writer->path, strerror(EISDIR));
    if (!S_ISREG(status.st_mode))
        return attni_fail(ATTN_ERR_IO,
                          "%s: cannot write %s: it is a device or a pipe; expected a regular file",
                          writer->function, writer->path);
    *mode = status.st_mode & 07777;
    return ATTN_OK;
}

/* How many bytes of a path stand before its last name: "a/b" has 2, "b" has none. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Open .attn-PROCESS-NUMBER.tmp beside the target, which must be new. It is short, whatever the target's name. */
static attn_status open_temporary(attni_writer *writer)
{
    static atomic_uint number;
    mode_t mode;
    ATTNI_TRY(check_target(writer, &mode));
    size_t folder = folder_length(writer->target), size = folder + 64;
    writer->temporary = attni_alloc(writer->context, size);
    if (writer->temporary == NULL)
        return attni_no_memory(writer->function, size);
    do {
        snprintf(writer->temporary, size, "%.*s.attn-%ld-%u.tmp", (int)folder, writer->target, (long)getpid(),
                 atomic_fetch_add_explicit(&number, 1, memory_order_relaxed));
        writer->descriptor = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (writer->descriptor < 0 && errno == EEXIST);
    if (writer->descriptor < 0)
        return attni_fail(ATTN_ERR_IO, "%s: cannot write %s: cannot make a file beside it: %s",
                          writer->function, writer->path, strerror(errno));
    if (mode)
        (void)!fchmod(writer->descriptor, mode); /* a refusal leaves the permissions of a new file */
    return ATTN_OK;
}

attn_status attni_writer_open(attn_context *context, const char *function, const char *path,
                              attni_writer **out)
{
    *out = NULL;
    attni_writer *writer = attni_alloc_zero(context, sizeof *writer);
    if (writer == NULL)
        return attni_no_memory(function, sizeof *writer);
    writer->context = attni_context_retain(context);
    writer->function = function;
    writer->descriptor = -1;
    char resolved[PATH_MAX];
    writer->path = attni_strdup(context, path);
    writer->target = attni_strdup(context, realpath(path, resolved) ? resolved : path);
    attn_status status =
        writer->path && writer->target ? open_temporary(writer) : attni_no_memory(function, 2 * strlen(path));
    if (status != ATTN_OK) {
        release(writer);
        return status;
    }
    *out = writer;
    return ATTN_OK;
}

attn_status attni_writer_write(attni_writer *writer, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t written = write(writer->descriptor, next, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (written < 0 && errno != EINTR)
            return attni_fail(ATTN_ERR_IO, "%s: cannot write %s: %s", writer->function, writer->path,
                              strerror(errno));
        if (written > 0) {
            next += written;
            size -= (size_t)written;
        }
    }
    return ATTN_OK;
}

/* The name, too, shall outlive a loss of power. Some file systems cannot promise it, which is no failure of the file's. */
static void sync_folder(attni_writer *writer)
{
    size_t folder = folder_length(writer->temporary);
    writer->temporary[folder] = '\0';
    int descriptor = open(folder ? writer->temporary : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)!fsync(descriptor);
    close(descriptor);
}

attn_status attni_writer_commit(attni_writer **out)
{
    attni_writer *writer = *out;
    int failed = fsync(writer->descriptor) != 0;
    int reason = errno;
    /* close reports what a network file system could not write; it must run once, whatever fsync said. */
    if (close(writer->descriptor) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    writer->descriptor = -1;
    if (!failed && rename(writer->temporary, writer->target) != 0) {
        failed = 1;
        reason = errno;
    }
    if (failed) {
        attni_fail(ATTN_ERR_IO, "%s: cannot write %s: %s", writer->function, writer->path, strerror(reason));
        attni_writer_abort(out);
        return ATTN_ERR_IO;
    }
    sync_folder(writer);
    release(writer);
    *out = NULL;
    return ATTN_OK;
}

void attni_writer_abort(attni_writer **out)
{
    if (out == NULL || *out == NULL)
        return;
    attni_writer *writer = *out;
    if (writer->descriptor >= 0)
        close(writer->descriptor);
    unlink(writer->temporary);
    release(writer);
    *out = NULL;
}
