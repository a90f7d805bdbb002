/* adam.h (internal) - the optimiser's state, as the model file saves and restores it. */
#ifndef ATTN_TRAIN_ADAM_H
#define ATTN_TRAIN_ADAM_H

#include "attn/adam.h"

#define ATTNI_ADAM_ARRAYS 3

/* `arrays` of them are there: m, v, and where it is kept the weights' average; flat, laid out like the values of the params.
 * `count` tensors and `size` numbers were there when the optimiser was created. */
typedef struct attni_adam_state {
    attn_params *params;
    int64_t *steps; /* updates made */
    int64_t count, size;
    int32_t swapped; /* the average stands in the weights' place: no state to save */
    int32_t arrays;
    struct attni_adam_array {
        const char *prefix; /* of its tensors' names in a checkpoint: "adam.m." */
        float *values;      /* [size] */
        float least;        /* no number of it is below: 0 for v */
    } array[ATTNI_ADAM_ARRAYS];
} attni_adam_state;

attni_adam_state attni_adam_state_of(const attn_adam *adam);

#endif
