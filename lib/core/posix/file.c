/* file.c - files that are read, and mapped through mmap. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/system_file.h"

int32_t attni_system_open(const char *path, attni_open_file *file)
{
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *file >= 0;
}

int32_t attni_system_examine(attni_open_file file, attni_examined *found)
{
    struct stat status;
    if (fstat((int)file, &status) != 0)
        return 0;
    *found = (attni_examined){S_ISDIR(status.st_mode), S_ISREG(status.st_mode), (uint64_t)status.st_size};
    return 1;
}

int32_t attni_system_map(attni_open_file file, size_t size, const unsigned char **data)
{
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, (int)file, 0);
    *data = mapped;
    return mapped != MAP_FAILED;
}

int32_t attni_system_read(attni_open_file file, void *data, size_t size, size_t *count)
{
    ssize_t got;
    do
        got = read((int)file, data, size);
    while (got < 0 && errno == EINTR);
    *count = (size_t)got;
    return got >= 0;
}

void attni_system_close(attni_open_file file)
{
    close((int)file);
}

void attni_system_unmap(const unsigned char *data, size_t size)
{
    munmap((void *)(uintptr_t)data, size);
}
