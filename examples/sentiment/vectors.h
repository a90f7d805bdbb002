/* vectors.h - word vectors of a file as the first values of an embedding. */
#ifndef SENTIMENT_VECTORS_H
#define SENTIMENT_VECTORS_H

#include "common/program.h"

/* Fill the params' embedding.weight, a row a word; words that the file has not keep theirs. Returns a line for people about what was
 * found. */
char *vectors_load(attn_context *context, const attn_vocab *vocab, attn_params *params, const char *path);

/* How wide the file's vectors are; ends the program where `emb`, of an option --emb that was given, is another width (0: it was not). */
int64_t vectors_width(attn_context *context, const char *path, int64_t emb);

#endif
