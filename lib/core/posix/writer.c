/* writer.c - files written whole or not at all: a temporary file beside the target, and a rename. */
#define _GNU_SOURCE /* O_PATH */
#include "core/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define PROC_MAGIC 0x9FA0 /* of linux/magic.h, which comes with the system and not with the C library */
#define MOST_LINKS 40     /* as the system follows */
#define MOST_ABANDONED 16 /* temporary files of one name that are looked for */

static attn_status fail(const attni_writer *writer)
{
    return attni_fail(ATTN_ERR_IO, "%s: cannot write %s: %s", writer->function, writer->path,
                      strerror(errno));
}

/* ---- what the path names ------------------------------------------------------------------------------------
 *
 * Names are looked up in an open folder, so that no path is put together, which might become too long, and no other thread's
 * chdir matters. These return whether they succeeded, and leave the reason in errno. */

/* Open the folder of `path`, which begins at the writer's folder, in its place; the last name becomes the writer's. */
static int enter_folder(attni_writer *writer, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (*path == '\0' || strlen(path) >= sizeof folder) {
        errno = *path ? ENAMETOOLONG : ENOENT;
        return 0;
    }
    memcpy(folder, path, length);
    folder[length] = '\0';
    strcpy(writer->name, path + length);
    const int next = openat(writer->folder, length ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC),
              reason = errno;
    if (writer->folder >= 0)
        close(writer->folder);
    writer->folder = next;
    errno = reason;
    return next >= 0;
}

/* Whether names in the folder are links that the system makes up: what one says is not what it leads to. */
static int is_proc(int folder)
{
    struct statfs system;
    return fstatfs(folder, &system) == 0 && system.f_type == PROC_MAGIC;
}

/* Follow links until the writer's folder and name are those of no link; `status` is what is there, of mode 0 where nothing is,
 * and `made_up` is set where it is in /proc. */
static int follow(attni_writer *writer, struct stat *status, int *made_up)
{
    char link[PATH_MAX];
    const char *path = writer->path;
    *made_up = 0;
    for (int32_t links = 0; links <= MOST_LINKS; links++) {
        if (!enter_folder(writer, path))
            return 0;
        if (fstatat(writer->folder, *writer->name ? writer->name : ".", status, AT_SYMLINK_NOFOLLOW) != 0) {
            status->st_mode = 0;
            return errno == ENOENT;
        }
        if (!S_ISLNK(status->st_mode))
            return 1;
        if (is_proc(writer->folder)) {
            *made_up = 1;
            return fstatat(writer->folder, writer->name, status, 0) == 0;
        }
        const ssize_t size = readlinkat(writer->folder, writer->name, link, sizeof link - 1);
        if (size < 0)
            return 0;
        link[size] = '\0';
        path = link;
    }
    errno = ELOOP;
    return 0;
}

/* ---- temporary files -------------------------------------------------------------------------------------- */

/* .attn-HASH-NUMBER.tmp, of the target's name: short, whatever that is, and found again by the next who saves there. */
static void name_temporary(attni_writer *writer, unsigned number)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = writer->name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    snprintf(writer->temporary, sizeof writer->temporary, ".attn-%016llx-%u.tmp", (unsigned long long)hash,
             number);
}

/* Remove a temporary file that no process has locked. Its name is compared once the lock is held: until then it may have become
 * another file's. */
static void remove_abandoned(const attni_writer *writer)
{
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat file, named;
    int descriptor = openat(writer->folder, writer->temporary, O_RDWR | flags);
    if (descriptor < 0 && errno == EACCES)
        descriptor = openat(writer->folder, writer->temporary, O_RDONLY | flags);
    if (descriptor < 0)
        return;
    if (fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode) && flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
        fstatat(writer->folder, writer->temporary, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        named.st_dev == file.st_dev && named.st_ino == file.st_ino)
        unlinkat(writer->folder, writer->temporary, 0);
    close(descriptor);
}

/* Lock a new temporary file. False where another process, between its making and now, has taken it for abandoned. On a file
 * system without locks nobody does. */
