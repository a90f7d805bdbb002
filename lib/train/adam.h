/* adam.h (internal) - the optimiser's state, as the model file saves and restores it. */
#ifndef ATTN_TRAIN_ADAM_H
#define ATTN_TRAIN_ADAM_H

#include "attn/adam.h"

/* m and v are flat arrays laid out like the values of the params; `count` tensors and `size` numbers were there when the
 * optimiser was created. */
typedef struct attni_adam_state {
    attn_params *params;
    float *m, *v;   /* [size] */
    int64_t *steps; /* updates made */
    int64_t count, size;
} attni_adam_state;

attni_adam_state attni_adam_state_of(const attn_adam *adam);

#endif
