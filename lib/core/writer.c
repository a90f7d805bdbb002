/* writer.c - content that is in memory, written as a file. The writer itself is posix/writer.c or windows/writer.c. */
#include "core/writer.h"

attn_status attni_write_file(const char *function, const char *path, const void *data, size_t size)
{
    attni_writer writer;
    ATTNI_TRY(attni_writer_open(&writer, function, path));
    attn_status status = attni_writer_write(&writer, data, size);
    if (status == ATTN_OK)
        status = attni_writer_commit(&writer);
    attni_writer_abort(&writer);
    return status;
}
