/* files.c - files read, mapped and written whole. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/terminal.h"

bool path_leaves(const char *name)
{
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return true;
    }
    return false;
}

#define SHORTENED "%s: it became shorter while it was read; try again"

static int try_regular(const char *path, struct stat *status, char **reason)
{
    const int file = *path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (*path == '\0')
        *reason = print("a name is empty; expected that of a file");
    else if (file < 0 || fstat(file, status) != 0)
        *reason = print("%s: %s", path, strerror(errno));
    else if (!S_ISREG(status->st_mode))
        *reason = print("%s: not a regular file", path);
    else
        return file;
    if (file >= 0)
        close(file);
    return -1;
}

static int open_regular(const char *path, struct stat *status)
{
    char *reason = NULL;
    const int file = try_regular(path, status, &reason);
    if (file < 0)
        fail(EXIT_BAD_INPUT, "%s", reason);
    return file;
}

struct mapped_text map_text(const char *path)
{
    struct stat status;
    const int file = open_regular(path, &status);
    struct mapped_text text = {.size = (size_t)status.st_size,
                               .mapped = (size_t)status.st_size + 1,
                               .path = path,
                               .device = status.st_dev,
                               .inode = status.st_ino};
    /* Zeros, and the file over them: where it ends with a page there is a NUL behind it all the same. */
    text.mapping = mmap(NULL, text.mapped, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text.mapping == MAP_FAILED || (text.size > 0 && mmap(text.mapping, text.size, PROT_READ,
                                                             MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED))
        fail(EXIT_RUNTIME, "%s: it cannot be mapped: %s", path, strerror(errno));
    close(file);
    text.bytes = text.mapping;
    if (text.size >= 3 && memcmp(text.bytes, "\xEF\xBB\xBF", 3) == 0) {
        text.bytes += 3;
        text.size -= 3;
    }
    return text;
}

/* Whole pages that are gone are shortened.h's matter. */
void unmap_text(struct mapped_text *text)
{
    struct stat status;
    if (stat(text->path, &status) == 0 && status.st_dev == text->device && status.st_ino == text->inode &&
        (uint64_t)status.st_size + 1 < text->mapped)
        fail(EXIT_BAD_INPUT, SHORTENED, text->path);
    munmap(text->mapping, text->mapped);
    *text = (struct mapped_text){0};
}

char *try_file(const char *path, size_t *size, char **reason)
{
    struct stat status;
    const int file = try_regular(path, &status, reason);
    if (file < 0)
        return NULL;
    char *bytes = allocate(status.st_size + 1, 1);
    const size_t wanted = (size_t)status.st_size;
    ssize_t count = 1;
    for (*size = 0; *size < wanted && count > 0; *size += count > 0 ? (size_t)count : 0) {
        do {
            count = read(file, bytes + *size, wanted - *size);
        } while (count < 0 && errno == EINTR);
    }
    if (count <= 0) {
        *reason = count < 0 ? print("%s: %s", path, strerror(errno)) : print(SHORTENED, path);
        free(bytes);
        bytes = NULL;
    }
    close(file);
    return bytes;
}

char *read_file(const char *path, size_t *size)
{
    char *reason = NULL, *bytes = try_file(path, size, &reason);
    if (bytes == NULL)
        fail(EXIT_BAD_INPUT, "%s", reason);
    return bytes;
}

void check_text(const char *path, const char *bytes, size_t size)
{
    static const struct {
        const char *magic, *what;
    } kinds[] = {{"\x1F\x8B", "compressed by gzip; unpack it first"},
                 {"\xFD"
                  "7zXZ",
                  "compressed by xz; unpack it first"},
                 {"BZh", "compressed by bzip2; unpack it first"},
                 {"\x28\xB5\x2F\xFD", "compressed by zstd; unpack it first"},
                 {"PK\x03\x04", "an archive (zip) or a workbook; unpack it, or save it as CSV"},
                 {"PAR1", "Parquet; save it as CSV or JSON lines"},
                 {"\xFF\xFE", "UTF-16; save it as UTF-8"},
                 {"\xFE\xFF", "UTF-16; save it as UTF-8"}};
    for (int64_t i = 0; i < COUNT(kinds); i++) {
        size_t length = strlen(kinds[i].magic);
        if (size >= length && memcmp(bytes, kinds[i].magic, length) == 0)
            fail(EXIT_BAD_INPUT, "%s: this is %s", path, kinds[i].what);
    }
}

char *read_text(const char *path, size_t *size)
{
    char *bytes = read_file(path, size);
    check_text(path, bytes, *size);
    if (*size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        *size -= 3;
        memmove(bytes, bytes + 3, *size + 1);
    }
    return bytes;
}

char *read_strings(const char *path, size_t *size)
{
    char *bytes = read_text(path, size), *end = memchr(bytes, '\0', *size);
    int64_t line = 1;
    for (const char *at = bytes; end && at < end; at++)
        line += *at == '\n';
    if (end)
        fail(EXIT_BAD_INPUT, "%s, line %lld: it holds a NUL byte; expected text", path, (long long)line);
    return bytes;
}

struct line_reader lines_of(char *bytes, size_t size)
{
    return (struct line_reader){bytes, bytes + size, 0, memchr(bytes, '\n', size) ? '\n' : '\r'};
}

bool next_line(struct line_reader *reader, char **line, size_t *size)
{
    if (reader->at == reader->end)
        return false;
    char *stop = memchr(reader->at, reader->last, (size_t)(reader->end - reader->at));
    *line = reader->at;
    reader->at = stop ? stop + 1 : reader->end;
    stop = stop ? stop : reader->end;
    *size = (size_t)(stop - *line);
    *size -= reader->last == '\n' && *size > 0 && stop[-1] == '\r';
    reader->number++;
    return true;
}

void make_folder(const char *folder)
{
    char *path = print("%s", folder), *inside = print("%s/.", folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0777); /* one that cannot be made shows at the last */
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(EXIT_BAD_INPUT, "--out %s: the folder cannot be made: %s", folder, strerror(errno));
    if (access(inside, W_OK | X_OK) != 0)
        fail(EXIT_BAD_INPUT, "--out %s: nothing can be written there: %s", folder, strerror(errno));
    free(path);
    free(inside);
}

void text_append(struct text *text, const char *bytes, size_t size)
{
    text->bytes = grow(text->bytes, text->size + (int64_t)size + 1, &text->capacity, 1);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += (int64_t)size;
}

attn_status text_write(void *text, const void *data, size_t size)
{
    text_append(text, data, size);
    return ATTN_OK;
}

void text_print(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text->bytes = grow(text->bytes, text->size + size + 1, &text->capacity, 1);
    vsnprintf(text->bytes + text->size, (size_t)size + 1, format, again);
    va_end(again);
    text->size += size;
}

void text_save(const struct text *text, const char *path)
{
    attn_context *context = make_context(1);
    flush_output(); /* which `path` may name as well */
    must(attn_file_replace(context, path, text->bytes, (size_t)text->size));
    attn_context_destroy(&context);
}

uint64_t hash_bytes(uint64_t state, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        state = (state ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
    return state;
}

void text_deliver(const struct text *text, const char *path)
{
    if (path)
        text_save(text, path);
    else if (text->size)
        fwrite(text->bytes, 1, (size_t)text->size, stdout);
}
