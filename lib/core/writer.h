/* writer.h - the one way in which files are written: whole or not at all. */
#ifndef ATTN_CORE_WRITER_H
#define ATTN_CORE_WRITER_H

#include <limits.h>
#include <stddef.h>

#include "core/error.h"

/* What a path names, links followed:
 *
 *     a file, or nothing yet     the content goes to a temporary file beside it, which takes its name when it is whole and on
 *                                the disk. Whatever fails, what was there stays as it was; a file that is replaced hands on
 *                                its permissions, and its owner where the process may give files away
 *     a device, a pipe           the content is written through to it
 *     an open descriptor         (/dev/stdout, /dev/fd/3) the same, from where the descriptor stands, be it a file
 *
 * A process that is killed leaves its temporary file behind. It is locked while it is written, so one that is not locked is
 * abandoned: whoever saves to that name next removes it. */
typedef struct attni_writer {
    const char *function, *path; /* the caller's, for messages */
    int descriptor;              /* -1: not open */
#ifdef _WIN32
    wchar_t *name; /* allocated; NULL: what is written through */
#else
    int folder; /* where `name` and `temporary` stand; -1: what is written through */
    char name[PATH_MAX], temporary[48];
    int replaces;                /* there is a file of that name, */
    unsigned mode, owner, group; /* which has these */
#endif
} attni_writer;

/* `function` and `path` must outlive the writer. Errors of all three: IO (ends in the system's reason); of
 * writing INTERRUPTED too. */
attn_status attni_writer_open(attni_writer *writer, const char *function, const char *path);

/* Append a block. It goes straight to the system: hand over large ones. After a failure, abort. */
attn_status attni_writer_write(attni_writer *writer, const void *data, size_t size);

/* Either way the writer is closed afterwards. */
attn_status attni_writer_commit(attni_writer *writer);

/* Nothing for a writer that is closed, or was not opened, so it can stand on every way out. Leaves the error line alone. */
void attni_writer_abort(attni_writer *writer);

/* All of it, for content that is in memory. */
attn_status attni_write_file(const char *function, const char *path, const void *data, size_t size);

#endif
