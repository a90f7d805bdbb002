/* tape.h (internal) - how layers push in forward and pop in backward. */
#ifndef ATTN_CORE_TAPE_H
#define ATTN_CORE_TAPE_H

#include "attn/tape.h"
#include "core/layer.h"

/* A record's sizes, as its kind names them; 0 for those that the kind does not have. */
typedef struct attni_sizes {
    int64_t batch, time, queries;
} attni_sizes;

struct attn_tape {
    attn_context *context;
    attni_arena arena;
    int32_t mode;
    uint64_t seed;
    int64_t step;
    int64_t first, rows;      /* what part of a larger batch this is; rows 0: none, so that first is 0 too */
    struct attni_record *top; /* the last forward whose backward has not come */
    int64_t depth;
    uint64_t
        pushes; /* of the library's layers, since attn_tape_begin; tells two dropouts of one step apart */
};

/* Open a record of `size` bytes, of zeros, for the layer: forward keeps there what backward needs, in arrays from the same
 * arena. A forward that fails later must call attni_tape_cancel, so that the tape is as before. ARGUMENT for a tape of another
 * context than the layer's. */
attn_status attni_tape_push(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                            int64_t time, int64_t queries, size_t size, void **record);
void attni_tape_cancel(attn_tape *tape);

/* The record that the layer's forward pushed last: the one place that checks what a backward was given. STATE for an empty
 * tape and where the last forward is another layer's; ARGUMENT for a tape of another context and for other sizes than
 * forward's. The record and its arrays stay readable, and the arena may be used on top of them, until attni_tape_pop. */
attn_status attni_tape_top(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                           int64_t time, int64_t queries, void **record);
void attni_tape_pop(attn_tape *tape);

/* Do params learn from this tape? Not in the mode INPUTS, where a backward leaves them alone altogether: it may ask for
 * gradients (attni_params_need_gradients) and add to a tensor only where `trainable && attni_tape_learns(tape)`. */
int32_t attni_tape_learns(const attn_tape *tape);

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
