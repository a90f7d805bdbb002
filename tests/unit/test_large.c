/* test_large.c - a token of more than 2 GiB, without the memory for it: all its copies are of one letter, and lie in address space
 * whose middle is the same pages again and again. */
#define _GNU_SOURCE /* memfd_create */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

#define LENGTH ((size_t)INT32_MAX + 100)
#define EDGE ((size_t)1 << 20)  /* bytes at both ends of a mapping that are its own */
#define PIECE ((size_t)4 << 20) /* bytes that are repeated between */

static int letters;

static void *map(size_t size)
{
    char *start =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(start, MAP_FAILED);
    for (size_t at = EDGE; at + PIECE + EDGE <= size; at += PIECE)
        ck_assert_ptr_eq(mmap(start + at, PIECE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, letters, 0),
                         start + at);
    return start;
}

/* The memory hook: before each block, its size. */
static void *allocate(void *user, size_t size)
{
    (void)user;
    size_t *start = size < LENGTH ? malloc(16 + size) : map(16 + size);
    ck_assert_ptr_nonnull(start);
    *start = size;
    return (char *)start + 16;
}

static void release(void *user, void *block)
{
    (void)user;
    size_t *start = (size_t *)(void *)((char *)block - 16);
    if (*start < LENGTH)
        free(start);
    else
        ck_assert_int_eq(munmap(start, 16 + *start), 0);
}

/* What arrives at the other end of a pipe. */
static struct {
    int ends[2];
    size_t size, letters;
    char first[64], last[64];
} arrived;

static void *receive(void *unused)
{
    static char bytes[1 << 16];
    ssize_t count;
    while ((count = read(arrived.ends[0], bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++)
            arrived.letters += bytes[i] == 'x';
        if (arrived.size < sizeof arrived.first)
            memcpy(arrived.first, bytes, sizeof arrived.first);
        if (count >= (ssize_t)sizeof arrived.last)
            memcpy(arrived.last, bytes + count - sizeof arrived.last, sizeof arrived.last);
        arrived.size += (size_t)count;
    }
    return unused;
}

START_TEST(a_token_of_more_than_2_gib_is_written_whole)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.allocate = allocate;
    options.release = release;
    attn_context *context;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    letters = memfd_create("letters", MFD_CLOEXEC);
    ck_assert_int_eq(ftruncate(letters, (off_t)PIECE), 0);
    char *token = map(LENGTH + 1);
    memset(token, 'x', LENGTH);

    OK(attn_context_create(&options, &context));
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, token, 7));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    ck_assert_uint_eq(strlen(attn_vocab_token(vocab, 2)), LENGTH);

    char path[32];
    pthread_t receiver;
    ck_assert_int_eq(pipe(arrived.ends), 0);
    ck_assert_int_eq(pthread_create(&receiver, NULL, receive, NULL), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", arrived.ends[1]);
    OK(attn_vocab_save(vocab, path));
    close(arrived.ends[1]);
    pthread_join(receiver, NULL);
    static const char before[] = "<pad>\t0\n<unk>\t0\nxx", after[] = "xx\t7\n";
    ck_assert_uint_eq(arrived.size, strlen(before) + LENGTH - 4 + strlen(after));
    ck_assert_uint_eq(arrived.letters, LENGTH);
    ck_assert_mem_eq(arrived.first, before, strlen(before));
    ck_assert_mem_eq(arrived.last + sizeof arrived.last - strlen(after), after, strlen(after));

    attn_vocab_destroy(&vocab);
    attn_context_destroy(&context);
    munmap(token, LENGTH + 1);
    close(letters);
    close(arrived.ends[0]);
}
END_TEST

UNIT_MAIN("large", a_token_of_more_than_2_gib_is_written_whole)
