/* file.h - files that are read: whole into memory, or as read-only mappings. */
#ifndef ATTN_CORE_FILE_H
#define ATTN_CORE_FILE_H

#include "core/context.h"

/* A file's bytes, read-only. They are the file's own pages: another program that shortens the file in place
 * while it is mapped takes them away. Files that an attni_writer replaces are safe, as their old content lives
 * on until closed; on Windows no file is replaced, or shortened, while it is mapped. */
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
 * Errors as of attni_mapping_open, and MEMORY; IO too where the file becomes shorter while it is read;
 * INTERRUPTED. */
attn_status attni_file_read_all(attn_context *context, const char *function, const char *path, void **data,
                                size_t *size);

#endif
