/* test_paths.c - where a file goes, by each call that writes one: links, devices, pipes, permissions, long names, and what a
 * process leaves that is killed on the way. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "unit.h"
#include "unit_file.h"

/* What the three calls write, and the bytes of it. */
static attn_context *context;
static attn_params *params;
static attn_vocab *vocab;
static struct {
    char bytes[4096];
    size_t size;
} expected[3];

static attn_status collect(void *user, const void *data, size_t size)
{
    (void)user;
    ck_assert_uint_le(expected[0].size + size, sizeof expected->bytes);
    memcpy(expected[0].bytes + expected[0].size, data, size);
    expected[0].size += size;
    return ATTN_OK;
}

static attn_status save(int32_t way, const char *path)
{
    return way == 0   ? attn_params_save(params, path, NULL)
           : way == 1 ? attn_vocab_save(vocab, path)
                      : attn_file_replace(context, path, expected[2].bytes, expected[2].size);
}

static const char *const functions[] = {"attn_params_save: ", "attn_vocab_save: ", "attn_file_replace: "};

static void begin(void)
{
    attn_vocab_builder *builder = NULL;
    unit_folder_make();
    ck_assert_int_eq(chdir(unit_folder), 0);
    context = unit_context(1);
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_add(params, "w", 1, (int64_t[]){500}, UNIT_INIT(ATTN_INIT_NORMAL)));
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "film", 2));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    OK(attn_params_write(params, NULL, collect, NULL));
    strcpy(expected[1].bytes, "<pad>\t0\n<unk>\t0\nfilm\t2\n");
    expected[1].size = strlen(expected[1].bytes);
    memcpy(expected[2].bytes, "a\0b", expected[2].size = 3);
}

/* Nothing but the file `name` (NULL: nothing) is left. */
static void end(const char *name)
{
    attn_vocab_destroy(&vocab);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    ck_assert_int_eq(chdir("/"), 0);
    unit_folder_remove(name);
}

/* The file holds what was saved, behind `before`, and is gone afterwards. */
static void take(const char *path, int32_t way, const char *before)
{
    size_t size, skip = strlen(before);
    char *bytes = unit_file_read(path, &size);
    ck_assert_uint_eq(size, skip + expected[way].size);
    ck_assert_mem_eq(bytes, before, skip);
    ck_assert_mem_eq(bytes + skip, expected[way].bytes, expected[way].size);
    free(bytes);
    ck_assert_int_eq(unlink(path), 0);
}

static void is_link(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(unlink(path), 0);
}

/* How a child ended. */
static int finish(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

/* ---- names ----------------------------------------------------------------------------------------------- */

START_TEST(a_link_is_followed_to_what_is_there_and_to_what_is_not)
{
    begin();
    ck_assert_int_eq(mkdir("real", 0777), 0);
    ck_assert_int_eq(mkdir("links", 0777), 0);
    char whole[128];
    snprintf(whole, sizeof whole, "%s/real/m", unit_folder);
    const char *const targets[] = {"../real/m", whole, "two", "../other/m"};
    for (int32_t way = 0; way < 3; way++) {
        for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
            for (int32_t exists = 0; exists < 2; exists++) {
                ck_assert_int_eq(symlink("real", "other"), 0); /* a folder by a link */
                ck_assert_int_eq(symlink(targets[i], "links/one"), 0);
                ck_assert_int_eq(symlink("../real/m", "links/two"), 0);
                if (exists)
                    unit_file_write("real/m", "old", 3);
                OK(save(way, "links/one"));
                is_link("other");
                is_link("links/one");
                is_link("links/two");
                take("real/m", way, "");
            }
        }
        ck_assert_int_eq(symlink("two", "links/one"), 0);
        ck_assert_int_eq(symlink("one", "links/two"), 0);
        FAILS(ATTN_ERR_IO, "Too many levels", save(way, "links/one"));
        is_link("links/one");
        is_link("links/two");
        ck_assert_int_eq(symlink("nowhere/m", "links/one"), 0);
        FAILS(ATTN_ERR_IO, "No such file", save(way, "links/one"));
        is_link("links/one");
    }
    ck_assert_int_eq(rmdir("real"), 0);
    ck_assert_int_eq(rmdir("links"), 0);
    end(NULL);
}
END_TEST

