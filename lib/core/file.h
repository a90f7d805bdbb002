/* file.h - whole files: read into memory, read-only mappings, and a writer that replaces a file only by a complete new one. */
#ifndef ATTN_CORE_FILE_H
#define ATTN_CORE_FILE_H

#include "core/context.h"

/* A file's bytes, read-only. They are the file's own pages: another program that shortens the file in place
 * while it is mapped takes them away. Files that attni_writer replaces are safe, as their old content lives
 * on until closed. */
typedef struct attni_mapping {
    const unsigned char *data;
    size_t size;
} attni_mapping;

/* Map a file that is not empty. Errors, which begin with `function` and name the path: IO (cannot be opened;
 * a directory or another thing that is no regular file), FORMAT (empty). On failure *out is {NULL, 0}. */
attn_status attni_mapping_open(const char *function, const char *path, attni_mapping *out);

/* Unmap; sets {NULL, 0}, for which it does nothing. */
void attni_mapping_close(attni_mapping *mapping);

/* Read a file that is not empty into `*data`, to be freed by attni_free. What happens to the file afterwards does not matter.
 * Errors as of attni_mapping_open, and MEMORY; IO too where the file becomes shorter while it is read. */
attn_status attni_file_read_all(attn_context *context, const char *function, const char *path, void **data,
                                size_t *size);

/* Writes a file beside `path` under a temporary name; commit gives it its name when all of it is on the disk,
 * abort removes it. Whatever fails, a file of that name that was there before stays as it was. A symbolic
 * link is followed. */
typedef struct attni_writer attni_writer;

/* Errors of all three: MEMORY, IO (ends in the system's reason). */
attn_status attni_writer_open(attn_context *context, const char *function, const char *path,
                              attni_writer **out);

/* Append a block. It goes straight to the system: hand over large ones. After a failure, abort. */
attn_status attni_writer_write(attni_writer *writer, const void *data, size_t size);

/* Either way the writer is gone and *writer NULL afterwards. */
attn_status attni_writer_commit(attni_writer **writer);

/* NULL and a pointer to NULL are fine, so it can stand on every way out. Leaves the error line alone. */
void attni_writer_abort(attni_writer **writer);

#endif
