/* test_host.c - the library inside a host: its threads take none of the host's signals, compute in its floating-point mode, and
 * are not missed in a child that it forks; and where the host has little memory, that is an error and nothing else. */
#define _GNU_SOURCE /* unshare */
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "unit_data.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

enum { SIZE = 1 << 20, WIDTH = 512 };

/* y[SIZE]: calls whose work is shared out among the context's threads. The dense layer's is the second half. */
static attn_status work(attn_context *context, const float *x, float *y)
{
    attn_tape *tape = NULL;
    attn_status status = attn_tape_create(context, NULL, &tape);
    if (status == ATTN_OK)
        status = attn_tape_begin(tape, 1);
    if (status == ATTN_OK)
        status = attn_dropout_forward(context, tape, SIZE, x, 0.25f, y);
    attn_tape_destroy(&tape);
    attn_params *params = NULL;
    attn_dense *dense = NULL;
    if (status == ATTN_OK)
        status = attn_params_create(context, NULL, &params);
    if (status == ATTN_OK)
        status = attn_dense_create(params, "dense", WIDTH, WIDTH, NULL, &dense);
    if (status == ATTN_OK)
        status = attn_dense_forward(dense, NULL, SIZE / 2 / WIDTH, y, y + SIZE / 2);
    attn_dense_destroy(&dense);
    attn_params_destroy(&params);
    return status;
}

typedef int child_function(const void *argument);

static void give_up(int number)
{
    (void)number;
    _exit(3);
}

/* How a child that does this ends, as waitpid has it; one that has stopped, or is not done in 20 seconds, is killed. */
static int in_a_child(child_function *function, const void *argument)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        signal(SIGALRM, give_up); /* the first process of a namespace has no signals by default */
        alarm(20);
        _exit(function(argument));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
    }
    return status;
}

/* ---- signals --------------------------------------------------------------------------------------------- */

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

static int is_fault(int number)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i] == number)
            return 1;
    }
    return 0;
}

/* A host that blocks a signal once it has a context, and looks for it when it pleases. */
static int wait_for_signal(const void *argument)
{
    const int number = *(const int *)argument;
    attn_context *context = unit_context(3);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), number);
    usleep(2000); /* for a thread that would take it */
    const struct timespec limit = {10, 0};
    int got = sigtimedwait(&set, NULL, &limit);
    attn_context_destroy(&context);
    return got == number ? 0 : 1;
}

START_TEST(signals_are_the_hosts)
{
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (number == SIGKILL || number == SIGSTOP || number == SIGALRM || is_fault(number) ||
            (number > 31 && number < SIGRTMIN))
            continue;
        int status = in_a_child(wait_for_signal, &number);
        ck_assert_msg(status == 0, "with signal %d the host ended with status %#x", number, (unsigned)status);
    }
}
END_TEST

START_TEST(a_context_leaves_the_mask_of_its_maker)
{
    sigset_t mask, after;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    attn_context *context = unit_context(3);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number <= 31; number++)
        ck_assert_int_eq(sigismember(&after, number), sigismember(&mask, number));
    attn_context_destroy(&context);
}
END_TEST

static pid_t host;

static void on_fault(int number)
{
    (void)number;
    if (gettid() == host)
        pause(); /* for the other thread to come here too */
    _exit(7);
}

/* Reads memory that is not there, on both threads. */
static int fault_in_a_thread(const void *argument)
{
    (void)argument;
    host = gettid();
    attn_context *context = unit_context(2);
    signal(SIGSEGV, on_fault);
    float *nothing = mmap(NULL, SIZE * sizeof(float), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return nothing == MAP_FAILED || work(context, nothing, unit_zeros(SIZE)) ? 1 : 2;
}

START_TEST(a_fault_in_a_thread_comes_to_the_hosts_handler)
{
    int status = in_a_child(fault_in_a_thread, NULL);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 7, "the host ended with status %#x",
                  (unsigned)status);
}
END_TEST

/* ---- forks ----------------------------------------------------------------------------------------------- */

typedef struct task {
    attn_context *context;
    const float *x, *expected;
} task;

