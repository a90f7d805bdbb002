/* wide.c - paths as Windows has them, and its errors as errno. */
#include "core/windows/wide.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

void attni_set_errno(unsigned long error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_BAD_PATHNAME:
        errno = ENOENT;
        break;
    case ERROR_NO_UNICODE_TRANSLATION:
        errno = EILSEQ;
        break;
    case ERROR_FILENAME_EXCED_RANGE:
        errno = ENAMETOOLONG;
        break;
    case ERROR_DIRECTORY:
        errno = ENOTDIR;
        break;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
    case ERROR_WRITE_PROTECT:
        errno = EACCES;
        break;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        errno = ENOSPC;
        break;
    case ERROR_TOO_MANY_OPEN_FILES:
        errno = EMFILE;
        break;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
        errno = ENOMEM;
        break;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
        errno = EPIPE;
        break;
    default:
        errno = EIO;
    }
}

static wchar_t *widen(const char *text)
{
    const int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (size == 0) {
        attni_set_errno(GetLastError());
        return NULL;
    }
    wchar_t *wide = malloc((size_t)size * sizeof *wide);
    if (wide)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, size);
    return wide;
}

/* A path of a drive begins by this where it may be longer than MAX_PATH. */
static const wchar_t prefix[] = L"\\\\?\\";
#define PREFIX (sizeof prefix / sizeof *prefix - 1)

wchar_t *attni_wide_path(const char *path)
{
    wchar_t *name = widen(path), *whole = NULL;
    if (name == NULL)
        return NULL;
    const DWORD room = GetFullPathNameW(name, 0, NULL, NULL);
    if (room == 0)
        attni_set_errno(GetLastError());
    else
        whole = malloc((PREFIX + room) * sizeof *whole);
    if (whole) {
        const size_t before = room > 2 ? PREFIX : 0;
        const DWORD length = GetFullPathNameW(name, room, whole + before, NULL);
        if (length == 0 || length >= room) { /* another thread has changed the folder */
            free(whole);
            whole = NULL;
            errno = ENOENT;
        } else if (before && whole[before + 1] == L':') {
            wmemcpy(whole, prefix, PREFIX);
        } else {
            wmemmove(whole, whole + before, length + 1);
        }
    }
    free(name);
    return whole;
}
