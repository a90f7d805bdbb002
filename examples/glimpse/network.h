/* network.h - the model: a picture in, words out, each with the weights of the regions that it rests on.
 *
 *     regions --dense, relu--> --dense, relu--> memory H, one vector a region; a region knows nothing of the others
 *     words so far --embedding--> GRU "asker" --> a query each --attention over H--> weights and a context each
 *     [query; context] --> GRU "teller" --dense--> the next word
 *
 * The asker knows only words, so what it asks for is decided by what was said. The teller remembers what was seen, so that it can
 * say how what it sees now lies to what it named before. */
#ifndef GLIMPSE_NETWORK_H
#define GLIMPSE_NETWORK_H

#include "batch.h"
#include "config.h"

/* Buffers, grown to the largest batch: B rows, J regions, T words, N words within the lengths; every vector has `hidden`
 * numbers where nothing else is said. */
struct workspace {
    struct floats sketch, memory, dsketch, dmemory; /* [B, J] */
    struct floats query, context, told;             /* [B, T] */
    struct floats dquery, dcontext, dasked, dtold;  /* [B, T] */
    struct floats joined, djoined;                  /* [B, T, 2 hidden] */
    struct floats weights;                          /* [B, T, J], one number each */
    struct floats kept, dkept;                      /* [N] */
    struct floats logits;                           /* [N, words of the vocabulary] */
    int32_t *labels;                                /* [N] */
    int64_t label_capacity;
};

struct network {
    struct config config;
    int64_t classes; /* words of the vocabulary */
    attn_params *params;
    attn_dense *sketcher, *seer; /* regions to memory */
    attn_embedding *embedding;
    attn_gru *asker;
    attn_attention *attention;
    attn_gru *teller;
    attn_dense *decision;
    struct workspace workspace;
};

struct network network_create(attn_context *context, const struct config *config, int64_t vocab_size);
void network_destroy(struct network *network);

/* The memory [rows, REGIONS, hidden] of regions [rows, REGIONS, REGION_DIM]; the network's, and holds until its next use. */
const float *network_see(struct network *network, attn_tape *tape, int64_t rows, const float *regions);

/* The mean loss of a batch's words, each after the right ones before it. */
double network_loss(struct network *network, const struct batch *batch);

/* The same, and the params' gradients set to its. */
double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch, int64_t step);

/* The weights [rows, time, REGIONS] of a batch's words; the network's, and hold until its next use. */
const float *network_weights(struct network *network, const struct batch *batch);

/* A model file that was trained, ready to use. */
struct trained {
    struct network network;
    attn_vocab *vocab;
};
struct trained trained_open(attn_context *context, const char *path);
void trained_close(struct trained *trained);

#endif
