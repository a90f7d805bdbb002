/* error.h - the one way to check arguments and to report a failure.
 *
 * A message is set once, where the fault is found, and never overwritten on the way up. It begins with the
 * public function's name, then says what was wrong, what was expected, and where it helps what to do. */
#ifndef ATTN_CORE_ERROR_H
#define ATTN_CORE_ERROR_H

#include "attn/status.h"

/* Set this thread's line and return `status`. */
attn_status attni_fail(attn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

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

/* Copy a caller's options over `target`, which holds the defaults. The first member of both is `size_t
 * struct_size`. A caller built against older headers has a shorter struct: what it lacks keeps the default. One
 * built against newer headers has a longer one: what we do not know must be 0. `source` may be NULL. */
attn_status attni_copy_options(const char *function, const void *source, void *target, size_t target_size);

#endif
