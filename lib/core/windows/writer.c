/* writer.c - files written whole or not at all: a temporary file beside the target, and a rename.
 *
 * While it is open nobody else may write, rename or remove it, which elsewhere a lock says. A target that somebody has open or mapped
 * is not replaced: Windows refuses, and it stays as it was. Who looks at it for a moment, as a scanner or another save, is waited for.
 * A new file has the rights that its folder hands on. */
#include "core/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "core/windows/wide.h"

#define MOST_ABANDONED 16         /* temporary files of one name that are looked for */
#define TEMPORARY 48              /* room for the name of one */
#define AT_ONCE ((size_t)1 << 24) /* bytes, between which the call may end */
#define MOST_WAITS 50             /* for those who look at the target, */
#define WAIT 20                   /* of so many milliseconds each */
#define SHARED (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static attn_status fail(const attni_writer *writer)
{
    return attni_fail(ATTN_ERR_IO, "%s: cannot write %s: %s", writer->function, writer->path,
                      strerror(errno));
}

/* ---- what the path names ------------------------------------------------------------------------------------
 *
 * These return whether they succeeded, and leave the reason in errno. */

static int done(int succeeded)
{
    if (!succeeded)
        attni_set_errno(GetLastError());
    return succeeded;
}

/* Give the writer the name of the file that is open, links followed; it keeps its own on file systems that do not tell. */
static int follow(attni_writer *writer, HANDLE file)
{
    const DWORD room = GetFinalPathNameByHandleW(file, NULL, 0, 0);
    wchar_t *name = malloc((room + 1) * sizeof *name);
    if (name == NULL)
        return 0;
    const DWORD length = GetFinalPathNameByHandleW(file, name, room, 0);
    if (length == 0 || length >= room) {
        free(name);
        return 1;
    }
    free(writer->name);
    writer->name = name;
    return 1;
}

static int examine(attni_writer *writer, HANDLE file, int *through)
{
    BY_HANDLE_FILE_INFORMATION status;
    *through = GetFileType(file) != FILE_TYPE_DISK;
    if (*through)
        return 1;
    if (!done(GetFileInformationByHandle(file, &status)))
        return 0;
    if (status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        errno = EISDIR;
        return 0;
    }
    return follow(writer, file);
}

/* Is what is there to be written through, as a device? Where nothing is, it is not. */
static int look(attni_writer *writer, int *through)
{
    HANDLE file = CreateFileW(writer->name, FILE_READ_ATTRIBUTES, SHARED, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL);
    *through = 0;
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND || done(0);
    const int found = examine(writer, file, through);
    CloseHandle(file);
    return found;
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

/* The writer's descriptor becomes one of the file's, which it closes. */
static int own(attni_writer *writer, HANDLE file)
{
    if (file == INVALID_HANDLE_VALUE)
        return done(0);
    writer->descriptor = _open_osfhandle((intptr_t)file, _O_WRONLY | _O_BINARY);
    if (writer->descriptor < 0)
        CloseHandle(file);
    return writer->descriptor >= 0;
}

/* FOLDER\.attn-HASH-NUMBER.tmp, of the target's name: short, whatever that is, and found again by the next who saves there. */
static void name_temporary(const attni_writer *writer, size_t folder, unsigned number, wchar_t *temporary)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const wchar_t *c = writer->name + folder; *c; c++)
        hash = (hash ^ *c) * 1099511628211u;
    wmemcpy(temporary, writer->name, folder);
    swprintf(temporary + folder, TEMPORARY, L".attn-%016llx-%u.tmp", (unsigned long long)hash, number);
}