static int lock(int descriptor)
{
    struct stat status;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

/* What replaces a file is its owner's alone until it is complete. */
static int open_temporary(attni_writer *writer)
{
    for (unsigned number = 0; number < MOST_ABANDONED; number++) {
        name_temporary(writer, number);
        remove_abandoned(writer);
    }
    for (unsigned number = 0;; number++) {
        name_temporary(writer, number);
        writer->descriptor = openat(writer->folder, writer->temporary,
                                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, writer->replaces ? 0600 : 0666);
        if (writer->descriptor >= 0 && lock(writer->descriptor))
            return 1;
        if (writer->descriptor < 0 && errno != EEXIST)
            return 0;
        if (writer->descriptor >= 0)
            close(writer->descriptor);
        writer->descriptor = -1;
    }
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

/* A copy of this process's descriptor whose name in /proc the writer's is; -1 where it is another process's. */
static int copy_descriptor(const attni_writer *writer, const struct stat *status)
{
    struct stat own;
    char *end;
    const long number = strtol(writer->name, &end, 10);
    if (end == writer->name || *end || number < 0 || number > INT_MAX || fstat((int)number, &own) != 0 ||
        own.st_dev != status->st_dev || own.st_ino != status->st_ino)
        return -1;
    return fcntl((int)number, F_DUPFD_CLOEXEC, 0);
}

static int open_through(attni_writer *writer, const struct stat *status, int made_up)
{
    writer->descriptor = made_up ? copy_descriptor(writer, status) : -1;
    if (writer->descriptor < 0)
        writer->descriptor = openat(writer->folder, writer->name, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
    const int reason = errno;
    close(writer->folder);
    writer->folder = -1;
    errno = reason;
    return writer->descriptor >= 0;
}

static int open_target(attni_writer *writer)
{
    struct stat status;
    int made_up;
    if (!follow(writer, &status, &made_up))
        return 0;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return 0;
    }
    if (status.st_mode && (made_up || !S_ISREG(status.st_mode)))
        return open_through(writer, &status, made_up);
    writer->replaces = status.st_mode != 0;
    writer->mode = status.st_mode & 0777;
    writer->owner = status.st_uid;
    writer->group = status.st_gid;
    return open_temporary(writer);
}

attn_status attni_writer_open(attni_writer *writer, const char *function, const char *path)
{
    *writer = (attni_writer){.function = function, .path = path, .descriptor = -1, .folder = AT_FDCWD};
    if (open_target(writer))
        return ATTN_OK;
    fail(writer);
    if (writer->folder >= 0)
        close(writer->folder);
    return ATTN_ERR_IO;
}

#define AT_ONCE ((size_t)1 << 24) /* bytes, between which the call may end */

/* ---- writing ---------------------------------------------------------------------------------------------- */

/* write; but where a pipe has no reader, or a file may not grow, the host gets an error, not the signal that would kill it. */
static ssize_t write_quietly(int descriptor, const void *data, size_t size)
{
    sigset_t signals, before, pending;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGXFSZ);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    const ssize_t written = write(descriptor, data, size < AT_ONCE ? size : AT_ONCE);
    const int reason = errno, number = reason == EPIPE ? SIGPIPE : SIGXFSZ;
    if (written < 0 && (reason == EPIPE || reason == EFBIG) && !sigismember(&pending, number)) {
        sigemptyset(&signals);
        sigaddset(&signals, number);
        sigtimedwait(&signals, NULL, &(struct timespec){0, 0}); /* none came where the host ignores it */
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return written;
}

attn_status attni_writer_write(attni_writer *writer, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ATTNI_GO_ON();
        const ssize_t written = write_quietly(writer->descriptor, next, size);
        if (written < 0 && errno != EINTR)
            return fail(writer);
        if (written > 0) {
            next += written;
            size -= (size_t)written;
        }
    }
    return ATTN_OK;
}

/* ---- the end ---------------------------------------------------------------------------------------------- */

/* Give the new file what the old one had. Where its group cannot be kept, the group's rights are not another's. */
static int hand_on(const attni_writer *writer)
{
    unsigned mode = writer->mode;
    if (fchown(writer->descriptor, writer->owner, writer->group) != 0 &&
        fchown(writer->descriptor, (uid_t)-1, writer->group) != 0)
        mode &= 0700 | (mode & 07) << 3 | 07;
    return fchmod(writer->descriptor, mode) == 0 || errno == EPERM; /* as of a file system that keeps none */
}

/* What has no disk, a pipe or a terminal, has nothing to wait for. */
static int sync_file(int descriptor)
{
    return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

/* The name, too, shall outlive a loss of power. Some file systems cannot promise it, which is no failure of the file's. */
static void sync_folder(int folder)
{
    const int descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)!fsync(descriptor);
    close(descriptor);
}

/* The file is closed, and so unlocked, when it no longer has its temporary name. */
attn_status attni_writer_commit(attni_writer *writer)
{
    const int through = writer->folder < 0;
    if ((writer->replaces && !hand_on(writer)) || !sync_file(writer->descriptor) ||
        (!through && renameat(writer->folder, writer->temporary, writer->folder, writer->name) != 0)) {
        fail(writer);
        attni_writer_abort(writer);
        return ATTN_ERR_IO;
    }
    close(writer->descriptor);
    writer->descriptor = -1;
    if (!through) {
        sync_folder(writer->folder);
        close(writer->folder);
    }
    return ATTN_OK;
}

void attni_writer_abort(attni_writer *writer)
{
    if (writer->descriptor < 0)
        return;
    if (writer->folder >= 0) {
        unlinkat(writer->folder, writer->temporary, 0);
        close(writer->folder);
    }
    close(writer->descriptor);
    writer->descriptor = -1;
}
