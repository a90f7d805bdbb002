/* buffer.c - memory that grows at its end. */
#include "text/buffer.h"

#include <string.h>

attn_status attni_buffer_reserve(attni_buffer *buffer, attn_context *context, const char *function,
                                 size_t more)
{
    if (buffer->capacity - buffer->size >= more)
        return ATTN_OK;
    size_t capacity = 2 * buffer->capacity;
    if (capacity < buffer->size + more)
        capacity = buffer->size + more;
    void *data = attni_alloc(context, capacity);
    if (data == NULL)
        return attni_no_memory(function, capacity);
    if (buffer->size > 0)
        memcpy(data, buffer->data, buffer->size);
    attni_free(context, buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    return ATTN_OK;
}

void attni_buffer_clear(attni_buffer *buffer, attn_context *context)
{
    attni_free(context, buffer->data);
    *buffer = (attni_buffer){NULL, 0, 0};
}
