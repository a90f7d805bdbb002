/** version.h - the version of the API, and how its symbols are declared.
 *
 * ATTN_API_MAJOR is the number in the soname (libattn.so.1): it rises when a program built against an older
 * version would stop working.
 *
 * What may change when (but for experimental.h, which promises nothing):
 *     patch   what is wrong is mended; nothing is declared anew
 *     minor   calls, constants and statuses are added, and members at the end of structs (status.h), whose 0 is what was before.
 *             Each call, constant and default keeps its meaning, files that were written are read, and programs run as they are.
 *             What was refused may be taken: limits rise, and an array that had to be there may be NULL
 *     major   all else
 * Not promised: the words of an error's line behind its call and argument; pictures and pages to the byte; results to the last
 * bit; that a seed draws in another version what it draws in this one; how often a callback is asked, and about how many copies
 * at once; and the figures of time, memory and a method's inner thresholds that comments tell. */
#ifndef ATTN_VERSION_H
#define ATTN_VERSION_H

#include <stdint.h>

/** The version of these headers: the minor number rises where something is new, the last one with every other release. */
#define ATTN_API_MAJOR 1
#define ATTN_API_MINOR 0
#define ATTN_API_PATCH 0

#if defined(_WIN32) && defined(ATTN_BUILDING)
#define ATTN_API __declspec(dllexport)
#elif defined(_WIN32) && !defined(ATTN_STATIC) /* as users of libattn.a define; attn.pc does */
#define ATTN_API __declspec(dllimport)
#elif defined(__GNUC__) && !defined(_WIN32)
#define ATTN_API __attribute__((visibility("default")))
#else
#define ATTN_API
#endif

/** Of calls that return a status: a compiler that can, warns where it is dropped. */
#if defined(__GNUC__)
#define ATTN_CHECKED __attribute__((warn_unused_result))
#else
#define ATTN_CHECKED
#endif

#ifdef __cplusplus
#define ATTN_BEGIN_DECLS extern "C" {
#define ATTN_END_DECLS }
#else
#define ATTN_BEGIN_DECLS
#define ATTN_END_DECLS
#endif

ATTN_BEGIN_DECLS

/** The version of the library that runs, as "major.minor.patch"; compare it with the macros of the headers
 * that a program was built with. A constant string, never NULL. Thread-safety: any thread, any time. */
ATTN_API const char *attn_version(void);

/** The same as one number, 10000 major + 100 minor + patch: what a program compares, `attn_version_number() >= 10200`.
 * Thread-safety: any thread, any time. */
ATTN_API int32_t attn_version_number(void);

ATTN_END_DECLS
#endif