START_TEST(the_longest_names_and_paths_can_be_written)
{
    begin();
    char name[NAME_MAX + 2], path[PATH_MAX + 1];
    memset(name, 'n', sizeof name);
    for (int32_t way = 0; way < 3; way++) {
        for (int32_t length = 1; length <= NAME_MAX; length += length < 240 ? 60 : 7) {
            name[length] = '\0';
            for (int32_t i = 0; i < 2; i++) /* a new one, and one that is there */
                OK(save(way, name));
            take(name, way, "");
            name[length] = 'n';
        }
        name[NAME_MAX + 1] = '\0';
        FAILS(ATTN_ERR_IO, "File name too long", save(way, name));
        /* A path of as many bytes as the system takes, and of one more. */
        memset(path, '/', sizeof path);
        memcpy(path, unit_folder, strlen(unit_folder));
        strcpy(path + PATH_MAX - 2, "m");
        OK(save(way, path));
        take("m", way, "");
        strcpy(path + PATH_MAX - 2, "/m");
        FAILS(ATTN_ERR_IO, "File name too long", save(way, path));
        FAILS(ATTN_ERR_IO, "No such file", save(way, ""));
        FAILS(ATTN_ERR_IO, "Is a directory", save(way, "."));
        FAILS(ATTN_ERR_IO, "Is a directory", save(way, "../"));
    }
    end(NULL);
}
END_TEST

/* Every call that takes a path, by that path. */
static attn_status ask(int32_t call, const char *path)
{
    attn_vocab *loaded;
    attn_file *file;
    attn_classifier *classifier;
    attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
    float table[9];
    switch (call) {
    case 0:
    case 1:
    case 2:
        return save(call, path);
    case 3:
        return attn_vocab_load(context, path, NULL, &loaded);
    case 4:
        return attn_file_open(context, path, &file);
    case 5:
        return attn_classifier_open(context, path, &classifier);
    case 6:
        return attn_vectors_read(context, vocab, 3, path, ATTN_VECTORS_AUTO, table, NULL, &report);
    default:
        return attn_vectors_probe(context, path, ATTN_VECTORS_AUTO, &report);
    }
}

