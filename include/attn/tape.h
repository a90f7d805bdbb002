/** tape.h - what forward remembers for backward.
 *
 * A tape is one reusable arena for all the layers of a training step. Each forward pushes what its backward will
 * need; backwards are called in the reverse order and pop it. After the first step of a given size nothing is
 * allocated any more.
 *
 *     attn_tape_begin(tape, step);
 *     attn_gru_forward(gru, tape, ...);      push
 *     attn_dense_forward(dense, tape, ...);  push
 *     attn_dense_backward(dense, tape, ...); pop
 *     attn_gru_backward(gru, tape, ...);     pop
 *
 * A chain may stop before its first layer, below which nothing learns: attn_tape_begin forgets what is left.
 *
 * A backward that fails with MEMORY or INTERRUPTED has added part of its gradients: zero them, begin the tape, and repeat the
 * step.
 *
 * The tape copies what it needs, except the input of attention and of dense: that must stay as it is until their backward.
 *
 * A forward that is given NULL for its tape is inference: nothing is remembered, and dropout does nothing. */
#ifndef ATTN_TAPE_H
#define ATTN_TAPE_H

#include "params.h"

ATTN_BEGIN_DECLS

/** Records of forwards, the last on top. Thread-safety: one thread at a time. */
typedef struct attn_tape attn_tape;

/** INPUTS is for explanations: backwards leave the params and their gradients untouched, so that several threads may go back
 * through the same layers at once, each with a tape of its own. */
#define ATTN_TAPE_TRAIN 0    /**< dropout drops */
#define ATTN_TAPE_GRADIENT 1 /**< gradients of the model as it will be used: dropout does nothing */
#define ATTN_TAPE_INPUTS 2   /**< likewise, and of the inputs alone */

/** What is gone back for, and what dropout draws. */
typedef struct attn_tape_options {
    size_t struct_size; /**< sizeof(attn_tape_options) */
    int32_t mode;       /**< ATTN_TAPE_... */
    int32_t reserved;   /**< 0 */
    uint64_t seed;      /**< of the dropout masks, which are a function of seed, step and position alone */
} attn_tape_options;

#define ATTN_TAPE_OPTIONS_INIT {sizeof(attn_tape_options), ATTN_TAPE_TRAIN, 0, 0}

/** Make an empty tape. `options` NULL means the defaults. Errors: ARGUMENT, MEMORY.
 * Thread-safety: one thread at a time; threads that compute at once each need a tape of their own. */
ATTN_API ATTN_CHECKED attn_status attn_tape_create(attn_context *context, const attn_tape_options *options,
                                                   attn_tape **out);

/** Release the tape and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_tape_destroy(attn_tape **tape);

/** Forget everything on the tape, keep its memory, and set the step that dropout masks are drawn for.
 * Errors: ARGUMENT (tape is NULL, step < 0). */
ATTN_API ATTN_CHECKED attn_status attn_tape_begin(attn_tape *tape, int64_t step);

/** The same for a part of a larger batch, its rows `first` to `first` + `rows` - 1: dropout drops in each what it would drop
 * there in one forward of the whole batch, as far as that has the same time. So several processes, or several passes, that share
 * a batch drop as one does. Of attn_dropout_forward, whose numbers have no rows of their own, a row is one of `rows` equal parts.
 * Holds until the next begin. Errors: ARGUMENT (tape is NULL, a number < 0, first + rows beyond 2^31). */
ATTN_API ATTN_CHECKED attn_status attn_tape_begin_part(attn_tape *tape, int64_t step, int64_t first, int64_t rows);

/** What a tape is, and which step it is at. Filled up to struct_size. */
typedef struct attn_tape_info {
    size_t struct_size;
    attn_context *context; /**< that it was made with; lives as long as the tape */
    uint64_t seed;         /**< as in the options */
    int32_t mode;          /**< likewise */
    int32_t reserved;      /**< 0 */
    int64_t step;          /**< of the last begin; 0 before the first */
    int64_t first, rows;   /**< of attn_tape_begin_part; rows 0: not a part of a larger batch */
} attn_tape_info;

#define ATTN_TAPE_INFO_INIT {sizeof(attn_tape_info), 0, 0, 0, 0, 0, 0, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_tape_get_info(const attn_tape *tape, attn_tape_info *info);

/** How many forwards wait for their backward, and how many bytes the tape holds. 0 for NULL. */
ATTN_API int64_t attn_tape_depth(const attn_tape *tape);
ATTN_API int64_t attn_tape_bytes(const attn_tape *tape);

/** The forward whose backward is next, and the sizes that it was given. Filled up to struct_size. */
typedef struct attn_tape_entry {
    size_t struct_size;
    const char *kind; /**< "embedding", "gru", "attention", "attngru", "dense", "ngrams", "dropout", "pooling", "pyramid"; of
                         * a program's own layer "custom" */
    const char *name; /**< the layer's; holds until the entry is popped */
    int64_t batch;    /**< the rows of a dense layer, the size of a dropout */
    int64_t time;     /**< of attention the items; 0 where the kind has no such size */
    int64_t queries;  /**< likewise */
} attn_tape_entry;

#define ATTN_TAPE_ENTRY_INIT {sizeof(attn_tape_entry), 0, 0, 0, 0, 0}

/** Look at the top of the tape. Errors: ARGUMENT (a NULL, a struct_size that nobody set), STATE (the tape is empty). */
ATTN_API ATTN_CHECKED attn_status attn_tape_top(const attn_tape *tape, attn_tape_entry *entry);

/* ---- layers of your own ----
 *
 * A layer that a program writes takes its place among the library's by the same tape: its forward pushes a record, and keeps
 * there what its backward will need; backward looks at the record, and pops it when it is done.
 *
 *     forward    attn_tape_push(tape, layer, "scale", batch, time, bytes, &memory);   memory <- what backward needs
 *     backward   attn_tape_peek(tape, layer, batch, time, &memory);   gradients;   attn_tape_pop(tape, layer);
 *
 * attn_tape_get_info says in which mode: on one of ATTN_TAPE_INPUTS a backward leaves params and their gradients alone, since
 * other threads may go back through the same layer; only on one of ATTN_TAPE_TRAIN does anything drop.
 *
 * A layer made of others pushes a record for its arrays, runs them, and pushes a second one that says where the first lies. */

/** Push a record of `size` bytes, which are aligned to 64 and not cleared, for `owner`, any address that is the layer's alone.
 * `name` is copied, and what attn_tape_top shows. What the library's layers on the same tape drop is not changed by it.
 * Errors: ARGUMENT (a NULL; batch, time < 0), MEMORY; on failure the tape is as before. */
ATTN_API ATTN_CHECKED attn_status attn_tape_push(attn_tape *tape, const void *owner, const char *name,
                                                 int64_t batch, int64_t time, size_t size, void **memory);

/** The memory of the record on top, which holds until it is popped. Errors: ARGUMENT (a NULL, other sizes than forward's), STATE
 * (the tape is empty, or its last forward another layer's). */
ATTN_API ATTN_CHECKED attn_status attn_tape_peek(const attn_tape *tape, const void *owner, int64_t batch,
                                                 int64_t time, void **memory);

/** Pop the owner's record, which is on top. Errors: ARGUMENT, STATE as attn_tape_peek. */
ATTN_API ATTN_CHECKED attn_status attn_tape_pop(attn_tape *tape, const void *owner);

ATTN_END_DECLS
#endif
