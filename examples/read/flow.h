/* flow.h - the passage and the question attend to each other: [h; u~; h * u~; h * v~] of each word of the passage (network.h). */
#ifndef READ_FLOW_H
#define READ_FLOW_H

#include "network.h"

/* B rows, T and J words of the longest passage and question, W the width. */
struct flow {
    const float *passage, *question; /* h [B, T, W], u [B, J, W] */
    float *met;                      /* [u~; v~], [B, T, 2W] */
    float *weights;                  /* a [B, T, J] */
    float *joined;                   /* [B, T, 4W] */
};
struct flow flow_forward(struct network *network, attn_tape *tape, const struct batch *batch,
                         const float *passage, const float *question);

/* From djoined: dpassage [B, T, W] and dquestion [B, J, W], written. */
void flow_backward(struct network *network, attn_tape *tape, const struct batch *batch,
                   const struct flow *flow, const float *djoined, float *dpassage, float *dquestion);

#endif
