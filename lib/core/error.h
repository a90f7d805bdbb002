/* error.h - the one way to check arguments and to report a failure.
 *
 * A message is set once, where the fault is found, and never overwritten on the way up. It begins with the
 * public function's name, then says what was wrong, what was expected, and where it helps what to do. */
#ifndef ATTN_CORE_ERROR_H
#define ATTN_CORE_ERROR_H

#include "attn/context.h"
#include "core/call.h"

/* Set this thread's line, tell the context's hook, and return `status`. */
attn_status attni_fail(attn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
#ifdef ATTNI_ANALYZED /* by tests/lint.sh, one file at a time: what comes back is the status */
#define attni_fail(status, ...) (attni_fail(status, __VA_ARGS__), (attn_status)(status))
#endif

/* Do what calls a callback of the program's, `call`, and give `status` what it gives; INTERRUPTED instead, without calling it, where
 * the call that this thread is in is to end. A callback that failed without a word gets a line: `callback` names it. */
#define ATTNI_CALLBACK(status, callback, call)                                                               \
    do {                                                                                                     \
        (status) = attni_go_on_now();                                                                        \
        if ((status) == ATTN_OK) {                                                                           \
            const uint64_t attni_lines_ = attni_lines();                                                     \
            (status) = attni_called_back((call), attni_lines_, callback);                                    \
        }                                                                                                    \
    } while (0)

/* How many lines this thread has set so far. And what a callback returned, before which there were `lines`. */
uint64_t attni_lines(void);
attn_status attni_called_back(attn_status status, uint64_t lines, const char *callback);

/* Return ARGUMENT with a line unless the condition holds. */
#define ATTNI_REQUIRE(condition, ...)                                                                        \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return attni_fail(ATTN_ERR_ARGUMENT, __VA_ARGS__);                                               \
    } while (0)

/* The same for a pointer that must not be NULL. */
#define ATTNI_REQUIRE_PTR(pointer)                                                                           \
    ATTNI_REQUIRE((pointer) != NULL, "%s: %s is NULL; expected a valid pointer", __func__, #pointer)

/* The same for an integer that must lie in a range. */
#define ATTNI_REQUIRE_RANGE(value, low, high)                                                                \
    ATTNI_REQUIRE((value) >= (low) && (value) <= (high), "%s: %s is %lld; expected %lld to %lld", __func__,  \
                  #value, (long long)(value), (long long)(low), (long long)(high))

/* Pass a failure on. */
#define ATTNI_TRY(call)                                                                                      \
    do {                                                                                                     \
        attn_status attni_status_ = (call);                                                                  \
        if (attni_status_ != ATTN_OK)                                                                        \
            return attni_status_;                                                                            \
    } while (0)

/* Structs that callers give and get, as status.h says it. The first member of each is `size_t struct_size`.
 *
 * attni_read_options: `chosen` [size] becomes zeros, then what `source` (NULL: nothing) has. Zeros are defaults, which the
 * caller resolves. attni_fill_struct: `view` gets of `full` [size] what its struct_size has room for; of `full`, struct_size
 * itself does not count. */
attn_status attni_read_options(const char *function, const void *source, void *chosen, size_t known);
attn_status attni_fill_struct(const char *function, const void *full, size_t size, void *view);

#endif
