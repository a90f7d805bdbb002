/* mingw.h - what the tests take of POSIX and mingw-w64 does not have. */
#ifndef TESTS_MINGW_H
#define TESTS_MINGW_H

#include <direct.h>
#include <io.h>
#include <malloc.h>
#include <string.h>

#define explicit_bzero(memory, size) memset(memory, 0, size)
#define stpcpy(to, text) (strcpy(to, text) + strlen(text))
#define aligned_alloc(alignment, size) _aligned_malloc(size, alignment) /* for ever: free cannot take it */

static inline char *mkdtemp(char *name)
{
    return _mktemp(name) && _mkdir(name) == 0 ? name : NULL;
}

#endif
