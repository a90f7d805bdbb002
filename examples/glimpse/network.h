/* network.h - the model: a picture in, words out, each with the weights of the regions that it rests on.
 *
 *     regions --dense, relu--> --dense, tanh--> what each shows; with its place, memory H. A region knows nothing of the others
 *     words so far --embedding--> GRU "asker" --> a query each --attention over H--> weights and a context each
 *     [query; the context's place] --> GRU "teller" --> state
 *     [state; context] --dense, tanh--> --dense--> the next word
 *
 * The asker knows only words, so what it asks for is decided by what was said. The teller remembers where it looked, and not what
 * was to be seen there: it can say how one place lies to another, but for a colour or a shape it has to look. */
#ifndef GLIMPSE_NETWORK_H
#define GLIMPSE_NETWORK_H

#include "batch.h"
#include "config.h"

struct network {
    int64_t hidden;     /* width of what a region shows, and of both GRUs */
    int64_t memory_dim; /* hidden + PLACE_DIM */
    int64_t classes;    /* words of the vocabulary */
    attn_context *context;
    attn_params *params;
    attn_dense *sketcher, *seer; /* what a region shows */
    attn_embedding *embedding;
    attn_gru *asker;
    attn_attention *attention;
    attn_gru *teller;
    attn_dense *chooser, *decision; /* state and context to a word */
    struct scratch scratch;
};

/* A new one; and the one that a model file describes, which `path` names in error lines. */
struct network network_create(attn_context *context, const struct config *config, int64_t vocab_size);
struct network network_open(attn_context *context, const attn_file *file, const char *path);
void network_destroy(struct network *network);

/* The memory [rows, REGIONS, memory_dim] of regions [rows, REGIONS, REGION_DIM]; the network's, and holds until its next use. */
const float *network_see(struct network *network, attn_tape *tape, int64_t rows, const float *regions);

/* The mean loss of a batch's words, each after the right ones before it. */
double network_loss(struct network *network, const struct batch *batch);

/* The same; adds to the params' gradients. */
double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch);

/* The weights [rows, time, REGIONS] of a batch's words; the network's, and hold until its next use. */
const float *network_weights(struct network *network, const struct batch *batch);

#endif
