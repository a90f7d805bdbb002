/* config.h - everything that decides what is trained, and how; it stands in the model file as JSON. */
#ifndef GLIMPSE_CONFIG_H
#define GLIMPSE_CONFIG_H

#include "common/saved.h"

struct config {
    int64_t hidden;     /* width of the regions' memory and of both GRUs */
    int64_t emb;        /* width of the word vectors */
    int64_t weighting;  /* ATTN_WEIGHTING_... */
    double temperature; /* of the weights */
    int64_t batch, epochs, seed;
    int64_t scenes; /* an epoch's, each of them new; 0: trained on a folder */
    double lr;      /* at first; it falls to a fiftieth */
    double clip_norm;
};

extern const struct config default_config;

json_t *config_json(const struct config *config);

/* Read what config_json wrote; `path` names the file in the line when it is not that. */
struct config config_read(const char *path, const json_t *json);

#endif