static int open_temporary(attni_writer *writer)
{
    const wchar_t *slash = wcsrchr(writer->name, L'\\');
    const size_t folder = slash ? (size_t)(slash - writer->name) + 1 : 0;
    wchar_t *temporary = malloc((folder + TEMPORARY) * sizeof *temporary);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (temporary == NULL)
        return 0;
    for (unsigned number = 0; number < MOST_ABANDONED; number++) {
        name_temporary(writer, folder, number, temporary);
        DeleteFileW(temporary); /* which fails where it is open */
    }
    for (unsigned number = 0; file == INVALID_HANDLE_VALUE; number++) {
        name_temporary(writer, folder, number, temporary);
        file = CreateFileW(temporary, GENERIC_WRITE | DELETE, FILE_SHARE_READ, NULL, CREATE_NEW,
                           FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_EXISTS)
            break;
    }
    const int opened = own(writer, file);
    if (!opened && file != INVALID_HANDLE_VALUE)
        DeleteFileW(temporary);
    free(temporary);
    return opened;
}

static int open_through(attni_writer *writer)
{
    HANDLE file = CreateFileW(writer->name, GENERIC_WRITE, SHARED, NULL, OPEN_EXISTING, 0, NULL);
    const int opened = own(writer, file);
    free(writer->name);
    writer->name = NULL;
    return opened;
}

attn_status attni_writer_open(attni_writer *writer, const char *function, const char *path)
{
    int through;
    *writer = (attni_writer){.function = function, .path = path, .descriptor = -1};
    writer->name = attni_wide_path(path);
    if (writer->name && look(writer, &through) && (through ? open_through(writer) : open_temporary(writer)))
        return ATTN_OK;
    fail(writer);
    free(writer->name);
    return ATTN_ERR_IO;
}

attn_status attni_writer_write(attni_writer *writer, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ATTNI_GO_ON();
        const int written = _write(writer->descriptor, next, (unsigned)(size < AT_ONCE ? size : AT_ONCE));
        if (written < 0)
            return fail(writer);
        next += written;
        size -= (size_t)written;
    }
    return ATTN_OK;
}

/* ---- the end ---------------------------------------------------------------------------------------------- */

static void finish(attni_writer *writer)
{
    _close(writer->descriptor);
    writer->descriptor = -1;
    free(writer->name);
    writer->name = NULL;
}

static int rename_to(const attni_writer *writer, FILE_RENAME_INFO *name, size_t size)
{
    HANDLE file = (HANDLE)_get_osfhandle(writer->descriptor);
    for (int waits = 0;; waits++) {
        if (SetFileInformationByHandle(file, FileRenameInfo, name, (DWORD)size))
            return 1;
        const DWORD reason = GetLastError();
        if (waits == MOST_WAITS || (reason != ERROR_ACCESS_DENIED && reason != ERROR_SHARING_VIOLATION))
            return done(0);
        Sleep(WAIT);
    }
}

/* Give the open file the target's name. */
static int take_name(const attni_writer *writer)
{
    const size_t length = wcslen(writer->name) * sizeof *writer->name;
    FILE_RENAME_INFO *name = calloc(1, sizeof *name + length);
    if (name == NULL)
        return 0;
    name->ReplaceIfExists = TRUE;
    name->FileNameLength = (DWORD)length;
    memcpy(name->FileName, writer->name, length);
    const int renamed = rename_to(writer, name, sizeof *name + length);
    free(name);
    return renamed;
}

attn_status attni_writer_commit(attni_writer *writer)
{
    if (writer->name) {
        if (_commit(writer->descriptor) != 0 || !take_name(writer)) {
            fail(writer);
            attni_writer_abort(writer);
            return ATTN_ERR_IO;
        }
        (void)_commit(writer->descriptor); /* the name, too, shall outlive a loss of power */
    }
    finish(writer);
    return ATTN_OK;
}

void attni_writer_abort(attni_writer *writer)
{
    if (writer->descriptor < 0)
        return;
    if (writer->name)
        SetFileInformationByHandle((HANDLE)_get_osfhandle(writer->descriptor), FileDispositionInfo,
                                   &(FILE_DISPOSITION_INFO){TRUE}, sizeof(FILE_DISPOSITION_INFO));
    finish(writer);
}
