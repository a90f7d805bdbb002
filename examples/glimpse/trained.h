/* trained.h - what a model file holds. */
#ifndef GLIMPSE_TRAINED_H
#define GLIMPSE_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    attn_vocab *vocab;
};

/* Open one; `file` and `json` are what else it holds, and may be NULL. */
struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json);
void trained_close(struct trained *trained);

/* Write the file, with that JSON in it; takes the reference. */
void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json);

#endif
