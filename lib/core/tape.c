/* tape.c - a stack of records in one arena. */
#include "core/tape.h"

#include <stdatomic.h>
#include <string.h>

typedef struct attni_record {
    struct attni_record *below;
    uint64_t owner;
    attni_mark mark; /* where the arena was before this record */
    _Alignas(64) unsigned char data[];
} attni_record;

attn_status attn_tape_create(attn_context *context, const attn_tape_options *options, attn_tape **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_tape_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    ATTNI_REQUIRE(chosen.mode == ATTN_TAPE_TRAIN || chosen.mode == ATTN_TAPE_GRADIENT,
                  "%s: mode is %d; expected ATTN_TAPE_TRAIN or ATTN_TAPE_GRADIENT", __func__, chosen.mode);
    attn_tape *tape = attni_alloc_zero(context, sizeof *tape);
    if (tape == NULL)
        return attni_no_memory(__func__, sizeof *tape);
    tape->context = attni_context_retain(context);
    tape->mode = chosen.mode;
    tape->seed = chosen.seed;
    attni_arena_init(&tape->arena, context);
    *out = tape;
    return ATTN_OK;
}

void attn_tape_destroy(attn_tape **tape)
{
    if (tape == NULL || *tape == NULL)
        return;
    attn_context *context = (*tape)->context;
    attni_arena_clear(&(*tape)->arena);
    attni_free(context, *tape);
    attni_context_release(context);
    *tape = NULL;
}

attn_status attn_tape_begin(attn_tape *tape, int64_t step)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE(step >= 0, "%s: step is %lld; expected 0 or more", __func__, (long long)step);
    attni_arena_reset(&tape->arena, (attni_mark){NULL, 0});
    tape->top = NULL;
    tape->depth = 0;
    tape->pushes = 0;
    tape->step = step;
    return ATTN_OK;
}

int64_t attn_tape_depth(const attn_tape *tape)
{
    return tape ? tape->depth : 0;
}

int64_t attn_tape_bytes(const attn_tape *tape)
{
    return tape ? (int64_t)attni_arena_bytes(&tape->arena) : 0;
}

uint64_t attni_tape_new_owner(void)
{
    static atomic_ullong last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

attn_status attni_tape_push(attn_tape *tape, const char *function, uint64_t owner, size_t size, void **record)
{
    attni_mark mark = attni_arena_mark(&tape->arena);
    attni_record *top = attni_arena_alloc(&tape->arena, sizeof *top + size);
    if (top == NULL)
        return attni_no_memory(function, sizeof *top + size);
    *top = (attni_record){.below = tape->top, .owner = owner, .mark = mark};
    memset(top->data, 0, size);
    tape->top = top;
    tape->depth++;
    tape->pushes++;
    *record = top->data;
    return ATTN_OK;
}

void attni_tape_cancel(attn_tape *tape)
{
    attni_tape_pop(tape);
    tape->pushes--;
}

attn_status attni_tape_top(attn_tape *tape, const char *function, uint64_t owner, void **record)
{
    if (tape->top == NULL)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the tape is empty; call the layer's forward with this tape first", function);
    if (tape->top->owner != owner)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the last forward on the tape is another layer's; call backwards in the "
                          "reverse order of forwards",
                          function);
    *record = tape->top->data;
    return ATTN_OK;
}

void attni_tape_pop(attn_tape *tape)
{
    attni_record *top = tape->top;
    tape->top = top->below;
    tape->depth--;
    attni_arena_reset(&tape->arena, top->mark);
}

uint64_t attni_tape_stream(const attn_tape *tape)
{
    return ((uint64_t)tape->step << 24) | ((tape->pushes & 0xFFFF) << 8);
}

attn_status attni_workspace_open(attni_workspace *workspace, attn_context *context, attn_tape *tape,
                                 const char *function)
{
    workspace->borrowed = tape ? NULL : attni_scratch_take(context);
    workspace->arena = tape ? &tape->arena : workspace->borrowed;
    return workspace->arena ? ATTN_OK : attni_no_memory(function, sizeof(attni_arena));
}

void attni_workspace_close(attni_workspace *workspace, attn_context *context)
{
    attni_scratch_give(context, workspace->borrowed);
}
