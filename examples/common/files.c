/* files.c - files read and written whole. */
#define _GNU_SOURCE /* O_CLOEXEC, realpath */
#include "common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *read_file(const char *path, size_t *size)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        fail(EXIT_BAD_INPUT, "%s: not a regular file", path);
    char *bytes = allocate(status.st_size + 1, 1);
    size_t done = 0, wanted = (size_t)status.st_size;
    while (done < wanted) {
        ssize_t count = read(file, bytes + done, wanted - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
        if (count == 0)
            fail(EXIT_BAD_INPUT, "%s: it became shorter while it was read; try again", path);
        done += (size_t)count;
    }
    close(file);
    *size = done;
    return bytes;
}

char *read_text(const char *path, size_t *size)
{
    char *bytes = read_file(path, size);
    if (*size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        *size -= 3;
        memmove(bytes, bytes + 3, *size + 1);
    }
    return bytes;
}

bool next_line(struct line_reader *reader, char **line, size_t *size)
{
    if (reader->at == reader->end)
        return false;
    char *stop = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    *line = reader->at;
    reader->at = stop ? stop + 1 : reader->end;
    stop = stop ? stop : reader->end;
    *size = (size_t)(stop - *line);
    *size -= *size > 0 && stop[-1] == '\r';
    reader->number++;
    return true;
}

void make_folder(const char *folder)
{
    char *path = print("%s", folder), *probe = print("%s/.probe", folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0777); /* one that cannot be made shows at the last */
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(EXIT_BAD_INPUT, "--out %s: the folder cannot be made: %s", folder, strerror(errno));
    int file = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        fail(EXIT_BAD_INPUT, "--out %s: nothing can be written there: %s", folder, strerror(errno));
    close(file);
    unlink(probe);
    free(path);
    free(probe);
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

/* ---- writing ---- */

/* One file beside `target`, which is new and short of name; where the target is there, it has its permissions. */
static int open_beside(const char *target, char **beside)
{
    static int number;
    struct stat old;
    bool exists = stat(target, &old) == 0;
    const char *slash = strrchr(target, '/');
    int file, folder = slash ? (int)(slash + 1 - target) : 0;
    if (exists && !S_ISREG(old.st_mode))
        fail(EXIT_BAD_INPUT, "%s: not a regular file, and not replaced by one", target);
    do {
        free(*beside);
        *beside = print("%.*s.attn-%ld-%d.tmp", folder, target, (long)getpid(), number++);
        file = open(*beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file < 0 && errno == EEXIST);
    if (file >= 0 && exists)
        (void)!fchmod(file, old.st_mode & 07777); /* a refusal leaves the permissions of a new file */
    return file;
}

static bool write_all(int file, const char *bytes, int64_t size)
{
    while (size > 0) {
        ssize_t count = write(file, bytes, (size_t)size);
        if (count < 0 && errno != EINTR)
            return false;
        bytes += count > 0 ? count : 0;
        size -= count > 0 ? count : 0;
    }
    return fsync(file) == 0;
}

/* The name, too, shall outlive a loss of power. Some file systems cannot promise it, which is no failure of the file's. */
static void sync_folder(char *beside)
{
    char *slash = strrchr(beside, '/');
    if (slash)
        slash[1] = '\0';
    int folder = open(slash ? beside : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    (void)!fsync(folder);
    close(folder);
}

/* The rules are those by which the library writes its model files. */
void text_save(const struct text *text, const char *path)
{
    char *target = realpath(path, NULL), *beside = NULL; /* through a symbolic link to what it names */
    int file = open_beside(target ? target : path, &beside);
    bool written = file >= 0 && write_all(file, text->bytes, text->size);
    int reason = errno;
    if (file >= 0 && close(file) != 0 && written) {
        reason = errno;
        written = false;
    }
    if (written && rename(beside, target ? target : path) != 0) {
        reason = errno;
        written = false;
    }
    if (!written) {
        if (file >= 0)
            unlink(beside);
        fail(EXIT_RUNTIME, "%s could not be written, the old one stays: %s", path, strerror(reason));
    }
    sync_folder(beside);
    free(target);
    free(beside);
}

void text_deliver(const struct text *text, const char *path)
{
    if (path)
        text_save(text, path);
    else if (text->size)
        fwrite(text->bytes, 1, (size_t)text->size, stdout);
}
