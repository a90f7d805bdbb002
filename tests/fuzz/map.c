/* map.c - for libFuzzer, files that are mapped are read into memory of just their size, so that a byte read behind one is
 * seen: a mapping goes on to the end of its page. The linker puts these in place of mmap, munmap and madvise (--wrap).
 *
 * A program may map zeros first and the file over them (map_text of examples/common/files.c); and it may end in between, which
 * is where fuzz_unmap comes in. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

void *__real_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
int __real_munmap(void *memory, size_t size);
int __wrap_munmap(void *memory, size_t size);
int __wrap_madvise(void *memory, size_t size, int advice);

#define COPIES 4

static void *copies[COPIES];

/* Where the copy is, or for NULL where there is none; COPIES: nowhere. */
static int find(const void *memory)
{
    int i = 0;
    while (i < COPIES && copies[i] != memory)
        i++;
    return i;
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    const int i = find(at);
    if (protection != PROT_READ || (at && i == COPIES))
        return __real_mmap64(at, size, protection, flags, descriptor, offset);
    if (i == COPIES)
        fuzz_broken(__FILE__, __LINE__, "a mapping is closed before the next four are opened");
    if (copies[i] == NULL)
        copies[i] = calloc(1, size);
    ensure(copies[i] != NULL &&
           (descriptor < 0 || pread(descriptor, copies[i], size, offset) == (ssize_t)size));
    return copies[i];
}

int __wrap_munmap(void *memory, size_t size)
{
    const int i = find(memory);
    if (i == COPIES)
        return __real_munmap(memory, size);
    free(copies[i]);
    copies[i] = NULL;
    return 0;
}

/* Of a file that is mapped the system may drop what it can read again; of a copy it would be lost. */
int __wrap_madvise(void *memory, size_t size, int advice)
{
    (void)memory, (void)size, (void)advice;
    return 0;
}

void fuzz_unmap(void)
{
    for (int i = 0; i < COPIES; i++) {
        free(copies[i]);
        copies[i] = NULL;
    }
}
