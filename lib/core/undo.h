/* undo.h - what a call that adds several layers to params owes whoever handed it these: where it fails, they are as they were. */
#ifndef ATTN_CORE_UNDO_H
#define ATTN_CORE_UNDO_H

#include "attn/params.h"

typedef struct attni_params_mark {
    int64_t layers, tensors;
} attni_params_mark;

/* How much there is; and take back what was added since, of which no handle may be left. */
attni_params_mark attni_params_mark_now(const attn_params *params);
void attni_params_take_back(attn_params *params, attni_params_mark mark);

#endif
