/* call.h - the call that a thread is in: of which function and context it is, and whether it is to end before it is done.
 *
 * A program may end a long call: its context's hook is asked now and then, and once it has said so the call unwinds as after a
 * failure, with INTERRUPTED. What takes long is a loop, and so there are two questions to ask in one:
 *
 *     ATTNI_GO_ON();                      in a serial loop, of a function that returns a status
 *     if (attni_interrupted()) return;    in a task of attni_parallel_for, and in what returns something else; the caller, which
 *                                         asks ATTNI_GO_ON after it, gets the same answer, and so do all other tasks
 *
 * The thread that made the call alone asks the hook, at most once in the hook's interval and before callbacks; the pool's threads heed what it was told.
 * Without a hook either is a branch that is never taken, with one a look at a clock: for steps that take a microsecond or more.
 * Shorter ones ask once in ATTNI_STRIDE. What must be done altogether or not at all asks before it begins, and then no more. */
#ifndef ATTN_CORE_CALL_H
#define ATTN_CORE_CALL_H

#include "attn/context.h"

/* Stands at the top of each public call that has a handle, right after the handle's NULL check: until the scope is left, the call
 * that this thread is in is the context's, whose hooks are told of failures and asked whether to go on. Calls nest. */
#define ATTNI_ENTER(context) ATTNI_ENTER_AS(__func__, context)
#define ATTNI_ENTER_AS(function, context)                                                                    \
    __attribute__((cleanup(attni_leave), unused)) attni_call attni_before_ = attni_enter(function, context)

typedef struct attni_call {
    const char *function;  /* the public one, of static storage */
    attn_context *context; /* NULL: no context's, or its hook's */
} attni_call;

attni_call attni_enter(const char *function, attn_context *context); /* gives the call before */
void attni_leave(attni_call *before);
attni_call attni_current_call(void);

/* How short steps ask: `if (i % ATTNI_STRIDE == 0) ATTNI_GO_ON();` */
#define ATTNI_STRIDE 1024

/* Is the call that this thread works for to end? */
int32_t attni_interrupted(void);

/* INTERRUPTED, with its line, where that is so. In the thread that made the call. */
#define ATTNI_GO_ON() ATTNI_TRY(attni_go_on())
attn_status attni_go_on(void);

/* The same whether the interval is over or not: before a callback of the program's, which may take as long as it likes. */
attn_status attni_go_on_now(void);

/* For the pool: where this thread's tasks learn that they are to end; NULL where the call's context has no hook. And let a thread
 * of the pool heed that. */
const _Atomic int32_t *attni_call_end(void);
void attni_heed(const _Atomic int32_t *end);

#endif
