/* trained.h - what a model file holds. */
#ifndef GLIMPSE_TRAINED_H
#define GLIMPSE_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    attn_vocab *vocab;
};

struct trained trained_open(attn_context *context, const char *path);
void trained_close(struct trained *trained);

/* Write the file; `epoch` and `loss` are for who reads its metadata. */
void trained_save(const struct trained *trained, const char *path, int64_t epoch, double loss);

#endif
