/* wide.h - names and reasons between the library, which speaks UTF-8 and errno, and Windows. */
#ifndef ATTN_CORE_WINDOWS_WIDE_H
#define ATTN_CORE_WINDOWS_WIDE_H

#include <wchar.h>

/* A whole path, of any length, to be freed; NULL with errno: there is no such path, or no memory. */
wchar_t *attni_wide_path(const char *path);

/* errno of what Windows says was wrong. */
void attni_set_errno(unsigned long error);

#endif
