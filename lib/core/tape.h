/* tape.h (internal) - how layers push in forward and pop in backward. */
#ifndef ATTN_CORE_TAPE_H
#define ATTN_CORE_TAPE_H

#include "attn/tape.h"
#include "core/context.h"

struct attn_tape {
    attn_context *context;
    attni_arena arena;
    int32_t mode;
    uint64_t seed;
    int64_t step;
    struct attni_record *top; /* the last forward whose backward has not come */
    int64_t depth;
    uint64_t pushes; /* since attn_tape_begin; tells two dropouts of one step apart */
};

/* A number that no other layer ever has: an address would be some other layer's after this one is destroyed. */
uint64_t attni_tape_new_owner(void);

/* Open a record of `size` bytes for the layer `owner`: forward keeps there what backward needs, in arrays from
 * the same arena. A forward that fails later must call attni_tape_cancel, so that the tape is as before. */
attn_status attni_tape_push(attn_tape *tape, const char *function, uint64_t owner, size_t size,
                            void **record);
void attni_tape_cancel(attn_tape *tape);

/* The record that the layer's forward pushed last; STATE if the tape's last forward is another layer's. The
 * record and its arrays stay readable, and the arena may be used on top of them, until attni_tape_pop. */
attn_status attni_tape_top(attn_tape *tape, const char *function, uint64_t owner, void **record);
void attni_tape_pop(attn_tape *tape);

/* The stream of random numbers for the record on top: its step and its place on the tape, with 2^8 streams free above it.
 * Steps up to 2^40 and 2^16 forwards a step have streams of their own. */
uint64_t attni_tape_stream(const attn_tape *tape);

/* Where a call's memory comes from: the tape's arena in training, a borrowed one in inference. */
typedef struct attni_workspace {
    attni_arena *arena;
    attni_arena *borrowed;
} attni_workspace;

attn_status attni_workspace_open(attni_workspace *workspace, attn_context *context, attn_tape *tape,
                                 const char *function);
void attni_workspace_close(attni_workspace *workspace, attn_context *context);

#endif
