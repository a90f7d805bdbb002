/** status.h - what every call that can fail returns, the one line that says what was wrong, and how structs grow.
 *
 * Structs. The first member of each struct that this library reads or fills is `size_t struct_size`, which an
 * ATTN_..._INIT macro sets to what the program was compiled with. Later versions append members and change nothing else, so
 * a program and a library of different versions understand each other:
 *
 * - Options and other structs that a call READS: 0 is the default of every member, so that a struct of zeros with its
 *   size set is the same as NULL, where a call takes NULL. Where a number may in earnest be 0 but 0 stands for another default,
 *   ATTN_ZERO asks for it. A shorter struct counts as filled up with zeros; in a longer one, what this version does not
 *   know must be 0: ARGUMENT else.
 * - Structs that a call FILLS (an attn_tensor, a report, an ..._info): filled up to the caller's struct_size, and not a byte
 *   beyond; of a longer one, what this version does not know is set to 0.
 *
 * Either way a struct need only live until the call returns.
 *
 * Numbers. Every layer's forward (but for what only copies: a pyramid, and dropout where nothing drops), attn_cross_entropy and
 * attn_adam_step refuse numbers that are NaN or infinite: those of an array as ARGUMENT, those of a tensor of the params as
 * STATE, each with its name and place; numbers that come to more than float32 holds as ARGUMENT (of the optimiser STATE). The
 * tape is then as before, and the outputs hold no result. What lies beyond the lengths, and rows of a table that no id names,
 * are not looked at. */
#ifndef ATTN_STATUS_H
#define ATTN_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "version.h"

ATTN_BEGIN_DECLS

/** 0 is success. The other values are pinned, leave gaps for their own kind, and are never used again for
 * something else. Negative ones are the program's own: what a callback returns that is not ATTN_OK is passed through by the
 * call that called it, and the library itself has none below 0. */
typedef int32_t attn_status;

#define ATTN_OK 0            /**< success */
#define ATTN_ERR_ARGUMENT 10 /**< an argument is NULL, out of range, or does not fit another one */
#define ATTN_ERR_MEMORY 20   /**< the allocator returned NULL */
#define ATTN_ERR_IO 30       /**< a file could not be opened, read or written; the line ends in the system's reason */
#define ATTN_ERR_FORMAT 40   /**< a file was read, but its content is not what it should be */
#define ATTN_ERR_STATE 50    /**< what a call builds on is not ready: a backward without its forward, a tensor that holds NaN */
#define ATTN_ERR_SYSTEM 60   /**< the operating system refused a thread or a lock */
#define ATTN_ERR_UNSUPPORTED 70 /**< what was asked for is sound, but this version or this build cannot do it */
#define ATTN_ERR_INTERRUPTED 80 /**< the context's hook `interrupted` ended the call: context.h says what it leaves */

/** As a number in an options struct: 0 itself, where 0 stands for another default. */
#define ATTN_ZERO (-1.0f)

/** Where what the library writes goes: called with one piece after another, in order. Anything but ATTN_OK ends the writing, and
 * is what the library's function returns; attn_set_error says why. `user` is the caller's own. */
typedef attn_status (*attn_write_fn)(void *user, const void *data, size_t size);

/** The status as a word: "ok", "argument", "memory", "io", "format", "state", "system", "unsupported", "interrupted";
 * "program" for negative values, "unknown" for any other. A constant string. Thread-safety: any thread, any time. */
ATTN_API const char *attn_status_name(attn_status status);

/** One line about the last failure in this thread: the call, or one that it is made of, the argument, what was expected, what
 * came, and what to do. "" when nothing has failed yet. A success does not clear it, so look at it only after a failure. The
 * string is the library's, and holds until the next failing call in the same thread.
 * Thread-safety: each thread sees its own line. */
ATTN_API const char *attn_last_error(void);

/** Set this thread's line to a copy of `line` (NULL: "") and return `status`: how a callback says what was wrong,
 * `return attn_set_error(-1, "the database is gone");`. The line of a callback that fails is the last one set in it, be it so or
 * by a call of the library that failed there; where none was, the library tells which callback returned what. Bytes below 32 are
 * shown as '?', since it is one line. Of more than 1023 bytes, as where a long path is named, the middle is left out ("..."): the
 * reason stands last. */
ATTN_API attn_status attn_set_error(attn_status status, const char *line);

ATTN_END_DECLS
#endif
