/* status.h - what every call that can fail returns, and the one line that says what was wrong. */
#ifndef ATTN_STATUS_H
#define ATTN_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "version.h"

ATTN_BEGIN_DECLS

/* 0 is success. The other values are pinned, leave gaps for their own kind, and are never used again for
 * something else. */
typedef int32_t attn_status;

#define ATTN_OK 0
#define ATTN_ERR_ARGUMENT 10 /* an argument is NULL, out of range, or does not fit another one */
#define ATTN_ERR_MEMORY 20   /* the allocator returned NULL */
#define ATTN_ERR_IO 30       /* a file could not be opened, read or written; the line ends in the system's reason */
#define ATTN_ERR_FORMAT 40   /* a file was read, but its content is not what it should be */
#define ATTN_ERR_STATE 50    /* a call came in the wrong order: a backward without its forward, say */
#define ATTN_ERR_SYSTEM 60   /* the operating system refused a thread or a lock */

/* The status as a word: "ok", "argument", "memory", "io", "format", "state", "system"; "unknown" for any
 * other value. A constant string. Thread-safety: any thread, any time. */
ATTN_API const char *attn_status_name(attn_status status);

/* One line about the last failure in this thread: the argument, what was expected, what came, and what to do.
 * "" when nothing has failed yet. A success does not clear it, so look at it only after a failure. The string
 * is the library's, and holds until the next failing call in the same thread.
 * Thread-safety: each thread sees its own line. */
ATTN_API const char *attn_last_error(void);

ATTN_END_DECLS
#endif
