/* reader.c - see reader.h. The linker puts the functions called __wrap_... in the place of those of the C library, in the
 * program's sources and in the library where it is linked whole. */
#define _GNU_SOURCE /* close_range, nftw, tdestroy */
#include "reader.h"

#include <dirent.h>
#include <ftw.h>
#include <jansson.h>
#include <search.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

int __lsan_is_turned_off(void);

static bool under_way;
static jmp_buf before;

/* A program that ends with an error leaves what the C library holds for it to the system. */
int __lsan_is_turned_off(void)
{
    return 1;
}

/* ---- memory: what the attempt has and has not yet freed, by address ---- */

static void *live;

static int compare(const void *left, const void *right)
{
    return ((uintptr_t)left > (uintptr_t)right) - ((uintptr_t)left < (uintptr_t)right);
}

static void *keep(void *memory)
{
    if (under_way && memory)
        ensure(tsearch(memory, &live, compare) != NULL);
    return memory;
}

static void forget(const void *memory)
{
    if (live && memory)
        tdelete(memory, &live, compare);
}

void *__wrap_malloc(size_t size)
{
    return keep(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return keep(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    forget(memory);
    return keep(__real_realloc(memory, size));
}

void __wrap_free(void *memory)
{
    forget(memory);
    __real_free(memory);
}

/* ---- the end of the program ---- */

_Noreturn void __wrap_exit(int status)
{
    if (!under_way)
        __real_exit(status);
    ensure(status == 1 || status == 2);
    ensure(attn_last_error()[0] != '\0' && strpbrk(attn_last_error(), "\n\r") == NULL);
    longjmp(before, 1);
}

bool fuzz_try(void (*read)(void *argument), void *argument)
{
    static FILE *nowhere;
    FILE *shown = stderr;
    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
        ensure(nowhere != NULL);
        json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    }
    const int first = dup(0); /* the least descriptor that the attempt may open */
    ensure(first >= 0);
    close(first);
    stderr = nowhere;
    under_way = true;
    const bool returned = setjmp(before) == 0;
    if (returned)
        read(argument);
    under_way = false;
    stderr = shown;
    close_range((unsigned)first, ~0u, 0);
    if (fuzz_unmap)
        fuzz_unmap();
    tdestroy(live, __real_free);
    live = NULL;
    return returned;
}

/* ---- a folder ---- */

static char folder[256];

static int take_away(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

static void remove_folder(void)
{
    nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    static bool made;
    if (!made) {
        const char *place = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/attn-fuzz-XXXXXX", place ? place : "/tmp");
        ensure(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
        made = true;
    }
    nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS);
    return folder;
}

const char *fuzz_put(const char *name, const void *data, size_t size)
{
    static char path[512];
    const char *slash = strchr(name, '/');
    if (slash) {
        snprintf(path, sizeof path, "%s/%.*s", folder, (int)(slash - name), name);
        (void)mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ensure(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    return path;
}
