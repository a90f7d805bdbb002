/* tell.h - a caption word by word, each chosen from what the words before it made the network look at. */
#ifndef GLIMPSE_TELL_H
#define GLIMPSE_TELL_H

#include "trained.h"

/* Tell the captions of a batch, and put them in the place of those of its examples. `beam` 1 takes the likeliest word at every
 * step. */
void tell_batch(attn_context *context, struct trained *trained, struct batch *batch, int64_t beam);

/* The words of row b of a batch, with a blank between. */
void batch_caption(const struct batch *batch, const attn_vocab *vocab, int64_t b, struct text *caption);

#endif
