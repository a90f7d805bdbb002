/* fuzz.c - see fuzz.h. Files are Linux's files in memory, known by /proc/self/fd. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void fuzz_broken(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s; the library's last line: %s\n", file, line, what,
            attn_last_error());
    abort();
}

/* ---- memory ---- */

static _Atomic size_t held;
static size_t most = SIZE_MAX;
static int refuses; /* beyond that */

static void *allocate(void *user, size_t size)
{
    (void)user;
    const int fits = size <= most && atomic_load(&held) <= most - size;
    ensure(fits || refuses);
    if (!fits)
        return NULL;
    void *memory = malloc(size ? size : 1); /* of just that size: what lies behind is the sanitizer's */
    if (memory)
        atomic_fetch_add(&held, malloc_usable_size(memory));
    return memory;
}

static void release(void *user, void *memory)
{
    (void)user;
    atomic_fetch_sub(&held, malloc_usable_size(memory));
    free(memory);
}

attn_context_options fuzz_options(int32_t threads)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.allocate = allocate;
    options.release = release;
    return options;
}

attn_context *fuzz_context(void)
{
    static attn_context *context;
    const attn_context_options options = fuzz_options(1);
    ensure(context != NULL || attn_context_create(&options, &context) == ATTN_OK);
    return context;
}

void fuzz_limit(size_t bytes)
{
    most = bytes == SIZE_MAX ? bytes : held + bytes;
    refuses = 0;
}

void fuzz_room(size_t bytes)
{
    fuzz_limit(bytes);
    refuses = 1;
}

size_t fuzz_held(void)
{
    return held;
}

/* ---- files ---- */

struct memory_file {
    int descriptor; /* 0: not made yet */
    char path[64];
};

static const char *memory_path(struct memory_file *file)
{
    if (file->descriptor == 0) {
        file->descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        ensure(file->descriptor > 0);
        snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
    }
    ensure(ftruncate(file->descriptor, 0) == 0 && lseek(file->descriptor, 0, SEEK_SET) == 0);
    return file->path;
}

const char *fuzz_path(const void *data, size_t size)
{
    static struct memory_file file;
    const char *path = memory_path(&file);
    ensure(size == 0 || write(file.descriptor, data, size) == (ssize_t)size);
    return path;
}

static struct memory_file output;

const char *fuzz_output(void)
{
    return memory_path(&output);
}

uint8_t *fuzz_written(size_t *size)
{
    const off_t end = lseek(output.descriptor, 0, SEEK_END);
    ensure(end >= 0);
    *size = (size_t)end;
    uint8_t *data = malloc(*size ? *size : 1);
    ensure(data != NULL && pread(output.descriptor, data, *size, 0) == (ssize_t)*size);
    return data;
}

attn_status fuzz_collect(void *bytes, const void *data, size_t size)
{
    fuzz_bytes *to = bytes;
    if (size == 0)
        return ATTN_OK;
    if (to->size + size > to->room) {
        to->room = 2 * (to->size + size);
        to->data = realloc(to->data, to->room);
        ensure(to->data != NULL);
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
    return ATTN_OK;
}

/* ---- input ---- */

uint8_t fuzz_byte(fuzz_input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

uint64_t fuzz_number(fuzz_input *input, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)fuzz_byte(input) << 8 * i;
    return number;
}