START_TEST(a_line_about_a_long_path_keeps_its_reason)
{
    begin();
    enum { LONGEST = 20000 };
    char *path = malloc(LONGEST + 1);
    const struct {
        int32_t length;
        const char *piece, *reason;
    } cases[] = {{3000, "no/", "No such file or directory"},
                 {3000, "n\xC3\xB6/", "No such file or directory"},
                 {NAME_MAX + 1, "n", "File name too long"},
                 {3000, "n", "File name too long"},
                 {LONGEST, "no/", "File name too long"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t size = strlen(cases[i].piece);
        for (int32_t at = 0; at < cases[i].length; at++)
            path[at] = cases[i].piece[(size_t)at % size];
        path[cases[i].length] = '\0';
        for (int32_t call = 0; call < 8; call++) {
            FAILS(ATTN_ERR_IO, cases[i].reason, ask(call, path));
            const char *line = attn_last_error(), *colon = strchr(line, ':');
            ck_assert_int_eq(strncmp(line, "attn_", 5), 0);
            ck_assert_str_eq(line + strlen(line) - strlen(cases[i].reason), cases[i].reason);
            ck_assert_ptr_nonnull(strstr(colon, cases[i].piece)); /* of the path the ends are there */
            ck_assert(cases[i].length < 1000 || strstr(line, "..."));
            ck_assert_uint_le(strlen(line), 1023);
            ck_assert_uint_ge(strlen(line), cases[i].length < 1000 ? 256 : 1010);
            for (const char *gap = strstr(line, "..."); gap; gap = NULL) {
                ck_assert((gap[-1] & 0x80) == 0 || (gap[-2] & 0xC0) == 0xC0); /* no half of a character */
                ck_assert((gap[3] & 0xC0) != 0x80);
            }
        }
    }
    free(path);
    end(NULL);
}
END_TEST

/* ---- what is no file -------------------------------------------------------------------------------------- */

START_TEST(devices_are_written_through)
{
    begin();
    ck_assert_int_eq(symlink("/dev/null", "link"), 0);
    for (int32_t way = 0; way < 3; way++) {
        struct stat status;
        OK(save(way, "/dev/null"));
        OK(save(way, "link"));
        ck_assert_int_eq(stat("/dev/null", &status), 0);
        ck_assert(S_ISCHR(status.st_mode));
        FAILS(ATTN_ERR_IO, "No space left on device", save(way, "/dev/full"));
    }
    is_link("link");
    end(NULL);
}
END_TEST

START_TEST(a_pipe_gets_the_bytes)
{
    begin();
    for (int32_t way = 0; way < 3; way++) {
        for (int32_t named = 0; named < 3; named++) {
            int ends[2];
            char path[64] = "pipe", bytes[sizeof expected->bytes];
            if (named == 0) {
                ck_assert_int_eq(mkfifo(path, 0666), 0);
                ends[0] = open(path, O_RDONLY | O_NONBLOCK);
                ends[1] = -1;
            } else {
                ck_assert_int_eq(pipe(ends), 0);
                snprintf(path, sizeof path, named == 1 ? "/dev/fd/%d" : "/proc/self/fd/%d", ends[1]);
            }
            OK(save(way, path));
            ck_assert_int_eq(read(ends[0], bytes, sizeof bytes), (ssize_t)expected[way].size);
            ck_assert_mem_eq(bytes, expected[way].bytes, expected[way].size);
            close(ends[0]);
            if (named == 0)
                ck_assert_int_eq(unlink(path), 0);
            else
                ck_assert_int_eq(close(ends[1]), 0); /* it was left open */
        }
    }
    end(NULL);
}
END_TEST

START_TEST(an_open_descriptor_is_written_from_where_it_stands)
{
    begin();
    for (int32_t way = 0; way < 3; way++) {
        for (int32_t appends = 0; appends < 2; appends++) {
            char path[64];
            unit_file_write("log", "before", appends ? 6 : 0);
            int file = open("log", appends ? O_WRONLY | O_APPEND : O_WRONLY);
            snprintf(path, sizeof path, "/dev/fd/%d", file);
            ck_assert(appends || write(file, "before", 6) == 6);
            OK(save(way, path));
            ck_assert_int_eq(close(file), 0);
            take("log", way, "before");
        }
        /* A file without a name. */
        char path[64];
        int file = open("log", O_RDWR | O_CREAT, 0666);
        struct stat status;
        ck_assert_int_eq(unlink("log"), 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        OK(save(way, path));
        ck_assert_int_eq(fstat(file, &status), 0);
        ck_assert_uint_eq((size_t)status.st_size, expected[way].size);
        close(file);
    }
    end(NULL);
}
END_TEST

START_TEST(a_pipe_that_nobody_reads_any_more_is_an_error_and_no_signal)
{
    begin();
    for (int32_t pending = 0; pending < 2; pending++) {
        for (int32_t way = 0; way < 3; way++) {
            int ends[2];
            char path[64];
            sigset_t set, before;
            sigemptyset(&set);
            sigaddset(&set, SIGPIPE);
            if (pending) { /* the host's own stays */
                sigprocmask(SIG_BLOCK, &set, &before);
                raise(SIGPIPE);
            }
            ck_assert_int_eq(pipe(ends), 0);
            snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
            close(ends[0]);
            FAILS(ATTN_ERR_IO, "Broken pipe", save(way, path));
            close(ends[1]);
            sigset_t found;
            sigpending(&found);
            ck_assert_int_eq(sigismember(&found, SIGPIPE), pending);
            if (pending) {
                int number;
                sigwait(&set, &number);
                sigprocmask(SIG_SETMASK, &before, NULL);
            }
            sigprocmask(SIG_SETMASK, NULL, &found);
            ck_assert_int_eq(sigismember(&found, SIGPIPE), 0);
        }
    }
    end(NULL);
}
END_TEST

/* ---- what is replaced -------------------------------------------------------------------------------------- */

START_TEST(a_file_keeps_its_permissions_and_its_owner)
{
    begin();
    const mode_t modes[] = {0600, 0640, 0444, 0666, 0755};
    umask(022);
    for (int32_t way = 0; way < 3; way++) {
        struct stat status;
        OK(save(way, "m"));
        ck_assert_int_eq(stat("m", &status), 0);
        ck_assert_int_eq(status.st_mode & 07777, 0644);
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
            ck_assert_int_eq(chmod("m", modes[i]), 0);
            const int gives = geteuid() == 0 && chown("m", 1234, 2345) == 0;
            OK(save(way, "m"));
            ck_assert_int_eq(stat("m", &status), 0);
            ck_assert_int_eq(status.st_mode & 07777, modes[i]);
            ck_assert_uint_eq(status.st_uid, gives ? 1234 : geteuid());
            ck_assert(!gives || status.st_gid == 2345);
        }
        take("m", way, "");
    }
    end(NULL);
}
END_TEST

/* A file of another's whose group the process is not in: the group's rights are not its own group's. */
START_TEST(rights_of_a_group_that_is_not_kept_are_those_of_all)
{
    begin();
    unit_file_write("m", "old", 3);
    const int gives = geteuid() == 0 && chown("m", 1234, 2345) == 0;
    ck_assert(chmod("m", 0674) == 0 && chmod(".", 0777) == 0);
    pid_t child = gives ? fork() : -1;
    if (child == 0)
        _exit(setgroups(0, NULL) != 0 || setgid(3456) != 0 || setuid(4567) != 0 || save(2, "m") != ATTN_OK);
    if (gives) {
        struct stat status;
        ck_assert_int_eq(finish(child), 0);
        ck_assert_int_eq(stat("m", &status), 0);
        ck_assert(status.st_uid == 4567 && status.st_gid == 3456);
        ck_assert_int_eq(status.st_mode & 07777, 0644);
    }
    end("m");
}
END_TEST

START_TEST(a_file_that_may_not_grow_leaves_the_one_before_and_sends_no_signal)
{
    begin();
    struct rlimit unlimited, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    for (int32_t way = 0; way < 3; way++) {
        OK(save(way, "m"));
        for (size_t size = 0; size < expected[way].size; size += 1 + expected[way].size / 5) {
            limit = unlimited;
            limit.rlim_cur = size;
            const int set = setrlimit(RLIMIT_FSIZE, &limit); /* libcheck writes to a file too */
            attn_status status = save(way, "m");
            ck_assert(setrlimit(RLIMIT_FSIZE, &unlimited) == 0 && set == 0);
            FAILS(ATTN_ERR_IO, "File too large", status);
        }
        take("m", way, "");
    }
    end(NULL);
}
END_TEST

/* ---- processes that are killed, and several at once -------------------------------------------------------- */

/* The library's renameat is this one: what happens between the last write and the rename. */
static void (*before_rename)(void);

int renameat(int old_folder, const char *old_name, int new_folder, const char *new_name)
{
    if (before_rename)
        before_rename();
    return (int)syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, 0);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

static int gate[2], arrived[2];

static void wait_at_gate(void)
{
    char byte;
    ck_assert_int_eq(write(arrived[1], "x", 1), 1);
    ck_assert_int_eq(read(gate[0], &byte, 1), 1);
}

/* A process that saves to "m", and does this before the rename; one that stays is waited for until it is there. */
static pid_t start(int32_t way, void (*then)(void))
{
    pid_t child = fork();
    if (child == 0) {
        before_rename = then;
        _exit(save(way, "m") != ATTN_OK);
    }
    char byte;
    if (then == wait_at_gate)
        ck_assert_int_eq(read(arrived[0], &byte, 1), 1);
    return child;
}

static int64_t count_temporaries(void)
{
    return system("exit $(ls -A | grep -c '^[.]attn-.*[.]tmp$')") >> 8;
}

START_TEST(what_a_killed_save_leaves_the_next_one_removes)
{
    begin();
    for (int32_t way = 0; way < 3; way++) {
        for (int32_t exists = 0; exists < 2; exists++) {
            for (int32_t kills = 0; kills < 3; kills++) {
                ck_assert_int_eq(finish(start(way, die)), SIGKILL);
                ck_assert_int_eq(count_temporaries(), 1); /* each removes that of the one before */
                ck_assert_int_eq(access("m", F_OK), exists ? 0 : -1);
            }
            OK(save(way, "m"));
            ck_assert_int_eq(count_temporaries(), 0);
        }
        take("m", way, "");
        /* A file of the kind that is none of a save's, and another name's, stay. */
        ck_assert_int_eq(finish(start(way, die)), SIGKILL);
        unit_file_write(".attn-mine.tmp", "", 0);
        OK(save(way, "other"));
        ck_assert_int_eq(count_temporaries(), 2);
        OK(save(way, "m"));
        ck_assert_int_eq(count_temporaries(), 1);
        ck_assert_int_eq(unlink(".attn-mine.tmp"), 0);
        take("other", way, "");
        take("m", way, "");
    }
    end(NULL);
}
END_TEST

START_TEST(two_processes_save_at_once)
{
    begin();
    ck_assert_int_eq(pipe(gate), 0);
    ck_assert_int_eq(pipe(arrived), 0);
    for (int32_t way = 0; way < 3; way++) {
        pid_t slow = start(way, wait_at_gate), other = start(way, wait_at_gate);
        ck_assert_int_eq(count_temporaries(), 2);
        OK(save(way, "m")); /* removes nothing that is another's */
        ck_assert_int_eq(count_temporaries(), 2);
        ck_assert_int_eq(finish(start(way, die)), SIGKILL);
        ck_assert_int_eq(count_temporaries(), 3);
        ck_assert_int_eq(write(gate[1], "xx", 2), 2);
        ck_assert_int_eq(finish(slow), 0);
        ck_assert_int_eq(finish(other), 0);
        ck_assert_int_eq(count_temporaries(), 1); /* the killed one's, which now is the only one */
        take("m", way, "");
        OK(save(way, "m"));
        take("m", way, "");
        ck_assert_int_eq(count_temporaries(), 0);
    }
    end(NULL);
}
END_TEST

static void *save_often(void *way)
{
    for (int32_t i = 0; i < 50; i++)
        OK(save(*(int32_t *)way, "m"));
    return NULL;
}

START_TEST(threads_and_processes_save_to_one_name)
{
    begin();
    int32_t way = 2;
    pid_t child = fork();
    pthread_t threads[4];
    for (int32_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, save_often, &way), 0);
    for (int32_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    if (child == 0)
        _exit(0);
    ck_assert_int_eq(finish(child), 0);
    take("m", way, "");
    end(NULL);
}
END_TEST

START_TEST(a_file_may_be_empty)
{
    begin();
    OK(attn_file_replace(context, "m", NULL, 0));
    OK(attn_file_replace(context, "m", "", 0));
    struct stat status;
    ck_assert_int_eq(stat("m", &status), 0);
    ck_assert_int_eq(status.st_size, 0);
    FAILS(ATTN_ERR_ARGUMENT, "data is NULL; expected 3 bytes", attn_file_replace(context, "m", NULL, 3));
    for (int32_t way = 0; way < 3; way++)
        FAILS(ATTN_ERR_IO, functions[way], save(way, "/nowhere/m"));
    end("m");
}
END_TEST

UNIT_MAIN("paths", a_link_is_followed_to_what_is_there_and_to_what_is_not,
          the_longest_names_and_paths_can_be_written, a_line_about_a_long_path_keeps_its_reason,
          devices_are_written_through, a_pipe_gets_the_bytes,
          an_open_descriptor_is_written_from_where_it_stands,
          a_pipe_that_nobody_reads_any_more_is_an_error_and_no_signal,
          a_file_keeps_its_permissions_and_its_owner, rights_of_a_group_that_is_not_kept_are_those_of_all,
          a_file_that_may_not_grow_leaves_the_one_before_and_sends_no_signal,
          what_a_killed_save_leaves_the_next_one_removes, two_processes_save_at_once,
          threads_and_processes_save_to_one_name, a_file_may_be_empty)
