/* config.h - everything that decides what is trained, and how. */
#ifndef TRANSLATE_CONFIG_H
#define TRANSLATE_CONFIG_H

#include "common/program.h"

struct config {
    /* text */
    int64_t task;       /* TASK_... */
    int64_t max_length; /* tokens of a translation, at most */
    int64_t min_count;  /* a token seen less often in training is <unk> */
    int64_t pieces;     /* joins of pieces that words are split into; 0: they are not */
    /* network */
    int64_t emb, encoder, decoder; /* widths: embeddings; the encoder, each direction; the decoder */
    double smoothing;              /* of the labels, in training */
    double dropout_embedding, dropout_states, dropout_output;
    /* training */
    double share;  /* of the sources, held out */
    int64_t dates; /* how many an epoch */
    int64_t batch, epochs, patience, seed;
    double lr, lr_decay, clip_norm;
    double embedding_rate; /* how many times as fast as the rest the embeddings learn */
    double average;        /* the decay of the weights' moving average, which is what is measured and saved */
};

/* The settings of a task. */
struct config config_default(int64_t task);

/* What a run that is gone on with has to know, and its network's file does not tell; and back: ends the program where the
 * checkpoint at `path` holds none that can be. */
json_t *config_json(const struct config *config);
struct config config_of_json(const json_t *json, int64_t task, const char *path);

#endif
