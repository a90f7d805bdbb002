/* call.c - the call that a thread is in, and the question whether it is to go on. */
#include "core/call.h"

#include <stdatomic.h>

#include "core/context.h"
#include "core/system.h"

typedef struct thread_state {
    attni_call call;
    _Atomic int32_t end; /* the hook has said so, and no status has told of it yet */
    const _Atomic int32_t
        *heeded;    /* in a thread of the pool: the `end` of the thread whose job it works on */
    int32_t asking; /* it is in the hook */
    int64_t asked;  /* when the hook was asked last, in nanoseconds */
} thread_state;

static _Thread_local thread_state own;

attni_call attni_enter(const char *function, attn_context *context)
{
    thread_state *self = &own;
    const attni_call before = self->call;
    self->call = (attni_call){function, context};
    return before;
}

/* What an outermost call was told is over with it. */
void attni_leave(attni_call *before)
{
    thread_state *self = &own;
    self->call = *before;
    if (before->context == NULL)
        atomic_store_explicit(&self->end, 0, memory_order_relaxed);
}

attni_call attni_current_call(void)
{
    return own.call;
}

/* ---- interruption ---------------------------------------------------------------------------------------- */

/* The hook may call the library: such a call is its own, and asks nothing. */
static int32_t ask(thread_state *self, const attni_interrupt *interrupt, int32_t at_once)
{
    if (atomic_load_explicit(&self->end, memory_order_relaxed))
        return 1;
    if (self->asking)
        return 0;
    if (interrupt->interval > 0) {
        const int64_t time = attni_clock();
        if (!at_once && time - self->asked < interrupt->interval)
            return 0;
        self->asked = time;
    }
    attni_call call = attni_enter(NULL, NULL);
    self->asking = 1;
    const int32_t end = interrupt->interrupted(interrupt->user) != 0;
    self->asking = 0;
    attni_leave(&call);
    atomic_store_explicit(&self->end, end, memory_order_relaxed);
    return end;
}

static int32_t is_over(int32_t at_once)
{
    thread_state *self = &own;
    if (self->heeded)
        return atomic_load_explicit(self->heeded, memory_order_relaxed);
    const attni_interrupt *interrupt =
        self->call.context ? attni_context_interrupt(self->call.context) : NULL;
    return interrupt && ask(self, interrupt, at_once);
}

int32_t attni_interrupted(void)
{
    return is_over(0);
}

static attn_status go_on(int32_t at_once)
{
    if (!is_over(at_once))
        return ATTN_OK;
    atomic_store_explicit(&own.end, 0, memory_order_relaxed);
    return attni_fail(ATTN_ERR_INTERRUPTED,
                      "%s: interrupted, as the program asked; call it again for a result", own.call.function);
}

attn_status attni_go_on(void)
{
    return go_on(0);
}

attn_status attni_go_on_now(void)
{
    return go_on(1);
}

const _Atomic int32_t *attni_call_end(void)
{
    thread_state *self = &own;
    return self->call.context && attni_context_interrupt(self->call.context) ? &self->end : NULL;
}

void attni_heed(const _Atomic int32_t *end)
{
    own.heeded = end;
}
