/* system_file.h - what the operating system does with a file that is read, for file.c: posix/file.c or windows/file.c. Those that return a
 * number return whether they succeeded, and leave the reason in errno. */
#ifndef ATTN_CORE_SYSTEM_FILE_H
#define ATTN_CORE_SYSTEM_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A descriptor, or a HANDLE. A folder opens too, and a pipe without waiting for its writer. */
typedef intptr_t attni_open_file;

typedef struct attni_examined {
    int32_t is_folder, is_regular; /* neither: a device or a pipe */
    uint64_t size;                 /* of a regular file */
} attni_examined;

int32_t attni_system_open(const char *path, attni_open_file *file);
int32_t attni_system_examine(attni_open_file file, attni_examined *found);

/* The first `size` bytes, at least one, which stay when the file is closed. */
int32_t attni_system_map(attni_open_file file, size_t size, const unsigned char **data);

/* The next bytes, of which there is room for `size`, at most 2^30; `*count` is 0 at the file's end. */
int32_t attni_system_read(attni_open_file file, void *data, size_t size, size_t *count);

void attni_system_close(attni_open_file file);
void attni_system_unmap(const unsigned char *data, size_t size);

#endif