static int same_again(const void *argument)
{
    const task *self = argument;
    float *y = unit_zeros(SIZE);
    attn_context *context = self->context;
    int failed = work(context, self->x, y) != ATTN_OK || unit_any_differs(y, self->expected, SIZE);
    attn_context_destroy(&context);
    free(y);
    return failed;
}

/* A child, and a context of its own beside its parent's; then a child of that one with both. */
static int both_contexts(const void *argument)
{
    const task *self = argument;
    task own = *self;
    own.context = unit_context(2);
    int failed = in_a_child(same_again, &own) || in_a_child(same_again, self) || same_again(&own);
    return failed || same_again(self);
}

/* A process that is the first of a new PID namespace, with a child that is that too: both have number 1. */
static int first_of_its_namespace(const void *argument)
{
    if (getpid() != 1)
        return 1;
    task own = *(const task *)argument;
    own.context = unit_context(2);
    return unshare(CLONE_NEWPID) || in_a_child(same_again, &own) != 0 || same_again(&own);
}

enum { NO_NAMESPACES = 77 };

static int in_a_namespace(const void *argument)
{
    if (unshare(CLONE_NEWPID) && unshare(CLONE_NEWUSER | CLONE_NEWPID))
        return NO_NAMESPACES;
    return in_a_child(first_of_its_namespace, argument) != 0;
}

START_TEST(children_do_without_the_threads_of_their_parents)
{
    attn_context *context = unit_context(3);
    float *x = unit_zeros(SIZE), *expected = unit_zeros(SIZE);
    for (int i = 0; i < SIZE; i++)
        x[i] = (float)i;
    OK(work(context, x, expected));
    const task given = {context, x, expected};
    ck_assert_int_eq(in_a_child(same_again, &given), 0);
#if !defined(__SANITIZE_THREAD__) /* which starts no threads in the child of a process that has some */
    ck_assert_int_eq(in_a_child(both_contexts, &given), 0);
    int status = in_a_child(in_a_namespace, &given);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != NO_NAMESPACES)
        ck_assert_msg(status == 0, "in a namespace of its own the child ended with %#x", (unsigned)status);
#else
    (void)both_contexts;
    (void)in_a_namespace;
#endif
    ck_assert_int_eq(same_again(&given), 0); /* the parent has its threads still */
    free(x);
    free(expected);
}
END_TEST

/* ---- the floating-point mode ----------------------------------------------------------------------------- */

/* What is below 2^-126 is 0, read or written. */
#if defined(__SSE2__)
#define FLUSHES 1
static void flush_denormals(int on)
{
    _mm_setcsr(on ? _mm_getcsr() | 0x8040 : _mm_getcsr() & ~0x8040u);
}
#elif defined(__aarch64__)
#define FLUSHES 1
static void flush_denormals(int on)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    mode = on ? mode | 1 << 24 : mode & ~(UINT64_C(1) << 24);
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}
#endif

static void round_up(int on)
{
    fesetround(on ? FE_UPWARD : FE_TONEAREST);
}

typedef void set_mode(int on);

/* On, off and on again, on contexts that were made before: the mode is the call's, not the context's. */
static void check_mode(set_mode *set, const float *x)
{
    float *plain = unit_zeros(SIZE), *other = unit_zeros(SIZE), *y = unit_zeros(SIZE);
    attn_context *one = unit_context(1), *many = unit_context(3);
    OK(work(one, x, plain));
    set(1);
    attn_status status = work(one, x, other);
    set(0);
    OK(status);
    ck_assert(unit_any_differs(plain, other, SIZE));
    for (int round = 0; round < 20; round++) {
        set(round % 2);
        status = work(many, x, y);
        set(0);
        OK(status);
        unit_assert_same_bits(y, round % 2 ? other : plain, SIZE);
    }
    attn_context_destroy(&one);
    attn_context_destroy(&many);
    free(plain);
    free(other);
    free(y);
}

