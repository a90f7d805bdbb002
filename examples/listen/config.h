/* config.h - everything that decides what is trained, and how. */
#ifndef LISTEN_CONFIG_H
#define LISTEN_CONFIG_H

#include "common/program.h"

#define LEVELS 3 /* of the pyramid: below the lower GRU, between the two, above the upper one */
#define MOST_ROWS 256

struct config {
    /* network */
    int64_t encoder, memory, decoder,
        emb; /* widths: the encoder's GRUs, each direction; what is attended to; the decoder; the letters */
    int64_t join[LEVELS]; /* steps that each level joins */
    double dropout;       /* of the encoder's states and before the last layer */
    /* training */
    int64_t strings, epochs, batch, seed; /* strings an epoch, each of them new */
    int64_t warmup;                       /* epochs until strings are of all lengths */
    double lr, lr_decay, clip_norm, average, smoothing;
    double diagonal, silence; /* guide.h; the first falls to 0 in twice the warm-up */
};

extern const struct config default_config;

/* What a run that is gone on with has to know, and its network's file does not tell; and back: ends the program where the checkpoint at
 * `path` holds none that can be. */
json_t *config_json(const struct config *config);
struct config config_of_json(const json_t *json, const char *path);

#endif
