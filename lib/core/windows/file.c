/* file.c - files that are read, and mapped through views. */
#include <errno.h>
#include <stdlib.h>
#include <windows.h>

#include "core/system_file.h"
#include "core/windows/wide.h"

static int32_t done(int succeeded)
{
    if (!succeeded)
        attni_set_errno(GetLastError());
    return succeeded != 0;
}

int32_t attni_system_open(const char *path, attni_open_file *file)
{
    wchar_t *name = attni_wide_path(path);
    if (name == NULL)
        return 0;
    /* With FILE_FLAG_BACKUP_SEMANTICS a folder opens too, and is told from a file that may not be read. */
    const HANDLE handle =
        CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    const int32_t opened = done(handle != INVALID_HANDLE_VALUE);
    free(name);
    *file = (attni_open_file)handle;
    return opened;
}

int32_t attni_system_examine(attni_open_file file, attni_examined *found)
{
    BY_HANDLE_FILE_INFORMATION status;
    *found = (attni_examined){0};
    if (GetFileType((HANDLE)file) != FILE_TYPE_DISK)
        return 1;
    if (!done(GetFileInformationByHandle((HANDLE)file, &status)))
        return 0;
    found->is_folder = (status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    found->is_regular = !found->is_folder;
    found->size = (uint64_t)status.nFileSizeHigh << 32 | status.nFileSizeLow;
    return 1;
}

int32_t attni_system_map(attni_open_file file, size_t size, const unsigned char **data)
{
    const HANDLE mapping = CreateFileMappingW((HANDLE)file, NULL, PAGE_READONLY, 0, 0, NULL);
    *data = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, size) : NULL;
    const int32_t mapped = done(*data != NULL);
    if (mapping)
        CloseHandle(mapping); /* the view holds it */
    return mapped;
}

int32_t attni_system_read(attni_open_file file, void *data, size_t size, size_t *count)
{
    DWORD got = 0;
    const int32_t succeeded = done(ReadFile((HANDLE)file, data, (DWORD)size, &got, NULL));
    *count = got;
    return succeeded;
}

void attni_system_close(attni_open_file file)
{
    CloseHandle((HANDLE)file);
}

void attni_system_unmap(const unsigned char *data, size_t size)
{
    (void)size;
    UnmapViewOfFile(data);
}
