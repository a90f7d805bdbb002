/* file.c - reading, and mappings through views of files. */
#include "core/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "core/windows/wide.h"

#define AT_ONCE ((size_t)1 << 24) /* bytes, between which the call may end */

static attn_status fail(const char *function, const char *what, const char *path)
{
    attni_set_errno(GetLastError());
    return attni_fail(ATTN_ERR_IO, "%s: cannot %s %s: %s", function, what, path, strerror(errno));
}

/* How large a regular file is. */
static attn_status find_size(const char *function, const char *path, HANDLE file, size_t *size)
{
    BY_HANDLE_FILE_INFORMATION status;
    if (GetFileType(file) != FILE_TYPE_DISK)
        return attni_fail(ATTN_ERR_IO,
                          "%s: cannot read %s: it is a device or a pipe; expected a regular file", function,
                          path);
    if (!GetFileInformationByHandle(file, &status))
        return fail(function, "examine", path);
    if (status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return attni_fail(ATTN_ERR_IO, "%s: cannot read %s; expected a file: %s", function, path,
                          strerror(EISDIR));
    *size = (size_t)((uint64_t)status.nFileSizeHigh << 32 | status.nFileSizeLow);
    if (*size == 0)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s is empty", function, path);
    return ATTN_OK;
}

static attn_status open_to_read(const char *function, const char *path, HANDLE *file)
{
    wchar_t *name = attni_wide_path(path);
    if (name == NULL)
        return attni_fail(ATTN_ERR_IO, "%s: cannot open %s: %s", function, path, strerror(errno));
    /* With FILE_FLAG_BACKUP_SEMANTICS a folder opens too, and is told from a file that may not be read. */
    *file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    const DWORD reason = GetLastError();
    free(name);
    SetLastError(reason);
    return *file == INVALID_HANDLE_VALUE ? fail(function, "open", path) : ATTN_OK;
}

static attn_status map_file(const char *function, const char *path, HANDLE file, attni_mapping *out)
{
    size_t size;
    ATTNI_TRY(find_size(function, path, file, &size));
    HANDLE mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    void *data = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, size) : NULL;
    attn_status status = data ? ATTN_OK : fail(function, "map", path);
    if (mapping)
        CloseHandle(mapping); /* the view holds it */
    if (data)
        *out = (attni_mapping){data, size};
    return status;
}

attn_status attni_mapping_open(const char *function, const char *path, attni_mapping *out)
{
    *out = (attni_mapping){NULL, 0};
    HANDLE file;
    ATTNI_TRY(open_to_read(function, path, &file));
    attn_status status = map_file(function, path, file, out);
    CloseHandle(file); /* the view holds the file */
    return status;
}

void attni_mapping_close(attni_mapping *mapping)
{
    if (mapping->data)
        UnmapViewOfFile(mapping->data);
    *mapping = (attni_mapping){NULL, 0};
}

static attn_status read_file(const char *function, const char *path, HANDLE file, char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        DWORD count;
        ATTNI_GO_ON();
        if (!ReadFile(file, data + done, (DWORD)(size - done < AT_ONCE ? size - done : AT_ONCE), &count,
                      NULL))
            return fail(function, "read", path);
        if (count == 0)
            return attni_fail(ATTN_ERR_IO, "%s: %s became shorter while it was read; try again", function,
                              path);
        done += count;
    }
    return ATTN_OK;
}

attn_status attni_file_read_all(attn_context *context, const char *function, const char *path, void **data,
                                size_t *size)
{
    HANDLE file;
    *data = NULL;
    ATTNI_TRY(open_to_read(function, path, &file));
    attn_status status = find_size(function, path, file, size);
    if (status == ATTN_OK) {
        *data = attni_alloc(context, *size);
        status = *data ? read_file(function, path, file, *data, *size) : attni_no_memory(function, *size);
    }
    CloseHandle(file);
    if (status != ATTN_OK) {
        attni_free(context, *data);
        *data = NULL;
    }
    return status;
}
