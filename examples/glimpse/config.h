/* config.h - everything that decides what is trained, and how. */
#ifndef GLIMPSE_CONFIG_H
#define GLIMPSE_CONFIG_H

#include <stdint.h>

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

#endif
