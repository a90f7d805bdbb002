/* config.h - everything that decides what is trained, and how. */
#ifndef GLIMPSE_CONFIG_H
#define GLIMPSE_CONFIG_H

#include "common/program.h"

struct config {
    int64_t hidden;     /* width of the regions' memory and of both GRUs */
    int64_t emb;        /* width of the word vectors */
    int64_t weighting;  /* ATTN_WEIGHTING_... */
    double temperature; /* of the weights */
    int64_t batch, epochs, seed;
    int64_t scenes; /* an epoch's, each of them new; 0: trained on a folder */
    double lr;
    double clip_norm;
};

extern const struct config default_config;

/* What a run that is gone on with has to know, and its network's file does not tell; and back: ends the program where the checkpoint at
 * `path` holds none that can be. */
json_t *config_json(const struct config *config);
struct config config_of_json(const json_t *json, const char *path);

#endif
