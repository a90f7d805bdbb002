/* map.c - for libFuzzer, files that the library maps are read into memory of just their size, so that a byte read behind one
 * is seen: a mapping goes on to the end of its page. The linker puts these in place of mmap and munmap (--wrap). */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

void *__real_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
int __real_munmap(void *memory, size_t size);
int __wrap_munmap(void *memory, size_t size);

static void *copies[4];

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    if (descriptor < 0)
        return __real_mmap64(at, size, protection, flags, descriptor, offset);
    for (int i = 0; i < 4; i++) {
        if (copies[i] == NULL) {
            copies[i] = malloc(size);
            ensure(copies[i] != NULL && pread(descriptor, copies[i], size, offset) == (ssize_t)size);
            return copies[i];
        }
    }
    fuzz_broken(__FILE__, __LINE__, "a mapping is closed before the next four are opened");
}

int __wrap_munmap(void *memory, size_t size)
{
    for (int i = 0; i < 4; i++) {
        if (copies[i] == memory && memory) {
            free(memory);
            copies[i] = NULL;
            return 0;
        }
    }
    return __real_munmap(memory, size);
}
