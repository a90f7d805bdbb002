/* config.h - everything that decides what is trained, and how. */
#ifndef READ_CONFIG_H
#define READ_CONFIG_H

#include "common/program.h"

#define READERS "bidaf|attentive"

enum { READER_BIDAF, READER_ATTENTIVE };

struct config {
    /* network */
    const char *reader; /* one of READERS */
    int64_t hidden, layers, emb,
        pieces;          /* widths: a GRU's states, each direction; words; what letters tell */
    int64_t buckets;     /* rows that pieces of words share */
    int64_t max_vocab;   /* the most frequent words that have vectors of their own */
    int64_t train_words; /* whether vectors that were read are changed too */
    double dropout;      /* of what goes into the layers */
    /* training */
    int64_t limit, valid_limit, epochs, batch, seed; /* questions of an epoch, and to measure on; 0: all */
    double lr, lr_decay, clip_norm, average;
};

extern const struct config default_config;

/* What a run that is gone on with has to know, and its network's file does not tell; and back: ends the program where the checkpoint at
 * `path` holds none that can be. */
json_t *config_json(const struct config *config);
struct config config_of_json(const json_t *json, const char *path);

#endif
