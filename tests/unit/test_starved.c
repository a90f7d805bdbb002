/* test_starved.c - calls without memory: each public call that returns a status, with each of its allocations failing in turn, alone, and
 * with all after it. Each time it is MEMORY, with a line that says what there was no memory for, and what the program holds is as it was;
 * with memory again it gives what it gives where none was wanting, and at the end nothing is left. A call that takes no memory
 * succeeds without any.
 *
 * Built with ARENAS_APART it is linked with tests/inside/arena_apart.c, where each array that the library takes from an arena is an
 * allocation of its own: there a call may take memory that needs none where the chunks of an earlier call are left.
 *
 * Which calls there are is asked of the headers (tests/abi/promises.py): one that is neither in unit_long_calls.h nor in
 * unit_short_calls.h fails, and so does one there that takes memory, or none, where its line says otherwise. */
#ifndef ARENAS_APART
#define ARENAS_APART 0
#endif
#define UNIT_WORDS 110 /* a world is made for each allocation */

#include "unit_declared.h"
#include "unit_short_calls.h"

#include "promises.h"

static const called *case_of(int i)
{
    return i < LONG_CALLS ? &long_calls[i] : &short_calls[i - LONG_CALLS];
}

START_TEST(every_call_has_a_case)
{
    (void)destroys, (void)questions;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        ck_assert_msg(has_case(calls[i].name), "no case of %s; add one", calls[i].name);
}
END_TEST

/* One time: `left` allocations succeed, and then none, or `once` but one. */
static attn_status starve(const called *of, long long left, int once, holds *before)
{
    unit_memory *memory = &w.hook.memory;
    if (of->prepare)
        of->prepare();
    *before = look();
    memset(&results, 0, sizeof results);
    unit_memory_reset(memory, left);
    memory->once = once;
    const attn_status status = of->call();
    memory->once = 0;
    atomic_store(&memory->left, UNIT_ENOUGH);
    return status;
}

static void assert_failed(const called *of, attn_status status, long long left, const holds *before)
{
    ck_assert_msg(status == ATTN_ERR_MEMORY, "%s, allocation %lld: %s: %s", of->name, left,
                  attn_status_name(status), attn_last_error());
    ck_assert_msg(strstr(attn_last_error(), ": no memory for ") != NULL &&
                      strncmp(attn_last_error(), "attn_", 5) == 0,
                  "%s, allocation %lld: %s", of->name, left, attn_last_error());
    holds after = look();
    if (of->otherwise & GRADIENTS_TOO)
        after.gradients = before->gradients;
    if (of->otherwise & VALUES_TOO)
        after.values = before->values;
    if (of->otherwise & TAPE_TOO)
        after.depth = before->depth;
    ck_assert_msg(memcmp(&after, before, sizeof after) == 0, "%s, allocation %lld: it changed something",
                  of->name, left);
}

/* With memory again; what it gives and leaves is what it gives and leaves where no memory was wanting. */
static void assert_same(const called *of, long long left, const struct results *expected, const holds *end)
{
    const holds after = look();
    ck_assert_msg(memcmp(&results, expected, sizeof results) == 0,
                  "%s gives something else after allocation %lld failed", of->name, left);
    ck_assert_msg(memcmp(&after, end, sizeof after) == 0,
                  "%s leaves something else after allocation %lld failed", of->name, left);
}

/* The largest filler beside which forward's record has room on the tape's first chunk. */
static void fill_tape(const called *of)
{
    filler = 64;
    world_make(1);
    of->prepare();
    const int64_t bytes = attn_tape_bytes(w.tape);
    for (size_t step = (size_t)bytes; step >= 64; step /= 2) {
        filler += step;
        of->prepare();
        filler -= attn_tape_bytes(w.tape) > bytes ? step : 0;
        attn_tape_destroy(&w.tape); /* with its chunks */
        OK(attn_tape_create(w.context, NULL, &w.tape));
    }
    world_destroy();
}

START_TEST(a_call_without_memory_leaves_all_as_it_was)
{
    const called *of = case_of(_i);
    static struct results expected;
    holds before, end;
    if (of->otherwise & TAPE_TOO)
        fill_tape(of);
    world_make(1);
    OK(starve(of, UNIT_ENOUGH, 0, &before));
    const long long taken = atomic_load(&w.hook.memory.calls);
    expected = results;
    end = look();
    world_destroy();
    ck_assert_msg((taken == 0) == !!(of->otherwise & NO_MEMORY) || (ARENAS_APART && taken > 0),
                  "%s takes memory %lld times, and its line says %s", of->name, taken,
                  of->otherwise & NO_MEMORY ? "never" : "that it does");

    for (long long left = 0; left < taken; left++) {
        for (int once = 0; once <= 1; once++) {
            world_make(1);
            attn_status status = starve(of, left, once, &before);
            if (status != ATTN_OK || !once) { /* where it asks for less after it got nothing, it goes on */
                assert_failed(of, status, left, &before);
                OK(starve(of, UNIT_ENOUGH, 0, &before));
            }
            assert_same(of, left, &expected, &end);
            world_destroy(); /* where no block may be left */
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starved");
    TCase *group = tcase_create("starved");
    tcase_set_timeout(group, 0); /* however busy the machine is */
    tcase_add_test(group, every_call_has_a_case);
    tcase_add_loop_test(group, a_call_without_memory_leaves_all_as_it_was, 0, LONG_CALLS + SHORT_CALLS);
    suite_add_tcase(suite, group);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
