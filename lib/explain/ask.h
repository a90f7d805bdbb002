/* ask.h - how every measure asks its model: many perturbed copies of the batch's rows in as few calls as fit.
 *
 * A measure says how many copies of a row it wants, how each is filled, and what it takes from what the model gave; attni_ask does
 * the rest:
 *
 *     row 0: copies 0 1 2 | row 1: copies 0 1 2 3 ...     cut every model.copies into calls
 *
 * Copies are filled on all threads at once. What a row's copies gave is taken by one thread in their order, so that sums over
 * copies do not depend on the threads, and copy 0 may be what the others are compared with. */
#ifndef ATTN_EXPLAIN_ASK_H
#define ATTN_EXPLAIN_ASK_H

#include "attn/explain.h"
#include "core/context.h"

#define ATTNI_ASK_MASKED 0
#define ATTNI_ASK_WEIGHTED 1
#define ATTNI_ASK_GRADIENT 2
#define ATTNI_ASK_DROPPED 3

typedef struct attni_asking {
    const char *function; /* the public one, for its error lines */
    attn_context *context;
    attni_arena *arena;       /* of all the function's temporaries */
    attn_explain_model model; /* holds no 0 that stands for a default */
    int32_t what;             /* ATTNI_ASK_... */
} attni_asking;

/* Check the model as far as asking for `what` needs it, and borrow an arena, which attni_asking_close gives back. */
attn_status attni_asking_open(attni_asking *asking, const char *function, attn_context *context,
                              const attn_explain_model *model, int32_t what);
void attni_asking_close(attni_asking *asking);

/* `count` pieces of `size` bytes from the arena; NULL where there is no memory or that many bytes cannot be. */
void *attni_asking_alloc(const attni_asking *asking, int64_t count, size_t size);

static inline int64_t attni_asking_length(const attni_asking *asking, int64_t row)
{
    return asking->model.lengths ? asking->model.lengths[row] : asking->model.time;
}

typedef struct attni_measure {
    /* How many copies of a row that is not empty. */
    int64_t (*copies)(const void *self, int64_t row);
    /* Fill an item: keep[time] or keep[time, dim], which hold 1 up to the length and 0 beyond, or numbers[time, dim], which hold
     * 0. */
    void (*fill)(const void *self, int64_t row, int64_t copy, void *item);
    /* Take what the model gave for a copy: outputs[classes], or outputs[1] and dx[time, dim]. */
    void (*take)(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx);
} attni_measure;

/* Ask for all copies of all rows; an item has `dim` numbers a token. */
attn_status attni_ask(const attni_asking *asking, int64_t dim, const attni_measure *measure, void *self);

/* What the model gives for the rows as they are. */
typedef struct attni_whole {
    int64_t classes;
    float *outputs;         /* [batch, classes] */
    int32_t *targets;       /* [batch]: the class that is explained */
    const int32_t *decided; /* the caller's, or NULL: the decision is */
} attni_whole;

attn_status attni_whole_make(attni_whole *whole, const attni_asking *asking, const int32_t *targets);

/* From copy 0 of a row, in which nothing was perturbed. */
void attni_whole_take(attni_whole *whole, int64_t row, const float *outputs);

/* f(whole) - f(copy) */
float attni_whole_loss(const attni_whole *whole, int64_t row, const float *outputs);

/* The decision: of equal numbers the first. */
int32_t attni_largest(int64_t classes, const float *outputs);

#endif