START_TEST(threads_compute_in_the_callers_mode)
{
    float *x = unit_zeros(SIZE);
    for (int i = 0; i < SIZE; i++)
        x[i] = 1e-39f * (float)(i % 7);
#if defined(FLUSHES)
    check_mode(flush_denormals, x);
#endif
    for (int i = 0; i < SIZE; i++)
        x[i] = 1.0f / (float)(i + 1);
    check_mode(round_up, x);
    free(x);
}
END_TEST

/* ---- little address space -------------------------------------------------------------------------------- */

#if defined(__has_feature) /* clang's way to say what gcc says by a macro */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITED 0 /* a sanitizer needs terabytes */
#else
#define LIMITED 1
#endif

static int64_t megabytes_in_use(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    return (int64_t)pages * sysconf(_SC_PAGESIZE) >> 20;
}

static attn_status there_and_back(attn_dense *dense, attn_tape *tape, int64_t rows, const float *x, float *y,
                                  float *dx)
{
    attn_status status = attn_tape_begin(tape, 0);
    if (status == ATTN_OK)
        status = attn_dense_forward(dense, tape, rows, x, y);
    return status == ATTN_OK ? attn_dense_backward(dense, tape, rows, y, dx) : status;
}

enum { SMALL = 256, SMALL_ROWS = 48, LARGE = 2048 };

/* The first products of a process that has so many megabytes left: right, or MEMORY. With the limit raised all is well. */
static int multiply_with_little(const void *argument)
{
    const int64_t left = *(const int64_t *)argument;
    attn_context *context = unit_context(2);
    attn_params *params[2] = {NULL, NULL};
    attn_dense *small = NULL, *large = NULL;
    attn_tape *tape = NULL;
    OK(attn_params_create(context, NULL, &params[0]));
    OK(attn_params_create(context, NULL, &params[1]));
    OK(attn_dense_create(params[0], "small", SMALL, SMALL, NULL, &small));
    OK(attn_dense_create(params[1], "large", LARGE, LARGE, NULL, &large));
    OK(attn_tape_create(context, NULL, &tape));
    float *x = unit_zeros(SMALL_ROWS * LARGE), *y = unit_zeros(SMALL_ROWS * LARGE),
          *again = unit_zeros(SMALL_ROWS * LARGE), *dx = unit_zeros(SMALL_ROWS * LARGE);
    for (int i = 0; i < SMALL_ROWS * LARGE; i++)
        x[i] = (float)(i % 11) - 5.0f;
    struct rlimit limit, before;
    getrlimit(RLIMIT_AS, &before);
    limit = before;
    limit.rlim_cur = (rlim_t)(megabytes_in_use() + left) << 20;
    setrlimit(RLIMIT_AS, &limit);
    attn_status first = there_and_back(small, tape, SMALL_ROWS, x, y, dx),
                second = there_and_back(large, tape, SMALL_ROWS, x, y, dx);
    setrlimit(RLIMIT_AS, &before);
    if ((first && first != ATTN_ERR_MEMORY) || (second && second != ATTN_ERR_MEMORY))
        return 1;
    if ((left >= 8 && first) || (left == 0 && second == ATTN_OK)) /* 8 MB are plenty for the small one */
        return 2;
    if (there_and_back(large, tape, SMALL_ROWS, x, again, dx))
        return 3;
    return second == ATTN_OK && unit_any_differs(y, again, SMALL_ROWS * LARGE) ? 4 : 0;
}

START_TEST(a_product_asks_for_memory_first)
{
    const int64_t left[] = {0, 1, 2, 4, 8, 16, 32, 64, 128, 1024};
    for (size_t i = 0; LIMITED && i < sizeof left / sizeof *left; i++) {
        int status = in_a_child(multiply_with_little, &left[i]);
        ck_assert_msg(status == 0, "with %d MB left the host ended with status %#x", (int)left[i],
                      (unsigned)status);
    }
}
END_TEST

UNIT_MAIN("host", signals_are_the_hosts, a_context_leaves_the_mask_of_its_maker,
          a_fault_in_a_thread_comes_to_the_hosts_handler, children_do_without_the_threads_of_their_parents,
          threads_compute_in_the_callers_mode, a_product_asks_for_memory_first)
