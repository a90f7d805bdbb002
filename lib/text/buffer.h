/* buffer.h - memory that grows at its end. */
#ifndef ATTN_TEXT_BUFFER_H
#define ATTN_TEXT_BUFFER_H

#include "core/context.h"

/* `capacity` bytes, of which the owner uses the first `size`. Starts as {NULL, 0, 0}; ends with
 * attni_buffer_clear. */
typedef struct attni_buffer {
    void *data;
    size_t size, capacity;
} attni_buffer;

/* Make room for `more` bytes behind `size`; the memory may move. At least doubles, so that appending costs
 * constant time a byte. Errors begin with `function`: MEMORY, and the buffer is as before. */
attn_status attni_buffer_reserve(attni_buffer *buffer, attn_context *context, const char *function,
                                 size_t more);

void attni_buffer_clear(attni_buffer *buffer, attn_context *context);

#endif
