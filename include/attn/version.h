/* version.h - the version of the API, and how its symbols are declared.
 *
 * ATTN_API_MAJOR is the number in the soname (libattn.so.0): it rises when a program built against an older
 * version would stop working. */
#ifndef ATTN_VERSION_H
#define ATTN_VERSION_H

#define ATTN_API_MAJOR 0
#define ATTN_API_MINOR 1
#define ATTN_API_PATCH 0

#if defined(__GNUC__)
#define ATTN_API __attribute__((visibility("default")))
#else
#define ATTN_API
#endif

#ifdef __cplusplus
#define ATTN_BEGIN_DECLS extern "C" {
#define ATTN_END_DECLS }
#else
#define ATTN_BEGIN_DECLS
#define ATTN_END_DECLS
#endif

ATTN_BEGIN_DECLS

/* The version of the library that runs, as "major.minor.patch"; compare it with the macros of the headers
 * that a program was built with. A constant string, never NULL. Thread-safety: any thread, any time. */
ATTN_API const char *attn_version(void);

ATTN_END_DECLS
#endif
